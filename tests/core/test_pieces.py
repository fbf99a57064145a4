"""Chunks and pieces together are the plan, whatever is cut, covered, cropped or muted."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.errors import Refused
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.ladder import Rendition
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.pieces import (
    KEY_FRAME_SECONDS,
    Chunk,
    chunk_name,
    chunks,
    key_frames,
    lead_in,
    pieces,
    sound_pieces,
)
from media_pipeline.core.plan import RenderPlan, make_plan
from tests.core.values import films, interval_sets, media, sound_only

BOXES = st.builds(Box, st.integers(0, 200), st.integers(0, 200), st.integers(1, 1000), st.integers(1, 500))


@st.composite
def plans(draw: st.DrawFn) -> RenderPlan:
    """A plan with every kind of edit in it."""
    film: MediaFile = draw(films)
    chosen = [Edit(Action.CUT, span) for span in draw(interval_sets)]
    chosen += [Edit(Action.MUTE, span) for span in draw(interval_sets)]
    chosen += [Edit(Action.COVER, span, draw(BOXES)) for span in draw(interval_sets)]
    crops = draw(interval_sets).spans[::2]
    chosen += [Edit(Action.CROP, span, draw(BOXES)) for span in crops]
    inside = tuple(edit for edit in chosen if edit.span.overlaps(film.whole))
    try:
        return make_plan(EditList(film.sha256, film.whole, inside), film)
    except Refused:
        assume(False)
        raise


@given(plans(), st.sampled_from((None, 2, 4, 60)))
def test_chunks_are_the_film(plan: RenderPlan, seconds: int | None) -> None:
    parts = chunks(plan, seconds)
    assert [part.number for part in parts] == list(range(len(parts)))
    assert [part.first for part in parts] == [0, *(part.end for part in parts[:-1])]
    assert parts[-1].end == plan.frame_count
    keys = set(key_frames(plan))
    assert all(part.first in keys for part in parts)
    if seconds is not None and plan.clock is not None:
        longest = seconds * plan.clock.rate
        assert all(part.end - part.first <= longest + 1 for part in parts[:-1])
        assert parts[-1].end - parts[-1].first <= longest * Fraction(3, 2) + 2


@given(plans(), st.sampled_from((None, 2, 4)))
def test_every_frame_is_in_one_piece_as_planned(plan: RenderPlan, seconds: int | None) -> None:
    clock = plan.clock
    assert clock is not None
    frame = 0
    for chunk in chunks(plan, seconds):
        for piece in pieces(plan, chunk):
            assert piece.kept in plan.keep
            assert piece.kept.start <= piece.span.start < piece.span.end <= piece.kept.end
            for place in range(piece.frames):
                moment = piece.span.start + place / clock.rate
                assert plan.to_source(frame / clock.rate) == moment
                covers = sorted((r.box.x, r.box.y) for r in plan.covers if r.span.holds(moment))
                assert covers == sorted((c.box.x, c.box.y) for c in piece.covers if c.first <= place < c.end)
                assert [r.box for r in plan.crops if r.span.holds(moment)] == ([piece.crop] if piece.crop else [])
                frame += 1
    assert frame == plan.frame_count


@given(plans(), st.sampled_from((8000, 44100, 48000)))
def test_every_sample_is_in_one_piece_as_planned(plan: RenderPlan, rate: int) -> None:
    parts = sound_pieces(plan, rate)
    assert sum(part.samples for part in parts) == round(plan.length * rate)
    muted = IntervalSet(plan.mutes)
    samples = 0
    for part in parts:
        start = plan.to_output(part.span.start)
        assert start is not None
        assert abs(start * rate - samples) <= Fraction(1, 2)
        assert muted.holds(part.span.start) == part.muted
        assert not part.muted or not IntervalSet((part.span,)) - muted
        assert part.muted or not IntervalSet((part.span,)) & muted
        samples += part.samples


def test_a_mute_shorter_than_a_sample_is_no_piece() -> None:
    film = media()
    blink = Interval(Fraction(1), Fraction(1) + Fraction(1, 1_000_000))
    plan = make_plan(EditList(film.sha256, film.whole, (Edit(Action.MUTE, blink),)), film)
    assert [part.muted for part in sound_pieces(plan, 48000)] == [False, False]


def test_key_frames_are_on_screen_at_every_second_second() -> None:
    film = media(Fraction(30000, 1001), frames=200)
    plan = make_plan(EditList(film.sha256, film.whole, ()), film)
    assert key_frames(plan) == (0, 59, 119, 179)
    assert KEY_FRAME_SECONDS == 2


def test_a_short_rest_goes_with_the_chunk_before() -> None:
    film = media(Fraction(25), frames=25 * 125)
    plan = make_plan(EditList(film.sha256, film.whole, ()), film)
    assert [chunk.first for chunk in chunks(plan)] == [0, 1500]
    longer = replace(plan, keep=(Interval(Fraction(0), Fraction(155)),))
    assert [chunk.first for chunk in chunks(longer)] == [0, 1500, 3000]


def test_a_chunk_has_a_name_in_each_size() -> None:
    assert chunk_name(Rendition(640, 360), Chunk(7, 100, 200)) == "360-0007.mp4"


def test_a_sound_recording_has_no_chunks() -> None:
    film = sound_only()
    plan = make_plan(EditList(film.sha256, film.whole, ()), film)
    assert (key_frames(plan), chunks(plan), chunks(plan, None)) == ((), (), ())
    assert lead_in(plan, Chunk(0, 0, 1)) is None
    with pytest.raises(ValueError, match="no frames"):
        pieces(plan, Chunk(0, 0, 1))


def test_on_an_uneven_clock_a_chunk_that_begins_a_span_is_led_in() -> None:
    film = media(Fraction(25), frames=250)
    assert film.video is not None
    uneven = replace(film, video=replace(film.video, constant_rate=False))
    cut = (Edit(Action.CUT, Interval(Fraction(2), Fraction(5))),)
    plan = make_plan(EditList(film.sha256, film.whole, cut), uneven)
    first, second, *_ = chunks(plan, 2)
    assert lead_in(plan, first) is None
    before = lead_in(plan, second)
    assert before is not None
    assert (before.span, before.frames) == (Interval(Fraction(49, 25), Fraction(2)), 1)
    third = chunks(plan, 2)[2]
    assert lead_in(plan, third) is None, "it goes on with the span of the chunk before"
    assert lead_in(make_plan(EditList(film.sha256, film.whole, cut), film), second) is None
