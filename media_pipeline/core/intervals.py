"""Half-open spans of time [start, end) and sets of them, with exact edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from media_pipeline.core.timebase import Seconds


@dataclass(frozen=True, order=True, slots=True)
class Interval:
    """A span [start, end) in exact seconds; never empty."""

    start: Seconds
    """First moment inside."""

    end: Seconds
    """First moment after."""

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError("an interval ends after it starts")

    @property
    def length(self) -> Seconds:
        """Seconds from start to end."""
        return self.end - self.start

    def overlaps(self, other: Interval) -> bool:
        """Whether the two share any moment."""
        return self.start < other.end and other.start < self.end

    def holds(self, moment: Seconds) -> bool:
        """Whether `moment` lies inside."""
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class IntervalSet:
    """Spans that are sorted, disjoint and not touching: one value for one set of moments."""

    spans: tuple[Interval, ...] = ()
    """The spans, first to last."""

    def __post_init__(self) -> None:
        if any(a.end >= b.start for a, b in zip(self.spans, self.spans[1:], strict=False)):
            raise ValueError("spans are sorted and apart; build sets with IntervalSet.of()")

    @classmethod
    def of(cls, spans: Iterable[Interval]) -> IntervalSet:
        """The set of all moments that any of `spans` holds."""
        merged: list[Interval] = []
        for span in sorted(spans):
            if merged and span.start <= merged[-1].end:
                merged[-1] = Interval(merged[-1].start, max(merged[-1].end, span.end))
            else:
                merged.append(span)
        return cls(tuple(merged))

    def __iter__(self) -> Iterator[Interval]:
        return iter(self.spans)

    def __len__(self) -> int:
        return len(self.spans)

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __or__(self, other: IntervalSet) -> IntervalSet:
        return IntervalSet.of((*self.spans, *other.spans))

    def __and__(self, other: IntervalSet) -> IntervalSet:
        """The moments in both, in one walk along both lists."""
        shared: list[Interval] = []
        i = j = 0
        while i < len(self.spans) and j < len(other.spans):
            a, b = self.spans[i], other.spans[j]
            if a.overlaps(b):
                shared.append(Interval(max(a.start, b.start), min(a.end, b.end)))
            if a.end <= b.end:
                i += 1
            else:
                j += 1
        return IntervalSet(tuple(shared))

    def __sub__(self, other: IntervalSet) -> IntervalSet:
        left: list[Interval] = []
        for span in self.spans:
            at = span.start
            for gap in other.spans:
                if gap.end <= at or gap.start >= span.end:
                    continue
                if gap.start > at:
                    left.append(Interval(at, gap.start))
                at = max(at, gap.end)
            if at < span.end:
                left.append(Interval(at, span.end))
        return IntervalSet(tuple(left))

    @property
    def length(self) -> Seconds:
        """Seconds held in all."""
        return sum((span.length for span in self.spans), Fraction(0))

    def holds(self, moment: Seconds) -> bool:
        """Whether any span holds `moment`."""
        return any(span.holds(moment) for span in self.spans)

    def grown(self, margin: Seconds) -> IntervalSet:
        """Every span made longer by `margin` seconds at both ends."""
        if margin < 0:
            raise ValueError("margins grow, they never shrink")
        return IntervalSet.of(Interval(s.start - margin, s.end + margin) for s in self.spans)
