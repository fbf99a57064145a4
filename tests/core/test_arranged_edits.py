"""What a person does to a list of edits: said once, within the recording, and what it shows anew."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core.edits import Action, Edit, EditList, arranged, brought_back, read_edit, recut
from media_pipeline.core.errors import Refused
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import Box

WHOLE = Interval(Fraction(0), Fraction(100))
SMALL, LARGE = Box(10, 10, 20, 20), Box(0, 0, 40, 40)
BOXED = (Action.COVER, Action.CROP)

spans = st.tuples(st.integers(0, 99), st.integers(1, 30)).map(lambda d: Interval(Fraction(d[0]), Fraction(sum(d))))
edits = st.builds(
    lambda action, span, box: Edit(action, span, box if action in BOXED else None),
    st.sampled_from(Action),
    spans,
    st.sampled_from((SMALL, LARGE)),
)
lists = st.lists(edits, max_size=8)


def edit(action: Action, start: int, end: int, box: Box | None = None) -> Edit:
    return Edit(action, Interval(Fraction(start), Fraction(end)), box)


def tidy(*listed: Edit) -> EditList:
    return arranged(listed, "-", WHOLE)


@given(lists)
def test_arranging_changes_nothing_of_what_is_done(listed: list[Edit]) -> None:
    raw, done = EditList("-", WHOLE, tuple(listed)), tidy(*listed)
    inside = IntervalSet((WHOLE,))
    assert (done.cut, done.muted) == (raw.cut, raw.muted & inside)
    for action in BOXED:
        assert {(min(s.end, WHOLE.end), s.start, b) for s, b in raw.regions(action)} == {
            (s.end, s.start, b) for s, b in done.regions(action)
        }
    assert tidy(*done.edits) == done
    assert tidy(*reversed(listed)) == done
    assert all(a.span <= b.span for a, b in pairwise(done.edits))


def test_what_overlaps_is_one_and_what_touches_stays_apart() -> None:
    assert tidy(edit(Action.CUT, 1, 3), edit(Action.CUT, 2, 5), edit(Action.CUT, 5, 6)).edits == (
        edit(Action.CUT, 1, 5),
        edit(Action.CUT, 5, 6),
    )
    with pytest.raises(Refused, match="edit-outside"):
        tidy(edit(Action.MUTE, 100, 101))


@given(lists, st.lists(spans, max_size=5).map(IntervalSet.of))
def test_other_cuts_leave_all_else_as_it_was(listed: list[Edit], cut: IntervalSet) -> None:
    before = tidy(*listed)
    cut &= IntervalSet((WHOLE,))
    after = recut(before, cut)
    assert after.cut == cut
    assert [e for e in after.edits if e.action is not Action.CUT] == [
        e for e in before.edits if e.action is not Action.CUT
    ]
    assert recut(before, before.cut) == before


@given(lists, lists)
def test_only_what_was_not_shown_comes_back(first: list[Edit], second: list[Edit]) -> None:
    before, after = tidy(*first), tidy(*second)
    back = brought_back(before, after)
    assert not back - after.keep
    assert not (after.keep - before.keep) - back
    assert not brought_back(before, before)


@pytest.mark.parametrize(("action", "less", "more"), [(Action.COVER, SMALL, LARGE), (Action.CROP, LARGE, SMALL)])
def test_a_box_that_hides_less_shows_something(action: Action, less: Box, more: Box) -> None:
    hidden, shown = tidy(edit(action, 10, 20, more)), tidy(edit(action, 10, 20, less))
    span = IntervalSet((Interval(Fraction(10), Fraction(20)),))
    assert brought_back(hidden, shown) == span
    assert not brought_back(shown, hidden)
    assert brought_back(hidden, tidy()) == span
    assert brought_back(hidden, tidy(edit(action, 10, 15, more))).length == 5


def test_an_edit_is_read_as_it_is_written_for_the_command_line() -> None:
    row = {"action": "cover", "start": 1.5, "end": 2, "box": [10, 10, 20, 20]}
    assert read_edit(row) == Edit(Action.COVER, Interval(Fraction(3, 2), Fraction(2)), SMALL)
    with pytest.raises(ValueError, match="unknown key"):
        read_edit(row | {"why": "-"})
    with pytest.raises(TypeError, match="object"):
        read_edit([row])  # type: ignore[arg-type] # what comes from outside may be anything
