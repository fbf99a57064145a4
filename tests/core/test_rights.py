"""Rights, as laws: nothing stays that may not be shown, and publishing without a book takes all of it and nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.rights import AtEnd, Bar, Basis, Right, Scope, Use, after_cuts, barred, without
from tests.core.values import cuts_of, intervals, media

TODAY = date(2026, 9, 15)
FILM = media()
OPEN = Right(Basis.PERMISSION, Scope.OPEN_WEB)
CLOSED = Right(Basis.LICENCE, Scope.CLOSED)

sets = st.lists(intervals(), max_size=4).map(lambda spans: IntervalSet.of(spans) & IntervalSet((FILM.whole,)))
days = st.none() | st.integers(-40, 40).map(lambda n: TODAY + timedelta(days=n))
rights = st.builds(
    Right, st.sampled_from(Basis), st.sampled_from(Scope), days, st.sampled_from(AtEnd), st.booleans(), st.booleans()
)
uses = st.builds(Use, st.text("abc", min_size=1, max_size=3), rights, st.none() | intervals())


@given(rights)
def test_only_the_open_web_within_its_time_and_decided_may_be_published(right: Right) -> None:
    in_time = right.last_day is None or right.last_day >= TODAY
    decided = right.basis is not Basis.FAIR_USE or right.decided
    assert (right.bar(TODAY) is None) == (right.scope is Scope.OPEN_WEB and in_time and decided)


@given(rights, st.integers(0, 80))
def test_what_is_barred_is_barred_on_every_later_day(right: Right, later: int) -> None:
    if right.bar(TODAY) is not None:
        assert right.bar(TODAY + timedelta(days=later)) is not None


def test_each_reason_has_its_name() -> None:
    assert CLOSED.bar(TODAY) is Bar.SCOPE
    assert Right(Basis.PERMISSION, Scope.LIVE).bar(TODAY) is Bar.SCOPE
    assert Right(Basis.OWN, Scope.OPEN_WEB, TODAY - timedelta(days=1)).bar(TODAY) is Bar.OVER
    assert Right(Basis.OWN, Scope.OPEN_WEB, TODAY).bar(TODAY) is None
    assert Right(Basis.FAIR_USE, Scope.OPEN_WEB).bar(TODAY) is Bar.UNDECIDED


@given(rights)
def test_it_ends_a_publication_only_when_its_time_is_over_and_nobody_said_that_it_may_stay(right: Right) -> None:
    over = right.last_day is not None and right.last_day < TODAY
    if right.ends_publication(TODAY):
        assert over
        assert right.at_end is AtEnd.TAKE_DOWN
    elif over and right.at_end is AtEnd.TAKE_DOWN:
        assert right.bar(TODAY) in (Bar.SCOPE, Bar.UNDECIDED)


def test_it_warns_thirty_days_and_seven_days_before_and_on_the_last_day() -> None:
    said = [Right(Basis.OWN, Scope.OPEN_WEB, TODAY + timedelta(days=n)).warned(TODAY) for n in (31, 30, 8, 7, 0, -1)]
    assert said == [None, 30, 30, 7, 7, None]
    assert OPEN.warned(TODAY) is None
    assert OPEN.days_left(TODAY) is None


@given(st.lists(uses, max_size=5), sets)
def test_what_stays_is_either_allowed_or_named(used: list[Use], cut: IntervalSet) -> None:
    edits = cuts_of(FILM, cut)
    named = [use for use, _bar in barred(used, edits, TODAY)]
    for use in used:
        if use not in named:
            assert use.right.bar(TODAY) is None or not IntervalSet.of([use.span] if use.span else []) & edits.keep
        elif use.span is not None and use.span.overlaps(FILM.whole):
            assert IntervalSet((use.span,)) & edits.keep
        if use.span is None:
            assert (use in named) == (use.right.bar(TODAY) is not None)


@given(st.lists(intervals(), max_size=4), sets)
def test_publishing_without_takes_all_of_it_and_nothing_else(spans: list[Interval], cut: IntervalSet) -> None:
    edits = cuts_of(FILM, cut)
    made = without(edits, spans)
    assert made.cut == cut | (IntervalSet.of(spans) & IntervalSet((FILM.whole,)))
    assert without(made, spans) == made
    assert not barred([Use("book", CLOSED, span) for span in spans if span.overlaps(FILM.whole)], made, TODAY)


def test_what_is_done_besides_cutting_stays() -> None:
    mute = Edit(Action.MUTE, Interval(Fraction(1), Fraction(2)))
    edits = EditList(FILM.sha256, FILM.whole, (mute,))
    assert mute in without(edits, [Interval(Fraction(10), Fraction(20))]).edits


def test_what_is_somewhere_unknown_is_never_taken_for_left_out() -> None:
    nearly_all = cuts_of(FILM, IntervalSet((Interval(Fraction(0), Fraction(59)),)))
    after_its_end = Interval(Fraction(100), Fraction(120))  # somebody mistyped
    for right, span in product((OPEN, CLOSED), (None, Interval(Fraction(58), Fraction(60)), after_its_end)):
        assert not Use("book", right, span).left_out(nearly_all)


@given(intervals(), sets)
def test_what_stays_of_a_span_is_where_the_finished_film_has_it(span: Interval, cut: IntervalSet) -> None:
    stays = IntervalSet((span,)) - cut
    found = after_cuts(span, cut)
    assert (found is None) == (not stays)
    if found is not None:
        assert found.length == stays.length
        earlier = IntervalSet.of([Interval(Fraction(0), span.start)] if span.start else [])
        assert found.start == span.start - (cut & earlier).length
    assert after_cuts(span, IntervalSet()) == span
