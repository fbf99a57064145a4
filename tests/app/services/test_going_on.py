"""What a fault of the machine stopped goes on by itself: after a while, when there is room, and only as it was approved."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState, StepName
from app.db.models import Recording
from app.services import editing, going_on, library, work
from app.services.going_on import AGAIN, PASSING, go_on
from app.services.opened import open_review
from app.services.states import Event
from app.services.values import PrivateFolder
from media_pipeline.core.edits import Action, Edit
from media_pipeline.core.errors import Fault
from media_pipeline.core.intervals import Interval
from tests.app.backend import Backend
from tests.app.web.desk import StaffBrowser, staff_app

pytestmark = pytest.mark.both_databases


def failed(backend: Backend, code: str, film: bytes = b"a film") -> str:
    recording_id = backend.upload(film)
    assert work.begin(backend.db, recording_id, 1, StepName.PROBE)
    assert work.end(backend.db, recording_id, 1, Event.FAIL, code)
    backend.jobs.said.clear()
    return recording_id


def not_made(backend: Backend) -> str:
    """A publication that a full disk has stopped."""
    recording_id = backend.analysed()
    backend.approved(recording_id)
    attempt = backend.row(recording_id).attempt
    assert work.end(backend.db, recording_id, attempt, Event.FAIL, "disk-full")
    backend.jobs.said.clear()
    return recording_id


def after(backend: Backend, waited: timedelta) -> int:
    return go_on(backend.db, backend.settings, backend.jobs, now() + waited)


@pytest.mark.parametrize("code", sorted(PASSING))
def test_it_goes_on_after_a_while_and_later_after_longer(backend: Backend, code: str) -> None:
    recording_id = failed(backend, code)
    assert after(backend, AGAIN * 0.9) == 0
    assert after(backend, AGAIN * 1.1) == 1
    assert backend.row(recording_id).state is RecordingState.UPLOADED
    assert backend.jobs.said == [("analyse", recording_id, "2")]
    assert after(backend, AGAIN * 1.1) == 0, "once"
    assert work.end(backend.db, recording_id, 2, Event.FAIL, code)
    assert after(backend, AGAIN * 1.9) == 0
    assert after(backend, AGAIN * 2.1) == 1


@pytest.mark.parametrize("code", ["unexpected", "cancelled", "tool-failed", "chunk-failed", "no-officer"])
def test_what_does_not_pass_waits_for_staff(backend: Backend, code: str) -> None:
    failed(backend, code)
    assert after(backend, timedelta(days=1)) == 0


def test_a_clock_that_was_put_back_stops_nothing(backend: Backend) -> None:
    failed(backend, "disk-full")
    assert after(backend, timedelta(hours=-1)) == 1


def test_it_waits_while_there_is_no_room(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    failed(backend, "disk-full")
    monkeypatch.setattr(going_on, "free_bytes", lambda _: 0)
    assert after(backend, timedelta(hours=1)) == 0
    monkeypatch.setattr(going_on, "free_bytes", lambda _: 1)
    assert after(backend, timedelta(hours=1)) == 1


def test_a_store_that_does_not_answer_is_asked_for_one_of_them(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    for film in (b"one", b"two"):
        failed(backend, "store-failed", film)
    asked = []

    def silent(folder: PrivateFolder, _path: object) -> bool:
        asked.append(folder)
        raise Fault("store-failed")

    with monkeypatch.context() as patch:
        patch.setattr(PrivateFolder, "has", silent)
        assert after(backend, timedelta(hours=1)) == 0
    assert len(asked) == 1
    assert after(backend, timedelta(hours=1)) == 2


def test_what_has_lost_its_original_keeps_no_other_from_it(backend: Backend) -> None:
    lost, other = failed(backend, "disk-full", b"one"), failed(backend, "disk-full", b"two")
    PrivateFolder(backend.settings, lost).original.unlink()
    assert after(backend, timedelta(hours=1)) == 1
    assert backend.row(other).state is RecordingState.UPLOADED
    with backend.db.writing() as session:
        row = session.get(Recording, lost)
        assert row is not None
        row.original_deleted_at = now()
    assert not going_on.goes_on(backend.row(lost))


def test_what_was_approved_is_made_by_itself(backend: Backend) -> None:
    recording_id = not_made(backend)
    assert after(backend, timedelta(hours=1)) == 1
    assert backend.row(recording_id).state is RecordingState.PUBLISHING
    ((what, about, _, attempt),) = backend.jobs.said
    assert (what, about, attempt) == ("publish", recording_id, "3")


def test_what_was_changed_since_is_approved_anew_first(backend: Backend) -> None:
    """Somebody may just have cut out what must not be seen."""
    recording_id = not_made(backend)
    version = open_review(backend.db, backend.settings, recording_id).version
    cut = Edit(Action.CUT, Interval(Fraction(1), Fraction(3)))
    editing.save_edits(backend.db, backend.settings, recording_id, [cut], version)
    assert after(backend, timedelta(hours=1)) == 0
    row = backend.row(recording_id)
    assert (row.state, row.code) == (RecordingState.PUBLISH_FAILED, "edit-changed")
    assert backend.jobs.said == []
    assert after(backend, timedelta(days=1)) == 0


def test_staff_read_that_it_goes_on_by_itself(backend: Backend) -> None:
    ann = StaffBrowser(backend, staff_app(backend))
    by_itself, by_hand = failed(backend, "disk-full", b"one"), failed(backend, "tool-failed", b"two")
    told = {recording_id: ann.get(f"/recordings/{recording_id}").text for recording_id in (by_itself, by_hand)}
    assert library.sentence("disk-full") in told[by_itself]
    assert "It is also tried again by itself." in told[by_itself]
    assert "It is also tried again by itself." not in told[by_hand]
