"""Edits, and what they leave: the one place where cuts become kept spans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from media_pipeline.core.errors import Refused
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import Box
from media_pipeline.core.timebase import seconds


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


def read_edit(untrusted: Mapping[str, Any]) -> Edit:
    """`{"action", "start", "end", "box"?}` in seconds and pixels. Raises ValueError, TypeError, KeyError, ArithmeticError."""
    if not isinstance(untrusted, Mapping):
        raise TypeError("an edit is an object")
    if not set(untrusted) <= {"action", "start", "end", "box"}:
        raise ValueError("unknown key")
    box = None if untrusted.get("box") is None else Box(*(int(number) for number in untrusted["box"]))
    return Edit(Action(untrusted["action"]), Interval(seconds(untrusted["start"]), seconds(untrusted["end"])), box)


def arranged(edits: Iterable[Edit], media_sha256: str, whole: Interval) -> EditList:
    """The same edits of a recording, each within it and said once, by start.

    Cuts that overlap are one cut, and so with mutes; those that only touch stay apart, because somebody may have split
    one to change its halves. Raises Refused("edit-outside").
    """
    listed = tuple(edits)
    EditList(media_sha256, whole, listed)  # says what lies outside before it is clipped
    clipped = {
        Edit(edit.action, Interval(max(edit.span.start, whole.start), min(edit.span.end, whole.end)), edit.box)
        for edit in listed
    }
    done: list[Edit] = []
    for edit in sorted(clipped, key=_order):
        last = done[-1] if done else None
        if last is not None and edit.box is None and last.action is edit.action and last.span.overlaps(edit.span):
            done[-1] = Edit(edit.action, Interval(last.span.start, max(last.span.end, edit.span.end)))
        else:
            done.append(edit)
    return EditList(media_sha256, whole, tuple(sorted(done, key=_by_start)))


def recut(edits: EditList, cut: IntervalSet) -> EditList:
    """The same edit with other cuts; a cut that stays as it is stays split as it is."""
    others = tuple(edit for edit in edits.edits if edit.action is not Action.CUT)
    same = tuple(edit for edit in edits.edits if edit.action is Action.CUT)
    if edits.cut != cut:
        same = tuple(Edit(Action.CUT, span) for span in cut)
    return EditList(edits.media_sha256, edits.whole, tuple(sorted((*same, *others), key=_by_start)))


def brought_back(before: EditList, after: EditList) -> IntervalSet:
    """When `after` shows something that `before` did not: what is kept again, or covered or cropped away no longer."""
    shown = after.keep - before.keep
    for span, box in before.regions(Action.COVER):
        shown |= IntervalSet((span,)) - IntervalSet.of(s for s, b in after.regions(Action.COVER) if b.covers(box))
    for span, box in before.regions(Action.CROP):
        shown |= IntervalSet((span,)) - IntervalSet.of(s for s, b in after.regions(Action.CROP) if box.covers(b))
    return shown & after.keep


def _order(edit: Edit) -> tuple[str, Interval, tuple[int, ...]]:
    box = edit.box
    return edit.action.value, edit.span, () if box is None else (box.x, box.y, box.width, box.height)


def _by_start(edit: Edit) -> tuple[Interval, tuple[str, Interval, tuple[int, ...]]]:
    return edit.span, _order(edit)
