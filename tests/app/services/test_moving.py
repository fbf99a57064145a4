"""A shelf moves to PostgreSQL and back: the same rows, the same answers, the old one as it was; or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from app.cli import storyshelf
from app.db import copying, words
from app.db.engine import Database
from app.db.migrate import upgrade
from app.services import audit, library, shelf
from app.services.moving import move
from app.services.seats import take_seat
from media_pipeline.core.errors import Fault, Refused
from tests.app.backend import Backend
from tests.app.conftest import two_databases
from tests.app.services.test_retention import published

pytestmark = pytest.mark.postgresql


@pytest.fixture
def full(backend: Backend) -> Backend:
    """A shelf on SQLite with something in every table that a day's work fills."""
    published(backend)
    waiting = backend.analysed(b"another film")
    backend.look_at_all(waiting, backend.staff("böb"))
    library.save_details(backend.db, waiting, library.Details("Bären und Straße 小熊"))
    with backend.db.writing() as session:
        session.merge(backend.row(waiting)).branch = "of a time without checks\0"
    audit.note(backend.db, backend.staff().user_id, "approve", waiting)
    return backend


@pytest.fixture
def addresses() -> Iterator[dict[str, str]]:
    with two_databases() as made:
        yield made


def tally(address: str) -> dict[str, copying.Tally]:
    db = Database(address)
    with db.reading() as session:
        found = copying.tally(session)
    db.close()
    return found


def test_there_and_back(full: Backend, addresses: dict[str, str], tmp_path: Path) -> None:
    before, there = tally(full.settings.shelf_database), addresses["database_url"]
    rows = move(full.settings, there)
    assert rows == sum(table.rows for table in before.values()) > 20
    assert tally(there) == before == tally(full.settings.shelf_database)
    settings = full.settings.model_copy(update=addresses)
    db = Database(there)
    assert shelf.entries(db) == shelf.entries(full.db)
    with db.reading() as session:
        assert len(words.matching(session, "baren strasse 小") or ()) == 0, "ß is no ss, on SQLite as well"
        assert len(words.matching(session, "baren straße 小") or ()) == 1
    db.close()
    back = f"sqlite:///{tmp_path}/back.sqlite"
    assert move(settings, back) == rows
    assert tally(back) == before
    again = Database(back)
    with again.reading() as session:
        assert len(words.matching(session, "baren straße") or ()) == 1
    again.close()


def test_a_moved_shelf_is_at_work_at_once(full: Backend, addresses: dict[str, str]) -> None:
    move(full.settings, addresses["database_url"])
    full.db.close()
    full.settings = full.settings.model_copy(update=addresses)
    full.db = Database(full.settings.shelf_database)
    assert "Bears" in [row.title for row in library.recordings(full.db)]
    recording_id = full.analysed(b"a third film")
    approval_id = full.approved(recording_id)
    full.make_public(recording_id, approval_id, full.rendered(recording_id, approval_id))
    assert len(shelf.entries(full.db)) == 2


def test_a_database_that_holds_a_shelf_is_not_written_over(full: Backend, addresses: dict[str, str]) -> None:
    move(full.settings, addresses["database_url"])
    there = tally(addresses["database_url"])
    for address in (addresses["database_url"], full.settings.shelf_database):
        with pytest.raises(Refused, match="database-taken"):
            move(full.settings, address)
    assert tally(addresses["database_url"]) == there


def test_while_work_is_unfinished_nothing_moves(full: Backend, addresses: dict[str, str]) -> None:
    with take_seat(full.settings), pytest.raises(Refused, match="at-work"):
        move(full.settings, addresses["database_url"])
    full.upload(b"a film that waits")
    with pytest.raises(Refused, match="at-work"):
        move(full.settings, addresses["database_url"])
    assert not any(table.rows for table in tally(addresses["database_url"]).values())


def test_a_copy_that_is_not_the_same_is_none(full: Backend, addresses: dict[str, str]) -> None:
    target = Database(addresses["database_url"])
    upgrade(target)
    with target.altering() as session:
        session.execute(
            text(
                "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.title = 'lost'; RETURN NEW; END $$;"
                "CREATE TRIGGER lose BEFORE INSERT ON recording FOR EACH ROW EXECUTE FUNCTION lose()"
            )
        )
    target.close()
    with pytest.raises(Fault, match="store-failed"):
        move(full.settings, addresses["database_url"])
    assert not any(table.rows for table in tally(addresses["database_url"]).values())


def test_on_the_command_line(full: Backend, addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYSHELF_DATA", str(full.settings.data))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
    run = CliRunner().invoke
    for odd in ("", "mysql://h/d", "shelf"):
        told = run(storyshelf, ["move", "--to-database", odd])
        assert told.exit_code == 2
        assert "must be postgresql://" in told.output
    told = run(storyshelf, ["move", "--to-database", addresses["database_url"]], catch_exceptions=False)
    assert "rows copied and compared" in told.output
    assert "STORYSHELF_WORK_URL" in told.output
    assert addresses["database_url"] not in told.output
