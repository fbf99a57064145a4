"""The report: for each side, each kind of shot, before answers and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.benchmarks.finder.kinds import SAFE, Kind
from tests.benchmarks.finder.score import Judged, Score, merged, total

_HEAD = f"{'kind of shot':<20}{'shown s':>9}{'survive s':>10}{'leaking':>10}{'safe s':>9}{'cut':>8}"


def table(title: str, judged: Sequence[Judged]) -> Iterator[str]:
    """Lines: a title, a row for each kind, all together, and the worst kinds by name."""
    kinds = merged(judged)
    yield title
    yield _HEAD
    for kind in Kind:
        if kind in kinds:
            yield _row(kind.value, kinds[kind])
    yield _row(f"all of {len(judged)} films", total(kinds.values()))
    flashes = kinds.get(Kind.FLASH, Score())
    yield f"flashes that leak: {flashes.leaking} of {flashes.segments}"
    yield _worst(kinds)


def _row(name: str, score: Score) -> str:
    shown = f"{float(score.participant):9.1f}{float(score.surviving):10.2f}"
    leaks = f"{score.leaking}/{score.segments}"
    return f"{name:<20}{shown}{leaks:>10}{float(score.safe):9.1f}{100 * float(score.false_cut):7.1f}%"


def _worst(kinds: dict[Kind, Score]) -> str:
    leak = max(kinds, key=lambda kind: kinds[kind].surviving)
    leaks = f"most survives of “{leak}”" if kinds[leak].surviving else "nothing survives"
    safe = [kind for kind in kinds if kind in SAFE]
    if not safe:
        return leaks
    vain = max(safe, key=lambda kind: kinds[kind].cut)
    seconds = float(kinds[vain].cut)
    return f"{leaks}; most is cut in vain of “{vain}” ({seconds:.0f} s, {100 * float(kinds[vain].false_cut):.0f} %)"
