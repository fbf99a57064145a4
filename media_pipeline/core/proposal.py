"""The proposal: what to cut, and why. Default-deny: a shot stays only when it is proven safe.

Looking for faces and cutting where they are leaks (a covered face, a dark tile, an arm); keeping only what is proven
safe did not leak in any film we measured, at the price of false cuts, which staff undo with one click.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from media_pipeline.core.canonical import digest
from media_pipeline.core.findings import Finding, FindingKind, Findings, Shot
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.looks import Look
from media_pipeline.core.media import MediaFile
from media_pipeline.core.policy import Policy


class Why(StrEnum):
    """Why a span is proposed to be cut."""

    SEVERAL_FACES = "several-faces"
    """More than one face at once."""

    FACE_ELSEWHERE = "face-elsewhere"
    """A face in a look that is not the presenter's."""

    UNKNOWN_LOOK = "unknown-look"
    """Nothing tells that this look is safe."""

    NOT_LOOKED_AT = "not-looked-at"
    """A detector failed or saw no frame of this shot."""

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

    permille: int
    """How sure the surest finding behind it is, 0 to 1000; 1000 when no detector is needed."""


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
class Proposal:
    """What to ask staff."""

    media_sha256: str
    """The recording."""

    whole: Interval
    """All of it."""

    cuts: tuple[ProposedCut, ...]
    """By start, not touching each other."""

    presenter_look: int
    """The look that was taken for the presenter's; 0 for none."""

    @property
    def digest(self) -> str:
        """What a decision must name to be a decision on this proposal."""
        return digest(self)


def propose(
    media: MediaFile,
    findings: Findings,
    looks: tuple[Look, ...],
    policy: Policy,
) -> Proposal:
    """Every shot that is not proven safe and whatever is damaged, as cuts with reasons.

    Of a sound recording only damage is proposed to be cut: staff listen to it. A shot is safe when frames of it were looked at, no detector failed in it, it never shows two faces at once, and its
    look is the one that dominates the film. Frames that no shot covers are cut.
    """
    presenter = dominant_look(looks, policy)
    by_shot = {index: look.number for look in looks for index in look.shots}
    inside = _by_shot(findings)
    reasons: list[Reason] = []
    for index, shot in enumerate(findings.shots):
        look = by_shot.get(index, 0)
        reasons.extend(_against(shot, look, look != 0 and look == presenter, inside[index]))
    reasons.extend(
        Reason(Why.DAMAGED, found.span, 0, found.permille)
        for found in findings.findings
        if found.kind is FindingKind.DAMAGED
    )
    if media.video is not None:
        reasons.extend(_uncovered(media.whole, findings.shots))
    return Proposal(media.sha256, media.whole, _cuts(media.whole, reasons, policy), presenter)


def dominant_look(looks: tuple[Look, ...], policy: Policy) -> int:
    """The number of the one look that may be the presenter's, or 0 when none or several could be."""
    able = [look for look in looks if look.most_faces <= 1]
    if not able or able[0].share < policy.dominant_share:
        return 0
    if len(able) > 1 and able[0].share < policy.dominant_lead * able[1].share:
        return 0
    return able[0].number


def _by_shot(findings: Findings) -> list[list[Finding]]:
    """The findings that overlap each shot, in one walk: both are ordered by start."""
    inside: list[list[Finding]] = []
    waiting = deque(findings.findings)
    near: list[Finding] = []
    for shot in findings.shots:
        while waiting and waiting[0].span.start < shot.span.end:
            near.append(waiting.popleft())
        near = [found for found in near if found.span.end > shot.span.start]
        inside.append([found for found in near if found.span.overlaps(shot.span)])
    return inside


def _against(shot: Shot, look: int, presenter: bool, inside: list[Finding]) -> Iterable[Reason]:
    """Every reason against keeping a shot; none means that it is safe."""
    surest = max((found.permille for found in inside if found.kind is FindingKind.FACE), default=1000)
    if not shot.looked_at or any(found.kind is FindingKind.FAILED for found in inside):
        yield Reason(Why.NOT_LOOKED_AT, shot.span, look, 1000)
    if shot.most_faces > 1:
        yield Reason(Why.SEVERAL_FACES, shot.span, look, surest)
    if not presenter:
        yield Reason(Why.FACE_ELSEWHERE if shot.most_faces == 1 else Why.UNKNOWN_LOOK, shot.span, look, surest)


def _uncovered(whole: Interval, shots: tuple[Shot, ...]) -> Iterable[Reason]:
    gaps = IntervalSet((whole,)) - IntervalSet.of(shot.span for shot in shots)
    return (Reason(Why.NOT_LOOKED_AT, gap, 0, 1000) for gap in gaps)


def _cuts(whole: Interval, reasons: list[Reason], policy: Policy) -> tuple[ProposedCut, ...]:
    all_of_it = IntervalSet((whole,))
    cut = IntervalSet.of(reason.span for reason in reasons).grown(policy.margin) & all_of_it
    slivers = [
        Reason(Why.TOO_SHORT, kept, 0, 1000) for kept in all_of_it - cut if cut and kept.length < policy.shortest_keep
    ]
    cut = cut | IntervalSet.of(sliver.span for sliver in slivers)
    every = sorted([*reasons, *slivers], key=lambda reason: (reason.span, reason.why))
    return tuple(ProposedCut(span, tuple(r for r in every if r.span.overlaps(span))) for span in cut)
