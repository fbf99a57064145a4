"""The ladder: in which sizes a film is published, and in which order they are made."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

LADDER = (1080, 720, 480, 360)
"""Heights (pixels) that a rendition may have, the top one apart."""

MOST_RENDITIONS = 3
"""One for a large screen, one for a phone, one for a thin line."""

_WORTH_A_STEP = Fraction(4, 5)
"""Of the top's height: a size just under it saves viewers nothing."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """One size of the finished film."""

    width: int
    """Pixels across, even."""

    height: int
    """Pixels down, even."""


def ladder(width: int, height: int) -> tuple[Rendition, ...]:
    """Up to three sizes, never larger than the source: its own (at most 1080), the middle and the smallest of `LADDER`."""
    top = min(height - height % 2, LADDER[0])
    lower = [step for step in LADDER if step <= top * _WORTH_A_STEP]
    if len(lower) > MOST_RENDITIONS - 1:
        lower = [lower[0], lower[-1]]
    return tuple(Rendition(_nearest_even(Fraction(width * h, height)), h) for h in (top, *lower))


def batches(sizes: tuple[Rendition, ...], *, first_alone: bool) -> tuple[tuple[Rendition, ...], ...]:
    """Which renditions are encoded together, from one decoding: the smallest first and alone, or all at once.

    Families can watch the smallest, a fifth of the work, while the others are still made; a second decoding costs a tenth.
    """
    if not first_alone or len(sizes) < 2:
        return (sizes,) if sizes else ()
    return (sizes[-1:], sizes[:-1])


def _nearest_even(pixels: Fraction) -> int:
    """4:2:0 pictures have even sides."""
    return max(2, 2 * round(pixels / 2))
