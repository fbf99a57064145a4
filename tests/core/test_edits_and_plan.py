"""From cuts to kept frames: the laws that keep participants out."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.errors import Refused
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.ladder import Rendition, batches, ladder
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.plan import Region, RenderPlan, ShownFaces, make_plan
from media_pipeline.core.report import CheckName, required
from tests.core.values import cuts_of, films, findings, interval_sets, intervals, media, moments, shot, sound_only

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


def test_what_comes_after_a_cut_comes_earlier() -> None:
    film = media(Fraction(25), frames=250)
    plan = make_plan(cuts_of(film, IntervalSet((Interval(Fraction(2), Fraction(4)),))), film)
    assert [plan.to_output(Fraction(moment)) for moment in (1, 3, 5)] == [1, None, 3]
    assert [plan.to_source(Fraction(moment)) for moment in (1, 3)] == [1, 5]
    for outside in (Fraction(-1), plan.length):
        with pytest.raises(ValueError, match="outside"):
            plan.to_source(outside)


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


SPAN = Interval(Fraction(1), Fraction(2))


def edits(film: MediaFile, *chosen: Edit) -> EditList:
    return EditList(film.sha256, film.whole, chosen)


@pytest.mark.parametrize(
    ("film", "chosen", "code"),
    [
        (media(), [Edit(Action.COVER, SPAN, Box(1200, 0, 81, 10))], "box-outside"),
        (media(), [Edit(Action.CROP, SPAN, Box(0, 0, 10, 721))], "box-outside"),
        (sound_only(), [Edit(Action.COVER, SPAN, Box(0, 0, 10, 10))], "no-picture"),
        (replace(media(), audio=None, audio_tracks=0), [Edit(Action.MUTE, SPAN)], "no-sound"),
        (
            media(),
            [
                Edit(Action.CROP, SPAN, Box(0, 0, 10, 10)),
                Edit(Action.CROP, Interval(Fraction(3, 2), Fraction(3)), Box(0, 0, 10, 10)),
            ],
            "crops-overlap",
        ),
    ],
)
def test_edits_that_cannot_be_carried_out_are_refused(film: MediaFile, chosen: list[Edit], code: str) -> None:
    with pytest.raises(Refused, match=code):
        make_plan(edits(film, *chosen), film)


def test_boxes_are_for_every_frame_on_screen_in_their_span() -> None:
    film = media(Fraction(25))
    box, crop = Box(0, 0, 1280, 720), Box(3, 5, 100, 100)
    off_grid = Interval(Fraction(101, 100), Fraction(199, 100))
    chosen = (Edit(Action.COVER, off_grid, box), Edit(Action.CROP, Interval(SPAN.end, Fraction(3)), crop))
    plan = make_plan(edits(film, *chosen), film)
    assert plan.covers == (Region(SPAN, box),)
    assert plan.crops == (Region(Interval(Fraction(2), Fraction(3)), crop),)
    blink = Interval(Fraction(1), Fraction(1) + Fraction(1, 10_000))
    assert make_plan(edits(film, Edit(Action.COVER, blink, box)), film).covers[0].span.length == Fraction(1, 25)


def test_mutes_are_exact_and_only_where_something_stays() -> None:
    film = media()
    chosen = (
        Edit(Action.CUT, Interval(Fraction(1), Fraction(2))),
        Edit(Action.MUTE, Interval(Fraction(1, 3), Fraction(4, 3))),
        Edit(Action.MUTE, Interval(Fraction(7, 3), Fraction(5, 2))),
    )
    plan = make_plan(edits(film, *chosen), film)
    assert plan.mutes == (Interval(Fraction(1, 3), Fraction(1)), Interval(Fraction(7, 3), Fraction(5, 2)))


def test_a_plan_knows_what_staff_were_shown() -> None:
    film, cut = media(), cuts_of(media(), IntervalSet((Interval(Fraction(10), Fraction(20)),)))
    seen = findings(shot(0, 10, 1, 1), shot(10, 20, 2, 3), shot(20, 60, 3))
    assert make_plan(cut, film).shown is None
    kept = (ShownFaces(Interval(Fraction(0), Fraction(10)), 1), ShownFaces(Interval(Fraction(20), Fraction(60)), 0))
    assert make_plan(cut, film, seen).shown == kept


def test_a_part_of_the_ladder() -> None:
    plan = make_plan(cuts_of(media(), IntervalSet()), media())
    top, middle, smallest = plan.ladder
    assert plan.renditions == plan.ladder
    assert plan.only(smallest, top).renditions == (top, smallest)
    assert [
        (part.brings_top, part.brings_shared) for part in (plan.only(top), plan.only(middle), plan.only(smallest))
    ] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert plan.only(middle).whole == plan
    assert CheckName.STILLS in required(plan.only(top)) & required(plan.only(smallest)) - required(plan.only(middle))
    assert plan.only(middle).digest != plan.digest
    with pytest.raises(ValueError, match="not in the plan"):
        plan.only(Rendition(1, 1))


def test_the_smallest_is_made_first_and_alone() -> None:
    sizes = ladder(1280, 720)
    assert batches(sizes, first_alone=True) == (sizes[2:], sizes[:2])
    assert batches(sizes, first_alone=False) == (sizes,)
    assert batches(sizes[:1], first_alone=True) == (sizes[:1],)
    assert batches((), first_alone=True) == ()


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
        ((641, 363), [362]),
        ((854, 480), [480, 360]),
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
