"""The steps: each reads its inputs from the private folder, does one thing, and writes one value. Each may be repeated.

`Steps.perform` is all that the workflows call, and it never raises what could be written down with its text: it
answers a small dictionary of words.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.db.engine import Database
from app.db.models import StepName
from app.services import files, intake, publish, work
from app.services.states import Event
from app.services.values import PrivateFolder
from app.settings import Settings
from app.worker.outcome import Outcome, Stopping, Superseded, done, failed
from app.worker.pipeline import Pipeline
from app.worker.watch import RecordingWatch
from media_pipeline.core import canonical
from media_pipeline.core.errors import Cancelled, Fault, NotReviewed, Stale, StoryshelfError
from media_pipeline.core.review import sheet_count
from media_pipeline.run import Places

log = structlog.get_logger("worker")


@dataclass(frozen=True, slots=True)
class Job:
    """Whom a workflow is for."""

    recording_id: str
    attempt: int
    approval_id: str = ""
    """Empty while it is analysed."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a step is handed."""

    job: Job
    folder: PrivateFolder
    watch: RecordingWatch


class Steps:
    """All steps of both workflows."""

    def __init__(self, settings: Settings, db: Database, pipeline: Pipeline, stopping: threading.Event) -> None:
        self._settings, self._db, self._pipeline, self._stopping = settings, db, pipeline, stopping
        self._work: Mapping[StepName, Callable[[Task], str]] = {
            StepName.PROBE: self._probe,
            StepName.DETECT: self._detect,
            StepName.PROPOSE: self._propose,
            StepName.PREVIEW: self._preview,
            StepName.READY: self._ready,
            StepName.PLAN: self._plan,
            StepName.RENDER: self._render,
            StepName.VERIFY: self._verify,
            StepName.PACKAGE: self._package,
            StepName.PUBLISH: self._publish,
        }

    def perform(self, step: StepName, job: Job) -> Outcome:
        """Takes one step. Raises only `Stopping`."""

        def take() -> str:
            if not work.begin(self._db, job.recording_id, job.attempt, step):
                raise Superseded
            watch = RecordingWatch(self._db, job.recording_id, job.attempt, self._stopping)
            if watch.cancelled():
                raise Cancelled("cancelled")
            return self._work[step](Task(job, PrivateFolder(self._settings, job.recording_id), watch))

        return self._answer(step.value, job, take)

    def end(self, job: Job, event: Event, code: str, hostile: bool) -> Outcome:
        """Notes that the work ended without what it was to bring; destroys a hostile file at once. Raises only `Stopping`."""

        def finish() -> str:
            if hostile:
                intake.destroy_private(self._settings, job.recording_id)
            elif event is not Event.REFUSE:
                files.remove(PrivateFolder(self._settings, job.recording_id).render)
            work.end(self._db, job.recording_id, job.attempt, event, code, original_gone=hostile)
            return ""

        return self._answer("end", job, finish)

    def pause(self, seconds: int) -> Outcome:
        """Waits before another try, or until the worker ends. Raises only `Stopping`."""
        if self._stopping.wait(seconds):
            raise Stopping
        return done()

    def _answer(self, name: str, job: Job, do: Callable[[], str]) -> Outcome:
        if self._stopping.is_set():
            raise Stopping
        try:
            outcome = done(do())
        except Exception as error:  # whatever it is, its text stays here
            outcome = failed(error)
            if not isinstance(error, StoryshelfError | Superseded):
                log.error("unforeseen", step=name, recording=job.recording_id, error=type(error).__name__)
        if not outcome["ok"] and self._stopping.is_set():
            raise Stopping
        log.info("step", step=name, recording=job.recording_id, attempt=job.attempt, **outcome)
        return outcome

    def _probe(self, task: Task) -> str:
        return task.folder.save(self._pipeline.probe(_there(task.folder.original), task.watch), "media")

    def _detect(self, task: Task) -> str:
        found = self._pipeline.detect(_there(task.folder.original), task.folder.media(), task.watch)
        return task.folder.save(found, "findings")

    def _propose(self, task: Task) -> str:
        looks, proposal = self._pipeline.propose(task.folder.media(), task.folder.findings())
        task.folder.save(looks, "looks")
        return task.folder.save(proposal, "proposal")

    def _preview(self, task: Task) -> str:
        media, drafts = task.folder.media(), task.folder.drafts
        files.make_empty(drafts)
        self._pipeline.preview(_there(task.folder.original), media, drafts, task.watch)
        files.sync_tree(drafts)
        files.move(drafts / task.folder.proxy.name, task.folder.proxy)
        expected = {task.folder.sheet(n).name for n in range(sheet_count(media.whole))} if media.video else set()
        if files.names_below(drafts) != expected:
            raise Fault("tool-failed", "not every contact sheet was made")
        files.remove(task.folder.sheets)
        files.move(drafts, task.folder.sheets)
        return ""

    def _ready(self, task: Task) -> str:
        work.ready(self._db, task.job.recording_id, task.job.attempt, task.folder.media())
        return ""

    def _plan(self, task: Task) -> str:
        approval = work.approval(self._db, task.job.approval_id)
        if approval is None or approval.recording_id != task.job.recording_id:
            raise NotReviewed("not-approved")
        decision = work.decision_of(approval)
        plan = self._pipeline.plan(task.folder.media(), task.folder.findings(), task.folder.proposal(), decision)
        if plan.edits_digest != approval.edits_digest:
            raise Stale("edit-changed")
        task.folder.given().texts.approved(plan.captions, plan.chapters)
        return task.folder.save(plan, "plan")

    def _render(self, task: Task) -> str:
        places = Places(task.folder.making, task.folder.render)
        media, plan, texts = task.folder.media(), task.folder.plan(), task.folder.given().texts
        self._pipeline.render(_there(task.folder.original), media, plan, places, task.watch, texts)
        files.remove(places.room)
        files.sync_tree(task.folder.render)
        return ""

    def _verify(self, task: Task) -> str:
        media, plan = task.folder.media(), task.folder.plan()
        original, texts = _there(task.folder.original), task.folder.given().texts
        report = self._pipeline.verify(original, media, plan, task.folder.render, task.watch, texts)
        return task.folder.save(report, "report")

    def _package(self, task: Task) -> str:
        return canonical.digest(self._pipeline.package(task.folder.report(), task.folder.render).files)

    def _publish(self, task: Task) -> str:
        report = task.folder.report()
        publish.make_public(
            self._db, self._settings, task.job.recording_id, task.job.attempt, task.job.approval_id, report
        )
        return canonical.digest(report)


def _there(original: Path) -> Path:
    """The original. Raises Fault when the disk has lost it: that is our trouble, not a refusal."""
    if not original.is_file():
        raise Fault("store-failed", "the original is not there")
    return original
