"""Which source frame the plan puts on screen at every frame of the finished film, and which frames it removes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media_pipeline.adapters.proof.pictures import Flags, Numbers
from media_pipeline.core.intervals import Interval
from media_pipeline.core.plan import FrameClock, RenderPlan
from media_pipeline.core.timebase import SNAP_TOLERANCE

_ROUNDING = 1e-6
"""Seconds: times pass through tools that keep microseconds."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan in frame numbers. Arrays of one number a finished frame, but for `kept`."""

    shown: Numbers
    """The source frame that must be shown."""

    earlier: Numbers
    """The earliest source frame that may be shown in its place: the same one on an even clock."""

    later: Numbers
    """The latest that may."""

    span: Numbers
    """Which kept span the finished frame belongs to."""

    kept: Flags
    """Of each source frame, whether it stays. All others are removed."""


def planned_frames(plan: RenderPlan, clock: FrameClock, since_first: npt.NDArray[np.float64]) -> Planned:
    """The plan for a source whose frames are shown `since_first` seconds after the first one.

    A frame that begins inside a kept span stays. On an uneven clock each finished frame shows the one on screen at its
    moment, or a direct neighbour of the same span, because tools round that moment differently; a kept frame stays on
    screen where none begins. Raises ValueError when no frame at all is kept.
    """
    times = np.maximum.accumulate(float(clock.start) + since_first)
    kept = np.zeros(len(times), dtype=np.bool_)
    lots: list[Numbers] = []
    edges: list[tuple[int, int]] = []
    for span in plan.keep:
        first, end = _inside(span, clock, times)
        kept[first:end] = True
        edges.append((first, end))
        slots = np.floor((times[first:end] - float(span.start)) * float(clock.rate) + 0.5 + _ROUNDING)
        wanted = np.arange(round(span.length * clock.rate))
        place = np.maximum(np.searchsorted(slots, wanted, side="right") - 1, 0)
        lots.append(first + place if end > first else np.full(len(wanted), -1))
    if not kept.any():
        raise ValueError("no frame is kept")
    span_of = np.repeat(np.arange(len(lots)), [len(lot) for lot in lots])
    shown = _filled(np.concatenate(lots))
    firsts, ends = np.array(edges, dtype=np.int64)[span_of].T
    movable = (shown >= firsts) & (shown < ends) & (not clock.constant)
    earlier = np.where(movable, np.maximum(shown - 1, firsts), shown)
    later = np.where(movable, np.minimum(shown + 1, ends - 1), shown)
    return Planned(shown, earlier, later, span_of, kept)


def _inside(span: Interval, clock: FrameClock, times: npt.NDArray[np.float64]) -> tuple[int, int]:
    """The first frame of a kept span and the one after its last."""
    half = 1 / (2 * clock.rate)
    # on an even grid half a frame of room holds off every rounding; elsewhere a frame that begins any earlier is one
    # that was on screen during the cut, and so removed
    early = half if clock.constant else min(half, SNAP_TOLERANCE)
    edges = np.array([float(span.start - early), float(span.end - half)]) - _ROUNDING
    first, end = np.searchsorted(times, edges, side="left")
    return int(first), int(end)


def _filled(shown: Numbers) -> Numbers:
    """Spans in which no frame begins show the kept frame before them, at the film's start the one after."""
    places = np.where(shown >= 0, np.arange(len(shown)), -1)
    before = np.maximum.accumulate(places)
    before[before < 0] = int(np.argmax(shown >= 0))
    filled: Numbers = shown[before].astype(np.int64)
    return filled
