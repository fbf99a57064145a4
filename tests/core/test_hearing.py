"""The account of sound, as laws: what must be heard is published, and nothing that is loud and out of sight escapes it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.errors import NotReviewed
from media_pipeline.core.hearing import (
    GREETING,
    Hearing,
    greetings,
    must_hear,
    out_of_sight,
    sound_back,
    sounding,
)
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.layouts import Layout
from media_pipeline.core.looks import Look, LookKind
from media_pipeline.core.preview import PAUSE, loud
from media_pipeline.core.review import ReviewDecision, Role, approve
from tests.core.test_review import FILM, proposed
from tests.core.values import intervals

WHOLE = IntervalSet((FILM.whole,))
HOUR = Interval(Fraction(0), Fraction(3600))
LONG = Interval(Fraction(0), Fraction(1200))
"""Longer than its greetings."""

spans_of_long = st.builds(
    lambda start, length: Interval(start, start + length),
    st.fractions(0, 1150, max_denominator=50),
    st.fractions(Fraction(1, 50), 300, max_denominator=50),
)
sets_of_long = st.lists(spans_of_long, max_size=6).map(lambda spans: IntervalSet.of(spans) & IntervalSet((LONG,)))


@st.composite
def edit_lists(draw: st.DrawFn) -> EditList:
    """Cuts and mutes of a long film."""
    edits = [Edit(action, span) for action in (Action.CUT, Action.MUTE) for span in draw(sets_of_long)]
    return EditList(FILM.sha256, LONG, tuple(sorted(edits, key=lambda edit: edit.span)))


@given(edit_lists(), sets_of_long)
def test_what_must_be_heard_is_published_and_loud_out_of_sight_or_a_greeting(
    edits: EditList, hidden: IntervalSet
) -> None:
    due, stays = must_hear(edits, hidden, participants_muted=False), sounding(edits)
    assert not due - stays
    assert not stays & (hidden | greetings(edits.keep)) - due
    assert not due - (hidden | greetings(edits.keep))
    assert not must_hear(edits, hidden, participants_muted=True)
    assert not stays & IntervalSet.of(edit.span for edit in edits.edits)
    assert stays | IntervalSet.of(edit.span for edit in edits.edits) == IntervalSet((LONG,))


@given(edit_lists(), sets_of_long, spans_of_long)
def test_a_mute_never_adds_to_what_must_be_heard(edits: EditList, hidden: IntervalSet, silence: Interval) -> None:
    quieter = replace(edits, edits=(*edits.edits, Edit(Action.MUTE, silence)))
    before = must_hear(edits, hidden, participants_muted=False)
    assert must_hear(quieter, hidden, participants_muted=False) == before - IntervalSet((silence,))


@given(edit_lists(), edit_lists())
def test_a_change_brings_back_no_sound_but_its_own(before: EditList, after: EditList) -> None:
    back = sound_back(before, after)
    assert not back & sounding(before)
    assert sounding(after) - back == sounding(before) & sounding(after)
    assert not sound_back(after, after)


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 400)), max_size=9))
def test_greetings_are_the_first_and_last_minutes_of_what_stays(spans: list[tuple[int, int]]) -> None:
    keep = IntervalSet.of(Interval(Fraction(start), Fraction(start + length)) for start, length in spans)
    found = greetings(keep)
    assert not found - keep
    assert found.length >= min(keep.length, GREETING)
    assert found.length <= 2 * GREETING
    for left in keep - found:  # as much is heard before it and after it
        before = IntervalSet((Interval(Fraction(-1), left.start),))
        after = IntervalSet((Interval(left.end, Fraction(4000)),))
        assert (found & before).length >= GREETING
        assert (found & after).length >= GREETING


@given(st.lists(st.integers(0, 255), max_size=80))
def test_whatever_has_a_peak_is_loud_and_what_is_not_known_too(peaks: list[int]) -> None:
    whole = Interval(Fraction(0), Fraction(6))
    found = loud(whole, peaks)
    for tenth in range(60):
        moment = Fraction(tenth, 10)
        around = peaks[max(0, tenth - 9) : tenth + 10]
        if tenth >= len(peaks) or peaks[tenth]:
            assert found.holds(moment)
        elif len(around) == 19 and not any(around):
            assert not found.holds(moment)
    assert loud(whole, ()) == IntervalSet((whole,))
    assert loud(HOUR, 36000 * [0]) == IntervalSet()
    assert loud(HOUR, 18000 * [0] + [9] + 17999 * [0]).length == 2 * PAUSE + Fraction(1, 10)


def look(number: int, layout: Layout, *shots: int) -> Look:
    return Look(number, layout, 1, True, True, shots, Fraction(1), ())


@pytest.mark.parametrize(
    ("layout", "kind", "sees"),
    [
        (Layout.CAMERA, LookKind.PRESENTER, True),
        (Layout.PAGE_AND_CAMERA, LookKind.PAGE, True),
        (Layout.PAGE, LookKind.PAGE, False),
        (Layout.CAMERA, LookKind.PAGE, False),
        (Layout.CAMERA, LookKind.PARTICIPANTS, False),
        (Layout.PAGE_AND_CAMERA, None, False),
        (Layout.OTHER, None, False),
    ],
)
def test_the_presenter_is_seen_only_in_looks_that_show_one(layout: Layout, kind: LookKind | None, sees: bool) -> None:
    shots = [Interval(Fraction(a), Fraction(b)) for a, b in ((0, 20), (20, 50), (50, 72))]
    kinds = {1: kind} if kind else {}
    hidden = out_of_sight(FILM.whole, shots, [look(1, layout, 0, 2)], kinds)
    assert hidden == (IntervalSet((shots[1],)) if sees else WHOLE)


@given(intervals())
def test_any_unheard_moment_that_must_be_heard_stops_it(silent: Interval) -> None:
    account = Hearing(stays=WHOLE, due=WHOLE, heard=WHOLE - IntervalSet((silent,)))
    decision = ReviewDecision(proposed().digest, (), WHOLE, Role.STAFF, hearing=account)
    with pytest.raises(NotReviewed, match="unheard"):
        approve(proposed(), decision)
    assert account.owed == account.unheard == IntervalSet((silent,))
    approve(proposed(), replace(decision, hearing=replace(account, due=account.heard)))
    approve(proposed(), replace(decision, hearing=replace(account, heard=WHOLE)))
