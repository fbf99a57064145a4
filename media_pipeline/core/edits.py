"""Edits, and what they leave: the one place where cuts become kept spans."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from media_pipeline.core.errors import Refused
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import Box


class Action(StrEnum):
    """What is done to a span."""

    CUT = "cut"
    """Pictures and sound are taken out."""

    MUTE = "mute"
    """The sound is silenced."""

    COVER = "cover"
    """A solid box hides a region."""

    CROP = "crop"
    """Only a region stays."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing done to one span."""

    action: Action
    """What."""

    span: Interval
    """When, on the recording's clock."""

    box: Box | None = None
    """Where, for cover and crop: pixels of the recording's picture as shown."""

    def __post_init__(self) -> None:
        if (self.box is not None) != (self.action in (Action.COVER, Action.CROP)):
            raise ValueError("cover and crop have a box; cut and mute have none")


@dataclass(frozen=True, slots=True)
class EditList:
    """What a person decided for a whole recording."""

    media_sha256: str
    """The recording it belongs to."""

    whole: Interval
    """All of that recording."""

    edits: tuple[Edit, ...]
    """The edits, by start."""

    def __post_init__(self) -> None:
        if any(not edit.span.overlaps(self.whole) for edit in self.edits):
            raise Refused("edit-outside")

    @property
    def cut(self) -> IntervalSet:
        """Every moment of the recording that is taken out."""
        ordered = IntervalSet.of(edit.span for edit in self.edits if edit.action is Action.CUT)
        return ordered & IntervalSet((self.whole,))

    @property
    def muted(self) -> IntervalSet:
        """Every moment whose sound is silenced."""
        return IntervalSet.of(edit.span for edit in self.edits if edit.action is Action.MUTE)

    def regions(self, action: Action) -> tuple[tuple[Interval, Box], ...]:
        """Spans and boxes of all covers, or of all crops, by start."""
        chosen = [edit for edit in self.edits if edit.action is action]
        return tuple(sorted(((edit.span, edit.box) for edit in chosen if edit.box is not None), key=lambda r: r[0]))

    @property
    def keep(self) -> IntervalSet:
        """Every moment that stays: keep ∪ cut = whole, keep ∩ cut = ∅."""
        return IntervalSet((self.whole,)) - self.cut
