"""Other people's books, songs and pictures in a recording: what may be shown of them on the open web, and until when.

A right is never worked out here: staff say what they were allowed and by whom, and this says whether that is enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from media_pipeline.core.edits import EditList, recut
from media_pipeline.core.intervals import Interval, IntervalSet

WARNED_DAYS = (30, 7)
"""How long before its last day staff are told of it, and told again."""


class Basis(StrEnum):
    """Why it may be shown."""

    PUBLIC_DOMAIN = "public-domain"
    """Nobody owns it any more."""
    OWN = "own"
    """The library made it."""
    LICENCE = "licence"
    """An open licence, or one that was bought."""
    PERMISSION = "permission"
    """Whoever owns it has allowed it."""
    FAIR_USE = "fair-use"
    """Somebody in a named role decided on a named day that the law allows it."""


class Scope(StrEnum):
    """Where it may be shown."""

    OPEN_WEB = "open-web"
    """To anybody, as this server does."""
    CLOSED = "closed"
    """To a closed group, such as signed-in card holders."""
    LIVE = "live"
    """At the live storytime alone."""


class AtEnd(StrEnum):
    """What happens to what is public when the last day is over."""

    TAKE_DOWN = "take-down"
    STAY = "stay"
    """What was published until then may stay; nothing new may be."""


class Bar(StrEnum):
    """Why it may not be published."""

    SCOPE = "scope"
    """It may not be shown on the open web."""
    OVER = "over"
    """Its last day is over."""
    UNDECIDED = "undecided"
    """Fair use was not decided by anybody."""


@dataclass(frozen=True, slots=True)
class Right:
    """What staff were allowed of one work."""

    basis: Basis
    scope: Scope
    last_day: date | None = None
    """The last day on which it may be shown; None without an end."""

    at_end: AtEnd = AtEnd.TAKE_DOWN
    download: bool = True
    """Whether families may be offered it to save."""

    decided: bool = False
    """Whether it is known who decided on fair use, and when."""

    def bar(self, today: date) -> Bar | None:
        """What forbids publishing it today; None when nothing does."""
        if self.basis is Basis.FAIR_USE and not self.decided:
            return Bar.UNDECIDED
        if self.scope is not Scope.OPEN_WEB:
            return Bar.SCOPE
        return Bar.OVER if self.last_day is not None and today > self.last_day else None

    def ends_publication(self, today: date) -> bool:
        """Whether what is public of it has to be taken down today."""
        return self.at_end is AtEnd.TAKE_DOWN and self.bar(today) is Bar.OVER

    def days_left(self, today: date) -> int | None:
        """Days until the last one, 0 on it, negative after it; None without an end."""
        return None if self.last_day is None else (self.last_day - today).days

    def warned(self, today: date) -> int | None:
        """The smallest of `WARNED_DAYS` that has come; None before them, and when the last day is over."""
        left = self.days_left(today)
        if left is None or left < 0:
            return None
        return min((days for days in WARNED_DAYS if left <= days), default=None)


@dataclass(frozen=True, slots=True)
class Use:
    """One work in one recording."""

    key: str
    """Which."""

    right: Right
    span: Interval | None = None
    """When it is read, sung or shown; None for all the time, or when nobody knows."""

    def left_out(self, edits: EditList) -> bool:
        """Whether nothing of it stays: only for what is known to be somewhere in the recording, all of which is cut."""
        if self.span is None or not self.span.overlaps(edits.whole):
            return False
        return not IntervalSet((self.span,)) & edits.keep


def after_cuts(span: Interval, cut: IntervalSet) -> Interval | None:
    """Where what stays of a span is once `cut` is taken out: on the finished film's clock, if the recording's begins at 0.

    None when nothing stays of it.
    """
    earlier = (Interval(Fraction(0), span.start),) if span.start > 0 else ()
    before = IntervalSet(earlier) - cut
    stays = IntervalSet((span,)) - cut
    return Interval(before.length, before.length + stays.length) if stays else None


def barred(uses: Iterable[Use], edits: EditList, today: date) -> tuple[tuple[Use, Bar], ...]:
    """What stays and may not be published today, each with the reason, in the order given."""
    staying = ((use, use.right.bar(today)) for use in uses if not use.left_out(edits))
    return tuple((use, bar) for use, bar in staying if bar is not None)


def without(edits: EditList, spans: Iterable[Interval]) -> EditList:
    """The same edit, which also cuts all of `spans`: publishing without a book keeps what comes before and after it.

    What lies outside the recording is nothing to cut.
    """
    return recut(edits, edits.cut | (IntervalSet.of(spans) & IntervalSet((edits.whole,))))
