"""Holds poster and storyboard against the frames of the proven film.

A poster is made small like the frames, and must look like one of them: right ones were measured up to 2.2 levels from
their frame in the worst block. A storyboard picture is of 160 pixels, whose edges do not fall together with those of 64;
so means of 2 × 2 small pixels are compared, and each may have any level between the darkest and the lightest around it.
Right ones were measured up to 3.1 levels beyond that, frames of the same moving scene a second away 23 and more.
"""

from __future__ import annotations

import numpy as np

from media_pipeline.adapters.proof.decoding import heed
from media_pipeline.adapters.proof.pictures import PIECE, Floats, Pictures, apart
from media_pipeline.adapters.proof.thumbs import Thumbs
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.playlists import STORYBOARD_COLUMNS, STORYBOARD_TILE, storyboard_moments
from media_pipeline.core.timebase import Seconds, frame_at_or_before
from media_pipeline.ports.inspector import Comparison
from media_pipeline.ports.watch import Watch

FAR = 8.0
"""Levels, in the worst block of 1/144 of the picture, from which a picture is not of that frame."""

_BLACK = 24
"""Luma under which a place of the storyboard is empty; JPEG rings a little beside pictures."""

_MOST_PLACES = 20


def storyboard_size(plan: RenderPlan) -> tuple[int, int]:
    """Width and height (pixels) of the whole storyboard: full rows only."""
    rows = -(-len(storyboard_moments(plan.length)) // STORYBOARD_COLUMNS)
    return STORYBOARD_COLUMNS * STORYBOARD_TILE[0], rows * STORYBOARD_TILE[1]


def compare_poster(finished: Thumbs, poster: Pictures | None, watch: Watch) -> Comparison:
    """The poster, as small as the frames, must look like any of them. None is one that cannot be read. Raises Cancelled."""
    wrong = () if poster is not None and _is_a_frame(poster, finished, watch) else ("poster",)
    return Comparison(1, len(wrong), places=wrong)


def compare_storyboard(finished: Thumbs, plan: RenderPlan, storyboard: Pictures | None) -> Comparison:
    """The storyboard has the size of `storyboard_size`; None is one that cannot be read.

    Each of its pictures must look like the frame of its moment or a direct neighbour, and the places after the last
    picture must be black.
    """
    moments = storyboard_moments(plan.length)
    if storyboard is None:
        return Comparison(len(moments), 1, places=("storyboard",))
    tiles = _tiles(storyboard)
    wrong = []
    for number, moment in enumerate(moments):
        if not _shows(tiles[number], finished, moment, plan):
            wrong.append(f"storyboard picture {number}")
    wrong += [f"storyboard picture {n}" for n in range(len(moments), len(tiles)) if tiles[n].max() >= _BLACK]
    return Comparison(len(tiles), len(wrong), places=tuple(wrong[:_MOST_PLACES]))


def _is_a_frame(picture: Pictures, finished: Thumbs, watch: Watch) -> bool:
    """Whether any frame looks like the picture."""
    for start in range(0, len(finished), PIECE):
        heed(watch)
        frames = finished.pictures[start : start + PIECE]
        if (apart(frames, np.broadcast_to(picture, frames.shape)) < FAR).any():
            return True
    return False


def _tiles(storyboard: Pictures) -> Pictures:
    """The places of a storyboard, row by row."""
    width, height = STORYBOARD_TILE
    rows = len(storyboard) // height
    cut = storyboard.reshape(rows, height, STORYBOARD_COLUMNS, width)
    return cut.transpose(0, 2, 1, 3).reshape(-1, height, width)


def _shows(tile: Pictures, finished: Thumbs, moment: Seconds, plan: RenderPlan) -> bool:
    """Whether a storyboard picture is of the frame on screen at `moment`, or a direct neighbour."""
    if plan.clock is None:
        return False
    number = frame_at_or_before(moment, plan.clock.rate)
    frames = finished.pictures[max(0, number - 1) : number + 2].astype(np.float32)
    down, across = (side // 2 for side in frames.shape[1:])
    halves = frames.reshape(-1, down, 2, across, 2).mean(axis=(2, 4))
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(halves, ((0, 0), (1, 1), (1, 1)), mode="edge"), (3, 3), axis=(1, 2)
    )
    darkest, lightest = around.min(axis=(3, 4)), around.max(axis=(3, 4))
    small = _small(tile, plan, across, down)
    beyond = np.maximum(np.maximum(darkest - small, small - lightest), 0)
    blocks = (beyond * beyond).reshape(-1, down // 2, 2, across // 2, 2).mean(axis=(2, 4))
    return bool((np.sqrt(blocks).max(axis=(1, 2)) < FAR).any())


def _small(tile: Pictures, plan: RenderPlan, across: int, down: int) -> Floats:
    """The picture inside a letterboxed tile as so many levels across and down, each the mean of the area it covers."""
    width, height = _inside(plan.renditions[0].width, plan.renditions[0].height)
    # colour has half the pixels, so that the picture begins at an even one
    left, top = (STORYBOARD_TILE[0] - width) // 4 * 2, (STORYBOARD_TILE[1] - height) // 4 * 2
    inside = tile[top : top + height, left : left + width].astype(np.float32)
    levels: Floats = (_shares(height, down) @ inside @ _shares(width, across).T).astype(np.float32)
    return levels


def _inside(width: int, height: int) -> tuple[int, int]:
    """The even size of a film's picture inside a tile: as large as fits, never enlarged."""
    scale = min(STORYBOARD_TILE[0] / width, STORYBOARD_TILE[1] / height, 1.0)
    across, down = (max(2, 2 * round(side * scale / 2)) for side in (width, height))
    return min(across, STORYBOARD_TILE[0]), min(down, STORYBOARD_TILE[1])


def _shares(pixels: int, small: int) -> Floats:
    """Small × pixels: which share of each small pixel every pixel covers."""
    edges = np.linspace(0, pixels, small + 1)
    starts = np.arange(pixels)
    covered = np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts)
    shares: Floats = (np.maximum(covered, 0) * small / pixels).astype(np.float32)
    return shares
