"""kill -9 at random moments in each step, on SQLite and on PostgreSQL: nothing is lost, nothing is done twice in effect."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from app.db.kinds import StepName
from app.worker.route import Stop
from app.worker.workflows import ANALYSIS
from tests.app.fake_pipeline import LARGE
from tests.app.kills import BOTH, HALVES, PUBLICATION, Killed, effects, killed_road, lengths, shelf_on
from tests.app.worker_seen import life_of, whole_road

pytestmark = pytest.mark.slow

KILLS = 50
"""In each step, in the sweep."""

RESUMED_WITHIN = 30.0
"""Seconds."""


@dataclass(frozen=True)
class Untouched:
    """A road on which nothing happens."""

    effects: dict[str, object]
    """What it brings."""

    took: dict[Stop, float]
    """How long its steps take."""


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Untouched]:
    """One on each database, when it is first asked for."""

    @cache
    def on(database: str) -> Untouched:
        with shelf_on(database, tmp_path_factory.mktemp("untouched") / "data") as backend:
            recording_id = whole_road(backend, film=LARGE)
            return Untouched(effects(backend, recording_id), lengths(life_of(backend)))

    return on


def stops_of(*steps: StepName) -> list[Stop]:
    return [stop for stops, *_ in HALVES for stop in stops if stop[0] in steps]


@pytest.mark.parametrize("database", BOTH)
def test_killed_now_and_then(untouched: Callable[[str], Untouched], database: str, tmp_path: Path) -> None:
    nothing_happened, killed = untouched(database), Killed()
    aims = dict.fromkeys([(StepName.DETECT, 0), (StepName.RENDER, 1), (StepName.PUBLISH, 2)], 1)
    with shelf_on(database, tmp_path / "data") as backend:
        recording_id = killed_road(backend, aims, nothing_happened.took, random.Random(), killed)
        assert effects(backend, recording_id) == nothing_happened.effects
    assert sum(killed.in_step.values()) + killed.between == 3


@pytest.mark.full
@pytest.mark.parametrize("database", BOTH)
@pytest.mark.parametrize("step", [*ANALYSIS, *PUBLICATION])
def test_killed_at_fifty_random_moments_of_a_step(
    untouched: Callable[[str], Untouched], step: StepName, database: str, tmp_path: Path
) -> None:
    nothing_happened = untouched(database)
    killed, dice, stops, roads = Killed(), random.Random(), stops_of(step), 0
    while (left := KILLS - killed.by_step[step]) > 0:
        roads += 1
        with shelf_on(database, tmp_path / str(roads)) as backend:
            aims = dict.fromkeys(stops, -(-left // len(stops)))
            recording_id = killed_road(backend, aims, nothing_happened.took, dice, killed)
            assert effects(backend, recording_id) == nothing_happened.effects
    print(
        f"{database}, {step}: {killed.by_step[step]} kills within it and {killed.between} beside steps on {roads} roads; "
        f"back at a step after {max(killed.resumed):.1f} s at most"
    )
    assert max(killed.resumed) < RESUMED_WITHIN
