"""Looks: shots that show the same in the same way, so that one judgement serves many of them.

A look is a camera, a page or a layout. It is never a person: scenes are seen without people, and two people before one
virtual background share a look. So a look that shows more than one person, or figures on a page, holds few shots, and each
of them is among its examples: nobody is waved through unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from media_pipeline.core.findings import BLOCKS, Findings, Shot
from media_pipeline.core.policy import Policy
from media_pipeline.core.scenes import Scene, in_small, people_shared, same_camera
from media_pipeline.core.timebase import Seconds


class LookKind(StrEnum):
    """What staff say of a look."""

    PRESENTER = "presenter"
    """The presenter, and nobody else."""

    PAGE = "page"
    """A page or a drawing, with or without the presenter."""

    PARTICIPANTS = "participants"
    """Somebody who must not be shown, in any of it."""


class Layout(StrEnum):
    """How a shot is made up."""

    CAMERA = "camera"
    """One camera that stands still."""

    PAGE = "page"
    """A still picture."""

    PAGE_AND_CAMERA = "page-and-camera"
    """A still picture, and one camera's small one."""

    OTHER = "other"
    """Several cameras, one that moves, or too little to tell: never proven safe."""


MOST_EXAMPLES = 6
"""Examples of a look; as many shots has a look at the most that shows several people."""

_POINTER = 4
"""Blocks that may move on a still page: a pointer's."""

_TREMBLE = 8
"""Blocks that may change a little on it."""

_MOVING = Fraction(45, 100)
"""Share of the blocks from which the camera moves, or there are several. Measured: one person before a camera that stands still
.15 to .30, with a book or a puppet .28, two people .15 to .47; pans .20 to .70, galleries .76, fades .96 and more."""

_PLAIN = 0.92
"""Share of a still picture that two shades have, from which it may be a card with a name on it. Measured on made storytimes:
cards .96 to 1, pages .54 to .90."""

_LEFT = 0.25
"""Share of a still picture that must be free of people for anything to be told by it: a frozen gallery has less."""

_SAME_PLACES = 0.6
"""Share of the places of people in either of two shots that are in both, from which they sit or stand alike."""

_FEW = 3
"""Frames without which nothing is known of movement."""

_SHORTEST_PAGE = Fraction(2)
"""Seconds: a picture that stands still for less may be a camera's that froze."""


@dataclass(frozen=True, slots=True)
class Look:
    """Shots that show the same in the same way."""

    number: int
    """1, 2, 3 … by share of time, the longest first."""

    layout: Layout
    """How they are made up."""

    camera: int
    """Which camera, from 1; 0 for none. Of a page with a tile, the tile's."""

    alone: bool
    """Whether no more than one person is seen at once, and nobody on a page, which is no plain card either."""

    certain: bool
    """Whether a still picture's look is of pages for all that can be told: no plain card, nobody who moves but one person in a
    tile."""

    shots: tuple[int, ...]
    """Which shots, by their place in `Findings.shots`."""

    share: Fraction
    """Of the film's length, 0 to 1."""

    examples: tuple[Seconds, ...]
    """Up to six moments that show it, each when the most people are seen: of its longest shots, or of all."""


_Key = tuple[Layout, int, bool, bool]
"""Layout, camera, alone and certain, as in `Look`."""


def group_looks(findings: Findings) -> tuple[Look, ...]:
    """The looks of a film, longest first."""
    shots = findings.shots
    layouts = [layout_of(shot) for shot in shots]
    cameras = _cameras(shots, layouts)
    groups: dict[_Key, list[int]] = {}
    for index in sorted(range(len(shots)), key=lambda index: (-shots[index].span.length, index)):
        shot, layout = shots[index], layouts[index]
        key = layout, cameras[index], _alone(shot, layout), _certain(shot, layout)
        groups.setdefault(key, []).append(index)
    total = sum((shot.span.length for shot in shots), Fraction(0))
    found = [(key, part) for key, group in groups.items() for part in _parts(shots, key, group)]
    found.sort(key=lambda look: (-_length(shots, look[1]), min(look[1])))
    return tuple(_look(shots, number, key, group, total) for number, (key, group) in enumerate(found, start=1))


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


def guess(looks: Sequence[Look], policy: Policy) -> Mapping[int, LookKind]:
    """What looks may be taken for before anybody has answered, by their numbers.

    The camera that has most of the film is the presenter's, where no other one could be; pages are pages where that is certain.
    """
    presenter = dominant_camera(looks, policy)
    kinds: dict[int, LookKind] = {}
    for look in looks:
        if look.layout is Layout.CAMERA and look.camera == presenter and look.alone:
            kinds[look.number] = LookKind.PRESENTER
        elif (look.layout is Layout.PAGE_AND_CAMERA and look.camera == presenter and presenter and look.certain) or (
            look.layout is Layout.PAGE and look.certain
        ):
            kinds[look.number] = LookKind.PAGE
    return kinds


def dominant_camera(looks: Sequence[Look], policy: Policy) -> int:
    """The number of the one camera that may be the presenter's, or 0 when none or several could be."""
    able = {look.camera for look in looks if look.layout is Layout.CAMERA and look.alone and look.camera}
    shares = sorted(((sum(look.share for look in looks if look.camera == c), -c) for c in able), reverse=True)
    if not shares or shares[0][0] < policy.dominant_share:
        return 0
    if len(shares) > 1 and shares[0][0] < policy.dominant_lead * shares[1][0]:
        return 0
    return -shares[0][1]


def _cameras(shots: Sequence[Shot], layouts: list[Layout]) -> list[int]:
    """The number of each shot's camera; 0 where there is none. What is still, and shows what a camera shows, is that camera's
    picture: its layout becomes so."""
    known: list[Scene] = []
    numbers = [0] * len(shots)
    for index in _longest_first(shots, layouts, Layout.CAMERA):
        numbers[index] = _number(shots[index].scene, known)
    filling = tuple(known)
    for index in _longest_first(shots, layouts, Layout.PAGE, Layout.PAGE_AND_CAMERA):
        shot = shots[index]
        if any(same_camera(shot.scene, camera) for camera in filling):
            layouts[index], numbers[index] = Layout.CAMERA, _number(shot.scene, known)
        elif layouts[index] is Layout.PAGE_AND_CAMERA and shot.tile is not None:
            small = shot.tile.scene
            large = next((n for n, camera in enumerate(filling, start=1) if in_small(small, camera)), 0)
            numbers[index] = large or _number(small, known)
    return numbers


def _longest_first(shots: Sequence[Shot], layouts: Sequence[Layout], *wanted: Layout) -> list[int]:
    some = [index for index, layout in enumerate(layouts) if layout in wanted]
    return sorted(some, key=lambda index: (-shots[index].span.length, index))


def _number(scene: Scene, known: list[Scene]) -> int:
    """Which of the known cameras, from 1, a scene is of; a new one is added."""
    number = next((n for n, other in enumerate(known, start=1) if same_camera(scene, other)), 0)
    if not number:
        known.append(scene)
    return number or len(known)


def _alone(shot: Shot, layout: Layout) -> bool:
    if layout is Layout.CAMERA:
        return shot.most_people <= 1
    return not _figures(shot) and _tile_people(shot) <= 1 and _is_rich(shot)


def _certain(shot: Shot, layout: Layout) -> bool:
    if layout not in (Layout.PAGE, Layout.PAGE_AND_CAMERA):
        return False
    # somebody who moves and is in no tile that was found may be a participant in a small one
    stranger = layout is Layout.PAGE and shot.alive
    return _is_rich(shot) and _tile_people(shot) <= 1 and not stranger


def _figures(shot: Shot) -> int:
    """People, most likely drawn, on a page."""
    return shot.most_people if shot.tile is None else shot.tile.most_beside


def _is_rich(shot: Shot) -> bool:
    return shot.scene.free >= _LEFT and shot.scene.plain < _PLAIN


def _tile_people(shot: Shot) -> int:
    return 0 if shot.tile is None else shot.tile.most_people


def _parts(shots: Sequence[Shot], key: _Key, group: list[int]) -> Iterator[list[int]]:
    """Looks of few shots where more than one person is to be judged; before a camera, of people in the same places."""
    layout, _, alone, _ = key
    if alone or layout is Layout.OTHER:
        yield group
        return
    parts: list[list[int]] = []
    for index in group:
        for part in parts:
            if len(part) < MOST_EXAMPLES and _placed_alike(shots[part[0]], shots[index], layout):
                part.append(index)
                break
        else:
            parts.append([index])
    yield from parts


def _placed_alike(one: Shot, other: Shot, layout: Layout) -> bool:
    if layout is Layout.CAMERA:
        return people_shared(one.scene, other.scene) >= _SAME_PLACES
    kinds = [(_is_rich(shot), _figures(shot) > 0, _tile_people(shot) > 1) for shot in (one, other)]
    return kinds[0] == kinds[1]


def _look(shots: Sequence[Shot], number: int, key: _Key, group: list[int], total: Fraction) -> Look:
    layout, camera, alone, certain = key
    return Look(
        number=number,
        layout=layout,
        camera=camera,
        alone=alone,
        certain=certain,
        shots=tuple(sorted(group)),
        share=_length(shots, group) / total,
        examples=tuple(sorted(shots[index].crowded for index in group[:MOST_EXAMPLES])),
    )


def _length(shots: Sequence[Shot], group: Sequence[int]) -> Fraction:
    return sum((shots[index].span.length for index in group), Fraction(0))
