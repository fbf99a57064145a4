"""Scenes: what a camera shows of its surroundings, small and without people; and whether two are of one camera.

A camera that stands still shows the same edges at the same places, whatever people in front of it do and however the light
wavers. So scenes are compared by their gradients, in blocks, wherever both are free of people.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
else:

    class _Numpy:
        """numpy, loaded when something is computed: servers read findings, and need not hold it (9 MB each)."""

        def __getattr__(self, name: str) -> Any:
            return getattr(import_module("numpy"), name)

    np = _Numpy()

ROWS, COLUMNS = 36, 64
"""Pixels of a scene, down and across, whatever the picture's shape."""

BLOCK = 4
"""Pixels across and down of a block: 9 × 16 of them."""

SAME_CAMERA = 0.85
"""Share of the blocks with texture that must agree. Measured on made storytimes: shots of one camera that nobody touched 0.90 to
1, with books, puppets and children in front of it; after a pan, 0.44 to 0.85; other rooms, pages and galleries up to 0.21."""

MOSTLY = 0.7
"""The least of all blocks that must agree when only those are asked in which nothing moves: a book that is held up and moved hides
the room behind it. Measured likewise: .73 and more with books, and .90 to 1 of the blocks in which nothing moved."""

IN_SMALL = 0.6
"""The same for a small picture of a camera and a large one, which is blurred as the small one is. Measured likewise: 0.56 to 1 of
one camera, up to 0.23 of other rooms; 0.41 to 0.61 of one that has panned to somebody else, so no less is asked."""

ENOUGH = 15
"""Blocks with texture, free of people in both scenes, without which nothing is said: two blank walls are alike."""

_TEXTURE = 2.5
"""Levels a pixel (root mean square of the gradient) from which a block has texture; noise stays under it."""

_BLURRED = 1.5
"""The same where details are blurred."""

_ALIKE = 0.6
"""Correlation of gradients from which a block agrees."""

_FARTHEST = (4, 2)
"""Pixels across and down that a camera that pans may have moved from one scene to the next. Measured on made storytimes: up to 3."""

_MOVED_ALIKE = 0.8
"""Correlation of the gradients of all that is seen in both from which a camera only moved. Measured likewise: pans .83 to .99;
cuts to other rooms and people up to .35, and .58 where next to nothing is free of people."""

_IN_BOTH = 0.25
"""Share of the picture that must be free of people in both for that."""

_SHADE = 5
"""Levels that are one shade."""

_FREE = BLOCK * BLOCK // 2
"""Pixels of a block that must be free of people."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture of the surroundings. Nothing of anybody in front of them is in it."""

    luma: str
    """Two hexadecimal digits a pixel, row by row: 01 to ff; 00 where people are, or were in any frame it was made of."""

    def __post_init__(self) -> None:
        if len(self.luma) != 2 * ROWS * COLUMNS:
            raise ValueError("not a scene")

    @classmethod
    def of(cls, luma: Floats, free: npt.NDArray[np.bool_]) -> Scene:
        """From `ROWS` × `COLUMNS` levels (0 to 255), and which of them are free of people."""
        levels = np.where(free, np.clip(np.rint(luma), 1, 255), 0).astype(np.uint8)
        return cls(levels.tobytes().hex())

    @property
    def free(self) -> float:
        """Share of it that is free of people."""
        return float((_levels(self.luma) > 0).mean())

    @property
    def plain(self) -> float:
        """Share of what is free of people that two shades of grey have: nearly all, of cards with names on them."""
        levels = _levels(self.luma)
        counts = np.bincount(levels[levels > 0].astype(np.int64), minlength=256 + _SHADE)
        most = 0
        for _ in range(2):
            shades = np.convolve(counts, np.ones(_SHADE, np.int64), "valid")
            place = int(shades.argmax())
            most += int(shades[place])
            counts[place : place + _SHADE] = 0
        return most / max(1, int((levels > 0).sum()))


def merged(scenes: Sequence[Scene], weights: Sequence[int]) -> Scene:
    """The weighted mean of several, one at the least; free of people only where all are."""
    every = np.stack([_levels(scene.luma) for scene in scenes])
    free = np.asarray((every > 0).all(axis=0), np.bool_)
    return Scene.of(np.average(every, axis=0, weights=weights), free)


def same_camera(one: Scene, other: Scene, moving: Collection[int] = ()) -> bool:
    """Whether both are of one camera that was not moved in between.

    Of the blocks in `moving` (row by row from the upper left, as in `findings.Movement`) some more may differ than of the others.
    """
    agree, textured = agreement(one, other)
    if moving and agree >= MOSTLY * textured:
        agree, textured = agreement(one, other, without=moving)
    return textured >= ENOUGH and agree >= SAME_CAMERA * textured


def can_tell(one: Scene, other: Scene) -> bool:
    """Whether enough is free of people in both to tell one camera from another: not where a face fills the picture."""
    return agreement(one, other)[1] >= ENOUGH


def only_moved(one: Scene, other: Scene) -> bool:
    """Whether both may be of one camera that moved a little in between: somewhat shifted they show the same edges."""
    return any(_alike_shifted(one.luma, other.luma, *shift) for shift in _SHIFTS)


def in_small(tile: Scene, camera: Scene) -> bool:
    """Whether a small picture, such as a tile beside a page, is of that camera: it has lost the finest details."""
    agree, textured = agreement(tile, camera, blurred=True)
    return textured >= ENOUGH and agree >= IN_SMALL * textured


def people_shared(one: Scene, other: Scene) -> float:
    """Of the places where people are in either, the share where they are in both; 1 when there are none."""
    ours, theirs = (_levels(scene.luma) == 0 for scene in (one, other))
    either = int((ours | theirs).sum())
    return int((ours & theirs).sum()) / either if either else 1.0


def agreement(one: Scene, other: Scene, *, blurred: bool = False, without: Collection[int] = ()) -> tuple[int, int]:
    """How many blocks agree, and how many have texture in either scene and are free of people in both; `without` some."""
    (ours, sure), (theirs, surely) = _gradients(one.luma, blurred), _gradients(other.luma, blurred)
    least = _BLURRED if blurred else _TEXTURE
    sure = sure * surely
    count = _blocks(sure)
    own, foreign = (_blocks((way * way).sum(axis=0) * sure) for way in (ours, theirs))
    textured = (np.maximum(own, foreign) > least**2 * np.maximum(count, 1)) & (count >= _FREE)
    textured.reshape(-1)[list(without)] = False
    shared = _blocks((ours * theirs).sum(axis=0) * sure)
    agree = textured & (shared > _ALIKE * np.sqrt(np.maximum(own * foreign, 1e-6)))
    return int(agree.sum()), int(textured.sum())


_SHIFTS = sorted(
    (
        (across, down)
        for across in range(-_FARTHEST[0], _FARTHEST[0] + 1)
        for down in range(-_FARTHEST[1], _FARTHEST[1] + 1)
    ),
    key=lambda shift: (abs(shift[0]) + abs(shift[1]), shift),
)
"""The likely ones first."""


def _alike_shifted(one: str, other: str, across: int, down: int) -> bool:
    """Whether the gradients of two scenes are alike where the second is moved so many pixels to the right and down."""
    (ours, sure), (theirs, surely) = _gradients(one, False), _gradients(other, False)
    here = _part(ROWS, down), _part(COLUMNS, across)
    there = _part(ROWS, -down), _part(COLUMNS, -across)
    weight = sure[here] * surely[there]
    mine, others = (ways[(slice(None), *place)] for ways, place in ((ours, here), (theirs, there)))
    texture = [float(((way * way).sum(axis=0) * weight).sum()) for way in (mine, others)]
    if float(weight.sum()) < _IN_BOTH * ROWS * COLUMNS or min(texture) < _TEXTURE**2 * ENOUGH * BLOCK**2:
        return False
    shared = float(((mine * others).sum(axis=0) * weight).sum())
    return bool(shared >= _MOVED_ALIKE * np.sqrt(texture[0] * texture[1]))


def _part(whole: int, shift: int) -> slice:
    """What of a line is seen in both, in the one that is moved back."""
    return slice(max(0, shift), whole + min(0, shift))


def _blocks(levels: Floats) -> Floats:
    """Sums over the blocks."""
    sums: Floats = levels.reshape(ROWS // BLOCK, BLOCK, COLUMNS // BLOCK, BLOCK).sum(axis=(1, 3))
    return sums


@lru_cache(maxsize=512)
def _levels(luma: str) -> Floats:
    levels = np.frombuffer(bytes.fromhex(luma), np.uint8).reshape(ROWS, COLUMNS).astype(np.float32)
    levels.flags.writeable = False
    return levels


@lru_cache(maxsize=512)
def _gradients(luma: str, blurred: bool) -> tuple[Floats, Floats]:
    """Down and across, levels a pixel; and 1 where they are of pixels that are all free of people, else 0."""
    levels = _blur(_levels(luma)) if blurred else _levels(luma)
    free = np.pad(_levels(luma) > 0, 1, mode="edge")
    sure = free[1:-1, 1:-1] & free[:-2, 1:-1] & free[2:, 1:-1] & free[1:-1, :-2] & free[1:-1, 2:]
    down, across = np.gradient(levels)
    return np.stack((down, across)).astype(np.float32), sure.astype(np.float32)


def _blur(levels: Floats) -> Floats:
    """Each pixel as the mean of the nine around it that are free of people."""
    free = np.pad(levels > 0, 1).astype(np.float32)
    spread = np.pad(levels, 1)
    near = [(slice(row, row + ROWS), slice(column, column + COLUMNS)) for row in range(3) for column in range(3)]
    sums = np.sum([spread[place] for place in near], axis=0)
    counts = np.sum([free[place] for place in near], axis=0)
    blurred: Floats = np.where(levels > 0, sums / np.maximum(counts, 1), 0).astype(np.float32)
    return blurred
