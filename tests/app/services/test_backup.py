"""Backup, wipe, restore: the same shelf, byte for byte, less what was deleted or taken down since; or nothing at all."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import storyshelf
from app.db import words
from app.db.engine import Database, now
from app.db.kinds import Deleted, PublicationState, RecordingState
from app.services import backup, intake, ledger, publish, retention, shelf
from app.services.restore import restore
from app.services.values import PrivateFolder
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend, make_settings
from tests.app.conftest import two_databases
from tests.app.services.backing_up import again, backed_up, files_of, rows_of, wiped

pytestmark = pytest.mark.both_databases


def test_the_same_shelf_comes_back(full: Backend) -> None:
    content, files = backed_up(full), files_of(full)
    rows = rows_of(full.db)
    assert rows["approval"].rows == 1
    again(full, content, ())
    assert rows_of(full.db) == rows
    assert files_of(full) == {
        name: body for name, body in files.items() if name.split("/")[2] not in ("making", "render")
    }
    assert not (full.settings.data / "coming").exists()
    assert len(shelf.entries(full.db)) == 1


def test_a_shelf_at_work_is_backed_up_as_it_is(full: Backend) -> None:
    """Somebody reads and writes while the database is copied."""
    with full.db.reading() as reading:
        reading.connection()
        content = backed_up(full)
    again(full, content, ())
    assert len(shelf.entries(full.db)) == 1


def taken_down(backend: Backend) -> None:
    [entry] = shelf.entries(backend.db)
    recording_id = shelf.recording_at(backend.db, entry.slug)
    assert recording_id is not None
    publish.unpublish(backend.db, backend.settings, recording_id)


def removed(backend: Backend) -> None:
    taken_down(backend)
    for recording_id in [path.name for path in backend.settings.private.iterdir()]:
        intake.remove(backend.db, backend.settings, recording_id)


def original_deleted(backend: Backend) -> None:
    recording_id = shelf.recording_at(backend.db, shelf.entries(backend.db)[0].slug)
    assert recording_id is not None
    retention.delete_original(backend.db, backend.settings, recording_id)


@pytest.mark.parametrize(
    ("ending", "public", "private"), [(taken_down, 0, 2), (removed, 0, 0), (original_deleted, 1, 1)]
)
def test_what_was_deleted_since_does_not_come_back(
    full: Backend, ending: Callable[[Backend], None], public: int, private: int
) -> None:
    content, slug = backed_up(full), shelf.entries(full.db)[0].slug
    ending(full)
    assert full.settings.ledger is not None
    again(full, content, ledger.read(full.settings.ledger))
    assert len(shelf.entries(full.db)) == public
    left = [path for path in full.settings.public.rglob("*") if path.is_file()]
    assert len(left) == sum(len(entry.files) for entry in shelf.entries(full.db))
    assert len(list(full.settings.private.iterdir())) == private
    found = shelf.by_slug(full.db, slug)
    assert isinstance(found, shelf.Entry) is bool(public)


def test_without_a_ledger_nothing_stays_public(full: Backend) -> None:
    content = backed_up(full)
    recording_id = shelf.recording_at(full.db, shelf.entries(full.db)[0].slug)
    assert recording_id is not None
    again(full, content, None)
    assert shelf.entries(full.db) == ()
    assert not any(full.settings.public.iterdir())
    assert full.row(recording_id).state is RecordingState.UNPUBLISHED
    publication = publish.publication_of(full.db, recording_id)
    assert publication is not None
    assert publication.state is PublicationState.WITHDRAWN
    assert PrivateFolder(full.settings, recording_id).original.exists(), "it can be published again"


def test_what_was_on_its_way_to_the_public_does_not_go_on_by_itself(full: Backend) -> None:
    """It may have come there and been taken down since; the backup then knows no publication of it."""
    recording_id = full.analysed(b"approved a moment ago")
    full.approved(recording_id)
    assert full.row(recording_id).state is RecordingState.PUBLISHING
    again(full, backed_up(full), ())
    assert full.row(recording_id).state is RecordingState.PUBLISH_FAILED
    assert len(shelf.entries(full.db)) == 1


def test_what_the_backup_does_not_know_is_nothing_to_undo(full: Backend) -> None:
    content = backed_up(full)
    lines = tuple(ledger.Line(what, "aaaaaaaaaaaa") for what in Deleted)
    again(full, content, lines)
    assert len(shelf.entries(full.db)) == 1


@pytest.mark.postgresql
@pytest.mark.sqlite_alone
def test_a_backup_of_one_database_is_restored_as_the_other(full: Backend, tmp_path: Path) -> None:
    rows, files = rows_of(full.db), files_of(full)
    content = backed_up(full)
    with two_databases() as addresses:
        other = make_settings(tmp_path / "other", **addresses)
        other.make_folders()
        restore(other, io.BytesIO(content), ())
        db = Database(other.shelf_database)
        assert rows_of(db) == rows
        assert [entry.title for entry in shelf.entries(db)] == ["Bears"]
        with db.reading() as session:
            assert words.matching(session, "bea")
        back = io.BytesIO()
        backup.write(db, other, back)
        db.close()
    wiped(full)
    restore(full.settings, io.BytesIO(back.getvalue()), ())
    full.db = Database(full.settings.shelf_database)
    assert rows_of(full.db) == rows
    assert set(files_of(full)) < set(files)
    with full.db.reading() as session:
        assert words.matching(session, "bea")


def test_backups_end_too(full: Backend, tmp_path: Path) -> None:
    folder, at = tmp_path / "backups", now()
    folder.mkdir()
    (folder / "storyshelf-of-somebody-else.tar").touch()
    made = [backup.write_into(full.db, full.settings, folder, at + timedelta(days=days)) for days in (0, 1, 32)]
    assert sorted(folder.iterdir()) == sorted([made[2], folder / "storyshelf-of-somebody-else.tar"])
    assert made[2].stat().st_mode & 0o077 == 0


def test_a_backup_that_fails_leaves_those_before(
    full: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = backup.write_into(full.db, full.settings, tmp_path / "backups", now())

    def no_room(*_: object) -> None:
        raise Fault("disk-full")

    monkeypatch.setattr(backup, "copy_to_file", no_room)
    with pytest.raises(Fault):
        backup.write_into(full.db, full.settings, tmp_path / "backups", now() + timedelta(days=40))
    assert list((tmp_path / "backups").iterdir()) == [first]


@pytest.mark.logs_errors
def test_a_takedown_does_not_wait_for_the_ledgers_disk(full: Backend, tmp_path: Path) -> None:
    assert full.settings.ledger is not None
    full.settings.ledger.unlink(missing_ok=True)
    full.settings.ledger.mkdir()
    taken_down(full)
    assert shelf.entries(full.db) == ()


def test_on_the_command_line(full: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYSHELF_DATA", str(full.settings.data))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
    monkeypatch.setenv("STORYSHELF_LEDGER", str(full.settings.ledger))
    monkeypatch.setenv("STORYSHELF_DATABASE_URL", full.settings.database_url)
    monkeypatch.setenv("STORYSHELF_WORK_URL", full.settings.work_url)
    run = CliRunner().invoke
    told = run(storyshelf, ["backup", str(tmp_path / "backups")], catch_exceptions=False)
    made = tmp_path / "backups" / told.output.strip()
    assert made.is_file()
    streamed = run(storyshelf, ["backup", "-"], catch_exceptions=False)
    assert streamed.stdout_bytes[257:262] == b"ustar"
    wiped(full)
    without = run(storyshelf, ["restore", str(made)], standalone_mode=False)
    assert "name the ledger" in str(without.exception)
    told = run(storyshelf, ["restore", str(made), "--without-ledger"], catch_exceptions=False)
    assert "restored" in told.output
    assert shelf.entries(full.db) == ()
