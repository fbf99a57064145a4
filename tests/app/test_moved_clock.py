"""The clock is moved while work is done or waits, by a day or back by an hour: nothing is lost, and each rule fires once."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState, StepName
from app.services import review
from app.services.opened import open_review
from app.uploads.names import NameHint
from tests.app import clock
from tests.app.backend import WHY, Backend
from tests.app.fake_pipeline import LARGE
from tests.app.kills import HALVES, effects
from tests.app.lives import Upset
from tests.app.worker_child import working
from tests.app.worker_seen import ended, finished, life_of, wait_for, whole_road

pytestmark = [pytest.mark.slow, pytest.mark.both_databases]

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def moves(backend: Backend) -> Path:
    """The file that moves it."""
    return backend.settings.data / "clock"


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    shelf = Backend(tmp_path_factory.mktemp("untouched") / "data")
    yield effects(shelf, whole_road(shelf, film=LARGE))
    shelf.db.close()


@pytest.mark.full
@pytest.mark.parametrize("by", [DAY, -HOUR], ids=["day", "hour-back"])
@pytest.mark.parametrize("at", [(StepName.PROBE, 0), (StepName.DETECT, 0), (StepName.RENDER, 1), (StepName.PUBLISH, 1)])
def test_while_work_is_done(
    backend: Backend, moves: Path, untouched: dict[str, object], at: tuple[StepName, int], by: timedelta
) -> None:
    upset = Upset(*at, clock=moves, by=by.total_seconds())
    life = replace(life_of(backend), clock=moves, upset=upset)
    recording_id = backend.upload(LARGE)
    for _, state, mark in HALVES:
        with working(life):
            assert finished(backend, recording_id) is state
            ended(life, mark)
        if state is RecordingState.TO_REVIEW:
            backend.approved(recording_id)
    assert clock.moved(moves) == by.total_seconds()
    assert effects(backend, recording_id) == untouched


def test_while_a_publication_waits_for_its_time(backend: Backend, moves: Path) -> None:
    recording_id, who = backend.analysed(LARGE), backend.staff()
    backend.look_at_all(recording_id, who)
    version = open_review(backend.db, backend.settings, recording_id).version
    moment = now() + 2 * HOUR
    review.approve(
        backend.db, backend.settings, backend.jobs, recording_id, who, version, uncaptioned=WHY, publish_at=moment
    )
    attempt = backend.row(recording_id).attempt
    unfinished = backend.store.create(10, "nobody", NameHint.NONE)
    backend.store.append(unfinished.id, 0, io.BytesIO(b"half"), 4)
    life = replace(life_of(backend), clock=moves)
    with working(life):
        clock.move(moves, -HOUR)
        wait_for(lambda: life.log.exists() and '"event": "swept"' in life.log.read_text())
        time.sleep(1)
        assert backend.row(recording_id).state is RecordingState.SCHEDULED
        clock.move(moves, DAY)
        wait_for(lambda: backend.row(recording_id).state is RecordingState.PUBLISHED)
        ended(life, "tidied")
        clock.move(moves, -HOUR)
        time.sleep(1)
        clock.move(moves, DAY)
        time.sleep(1)
    assert life.log.read_text().count('"event": "released"') == 1
    assert life.marks.count("begin plan") == 1
    assert backend.row(recording_id).attempt == attempt
    brought = effects(backend, recording_id)
    assert brought["rows"] == {"Recording": 1, "Approval": 1, "Publication": 1, "Deletion": 0}
    assert backend.store.get(unfinished.id).offset == 4
