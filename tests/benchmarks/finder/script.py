"""Scripts: which shots each film has, how long, in which order and format. Pure: a seed gives the same script for ever."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from tests.benchmarks.finder.kinds import MIX, SAFE, Kind
from tests.films import Timing


class Side(StrEnum):
    """The two parts of the bench, which share neither seeds nor pictures."""

    DESIGN = "design"
    """What a finder may be tuned on."""

    KEPT_ASIDE = "kept aside"
    """What only judges."""


@dataclass(frozen=True, slots=True)
class Take:
    """One shot of a film."""

    kind: Kind
    """What is to be seen."""

    frames: int
    """How many."""

    seed: int
    """Decides on everything else."""


@dataclass(frozen=True, slots=True)
class Script:
    """One film."""

    side: Side
    """Whose pictures it may use."""

    seed: int
    """Decides on its presenters and rooms."""

    size: tuple[int, int]
    """Pixels across and down."""

    rate: Fraction
    """Nominal frames a second."""

    timing: Timing
    """When frames are shown."""

    two: bool
    """Whether it has two presenters."""

    takes: tuple[Take, ...]
    """Its shots, first to last."""


@dataclass(frozen=True, slots=True)
class Series:
    """Films that share one mix."""

    side: Side
    """Whose pictures."""

    first_seed: int
    """Seeds go up from here."""

    films: int
    """How many."""

    seconds: int
    """About how long each is."""


WHOLE = (Series(Side.DESIGN, 1000, 14, 120), Series(Side.KEPT_ASIDE, 5000, 8, 120))
"""44 minutes."""

QUICK = (Series(Side.DESIGN, 2000, 2, 80), Series(Side.KEPT_ASIDE, 6000, 2, 80))
"""Some 6 minutes for daily work: every kind once at least, so that the mix is not kept."""

IN_THE_ROOM = (Kind.WALK_IN, Kind.COMES_ALONE, Kind.PAN_TO, Kind.BESIDE, Kind.WIDE)
"""Kinds that show participants in the presenter's own room: every third film has all of them, the others none."""

_SIZES = ((1280, 720), (1280, 720), (640, 360), (1280, 720), (1920, 1080), (1280, 720), (854, 480))

_RATES = (Fraction(25), Fraction(30), Fraction(25), Fraction(30000, 1001), Fraction(30))

_TIMINGS = (Timing.CONSTANT, Timing.CONSTANT, Timing.GAPS, Timing.CONSTANT, Timing.CONSTANT, Timing.JITTER)


def scripts(series: Series) -> tuple[Script, ...]:
    """The films of a series: a pack of shots that follows the mix, each dealt to the film that has least of its kind."""
    lots = np.random.default_rng(series.first_seed)
    every = range(series.films)
    pair = every[1::4]
    able = {Kind.BOTH: pair, **dict.fromkeys(IN_THE_ROOM, every[::3])}
    dealt: list[list[tuple[Kind, float]]] = [[] for _ in every]
    for kind, length in _pack(series, lots):
        film = min(able.get(kind, every), key=lambda film: _has(dealt[film], kind))
        dealt[film].append((kind, length))
    return tuple(_script(series, film, film in pair, shots, lots) for film, shots in enumerate(dealt))


def _has(shots: list[tuple[Kind, float]], kind: Kind) -> tuple[float, float]:
    """What is to be made even between films: seconds of a safe kind, or of all others together; then of everything."""
    alike = {kind} if kind in SAFE else set(Kind) - SAFE
    return sum(length for other, length in shots if other in alike), sum(length for _, length in shots)


def _pack(series: Series, lots: np.random.Generator) -> list[tuple[Kind, float]]:
    """Kinds and lengths (s) of all shots: those that not every film can have first, else long ones first."""
    pack: list[tuple[Kind, float]] = []
    for kind, portion in MIX.items():
        wanted = series.films * series.seconds * portion.permille / 1000
        count = max(1, round(wanted / portion.usual))
        drawn = lots.uniform(portion.shortest, portion.longest, count)
        drawn = np.clip(drawn * (wanted / drawn.sum()), portion.shortest, portion.longest)
        drawn = np.clip(drawn + (wanted - drawn.sum()) / count, portion.shortest, portion.longest)
        pack.extend((kind, float(length)) for length in drawn)
    some = {Kind.BOTH, *IN_THE_ROOM}
    return sorted(pack, key=lambda shot: (shot[0] not in some, shot[0] not in SAFE, -shot[1]))


def _script(series: Series, film: int, two: bool, shots: list[tuple[Kind, float]], lots: np.random.Generator) -> Script:
    seed = series.first_seed + film
    rate = _RATES[film % len(_RATES)]
    timing = _TIMINGS[film % len(_TIMINGS)]
    pace = rate * Fraction(7, 9) if timing is Timing.GAPS else rate  # of nine moments seven have a frame
    takes = tuple(
        Take(kind, max(1, round(length * pace)), 1000 * seed + number)
        for number, (kind, length) in enumerate(_ordered(shots, lots))
    )
    return Script(series.side, seed, _SIZES[film % len(_SIZES)], rate, timing, two, takes)


def _ordered(shots: list[tuple[Kind, float]], lots: np.random.Generator) -> list[tuple[Kind, float]]:
    """Safe shots in any order, a speaker first; participants in any gap between them, so that some come in bursts."""
    safe = [shot for shot in shots if shot[0] in SAFE]
    safe = [safe[place] for place in lots.permutation(len(safe))]
    opening = next((place for place, shot in enumerate(safe) if shot[0] is Kind.SPEAKER), 0)
    safe = [safe[opening], *safe[:opening], *safe[opening + 1 :]]
    others = [shot for shot in shots if shot[0] not in SAFE]
    gaps: list[list[tuple[Kind, float]]] = [[] for _ in safe]
    for place in lots.permutation(len(others)):
        gaps[int(lots.integers(len(gaps)))].append(others[place])
    return [shot for first, gap in zip(safe, gaps, strict=True) for shot in (first, *gap)]
