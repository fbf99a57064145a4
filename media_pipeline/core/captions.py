"""Captions and chapters: what of the words that were given with a recording may be published, and when it is shown.

A cue that shares any moment with a cut or a mute is dropped whole, never trimmed to half words; every other one moves
with the span of film that it lies in. Staff were shown every line that is left.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import accumulate, groupby
from math import floor

from media_pipeline.core.canonical import digest
from media_pipeline.core.errors import NotReviewed, Stale
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.timebase import Seconds

LONGEST_LINE = 1000
"""Characters of one line; people read about 80 at a time."""

_JOINERS = frozenset("\u200c\u200d")
"""Format characters that words are written with: Persian's and emoji's."""


def clean_line(untrusted: str) -> str:
    """A line of plain text: single spaces, and no control, direction or other invisible characters."""
    words = " ".join(untrusted.split())
    kept = "".join(c for c in words if c in _JOINERS or not unicodedata.category(c).startswith("C"))
    return " ".join(kept.split())[:LONGEST_LINE].strip()


@dataclass(frozen=True, slots=True)
class Cue:
    """Some words, and when they stand on the screen."""

    span: Interval
    """When: on the recording's clock, or on the finished film's."""

    lines: tuple[str, ...]
    """What stands there, line by line: plain text as `clean_line` leaves it."""

    def __post_init__(self) -> None:
        if not self.lines or any(not line or clean_line(line) != line for line in self.lines):
            raise ValueError("a cue holds lines of plain text")


@dataclass(frozen=True, slots=True)
class Captions:
    """Cues that staff were shown, on the recording's clock."""

    cues: tuple[Cue, ...] = ()
    """By start; no two start together."""

    def __post_init__(self) -> None:
        if any(a.span.start >= b.span.start for a, b in zip(self.cues, self.cues[1:], strict=False)):
            raise ValueError("cues are sorted; build captions with Captions.of()")

    @classmethod
    def of(cls, cues: Iterable[Cue]) -> Captions:
        """The same cues in order; those that start together become one, which lasts as long as the longest."""
        ordered = sorted(cues, key=lambda cue: cue.span)
        together = (list(group) for _, group in groupby(ordered, key=lambda cue: cue.span.start))
        return cls(tuple(Cue(one[-1].span, tuple(line for cue in one for line in cue.lines)) for one in together))

    @property
    def digest(self) -> str:
        """What an approval and a plan are bound to: empty when there are none."""
        return digest(self) if self.cues else ""

    @property
    def lines(self) -> frozenset[str]:
        """Every line of them."""
        return frozenset(line for cue in self.cues for line in cue.lines)


NO_CAPTIONS = Captions()


@dataclass(frozen=True, slots=True)
class Texts:
    """All words that go with a film. They live in one private file, and in the finished ones."""

    captions: Captions = NO_CAPTIONS
    """What is said."""

    chapters: Captions = NO_CAPTIONS
    """Titles of parts; each part lasts until the next."""

    @property
    def digest(self) -> str:
        """What binds an approval to what was on the page."""
        return digest(self)

    def approved(self, captions: str, chapters: str) -> Texts:
        """What an approval or a plan names by these digests. Raises Stale("captions-changed") when it is not what is here."""
        named = Texts(self.captions if captions else NO_CAPTIONS, self.chapters if chapters else NO_CAPTIONS)
        if (named.captions.digest, named.chapters.digest) != (captions, chapters):
            raise Stale("captions-changed")
        return named

    def surviving(self, plan: RenderPlan) -> Texts:
        """The same, without what would come to nothing in the film of this plan."""
        return Texts(
            self.captions if finished_captions(self.captions, plan) else NO_CAPTIONS,
            self.chapters if finished_chapters(self.chapters, plan) else NO_CAPTIONS,
        )


NO_TEXTS = Texts()


class Uncaptioned(StrEnum):
    """Why a film that can be heard is published without captions: told to families who need them."""

    FOLLOWING = "captions-follow"
    """They are being written."""

    SONGS = "songs-and-rhymes"
    """It is sung and rhymed, and little else is said."""

    NOTHING_SAID = "nothing-said"
    """Music or noises alone."""

    NO_TRANSCRIPT = "no-transcript"
    """What is said could not be written down."""

    OTHERS_SPEAK = "others-speak"
    """They would hold what people said who took part."""


def reason_to_keep(texts: Texts, plan: RenderPlan, reason: Uncaptioned | None) -> Uncaptioned | None:
    """The reason, where one is needed: none for a film with captions, or without any sound. `texts` survive in the plan.

    Raises NotReviewed("no-captions-reason") when it is needed and missing.
    """
    if texts.captions.cues or not plan.sound:
        return None
    if reason is None:
        raise NotReviewed("no-captions-reason")
    return reason


def standing(captions: Captions, plan: RenderPlan) -> tuple[Cue, ...]:
    """The cues that stay, on the recording's clock: each inside one kept span, and at no moment in a mute."""
    starts = [kept.start for kept in plan.keep]
    ends = [mute.end for mute in plan.mutes]

    def stays(span: Interval) -> bool:
        place, mute = bisect_right(starts, span.start) - 1, bisect_right(ends, span.start)
        inside = place >= 0 and span.end <= plan.keep[place].end
        return inside and not (mute < len(ends) and plan.mutes[mute].start < span.end)

    return tuple(cue for cue in captions.cues if stays(cue.span))


def finished_captions(captions: Captions, plan: RenderPlan) -> tuple[Cue, ...]:
    """The cues of the finished film, on its clock in whole milliseconds; one that the next overtakes ends there."""
    stay = standing(captions, plan)
    starts = list(map(_mover(plan), (cue.span.start for cue in stay)))
    found = []
    for index, cue in enumerate(stay):
        start = _milliseconds(starts[index])
        end = _milliseconds(starts[index] + cue.span.length)
        if index + 1 < len(stay):
            end = min(end, _milliseconds(starts[index + 1]))
        if start < end:
            found.append(Cue(Interval(start, end), cue.lines))
    return tuple(found)


def finished_chapters(chapters: Captions, plan: RenderPlan) -> tuple[Cue, ...]:
    """The chapters of the finished film: each from its first kept moment to the next one's, the last to the film's end.

    A chapter of which nothing is kept is dropped.
    """
    keep, moved = IntervalSet(plan.keep), _mover(plan)
    begun: list[tuple[Seconds, tuple[str, ...]]] = []
    for index, chapter in enumerate(chapters.cues):
        after = chapters.cues[index + 1].span.start if index + 1 < len(chapters.cues) else keep.spans[-1].end
        if chapter.span.start < after:
            kept = IntervalSet((Interval(chapter.span.start, after),)) & keep
            if kept:
                begun.append((_milliseconds(moved(kept.spans[0].start)), chapter.lines))
    ends = [*(start for start, _ in begun[1:]), _milliseconds(plan.length)]
    return tuple(
        Cue(Interval(start, end), lines) for (start, lines), end in zip(begun, ends, strict=False) if start < end
    )


def _mover(plan: RenderPlan) -> Callable[[Seconds], Seconds]:
    """Tells when a kept moment is in the finished film: after all that is kept before it."""
    starts = [kept.start for kept in plan.keep]
    before = [Fraction(0), *accumulate(kept.length for kept in plan.keep)]

    def moved(moment: Seconds) -> Seconds:
        place = bisect_right(starts, moment) - 1
        return before[place] + moment - starts[place]

    return moved


def _milliseconds(moment: Seconds) -> Seconds:
    """Rounded down to whole milliseconds: two moments a millisecond apart stay so, and none leaves the film."""
    return Fraction(floor(moment * 1000), 1000)
