"""What a piece of work costs: measured in a process of its own, with all that it starts."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Cost:
    """One measurement."""

    cpu: float
    """Processor seconds, of the process and everything it started."""

    wall: float
    """Seconds by the clock."""

    peak: int
    """Bytes: the most that any single process held."""


def cost_of(work: Callable[[], object]) -> Cost:
    """Runs `work` in a process of its own. Raises RuntimeError when it fails."""
    answers: Any = _FORK.Queue()
    process = _FORK.Process(target=_measured, args=(work, answers))
    process.start()
    cost = answers.get()
    process.join()
    if not isinstance(cost, Cost):
        raise RuntimeError(cost)
    return cost


def _measured(work: Callable[[], object], answers: Any) -> None:
    start = time.monotonic()
    try:
        work()
    except BaseException as trouble:
        answers.put(repr(trouble))
        raise
    wall = time.monotonic() - start
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    answers.put(Cost(cpu, wall, 1024 * max(usage.ru_maxrss for usage in usages)))


def line(what: str, figure: float, limit: float | None = None, unit: str = "×", *, least: float | None = None) -> None:
    """Prints one figure, and whether it is within its limit: at most `limit`, at least `least`."""
    judged = "" if limit is None else f"   (at most {limit:g} {unit}: {'yes' if figure <= limit else 'NO'})"
    judged += "" if least is None else f"   (at least {least:g} {unit}: {'yes' if figure >= least else 'NO'})"
    print(f"{what:<66} {figure:8.2f} {unit}{judged}", flush=True)
