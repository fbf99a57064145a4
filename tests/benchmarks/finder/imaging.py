"""Pixels before they are laid on a frame: sampling, outlines, tones, and planes as encoders take them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.float32]
"""Rows × columns × (red, green, blue), 0 to 255; or (…, cover 0 to 255) for a cut-out."""

Plane = npt.NDArray[np.uint8]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""


class Planes(NamedTuple):
    """One picture as YCbCr 4:2:0, BT.709, limited range; sides are even."""

    luma: Plane
    blue: Plane
    red: Plane


def even(length: float) -> int:
    """The nearest even number of pixels, at least 2."""
    return max(2, 2 * round(length / 2))


def sample(picture: Pixels, box: Box, width: int, height: int, turn: float = 0.0) -> Pixels:
    """The part `box` of a picture at another size, turned by so many degrees about its middle; edges are drawn out."""
    picture, (left, top, right, bottom) = (picture, box) if turn else _near(picture, box)
    shrink = max(1, int(min((right - left) / width, (bottom - top) / height)))
    if shrink > 1:
        picture = _averaged(picture, shrink)
        left, top, right, bottom = (side / shrink for side in (left, top, right, bottom))
    across = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
    down = (np.arange(height, dtype=np.float32) + 0.5) / height - 0.5
    dx, dy = across[None, :] * (right - left), down[:, None] * (bottom - top)
    cosine, sine = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    x = (left + right) / 2 + cosine * dx + sine * dy - 0.5
    y = (top + bottom) / 2 - sine * dx + cosine * dy - 0.5
    return _bilinear(picture, np.asarray(x, np.float32), np.asarray(y, np.float32))


def _near(picture: Pixels, box: Box) -> tuple[Pixels, Box]:
    """As much of a picture as `box` needs, and where the box is in that."""
    rows, columns = picture.shape[:2]
    left, top = (min(max(0, int(side) - 1), most - 1) for side, most in zip(box[:2], (columns, rows), strict=True))
    near = picture[top : max(top + 1, int(box[3]) + 2), left : max(left + 1, int(box[2]) + 2)]
    return near, (box[0] - left, box[1] - top, box[2] - left, box[3] - top)


def _averaged(picture: Pixels, by: int) -> Pixels:
    """Means of squares of `by` × `by` pixels."""
    rows, columns = (max(by, side // by * by) for side in picture.shape[:2])
    across = np.add.reduce([picture[:rows, place:columns:by] for place in range(by)])
    return np.asarray(np.add.reduce([across[place::by] for place in range(by)]) / by**2, np.float32)


def _bilinear(picture: Pixels, x: npt.NDArray[np.float32], y: npt.NDArray[np.float32]) -> Pixels:
    rows, columns, channels = picture.shape
    x, y = np.clip(x, 0, columns - 1), np.clip(y, 0, rows - 1)
    left, top = x.astype(np.intp), y.astype(np.intp)
    right, below = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
    fx, fy = (x - left)[..., None], (y - top)[..., None]
    flat = picture.reshape(-1, channels)
    upper = flat[top * columns + left] * (1 - fx) + flat[top * columns + right] * fx
    lower = flat[below * columns + left] * (1 - fx) + flat[below * columns + right] * fx
    return np.asarray(upper * (1 - fy) + lower * fy, np.float32)


def filling(picture: Pixels, width: int, height: int, about: tuple[float, float] = (0.5, 0.5), zoom: float = 1) -> Box:
    """The largest part of a picture that has the shape of `width` × `height`, `zoom` times smaller, about a point (0 to 1)."""
    rows, columns = picture.shape[:2]
    scale = min(columns / width, rows / height) / zoom
    across, down = width * scale, height * scale
    left = min(max(0.0, about[0] * columns - across / 2), columns - across)
    top = min(max(0.0, about[1] * rows - down / 2), rows - down)
    return left, top, left + across, top + down


def blurred(picture: Pixels, width: int, height: int, points: int = 9) -> Pixels:
    """A picture out of focus: what is left of so many points across."""
    small = sample(picture, filling(picture, width, height), points, max(2, points * height // width))
    middle = sample(small, (0, 0, small.shape[1], small.shape[0]), 6 * points, 6 * points * height // width)
    return sample(middle, (0, 0, middle.shape[1], middle.shape[0]), width, height)


def polygon_cover(points: list[tuple[float, float]], width: int, height: int, soft: float) -> npt.NDArray[np.float32]:
    """0 outside to 255 inside of an outline (pixels), with an edge some `soft` pixels wide."""
    x = np.arange(width, dtype=np.float32)[None, :] + 0.5
    y = np.arange(height, dtype=np.float32)[:, None] + 0.5
    inside = np.zeros((height, width), bool)
    nearest = np.full((height, width), np.inf, np.float32)
    for (ax, ay), (bx, by) in zip(points, (*points[1:], points[0]), strict=True):
        ex, ey = bx - ax, by - ay
        along = np.clip(((x - ax) * ex + (y - ay) * ey) / max(ex * ex + ey * ey, 1e-6), 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - ax - along * ex, y - ay - along * ey))
        if ey:
            inside ^= ((ay <= y) != (by <= y)) & (x < ax + (y - ay) * ex / ey)
    distance = np.where(inside, nearest, -nearest)
    return np.asarray(255 * np.clip(distance / soft + 0.5, 0, 1), np.float32)


def halved(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A plane's means of four pixels each."""
    rows = plane[::2] + plane[1::2]
    return np.asarray((rows[:, ::2] + rows[:, 1::2]) / 4, np.float32)


def to_planes(picture: Pixels) -> Planes:
    """Red, green and blue as an encoder takes them; an odd last row or column is left out."""
    rows, columns = (side // 2 * 2 for side in picture.shape[:2])
    red, green, blue = np.moveaxis(picture[:rows, :columns, :3] / np.float32(255), -1, 0)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    chroma = ((blue - luma) / 1.8556, (red - luma) / 1.5748)
    cb, cr = (np.clip(128.5 + 224 * halved(plane), 16, 240).astype(np.uint8) for plane in chroma)
    return Planes(np.clip(16.5 + 219 * luma, 16, 235).astype(np.uint8), cb, cr)
