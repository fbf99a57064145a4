"""Exact time and frames."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core.timebase import clock, frame_at_or_after, frame_at_or_before, frame_time, read_clock, seconds
from tests.core.values import RATES, moments


@given(st.integers(0, 10**6), st.sampled_from(RATES), moments)
def test_a_frames_own_time_leads_back_to_it(index: int, rate: Fraction, start: Fraction) -> None:
    moment = frame_time(index, rate, start)
    assert frame_at_or_before(moment, rate, start) == frame_at_or_after(moment, rate, start) == index


@given(st.integers(0, 10**6), st.sampled_from(RATES))
def test_times_rounded_to_milliseconds_still_mean_their_frame(index: int, rate: Fraction) -> None:
    rounded = seconds(round(float(frame_time(index, rate)), 3))
    assert frame_at_or_before(rounded, rate) == frame_at_or_after(rounded, rate) == index


@given(moments, st.sampled_from(RATES))
def test_frames_enclose_their_moment(moment: Fraction, rate: Fraction) -> None:
    before, after = frame_at_or_before(moment, rate), frame_at_or_after(moment, rate)
    assert before <= after <= before + 1
    assert frame_time(before, rate) <= moment + Fraction(1, 1000)
    assert frame_time(after, rate) >= moment - Fraction(1, 1000)


@pytest.mark.parametrize(
    ("value", "exact"), [(0.1, Fraction(1, 10)), ("1/3", Fraction(1, 3)), (2, Fraction(2)), ("2.5", Fraction(5, 2))]
)
def test_seconds_are_read_by_their_decimal_form(value: str | float, exact: Fraction) -> None:
    assert seconds(value) == exact


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), "soon", "1e9", "1E-9"])
def test_what_is_no_number_is_refused(value: str | float) -> None:
    with pytest.raises(ValueError, match=r".+"):
        seconds(value)


@pytest.mark.parametrize(
    ("moment", "text"),
    [(Fraction(0), "0:00.0"), (Fraction(599, 10), "0:59.9"), (Fraction(3725), "1:02:05.0"), (Fraction(65), "1:05.0")],
)
def test_clock_is_written_for_people(moment: Fraction, text: str) -> None:
    assert clock(moment) == text


@given(st.integers(0, 400 * 3600 * 10))
def test_what_the_clock_says_is_read_as_that_moment(tenths: int) -> None:
    moment = Fraction(tenths, 10)
    assert read_clock(clock(moment)) == moment


@pytest.mark.parametrize("untrusted", ["", "4", "4:60", "4:5", "1:60:00", "-1:00", "1:00,5", "1:2:03:04", "１:00"])
def test_what_is_no_moment_is_not_read(untrusted: str) -> None:
    with pytest.raises(ValueError, match=r"moment|hour"):
        read_clock(untrusted)


def test_a_moment_is_read_as_people_type_it() -> None:
    assert [read_clock(text) for text in (" 4:05 ", "75:00", "1:04:05.25")] == [245, 4500, Fraction(15381, 4)]
