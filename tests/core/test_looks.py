"""Looks: what shots show, how they are grouped, and what they are taken for before anybody has said so."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from media_pipeline.core.findings import BLOCKS, STILL, Findings, Movement, Shot, Tile, blocks_of
from media_pipeline.core.looks import Layout, LookKind, dominant_camera, group_looks, guess, layout_of
from media_pipeline.core.media import Box
from media_pipeline.core.policy import Policy
from media_pipeline.core.scenes import COLUMNS, ROWS, Scene
from tests.core.test_scenes import BLANK
from tests.core.values import PERSON_MOVES, findings, scene, shot

EVERYWHERE = Movement(tuple(range(BLOCKS)), BLOCKS)
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


def kinds(seen: Findings) -> dict[int, LookKind]:
    return dict(guess(group_looks(seen), Policy()))


@pytest.mark.parametrize(
    ("one", "layout"),
    [
        (shot(0, 9, 1, 1), Layout.CAMERA),
        (page(0, 9, 1), Layout.PAGE),
        (beside(0, 9, 1, 2), Layout.PAGE_AND_CAMERA),
        (shot(0, 9, 1, movement=EVERYWHERE), Layout.OTHER),
        (replace(beside(0, 9, 1, 2), movement=EVERYWHERE), Layout.OTHER),
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


def test_the_camera_with_most_of_the_film_is_taken_for_the_presenters() -> None:
    seen = findings(shot(0, 40, 1, 1), shot(40, 60, 2, 1))
    assert kinds(seen) == {1: LookKind.PRESENTER}
    assert dominant_camera(group_looks(seen), Policy()) == 1


def test_two_cameras_that_could_be_the_presenters_are_neither() -> None:
    assert kinds(findings(shot(0, 32, 1, 1), shot(32, 60, 2, 1))) == {}


def test_no_camera_dominates_a_film_of_many() -> None:
    assert kinds(findings(*(shot(at, at + 10, at, 1) for at in range(0, 60, 10)))) == {}
    assert kinds(findings(shot(0, 60, 1, 2))) == {}


def test_pages_are_taken_for_pages_and_beside_the_presenter_only_with_the_presenter() -> None:
    seen = findings(
        shot(0, 20, 1, 1),
        page(20, 27, 5),
        page(27, 33, 6, figures=2),
        beside(33, 38, 7, camera=1),
        beside(38, 42, 8, camera=1, figures=1),
        beside(42, 45, 9, camera=1, people=2),
        beside(45, 47, 10, camera=30),
    )
    assert kinds(seen) == {
        1: LookKind.PRESENTER,
        2: LookKind.PAGE,
        3: LookKind.PAGE,
        4: LookKind.PAGE,
        5: LookKind.PAGE,
    }


def test_a_cameras_picture_that_froze_is_no_page() -> None:
    assert kinds(findings(shot(0, 20, 1, 1), shot(20, 25, 2, 1), page(25, 30, 2))) == {1: LookKind.PRESENTER}


def test_a_card_is_never_taken_for_a_page_and_is_a_look_apart() -> None:
    card = replace(page(20, 25, 2), scene=BLANK)
    seen = findings(shot(0, 20, 1, 1), card, page(25, 28, 3, figures=1))
    assert kinds(seen) == {1: LookKind.PRESENTER, 3: LookKind.PAGE}
    assert [look.alone for look in group_looks(seen)] == [True, False, False]


def test_somebody_who_moves_on_a_page_and_is_in_no_tile_makes_it_uncertain() -> None:
    moved = replace(page(20, 25, 2, figures=1), alive=True, movement=Movement((3, 4), 2))
    assert kinds(findings(shot(0, 20, 1, 1), moved)) == {1: LookKind.PRESENTER}
    assert kinds(findings(shot(0, 20, 1, 1), replace(moved, alive=False))) == {1: LookKind.PRESENTER, 2: LookKind.PAGE}


def test_a_tile_is_one_however_little_moves_in_it() -> None:
    assert layout_of(replace(beside(0, 9, 1, 2), movement=Movement((14,), 1))) is Layout.PAGE_AND_CAMERA


def test_a_still_picture_that_is_full_of_people_is_never_taken_for_a_page() -> None:
    """Nothing of it is left to tell a page by: a frozen gallery looks so."""
    full = replace(page(20, 25, 2, figures=9), scene=Scene("00" * (ROWS * COLUMNS)))
    assert kinds(findings(shot(0, 20, 1, 1), full)) == {1: LookKind.PRESENTER}


def test_a_card_beside_the_presenter_is_no_page() -> None:
    card = replace(beside(20, 25, 2, camera=1), scene=BLANK)
    assert kinds(findings(shot(0, 20, 1, 1), card)) == {1: LookKind.PRESENTER}


def test_a_quiet_presenter_is_before_the_presenters_camera() -> None:
    quiet, framed = shot(20, 25, 1, 1, movement=STILL), beside(25, 30, 1, camera=9)
    looks = group_looks(findings(shot(0, 20, 1, 1), quiet, framed))
    assert [(look.layout, look.camera, look.shots) for look in looks] == [(Layout.CAMERA, 1, (0, 1, 2))]


def test_one_frozen_picture_does_not_take_the_pages_with_it() -> None:
    seen = findings(shot(0, 20, 1, 1), shot(20, 25, 2, 1), page(25, 30, 2), page(30, 36, 5))
    assert kinds(seen) == {1: LookKind.PRESENTER, 3: LookKind.PAGE}


def test_without_a_presenter_no_page_beside_a_camera_is_a_page() -> None:
    assert kinds(findings(beside(0, 9, 5, camera=1))) == {}


def test_blocks_that_a_box_touches() -> None:
    assert blocks_of(Box(0, 0, 1280, 720), 1280, 720) == tuple(range(BLOCKS))
    assert blocks_of(Box(0, 0, 1, 1), 1280, 720) == (0,)
    assert blocks_of(Box(79, 79, 2, 2), 1280, 720) == (0, 1, 16, 17)
    assert blocks_of(Box(1279, 719, 1, 1), 1280, 720) == (143,)


def test_no_shots_no_looks() -> None:
    assert group_looks(findings()) == ()
