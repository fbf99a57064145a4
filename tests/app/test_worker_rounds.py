"""A worker's rounds: trouble with one thing keeps none of the others from being done, and what came to a stand goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState, StepName
from app.services import going_on, intake, publish, retention, schedule, work
from app.services.jobs import DbosJobs, workflow_id
from app.services.seats import OnlySeat
from app.services.values import PrivateFolder
from app.worker import stranded
from app.worker.rounds import Pace, Rounds, adopt
from app.worker.stranded import STRANDED_SECONDS, Running, Stranded
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend
from tests.app.web.desk import published

pytestmark = pytest.mark.logs_errors


@pytest.fixture
def jobs(backend: Backend) -> Iterator[DbosJobs]:
    opened = DbosJobs(backend.settings)
    yield opened
    opened.close()


@pytest.mark.parametrize("trouble", [Fault("store-failed"), KeyError("Ann Smith")])
def test_what_is_to_be_taken_down_does_not_wait_for_what_cannot_be_done(
    backend: Backend, jobs: DbosJobs, trouble: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload that cannot be taken in, for one: the end of a publication comes all the same."""
    recording_id, _ = published(backend)
    with backend.db.writing() as session:
        session.merge(backend.row(recording_id)).ends_at = now() - timedelta(days=1)

    def fails(*_: object) -> None:
        raise trouble

    for owner, name in ((intake, "resume"), (schedule, "release"), (going_on, "go_on"), (Stranded, "look")):
        monkeypatch.setattr(owner, name, fails)
    stopping = threading.Event()
    Rounds(backend.settings, backend.db, jobs, Pace(), Stranded(jobs, OnlySeat(), Running()), stopping).go(leads=True)
    assert backend.row(recording_id).state is RecordingState.UNPUBLISHED


def test_all_that_is_over_is_taken_down_before_anything_is_deleted(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that deletes nothing shows nobody anything longer."""
    over = [published(backend, film)[0] for film in (b"one", b"two", b"three")]
    moment = now() + timedelta(days=20 * 365)

    def fails(*_: object) -> None:
        raise Fault("store-failed")

    with monkeypatch.context() as patch:
        patch.setattr(publish, "_remove", fails)
        with pytest.raises(Fault):
            retention.sweep(backend.db, backend.settings, backend.store, moment)
    assert {backend.row(recording_id).state for recording_id in over} == {RecordingState.UNPUBLISHED}
    retention.sweep(backend.db, backend.settings, backend.store, now())
    assert list(backend.settings.public.iterdir()) == []


@dataclass
class Notes:
    """What is noted as begun here."""

    begun: frozenset[str] = frozenset()
    again: list[str] = field(default_factory=list)

    def begun_by(self, name: str) -> frozenset[str]:
        assert name == OnlySeat.name
        return self.begun

    def go_on_with(self, workflow: str) -> None:
        self.again.append(workflow)


def test_what_is_noted_as_begun_and_is_not_goes_back_on_its_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(stranded.time, "monotonic", lambda: clock[0])  # type: ignore[attr-defined]  # the module's own
    notes, running = Notes(), Running()
    looks = Stranded(cast(DbosJobs, notes), OnlySeat(), running)
    notes.begun = frozenset({"analyse-a-1", "publish-b-2"})
    with running.of("publish-b-2"):
        assert looks.look() == 0
        clock[0] += STRANDED_SECONDS - 1
        assert looks.look() == 0
        clock[0] += 1
        assert looks.look() == 1
        assert notes.again == ["analyse-a-1"]
        notes.begun = frozenset({"publish-b-2"})
        clock[0] += STRANDED_SECONDS
        assert looks.look() == 0
    assert looks.look() == 0
    assert running.now == frozenset()


def test_a_store_that_does_not_answer_keeps_no_publication_from_its_queue(
    backend: Backend, jobs: DbosJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.upload(b"whose original cannot be looked for")
    recording_id = backend.analysed(b"another")
    backend.approved(recording_id)

    def silent(*_: object) -> None:
        raise Fault("store-failed")

    monkeypatch.setattr(PrivateFolder, "has", silent)
    with pytest.raises(Fault, match="store-failed"):
        adopt(backend.settings, backend.db, jobs)
    assert jobs.look("publish", recording_id, backend.row(recording_id).attempt) == (True, False)


def test_work_whose_end_nobody_could_be_told_is_taken_up_again(backend: Backend, jobs: DbosJobs) -> None:
    """Unlike what was given up, or called off."""
    states = {"SUCCESS": "store-failed", "ERROR": "store-failed", "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "unexpected"}
    recordings = {status: backend.upload(status.encode()) for status in states}
    for recording_id in recordings.values():
        work.begin(backend.db, recording_id, 1, StepName.PROBE)
        jobs.analyse(recording_id, 1)
    with jobs._open()._sys_db.engine.begin() as rows:
        for status, recording_id in recordings.items():
            rows.exec_driver_sql(
                "UPDATE workflow_status SET status = ? WHERE workflow_uuid = ?",
                (status, workflow_id("analyse", recording_id, 1)),
            )
    adopt(backend.settings, backend.db, jobs)
    assert {status: backend.row(recording_id).code for status, recording_id in recordings.items()} == states
    assert going_on.go_on(backend.db, backend.settings, backend.jobs, now() + timedelta(hours=1)) == 2
