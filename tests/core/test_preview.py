"""The strip beside the timeline: evenly spaced, and never too many."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core.intervals import Interval
from media_pipeline.core.preview import STRIP_PICTURES, strip_moments
from media_pipeline.core.review import sheet_moments


@given(st.integers(1, 30_000))
def test_a_strip_begins_with_the_film_and_shows_all_of_it(tenths: int) -> None:
    whole = Interval(Fraction(2), 2 + Fraction(tenths, 10))
    strip, sheets = strip_moments(whole), sheet_moments(whole)
    assert strip[0] == whole.start
    assert set(strip) <= set(sheets)
    assert 1 <= len(strip) <= STRIP_PICTURES
    assert len({later - earlier for earlier, later in pairwise(strip)}) <= 1
    assert len(sheets) <= STRIP_PICTURES or 2 * len(strip) > STRIP_PICTURES
