"""A seat is kept; what others were at is taken over once their seats were empty for a while; without an answer the worker ends."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import cast

import pytest

from app.services.jobs import DbosJobs
from app.services.seats import OnlySeat
from app.worker import keeping
from app.worker.keeping import EMPTY_SECONDS, EVERY_SECONDS, LOST_SECONDS, Keeper, ended_in_time
from media_pipeline.core.errors import Fault


@dataclass
class World:
    """A seat, the work and the time, as a test wants them."""

    now: float = 100.0
    away: bool = False
    ours: bool = True
    leads: bool = False
    taken: frozenset[str] = frozenset({"seat-1"})
    at_work: frozenset[str] = frozenset()
    over: list[tuple[float, list[str]]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)


class Seat(OnlySeat):
    """One of that world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def hold(self) -> bool:
        if self._world.away:
            raise Fault("database-away")
        return self._world.ours

    def leads(self) -> bool:
        return self._world.leads

    def taken(self) -> frozenset[str]:
        return self._world.taken


class Jobs:
    """Those of that world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def at_work(self) -> frozenset[str]:
        return self._world.at_work


class Looks:
    """In place of waiting: a look every few seconds, `most` of them."""

    def __init__(self, world: World, most: int) -> None:
        self._world, self._left = world, most

    def wait(self, seconds: float) -> bool:
        self._left -= 1
        if self._left < 0 or self._world.stopping.is_set():
            return True
        self._world.now += seconds
        return False

    def set(self) -> None:
        self._world.stopping.set()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(keeping.time, "monotonic", lambda: made.now)  # type: ignore[attr-defined]  # the module's own
    return made


def keeps(world: World, looks: int) -> Keeper:
    def take_over(names: list[str]) -> None:
        world.over.append((world.now, names))

    keeper = Keeper(Seat(world), cast(DbosJobs, Jobs(world)), take_over, cast(threading.Event, Looks(world, looks)))
    keeper._keep()
    return keeper


def test_work_of_an_empty_seat_is_taken_over_after_a_while(world: World) -> None:
    world.at_work = frozenset({"seat-1", "seat-2", "seat-3"})
    world.taken = frozenset({"seat-1", "seat-3"})
    begun = world.now + EVERY_SECONDS
    keeps(world, 4)
    assert [names for _, names in world.over] == [["seat-2"]]
    assert EMPTY_SECONDS <= world.over[0][0] - begun < EMPTY_SECONDS + EVERY_SECONDS


def test_whoever_sits_down_again_keeps_their_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.at_work = frozenset({"seat-2"})
    monkeypatch.setattr(Seat, "taken", lambda _seat: world.at_work if world.now > 109 else frozenset())
    keeps(world, 20)
    assert world.over == []


def test_without_an_answer_it_ends_before_others_take_over(world: World) -> None:
    world.away = True
    keeper = keeps(world, 100)
    assert keeper.lost
    assert world.stopping.is_set()
    assert LOST_SECONDS < world.now - 100 <= LOST_SECONDS + EVERY_SECONDS < LOST_SECONDS + EMPTY_SECONDS
    with pytest.raises(Fault, match="database-away"):
        ended_in_time(keeper)


def test_a_seat_that_somebody_else_has_now_is_lost_at_once(world: World) -> None:
    world.ours = False
    world.at_work = frozenset({"seat-9"})
    assert keeps(world, 1).lost
    assert world.stopping.is_set()
    assert world.over == []


def test_who_leads(world: World) -> None:
    assert not keeps(world, 1).leads
    world.leads = True
    keeper = keeps(world, 1)
    assert keeper.leads
    world.leads = False
    keeper._look()
    assert not keeper.leads
    ended_in_time(keeper)
