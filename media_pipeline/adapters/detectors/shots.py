"""Where one shot ends and the next begins, from every frame at 160 × 90.

Too many shots cost a few looks, too few hide a face between two looks: so each bound is on the low side. Measured on
composed films of photographs (people who sway and wave in furnished rooms, noise included): all of 240 hard cuts and of
60 cross-fades of 0.5 to 4 s were found, the latest of a fade's shots when 80 % of it or more was over; a thumbnail that
appears or changes was found always at a quarter of the picture's width, in .95 at a sixth, in .90 at an eighth. Somebody
who only sways starts no shot; a hand that waves across the picture starts one in most frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media_pipeline.adapters.detectors.planes import Floats, Planes, cell_means, to_bt601
from media_pipeline.core.findings import ACROSS, DOWN, Movement
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.ports.detector import Frame

_ROWS, _COLUMNS = 90, 160
"""Cells in which luma is measured; colour in half as many each way."""


_ABRUPT = 5.0
"""Levels of the whole picture, from the frame before: somebody who walks in changes it by one or two."""

_LIVELY, _RESTLESS = 1.0, 0.5
"""Levels by which a block changes from frame to frame when something moves in it, or the camera. Shared pages stay under
0.1, but for pointers; cameras that are held still show 0.1 to 0.3 where nobody is, and people 1 to 5."""

_OFTEN = 0.1
"""Share of the frames in which it must."""

_REPEATED = 0.01
"""Levels under which a frame is the one before once more, as films have them that were made of fewer frames a second."""


_CROSSING = 2
"""Frames in which a block at the side must change by half a level, before anybody may have crossed it: an encoder's key frame is one."""

_OTHER, _LEAST_CELLS = 4.0, 24
"""Levels by which a cell has changed, and how many such cells are more than a pointer: measured at 8 to 15 on pages a second
apart, 60 to 130 with somebody in a small picture beside one, and over 300 with somebody before the camera. Together they
are 20 × 20 pixels of the 640 × 360 that detectors see, and nobody so small is found in it."""

_WRITTEN = 12.0
"""Levels by which a cell has changed that something was written on. Measured on made storytimes: in 7 of 100 looks something has
come beside people, by so much, and stays."""

_AROUND = 0.1
"""Share of a box that somebody's hair and clothes may be beyond it."""


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
    both = cell_means(np.concatenate((planes.blue, planes.red)), _ROWS, _COLUMNS // 2)
    # differences of differences are linear: what was measured, in BT.601, holds for films of any matrix
    colour = to_bt601(planes.weights) @ both.reshape(2, -1)
    return Small(cell_means(planes.luma, _ROWS, _COLUMNS), colour.reshape(2, _ROWS // 2, _COLUMNS // 2))


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


def is_known(frame: Small, known: Small) -> bool:
    """Whether both show the same, but for a pointer."""
    return int(np.count_nonzero(np.abs(frame.luma - known.luma) > _OTHER)) < _LEAST_CELLS


def is_more(frame: Small, before: Small, known: Small, beside: npt.NDArray[np.bool_]) -> bool:
    """Whether something came since `known` and is the same in both, in these 90 × 160 cells."""
    new = np.abs(frame.luma - known.luma) > _WRITTEN
    stays = np.abs(frame.luma - before.luma) <= _WRITTEN
    return int(np.count_nonzero(new & stays & beside)) >= _LEAST_CELLS


def _beside(people: Sequence[Box], media: MediaFile) -> npt.NDArray[np.bool_]:
    """Which cells none of them is in."""
    beside = np.ones((_ROWS, _COLUMNS), np.bool_)
    if media.video is None:
        return beside
    across, down = _COLUMNS / media.video.width, _ROWS / media.video.height
    for box in people:
        more_across, more_down = _AROUND * box.width, _AROUND * box.height
        left, right = (box.x - more_across) * across, (box.x + box.width + more_across) * across
        top, bottom = (box.y - more_down) * down, (box.y + box.height + more_down) * down
        beside[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1] = False
    return beside


def _largest_block(differences: Floats) -> float:
    return float(_block_means(differences).max())


def _block_means(differences: Floats) -> Floats:
    height, width = differences.shape
    blocks = differences.reshape(DOWN, height // DOWN, ACROSS, width // ACROSS)
    means: Floats = blocks.mean(axis=(1, 3))
    return means


class _Moved:
    """Counts of the frames of one shot in which each block moved."""

    def __init__(self) -> None:
        self.frames = 0
        self.lively = np.zeros((DOWN, ACROSS), np.int64)
        self.restless = self.lively.copy()

    def note(self, blocks: Floats) -> None:
        """One frame more, by how far its blocks are from the one before."""
        if blocks.mean() >= _REPEATED:
            self.frames += 1
            self.lively += blocks >= _LIVELY
            self.restless += blocks >= _RESTLESS

    def movement(self) -> Movement:
        """All in all."""
        least = max(1.0, _OFTEN * self.frames)
        lively = np.flatnonzero(self.lively >= least)
        return Movement(tuple(lively.tolist()), int((self.restless >= least).sum()))


class PixelShotMeter:
    """The `ShotMeter` that compares pixels. Half a CPU ms a frame of 640 × 360."""

    def __init__(self) -> None:
        self._before: Small | None = None
        self._first: Small | None = None
        self._moved = _Moved()
        self._ended: _Moved | None = None
        self._abrupt = True
        self._at_sides = 0

    def starts_shot(self, frame: Frame) -> bool:
        """As `ports.detector.ShotMeter.starts_shot`: give it every frame, the film's first among them."""
        small = shrink(frame.planes)
        before, self._before = self._before, small
        self._ended = None
        if before is not None and self._first is not None:
            change = measure(small, before, self._first)
            blocks = _block_means(np.abs(small.luma - before.luma))
            is_abrupt = change.whole > _ABRUPT
            # a cut changes both sides, and nobody came by it
            self._at_sides += not is_abrupt and bool(blocks[:, [0, -1]].max() >= _RESTLESS)
            if not is_new_shot(change):
                self._moved.note(blocks)
                return False
            self._abrupt = is_abrupt
        self._first = small
        self._ended, self._moved = self._moved, _Moved()
        return True

    def shows_same(self, frame: Frame, known: Frame) -> bool:
        """As `ports.detector.ShotMeter.shows_same`."""
        return is_known(shrink(frame.planes), shrink(known.planes))

    def shows_more(self, frame: Frame, before: Frame, known: Frame, media: MediaFile, people: Sequence[Box]) -> bool:
        """As `ports.detector.ShotMeter.shows_more`."""
        now, earlier, first = (shrink(one.planes) for one in (frame, before, known))
        return is_more(now, earlier, first, _beside(people, media))

    def crossed(self) -> bool:
        """As `ports.detector.ShotMeter.crossed`."""
        frames, self._at_sides = self._at_sides, 0
        return frames >= _CROSSING

    def is_abrupt(self) -> bool:
        """As `ports.detector.ShotMeter.is_abrupt`."""
        return self._abrupt

    def movement(self) -> Movement:
        """As `ports.detector.ShotMeter.movement`."""
        return (self._moved if self._ended is None else self._ended).movement()
