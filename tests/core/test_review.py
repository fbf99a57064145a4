"""Silence is never yes, and an approval is bound to what was seen."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given

from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.errors import NotReviewed, Stale
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.looks import group_looks
from media_pipeline.core.policy import Policy
from media_pipeline.core.proposal import Proposal, propose
from media_pipeline.core.review import (
    ReviewDecision,
    Role,
    approve,
    edits_digest,
    sheet_count,
    sheet_moments,
    sheet_span,
    to_watch,
    unseen,
)
from tests.core.values import cuts_of, findings, intervals, media, shot

FILM = media(frames=1800)  # longer than any interval that hypothesis draws
SEEN = findings(shot(0, 72, 100))


def proposed() -> Proposal:
    return propose(FILM, SEEN, group_looks(SEEN), Policy())


def decision(seen: IntervalSet, *cuts: Interval) -> ReviewDecision:
    edits = tuple(Edit(Action.CUT, span) for span in cuts)
    return ReviewDecision(proposed().digest, edits, seen, Role.STAFF)


def test_a_decision_on_what_was_shown_is_an_edit_list() -> None:
    cut = Interval(Fraction(10), Fraction(20))
    edits = approve(proposed(), decision(IntervalSet((FILM.whole,)) - IntervalSet((cut,)), cut))
    assert edits.cut.spans == (cut,)


@given(intervals())
def test_any_unseen_kept_moment_stops_it(hidden: Interval) -> None:
    seen = IntervalSet((FILM.whole,)) - IntervalSet((hidden,))
    with pytest.raises(NotReviewed, match="unseen"):
        approve(proposed(), decision(seen))
    assert approve(proposed(), decision(seen, hidden)).keep == seen


def test_a_decision_on_another_proposal_is_stale() -> None:
    other = replace(decision(IntervalSet((FILM.whole,))), proposal_digest="0" * 64)
    with pytest.raises(Stale, match="proposal-changed"):
        approve(proposed(), other)


@given(intervals())
def test_every_change_has_its_own_digest(more: Interval) -> None:
    assert edits_digest(cuts_of(FILM, IntervalSet((more,)))) != edits_digest(cuts_of(FILM, IntervalSet()))


def test_sheets_show_every_second() -> None:
    film = media(frames=777)
    moments = sheet_moments(film.whole)
    assert max(b - a for a, b in pairwise(moments)) == Fraction(1, 2)
    spans = [sheet_span(film.whole, sheet) for sheet in range(sheet_count(film.whole))]
    assert IntervalSet.of(spans) == IntervalSet((film.whole,))
    assert not unseen(cuts_of(film, IntervalSet()), IntervalSet.of(spans))
    for wrong in (-1, len(spans)):
        with pytest.raises(ValueError, match="no such"):
            sheet_span(film.whole, wrong)


@given(intervals())
def test_what_was_cut_for_somebodys_sake_must_be_played_if_it_stays(back: Interval) -> None:
    seen = findings(shot(0, 30, 100), shot(30, 40, 200, faces=4), shot(40, 72, 100))
    proposal = propose(FILM, seen, group_looks(seen), Policy())
    spans = tuple(one.span for one in seen.shots)
    as_proposed = EditList(FILM.sha256, FILM.whole, tuple(Edit(Action.CUT, cut.span) for cut in proposal.cuts))
    assert not to_watch(proposal, spans, as_proposed)
    somebody = IntervalSet((Interval(Fraction(30), Fraction(40)),))
    kept = cuts_of(FILM, IntervalSet((FILM.whole,)) - IntervalSet((back,)))
    assert to_watch(proposal, spans, kept) == somebody & kept.keep


def test_a_shot_that_no_picture_shows_must_be_played() -> None:
    seen = findings(shot(0, 72, 100))
    proposal = propose(FILM, seen, group_looks(seen), Policy())
    everything = cuts_of(FILM, IntervalSet())
    first, flash, last = (Interval(Fraction(a), Fraction(b)) for a, b in ((0, "10.1"), ("10.1", "10.4"), ("10.4", 72)))
    assert to_watch(proposal, (first, flash, last), everything) == IntervalSet((flash,))
    shown = Interval(flash.start, Fraction("10.52"))  # there is one of 10.5 s
    assert not to_watch(proposal, (first, shown, Interval(shown.end, last.end)), everything)
