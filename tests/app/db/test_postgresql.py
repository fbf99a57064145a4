"""What only a server can do: end, begin anew, stand still, be full, be nowhere. None of it hangs, and no word of it is told."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select, text

from app.cli import health
from app.db import postgresql, words
from app.db.engine import Database, now
from app.db.migrate import SCRIPTS, upgrade
from app.db.models import User
from app.db.patient import Patient
from app.factory import create_public_app
from app.services import work
from app.services.jobs import prepare_work
from app.web.room import room
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend, make_settings
from tests.app.server import Server, server

pytestmark = pytest.mark.postgresql

NEEDLE = "ann-needle"


@pytest.fixture
def address() -> Iterator[str]:
    """A database with all of the shelf's tables."""
    at = server()
    made = at.make(at.empty_shelf)
    yield made
    at.remove(made)


@pytest.fixture
def db(address: str) -> Iterator[Database]:
    opened = Database(address)
    yield opened
    opened.close()


@pytest.fixture
def own() -> Iterator[Server]:
    """A server that a test may end."""
    made = Server()
    yield made
    made.end()


def add(db: Database, login: str = "ann") -> None:
    with db.writing() as session:
        session.add(User(login=login, password_hash="-" * 8, created_at=now()))


def logins(db: Database) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(User.login).order_by(User.login)))


def fault_within(seconds: float, do: Callable[[], object]) -> Fault:
    begun = time.monotonic()
    with pytest.raises(Fault) as caught:
        do()
    assert time.monotonic() - begun < seconds
    assert NEEDLE not in repr(caught.value) + caught.value.detail
    return caught.value


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53100", "disk-full"),
        ("53300", "database-away"),
        ("57P01", "database-away"),
        ("08006", "database-away"),
        ("40P01", "store-failed"),
        ("40001", "store-failed"),
        ("55P03", "store-failed"),
        ("XX001", "store-failed"),
    ],
)
def test_errors_of_the_server_are_faults(db: Database, state: str, code: str) -> None:
    def fail() -> None:
        with db.writing() as session:
            session.execute(
                text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = '{NEEDLE}'; END $$")
            )

    fault = fault_within(5, fail)
    assert (fault.code, fault.detail.split()[-1]) == (code, state if code != "disk-full" else fault.detail)
    add(db)


def test_a_server_that_was_started_anew_is_met_as_if_nothing_had_been(own: Server) -> None:
    db = Database(own.make(own.empty_shelf))
    add(db)

    def cut_off() -> None:
        with db.writing() as session:
            session.add(User(login=NEEDLE, password_hash="-" * 8, created_at=now()))
            session.flush()
            own.stop()

    assert fault_within(30, cut_off).code == "database-away"
    assert fault_within(5, lambda: logins(db)).code == "database-away"
    own.start()
    assert logins(db) == ["ann"]
    own.stop()
    own.start()
    add(db, "bob")
    assert logins(db) == ["ann", "bob"]
    db.close()


def test_pages_and_doctor_say_it_in_one_sentence(
    own: Server, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(backend.settings.data, database_url=own.make(own.empty_shelf), work_url=own.make())
    viewer = create_public_app(settings).test_client()
    assert viewer.get("/healthz").status_code == 200
    own.stop()
    answer = viewer.get("/healthz")
    assert answer.status_code == 503
    assert "psycopg" not in answer.text
    monkeypatch.setattr("app.cli.health.load_settings", lambda: settings)
    told = health._tried(health._databases)
    assert told is not None
    assert told.startswith(Fault.sentences["database-away"])
    own.start()
    assert viewer.get("/healthz").status_code == 200
    assert health._tried(health._databases) is None
    with viewer.application.app_context():
        room().db.close()


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "LINE", dict(postgresql.LINE) | {"connect_timeout": 2})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        db = Database(f"postgresql://ann@127.0.0.1:{silent.getsockname()[1]}/{NEEDLE}")
        assert fault_within(10, lambda: logins(db)).code == "database-away"
        db.close()


def test_a_server_that_stands_still_is_not_waited_for_ever(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Patient, "patience", 1.0)
    monkeypatch.setattr(postgresql, "LINE", dict(postgresql.LINE) | {"connect_timeout": 2})
    db = Database(own.make(own.empty_shelf))
    add(db)
    own.freeze()
    assert fault_within(10, lambda: logins(db)).code == "database-away"
    own.thaw()
    assert logins(db) == ["ann"]

    def freeze_within() -> None:
        with db.writing() as session:
            session.add(User(login=NEEDLE, password_hash="-" * 8, created_at=now()))
            session.flush()
            own.freeze()

    assert fault_within(10, freeze_within).code == "database-away"
    own.thaw()
    assert "ann" in logins(db)
    db.close()


def test_there_is_no_server(tmp_path: Path) -> None:
    db = Database(f"postgresql://ann@/{NEEDLE}?host={tmp_path}")
    assert fault_within(5, lambda: logins(db)).code == "database-away"
    db.close()


def test_nobody_waits_long_for_a_writer_that_does_not_end(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = str(postgresql.LINE["options"]).replace(f"lock_timeout={postgresql.WAITS_MS}", "lock_timeout=300")
    monkeypatch.setattr(postgresql, "LINE", dict(postgresql.LINE) | {"options": options})
    one, other = Database(address), Database(address)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with one.writing() as session:
            session.add(User(login=NEEDLE, password_hash="-" * 8, created_at=now()))
            session.flush()
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    assert fault_within(5, lambda: add(other)).code == "store-failed"
    assert logins(other) == []
    done.set()
    thread.join(10)
    add(other)
    assert logins(other) == ["ann", NEEDLE]
    for db in (one, other):
        db.close()


def test_when_every_connection_is_taken_nobody_hangs(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "POOL", {"pool_size": 1, "max_overflow": 0, "pool_timeout": 1})
    db = Database(address)
    with db.reading() as session:
        session.scalars(select(User)).all()
        assert fault_within(5, lambda: logins(db)).code == "database-away"
    assert logins(db) == []
    db.close()


def test_every_session_is_told_how_long_it_may_take(db: Database) -> None:
    with db.reading() as session:
        told = {name: session.execute(text(f"SHOW {name}")).scalar() for name in postgresql._SESSION}
        assert session.execute(text("SHOW transaction_isolation")).scalar() == "repeatable read"
        assert session.execute(text("SHOW transaction_read_only")).scalar() == "on"
    assert {told[name] for name in ("lock_timeout", "statement_timeout")} == {"30s", "1min"}
    assert told["idle_in_transaction_session_timeout"] == "2min"


def test_a_shelf_of_before_is_brought_up_to_date_with_its_words() -> None:
    at = server()
    db = Database(at.make())
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with db.altering() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "0011")
        session.execute(
            text(
                "INSERT INTO recording (id, created_at, demo, state, state_at, permille, attempt, cancel_asked, hint, sha256,"
                " size, title, series, language, description, held_on, branch, theme, books, tip, signed, edit_version,"
                " edit_place, edit_last, participants_muted) VALUES ('r', 1, false, 'uploaded', 1, 0, 1, false, '', '', 1,"
                " 'Bären', '', '', '', '', '', '', '', '', false, 0, 0, 0, false)"
            )
        )
    upgrade(db)
    with db.reading() as session:
        assert words.matching(session, "baer") == frozenset()
        assert words.matching(session, "bare") == frozenset({"r"})
    assert [one.recording_id for one in work.waiting(db)] == ["r"]
    db.close()
    at.remove(str(db.engine.url))


def test_the_index_is_used(db: Database) -> None:
    with db.reading() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = session.scalars(
            text("EXPLAIN SELECT id FROM recording_words WHERE lexemes @@ CAST(:query AS tsquery)"), {"query": "'be':*"}
        )
        assert any("recording_words_lexemes" in line for line in plan)


def test_databases_made_as_the_readme_says_are_fit(tmp_path: Path) -> None:
    commands = re.findall(
        r"^sudo -u postgres (createdb .*)$", (Path(__file__).parents[3] / "README.md").read_text("utf-8"), re.MULTILINE
    )
    made = [server().run_client(*command.split()) for command in commands]
    settings = make_settings(tmp_path, database_url=made[0], work_url=made[1])
    db = Database(settings.shelf_database)
    upgrade(db)
    prepare_work(settings)
    db.close()
    for address in made:
        server().remove(address)
    assert len(made) == 2


def test_the_password_is_shown_nowhere(tmp_path: Path) -> None:
    addresses = {name: f"postgresql://ann:{NEEDLE}@h/{name}" for name in ("database_url", "work_url")}
    settings = make_settings(tmp_path, **addresses)
    assert NEEDLE not in repr(settings) + str(settings)
    assert NEEDLE not in repr(Database(settings.database_url).engine.url)
