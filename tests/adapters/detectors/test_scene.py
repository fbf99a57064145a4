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


TILES = [(480, 4, 634, 91), (0, 0, 160, 90), (460, 260, 620, 350), (500, 100, 620, 190)]


def is_at(found: Box, box: tuple[int, int, int, int]) -> bool:
    """Whether a tile of the whole picture is where it is in the small one, but for a pixel or two."""
    edges = found.x, found.y, found.x + found.width, found.y + found.height
    return all(abs(edge - 2 * wanted) <= 4 for edge, wanted in zip(edges, box, strict=True))


def inside(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """What of a tile somebody fills."""
    left, top, right, bottom = box
    return left + 40, top + 20, right - 40, bottom - 10


def somebody(box: tuple[int, int, int, int]) -> Box:
    """Who is in a tile, in pixels of the whole picture."""
    left, top, right, bottom = inside(box)
    return Box(2 * left, 2 * top, 2 * (right - left), 2 * (bottom - top))


@pytest.mark.parametrize("box", TILES)
def test_a_tile_is_found_where_it_moves(box: tuple[int, int, int, int]) -> None:
    (found,) = METER.tiles(frame(with_tile(box)), FILM, moving(*inside(box)), [])
    assert is_at(found, box)


@pytest.mark.parametrize("box", TILES)
def test_a_tile_is_found_where_somebody_sits_still(box: tuple[int, int, int, int]) -> None:
    (found,) = METER.tiles(frame(with_tile(box)), FILM, STILL, [somebody(box)])
    assert is_at(found, box)


def test_one_who_moves_in_a_tile_is_one_tile() -> None:
    box = TILES[0]
    assert len(METER.tiles(frame(with_tile(box)), FILM, moving(*inside(box)), [somebody(box)] * 2)) == 1


def test_in_a_quarter_of_the_pictures_width_little_need_move() -> None:
    box = (476, 4, 636, 94)
    (found,) = METER.tiles(frame(with_tile(box)), FILM, Movement((29,), 1), [])
    assert is_at(found, box)


def test_somebody_on_a_page_is_in_no_tile() -> None:
    page = with_tile((0, 0, 2, 2))
    assert METER.tiles(frame(page), FILM, STILL, [Box(300, 200, 100, 200), Box(0, 0, 1280, 720)]) == ()


CARDS = [(266, 4, 372, 64), (2, 140, 108, 200), (530, 290, 636, 350)]


@pytest.mark.parametrize("box", CARDS)
def test_a_card_at_the_rim_is_a_tile_though_nobody_is_seen_in_it_and_nothing_moves(
    box: tuple[int, int, int, int],
) -> None:
    left, top, right, bottom = box
    luma = np.full((360, 640), 37, np.uint8)
    luma[68:300, 120:520] = room(5)[68:300, 120:520]
    luma[top:bottom, left:right] = 43
    luma[bottom - 8 : bottom, left + 2 : left + 24] = 38  # a name
    (found,) = METER.tiles(frame(luma), FILM, STILL, [])
    assert is_at(found, box)
    # so it is where it lies on the page itself
    luma = room(7)
    luma[top:bottom, left:right] = 20
    luma[top + 20 : top + 28, left + 40 : left + 60] = 230
    (found,) = METER.tiles(frame(luma), FILM, STILL, [])
    assert is_at(found, box)
    # a window in a drawing is none: it lies on no ground and is none
    luma[top:bottom, left:right] = np.clip(room(7)[top:bottom, left:right].astype(int) + 50, 0, 255)
    assert METER.tiles(frame(luma), FILM, STILL, []) == ()


def test_a_frame_that_is_drawn_by_hand_is_no_tile() -> None:
    """Of one edge a third is missing: enough for what moves, too little for what may be a drawing."""
    box = (420, 150, 574, 237)
    page = with_tile(box)
    page[237:, 440:466] = page[236, 440:466]
    assert len(METER.tiles(frame(page), FILM, moving(*inside(box)), [])) == 1
    page[150:237, :420] = np.where((np.arange(87) % 6 == 0)[:, None], page[150:237, 420:421], page[150:237, :420])
    assert len(METER.tiles(frame(page), FILM, moving(*inside(box)), [])) == 1
    assert METER.tiles(frame(page), FILM, STILL, [somebody(box)]) == ()


def test_behind_one_side_of_a_tile_a_page_may_be_as_bright_as_it_is() -> None:
    box = (480, 4, 634, 91)
    page = with_tile(box)
    page[4:34, :480] = page[4:34, 480:481]
    (found,) = METER.tiles(frame(page), FILM, moving(*inside(box)), [])
    assert is_at(found, box)
    # but the other three must be seen all along
    page[91:, 500:515] = page[90, 500:515]
    assert METER.tiles(frame(page), FILM, moving(*inside(box)), []) == ()


def test_a_pointer_has_no_edges_and_is_no_tile() -> None:
    assert METER.tiles(frame(with_tile((0, 0, 2, 2))), FILM, moving(200, 150, 260, 180), []) == ()


@pytest.mark.parametrize("still", [False, True])
def test_two_tiles_are_two(still: bool) -> None:
    both = with_tile((480, 4, 634, 91))
    both[200:287, 480:634] = both[4:91, 480:634]
    boxes = (480, 4, 634, 91), (480, 200, 634, 287)
    moved = [block for box in boxes for block in moving(*inside(box)).lively]
    people = [somebody(box) for box in boxes]
    found = METER.tiles(frame(both), FILM, STILL if still else Movement(tuple(moved), len(moved)), people)
    assert len(found) == 2


def test_what_moves_everywhere_is_no_tile() -> None:
    page = frame(with_tile((420, 150, 574, 237)))
    assert METER.tiles(page, FILM, STILL, []) == ()
    assert METER.tiles(page, FILM, moving(0, 0, 640, 360), [somebody((420, 150, 574, 237))]) == ()


def test_a_sound_recording_has_neither() -> None:
    with pytest.raises(ValueError, match="no pictures"):
        METER.scene(frame(room(1)), sound_only(), [], None)
    assert METER.tiles(frame(room(1)), sound_only(), STILL, []) == ()
