"""Several machines on one shelf: each has a data folder of its own, and they share a database and a bucket."""

from __future__ import annotations

import io
import threading
from pathlib import Path

from app.db.kinds import StepName
from app.services import intake
from app.services.values import PrivateFolder
from app.settings import Settings
from app.stores import files
from app.uploads.names import NameHint
from app.worker.outcome import Outcome
from app.worker.route import publication
from app.worker.steps import Job, Steps
from app.worker.workflows import ANALYSIS
from tests.app.backend import Backend
from tests.app.fake_pipeline import FakePipeline
from tests.s3_server import Server


class WorkersMachine:
    """A machine that only works: it takes the steps as the workflows do, without their memory."""

    def __init__(self, web: Backend, data: Path) -> None:
        self.settings: Settings = web.settings.model_copy(
            update={"data": data, "database_url": web.settings.shelf_database}
        )
        self.settings.make_folders()
        self.pipeline = FakePipeline()
        self._steps = Steps(self.settings, web.db, self.pipeline, threading.Event())

    def perform(self, step: StepName, job: Job, number: int = 0) -> Outcome:
        """One step."""
        return self._steps.perform(step, job, number)

    def analyse(self, web: Backend, recording_id: str) -> None:
        """All of an analysis."""
        for step in ANALYSIS:
            assert self.perform(step, Job(recording_id, web.row(recording_id).attempt))["ok"], step
        self._steps.let_go(recording_id)

    def publish(self, web: Backend, recording_id: str, approval_id: str, sizes: int) -> None:
        """All of a publication."""
        job = Job(recording_id, web.row(recording_id).attempt, approval_id)
        for step, number in ((StepName.PLAN, 0), *publication(sizes)):
            assert self.perform(step, job, number)["ok"], (step, number)
        self.tidy(job)

    def tidy(self, job: Job) -> None:
        """What follows a publication, however it ended."""
        assert self._steps.tidy(job)["ok"]
        self._steps.let_go(job.recording_id)

    @property
    def copies(self) -> frozenset[str]:
        """What of films lies on this machine's disk."""
        return copies(self.settings)


def copies(settings: Settings) -> frozenset[str]:
    """The same of any machine."""
    return files.names_below(settings.private) | files.names_below(settings.public)


def web_machine(data: Path, bucket: Server, **others: object) -> Backend:
    """The machine that serves."""
    return Backend(data, **bucket.settings(**others))


def uploaded(web: Backend, film: bytes) -> str:
    """A recording that came as uploads do."""
    upload = web.store.create(len(film), "nobody", NameHint.NONE)
    web.store.append(upload.id, 0, io.BytesIO(film), None)
    recording_id = intake.accept(web.db, web.settings, web.store, web.jobs, upload.id)
    with web.db.writing() as session:
        row = session.merge(web.row(recording_id))
        row.title, row.rights_told = "Bears", True
    return recording_id


def lose(folder: PrivateFolder) -> None:
    """The machine's copies are gone."""
    files.remove(folder.path)
