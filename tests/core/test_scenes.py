"""Cameras that stand still are known again, whoever is before them; others are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core.scenes import (
    COLUMNS,
    ENOUGH,
    ROWS,
    Scene,
    agreement,
    in_small,
    merged,
    only_moved,
    people_shared,
    same_camera,
)
from tests.core.values import scene, shifted

BLANK = Scene.of(np.full((ROWS, COLUMNS), 120, np.float32), np.ones((ROWS, COLUMNS), np.bool_))


@given(st.integers(0, 50), st.integers(0, 3), st.integers(0, 3))
def test_a_camera_is_known_again_whoever_is_before_it(room: int, some: int, others: int) -> None:
    assert same_camera(scene(room, some), scene(room, others))


@given(st.integers(0, 50), st.integers(51, 99), st.integers(0, 3))
def test_other_rooms_are_other_cameras(room: int, other: int, people: int) -> None:
    assert not same_camera(scene(room), scene(other, people))


def test_agreement_is_the_same_both_ways() -> None:
    assert agreement(scene(1, 1), scene(2, 3)) == agreement(scene(2, 3), scene(1, 1))


def in_a_tile(room: int, people: int = 0) -> Scene:
    """The same room as a tile shows it: its finest details are gone."""
    levels = np.frombuffer(bytes.fromhex(scene(room, people).luma), np.uint8).reshape(ROWS, COLUMNS).astype(np.float32)
    half = np.where(levels > 0, levels, 128).reshape(ROWS // 3, 3, COLUMNS // 4, 4).mean(axis=(1, 3))
    blurred = half.repeat(3, axis=0).repeat(4, axis=1)
    blurred[:, 2:-2] = (blurred[:, :-4] + blurred[:, 1:-3] + blurred[:, 2:-2] + blurred[:, 3:-1] + blurred[:, 4:]) / 5
    return Scene.of(blurred, levels > 0)


@given(st.integers(0, 50), st.integers(0, 2), st.integers(0, 2))
def test_a_tile_is_of_its_camera_and_of_no_other(room: int, some: int, others: int) -> None:
    assert in_small(in_a_tile(room, some), scene(room, others))
    assert not in_small(in_a_tile(room, some), scene(room + 100, others))


def test_a_tile_of_a_blank_wall_proves_nothing() -> None:
    assert not in_small(BLANK, BLANK)


def test_light_that_changes_is_no_other_camera() -> None:
    levels = np.frombuffer(bytes.fromhex(scene(7).luma), np.uint8).reshape(ROWS, COLUMNS).astype(np.float32)
    darker = Scene.of(levels * 0.7 + 5, np.ones((ROWS, COLUMNS), np.bool_))
    assert same_camera(scene(7), darker)


def test_a_camera_that_moved_is_another_one() -> None:
    levels = np.frombuffer(bytes.fromhex(scene(7).luma), np.uint8).reshape(ROWS, COLUMNS).astype(np.float32)
    moved = Scene.of(np.roll(levels, 3, axis=1), np.ones((ROWS, COLUMNS), np.bool_))
    assert not same_camera(scene(7), moved)


def held_up(rows: int) -> Scene:
    """The room of `scene(7)` with something held up before it that hides the right half of so many rows of blocks."""
    levels = np.frombuffer(bytes.fromhex(scene(7).luma), np.uint8).reshape(ROWS, COLUMNS).astype(np.float32)
    levels[: 4 * rows, COLUMNS // 2 :] = levels[::-1, ::-1][: 4 * rows, COLUMNS // 2 :]
    return Scene.of(levels, np.ones((ROWS, COLUMNS), np.bool_))


def right_half(rows: int) -> set[int]:
    """The blocks that it hides."""
    return {16 * row + column for row in range(rows) for column in range(8, 16)}


def test_what_moves_before_a_camera_may_hide_some_of_the_room() -> None:
    assert not same_camera(scene(7), held_up(5))
    assert same_camera(scene(7), held_up(5), right_half(5))
    assert not same_camera(scene(7), held_up(5), right_half(1)), "the rest of it stands still and is another room's"


def test_however_much_moves_most_of_the_room_must_be_the_same() -> None:
    assert not same_camera(scene(7), held_up(8), right_half(8))
    assert not same_camera(scene(7), scene(7), range(144)), "nothing is left to tell by"


@given(st.integers(0, 50), st.integers(-4, 4), st.integers(0, 2))
def test_a_camera_that_is_turned_a_little_only_moved(room: int, across: int, people: int) -> None:
    assert only_moved(shifted(room, 8), shifted(room, 8 + across, people))


@given(st.integers(0, 50), st.integers(51, 99), st.integers(0, 2))
def test_another_room_is_no_camera_that_moved(room: int, other: int, people: int) -> None:
    assert not only_moved(scene(room), scene(other, people))
    assert not only_moved(shifted(room, 0), shifted(room, 16))


def test_blank_walls_prove_nothing() -> None:
    assert agreement(BLANK, BLANK) == (0, 0)
    assert not same_camera(BLANK, BLANK)
    assert not only_moved(BLANK, BLANK)


def test_a_picture_full_of_people_proves_nothing() -> None:
    assert only_moved(scene(7, 4), scene(7, 4))
    full = merged(
        [scene(7), Scene("00" * (ROWS * COLUMNS // 8 * 7) + scene(7).luma[-2 * (ROWS * COLUMNS // 8) :])], [1, 1]
    )
    assert not only_moved(full, full)


def test_cards_are_plain_and_rooms_are_not() -> None:
    assert BLANK.plain == 1
    assert scene(1).plain < 0.3
    two = np.full((ROWS, COLUMNS), 30, np.float32)
    two[:, 20:40] = 90
    two[10:14, 25:35] = 200
    assert 0.95 < Scene.of(two, np.ones((ROWS, COLUMNS), np.bool_)).plain < 1
    assert Scene("00" * (ROWS * COLUMNS)).plain == 0


def test_a_few_blocks_are_not_enough() -> None:
    hidden = Scene("00" * (ROWS * COLUMNS))
    assert not same_camera(hidden, hidden)
    free = np.zeros((ROWS, COLUMNS), np.bool_)
    free[:12, :12] = True
    corner = Scene.of(np.random.default_rng(1).integers(1, 255, (ROWS, COLUMNS)).astype(np.float32), free)
    assert 0 < agreement(corner, corner)[1] < ENOUGH
    assert not same_camera(corner, corner)


def test_nothing_of_people_is_kept() -> None:
    one = scene(3, people=2)
    levels = np.frombuffer(bytes.fromhex(one.luma), np.uint8).reshape(ROWS, COLUMNS)
    assert not levels[12:, 24:40].any()
    assert one.free == 1 - (24 * 16) / (ROWS * COLUMNS)


def test_a_mean_is_free_only_where_all_are() -> None:
    both = merged([scene(3, 1), scene(3, 2)], [1, 1])
    assert both.free == scene(3, 2).free
    assert same_camera(both, scene(3))
    assert merged([scene(4)], [1]) == scene(4)


def test_how_alike_people_are_placed() -> None:
    assert people_shared(scene(1), scene(2)) == 1
    assert people_shared(scene(1, 1), scene(2, 1)) == 1
    assert people_shared(scene(1, 1), scene(1, 2)) == 0.5


def test_other_texts_are_no_scenes() -> None:
    with pytest.raises(ValueError, match="not a scene"):
        replace(scene(1), luma="00")
