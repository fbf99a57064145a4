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


@dataclass(frozen=True, slots=True)
class Weights:
    """How much of luma is red and blue; the rest is green."""

    red: float
    blue: float

    @property
    def green(self) -> float:
        """The rest."""
        return 1 - self.red - self.blue

    def rgb(self) -> Floats:
        """What (blue difference, red difference), 16 to 240, add to red, green and blue, 0 to 255: 3 × 2."""
        blue, red = 2 * (1 - self.blue) * 255 / 224, 2 * (1 - self.red) * 255 / 224
        green = (-blue * self.blue / self.green, -red * self.red / self.green)
        return np.array(((0, red), green, (blue, 0)), np.float32)


BT601 = Weights(red=0.299, blue=0.114)

_WEIGHTS = {
    1: Weights(red=0.2126, blue=0.0722),  # BT.709
    4: Weights(red=0.3, blue=0.11),
    7: Weights(red=0.212, blue=0.087),
    9: Weights(red=0.2627, blue=0.0593),  # BT.2020
}
"""By the number of a film's matrix (ITU-T H.273, table 4)."""


def weights_of(matrix: int) -> Weights:
    """Of the matrix with this number: BT.601's where it is not said, as ffmpeg has it."""
    return _WEIGHTS.get(matrix, BT601)


@lru_cache(maxsize=8)
def to_bt601(weights: Weights) -> Floats:
    """What makes BT.601's blue and red difference of these, but for their offsets: 2 × 2."""
    added = weights.rgb()
    luma = np.array((BT601.red, BT601.green, BT601.blue), np.float32) @ added
    scale = np.array(((1 - BT601.blue,), (1 - BT601.red,)), np.float32) * 2 * 255 / 224
    return np.asarray((added[[2, 0]] - luma) / scale, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """One frame as YCbCr 4:2:0, 16 to 235 (luma) and 16 to 240 (colour): what `Frame.planes` holds."""

    luma: Bytes
    """Height × width, read-only."""

    blue: Bytes
    """Blue difference (Cb) at half the height and width."""

    red: Bytes
    """Red difference (Cr), the same."""

    weights: Weights = BT601
    """By which they were made of red, green and blue."""


def split_planes(raw: bytes, width: int, height: int, weights: Weights = BT601) -> Planes:
    """Views of one raw yuv420p frame; `width` and `height` (pixels) are even. ValueError for any other length."""
    half, whole = (height // 2, width // 2), width * height
    if len(raw) != whole * 3 // 2:
        raise ValueError("not one frame of this size")
    every = np.frombuffer(raw, np.uint8)
    blue, red = every[whole:].reshape(2, *half)
    return Planes(every[:whole].reshape(height, width), blue, red, weights)


def opened(frame: Frame, media: MediaFile) -> tuple[Planes, VideoTrack]:
    """The frame's planes and the film's picture. Raises Fault("tool-failed") when either is missing."""
    if media.video is None or not isinstance(frame.planes, Planes):
        raise Fault("tool-failed", "this is no picture to look at")
    return frame.planes, media.video


def to_rgb(planes: Planes) -> Floats:
    """Red, green and blue, 0 to 255, as 3 × height × width."""
    height, width = planes.luma.shape
    rgb = np.empty((3, height, width), np.float32)
    wide = np.empty((height // 2, width), np.float32)
    light = _light(planes.luma.astype(np.float32))
    for plane, colour in zip(rgb, _colours(planes.blue, planes.red, planes.weights), strict=True):
        wide[:, 0::2] = wide[:, 1::2] = colour  # each is of four pixels
        for lines in (slice(0, None, 2), slice(1, None, 2)):
            np.add(light[lines], wide, out=plane[lines])
    return np.clip(rgb, 0, 255, out=rgb)


def stretched_rgb(planes: Planes, rows: int, columns: int) -> Floats:
    """The same as 3 × rows × columns: each pixel the mean of its part of the picture, whatever that does to its shape."""
    luma, blue, red = (area_means(plane, rows, columns) for plane in (planes.luma, planes.blue, planes.red))
    light = _light(luma)
    rgb = np.stack([light + colour for colour in _colours(blue, red, planes.weights)])
    return np.clip(rgb, 0, 255, out=rgb)


def _light(luma: Floats) -> Floats:
    """What all three colours have alike."""
    return (luma - 16) * np.float32(255 / 219)


def _colours(blue: Bytes | Floats, red: Bytes | Floats, weights: Weights) -> Iterator[Floats]:
    """What red, green and blue have beside that."""
    both = np.stack((blue, red), dtype=np.float32) - 128
    for shares in weights.rgb():
        yield np.asarray(shares[0] * both[0] + shares[1] * both[1])


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
