"""Small pictures in an otherwise still one: a camera's, beside a shared page, or the card of a camera that is off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from media_pipeline.adapters.detectors.planes import Bytes, Floats
from media_pipeline.core.findings import ACROSS, BLOCKS, DOWN, Movement, blocks_of
from media_pipeline.core.media import Box

_LARGEST = 0.25
"""Share of the picture that a tile may fill."""

_FILLED = 0.1
"""Share of a tile that moves at the least: somebody before a camera does, a pointer on a page does not. Of a tile of a quarter of the
picture's width one block in nine is enough: somebody may sit still."""

_WHOLE = 0.8
"""Share of a tile's edge along which it must be seen."""

_IN_PART, _SURELY = 0.6, 0.95
"""The same of one side when the three others are seen so well: behind it a page may be as bright as the tile is."""

_AT_THE_RIM = 0.8
"""What the picture's own rim counts as."""

_SHAPES = (16 / 9, 4 / 3, 1.0)
"""Width by height of tiles."""

_BENT = 0.06
"""How far (logarithm) a tile's shape may be from one of these: its edges are a pixel thick, rounded, and of small pictures."""

_STILL = 16
"""Blocks that move at the most in a picture of which the rim is searched: more do before every camera that stands still."""

_SMALLEST = 0.09
"""Share of the picture's width, or of its height, that a tile has at the least."""

_ONE = 0.8
"""Share of the smaller one of two tiles that lies in the other from which they are one."""


@dataclass(frozen=True, slots=True)
class _Clear:
    """How clear a tile must be."""

    lines: int
    """Candidates for each side: a drawn page is full of straight lines."""

    edges: float
    """Share of all its edges together that must be seen, but for the picture's rim."""

    step: int
    """Levels from one pixel to the next that an edge is more than."""


_MOVES = _Clear(40, _WHOLE, 6)
"""What moves in it is no drawing."""

_SITS = _Clear(12, 0.94, 6)
"""What does not may be one, in a drawing's own frame. Measured on made storytimes: tiles with somebody in them, whether they move or
not, .95 to 1; rectangles around drawn people up to .93."""

_AT_RIM = _Clear(12, 0.85, 4)
"""Nor does a card of a camera that is off, at the picture's rim: it is hardly brighter than the ground that it lies on, and a name hides
some of its edge."""

_OFF = 2
"""Pixels beside a tile at which its ground is looked at: edges are blurred."""

_SHADE = 3
"""Levels by which one shade wavers."""

_GROUND = 0.9
"""Share of what is all around a tile that has one shade."""

_RIM = (
    *((row, column) for row in (0, DOWN - 1) for column in range(1, ACROSS, 2)),
    *((row, column) for column in (0, ACROSS - 1) for row in range(2, DOWN - 1, 2)),
)
"""Blocks at the picture's rim, of which one at the least lies in any tile there."""

Places = NDArray[np.intp]


def tiles_in(luma: Bytes, size: tuple[int, int], movement: Movement, people: Sequence[Box]) -> tuple[Box, ...]:
    """The best seen frames of four straight edges, each once, in pixels of the whole picture, which is of this size.

    Around people, of whom most are drawn, edges must be seen better than around what moves. At the rim of a still picture, where
    nobody need be seen, tiles must lie on one shade or be cards of one. Some 0.1 CPU s.
    """
    asked = [(group, _MOVES) for group in _groups(movement)]
    if len(movement.lively) <= _LARGEST * BLOCKS:  # else it is no still picture
        places = dict.fromkeys(blocks_of(box, *size) for box in people)
        asked += [([divmod(block, ACROSS) for block in place], _SITS) for place in places]
    if len(movement.lively) <= _STILL:
        asked += [([block], _AT_RIM) for block in _RIM]
    edges = {step: _Edges.of(luma, step) for step in {clear.step for _, clear in asked}}
    found: list[Box] = []
    for group, clear in asked:
        able = 0 < len(group) <= _LARGEST * BLOCKS
        around = _tile_around(edges[clear.step], group, clear) if able else None
        if around is None or (clear is _AT_RIM and not _is_laid_on(luma, around)):
            continue
        tile = _as_shown(around, luma, size)
        if not any(tile.shared(other) >= _ONE * min(tile.area, other.area) for other in found):
            found.append(tile)
    return tuple(found)


def _is_laid_on(luma: Bytes, edges: tuple[int, int, int, int]) -> bool:
    """Whether there is one shade all around a small picture (left, top, right, bottom), as there is around tiles, or all along the
    inside of its edges, as in a card that lies on a page."""
    left, top, right, bottom = edges
    height, width = luma.shape
    if _is_one_shade(luma, left - _OFF, top - _OFF, right + _OFF, bottom + _OFF):
        return True
    # a part of the ground has one shade too, but for a page's edge ends at the picture's rim
    inside = left > 0 and right < width and top > 0 and bottom < height
    return inside and _is_one_shade(luma, left + _OFF, top + _OFF, right - _OFF, bottom - _OFF)


def _is_one_shade(luma: Bytes, left: int, top: int, right: int, bottom: int) -> bool:
    """Whether the outermost pixels of a part of the picture have one shade, wherever they are in the picture."""
    height, width = luma.shape
    wide, high = slice(max(0, left), right), slice(max(0, top), bottom)
    rows = [luma[row, wide] for row in (top, bottom - 1) if 0 <= row < height]
    columns = [luma[high, column] for column in (left, right - 1) if 0 <= column < width]
    rim = np.concatenate([luma[:0, 0], *rows, *columns]).astype(np.int16)
    return rim.size > 0 and float((np.abs(rim - np.median(rim)) <= _SHADE).mean()) >= _GROUND


def _as_shown(edges: tuple[int, int, int, int], luma: Bytes, size: tuple[int, int]) -> Box:
    """Left, top, right and bottom of a small picture, as pixels of the whole one of this size."""
    left, top, right, bottom = edges
    across, down = size[0] / luma.shape[1], size[1] / luma.shape[0]
    x, y = int(left * across), int(top * down)
    return Box(x, y, max(1, round(right * across) - x), max(1, round(bottom * down) - y))


def _groups(movement: Movement) -> list[list[tuple[int, int]]]:
    """Lively blocks (row, column) that touch each other, also at corners."""
    left = {divmod(number, ACROSS) for number in movement.lively}
    groups = []
    while left:
        group, reached = [], [left.pop()]
        while reached:
            row, column = reached.pop()
            group.append((row, column))
            near = {(row + down, column + across) for down in (-1, 0, 1) for across in (-1, 0, 1)} & left
            left -= near
            reached.extend(near)
        groups.append(group)
    return groups


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Where neighbours differ: across as rows × columns, at x from x - 1 to x; down likewise, as columns × rows."""

    across: NDArray[np.bool_]
    down: NDArray[np.bool_]
    along: tuple[NDArray[np.intp], NDArray[np.intp]]
    """Sums of both down their first axis."""

    @classmethod
    def of(cls, luma: Bytes, step: int) -> _Edges:
        """Those of more than so many levels."""
        levels = luma.astype(np.int16)
        across = np.pad(np.abs(np.diff(levels, axis=1)) > step, ((0, 0), (1, 0)))
        down = np.pad(np.abs(np.diff(levels, axis=0)) > step, ((1, 0), (0, 0))).T
        return cls(across, down, (across.cumsum(axis=0), down.cumsum(axis=0)))


def _tile_around(edges: _Edges, group: list[tuple[int, int]], clear: _Clear) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom (pixels) of the best frame of straight edges around some blocks."""
    height, width = edges.across.shape
    rows, columns = [row for row, _ in group], [column for _, column in group]
    top, bottom = (edge * height // DOWN for edge in (min(rows), max(rows) + 1))
    left, right = (edge * width // ACROSS for edge in (min(columns), max(columns) + 1))
    wide, high = 3 * (right - left) + 20, 2 * (bottom - top) + 20
    # a tile's edge may lie inside of a block that moves
    inside, under = width // ACROSS + 8, height // DOWN + 8
    upright, level = _strengths(edges.across, top, bottom), _strengths(edges.down, left, right)
    sides = (
        _lines(upright, left - wide, left + inside, clear.lines),
        _lines(upright, right - inside, right + wide, clear.lines),
        _lines(level, top - high, top + under, clear.lines),
        _lines(level, bottom - under, bottom + high, clear.lines),
    )
    frames = _frames(*sides, (width, height), min(_LARGEST, len(group) / (_FILLED * BLOCKS)))
    first, last, upper, lower = frames.T
    upright_sums, level_sums = edges.along
    seen = np.stack(
        (
            _edges(upright_sums, first, upper, lower),
            _edges(upright_sums, last, upper, lower),
            _edges(level_sums, upper, first, last),
            _edges(level_sums, lower, first, last),
        )
    )
    least = seen.min(axis=0, initial=1)
    within = np.stack((first > 0, last < width, upper > 0, lower < height))
    clearly = (seen * within).sum(axis=0) >= clear.edges * within.sum(axis=0)
    others = np.sort(seen, axis=0)[1:].min(axis=0, initial=1)
    whole = (least >= _WHOLE) | ((least >= _IN_PART) & (others >= _SURELY))
    scores = np.where(whole & clearly, seen.sum(axis=0) + least, 0)
    if not scores.any():
        return None
    best = frames[scores.argmax()].tolist()
    return best[0], best[2], best[1], best[3]


def _frames(
    first: Places, last: Places, upper: Places, lower: Places, size: tuple[int, int], largest: float
) -> NDArray[np.intp]:
    """All frames of these lines, as left, right, top, bottom (pixels), that a tile may have in a picture of this size."""
    wide, high = last[None, :] - first[:, None], lower[None, :] - upper[:, None]
    able_wide, able_high = np.argwhere(wide >= _SMALLEST * size[0]), np.argwhere(high >= _SMALLEST * size[1])
    widths, heights = wide[tuple(able_wide.T)], high[tuple(able_high.T)]
    shapes = np.log(widths)[:, None] - np.log(heights)[None, :]
    usual = np.min([np.abs(shapes - log(shape)) for shape in _SHAPES], axis=0) <= _BENT
    across, down = np.nonzero(usual & (widths[:, None] * heights[None, :] <= largest * size[0] * size[1]))
    left, right = able_wide[across].T
    top, bottom = able_high[down].T
    return np.stack((first[left], last[right], upper[top], lower[bottom]), axis=1)


def _strengths(differences: NDArray[np.bool_], first: int, end: int) -> Floats:
    """How well a line is seen at each place of the second axis, in each quarter of the way from `first` to `end` along the
    other: somebody in dark clothes before a dark page has no edge, and the tile around them goes on."""
    edges = [first + (end - first) * quarter // 4 for quarter in range(5)]
    return np.stack([differences[low:high].mean(axis=0, dtype=np.float32) for low, high in pairwise(edges)])


def _lines(strengths: Floats, low: int, high: int, most: int) -> Places:
    """Where a straight edge may be, from `low` to `high`: the strongest, and the picture's rim."""
    length = strengths.shape[1]
    rim = [0] if low <= 0 else [length] if high >= length else []
    places = [n for n in range(max(1, low), min(length, high)) if strengths[:, n].max() > _WHOLE - 0.1]
    strongest = sorted(places, key=lambda n: -float(strengths[:, n].sum()))[:most]
    return np.array(strongest + rim, np.intp)


def _edges(sums: NDArray[np.intp], places: Places, starts: Places, ends: Places) -> NDArray[np.float64]:
    """How much of each side is seen, 0 to 1: of lines at `places`, from `starts` to `ends`; `sums` count along them."""
    inside = (places > 0) & (places < sums.shape[1])
    line = np.where(inside, places, 0)
    before = np.where(starts > 0, sums[np.maximum(starts, 1) - 1, line], 0)
    seen = (sums[ends - 1, line] - before) / (ends - starts)
    return np.where(inside, seen, _AT_THE_RIM)
