"""The algebra of spans."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

from media_pipeline.core.intervals import Interval, IntervalSet
from tests.core.values import interval_sets, moments


@given(interval_sets, interval_sets, moments)
def test_sets_are_sets_of_moments(one: IntervalSet, other: IntervalSet, moment: Fraction) -> None:
    a, b = one.holds(moment), other.holds(moment)
    assert (one | other).holds(moment) == (a or b)
    assert (one & other).holds(moment) == (a and b)
    assert (one - other).holds(moment) == (a and not b)


@given(interval_sets, interval_sets)
def test_lengths_add_up(one: IntervalSet, other: IntervalSet) -> None:
    assert (one & other).length + (one - other).length == one.length
    assert (one | other).length == one.length + (other - one).length


@given(interval_sets)
def test_one_set_has_one_form(some: IntervalSet) -> None:
    assert IntervalSet.of(reversed(some.spans)) == some
    assert list(some) == list(some.spans)
    assert len(some) == len(some.spans)
    assert bool(some) == (some.length > 0)
    assert some - some == IntervalSet()


@given(interval_sets)
def test_margins_only_grow(some: IntervalSet) -> None:
    assert not some - some.grown(Fraction(1, 8))


def test_margins_never_shrink() -> None:
    with pytest.raises(ValueError, match="never shrink"):
        IntervalSet().grown(Fraction(-1))


def test_an_empty_interval_is_none() -> None:
    with pytest.raises(ValueError, match="ends after"):
        Interval(Fraction(1), Fraction(1))


def test_touching_spans_are_one() -> None:
    touching = (Interval(Fraction(0), Fraction(1)), Interval(Fraction(1), Fraction(2)))
    with pytest.raises(ValueError, match="apart"):
        IntervalSet(touching)
    assert IntervalSet.of(touching).spans == (Interval(Fraction(0), Fraction(2)),)
