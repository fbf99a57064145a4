"""Drawn pictures as the detectors get them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from deploy.demo_drawing import PEOPLE, Person, Sheet, ellipse, face, paint, slab
from media_pipeline.adapters.detectors.planes import Planes
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import MediaFile, VideoCodec, VideoTrack
from media_pipeline.ports.detector import Frame

WIDTH, HEIGHT = 320, 192

HEAD = 20.0
"""Half a drawn head's height (pixels): CenterFace sees each of `PEOPLE` at this size, with .65 and more."""


def frame_of(sheet: Sheet, moment: Fraction = Fraction(0)) -> Frame:
    """A sheet of red, green and blue (sides even) as a decoded frame (BT.601, limited range)."""
    red, green, blue = np.moveaxis(sheet.astype(np.float32) / 255, -1, 0)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    planes = [16 + 219 * luma, 128 + 224 * (blue - luma) / 1.772, 128 + 224 * (red - luma) / 1.402]
    planes[1:] = [plane.reshape(len(plane) // 2, 2, -1, 2).mean(axis=(1, 3)) for plane in planes[1:]]
    return Frame(moment, Planes(*(np.rint(plane).astype(np.uint8) for plane in planes)))


def video_of(width: int = WIDTH, height: int = HEIGHT) -> MediaFile:
    """A recording whose frames are shown at this size."""
    video = VideoTrack(0, VideoCodec.H264, width, height, Fraction(25), Fraction(0), 25, True)
    return MediaFile("0" * 64, 1, Interval(Fraction(0), Fraction(1)), video, None, 0)


def room(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Sheet:
    """A furnished wall; another for every seed."""
    lots = np.random.default_rng(seed)

    def colour(low: int = 20) -> tuple[float, float, float]:
        red, green, blue = (float(part) for part in lots.integers(low, 235, 3))
        return red, green, blue

    sheet = np.zeros((height, width, 3), np.float32)
    paint(sheet, slab(0, 0, width, height), colour(90), colour(90))
    for _ in range(4):
        left, top = lots.uniform(0, 0.8) * width, lots.uniform(0, 0.8) * height
        paint(sheet, slab(left, top, left + width * lots.uniform(0.1, 0.3), top + height * 0.4, 4), colour())
    return sheet


def with_people(sheet: Sheet, places: Sequence[tuple[float, float]], size: float = HEAD, first: int = 0) -> Sheet:
    """A copy of the sheet with one of `PEOPLE` at each of these places (the middles of their heads)."""
    shown: Sheet = sheet.copy()
    for number, (x, y) in enumerate(places, start=first):
        face(shown, someone(number), x, y, size, blink=False, talk=0.3)
    return shown


def someone(number: int) -> Person:
    """One of the drawn people."""
    return PEOPLE[number % len(PEOPLE)]


def blob(sheet: Sheet, x: float, y: float, across: float, down: float) -> Sheet:
    """A copy of the sheet with something dark in it."""
    shown: Sheet = sheet.copy()
    paint(shown, ellipse(x, y, across, down), (30, 30, 40))
    return shown


def noisy(sheet: Sheet, seed: int, strength: float = 3.0) -> npt.NDArray[np.float32]:
    """A camera's noise over it."""
    noise = np.random.default_rng(seed).normal(0, strength, (*sheet.shape[:2], 1))
    return np.clip(sheet + noise, 0, 255).astype(np.float32)
