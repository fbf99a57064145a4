"""The small programs beside the compose file: what they say is so."""

from __future__ import annotations

import os
import runpy
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.db.engine import Database
from tests.app import server
from tests.app.web.test_quiet_log import serving, wait_for
from tests.s3_server import Server

DEPLOY = Path(__file__).parents[2] / "deploy"

RIGHTS = """SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls
            FROM pg_roles WHERE rolname = current_user"""


@pytest.fixture
def healthy(tmp_path: Path) -> Callable[[str, int], int]:
    """What `healthy.py` says in a container of that command, whose families' server has that port."""

    def ask(command: str, port: int) -> int:
        (tmp_path / "cmdline").write_text(command.replace(" ", "\0"))
        program: dict[str, Any] = runpy.run_path(str(DEPLOY / "healthy.py"))
        told: int = program["main"](tmp_path / "cmdline", {b"public": port})
        return told

    return ask


@pytest.mark.slow
def test_a_server_is_well_while_it_answers(healthy: Callable[[str, int], int], tmp_path: Path) -> None:
    command = "/sbin/docker-init -- storyshelf serve --only public"
    with serving(tmp_path / "data", "app.wsgi:public()") as (port, _):
        wait_for(port)
        assert healthy(command, port) == 0
    assert healthy(command, port) == 1


@pytest.mark.parametrize(("said", "status"), [("The worker runs.", 0), ("No worker runs.", 1), ("", 1)])
def test_a_worker_is_well_while_its_shelf_knows_of_one(
    said: str, status: int, healthy: Callable[[str, int], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "storyshelf").write_text(f"#!/bin/sh\n[ $1 = jobs ] && echo '{said}'\n")
    (tmp_path / "storyshelf").chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert healthy("/sbin/docker-init -- storyshelf worker", 1) == status


def test_the_bucket_is_made_once(
    s3: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (
        ("ENDPOINT", s3.endpoint),
        ("BUCKET", "made-by-compose"),
        ("ACCESS_KEY", s3.access_key),
        ("SECRET_KEY", s3.secret_key),
    ):
        monkeypatch.setenv(f"STORE_{name}", value)
    program = runpy.run_path(str(DEPLOY / "make_bucket.py"))
    try:
        assert program["main"]() == 0
        assert program["main"]() == 0
        assert s3.client.head_bucket(Bucket="made-by-compose")
        monkeypatch.setenv("STORE_BUCKET", "No Bucket")
        assert program["main"]() == 1
    finally:
        s3.client.delete_bucket(Bucket="made-by-compose")
    assert s3.secret_key not in "".join(capsys.readouterr())


@pytest.fixture
def new_server() -> Iterator[server.Server]:
    """One as PostgreSQL's own image makes it: its administrator is called postgres."""
    made = server.Server()
    for role, statement in (
        ("storyshelf", "CREATE ROLE postgres SUPERUSER LOGIN"),
        ("postgres", "ALTER ROLE storyshelf RENAME TO first"),
    ):
        subprocess.run(["psql", "-qX", "-h", made.folder, "-U", role, "-d", "postgres", "-c", statement], check=True)
    yield made
    made.end()


@pytest.mark.postgresql
def test_two_databases_are_made_of_a_role_that_may_do_nothing_else(new_server: server.Server) -> None:
    told = {"PGHOST": str(new_server.folder), "POSTGRES_USER": "postgres", "STORYSHELF_PASSWORD": "it's secret"}
    subprocess.run([DEPLOY / "compose-database.sh"], env=os.environ | told, check=True)
    for name in ("storyshelf", "storyshelf_work"):
        db = Database(f"postgresql://storyshelf@/{name}?host={new_server.folder}")
        with db.reading() as session:
            assert session.scalar(text("SHOW server_encoding")) == "UTF8"
            assert not any(session.execute(text(RIGHTS)).one())
            owner = "SELECT rolname FROM pg_database JOIN pg_roles ON datdba = pg_roles.oid WHERE datname = :name"
            assert session.scalar(text(owner), {"name": name}) == "storyshelf"
        db.close()
