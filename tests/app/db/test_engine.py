"""Several processes share one database: nobody fails, nothing is lost, and what is deleted is gone from SQLite's bytes."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import StatementError

from app.db import words
from app.db.engine import Database, now
from app.db.kinds import RecordingState, new_id, new_slug
from app.db.migrate import SCRIPTS, upgrade
from app.db.models import Approval, Base, Publication, Recording, User
from media_pipeline.core import canonical
from media_pipeline.core.errors import Fault
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.review import ReviewDecision, Role

pytestmark = pytest.mark.both_databases


@pytest.fixture
def url(tmp_path: Path, databases: dict[str, str]) -> str:
    """A database with nothing in it."""
    return databases.get("work_url") or f"sqlite:///{tmp_path}/shelf.sqlite"


def user(login: str) -> User:
    return User(login=login, password_hash="-" * 8, created_at=now())


def test_the_migrations_make_the_models(url: str) -> None:
    db = Database(url)
    upgrade(db)
    upgrade(db)
    with db.reading() as session:
        options = {"compare_type": True, "include_name": lambda name, *_: not (name or "").startswith(words.TABLE)}
        context = MigrationContext.configure(session.connection(), opts=options)
        assert compare_metadata(context, Base.metadata) == []
    db.close()


def test_a_newer_database_is_not_touched(url: str) -> None:
    db = Database(url)
    upgrade(db)
    with db.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Fault, match="store-failed"):
        upgrade(db)
    db.close()


def test_a_failed_migration_leaves_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.db.migrations.versions import r0001_first_tables as first

    monkeypatch.setattr("alembic.op.create_index", lambda *_: 1 / 0)
    assert first.revision == "0001"
    db = Database(url)
    with pytest.raises(ZeroDivisionError):
        upgrade(db)
    with db.reading() as session:
        assert inspect(session.connection()).get_table_names() == []
    db.close()


def test_what_was_public_before_there_were_several_sizes_still_is(url: str) -> None:
    db = Database(url)
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with db.writing() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "0001")
        session.execute(
            text(
                "INSERT INTO publication (id, slug, demo, report_digest, files_json, top_width, top_height, length_ms,"
                " has_video, has_sound, state, published_at)"
                " VALUES ('abc', 'slug', false, 'digest', '[]', 320, 180, 1000, true, true, 'public', 5)"
            )
        )
    upgrade(db)
    with db.reading() as session:
        publication = session.scalars(select(Publication)).one()
    db.close()
    assert (publication.reports_json, publication.plan_digest) == ('["digest"]', "")
    assert (publication.slug, publication.top_height, publication.has_sound) == ("slug", 180, True)


def test_what_was_decided_before_ears_had_an_account_can_still_be_read(url: str) -> None:
    db = Database(url)
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    decision = ReviewDecision("0" * 64, (), IntervalSet((Interval(Fraction(0), Fraction(9)),)), Role.STAFF)
    before = {name: told for name, told in json.loads(canonical.dumps(decision)).items() if name != "hearing"}
    with db.writing() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "0007")
        session.execute(
            text(
                "INSERT INTO recording (id, created_at, demo, state, state_at, permille, attempt, cancel_asked, hint, sha256,"
                " size, title, series, language, description, held_on, branch, theme, books, tip, signed, edit_version,"
                " edit_place, edit_last) VALUES ('r', 1, false, 'published', 1, 0, 1, false, '', '', 1, '', '', '', '', '', '',"
                " '', '', '', false, 0, 0, 0)"
            )
        )
        session.execute(
            text(
                "INSERT INTO approval (id, recording_id, role, proposal_digest, edits_digest, decision_json,"
                " publication_id, at) VALUES ('a', 'r', 'staff', '', '', :decision, 'p', 1)"
            ),
            {"decision": json.dumps(before)},
        )
    upgrade(db)
    with db.reading() as session:
        approval = session.scalars(select(Approval)).one()
    db.close()
    assert canonical.loads(ReviewDecision, approval.decision_json) == decision


def add_many(url: str, name: str, count: int) -> None:
    db = Database(url)
    upgrade(db)
    for number in range(count):
        with db.writing() as session:
            seen = session.scalars(select(User)).all()  # reads first, then writes: what fails without BEGIN IMMEDIATE
            session.add(user(f"{name}-{number}-{len(seen)}"))
    db.close()


def test_three_processes_write_at_once(url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=add_many, args=(url, name, 15)) for name in "abc"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    db = Database(url)
    with db.reading() as session:
        logins = session.scalars(select(User.login)).all()
    db.close()
    # Nobody counted the same rows as somebody else: each transaction stood alone.
    assert sorted(int(login.split("-")[2]) for login in logins) == list(range(45))


def test_all_or_nothing(url: str) -> None:
    db = Database(url)
    upgrade(db)

    def half() -> None:
        with db.writing() as session:
            session.add(user("ann"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    with db.reading() as session:
        assert session.scalars(select(User)).all() == []
    db.close()


def test_the_databases_own_errors_are_told_without_their_text(url: str) -> None:
    db = Database(url)
    upgrade(db)
    with pytest.raises(Fault) as caught, db.writing() as session:
        session.add_all([user("ann-secret"), user("ann-secret")])
    assert "ann-secret" not in repr(caught.value) + caught.value.detail
    assert caught.value.__cause__ is None
    db.close()


@pytest.mark.sqlite_alone
def test_pragmas(url: str) -> None:
    db = Database(url)
    with db.reading() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }
    db.close()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 30000,
    }


@pytest.mark.sqlite_alone
def test_what_is_deleted_is_gone_from_the_bytes(url: str, tmp_path: Path) -> None:
    db = Database(url)
    upgrade(db)
    with db.writing() as session:
        session.add(user("needle-in-the-hay"))
    assert any(b"needle-in-the-hay" in file.read_bytes() for file in tmp_path.iterdir())
    with db.writing() as session:
        session.delete(session.scalars(select(User)).one())
    db.close()
    sqlite3.connect(tmp_path / "shelf.sqlite").execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
    assert not any(b"needle-in-the-hay" in file.read_bytes() for file in tmp_path.iterdir())


def test_moments_keep_their_milliseconds_and_zone(url: str) -> None:
    db = Database(url)
    upgrade(db)
    at = datetime(2026, 3, 29, 1, 30, 0, 123000, tzinfo=UTC)
    with db.writing() as session:
        session.add(User(login="ann", password_hash="-" * 8, created_at=at))
    with db.reading() as session:
        assert session.scalars(select(User.created_at)).one() == at
        assert session.scalars(select(User).where(User.created_at < at + timedelta(milliseconds=1))).one()
    with pytest.raises((ValueError, StatementError)), db.writing() as session:
        session.add(User(login="bob", password_hash="-" * 8, created_at=datetime(2026, 1, 1)))
    db.close()


def test_a_state_that_is_no_word_of_ours_is_refused(url: str) -> None:
    db = Database(url)
    upgrade(db)
    row = Recording(created_at=now(), state_at=now(), hint="none", sha256="", size=1)
    row.state = "made-up"  # type: ignore[assignment]  # what the test is about
    with pytest.raises((LookupError, StatementError)), db.writing() as session:
        session.add(row)
    assert RecordingState("to-review") is RecordingState.TO_REVIEW
    db.close()


def test_ids_fit_paths_and_urls() -> None:
    assert len(new_id()) == 12
    assert len(new_slug()) == 7
    assert all((new_id() + new_slug()).isalnum() for _ in range(100))
