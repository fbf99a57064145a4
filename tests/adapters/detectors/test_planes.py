"""Planes lie where yuv420p has them, and the means over grids are plain means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.adapters.detectors.planes import Planes, area_means, cell_means, split_planes, to_rgb


def test_a_raw_frame_is_luma_then_blue_then_red() -> None:
    """Row by row, colour at half the size each way."""
    planes = split_planes(bytes(range(8 + 2 + 2)), 4, 2)
    assert planes.luma.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert planes.blue.tolist() == [[8, 9]]
    assert planes.red.tolist() == [[10, 11]]


@pytest.mark.parametrize("size", [0, 11, 13])
def test_part_of_a_frame_is_no_frame(size: int) -> None:
    """A picture that is cut off would be looked at in the wrong places."""
    with pytest.raises(ValueError, match="one frame"):
        split_planes(bytes(size), 4, 2)


@pytest.mark.parametrize(
    ("ycc", "rgb"),
    [
        ((16, 128, 128), (0, 0, 0)),
        ((235, 128, 128), (255, 255, 255)),
        ((81, 90, 240), (255, 0, 0)),  # the colour bars of ITU-R BT.601
        ((145, 54, 34), (0, 255, 0)),
        ((41, 240, 110), (0, 0, 255)),
    ],
)
def test_colours_are_those_of_bt_601(ycc: tuple[int, int, int], rgb: tuple[int, int, int]) -> None:
    """The detector was trained on red, green and blue in this order."""
    luma, blue, red = ycc
    planes = Planes(np.full((4, 6), luma, np.uint8), np.full((2, 3), blue, np.uint8), np.full((2, 3), red, np.uint8))
    shown = to_rgb(planes)
    assert shown.shape == (3, 4, 6)
    assert np.abs(shown - np.array(rgb)[:, None, None]).max() < 2.5


@given(
    height=st.integers(1, 30),
    width=st.integers(1, 30),
    rows=st.integers(1, 12),
    columns=st.integers(1, 12),
    seed=st.integers(0, 99),
)
def test_cells_are_plain_means(height: int, width: int, rows: int, columns: int, seed: int) -> None:
    """Of the pixels between two edges; of the one pixel at its edge for a cell that is smaller than a pixel."""
    plane = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    means = cell_means(plane, rows, columns)
    for row in range(rows):
        top, bottom = row * height // rows, (row + 1) * height // rows
        for column in range(columns):
            left, right = column * width // columns, (column + 1) * width // columns
            part = plane[top : max(bottom, top + 1), left : max(right, left + 1)]
            assert means[row, column] == pytest.approx(float(part.mean()), abs=1e-3)


@pytest.mark.parametrize("pixels", [257, 258])
def test_the_brightest_cells_are_summed_without_overflow(pixels: int) -> None:
    assert cell_means(np.full((pixels, 2), 255, np.uint8), 1, 2).tolist() == [[255, 255]]


@given(
    height=st.integers(1, 30),
    width=st.integers(1, 30),
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    seed=st.integers(0, 99),
)
def test_areas_count_the_share_of_every_pixel(height: int, width: int, rows: int, columns: int, seed: int) -> None:
    """The same as making each pixel a block of rows × columns and taking the means of whole blocks of those."""
    plane = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    fine = plane.repeat(rows, axis=0).repeat(columns, axis=1).astype(np.float64)
    expected = fine.reshape(rows, height, columns, width).mean(axis=(1, 3))
    assert area_means(plane, rows, columns) == pytest.approx(expected, abs=1e-3)
