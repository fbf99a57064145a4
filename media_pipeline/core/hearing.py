"""The account of sound: what of it somebody must have heard before it is published, and what nobody heard.

Participants are heard when they are greeted, which is at the beginning and at the end, and when they speak while no
presenter is on screen to be looked at. What is muted is silent, and needs no ear.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from media_pipeline.core.edits import Action, EditList
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.layouts import Layout
from media_pipeline.core.looks import Look, LookKind
from media_pipeline.core.timebase import Seconds

GREETING: Seconds = Fraction(180)
"""Seconds of what stays, at its beginning and at its end, in which people are greeted by name."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """The account of one person's ears for one recording; all of it empty for a recording without sound."""

    stays: IntervalSet = field(default_factory=IntervalSet)
    """The sound that is published: neither cut nor muted."""

    due: IntervalSet = field(default_factory=IntervalSet)
    """What of it must be heard."""

    heard: IntervalSet = field(default_factory=IntervalSet)
    """Every moment whose sound was played to the person."""

    participants_muted: bool = False
    """Whether staff declared that participants were muted while this was recorded."""

    @property
    def owed(self) -> IntervalSet:
        """What must still be heard."""
        return self.due - self.heard

    @property
    def unheard(self) -> IntervalSet:
        """The sound that is published and that the person has not heard, whether or not it must be."""
        return self.stays - self.heard


def sounding(edits: EditList) -> IntervalSet:
    """When there is sound in what an edit publishes."""
    return edits.keep - IntervalSet.of(edit.span for edit in edits.edits if edit.action is Action.MUTE)


def sound_back(before: EditList, after: EditList) -> IntervalSet:
    """When `after` lets something be heard that `before` did not: what is kept again, or muted no longer."""
    return sounding(after) - sounding(before)


def must_hear(edits: EditList, hidden: IntervalSet, *, participants_muted: bool) -> IntervalSet:
    """What of an edit's sound must be heard: the greetings, and whatever is loud while the presenter is `hidden`.

    Nothing of it once participants are declared to have been muted.
    """
    if participants_muted:
        return IntervalSet()
    return sounding(edits) & (greetings(edits.keep) | hidden)


def greetings(keep: IntervalSet) -> IntervalSet:
    """The first and the last minutes of what stays, however it is cut: `GREETING` of each, or all there is."""
    first = _first(keep, GREETING)
    backwards = IntervalSet.of(Interval(-span.end, -span.start) for span in keep)
    return first | IntervalSet.of(Interval(-span.end, -span.start) for span in _first(backwards, GREETING))


def out_of_sight(
    whole: Interval, shots: Sequence[Interval], looks: Iterable[Look], kinds: Mapping[int, LookKind]
) -> IntervalSet:
    """When the presenter is not seen: all but the shots of the presenter's looks and of pages with a camera beside them.

    `shots` are the spans of all shots, in order; `kinds` tells what looks are taken for, by their numbers; what nobody has told of shows no presenter.
    """
    seen = (index for look in looks if _shows_presenter(look, kinds.get(look.number)) for index in look.shots)
    return IntervalSet((whole,)) - IntervalSet.of(shots[index] for index in seen)


def _shows_presenter(look: Look, kind: LookKind | None) -> bool:
    beside = kind is LookKind.PAGE and look.layout is Layout.PAGE_AND_CAMERA
    return kind is LookKind.PRESENTER or beside


def _first(spans: IntervalSet, length: Seconds) -> IntervalSet:
    taken: list[Interval] = []
    for span in spans:
        if length <= 0:
            break
        taken.append(Interval(span.start, min(span.end, span.start + length)))
        length -= taken[-1].length
    return IntervalSet(tuple(taken))
