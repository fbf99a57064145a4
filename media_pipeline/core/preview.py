"""What staff look at while they decide, in numbers: how loud the recording is, where each second of the small copy lies,
and which pictures make the strip beside the timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.review import sheet_moments
from media_pipeline.core.timebase import Seconds

PEAKS_A_SECOND = 10
"""How finely loudness is told: a syllable lasts about twice as long."""

PAUSE: Seconds = Fraction(1)
"""Seconds of silence around what is said that are heard with it: nobody listens to syllables."""

STRIP_COLUMNS = 12
"""Pictures across the strip's file."""

STRIP_PICTURES = 120
"""The most pictures of a strip: eight times what stands side by side on a screen."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The small copy of a whole recording, in numbers."""

    peaks: tuple[int, ...] = ()
    """The loudest moment of each tenth of a second, 0 to 255; empty without sound."""

    seconds: tuple[tuple[int, int], ...] = ()
    """For each second of the copy, from 0 on: its first byte, and the first byte after it."""


def strip_step(pictures: int) -> int:
    """Every how many-th of so many pictures of the contact sheets is in the strip."""
    return -(-pictures // STRIP_PICTURES)


def strip_moments(whole: Interval) -> tuple[Seconds, ...]:
    """The moments that the strip shows."""
    moments = sheet_moments(whole)
    return moments[:: strip_step(len(moments))]


def loud(whole: Interval, peaks: Iterable[int]) -> IntervalSet:
    """When there is anything to hear, with `PAUSE` around it: all but the tenths of a second whose peak is 0."""
    silent, at = [], Fraction(0)
    for peak, run in groupby(peaks, key=bool):
        end = at + Fraction(sum(1 for _ in run), PEAKS_A_SECOND)
        if not peak:
            silent.append(Interval(at, end))
        at = end
    all_of_it = IntervalSet((whole,))
    return (all_of_it - IntervalSet.of(silent)).grown(PAUSE) & all_of_it
