"""Silence is never yes, and an approval is bound to what was seen."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given

from media_pipeline.core.edits import Action, Edit
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
