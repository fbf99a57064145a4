"""From cuts to kept frames: the laws that keep participants out."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.errors import Refused
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.ladder import ladder
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.plan import RenderPlan, make_plan
from tests.core.values import cuts_of, films, interval_sets, intervals, media, moments, sound_only

MILLISECOND = Fraction(1, 1000)


def plan_or_skip(film: MediaFile, spans: IntervalSet) -> RenderPlan:
    try:
        return make_plan(cuts_of(film, spans), film)
    except Refused:
        assume(False)
        raise


@given(films, interval_sets)
def test_keep_and_cut_are_the_whole_and_share_nothing(film: MediaFile, spans: IntervalSet) -> None:
    edits = cuts_of(film, spans)
    assert edits.keep | edits.cut == IntervalSet((film.whole,))
    assert not edits.keep & edits.cut


@given(films, interval_sets, intervals())
def test_more_cuts_never_keep_more(film: MediaFile, spans: IntervalSet, more: Interval) -> None:
    fewer = plan_or_skip(film, spans)
    try:
        cut_more = make_plan(cuts_of(film, spans | IntervalSet((more,))), film)
    except Refused:
        return
    assert not IntervalSet.of(cut_more.keep) - IntervalSet.of(fewer.keep)


@given(films, interval_sets)
def test_no_planned_frame_was_on_screen_during_a_cut(film: MediaFile, spans: IntervalSet) -> None:
    plan = plan_or_skip(film, spans)
    shown = IntervalSet.of(plan.keep)
    for removed in cuts_of(film, spans).cut:
        inner = (removed.start + MILLISECOND, removed.end - MILLISECOND)
        if inner[0] < inner[1]:
            assert not shown & IntervalSet((Interval(*inner),))


@given(films, interval_sets)
def test_planned_spans_are_whole_frames(film: MediaFile, spans: IntervalSet) -> None:
    plan = plan_or_skip(film, spans)
    assert plan.clock is not None
    for span in plan.keep:
        for edge in (span.start, span.end):
            assert ((edge - plan.clock.start) * plan.clock.rate).denominator == 1
    assert plan.frame_count == plan.length * plan.clock.rate
    assert len(plan.joints) == len(plan.keep) - 1


@given(films, interval_sets, moments)
def test_time_goes_round(film: MediaFile, spans: IntervalSet, moment: Fraction) -> None:
    plan = plan_or_skip(film, spans)
    there = plan.to_output(moment)
    if there is None:
        assert not IntervalSet.of(plan.keep).holds(moment)
    else:
        assert plan.to_source(there) == moment
    if moment < plan.length:
        assert plan.to_output(plan.to_source(moment)) == moment
    else:
        with pytest.raises(ValueError, match="outside"):
            plan.to_source(moment)


def test_a_frame_on_screen_when_a_cut_begins_is_cut() -> None:
    film = media(Fraction(25), frames=100)
    plan = make_plan(cuts_of(film, IntervalSet((Interval(Fraction(101, 100), Fraction(199, 100)),))), film)
    assert plan.keep == (Interval(Fraction(0), Fraction(1)), Interval(Fraction(2), Fraction(4)))
    assert plan.joints == (Fraction(1),)


def test_nothing_left_is_refused() -> None:
    film = media()
    with pytest.raises(Refused, match="nothing-left"):
        make_plan(cuts_of(film, IntervalSet((film.whole,))), film)


def test_a_sound_recording_has_no_pictures() -> None:
    film = sound_only()
    plan = make_plan(cuts_of(film, IntervalSet((Interval(Fraction(1, 3), Fraction(2, 3)),))), film)
    assert (plan.clock, plan.renditions, plan.frame_count, plan.sound) == (None, (), 0, True)
    assert plan.length == Fraction(30) - Fraction(1, 3)
    assert plan.digest != make_plan(cuts_of(film, IntervalSet()), film).digest


@pytest.mark.parametrize("action", [Action.MUTE, Action.COVER, Action.CROP])
def test_what_cannot_be_done_yet_is_refused(action: Action) -> None:
    film = media()
    box = None if action is Action.MUTE else Box(0, 0, 10, 10)
    edit = Edit(action, Interval(Fraction(1), Fraction(2)), box)
    with pytest.raises(Refused, match="edit-not-yet"):
        make_plan(EditList(film.sha256, film.whole, (edit,)), film)


def test_edits_belong_to_one_recording() -> None:
    with pytest.raises(ValueError, match="another recording"):
        make_plan(cuts_of(media(), IntervalSet()), sound_only())


def test_edits_outside_the_recording_are_refused() -> None:
    film = media(frames=25)
    with pytest.raises(Refused, match="edit-outside"):
        EditList(film.sha256, film.whole, (Edit(Action.CUT, Interval(Fraction(5), Fraction(6))),))


@pytest.mark.parametrize(("action", "box"), [(Action.CUT, Box(0, 0, 1, 1)), (Action.COVER, None)])
def test_boxes_go_with_cover_and_crop(action: Action, box: Box | None) -> None:
    with pytest.raises(ValueError, match="cover and crop"):
        Edit(action, Interval(Fraction(0), Fraction(1)), box)


@pytest.mark.parametrize("edges", [(-1, 0, 1, 1), (0, -1, 1, 1), (0, 0, 0, 1), (0, 0, 1, 0)])
def test_boxes_lie_inside(edges: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="inside the picture"):
        Box(*edges)


@pytest.mark.parametrize(
    ("size", "heights"),
    [
        ((1920, 1080), [1080, 720, 360]),
        ((3840, 2160), [1080, 720, 360]),
        ((1280, 720), [720, 480, 360]),
        ((640, 360), [360]),
        ((641, 363), [362, 360]),
        ((320, 180), [180]),
        ((1080, 1920), [1080, 720, 360]),
    ],
)
def test_the_ladder(size: tuple[int, int], heights: list[int]) -> None:
    assert [step.height for step in ladder(*size)] == heights


@given(st.integers(2, 4096), st.integers(2, 4096))
def test_renditions_are_even_and_never_larger(width: int, height: int) -> None:
    steps = ladder(width, height)
    assert 1 <= len(steps) <= 3
    for step in steps:
        assert step.width % 2 == step.height % 2 == 0
        assert step.height <= height
