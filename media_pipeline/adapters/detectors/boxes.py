"""Boxes as models give them (left, top, right, bottom, in any numbers), on their way to whole pixels of the film."""

from __future__ import annotations

import numpy as np

from media_pipeline.adapters.detectors.planes import Floats
from media_pipeline.core.media import Box, VideoTrack
from media_pipeline.core.people import Sighting


def distinct(boxes: Floats, same: float) -> list[int]:
    """The places of the boxes that stay when of those of one thing only the first is taken.

    Two boxes are of one thing when they share more than `same` (0 to 1) of their joint area.
    """
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left = np.arange(len(boxes))
    kept: list[int] = []
    while left.size:
        first, others = left[0], left[1:]
        kept.append(int(first))
        sides = np.minimum(boxes[first, 2:], boxes[others, 2:]) - np.maximum(boxes[first, :2], boxes[others, :2])
        shared = np.prod(np.maximum(sides, 0), axis=1)
        left = others[shared <= same * (areas[first] + areas[others] - shared)]
    return kept


def sighting(box: Floats, score: np.float32, video: VideoTrack) -> Sighting:
    """A box in the film's pixels and a score from 0 to 1, as findings have them."""
    return Sighting(_inside(box, video.width, video.height), min(1000, max(0, round(1000 * float(score)))))


def _inside(box: Floats, width: int, height: int) -> Box:
    """The smallest box of whole pixels around `box`, as far as it is in the picture; at its edge when it is not."""
    left, top = (int(np.clip(np.floor(low), 0, side - 1)) for low, side in zip(box[:2], (width, height), strict=True))
    right, bottom = (int(np.clip(np.ceil(high), 1, side)) for high, side in zip(box[2:], (width, height), strict=True))
    return Box(left, top, max(1, right - left), max(1, bottom - top))
