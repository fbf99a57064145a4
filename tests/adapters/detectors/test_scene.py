"""Scenes are of surroundings only, and tiles are where cameras' small pictures are."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from media_pipeline.adapters.detectors.planes import Bytes, Planes
from media_pipeline.adapters.detectors.scene import GridSceneMeter
from media_pipeline.core.findings import STILL, Movement, blocks_of
from media_pipeline.core.media import Box
from media_pipeline.core.scenes import COLUMNS, ROWS, same_camera
from media_pipeline.ports.detector import Frame
from tests.core.values import media, sound_only

FILM = media()
METER = GridSceneMeter()


def frame(luma: Bytes) -> Frame:
    """A frame of 640 × 360 without colour."""
    grey = np.full((180, 320), 128, np.uint8)
    return Frame(Fraction(0), Planes(luma, grey, grey))


def room(seed: int) -> Bytes:
    """Something with soft edges all over."""
    coarse = np.random.default_rng(seed).uniform(40, 200, (18, 32))
    down = np.stack([np.interp(np.linspace(0, 17, 360), range(18), column) for column in coarse.T], axis=1)
    across = np.stack([np.interp(np.linspace(0, 31, 640), range(32), row) for row in down])
    return across.astype(np.uint8)


def with_tile(box: tuple[int, int, int, int], ground: int = 16) -> Bytes:
    """A page of one grey, and a room in a part of it (left, top, right, bottom in pixels of 640 × 360)."""
    luma = np.full((360, 640), ground, np.uint8)
    luma[60:300, 80:400] = 180
    left, top, right, bottom = box
    luma[top:bottom, left:right] = np.clip(room(5)[: bottom - top, : right - left].astype(int) + 40, 60, 230)
    return luma


def moving(left: int, top: int, right: int, bottom: int) -> Movement:
    """Everything moves in a part of 640 × 360 pixels."""
    blocks = blocks_of(Box(left, top, right - left, bottom - top), 640, 360)
    return Movement(blocks, len(blocks))


def test_people_are_left_out_with_some_room_around_them() -> None:
    scene = METER.scene(frame(room(1)), FILM, [Box(320, 180, 320, 360)], None)
    levels = np.frombuffer(bytes.fromhex(scene.luma), np.uint8).reshape(ROWS, COLUMNS)
    assert not levels[9:27, 16:32].any()
    assert levels[:6].all()
    assert levels[:, 40:].all()


def test_somebody_beyond_the_edge_is_left_out_too() -> None:
    scene = METER.scene(frame(room(1)), FILM, [Box(1200, 600, 80, 120)], None)
    assert scene.free < 1
    assert same_camera(scene, METER.scene(frame(room(1)), FILM, [], None))


def test_a_part_of_the_picture_has_a_scene_of_its_own() -> None:
    small = np.full((360, 640), 16, np.uint8)
    small[20:200, 300:620] = room(7)[::2, ::2]
    part = METER.scene(frame(small), FILM, [], Box(600, 40, 640, 360))
    assert same_camera(part, METER.scene(frame(room(7)), FILM, [], None))


@pytest.mark.parametrize("box", [(480, 4, 634, 91), (0, 0, 160, 90), (460, 260, 620, 350), (500, 100, 620, 190)])
def test_a_tile_is_found_where_it_moves(box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    inner = moving(left + 40, top + 20, right - 40, bottom - 10)
    found = METER.tile(frame(with_tile(box)), FILM, inner)
    assert found is not None
    assert abs(found.x - 2 * left) <= 4
    assert abs(found.y - 2 * top) <= 4
    assert abs(found.x + found.width - 2 * right) <= 4
    assert abs(found.y + found.height - 2 * bottom) <= 4


def test_a_pointer_has_no_edges_and_is_no_tile() -> None:
    assert METER.tile(frame(with_tile((0, 0, 2, 2))), FILM, moving(200, 150, 260, 180)) is None


def test_two_tiles_are_not_one() -> None:
    both = with_tile((480, 4, 634, 91))
    both[200:287, 480:634] = both[4:91, 480:634]
    moved = (*moving(520, 24, 594, 81).lively, *moving(520, 220, 594, 277).lively)
    assert METER.tile(frame(both), FILM, Movement(moved, len(moved))) is None


def test_nothing_that_moves_is_no_tile_and_what_moves_everywhere_neither() -> None:
    assert METER.tile(frame(with_tile((480, 4, 634, 91))), FILM, STILL) is None
    assert METER.tile(frame(with_tile((480, 4, 634, 91))), FILM, moving(0, 0, 640, 360)) is None


def test_a_sound_recording_has_neither() -> None:
    with pytest.raises(ValueError, match="no pictures"):
        METER.scene(frame(room(1)), sound_only(), [], None)
    assert METER.tile(frame(room(1)), sound_only(), STILL) is None
