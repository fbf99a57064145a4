"""A worker that is killed at random moments, again and again, on the whole road of a film in three sizes."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.db.kinds import RecordingState, StepName
from app.db.models import Approval, Deletion, Publication, Recording
from app.services.jobs import ANALYSE, PUBLISH, DbosJobs
from app.services.values import PrivateFolder
from app.stores import files
from app.worker.route import Stop
from app.worker.workflows import ANALYSIS
from tests.app.backend import Backend
from tests.app.conftest import two_databases
from tests.app.fake_pipeline import LARGE
from tests.app.lives import Death, Life
from tests.app.worker_child import ending_of, name_of, start, working
from tests.app.worker_seen import ended, finished, life_of, result, wait_for, way

SIZES = 3
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]

HALVES = (
    (way(*ANALYSIS), RecordingState.TO_REVIEW, "end ready"),
    (way(sizes=SIZES), RecordingState.PUBLISHED, "tidied"),
)
"""The steps of each half of the road, how it ends, and the last mark."""

PUBLICATION = tuple(dict.fromkeys(step for step, _ in HALVES[1][0]))


@contextmanager
def shelf_on(database: str, data: Path) -> Iterator[Backend]:
    """A new shelf on SQLite or on PostgreSQL."""
    if database == "sqlite":
        backend = Backend(data)
        yield backend
        backend.db.close()
        return
    with two_databases() as addresses:
        backend = Backend(data, **addresses)
        yield backend
        backend.db.close()


@dataclass
class Killed:
    """What happened on the way."""

    in_step: Counter[Stop] = field(default_factory=Counter)
    """How often it died while it was at a step."""

    between: int = 0
    """How often between two steps, or while one was being noted as done."""

    resumed: list[float] = field(default_factory=list)
    """Seconds from the start of each further worker until it was at a step again."""

    @property
    def by_step(self) -> Counter[StepName]:
        """The same for all sizes together."""
        counted: Counter[StepName] = Counter()
        for (step, _), times in self.in_step.items():
            counted[step] += times
        return counted


def lengths(life: Life) -> dict[Stop, float]:
    """Seconds that each step took there, with what lies between it and the next; for those at an end, what most took."""
    began = life.began
    took = {name: later - moment for (name, moment), (_, later) in pairwise(began)}
    usual = sorted(took.values())[len(took) // 2]
    stops = [stop for way_, *_ in HALVES for stop in way_]
    return {
        stop: usual if name_of(*stop) in ("ready 0", "ready") else took.get(name_of(*stop), usual) for stop in stops
    }


def killed_road(
    backend: Backend, aims: Mapping[Stop, int], took: Mapping[Stop, float], dice: random.Random, killed: Killed
) -> str:
    """Takes a film from upload to publication while its worker is killed up to `aims` times within steps; returns its id."""
    life = life_of(backend)
    recording_id = backend.upload(LARGE)
    for stops, state, mark in HALVES:
        died: Counter[Stop] = Counter()
        while (aim := _next(life, stops, aims, died)) is not None:
            within = took[aim] * min(10, 1.3 * 1.1 ** died[aim])  # a worker that has just begun takes longer
            death = Death(aim[0], "later", aim[1], dice.uniform(0, within))
            begun = time.monotonic()
            code = ending_of(start(replace(life, death=death)))
            assert code == -signal.SIGALRM, f"it ended with {code}: {life.marks}"
            killed.resumed += [moment - begun for _, moment in life.began if moment > begun][:1]
            last = life.marks[-1]
            if last.startswith("begin "):
                at = next(stop for stop in stops if f"begin {name_of(*stop)}" == last)
                died[at] += 1
                killed.in_step[at] += 1
            else:
                killed.between += 1
                died[aim] += 1  # it may be at its end, and nothing of it left to die in
        with working(life):
            assert finished(backend, recording_id) is state
            ended(life, mark)
            _settled(backend, recording_id, ANALYSE if state is RecordingState.TO_REVIEW else PUBLISH)
        if state is RecordingState.TO_REVIEW:
            backend.approved(recording_id)
    _goes_on_where_it_was(life)
    return recording_id


def _settled(backend: Backend, recording_id: str, kind: str) -> None:
    """Waits until that workflow is over: a worker that died as a step had ended takes it again, to no effect."""
    jobs, attempt = DbosJobs(backend.settings), backend.row(recording_id).attempt
    wait_for(lambda: jobs.look(kind, recording_id, attempt)[1])
    jobs.close()


def _next(life: Life, stops: tuple[Stop, ...], aims: Mapping[Stop, int], died: Counter[Stop]) -> Stop | None:
    """The first step that is not done, and has not had all its deaths."""
    marks = life.marks
    return next((s for s in stops if f"end {name_of(*s)}" not in marks and died[s] < aims.get(s, 0)), None)


def _goes_on_where_it_was(life: Life) -> None:
    """No step is begun again once a later one has begun, and none is left out."""
    order = [name_of(*stop) for stops, *_ in HALVES for stop in stops]
    begun = [mark.removeprefix("begin ") for mark in life.marks if mark.startswith("begin ")]
    places = [order.index(name) for name in begun]
    assert places == sorted(places), life.marks
    assert set(places) == set(range(len(order)))


def effects(backend: Backend, recording_id: str) -> dict[str, object]:
    """All that a road has brought: nothing of it may be there twice, and none of it be missing."""
    with backend.db.reading() as session:
        rows = {
            kind.__name__: session.scalar(select(func.count()).select_from(kind))
            for kind in (Recording, Approval, Publication, Deletion)
        }
    folder, row, jobs = (
        PrivateFolder(backend.settings, recording_id),
        backend.row(recording_id),
        DbosJobs(backend.settings),
    )
    at_work = jobs.at_work()
    jobs.close()
    return {
        "result": result(backend, recording_id),
        "rows": rows,
        "private": files.names_below(folder.path),
        "public folders": len(files.names_in(backend.settings.public)),
        "recording": (row.state, row.attempt, row.code, row.step, row.length_ms),
        "at work": at_work,
    }
