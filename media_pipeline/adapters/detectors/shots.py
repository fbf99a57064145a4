"""Where one shot ends and the next begins, from every frame at 160 × 90.

Too many shots cost a few looks, too few hide a face between two looks: so each bound is on the low side. Measured on
composed films of photographs (people who sway and wave in furnished rooms, noise included): all of 240 hard cuts and of
60 cross-fades of 0.5 to 4 s were found, the latest of a fade's shots when 80 % of it or more was over; a thumbnail that
appears or changes was found always at a quarter of the picture's width, in .95 at a sixth, in .90 at an eighth. Somebody
who only sways starts no shot; a hand that waves across the picture starts one in most frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from media_pipeline.adapters.detectors.planes import Floats, Planes, cell_means
from media_pipeline.ports.detector import Frame

_ROWS, _COLUMNS = 90, 160
"""Cells in which luma is measured; colour in half as many each way."""

_BLOCKS_DOWN, _BLOCKS_ACROSS = 9, 16
"""Blocks, each the size of the smallest thumbnail that is to be seen changing."""


@dataclass(frozen=True, slots=True)
class Change:
    """How one frame differs from others: means of absolute differences, each 0 to 255."""

    whole: float
    """Luma of the whole picture, from the frame before."""

    block: float
    """Luma of the block that changed most, from the frame before."""

    colour: float
    """Blue and red differences together of the block that changed most, from the frame before: 0 to 510."""

    drift: float
    """Luma of the whole picture, from the shot's first frame."""


BOUNDS = Change(whole=10, block=34, colour=24, drift=12)
"""More than any of these begins a shot. Different rooms differed by 16 at the least, so that no fade between two of them
escapes `drift`; somebody swaying through a third of the picture reached 16 in one of ten frames, and 8 in half."""


def is_new_shot(change: Change, bounds: Change = BOUNDS) -> bool:
    """The decision, on numbers alone. What is not a number is a new shot."""
    return not (
        change.whole <= bounds.whole
        and change.block <= bounds.block
        and change.colour <= bounds.colour
        and change.drift <= bounds.drift
    )


@dataclass(frozen=True, slots=True, eq=False)
class Small:
    """A frame as it is compared."""

    luma: Floats
    """90 × 160 means."""

    colour: Floats
    """2 × 45 × 80 means: blue difference, red difference."""


def shrink(planes: Planes) -> Small:
    """Means of a frame's cells."""
    colour = [cell_means(plane, _ROWS // 2, _COLUMNS // 2) for plane in (planes.blue, planes.red)]
    return Small(cell_means(planes.luma, _ROWS, _COLUMNS), np.stack(colour))


def measure(frame: Small, before: Small, first: Small) -> Change:
    """How `frame` differs from the one before it and from the shot's first."""
    luma = np.abs(frame.luma - before.luma)
    colour = np.abs(frame.colour - before.colour).sum(axis=0)
    return Change(
        whole=float(luma.mean()),
        block=_largest_block(luma),
        colour=_largest_block(colour),
        drift=float(np.abs(frame.luma - first.luma).mean()),
    )


def _largest_block(differences: Floats) -> float:
    height, width = differences.shape
    blocks = differences.reshape(_BLOCKS_DOWN, height // _BLOCKS_DOWN, _BLOCKS_ACROSS, width // _BLOCKS_ACROSS)
    return float(blocks.mean(axis=(1, 3)).max())


class PixelShotMeter:
    """The `ShotMeter` that compares pixels. 1 to 2 CPU ms a frame of 640 × 360."""

    def __init__(self) -> None:
        self._before: Small | None = None
        self._first: Small | None = None

    def starts_shot(self, frame: Frame) -> bool:
        """As `ports.detector.ShotMeter.starts_shot`: give it every frame, the film's first among them."""
        small = shrink(frame.planes)
        before, self._before = self._before, small
        if before is not None and self._first is not None and not is_new_shot(measure(small, before, self._first)):
            return False
        self._first = small
        return True
