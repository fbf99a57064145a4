"""The proposal: what to cut, and why. Default-deny: a shot stays only when it is proven safe.

Looking for faces and cutting where they are leaks (a covered face, a dark tile, an arm); keeping only what is proven
safe did not leak in any film we measured, at the price of false cuts, which staff undo with one click.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from media_pipeline.core.canonical import digest
from media_pipeline.core.findings import FindingKind, Findings, Shot
from media_pipeline.core.guesses import guess
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.layouts import Layout
from media_pipeline.core.looks import Look, LookKind
from media_pipeline.core.media import MediaFile
from media_pipeline.core.policy import Policy
from media_pipeline.core.scenes import only_moved
from media_pipeline.core.timebase import Seconds

NO_ANSWERS: Mapping[int, LookKind] = MappingProxyType({})
"""Before staff have said anything."""

_SAFE = frozenset((LookKind.PRESENTER, LookKind.PAGE))
"""What may be kept; whatever else a look is taken for is cut."""

NOBODY_ELSE = IntervalSet()
"""Without a transcript that says who speaks."""


class Why(StrEnum):
    """Why a span is proposed to be cut."""

    PARTICIPANTS = "participants"
    """Staff said that its look shows participants."""

    SEVERAL_PEOPLE = "several-people"
    """More than one person at once, or figures on a page that a camera shows too."""

    SOMEONE_ELSEWHERE = "someone-elsewhere"
    """A person in a look that is not the presenter's."""

    UNKNOWN_LOOK = "unknown-look"
    """Nothing tells that this look is safe."""

    UNSTEADY = "unsteady"
    """Several cameras, one that moves, or too little to tell."""

    NOT_LOOKED_AT = "not-looked-at"
    """A detector failed or saw no frame of this shot."""

    SOMEONE_SPEAKS = "someone-speaks"
    """The transcript says that somebody else speaks."""

    DAMAGED = "damaged"
    """The recording cannot be read here."""

    TOO_SHORT = "too-short"
    """A sliver between two cuts."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for one cut."""

    why: Why
    """The reason."""

    span: Interval
    """The part of the cut it speaks of."""

    look: int
    """The look's number, 0 for none."""


@dataclass(frozen=True, slots=True)
class ProposedCut:
    """A span to cut, with every reason for it."""

    span: Interval
    """When, margins included."""

    reasons: tuple[Reason, ...]
    """At least one."""

    def __post_init__(self) -> None:
        if not self.reasons:
            raise ValueError("a cut has a reason")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a look was taken for."""

    look: int
    """Its number."""

    kind: LookKind
    """What."""

    answered: bool
    """Whether staff said so; else it is a guess."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to ask staff."""

    media_sha256: str
    """The recording."""

    whole: Interval
    """All of it."""

    cuts: tuple[ProposedCut, ...]
    """By start, not touching each other."""

    kinds: tuple[Taken, ...]
    """What looks were taken for, by their numbers."""

    @property
    def digest(self) -> str:
        """What a decision must name to be a decision on this proposal."""
        return digest(self)


def propose(
    media: MediaFile,
    findings: Findings,
    looks: tuple[Look, ...],
    policy: Policy,
    answers: Mapping[int, LookKind] = NO_ANSWERS,
    others: IntervalSet = NOBODY_ELSE,
) -> Proposal:
    """Every shot that is not proven safe, when others speak, and whatever is damaged, as cuts with reasons.

    A shot is safe when frames of it were looked at, no detector failed in it, it is one camera's or a still page, and its look is the
    presenter's or a page's: staff said so, or nobody has yet, the camera stands still and it is taken for that. Frames that no
    shot covers are cut. Letters decide nothing: of 27 shots of presenters alone, on made storytimes, 11 began with letters that
    their camera's other shots lacked, seven of them the presenter's own label. Of a sound recording no more than damage and
    others' words are cut: staff listen to it.
    """
    taken = _taken(looks, policy, answers)
    kinds = {one.look: one.kind for one in taken}
    by_shot = {index: look for look in looks for index in look.shots}
    failed = IntervalSet.of(found.span for found in findings.findings if found.kind is FindingKind.FAILED)
    begins = _begins(findings.shots, looks)
    reasons: list[Reason] = []
    for index, shot in enumerate(findings.shots):
        look = by_shot.get(index)
        why = _against(shot, look, kinds.get(look.number) if look else None, failed)
        if why is not None:
            span = _reached(findings.shots, begins, index, policy.approach)
            reasons.append(Reason(why, span, look.number if look else 0))
    reasons.extend(
        Reason(Why.DAMAGED, found.span, 0) for found in findings.findings if found.kind is FindingKind.DAMAGED
    )
    spoken = others.grown(policy.said_margin) & IntervalSet((media.whole,))
    reasons.extend(Reason(Why.SOMEONE_SPEAKS, span, 0) for span in spoken)
    if media.video is not None:
        reasons.extend(_uncovered(media.whole, findings.shots))
    return Proposal(media.sha256, media.whole, _cuts(media.whole, reasons, policy), taken)


def _begins(shots: tuple[Shot, ...], looks: tuple[Look, ...]) -> list[bool]:
    """Which shots begin with an abrupt cut: beside a camera that moves, none that shows the same only shifted."""
    moving = {index for look in looks if look.layout is Layout.MOVING for index in look.shots}
    return [
        shot.abrupt
        and not (not moving.isdisjoint((place - 1, place)) and only_moved(shots[place - 1].scene, shot.scene))
        for place, shot in enumerate(shots)
    ]


def _reached(shots: tuple[Shot, ...], begins: list[bool], index: int, approach: Seconds) -> Interval:
    """A shot that is cut, with as much of its neighbours as may show what is in it already, or still: up to an abrupt cut."""
    first = next(place for place in range(index, -1, -1) if begins[place] or place == 0)
    last = next((place for place in range(index + 1, len(shots)) if begins[place]), len(shots)) - 1
    start, end = shots[index].span.start - approach, shots[index].span.end + approach
    return Interval(max(start, shots[first].span.start), min(end, shots[last].span.end))


def _taken(looks: tuple[Look, ...], policy: Policy, answers: Mapping[int, LookKind]) -> tuple[Taken, ...]:
    """Answers, and guesses where there is none. Once staff have named a presenter's camera, no other one is guessed, and
    no page beside a camera that is not the presenter's."""
    guessed = guess(looks, policy)
    named = {look.camera for look in looks if look.camera and answers.get(look.number) is LookKind.PRESENTER}
    denied = {look.camera for look in looks if answers.get(look.number) is LookKind.PARTICIPANTS and look.alone}
    taken = []
    for look in looks:
        if look.number in answers:
            taken.append(Taken(look.number, answers[look.number], answered=True))
        elif look.number in guessed and (
            not look.camera or (look.camera not in denied and (not named or look.camera in named))
        ):
            taken.append(Taken(look.number, guessed[look.number], answered=False))
    return tuple(taken)


def _against(shot: Shot, look: Look | None, kind: LookKind | None, failed: IntervalSet) -> Why | None:
    """The reason against keeping a shot; None means that it is safe."""
    if look is None or not shot.looked_at or IntervalSet((shot.span,)) & failed:
        return Why.NOT_LOOKED_AT
    if kind == LookKind.PARTICIPANTS:
        return Why.PARTICIPANTS
    if look.stays_cut:
        return Why.UNSTEADY
    if kind in _SAFE:
        return None
    if look.layout is Layout.MOVING:
        return Why.UNSTEADY
    if not look.alone:
        return Why.SOMEONE_ELSEWHERE if look.camera and shot.most_people <= 1 else Why.SEVERAL_PEOPLE
    return Why.SOMEONE_ELSEWHERE if shot.most_people or shot.tile else Why.UNKNOWN_LOOK


def _uncovered(whole: Interval, shots: tuple[Shot, ...]) -> Iterable[Reason]:
    gaps = IntervalSet((whole,)) - IntervalSet.of(shot.span for shot in shots)
    return (Reason(Why.NOT_LOOKED_AT, gap, 0) for gap in gaps)


def _cuts(whole: Interval, reasons: list[Reason], policy: Policy) -> tuple[ProposedCut, ...]:
    all_of_it = IntervalSet((whole,))
    cut = IntervalSet.of(reason.span for reason in reasons).grown(policy.margin) & all_of_it
    slivers = [Reason(Why.TOO_SHORT, kept, 0) for kept in all_of_it - cut if cut and kept.length < policy.shortest_keep]
    cut = cut | IntervalSet.of(sliver.span for sliver in slivers)
    spans = tuple(cut)
    starts = [span.start for span in spans]
    of_cut: list[list[Reason]] = [[] for _ in spans]
    for reason in sorted([*reasons, *slivers], key=lambda reason: (reason.span, reason.why)):
        # cuts lie apart, and all of a reason's span that is in the film is in one of them
        place = max(0, bisect_right(starts, reason.span.start) - 1)
        if any(span.overlaps(reason.span) for span in spans[place : place + 1]):
            of_cut[place].append(reason)
    return tuple(ProposedCut(span, tuple(found)) for span, found in zip(spans, of_cut, strict=True))
