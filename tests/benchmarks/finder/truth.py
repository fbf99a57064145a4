"""The truth about a film, frame by frame."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.timebase import Seconds
from tests.benchmarks.finder.kinds import MIX, Kind, Sort


@dataclass(frozen=True, slots=True)
class Shown:
    """What one frame shows."""

    take: int
    """Which shot of the film, from 0."""

    kind: Kind
    """Of which kind that is."""

    visible: bool
    """Whether any participant is in it."""

    @property
    def sort(self) -> Sort:
        """What staff would call it."""
        return Sort.PARTICIPANTS if self.visible else MIX[self.kind].sort


@dataclass(frozen=True, slots=True)
class Span:
    """A run of frames that show the same."""

    shown: Shown
    """What."""

    span: Interval
    """When: from its first frame to the first after it."""


@dataclass(frozen=True, slots=True)
class Truth:
    """All of a film."""

    times: tuple[Seconds, ...]
    """When each frame is shown, on the film's clock."""

    end: Seconds
    """When the last is over."""

    frames: tuple[Shown, ...]
    """What each shows."""

    @property
    def spans(self) -> tuple[Span, ...]:
        """Runs of frames, first to last."""
        return tuple(self._runs())

    @property
    def participants(self) -> IntervalSet:
        """All time in which any participant is seen."""
        return IntervalSet.of(part.span for part in self.spans if part.shown.visible)

    def at(self, moment: Seconds) -> Shown:
        """What is on screen then; before the first frame, that one."""
        later = next((number for number, time in enumerate(self.times) if time > moment), len(self.times))
        return self.frames[max(0, later - 1)]

    def frame_span(self, number: int) -> Interval:
        """How long one frame is on screen."""
        return Interval(self.times[number], (*self.times[1:], self.end)[number])

    def _runs(self) -> Iterator[Span]:
        first = 0
        for shown, run in groupby(self.frames):
            after = first + len(list(run))
            end = self.times[after] if after < len(self.times) else self.end
            yield Span(shown, Interval(self.times[first], end))
            first = after


def write_truth(truth: Truth, path: Path) -> None:
    """As JSON, every moment as an exact fraction."""
    frames = [[shown.take, shown.kind.value, shown.visible] for shown in truth.frames]
    times = [str(moment) for moment in truth.times]
    path.write_text(json.dumps({"times": times, "end": str(truth.end), "frames": frames}), "utf-8")


def read_truth(path: Path) -> Truth:
    """What `write_truth` wrote."""
    told = json.loads(path.read_text("utf-8"))
    frames = tuple(Shown(take, Kind(kind), visible) for take, kind, visible in told["frames"])
    return Truth(tuple(map(Fraction, told["times"])), Fraction(told["end"]), frames)
