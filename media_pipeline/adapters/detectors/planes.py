"""Pictures as the adapters here pass them on: three planes of bytes, and means over the cells of a grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from media_pipeline.core.errors import Fault
from media_pipeline.core.media import MediaFile, VideoTrack
from media_pipeline.ports.detector import Frame

_SMALL_CELL = 257
"""Pixels of which the sum fits into 16 bits."""

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """One frame as YCbCr 4:2:0, BT.601, 16 to 235 (luma) and 16 to 240 (colour): what `Frame.planes` holds."""

    luma: Bytes
    """Height × width, read-only."""

    blue: Bytes
    """Blue difference (Cb) at half the height and width."""

    red: Bytes
    """Red difference (Cr), the same."""


def split_planes(raw: bytes, width: int, height: int) -> Planes:
    """Views of one raw yuv420p frame; `width` and `height` (pixels) are even. ValueError for any other length."""
    half, whole = (height // 2, width // 2), width * height
    if len(raw) != whole * 3 // 2:
        raise ValueError("not one frame of this size")
    every = np.frombuffer(raw, np.uint8)
    blue, red = every[whole:].reshape(2, *half)
    return Planes(every[:whole].reshape(height, width), blue, red)


def opened(frame: Frame, media: MediaFile) -> tuple[Planes, VideoTrack]:
    """The frame's planes and the film's picture. Raises Fault("tool-failed") when either is missing."""
    if media.video is None or not isinstance(frame.planes, Planes):
        raise Fault("tool-failed", "this is no picture to look at")
    return frame.planes, media.video


def to_rgb(planes: Planes) -> Floats:
    """Red, green and blue, 0 to 255, as 3 × height × width (ITU-R BT.601, limited range)."""
    height, width = planes.luma.shape
    rgb = np.empty((3, height, width), np.float32)
    wide = np.empty((height // 2, width), np.float32)
    light = _light(planes.luma.astype(np.float32))
    for plane, colour in zip(rgb, _colours(*_floats(planes.blue, planes.red)), strict=True):
        wide[:, 0::2] = wide[:, 1::2] = colour  # each is of four pixels
        for lines in (slice(0, None, 2), slice(1, None, 2)):
            np.add(light[lines], wide, out=plane[lines])
    return np.clip(rgb, 0, 255, out=rgb)


def stretched_rgb(planes: Planes, rows: int, columns: int) -> Floats:
    """The same as 3 × rows × columns: each pixel the mean of its part of the picture, whatever that does to its shape."""
    luma, blue, red = (area_means(plane, rows, columns) for plane in (planes.luma, planes.blue, planes.red))
    light = _light(luma)
    rgb = np.stack([light + colour for colour in _colours(blue, red)])
    return np.clip(rgb, 0, 255, out=rgb)


def _floats(*planes: Bytes) -> Iterator[Floats]:
    for plane in planes:
        yield plane.astype(np.float32)


def _light(luma: Floats) -> Floats:
    """What all three colours have alike."""
    return (luma - 16) * np.float32(255 / 219)


def _colours(blue: Floats, red: Floats) -> tuple[Floats, Floats, Floats]:
    """What red, green and blue have beside that."""
    blue, red = blue - 128, red - 128
    return 1.596 * red, -0.392 * blue - 0.813 * red, 2.017 * blue


def area_means(plane: Bytes, rows: int, columns: int) -> Floats:
    """Mean of each of `rows` × `columns` equal parts, 0 to 255; of a pixel on an edge only what lies inside counts."""
    return _line_means(_line_means(plane.astype(np.float32), rows).T, columns).T


def _line_means(lines: Floats, parts: int) -> Floats:
    """Means of `parts` equal stretches down the first axis."""
    edges = np.arange(parts + 1) * len(lines) / parts
    starts, ends = edges[:-1, None], edges[1:, None]
    first = starts.astype(np.intp)
    means = np.zeros((parts, lines.shape[1]), np.float32)
    for line in range(int(np.ceil(ends - first).max())):
        inside = np.clip(np.minimum(ends, first + line + 1) - np.maximum(starts, first + line), 0, None)
        means += (inside * (parts / len(lines))).astype(np.float32) * lines[
            np.minimum(first + line, len(lines) - 1)[:, 0]
        ]
    return means


def cell_edges(length: int, cells: int) -> NDArray[np.intp]:
    """The first pixel of each of `cells` equal parts of `length` pixels."""
    return np.arange(cells) * length // cells


def cell_sums(plane: NDArray[np.generic], rows: int, columns: int) -> Floats:
    """Sums over a grid of `rows` × `columns` cells. A plane with fewer pixels than cells repeats them."""
    height, width = plane.shape
    if height % rows == width % columns == 0 and height * width <= _SMALL_CELL * rows * columns:
        # as most planes and grids are: a twelfth of the time
        down = _every(plane, height // rows, rows)
        return np.ascontiguousarray(_every(down.T, width // columns, columns).T, np.float32)
    across = np.add.reduceat(plane, cell_edges(height, rows), axis=0, dtype=np.uint32)
    return np.add.reduceat(across, cell_edges(width, columns), axis=1).astype(np.float32)


def _every(lines: NDArray[np.generic], length: int, cells: int) -> NDArray[np.uint16]:
    """Sums of each run of `length` along the first axis."""
    sums = np.zeros((cells, *lines.shape[1:]), np.uint16)
    for first in range(length):
        sums += lines[first::length]
    return sums


@lru_cache(maxsize=64)
def cell_sizes(shape: tuple[int, ...], rows: int, columns: int) -> Floats:
    """Pixels in each of the cells that `cell_sums` adds up."""
    down, across = (
        np.maximum(1, np.diff(cell_edges(length, cells), append=length))
        for length, cells in zip(shape, (rows, columns), strict=True)
    )
    return np.outer(down, across).astype(np.float32)


def cell_means(plane: Bytes, rows: int, columns: int) -> Floats:
    """Mean of each cell, 0 to 255."""
    return cell_sums(plane, rows, columns) / cell_sizes(plane.shape, rows, columns)
