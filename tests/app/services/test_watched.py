"""The watch folder: what lies still is taken in once, whatever crashes; what must not be taken stays and is counted."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from app.db.kinds import RecordingState
from app.services import audit, intake, library
from app.services.operating import machine
from app.services.values import PrivateFolder
from app.services.watched import OWNER, STILL_SECONDS, WatchFolder, left_in
from app.uploads.names import classify_name
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend
from tests.app.services.crashing import crashes_at

NEEDLE = "Zanzibar"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "watched"
    made.mkdir()
    return made


@pytest.fixture
def watching(folder: Path) -> WatchFolder:
    return WatchFolder(folder, threading.Event())


def look(watching: WatchFolder, backend: Backend, at: float) -> int:
    return watching.look(backend.db, backend.settings, backend.jobs, at)


def recordings(backend: Backend) -> list[bytes]:
    return [PrivateFolder(backend.settings, each.id).original.read_bytes() for each in library.recordings(backend.db)]


def test_it_is_taken_in_once_it_lies_still(watching: WatchFolder, backend: Backend, folder: Path) -> None:
    film = folder / f"{NEEDLE}_avo_640x360.mp4"
    film.write_bytes(b"half")
    assert look(watching, backend, 0) == 0
    film.write_bytes(b"half and half")
    assert look(watching, backend, STILL_SECONDS) == 0, "it has grown since"
    assert look(watching, backend, 2 * STILL_SECONDS - 1) == 0
    assert look(watching, backend, 2 * STILL_SECONDS) == 1
    assert recordings(backend) == [b"half and half"]
    assert list(folder.iterdir()) == []
    (row,) = library.recordings(backend.db)
    assert (row.hint, row.uploaded_by, row.state) == ("speaker-view", None, RecordingState.UPLOADED)
    assert backend.jobs.said == [("analyse", row.id, "1")]
    assert [(done.who, done.what) for done in audit.trail(backend.db)] == [("", "upload")]
    assert look(watching, backend, 10 * STILL_SECONDS) == 0


def test_what_others_write_hide_or_link_is_left_alone(
    watching: WatchFolder, backend: Backend, folder: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"secret")
    (folder / "link.mp4").symlink_to(secret)
    (folder / "inside").mkdir()
    (folder / "inside" / "film.mp4").write_bytes(b"x")
    os.mkfifo(folder / "pipe.mp4")
    for name in ("film.mp4.part", "film.MP4.crdownload", ".hidden.mp4", "empty.mp4"):
        (folder / name).write_bytes(b"" if name == "empty.mp4" else b"x")
    before = sorted(folder.rglob("*"))
    for at in (0, STILL_SECONDS, 2 * STILL_SECONDS):
        assert look(watching, backend, at) == 0
    assert sorted(folder.rglob("*")) == before
    assert library.recordings(backend.db) == ()


def test_what_must_not_be_taken_stays_and_is_counted(watching: WatchFolder, backend: Backend, folder: Path) -> None:
    for name in ("GMT20260915_chat.txt", f"audio{NEEDLE}1.m4a", "film.mp4"):
        (folder / name).write_bytes(b"x")
    look(watching, backend, 0)
    assert look(watching, backend, STILL_SECONDS) == 1
    assert left_in(folder) == {"chat": 1, "person-audio": 1}
    told = machine(backend.db, backend.settings.model_copy(update={"watch_folder": folder}))
    assert told.left == 2
    assert machine(backend.db, backend.settings).left is None
    assert machine(backend.db, backend.settings.model_copy(update={"watch_folder": folder / "none"})).left is None


@pytest.mark.parametrize("step", ["append", "finish", "take"])
def test_a_crash_in_any_step_neither_loses_nor_doubles_it(
    backend: Backend, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    (folder / "film.mp4").write_bytes(b"a film")
    before = WatchFolder(folder, threading.Event())
    look(before, backend, 0)
    with monkeypatch.context() as patch:
        patch.setattr(intake, "incoming", lambda _settings: backend.store)
        with crashes_at(backend.store, step):
            look(before, backend, STILL_SECONDS)
    after = WatchFolder(folder, threading.Event())
    look(after, backend, 0)
    assert recordings(backend) == [b"a film"]
    assert [path.name for path in folder.iterdir()] == []
    assert look(after, backend, STILL_SECONDS) == 0


def test_a_worker_that_ends_goes_on_later(watching: WatchFolder, backend: Backend, folder: Path) -> None:
    (folder / "film.mp4").write_bytes(b"a film")
    look(watching, backend, 0)
    (upload,) = [backend.store.create(6, OWNER, classify_name("film.mp4"))]
    (folder / "film.mp4").rename(folder / f".storyshelf-{upload.id}")
    watching.stopping.set()
    assert look(watching, backend, STILL_SECONDS) == 0
    assert recordings(backend) == []
    watching.stopping.clear()
    assert look(watching, backend, STILL_SECONDS) == 1
    assert recordings(backend) == [b"a film"]


def test_an_upload_that_is_over_is_begun_anew(watching: WatchFolder, backend: Backend, folder: Path) -> None:
    (folder / f".storyshelf-{'0' * 32}").write_bytes(b"a film")
    assert look(watching, backend, 0) == 0
    assert look(watching, backend, STILL_SECONDS) == 1
    assert recordings(backend) == [b"a film"]


def test_a_folder_that_is_away_is_our_trouble(backend: Backend, tmp_path: Path) -> None:
    with pytest.raises(Fault):
        look(WatchFolder(tmp_path / "none", threading.Event()), backend, 0)


def test_a_link_that_takes_a_files_place_at_the_last_moment_is_not_read(
    watching: WatchFolder, backend: Backend, folder: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    upload = backend.store.create(6, OWNER, classify_name("film.mp4"))
    (folder / f".storyshelf-{upload.id}").symlink_to(secret)
    with pytest.raises(Fault):
        look(watching, backend, 0)
    assert recordings(backend) == []
    assert secret.read_bytes() == b"secret"


def test_no_name_is_told_in_the_log(
    watching: WatchFolder, backend: Backend, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / f"{NEEDLE}.mp4").write_bytes(b"x")
    (folder / f".storyshelf-{'0' * 32}").write_bytes(b"x")
    for at in (0, STILL_SECONDS):
        look(watching, backend, at)
    said = capsys.readouterr()
    assert NEEDLE not in said.out + said.err
