"""Parts of pictures are the parts that were asked for, at every size."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.finder.imaging import sample


@pytest.mark.parametrize("width", [320, 100, 40])
def test_a_part_is_the_same_part_at_every_size(width: int) -> None:
    picture = np.zeros((200, 800, 3), np.float32)
    picture[..., 0], picture[..., 1] = np.arange(800)[None], np.arange(200)[:, None]
    part = sample(picture, (300, 20, 620, 180), width, width // 2)
    step = 320 / width
    assert abs(part[0, 0, 0] - 300) <= step
    assert abs(part[-1, -1, 0] - 620) <= step
    assert abs(part[width // 4, width // 2, 0] - 460) <= step
    assert abs(part[0, 0, 1] - 20) <= step
