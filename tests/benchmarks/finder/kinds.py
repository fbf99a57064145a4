"""Kinds of shot, and the mix: what share of film time each has, and how long its shots are.

The mix is ours: nobody has published one. Most of a storytime is its presenter or the page that is read, so safe kinds have
three quarters. Participants come as greeting rounds and good-byes (galleries, strips) and as the meeting's switch to whoever
makes a noise (close views, flashes). What is hard for a finder is rarer in life, yet gets enough shots to be counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sort(StrEnum):
    """What staff would say of a look; the values are those of the product's own answers."""

    PRESENTER = "presenter"
    PAGE = "page"
    PARTICIPANTS = "participants"


class Kind(StrEnum):
    """A kind of shot. Of some of the last group only a part shows participants."""

    SPEAKER = "speaker"
    PAGE = "page"
    PAGE_AND_PRESENTER = "page and presenter"
    BOOK = "book held up"
    PUPPET = "puppet"
    BOTH = "two presenters"
    PAN = "slow pan"
    CLOSE = "participant close"
    GALLERY = "gallery"
    STRIP = "strip of tiles"
    SIDE = "side by side"
    FLASH = "flash"
    CARD = "camera off"
    DARK = "dark or backlit"
    EDGE = "cut by the edge"
    COVERED = "covered face"
    PROFILE = "profile"
    WALK_IN = "child walks in"
    COMES_ALONE = "child comes alone"
    PAN_TO = "pan to a child"
    BESIDE = "child beside"
    WIDE = "backs of heads"
    FADE = "cross-fade"


@dataclass(frozen=True, slots=True)
class Portion:
    """One kind's part in the mix."""

    permille: int
    """Of film time."""

    shortest: float
    """Seconds of its shortest shot."""

    longest: float
    """Seconds of its longest shot."""

    sort: Sort
    """What it is said to be when no participant is in sight."""

    @property
    def usual(self) -> float:
        """Seconds of a shot of middle length."""
        return (self.shortest + self.longest) / 2


MIX = {
    Kind.SPEAKER: Portion(250, 10, 20, Sort.PRESENTER),
    Kind.PAGE: Portion(160, 10, 20, Sort.PAGE),
    Kind.PAGE_AND_PRESENTER: Portion(130, 10, 20, Sort.PAGE),
    Kind.BOOK: Portion(90, 8, 18, Sort.PRESENTER),
    Kind.PUPPET: Portion(40, 6, 14, Sort.PRESENTER),
    Kind.BOTH: Portion(50, 8, 16, Sort.PRESENTER),
    Kind.PAN: Portion(30, 8, 14, Sort.PRESENTER),
    Kind.CLOSE: Portion(20, 2, 6, Sort.PRESENTER),
    Kind.GALLERY: Portion(40, 3, 9, Sort.PRESENTER),
    Kind.STRIP: Portion(30, 3, 9, Sort.PRESENTER),
    Kind.SIDE: Portion(15, 2, 6, Sort.PRESENTER),
    Kind.FLASH: Portion(20, 0.2, 2, Sort.PRESENTER),
    Kind.CARD: Portion(15, 2, 5, Sort.PRESENTER),
    Kind.DARK: Portion(8, 1, 4, Sort.PRESENTER),
    Kind.EDGE: Portion(6, 1, 3, Sort.PRESENTER),
    Kind.COVERED: Portion(6, 1, 3, Sort.PRESENTER),
    Kind.PROFILE: Portion(6, 1, 3, Sort.PRESENTER),
    Kind.WALK_IN: Portion(16, 5, 8, Sort.PRESENTER),
    Kind.COMES_ALONE: Portion(20, 7, 10, Sort.PRESENTER),
    Kind.PAN_TO: Portion(12, 5, 8, Sort.PRESENTER),
    Kind.BESIDE: Portion(12, 2, 6, Sort.PRESENTER),
    Kind.WIDE: Portion(10, 3, 6, Sort.PRESENTER),
    Kind.FADE: Portion(14, 3, 5, Sort.PRESENTER),
}
"""Every kind's part; together 1000."""

SAFE = frozenset((Kind.SPEAKER, Kind.PAGE, Kind.PAGE_AND_PRESENTER, Kind.BOOK, Kind.PUPPET, Kind.BOTH, Kind.PAN))
"""The kinds that never show a participant."""

TOLERANCE = 0.01
"""How far a kind's share of a whole set's film time may be from the mix."""
