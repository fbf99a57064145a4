"""The numbers a proposal is made by. Each errs towards cutting."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from media_pipeline.core.timebase import Seconds


@dataclass(frozen=True, slots=True)
class Policy:
    """How careful a proposal is."""

    margin: Seconds = Fraction(12, 100)
    """Cut this much more (s) before and after what is cut."""

    approach: Seconds = Fraction(5, 2)
    """Cut so much more (s) of the neighbour where what is cut came or goes bit by bit: a child who walks in is seen at the
    picture's edge before anybody can tell that it is one."""

    said_margin: Seconds = Fraction(1, 2)
    """Cut so much more (s) before and after what somebody else says: transcripts' times are those of lines, not of sounds."""

    shortest_keep: Seconds = Fraction(1)
    """A kept span shorter than this (s) between two cuts is cut too: nobody misses it, and it may be a flash."""

    dominant_share: Fraction = Fraction(1, 4)
    """One camera may count as the presenter's only if it is in this share of the film …"""

    dominant_lead: Fraction = Fraction(3, 2)
    """… and this many times as long as the next one that could be the presenter's too."""

    def __post_init__(self) -> None:
        if min(self.margin, self.approach, self.said_margin, self.shortest_keep) < 0:
            raise ValueError("margins grow, they never shrink")
