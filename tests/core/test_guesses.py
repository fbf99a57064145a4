"""Guesses: what looks may be taken for before anybody has said so, and which are asked about first."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from media_pipeline.core.findings import BLOCKS, Findings, Movement
from media_pipeline.core.guesses import dominant_camera, guess, to_ask
from media_pipeline.core.layouts import Layout
from media_pipeline.core.looks import LookKind, group_looks
from media_pipeline.core.policy import Policy
from media_pipeline.core.scenes import COLUMNS, ROWS, Scene
from tests.core.test_looks import beside, page, pan
from tests.core.test_scenes import BLANK
from tests.core.values import ALL_MOVES, PERSON_MOVES, findings, scene, shot


def kinds(seen: Findings) -> dict[int, LookKind]:
    return dict(guess(group_looks(seen), Policy()))


def test_whoever_is_alone_before_somebody_walks_in_is_judged_with_that_and_not_with_all_the_film() -> None:
    seen = findings(
        shot(0, 40, 1, 1),
        shot(40, 43, 1, 1),
        shot(43, 46, 1, 2, abrupt=False),
        shot(46, 47, 1, 1, abrupt=False),
        shot(47, 60, 1, 1),
    )
    assert [look.shots for look in group_looks(seen)] == [(0, 4), (1, 3), (2,)]
    assert kinds(seen) == {1: LookKind.PRESENTER, 2: LookKind.PRESENTER}
    # the same camera's shots that come one out of the other are one look, as ever
    assert len(group_looks(findings(shot(0, 40, 1, 1), shot(40, 43, 1, 1, abrupt=False)))) == 1


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
        beside(38, 43, 8, camera=1, figures=1),
        beside(43, 48, 9, camera=1, people=2),
        beside(48, 53, 10, camera=30),
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


def test_a_still_picture_that_is_soon_over_may_be_a_strangers_camera_that_froze() -> None:
    froze = findings(shot(0, 20, 1, 1), page(20, 24, 2), beside(24, 28, 3, camera=1), page(28, 33, 4))
    assert kinds(froze) == {1: LookKind.PRESENTER, 2: LookKind.PAGE}
    assert [look.shots for look in group_looks(froze)] == [(0,), (3,), (1,), (2,)]


def test_a_card_is_never_taken_for_a_page_and_is_a_look_apart() -> None:
    card = replace(page(20, 26, 2), scene=BLANK)
    seen = findings(shot(0, 20, 1, 1), card, page(26, 31, 3, figures=1))
    assert kinds(seen) == {1: LookKind.PRESENTER, 3: LookKind.PAGE}
    assert [look.alone for look in group_looks(seen)] == [True, False, False]


def test_somebody_who_moves_on_a_page_and_is_in_no_tile_makes_it_uncertain() -> None:
    moved = replace(page(20, 25, 2, figures=1), alive=True, movement=Movement((3, 4), 2))
    assert kinds(findings(shot(0, 20, 1, 1), moved)) == {1: LookKind.PRESENTER}
    assert kinds(findings(shot(0, 20, 1, 1), replace(moved, alive=False))) == {1: LookKind.PRESENTER, 2: LookKind.PAGE}


def test_a_still_picture_that_is_full_of_people_is_never_taken_for_a_page() -> None:
    """Nothing of it is left to tell a page by: a frozen gallery looks so."""
    full = replace(page(20, 25, 2, figures=9), scene=Scene("00" * (ROWS * COLUMNS)))
    assert kinds(findings(shot(0, 20, 1, 1), full)) == {1: LookKind.PRESENTER}


def test_a_card_beside_the_presenter_is_no_page() -> None:
    card = replace(beside(20, 25, 2, camera=1), scene=BLANK)
    assert kinds(findings(shot(0, 20, 1, 1), card)) == {1: LookKind.PRESENTER}


def test_one_frozen_picture_does_not_take_the_pages_with_it() -> None:
    seen = findings(shot(0, 20, 1, 1), shot(20, 25, 2, 1), page(25, 30, 2), page(30, 36, 5))
    assert kinds(seen) == {1: LookKind.PRESENTER, 3: LookKind.PAGE}


def test_without_a_presenter_no_page_beside_a_camera_is_a_page() -> None:
    assert kinds(findings(beside(0, 9, 5, camera=1))) == {}


def test_a_camera_that_moves_is_a_look_with_pictures_all_along() -> None:
    (one,) = group_looks(findings(*pan(0, 10)))
    assert (one.layout, one.camera, one.alone, one.shots) == (Layout.MOVING, 0, True, tuple(range(10)))
    assert one.examples == tuple(Fraction(halves, 2) for halves in (0, 4, 8, 11, 15, 19))
    assert kinds(findings(*pan(0, 10))) == {}, "nobody has said who is in it"


@pytest.mark.parametrize(
    ("people", "moves", "cameras"),
    [
        (2, True, [1, 1]),  # the presenter and somebody on the book, or beside: staff see a picture of each such shot
        (2, False, [1, 2]),  # the room itself is another one
        (1, True, [1]),  # the presenter alone: the same look
        (1, False, [1, 2]),
    ],
)
def test_what_is_waved_before_a_camera_may_hide_some_of_the_room(people: int, moves: bool, cameras: list[int]) -> None:
    levels = np.frombuffer(bytes.fromhex(scene(1).luma), np.uint8).reshape(ROWS, COLUMNS).astype(np.float32)
    levels[:20, 32:] = levels[::-1, ::-1][:20, 32:]
    waved = Scene.of(levels, np.ones((ROWS, COLUMNS), np.bool_))
    book = tuple(16 * row + column for row in range(5) for column in range(8, 16))
    held = shot(9, 12, 1, people, movement=Movement(book if moves else (0,), 40))
    looks = group_looks(findings(shot(0, 9, 1, 1), replace(held, scene=waved)))
    assert [look.camera for look in looks] == cameras
    assert kinds(findings(shot(0, 9, 1, 1), replace(held, scene=waved))) == {1: LookKind.PRESENTER}


def test_a_shot_of_several_before_a_known_camera_is_that_cameras_though_all_of_it_stirs() -> None:
    stirs = Movement(PERSON_MOVES.lively, BLOCKS)
    seen = findings(
        *(shot(at, at + 5, 1, people, movement=stirs) for at, people in ((20, 3), (25, 1))), shot(30, 60, 1, 1)
    )
    assert [(look.layout, look.camera, look.shots) for look in group_looks(seen)] == [
        (Layout.CAMERA, 1, (2,)),
        (Layout.CAMERA, 1, (0,)),
        (Layout.MOVING, 0, (1,)),
    ], "one person alone may be a fade's beginning"
    assert kinds(seen) == {1: LookKind.PRESENTER}
    elsewhere = findings(shot(20, 25, 2, 3, movement=stirs), shot(30, 60, 1, 1), shot(60, 65, 1, 3, movement=ALL_MOVES))
    assert [look.layout for look in group_looks(elsewhere)] == [Layout.CAMERA, Layout.OTHER]


def test_what_an_answer_helps_most_is_asked_first() -> None:
    seen = findings(
        shot(0, 20, 1, 1),
        page(20, 27, 5),
        *pan(27, 3, room=3),
        shot(30, 40, 2, 4, movement=ALL_MOVES),
        shot(40, 45, 6, 1),
    )
    looks = group_looks(seen)
    assert [look.layout for look in looks] == [
        *(Layout.CAMERA, Layout.OTHER, Layout.PAGE, Layout.CAMERA, Layout.MOVING),
    ]
    assert [look.number for look in to_ask(looks, Policy())] == [1, 4, 5, 3, 2]
