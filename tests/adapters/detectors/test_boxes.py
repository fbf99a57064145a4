"""Of boxes on one thing the first stays, and what stays is whole pixels inside the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.adapters.detectors.boxes import distinct, sighting
from media_pipeline.core.media import Box
from tests.adapters.detectors.pictures import video_of


def _shared(one: Any, other: Any) -> float:
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    common = float(np.prod(np.maximum(sides, 0)))
    areas = [float(np.prod(box[2:] - box[:2])) for box in (one, other)]
    return common / (sum(areas) - common)


@given(
    st.lists(st.tuples(*[st.integers(0, 30)] * 2, *[st.integers(1, 20)] * 2), max_size=12), st.sampled_from([0.3, 0.5])
)
def test_of_boxes_on_one_thing_the_first_stays(corners: list[tuple[int, int, int, int]], same: float) -> None:
    """Every box that goes shares much with one that stays and came before; those that stay share little."""
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in corners], np.float32).reshape(-1, 4)
    kept = distinct(boxes, same)
    assert kept == sorted(kept)
    for place, box in enumerate(boxes):
        rivals = [_shared(box, boxes[other]) for other in kept if other < place]
        assert (place in kept) == all(shared <= same + 1e-6 for shared in rivals)


@pytest.mark.parametrize(
    ("corners", "box"),
    [
        ((10.2, 20.8, 30.1, 40.0), Box(10, 20, 21, 20)),
        ((-5, -5, 8, 9), Box(0, 0, 8, 9)),
        ((90, 40, 130, 70), Box(90, 40, 10, 10)),
        ((200, 200, 300, 300), Box(99, 49, 1, 1)),
        ((-30, -30, -10, -10), Box(0, 0, 1, 1)),
    ],
)
def test_boxes_are_whole_pixels_in_the_picture(corners: tuple[float, ...], box: Box) -> None:
    """Never smaller than what was found, but for what is outside; at the edge when all of it is."""
    video = video_of(100, 50).video
    assert video is not None
    assert sighting(np.array(corners, np.float32), np.float32(0.5), video).box == box


@pytest.mark.parametrize(("score", "permille"), [(0.2504, 250), (1.0001, 1000), (-0.1, 0)])
def test_scores_are_permille(score: float, permille: int) -> None:
    """From 0 to 1000."""
    video = video_of().video
    assert video is not None
    assert sighting(np.array([0, 0, 9, 9], np.float32), np.float32(score), video).permille == permille
