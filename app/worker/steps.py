"""The steps: each reads its inputs from the private folder, does one thing, and writes one value. Each may be repeated.

`Steps.perform` is all that the workflows call, and it never raises what could be written down with its text: it
answers a small dictionary of words.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

from app.db.engine import Database
from app.db.kinds import StepName
from app.services import captions, intake, library, publish, rights, work
from app.services.in_force import current_proposal
from app.services.logs import Log
from app.services.sizes import parts, renders
from app.services.states import Event
from app.services.values import PrivateFolder
from app.settings import Settings
from app.stores import files
from app.worker.outcome import Outcome, Stopping, Superseded, done, failed
from app.worker.pipeline import Pipeline
from app.worker.route import OF_SIZES, share
from app.worker.watch import RecordingWatch
from media_pipeline.core import canonical
from media_pipeline.core.errors import Cancelled, Fault, NotReviewed, Stale, StoryshelfError
from media_pipeline.core.report import PrivacyReport
from media_pipeline.core.review import sheet_count
from media_pipeline.ports.watch import Part, Watch
from media_pipeline.run import Places

log = Log("worker")


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
    watch: Watch
    number: int
    """Which size it is for, from the smallest; see `route`."""


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

    def perform(self, step: StepName, job: Job, number: int = 0) -> Outcome:
        """Takes one step, for one size where it is for one. Raises only `Stopping`."""

        def take() -> Outcome:
            if not work.begin(self._db, job.recording_id, job.attempt, step, goes_on=step in OF_SIZES):
                raise Superseded
            watch = RecordingWatch(self._db, job.recording_id, job.attempt, self._stopping)
            if watch.cancelled():
                raise Cancelled("cancelled")
            folder = PrivateFolder(self._settings, job.recording_id)
            start, end = share(folder.plan(), (step, number)) if step in OF_SIZES else (Fraction(0), Fraction(1))
            digest = self._work[step](Task(job, folder, Part(watch, start, end), number))
            return done(digest, sizes=len(folder.plan().ladder)) if step is StepName.PLAN else done(digest)

        return self._answer(step.value, job, take)

    def end(self, job: Job, event: Event, code: str, hostile: bool) -> Outcome:
        """Notes that the work ended without what it was to bring; destroys a hostile file at once. Raises only `Stopping`."""

        def finish() -> Outcome:
            if hostile:
                intake.destroy_private(self._settings, job.recording_id)
            if event is Event.DISPROVE:
                publish.disprove(self._db, self._settings, job.recording_id, job.attempt, code)
            else:
                work.end(self._db, job.recording_id, job.attempt, event, code, original_gone=hostile)
            return done()

        return self._answer("end", job, finish)

    def tidy(self, job: Job) -> Outcome:
        """Removes what was seen and made of the film so far, unless work may go on with it. Raises only `Stopping`."""

        def clear() -> Outcome:
            work.tidy(self._db, self._settings, job.recording_id)
            return done()

        return self._answer("tidy", job, clear)

    def forget(self) -> None:
        """Nothing of any film is kept in this process, however the work on it ended."""
        self._pipeline.forget()

    def let_go(self, recording_id: str) -> None:
        """Nor are copies of its files kept on this machine, where the store is elsewhere."""
        with suppress(StoryshelfError):  # the sweep does it then
            work.let_go(self._db, self._settings, recording_id)

    def pause(self, seconds: int) -> Outcome:
        """Waits before another try, or until the worker ends. Raises only `Stopping`."""
        if self._stopping.wait(seconds):
            raise Stopping
        return done()

    def _answer(self, name: str, job: Job, do: Callable[[], Outcome]) -> Outcome:
        if self._stopping.is_set():
            raise Stopping
        try:
            outcome = do()
        except Exception as error:  # whatever it is, its text stays here
            outcome = failed(error)
            if not isinstance(error, StoryshelfError | Superseded):
                log.error("unforeseen", step=name, recording=job.recording_id, error=type(error).__name__)
        if not outcome["ok"] and self._stopping.is_set():
            raise Stopping
        log.info("step", step=name, recording=job.recording_id, attempt=job.attempt, **outcome)
        return outcome

    def _probe(self, task: Task) -> str:
        return task.folder.save(self._pipeline.probe(_original(task), task.watch), "media")

    def _detect(self, task: Task) -> str:
        media, room = task.folder.media(), task.folder.looking
        digest = task.folder.save(self._pipeline.detect(_original(task), media, room, task.watch), "findings")
        files.remove(room)
        return digest

    def _propose(self, task: Task) -> str:
        looks, proposal = self._pipeline.propose(task.folder.media(), task.folder.findings())
        task.folder.save(looks, "looks")
        return task.folder.save(proposal, "proposal")

    def _preview(self, task: Task) -> str:
        media, drafts = task.folder.media(), task.folder.drafts
        files.make_empty(drafts)
        preview = self._pipeline.preview(_original(task), media, drafts, task.watch)
        task.folder.save(preview, "preview")
        files.sync_tree(drafts)
        for made in (task.folder.proxy, *((task.folder.strip,) if media.video else ())):
            files.move(drafts / made.name, made)
        expected = {task.folder.sheet(n).name for n in range(sheet_count(media.whole))} if media.video else set()
        if files.names_below(drafts) != expected:
            raise Fault("tool-failed", "not every contact sheet was made")
        task.folder.remove(task.folder.sheets)
        files.move(drafts, task.folder.sheets)
        task.folder.keep(task.folder.sheets, task.folder.proxy, *((task.folder.strip,) if media.video else ()))
        return ""

    def _ready(self, task: Task) -> str:
        job = task.job
        with_words = partial(captions.fit, settings=self._settings, recording_id=job.recording_id)
        work.ready(self._db, job.recording_id, job.attempt, task.folder.media(), with_words)
        return ""

    def _plan(self, task: Task) -> str:
        approval = work.approval(self._db, task.job.approval_id)
        recording = library.recording(self._db, task.job.recording_id)
        if approval is None or recording is None or approval.recording_id != recording.id:
            raise NotReviewed("not-approved")
        publish.refuse_without_officer(self._db, self._settings, recording.id)  # told before the work, not after it
        with self._db.reading() as session:
            rights.refuse_barred_now(session, recording.id)
        if publish.begun(self._db, task.job.approval_id):
            return task.folder.plan().digest  # what is public is of this plan, and the rest must be
        decision = work.decision_of(approval)
        proposal = current_proposal(task.folder, recording)
        plan = self._pipeline.plan(task.folder.media(), task.folder.findings(), proposal, decision)
        if plan.edits_digest != approval.edits_digest:
            raise Stale("edit-changed")
        task.folder.given().texts.approved(plan.captions, plan.chapters)
        task.folder.discard_reports()
        return task.folder.save(plan, "plan")

    def _render(self, task: Task) -> str:
        places = Places(task.folder.making, task.folder.render)
        media, batch = task.folder.media(), renders(task.folder.plan())[task.number]
        texts = task.folder.given().texts
        task.folder.bring_render()
        self._pipeline.render(_original(task), media, batch, places, task.watch, texts)
        files.sync_tree(places.out)
        task.folder.keep(places.out)
        return ""

    def _verify(self, task: Task) -> str:
        media, sizes = task.folder.media(), parts(task.folder.plan())
        if self._is_public(task):
            return ""
        task.folder.bring_render()
        report = self._pipeline.verify(
            _original(task),
            media,
            sizes[task.number],
            task.folder.render,
            task.watch,
            task.folder.given().texts,
            remember=task.number + 1 < len(sizes),
        )
        return task.folder.save_report(report)

    def _package(self, task: Task) -> str:
        if self._is_public(task):
            return ""
        task.folder.bring_render()
        return canonical.digest(self._pipeline.package(self._report(task), task.folder.render).files)

    def _publish(self, task: Task) -> str:
        job, report = task.job, self._report(task)
        publish.make_public(self._db, self._settings, job.recording_id, job.attempt, job.approval_id, report)
        return canonical.digest(report)

    def _is_public(self, task: Task) -> bool:
        """Whether an earlier attempt has brought this size to its end."""
        return publish.is_public(self._db, task.job.approval_id, parts(task.folder.plan())[task.number])

    def _report(self, task: Task) -> PrivacyReport:
        return task.folder.report(parts(task.folder.plan())[task.number])


def _original(task: Task) -> Path:
    """The original. Raises Fault when the store has lost it: that is our trouble, not a refusal."""
    return task.folder.here(task.folder.original)
