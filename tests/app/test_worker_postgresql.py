"""Workers on PostgreSQL: the whole road; one that is killed, whose work another takes on; a server that is started anew."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.db.kinds import RecordingState, StepName
from app.db.postgresql import with_driver
from app.services.operating import machine
from app.services.seats import NumberedSeat, take_seat
from app.services.values import PrivateFolder
from app.worker.workflows import ANALYSIS
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend
from tests.app.conftest import two_databases
from tests.app.lives import Life
from tests.app.server import Server
from tests.app.test_worker_real import real_road
from tests.app.worker_child import start, working
from tests.app.worker_seen import finished, life_of, marks_of, result, wait_for, way, whole_road
from tests.films import barcode_film

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]

TAKEN_OVER_WITHIN = 30.0
"""Seconds."""


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    """A shelf on PostgreSQL."""
    with two_databases() as addresses:
        shelf = Backend(tmp_path / "data", **addresses)
        yield shelf
        shelf.db.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Server, Backend]]:
    """The same with a server that a test may end."""
    server = Server()
    shelf = Backend(tmp_path / "own", database_url=server.make(server.empty_shelf), work_url=server.make())
    yield server, shelf
    shelf.db.close()
    server.end()


def test_the_whole_road(backend: Backend) -> None:
    recording_id = whole_road(backend)
    marks = marks_of(way(*ANALYSIS), 1) + marks_of(way(sizes=1), 1)
    assert Life(backend.settings.data).marks == [*marks, "tidied"]
    assert not PrivateFolder(backend.settings, recording_id).has_pieces
    assert not (backend.settings.data / "shelf.sqlite").exists()
    assert not (backend.settings.data / "work.sqlite").exists()
    result(backend, recording_id)
    assert "Bears" in everything_in(backend.settings.database_url)
    kept = everything_in(backend.settings.work_url)
    assert f"publish-{recording_id}-2" in kept
    for word in ("Bears", "bears", "ann", str(backend.settings.data)):
        assert word not in kept


@pytest.mark.full
def test_the_whole_road_of_a_real_film(backend: Backend, tmp_path: Path) -> None:
    path = tmp_path / "barcode.mp4"
    barcode_film(path, frames=100, size=(640, 480))
    result(backend, real_road(backend, path.read_bytes(), deaths=False))


def everything_in(address: str) -> str:
    """Every row of every table, as text."""
    engine = create_engine(with_driver(address))
    with engine.connect() as connection:
        names = connection.execute(
            text(
                "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN ('public', 'dbos')"
            )
        )
        tables = [f'SELECT CAST(t AS text) FROM "{schema}"."{name}" AS t' for schema, name in names]  # noqa: S608 - PostgreSQL's own
        rows = [row for table in tables for row in connection.scalars(text(table))]
    engine.dispose()
    return "\n".join(rows)


def test_another_worker_goes_on_where_one_was_killed(backend: Backend) -> None:
    recording_id = backend.upload(b"slow")
    life = replace(life_of(backend, "trouble"), look=60.0)
    first = start(life)
    wait_for(lambda: f"begin {StepName.DETECT}" in life.marks)
    with working(life):
        wait_for(lambda: life.log.read_text().count('"event": "started"') == 2)
        assert first.pid is not None
        os.kill(first.pid, signal.SIGKILL)
        first.join()
        killed = time.monotonic()
        wait_for(lambda: life.marks.count(f"begin {StepName.DETECT}") == 2)
        assert time.monotonic() - killed < TAKEN_OVER_WITHIN
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
    assert life.marks.count(f"begin {StepName.PROBE}") == 1, "what was done is not done again"
    assert backend.row(recording_id).attempt == 1


def test_two_workers_take_each_piece_of_work_once(backend: Backend) -> None:
    life = life_of(backend)
    with working(life), working(life):
        wait_for(lambda: life.log.exists() and life.log.read_text().count('"event": "started"') == 2)
        recordings = [backend.upload(f"film {number}".encode()) for number in range(6)]
        for recording_id in recordings:
            assert finished(backend, recording_id) is RecordingState.TO_REVIEW
    assert sorted(life.marks) == sorted(6 * marks_of(way(*ANALYSIS), 1))


def test_work_goes_on_when_the_server_was_started_anew(own: tuple[Server, Backend]) -> None:
    server, backend = own
    recording_id = backend.upload(b"slow")
    life = life_of(backend, "trouble")
    with working(life):
        # in the middle: as it begins it needs its server
        wait_for(lambda: backend.row(recording_id).step is StepName.DETECT and backend.row(recording_id).permille > 0)
        server.stop()
        time.sleep(2)
        server.start()
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
    assert life.marks.count(f"begin {StepName.DETECT}") == 1


def test_a_worker_without_its_server_ends_and_one_that_begins_waits(own: tuple[Server, Backend]) -> None:
    server, backend = own
    recording_id = backend.upload(b"slow")
    life = replace(life_of(backend, "trouble"), lost=3.0)
    first = start(life)
    wait_for(lambda: f"begin {StepName.DETECT}" in life.marks)
    server.stop()
    first.join(60)
    assert first.exitcode == 1
    with working(life_of(backend, "trouble")):
        wait_for(lambda: '"event": "database-away"' in life.log.read_text())
        server.start()
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
    assert backend.row(recording_id).attempt == 1


def test_seats(backend: Backend) -> None:
    assert not machine(backend.db, backend.settings).worker
    with take_seat(backend.settings) as one, take_seat(backend.settings) as other:
        assert (one.name, other.name) == ("seat-1", "seat-2")
        assert one.hold()
        assert one.leads()
        assert not other.leads()
        assert other.taken() == {"seat-1", "seat-2"}
        assert machine(backend.db, backend.settings).worker
        assert isinstance(one, NumberedSeat)
        one.leave()
        assert other.taken() == {"seat-2"}
        assert other.leads()
        assert one.hold(), "it sits down again"
        assert not one.leads()
        one.leave()
        with take_seat(backend.settings) as third:
            assert third.name == "seat-1"
            assert not one.hold(), "somebody else sits there now"
    assert not machine(backend.db, backend.settings).worker


def test_no_seat_without_a_server(own: tuple[Server, Backend]) -> None:
    server, backend = own
    with take_seat(backend.settings) as seat:
        server.stop()
        for ask in (seat.hold, seat.leads, seat.taken):
            with pytest.raises(Fault, match="database-away"):
                ask()
        server.start()
        assert seat.hold()
