"""When frames are shown, from what their packets say: on a grid or not, at which rate, until when. Pure sums."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappush, heappushpop
from itertools import pairwise

from media_pipeline.core.timebase import Seconds

_NTSC = Fraction(1000, 1001)

_USUAL_RATES = (
    *(Fraction(rate) for rate in (10, 12, 15, 20)),
    *(24 * _NTSC, Fraction(24), Fraction(25), 30 * _NTSC, Fraction(30), Fraction(48), Fraction(50)),
    *(60 * _NTSC, Fraction(60)),
)
"""Frames a second of cameras and meetings, slowest first."""

_FASTEST_GRID = 240
"""Frames a second of the fastest cameras; a grid finer than this is only the container's clock."""

_MAY_COLLIDE = Fraction(1, 50)
"""Share of frames that may fall into a neighbour's place at the nominal rate."""

_NEIGHBOURS = Fraction(1005, 1000)
"""Rates this close (29.97 and 30) are told apart by how well they fit, not by how slow they are."""

_MOST_REORDERED = 16
"""Frames that may be decoded before another and shown after it: all that H.264, HEVC and their like can hold back."""


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """The frames of one track."""

    start: Seconds
    """When the first frame is shown."""

    end: Seconds
    """When the last frame ends."""

    count: int
    """How many frames."""

    rate: Fraction
    """Nominal frames a second."""

    constant: bool
    """Whether frame n lies at start + n / rate, within the container's rounding."""


class Packets:
    """The packets of one track, gathered in the order of decoding, 8 bytes each."""

    def __init__(self) -> None:
        self.leaps_back = False
        """Whether one is shown before more of those that were decoded earlier than any coding reorders."""
        self._latest: list[int] = []  # a heap of the times that are latest
        self._times = array("q")
        self._last_end = 0
        self._sorted = True

    def add(self, pts: int, duration: int) -> None:
        """One packet: when it is shown and for how long, in ticks of its track."""
        self._sorted = self._sorted and (not self._times or self._times[-1] <= pts)
        self._times.append(pts)
        if len(self._latest) <= _MOST_REORDERED:
            heappush(self._latest, pts)
        else:
            self.leaps_back = self.leaps_back or pts < self._latest[0]
            heappushpop(self._latest, pts)
        if len(self._times) == 1 or pts + duration > self._last_end:
            self._last_end = pts + duration

    def __len__(self) -> int:
        return len(self._times)

    def end(self) -> int:
        """When the last of them ends, in ticks."""
        return self._last_end

    def earliest(self) -> int:
        """When the first of them is shown, in ticks; 0 without any."""
        return min(self._times, default=0)

    def span(self) -> int:
        """Ticks from the first to the end of the last; 0 without any."""
        return self._last_end - self.earliest()

    def frames_from(self, first: int) -> list[int]:
        """When frames are shown, in ticks, in order, from `first` on.

        Packets before it are of frames that cannot be decoded (a film cut inside an open group of pictures); two at one
        time are one frame and one that only helps to decode (VP8's alternate reference).
        """
        times = self._times if self._sorted else sorted(self._times)
        frames: list[int] = []
        for time in times:
            if time >= first and (not frames or time > frames[-1]):
                frames.append(time)
        return frames


def longest_gap(ticks: Sequence[int]) -> int:
    """Ticks from one frame to the next, at the most; 0 for fewer than two."""
    return max((later - earlier for earlier, later in pairwise(ticks)), default=0)


def frame_times(
    ticks: Sequence[int], tick: Fraction, last_end: int, shift: Fraction, claimed: Sequence[Fraction]
) -> FrameTimes:
    """Reads the times of frames: `ticks` of `tick` seconds, rising, at least one.

    `last_end` is the tick at which the last one ends, `shift` the seconds to add to come to the film's clock, `claimed`
    the rates that the container speaks of, the likeliest first.
    """
    start, count = ticks[0] * tick + shift, len(ticks)
    fits: dict[Fraction, _Fit] = {}
    for rate in (*claimed, *_USUAL_RATES):
        if count > 1 and 0 < rate <= _FASTEST_GRID and rate not in fits:
            fits[rate] = _fit(ticks, tick, rate)
            if fits[rate].on_grid and fits[rate].without_holes:
                return FrameTimes(start, start + count / rate, count, rate, True)
    rate = _nominal_rate(fits, count)
    end = last_end * tick + shift
    if last_end <= ticks[-1]:  # the container does not say how long the last frame is shown
        end = ticks[-1] * tick + shift + 1 / rate
    return FrameTimes(start, end, count, rate, False)


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well frames lie at start + whole numbers / rate."""

    on_grid: bool
    """Each frame is in a place of its own, within a tick of it and well within its own frame."""

    without_holes: bool
    """Every place from the first to the last has a frame."""

    collisions: int
    """Frames that share a place."""

    misfit: float
    """Sum of the squares of distances to the places, in frames."""


def _fit(ticks: Sequence[int], tick: Fraction, rate: Fraction) -> _Fit:
    per_tick = tick * rate  # places a tick, kept in whole numbers below: fractions are slow on a million frames
    up, down = per_tick.numerator, per_tick.denominator
    allowed = min(up, down // 4)
    collisions, worst, misfit, last = 0, 0, 0.0, -1
    for time in ticks:
        at = (time - ticks[0]) * up
        place = (2 * at + down) // (2 * down)
        off = abs(at - place * down)
        worst, misfit = max(worst, off), misfit + (off / down) ** 2
        collisions += place == last
        last = place
    return _Fit(worst <= allowed and not collisions, last == len(ticks) - 1, collisions, misfit)


def _nominal_rate(fits: dict[Fraction, _Fit], count: int) -> Fraction:
    """The slowest usual rate whose places hold the frames: exactly if there is one, else with next to no loss."""
    if not fits:
        return _USUAL_RATES[0]  # a single frame needs no more
    exact = [rate for rate in _USUAL_RATES if fits[rate].on_grid]
    fitting = exact or [rate for rate in _USUAL_RATES if fits[rate].collisions <= count * _MAY_COLLIDE]
    if not fitting:
        return _USUAL_RATES[-1]
    return min((rate for rate in fitting if rate <= fitting[0] * _NEIGHBOURS), key=lambda rate: fits[rate].misfit)
