"""`storyshelf add`: a file comes in as an upload does, or is refused and leaves nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import adding, storyshelf
from app.db.models import Recording
from app.services import audit, intake
from app.services.values import PrivateFolder
from app.uploads.store import IncomingStore
from media_pipeline.core.errors import Refused
from tests.app.backend import Backend

FILM = bytes(range(256)) * 4096


@pytest.fixture(autouse=True)
def _here(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYSHELF_DATA", str(backend.settings.data))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
    monkeypatch.setenv("STORYSHELF_DISK_RESERVE_BYTES", "0")
    monkeypatch.setattr(adding, "DbosJobs", lambda _: _Jobs(backend))


class _Jobs:
    """Jobs that only listens, and can be closed."""

    def __init__(self, backend: Backend) -> None:
        self.analyse, self.publish = backend.jobs.analyse, backend.jobs.publish

    def close(self) -> None:
        """Nothing is open."""


def add(*paths: Path) -> Result:
    return CliRunner().invoke(storyshelf, ["add", *map(str, paths)], catch_exceptions=False)


def film(folder: Path, name: str, content: bytes = FILM) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_files_are_taken_in_and_the_worker_is_told(backend: Backend, tmp_path: Path) -> None:
    told = add(film(tmp_path, "one.mp4"), film(tmp_path, "Canary_gallery_1920x900.mp4", FILM * 2))
    assert told.exit_code == 0
    pages = told.stdout.splitlines()
    ids = [page.rsplit("/", 1)[1] for page in pages]
    with backend.db.reading() as session:
        rows = {row.id: row for row in session.query(Recording)}
    assert set(rows) == set(ids)
    assert rows[ids[0]].sha256 == hashlib.sha256(FILM).hexdigest()
    assert PrivateFolder(backend.settings, ids[1]).original.read_bytes() == FILM * 2
    assert rows[ids[1]].hint == "gallery-view"
    assert "gallery" in told.stderr
    assert "Canary" not in told.stdout + told.stderr
    assert [said[:2] for said in backend.jobs.said] == [("analyse", recording_id) for recording_id in ids]
    assert [(one.who, one.what) for one in audit.trail(backend.db)] == [("", "upload")] * 2
    assert (tmp_path / "one.mp4").exists(), "what is added stays where it was"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("chat.txt", FILM, "chat"), ("audioKit1.m4a", FILM, "person-audio"), ("film.mp4", b"", "empty")],
)
def test_what_is_refused_leaves_nothing(backend: Backend, tmp_path: Path, name: str, content: bytes, code: str) -> None:
    with pytest.raises(Refused, match=code):
        add(film(tmp_path, name, content))
    assert list(intake.incoming(backend.settings).uploads()) == []
    assert backend.jobs.said == []


def test_a_file_that_shrinks_meanwhile_leaves_nothing(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film(tmp_path, "film.mp4")
    create = IncomingStore.create

    def then_cut(store: IncomingStore, *args: Any) -> object:
        made = create(store, *args)
        path.write_bytes(FILM[:1000])
        return made

    monkeypatch.setattr(IncomingStore, "create", then_cut)
    with pytest.raises(Refused, match="file-changed"):
        add(path)
    assert list(intake.incoming(backend.settings).uploads()) == []
