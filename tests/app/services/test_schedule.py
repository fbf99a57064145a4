"""What is approved waits for its time, fires once, also after downtime, and stops when something has changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState, WorkKind
from app.services import intake, retention, review, rights, schedule, work, works
from app.services.opened import open_review
from app.services.values import PrivateFolder
from app.services.works import Record
from media_pipeline.core.errors import NotReviewed, Stale
from media_pipeline.core.rights import Basis, Right, Scope
from tests.app.backend import WHY, Backend

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)


def approved(backend: Backend, when: datetime | None, film: bytes = b"a film") -> str:
    """Approved to be published then."""
    recording_id, who = backend.analysed(film), backend.staff()
    backend.look_at_all(recording_id, who)
    version = open_review(backend.db, backend.settings, recording_id).version
    backend.jobs.said.clear()
    review.approve(
        backend.db, backend.settings, backend.jobs, recording_id, who, version, uncaptioned=WHY, publish_at=when
    )
    return recording_id


def state(backend: Backend, recording_id: str) -> RecordingState:
    return backend.row(recording_id).state


@pytest.fixture
def patient(tmp_path: Path, databases: dict[str, str]) -> Backend:
    """A library that waits two days."""
    return Backend(tmp_path / "patient", waiting_hours=48, **databases)


def test_without_a_moment_it_is_published_at_once(backend: Backend) -> None:
    for when in (None, now() - DAY):
        recording_id = approved(backend, when, str(when).encode())
        assert state(backend, recording_id) is RecordingState.PUBLISHING
        assert [said[0] for said in backend.jobs.said] == ["publish"]


def test_it_waits_for_its_moment_and_fires_once_also_after_downtime(backend: Backend) -> None:
    recording_id = approved(backend, now() + 3 * DAY)
    assert state(backend, recording_id) is RecordingState.SCHEDULED
    assert backend.jobs.said == []
    assert work.waiting(backend.db) == ()
    assert schedule.release(backend.db, now() + 2 * DAY) == 0
    assert schedule.release(backend.db, now() + 30 * DAY) == 1
    assert schedule.release(backend.db, now() + 31 * DAY) == 0
    assert state(backend, recording_id) is RecordingState.PUBLISHING
    assert backend.row(recording_id).publish_at is None
    ((waiting),) = work.waiting(backend.db)  # the worker finds it by itself
    assert waiting.recording_id == recording_id
    assert waiting.approval_id is not None
    backend.make_public(recording_id, waiting.approval_id, backend.rendered(recording_id, waiting.approval_id))


def test_a_moment_is_within_half_a_year(backend: Backend) -> None:
    with pytest.raises(ValueError, match="half a year"):
        approved(backend, now() + 200 * DAY)


def test_nothing_of_it_is_deleted_while_it_waits(backend: Backend) -> None:
    recording_id = approved(backend, now() + 100 * DAY)
    swept = retention.sweep(backend.db, backend.settings, backend.store, now() + 99 * DAY)
    assert (swept.drafts, swept.originals) == (0, 0)
    with pytest.raises(Stale, match="moved-on"):
        retention.delete_original(backend.db, backend.settings, recording_id)
    assert PrivateFolder(backend.settings, recording_id).original.exists()
    intake.remove(backend.db, backend.settings, recording_id)  # staff may still remove it
    assert schedule.release(backend.db, now() + 101 * DAY) == 0


def test_it_can_be_called_off_and_approved_again(backend: Backend) -> None:
    recording_id = approved(backend, now() + DAY)
    with pytest.raises(Stale, match="moved-on"):
        open_review(backend.db, backend.settings, recording_id)
    schedule.call_off(backend.db, recording_id)
    assert schedule.release(backend.db, now() + 2 * DAY) == 0
    assert state(backend, recording_id) is RecordingState.TO_REVIEW
    backend.approved(recording_id)
    for gone in (recording_id, "none"):
        with pytest.raises(Stale, match="moved-on"):
            schedule.call_off(backend.db, gone)


def test_the_library_waits_and_publishing_earlier_takes_a_reason(patient: Backend) -> None:
    recording_id = approved(patient, None)
    at = patient.row(recording_id).publish_at
    assert at is not None
    assert timedelta(hours=47) < at - now() <= timedelta(hours=48)
    for reason in ("", "  ", "two\nlines", "x" * 201):
        with pytest.raises(NotReviewed, match="no-waiting-reason"):
            schedule.publish_now(patient.db, patient.settings, patient.jobs, recording_id, reason)
    assert state(patient, recording_id) is RecordingState.SCHEDULED
    schedule.publish_now(patient.db, patient.settings, patient.jobs, recording_id, " the branch asked ")
    approval = schedule.approval_of(patient.db, recording_id)
    assert approval is not None
    assert approval.hurried == "the branch asked"
    assert patient.jobs.said == [("publish", recording_id, approval.id, str(patient.row(recording_id).attempt))]
    with pytest.raises(Stale, match="moved-on"):
        schedule.publish_now(patient.db, patient.settings, patient.jobs, recording_id, "again")
    patient.db.close()


def test_a_later_moment_than_the_waiting_time_stands(patient: Backend) -> None:
    chosen = now() + 5 * DAY
    at = patient.row(approved(patient, chosen)).publish_at
    assert at is not None
    assert abs(at - chosen) < timedelta(seconds=1)
    patient.db.close()


def test_without_a_waiting_time_publishing_earlier_takes_no_reason(backend: Backend) -> None:
    recording_id = approved(backend, now() + DAY)
    schedule.publish_now(backend.db, backend.settings, backend.jobs, recording_id)
    assert state(backend, recording_id) is RecordingState.PUBLISHING


def test_a_right_that_has_become_too_narrow_stops_it(backend: Backend) -> None:
    recording_id = backend.analysed(b"with a book")
    work_id = works.save(backend.db, Record(WorkKind.BOOK, "Brown Bear", Right(Basis.PERMISSION, Scope.OPEN_WEB)))
    rights.add(backend.db, recording_id, work_id)
    who = backend.staff()
    backend.look_at_all(recording_id, who)
    version = open_review(backend.db, backend.settings, recording_id).version
    later = now() + DAY
    review.approve(
        backend.db, backend.settings, backend.jobs, recording_id, who, version, uncaptioned=WHY, publish_at=later
    )
    works.save(backend.db, Record(WorkKind.BOOK, "Brown Bear", Right(Basis.PERMISSION, Scope.CLOSED)), work_id)
    with pytest.raises(NotReviewed, match="rights-barred"):
        schedule.publish_now(backend.db, backend.settings, backend.jobs, recording_id)
    assert schedule.release(backend.db, now() + 2 * DAY) == 1
    row = backend.row(recording_id)
    assert (row.state, row.code) == (RecordingState.PUBLISH_FAILED, "rights-barred")
