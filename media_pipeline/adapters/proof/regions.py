"""What the plan hides of a frame: covered boxes, and all that is outside of a crop. Sums from the plan alone.

A frame with covers or a crop is expected as the small picture that its source frame gives when the covers are painted
black and the crop's inside is placed, as large as fits, in the middle of black. Small pixels through which such an edge
goes are left out of that comparison: there scaling mixes both sides.

What is hidden is also looked at in the finished film's own pixels: it must be black up to `MARGIN` pixels of its edges,
where scaling smears. So a cover of 5 × 5 pixels of a rendition or more is proven; a smaller one hides nothing that anyone
could recognise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from media_pipeline.adapters.proof.pictures import Flags, Floats, Pictures, Size
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import Box
from media_pipeline.core.plan import FrameClock, Region, RenderPlan
from media_pipeline.core.timebase import frame_at_or_after, frame_at_or_before

MARGIN = 2
"""Pixels of a rendition that scaling smears an edge over."""

BLACK = 24.0
"""Mean levels of 4 × 4 pixels under which they are black: right ones were measured up to 6, beside white and at 180 lines."""

_CELL = 4

_RIM = 0.2
"""Small pixels on both sides of an edge that are left out with it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Finished frames of one kept span of which the same is hidden."""

    first: int
    """The first finished frame."""

    end: int
    """The one after the last."""

    crop: Box | None
    """All that is shown of the source frame; None for all of it."""

    covers: tuple[Box, ...]
    """What is black of the source frame."""


@dataclass(frozen=True, slots=True)
class _Rectangle:
    """A part of a picture, in parts of pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def within(self, other: _Rectangle) -> _Rectangle | None:
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return _Rectangle(left, top, right, bottom) if left < right and top < bottom else None

    def times(self, across: float, down: float) -> _Rectangle:
        return _Rectangle(self.left * across, self.top * down, self.right * across, self.bottom * down)


def stretches(plan: RenderPlan, clock: FrameClock) -> tuple[Stretch, ...]:
    """Every stretch of which anything is hidden, first to last."""
    found, at = [], 0
    for span in plan.keep:
        crops, covers = (_in_frames(regions, span, clock, at) for regions in (plan.crops, plan.covers))
        edges = sorted({edge for first, end, _ in (*crops, *covers) for edge in (first, end)})
        for first, end in pairwise(edges):
            inside = [box for start, stop, box in crops if start <= first < stop]
            hidden = tuple(box for start, stop, box in covers if start <= first < stop)
            if inside or hidden:
                found.append(Stretch(first, end, inside[0] if inside else None, hidden))
        at += round(span.length * clock.rate)
    return tuple(found)


def _in_frames(regions: tuple[Region, ...], span: Interval, clock: FrameClock, at: int) -> list[tuple[int, int, Box]]:
    """The finished frames of each region of a kept span whose first frame is `at`: every one that it touches."""
    found = []
    count = round(span.length * clock.rate)
    for region in regions:
        first = max(0, frame_at_or_before(region.span.start, clock.rate, span.start))
        end = min(count, frame_at_or_after(region.span.end, clock.rate, span.start))
        if first < end:
            found.append((at + first, at + end, region.box))
    return found


class Expected:
    """How a source frame looks in a stretch."""

    def __init__(self, stretch: Stretch, shown: Size, worked: Size, small: Size) -> None:
        """`shown` is the recording's size, in which boxes are told; `worked` that of the pictures to come."""
        self._across, self._down = worked[0] / shown[0], worked[1] / shown[1]
        self._covers = [_box(box).times(self._across, self._down) for box in stretch.covers]
        box = _box(stretch.crop) if stretch.crop else _Rectangle(0, 0, *shown)
        place = _placed(stretch.crop, shown)
        self._columns = _weights(box.left, box.right, place.left, place.right, shown[0], worked[0], small[0])
        self._rows = _weights(box.top, box.bottom, place.top, place.bottom, shown[1], worked[1], small[1])
        self.certain: Flags = _certain(stretch, shown, small)

    def picture(self, luma: Pictures) -> Pictures:
        """The small picture of a whole one."""
        covered = luma.astype(np.float32)
        for box in self._covers:
            covered[round(box.top) : round(box.bottom), round(box.left) : round(box.right)] = 0
        small: Pictures = np.rint(self._rows @ covered @ self._columns.T).astype(np.uint8)
        return small


class Hidden:
    """Where a rendition must be black in a stretch."""

    def __init__(self, stretch: Stretch, shown: Size, rendition: Size) -> None:
        across, down = rendition[0] / shown[0], rendition[1] / shown[1]
        zones = [zone.times(across, down) for zone in _hidden(stretch, shown)]
        self._zones = [zone for zone in (_inner(zone, rendition) for zone in zones) if zone is not None]

    def __bool__(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self._zones)

    def shows(self, luma: Pictures) -> bool:
        """Whether anything is to be seen there, in a picture of the rendition's size."""
        return any(_brightest(luma[zone]) >= BLACK for zone in self._zones)


def _box(box: Box) -> _Rectangle:
    return _Rectangle(box.x, box.y, box.x + box.width, box.y + box.height)


def _placed(crop: Box | None, shown: Size) -> _Rectangle:
    """Where the inside of a crop is, in pixels of the recording's picture."""
    if crop is None:
        return _Rectangle(0, 0, *shown)
    scale = min(shown[0] / crop.width, shown[1] / crop.height)
    width, height = min(shown[0], round(crop.width * scale)), min(shown[1], round(crop.height * scale))
    left, top = (shown[0] - width) / 2, (shown[1] - height) / 2
    return _Rectangle(left, top, left + width, top + height)


def _hidden(stretch: Stretch, shown: Size) -> Iterator[_Rectangle]:
    """What must be black, in pixels of the recording's picture."""
    whole, place = _Rectangle(0, 0, *shown), _placed(stretch.crop, shown)
    box = _box(stretch.crop) if stretch.crop else whole
    for cover in map(_box, stretch.covers):
        inside = cover.within(box)
        if inside is not None:
            across = (place.right - place.left) / (box.right - box.left)
            down = (place.bottom - place.top) / (box.bottom - box.top)
            yield _Rectangle(
                place.left + (inside.left - box.left) * across,
                place.top + (inside.top - box.top) * down,
                place.left + (inside.right - box.left) * across,
                place.top + (inside.bottom - box.top) * down,
            )
    for band in (
        _Rectangle(0, 0, place.left, shown[1]),
        _Rectangle(place.right, 0, *shown),
        _Rectangle(0, 0, shown[0], place.top),
        _Rectangle(0, place.bottom, *shown),
    ):
        if band.left < band.right and band.top < band.bottom:
            yield band


def _inner(zone: _Rectangle, size: Size) -> tuple[slice, slice] | None:
    """The pixels that are black for sure: but for the margin, save at the picture's own edges."""
    left, right = _inner_side(zone.left, zone.right, size[0])
    top, bottom = _inner_side(zone.top, zone.bottom, size[1])
    return (slice(top, bottom), slice(left, right)) if left < right and top < bottom else None


def _inner_side(low: float, high: float, pixels: int) -> tuple[int, int]:
    first = 0 if low <= 0 else int(np.ceil(low)) + MARGIN
    end = pixels if high >= pixels else int(np.floor(high)) - MARGIN
    return first, end


def _brightest(zone: Pictures) -> float:
    """The mean of the brightest 4 × 4 pixels; those at the end may be fewer."""
    rows, columns = (np.arange(0, side, _CELL) for side in zone.shape)
    sums = np.add.reduceat(np.add.reduceat(zone.astype(np.float32), rows, axis=0), columns, axis=1)
    heights, widths = (
        np.diff(np.append(starts, side)) for starts, side in zip((rows, columns), zone.shape, strict=True)
    )
    return float((sums / np.outer(heights, widths)).max())


def _weights(
    low: float, high: float, placed_low: float, placed_high: float, shown: int, worked: int, small: int
) -> Floats:
    """Small × worked pixels along one side: how much of each small pixel every pixel of the source gives.

    `low` to `high` of the source lies at `placed_low` to `placed_high` of the picture; what is beside gives black.
    """
    scale = (high - low) / (placed_high - placed_low)
    edges = low + (np.linspace(0, shown, small + 1) - placed_low) * scale
    starts = np.arange(worked) * (shown / worked)
    ends = np.minimum(starts + shown / worked, high)
    covered = np.minimum(edges[1:, None], ends) - np.maximum(edges[:-1, None], np.maximum(starts, low))
    weights: Floats = (np.maximum(covered, 0) / np.diff(edges)[:, None]).astype(np.float32)
    return weights


def _certain(stretch: Stretch, shown: Size, small: Size) -> Flags:
    """Which small pixels (rows × columns) no edge goes through."""
    certain = np.ones((small[1], small[0]), dtype=np.bool_)
    across, down = small[0] / shown[0], small[1] / shown[1]
    for zone in _hidden(stretch, shown):
        part = zone.times(across, down)
        near_columns, in_columns = _sides(part.left, part.right, small[0])
        near_rows, in_rows = _sides(part.top, part.bottom, small[1])
        certain &= ~np.outer(near_rows, near_columns) | np.outer(in_rows, in_columns)
    return certain


def _sides(low: float, high: float, pixels: int) -> tuple[Flags, Flags]:
    """Of each pixel along a side: whether a zone comes near it, and whether it is well within."""
    low, high = (-1.0 if low <= 0 else low), (pixels + 1.0 if high >= pixels else high)
    starts: npt.NDArray[np.int64] = np.arange(pixels)
    near: Flags = (starts + 1 > low - _RIM) & (starts < high + _RIM)
    inside: Flags = (starts >= low + _RIM) & (starts + 1 <= high - _RIM)
    return near, inside
