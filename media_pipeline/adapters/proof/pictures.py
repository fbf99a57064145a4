"""Small grey pictures: what they are kept in, how far two of them are apart, and which is nearest.

Measured on ten kinds of film (panned photographs, a still page with a presenter, dark and grainy film, fades, flashes,
slow dissolves, random patterns, barcodes), encoded as the renderer does (x264 veryfast, crf 23) to 720, 480, 360 and 180
lines, from 8-bit, 10-bit, full-range, odd-sized, square and upright sources: a finished frame is at most 4.5 levels (of
255) from its own source frame in its worst block, and 6.6 on hard edges and random pixels 202 pixels wide. Films of high
dynamic range and interlaced ones were measured with slightly other filters than they are read with now: up to 3.9, and
5.9 where pixels of such light are random. Averaging 20 × 20 pixels of 720p leaves next to no coding noise, while a block
(80 × 80 pixels of 720p, 1/144 of the picture) still shows one face that comes or goes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from media_pipeline.adapters.proof.decoding import heed, let_go
from media_pipeline.ports.watch import Watch

Size = tuple[int, int]
"""Pixels across and down."""

BLOCK = 4
"""Pixels across and down of the blocks that pictures are compared by: 16 × 9 of them, or 9 × 16."""

PIECE = 1024
"""Pictures that are worked on at a time: some 10 MB as floats."""

_GREY = np.float32(128)
"""Levels are counted from here in long sums, which keeps them exact in 32 bits."""

Pictures = npt.NDArray[np.uint8]
"""Pictures × rows × columns, full-range luma 0 to 255."""

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def flat(pictures: npt.NDArray[np.generic]) -> Floats:
    """Each picture as one row of levels."""
    return pictures.reshape(len(pictures), -1).astype(np.float32)


def block_means(pictures: Pictures) -> Floats:
    """Each picture as the means (levels) of its 144 blocks, 9 × 16 or 16 × 9: a first look that costs a sixteenth."""
    means = [np.zeros((0, pictures.shape[1] // BLOCK, pictures.shape[2] // BLOCK), dtype=np.float32)]
    for start in range(0, len(pictures), PIECE):
        means.append(_blocks(pictures[start : start + PIECE].astype(np.float32)).mean(axis=(2, 4)))
        let_go(pictures)
    return np.concatenate(means)


def apart(some: Pictures, others: Pictures, certain: Flags | None = None) -> Floats:
    """How far each picture is from its counterpart: the root mean square difference (levels) in the worst block.

    With `certain`, of each picture only those pixels count.
    """
    distances = [np.zeros(0, dtype=np.float32)]
    for start in range(0, len(some), PIECE):
        difference = some[start : start + PIECE].astype(np.float32) - others[start : start + PIECE]
        if certain is not None:
            difference *= certain[start : start + PIECE]
        means = _blocks(difference * difference).mean(axis=(2, 4))
        distances.append(np.sqrt(means.max(axis=(1, 2))))
    return np.concatenate(distances)


def _blocks(levels: Floats) -> Floats:
    count, height, width = levels.shape
    return levels.reshape(count, height // BLOCK, BLOCK, width // BLOCK, BLOCK)


def nearest(wanted: Floats, among: npt.NDArray[np.generic], indices: Numbers, watch: Watch) -> Numbers:
    """For each row of `wanted`: which of the pictures `among[indices]` is nearest to it.

    A product of matrices, piece by piece: its memory does not grow with the film. `indices` must not be empty. Raises
    Cancelled.
    """
    best = np.full(len(wanted), np.inf, dtype=np.float32)
    found = np.zeros(len(wanted), dtype=np.int64)
    for start in range(0, len(indices), 2 * PIECE):
        heed(watch)
        piece = indices[start : start + 2 * PIECE]
        rows = flat(among[piece]) - _GREY
        let_go(among)
        # |row|² - 2 row · wanted: the squared distance, less what is the same for all candidates
        pairs = np.concatenate((-2 * rows, (rows * rows).sum(axis=1, keepdims=True)), axis=1).T
        for at in range(0, len(wanted), 2 * PIECE):
            part = slice(at, at + 2 * PIECE)
            ours = wanted[part] - _GREY
            distances = np.concatenate((ours, np.ones((len(ours), 1), dtype=np.float32)), axis=1) @ pairs
            place = distances.argmin(axis=1)
            shortest = distances[np.arange(len(place)), place]
            better = shortest < best[part]
            best[part][better] = shortest[better]
            found[part][better] = piece[place][better]
    return found
