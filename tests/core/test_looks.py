"""Looks: what shots show, and how they are grouped."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from media_pipeline.core.findings import BLOCKS, STILL, Findings, Movement, Shot, Tile, blocks_of
from media_pipeline.core.intervals import Interval
from media_pipeline.core.layouts import Layout, layout_of
from media_pipeline.core.looks import group_looks
from media_pipeline.core.media import Box
from media_pipeline.core.scenes import COLUMNS, ROWS, Scene
from tests.core.test_scenes import BLANK
from tests.core.values import ALL_MOVES, PERSON_MOVES, findings, scene, shifted, shot

CORNER = Box(1000, 10, 240, 135)


def tile(room: int, people: int = 1, beside: int = 0) -> Tile:
    """A small picture of a camera in the corner, with so many people in it and beside it."""
    return Tile(CORNER, scene(room, people), blocks_of(CORNER, 1280, 720), people, beside)


def page(start: int, end: int, picture: int, figures: int = 0) -> Shot:
    """A page, with so many figures on it."""
    return shot(start, end, picture, figures, movement=STILL)


def beside(start: int, end: int, picture: int, camera: int, figures: int = 0, people: int = 1) -> Shot:
    """A page with a camera's picture beside it."""
    movement = Movement(blocks_of(CORNER, 1280, 720), len(blocks_of(CORNER, 1280, 720)))
    return shot(start, end, picture, figures, movement=movement, tile=tile(camera, people, figures))


@pytest.mark.parametrize(
    ("one", "layout"),
    [
        (shot(0, 9, 1, 1), Layout.CAMERA),
        (page(0, 9, 1), Layout.PAGE),
        (beside(0, 9, 1, 2), Layout.PAGE_AND_CAMERA),
        (shot(0, 9, 1, movement=ALL_MOVES), Layout.OTHER),
        (replace(beside(0, 9, 1, 2), movement=ALL_MOVES), Layout.OTHER),
        (replace(beside(0, 9, 1, 2), movement=PERSON_MOVES), Layout.CAMERA),
        (beside(0, 1, 1, 2), Layout.OTHER),
        (page(0, 1, 1), Layout.OTHER),
        (replace(page(0, 9, 1), scene=BLANK), Layout.PAGE),
        (replace(shot(0, 9, 1), frames=2), Layout.OTHER),
        (shot(0, 9, 1, looked=False), Layout.OTHER),
    ],
)
def test_what_a_shot_is_made_up_of(one: Shot, layout: Layout) -> None:
    assert layout_of(one) is layout


def test_a_camera_is_one_look_whoever_sits_before_it_alone() -> None:
    looks = group_looks(findings(shot(0, 10, 1, 1), shot(10, 30, 2, 1), shot(30, 35, 1), shot(35, 40, 1, 2)))
    assert [(look.number, look.shots, look.camera, look.alone) for look in looks] == [
        (1, (1,), 1, True),
        (2, (0, 2), 2, True),
        (3, (3,), 2, False),
    ]
    assert looks[1].examples == (Fraction(0), Fraction(30))
    assert sum(look.share for look in looks) == 1


def test_several_people_are_one_look_only_in_the_same_places_and_each_shot_is_an_example() -> None:
    shots = [shot(at, at + 2, 1, 2) for at in range(0, 14, 2)]
    looks = group_looks(findings(*shots, shot(14, 15, 1, 4)))
    assert [look.shots for look in looks] == [(0, 1, 2, 3, 4, 5), (6,), (7,)]
    assert [len(look.examples) for look in looks] == [6, 1, 1]


def test_a_child_where_a_held_up_book_was_is_another_look() -> None:
    together, apart = (replace(shot(8, 12, 1, 2), scene=people_in(range(10, last))) for last in (29, 25))
    book = replace(shot(0, 8, 1, 2), scene=people_in(range(10, 31)))
    assert [look.shots for look in group_looks(findings(book, together))] == [(0, 1)]
    assert [look.shots for look in group_looks(findings(book, apart))] == [(0,), (1,)]


def people_in(columns: range, top: int = 12) -> Scene:
    """Scene 1, with people in some columns of the picture, from a row down."""
    free = np.ones((ROWS, COLUMNS), np.bool_)
    free[top:, columns] = False
    luma = np.frombuffer(bytes.fromhex(scene(1).luma), np.uint8).reshape(ROWS, COLUMNS).astype(np.float32)
    return Scene.of(luma, free)


def test_pages_are_one_look_and_those_with_figures_few_to_a_look() -> None:
    plain = [page(at, at + 3, at) for at in range(0, 24, 3)]
    drawn = [page(at, at + 3, at, figures=1) for at in range(24, 48, 3)]
    looks = group_looks(findings(*plain, *drawn))
    assert [len(look.shots) for look in looks] == [8, 6, 2]


def test_a_tile_tells_which_camera_is_beside_the_page() -> None:
    looks = group_looks(findings(shot(0, 20, 1, 1), beside(20, 30, 5, camera=1), beside(30, 35, 6, camera=9)))
    assert [(look.layout, look.camera) for look in looks] == [
        (Layout.CAMERA, 1),
        (Layout.PAGE_AND_CAMERA, 1),
        (Layout.PAGE_AND_CAMERA, 2),
    ]


def test_a_tile_is_of_a_camera_that_any_of_its_shots_shows_like_it() -> None:
    """What the longest one shows beside a large book is where somebody sits in the tile."""
    book = replace(shot(0, 20, 1, 1), scene=people_in(range(40, 64), top=0))
    small = beside(30, 40, 5, camera=1)
    assert small.tile is not None
    small = replace(small, tile=replace(small.tile, scene=people_in(range(36), top=0)))
    assert [look.camera for look in group_looks(findings(book, shot(20, 30, 1, 1), small))] == [1, 1]
    assert [look.camera for look in group_looks(findings(book, shot(20, 30, 7, 1), small))] == [1, 2, 3]


def test_a_tile_is_one_however_little_moves_in_it() -> None:
    assert layout_of(replace(beside(0, 9, 1, 2), movement=Movement((14,), 1))) is Layout.PAGE_AND_CAMERA


def test_a_quiet_presenter_is_before_the_presenters_camera() -> None:
    quiet, framed = shot(20, 25, 1, 1, movement=STILL), beside(25, 30, 1, camera=9)
    looks = group_looks(findings(shot(0, 20, 1, 1), quiet, framed))
    assert [(look.layout, look.camera, look.shots) for look in looks] == [(Layout.CAMERA, 1, (0, 1, 2))]


def pan(start: int, steps: int, room: int = 1, people: int = 1) -> list[Shot]:
    """A camera that turns to the right: a shot a second that was looked at twice, each with somebody in sight."""
    turned = [shot(start + step, start + step + 1, room, people, movement=ALL_MOVES) for step in range(steps)]
    return [
        replace(one, scene=shifted(room, 2 * step, people), looked_at=(one.span.start, one.span.start + Fraction(1, 2)))
        for step, one in enumerate(turned)
    ]


def moving(seen: Findings) -> list[tuple[int, ...]]:
    return [look.shots for look in group_looks(seen) if look.layout is Layout.MOVING]


def test_a_camera_that_moves_for_long_is_judged_in_parts() -> None:
    assert moving(findings(*pan(0, 20))) == [tuple(range(10)), tuple(range(10, 20))]
    assert max(
        after - before for look in group_looks(findings(*pan(0, 20))) for before, after in pairwise(look.examples)
    ) <= Fraction(5, 2)


def test_what_moves_is_no_longer_one_look_when_another_camera_comes_or_a_second_person() -> None:
    assert moving(findings(*pan(0, 4), *pan(4, 4, room=2))) == [(0, 1, 2, 3), (4, 5, 6, 7)]
    assert moving(findings(*pan(0, 4), *pan(4, 1, room=2, people=2), *pan(5, 4))) == [(0, 1, 2, 3), (5, 6, 7, 8)]
    assert moving(findings(*pan(0, 4, people=2))) == []


def test_what_moves_for_a_moment_may_be_a_flash() -> None:
    assert moving(findings(*pan(0, 1))) == []
    assert moving(findings(*(replace(one, looked_at=()) for one in pan(0, 6)))) == []
    assert moving(findings(replace(pan(0, 1)[0], span=Interval(Fraction(0), Fraction(13))))) == []


def test_blocks_that_a_box_touches() -> None:
    assert blocks_of(Box(0, 0, 1280, 720), 1280, 720) == tuple(range(BLOCKS))
    assert blocks_of(Box(0, 0, 1, 1), 1280, 720) == (0,)
    assert blocks_of(Box(79, 79, 2, 2), 1280, 720) == (0, 1, 16, 17)
    assert blocks_of(Box(1279, 719, 1, 1), 1280, 720) == (143,)


def test_no_shots_no_looks() -> None:
    assert group_looks(findings()) == ()
