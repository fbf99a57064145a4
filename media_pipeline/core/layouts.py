"""Layouts: how shots are made up, which camera each is of, and where a camera moves."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction

from media_pipeline.core.findings import BLOCKS, Shot
from media_pipeline.core.scenes import Scene, in_small, only_moved, same_camera
from media_pipeline.core.timebase import Seconds


class Layout(StrEnum):
    """How a shot is made up."""

    CAMERA = "camera"
    """One camera that stands still."""

    PAGE = "page"
    """A still picture."""

    PAGE_AND_CAMERA = "page-and-camera"
    """A still picture, and one camera's small one."""

    MOVING = "moving"
    """One camera that moves, for not too long, with one person in sight at the most: several short shots in a row."""

    OTHER = "other"
    """Several cameras, one that moves on and on, or too little to tell: never proven safe."""


_POINTER = 4
"""Blocks that may move on a still page: a pointer's. Measured on made storytimes: 2 to 5; but in one strip of participants' tiles, of
which one moved, no more than 5 did either."""

_TREMBLE = 8
"""Blocks that may change a little on it."""

_MOVING = Fraction(45, 100)
"""Share of the blocks from which the camera moves, or there are several. Measured: one person before a camera that stands still
.15 to .30, with a book or a puppet .28, two people .15 to .47; pans .20 to .70, galleries .76, fades .96 and more."""

_FEW = 3
"""Frames without which nothing is known of movement."""

_MOVES = Fraction(2), Fraction(10)
"""Seconds that a camera must move, and may: six pictures show it every two seconds then, or nearly, and somebody takes as long to
walk in (`Policy.approach`). What is shorter may be a flash."""

_SHORTEST_PAGE = Fraction(2)
"""Seconds: a picture that stands still for less may be a camera's that froze."""

_VIEWS = 6
"""Of so many of a camera's shots, the longest, one must show what a small picture does."""

_View = tuple[Scene, frozenset[int]]
"""What a camera shows, and the blocks in which something moves and may hide it: a book, a puppet. People who hide it are looked for
by detectors, and one who is seen in many looks counts however unsure they are (`people.most_people`)."""

_STILL: frozenset[int] = frozenset()


def layout_of(shot: Shot) -> Layout:
    """What of movement, texture and time a shot shows."""
    movement, tile = shot.movement, shot.tile
    if shot.frames < _FEW or not shot.looked_at:
        return Layout.OTHER
    beside = set(tile.blocks) if tile else set()
    if len(set(movement.lively) - beside) <= _POINTER and movement.restless - len(beside) <= _TREMBLE:
        if shot.span.length < _SHORTEST_PAGE:
            return Layout.OTHER
        return Layout.PAGE_AND_CAMERA if tile else Layout.PAGE
    return Layout.CAMERA if movement.restless <= _MOVING * BLOCKS else Layout.OTHER


def cameras_of(shots: Sequence[Shot], layouts: list[Layout]) -> list[int]:
    """The number of each shot's camera; 0 where there is none. What is still, and shows what a camera shows, is that camera's
    picture: its layout becomes so."""
    known: list[_View] = []
    numbers = [0] * len(shots)
    large: list[list[Scene]] = []
    for index in _longest_first(shots, layouts, Layout.CAMERA):
        numbers[index] = _number(_view(shots[index]), known)
        large += [[] for _ in range(len(known) - len(large))]
        large[numbers[index] - 1].append(shots[index].scene)
    filling = tuple(known)  # not those that are known from tiles only
    for index in _longest_first(shots, layouts, Layout.PAGE, Layout.PAGE_AND_CAMERA):
        shot = shots[index]
        if any(same_camera(shot.scene, camera) for camera, _ in filling):
            layouts[index], numbers[index] = Layout.CAMERA, _number((shot.scene, _STILL), known)
        elif layouts[index] is Layout.PAGE_AND_CAMERA and shot.tile is not None:
            small = shot.tile.scene
            numbers[index] = _in_small(small, large) or _number((small, _STILL), known)
    for index in _longest_first(shots, layouts, Layout.OTHER):
        if _is_of_several(shots[index]):
            number = _known(_view(shots[index]), filling)
            layouts[index], numbers[index] = (Layout.CAMERA if number else Layout.OTHER), number
    return numbers


def _in_small(small: Scene, large: Sequence[Sequence[Scene]]) -> int:
    """Which of the cameras, from 1, a small picture is of, or 0. One shot alone may hide what is to be compared: a book does."""
    for number, scenes in enumerate(large, start=1):
        if any(in_small(small, scene) for scene in scenes[:_VIEWS]):
            return number
    return 0


def _longest_first(shots: Sequence[Shot], layouts: Sequence[Layout], *wanted: Layout) -> list[int]:
    some = [index for index, layout in enumerate(layouts) if layout in wanted]
    return sorted(some, key=lambda index: (-shots[index].span.length, index))


def _view(shot: Shot) -> _View:
    return shot.scene, frozenset(shot.movement.lively)


def _number(view: _View, known: list[_View]) -> int:
    """Which of the known cameras, from 1, a view is of; a new one is added."""
    number = _known(view, known)
    if not number:
        known.append(view)
    return number or len(known)


def _known(view: _View, known: Sequence[_View]) -> int:
    """Which of the known cameras, from 1, a view is of, or 0."""
    scene, moving = view
    return next((n for n, (other, too) in enumerate(known, start=1) if same_camera(scene, other, moving | too)), 0)


def _is_of_several(shot: Shot) -> bool:
    """Whether a shot in which nearly everything stirs may still be one camera's: much of it only a little. It is of several people, so
    that nobody takes it for anything but staff who see a picture of it: a slow fade begins likewise."""
    return shot.most_people > 1 and shot.frames >= _FEW and len(shot.movement.lively) <= _MOVING * BLOCKS


def moves_of(shots: Sequence[Shot], layouts: list[Layout]) -> list[list[int]]:
    """Every run of shots in which one camera moves before one person at the most, long ones in parts: their layout becomes so."""
    runs: list[list[int]] = []
    for index, shot in enumerate(shots):
        if layouts[index] is not Layout.OTHER or not shot.looked_at or shot.most_people > 1:
            continue
        if runs and _goes_on(shots, runs[-1], index):
            runs[-1].append(index)
        else:
            runs.append([index])
    moves = [run for run in runs if _MOVES[0] <= length_of(shots, run) <= _MOVES[1]]
    for run in moves:
        for index in run:
            layouts[index] = Layout.MOVING
    return moves


def _goes_on(shots: Sequence[Shot], run: list[int], index: int) -> bool:
    """Whether a shot is the next one of a run that is not too long with it."""
    return (
        index == run[-1] + 1
        and length_of(shots, [*run, index]) <= _MOVES[1]
        and only_moved(shots[run[-1]].scene, shots[index].scene)
    )


def length_of(shots: Sequence[Shot], group: Sequence[int]) -> Seconds:
    """Seconds of some shots together."""
    return sum((shots[index].span.length for index in group), Fraction(0))
