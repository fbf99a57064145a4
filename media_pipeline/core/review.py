"""The person's decision, and what makes it valid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from math import ceil

from media_pipeline.core.canonical import digest
from media_pipeline.core.edits import Edit, EditList
from media_pipeline.core.errors import NotReviewed, Stale
from media_pipeline.core.hearing import Hearing
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.proposal import Proposal, Why
from media_pipeline.core.timebase import Seconds


class Role(StrEnum):
    """In which part somebody approved. Never a name: those stay in the staff's own records."""

    STAFF = "staff"
    DEMO = "demo"
    """The demonstration's own approval: good for generated films only."""


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """What a person decided, bound to what the person was shown."""

    proposal_digest: str
    """The proposal that was on the page."""

    edits: tuple[Edit, ...]
    """Everything to be done, by start: cuts that were proposed and kept, and the person's own."""

    seen: IntervalSet
    """Every moment that was shown to the person before deciding."""

    role: Role
    """In which part."""

    captions: str = ""
    """Digest of the captions that were shown; empty for none."""

    chapters: str = ""
    """Digest of the chapters that were shown; empty for none."""

    safe: IntervalSet = field(default_factory=IntervalSet)
    """Moments at which any face may be shown: declared after the second look at a finished film had found one there."""

    hearing: Hearing = field(default_factory=Hearing)
    """What was heard, and what had to be."""


def approve(proposal: Proposal, decision: ReviewDecision) -> EditList:
    """The edit list that may be rendered. Silence is never yes: there is no default decision.

    Raises Stale when the decision was made on another proposal, NotReviewed when a kept moment was never shown
    ("unseen") or sound that must be heard was not ("unheard"), Refused("edit-outside") when an edit misses the recording.
    """
    if decision.proposal_digest != proposal.digest:
        raise Stale("proposal-changed")
    edits = EditList(proposal.media_sha256, proposal.whole, decision.edits)
    if unseen(edits, decision.seen):
        raise NotReviewed("unseen")
    if decision.hearing.owed:
        raise NotReviewed("unheard")
    return edits


def unseen(edits: EditList, seen: IntervalSet) -> IntervalSet:
    """The kept moments that were not shown yet."""
    return edits.keep - seen


def edits_digest(edits: EditList) -> str:
    """What binds an approval to one state of the edit: any change makes another digest."""
    return digest(edits)


PICTURES_A_SECOND = 2
"""How many pictures of each second the contact sheets show."""

PICTURES_A_SHEET = 24
"""How many stand on one contact sheet: twelve seconds."""


def sheet_moments(whole: Interval) -> tuple[Seconds, ...]:
    """The moments that the contact sheets show, on a regular grid from the film's start."""
    return tuple(whole.start + Fraction(index, PICTURES_A_SECOND) for index in range(_pictures(whole)))


def sheet_count(whole: Interval) -> int:
    """How many contact sheets a film has."""
    return -(-_pictures(whole) // PICTURES_A_SHEET)


def sheet_span(whole: Interval, sheet: int) -> Interval:
    """What contact sheet `sheet` (from 0) shows: from its first picture to the next sheet's. Raises ValueError beyond the last."""
    length = Fraction(PICTURES_A_SHEET, PICTURES_A_SECOND)
    start = whole.start + sheet * length
    if not 0 <= sheet < sheet_count(whole):
        raise ValueError("there is no such contact sheet")
    return Interval(start, min(whole.end, start + length))


_SOMEBODY = frozenset({Why.PARTICIPANTS, Why.SEVERAL_PEOPLE, Why.SOMEONE_ELSEWHERE, Why.NOT_LOOKED_AT})
"""Why the proposal cuts what somebody is seen in, or what nobody knows of. A look that is only unknown or unsteady shows nobody
whom the pictures would not."""


def to_watch(proposal: Proposal, shots: Sequence[Interval], edits: EditList) -> IntervalSet:
    """What stays and contact sheets are too coarse for: where the proposal cuts for somebody's sake, and `shots` (their spans, in
    order) that are over before a picture is due. A child may be in view for less than half a second: it must be played.
    """
    reasons = (reason for cut in proposal.cuts for reason in cut.reasons)
    found = IntervalSet.of(reason.span for reason in reasons if reason.why in _SOMEBODY)
    brief = IntervalSet.of(shot for shot in shots if not _is_pictured(shot, proposal.whole.start))
    return (found | brief) & edits.keep


def _is_pictured(shot: Interval, start: Seconds) -> bool:
    first = ceil((shot.start - start) * PICTURES_A_SECOND)
    return start + Fraction(first, PICTURES_A_SECOND) < shot.end


def _pictures(whole: Interval) -> int:
    return ceil(whole.length * PICTURES_A_SECOND)
