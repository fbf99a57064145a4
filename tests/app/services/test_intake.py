"""Taking in is three steps; a crash between any two of them loses nothing and doubles nothing."""

from __future__ import annotations

import io
import stat

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState
from app.services import intake, library, retention, work
from app.services.values import PrivateFolder
from app.stores import files
from app.uploads.names import NameHint
from media_pipeline.core.errors import Refused, Stale
from tests.app.backend import Backend
from tests.app.fake_pipeline import FILM
from tests.app.services.crashing import crashes_at

pytestmark = pytest.mark.both_databases


def uploaded(backend: Backend, owner: str = "nobody") -> str:
    upload = backend.store.create(len(FILM), owner, NameHint.SPEAKER)
    backend.store.append(upload.id, 0, io.BytesIO(FILM), None)
    return upload.id


def accept(backend: Backend, upload_id: str) -> str:
    return intake.accept(backend.db, backend.settings, backend.store, backend.jobs, upload_id)


def test_an_upload_becomes_a_recording(backend: Backend) -> None:
    who = backend.staff()
    recording_id = accept(backend, uploaded(backend, who.user_id))
    row = backend.row(recording_id)
    folder = PrivateFolder(backend.settings, recording_id)
    assert folder.original.read_bytes() == FILM
    assert stat.S_IMODE(folder.original.stat().st_mode) == 0o600
    assert (row.state, row.size, row.uploaded_by, row.hint) == (
        RecordingState.UPLOADED,
        len(FILM),
        who.user_id,
        "speaker-view",
    )
    assert backend.jobs.said == [("analyse", recording_id, "1")]


def test_twice_is_once(backend: Backend) -> None:
    upload_id = uploaded(backend)
    assert accept(backend, upload_id) == accept(backend, upload_id)
    assert len(library.recordings(backend.db)) == 1


def test_an_unknown_owner_is_nobody(backend: Backend) -> None:
    assert backend.row(accept(backend, uploaded(backend))).uploaded_by is None


@pytest.mark.parametrize("place", ["make_folder", "take", "analyse"])
def test_a_crash_between_two_steps_is_made_good(backend: Backend, place: str) -> None:
    upload_id = uploaded(backend)
    owner = {"make_folder": files, "take": backend.store, "analyse": backend.jobs}[place]
    with crashes_at(owner, place):
        accept(backend, upload_id)
    intake.resume(backend.db, backend.settings, backend.store, backend.jobs)
    (row,) = library.recordings(backend.db)
    assert PrivateFolder(backend.settings, row.id).original.read_bytes() == FILM
    # What was not announced is what the worker finds by itself.
    assert [waiting.recording_id for waiting in work.waiting(backend.db)] == [row.id]


def test_an_upload_that_is_not_whole_is_left_alone(backend: Backend) -> None:
    upload = backend.store.create(10, "nobody", NameHint.NONE)
    with pytest.raises(ValueError, match="finished"):
        accept(backend, upload.id)
    assert intake.resume(backend.db, backend.settings, backend.store, backend.jobs) == 0


def test_removing_takes_every_private_byte(backend: Backend) -> None:
    recording_id = backend.analysed()
    intake.remove(backend.db, backend.settings, recording_id)
    assert library.recordings(backend.db) == ()
    assert list(backend.settings.private.iterdir()) == []


def test_a_removed_upload_does_not_come_back(backend: Backend) -> None:
    upload_id = uploaded(backend)
    intake.remove(backend.db, backend.settings, accept(backend, upload_id))
    with pytest.raises(Refused, match="no-upload"):
        accept(backend, upload_id)
    assert library.recordings(backend.db) == ()


@pytest.mark.parametrize("state", [RecordingState.ANALYSING, RecordingState.PUBLISHING, RecordingState.PUBLISHED])
def test_what_is_worked_on_or_public_is_not_removed(backend: Backend, state: RecordingState) -> None:
    recording_id = backend.upload()
    with backend.db.writing() as session:
        row = session.merge(backend.row(recording_id))
        row.state = state
    with pytest.raises(Stale, match="moved-on"):
        intake.remove(backend.db, backend.settings, recording_id)
    assert PrivateFolder(backend.settings, recording_id).original.exists()


def test_a_removal_cut_off_by_a_crash_is_finished_by_the_sweep(backend: Backend) -> None:
    recording_id = backend.analysed()

    with crashes_at(files, "remove"):
        intake.remove(backend.db, backend.settings, recording_id)
    assert PrivateFolder(backend.settings, recording_id).original.exists()
    assert retention.sweep(backend.db, backend.settings, backend.store, now()).strays == 1
    assert list(backend.settings.private.iterdir()) == []
