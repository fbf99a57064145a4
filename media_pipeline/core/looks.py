"""Looks: shots that show the same in the same way, so that one judgement serves many of them.

A look is a camera, a page or a layout. It is never a person: scenes are seen without people, and two people before one
virtual background share a look. So a look that shows more than one person, or figures on a page, holds few shots, and each
of them is among its examples: nobody is waved through unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from media_pipeline.core.findings import Findings, Shot
from media_pipeline.core.layouts import Layout, cameras_of, layout_of, length_of, moves_of
from media_pipeline.core.presence import came_in
from media_pipeline.core.scenes import people_shared
from media_pipeline.core.timebase import Seconds


class LookKind(StrEnum):
    """What staff say of a look."""

    PRESENTER = "presenter"
    """The presenter, and nobody else."""

    PAGE = "page"
    """A page or a drawing, with or without the presenter."""

    PARTICIPANTS = "participants"
    """Somebody who must not be shown, in any of it."""


MOST_EXAMPLES = 6
"""Examples of a look; as many shots has a look at the most that shows several people."""

_PLAIN = 0.92
"""Share of a still picture that two shades have, from which it may be a card with a name on it. Measured on made storytimes:
cards .96 to 1, pages .54 to .90."""

_TURNED = Fraction(5)
"""Seconds: nobody turns a page so soon, but a participant's camera that froze as the meeting switched to it is a still picture for
as long. A guess: pages of made storytimes stay 10 s and more."""

_LEFT = 0.25
"""Share of a still picture that must be free of people for anything to be told by it: a frozen gallery has less."""

_SAME_PLACES = 0.8
"""Share of the places of people in either of two shots that are in both, from which they sit or stand alike. Measured on made
storytimes: parts of one take .85 and more; a book with figures and a child beside the presenter .34 to .60, others up to .70."""


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
    """Whether no more than one person is seen at once, and nobody on a page, which is no plain card either; and nobody came before
    the camera while it was looking."""

    certain: bool
    """Whether a still picture's look is of pages for all that can be told: no plain card, nothing that is over in no time, nobody
    who moves but one person in a tile."""

    shots: tuple[int, ...]
    """Which shots, by their place in `Findings.shots`."""

    share: Fraction
    """Of the film's length, 0 to 1."""

    examples: tuple[Seconds, ...]
    """Up to six moments that show it, each when the most people are seen: of its longest shots, or of all. Of a camera that moves:
    from first to last, evenly."""

    @property
    def stays_cut(self) -> bool:
        """Whether no answer can keep it: its pictures would not tell who is in it."""
        return self.layout is Layout.OTHER


_Key = tuple[Layout, int, bool, bool, int]
"""Layout, camera, alone and certain, as in `Look`; and what keeps it apart from others alike: `_BLENDED`, or the number of whoever
came, as `presence.came_in` counts them, or 0."""

_BLENDED = -1
"""What is alone comes out of other looks bit by bit, or goes over into them."""


def group_looks(findings: Findings) -> tuple[Look, ...]:
    """The looks of a film, longest first."""
    shots = findings.shots
    layouts = [layout_of(shot) for shot in shots]
    cameras = cameras_of(shots, layouts)
    came = came_in(findings, cameras)
    moving = moves_of(shots, layouts)
    kinds = [(layouts[index], cameras[index], *_judged(shot, layouts[index])) for index, shot in enumerate(shots)]
    for index, (layout, camera, alone, certain) in enumerate(kinds):
        if not (camera and (alone or certain)):
            came[index] = 0
        elif came[index]:
            kinds[index] = layout, camera, False, False
    blended = _blended(shots, kinds)
    groups: dict[_Key, list[int]] = {}
    for index in sorted(range(len(shots)), key=lambda index: (-shots[index].span.length, index)):
        if layouts[index] is not Layout.MOVING:
            groups.setdefault((*kinds[index], _BLENDED if blended[index] else came[index]), []).append(index)
    total = sum((shot.span.length for shot in shots), Fraction(0))
    found = [(key, part) for key, group in groups.items() for part in _parts(shots, key, group)]
    found += [((Layout.MOVING, 0, True, False, 0), run) for run in moving]
    found.sort(key=lambda look: (-length_of(shots, look[1]), min(look[1])))
    return tuple(_look(shots, number, key, group, total) for number, (key, group) in enumerate(found, start=1))


def _judged(shot: Shot, layout: Layout) -> tuple[bool, bool]:
    """Alone and certain, as in `Look`, but for whoever came."""
    return _alone(shot, layout), _certain(shot, layout)


def _blended(shots: Sequence[Shot], kinds: Sequence[tuple[Layout, int, bool, bool]]) -> list[bool]:
    """Which shots of somebody alone belong to a run without an abrupt cut that shows other looks too.

    Somebody who walks in is at its edge already: in a look of its own it is judged by itself, and not by what is seen of the camera
    all through the film, nor is all that for its sake.
    """
    blended = [False] * len(shots)
    starts = [index for index, shot in enumerate(shots) if shot.abrupt or index == 0]
    for first, after in pairwise([*starts, len(shots)]):
        mixed = len({kinds[index] for index in range(first, after)}) > 1
        for index in range(first, after):
            layout, _, alone, _ = kinds[index]
            blended[index] = mixed and alone and layout is Layout.CAMERA
    return blended


def _alone(shot: Shot, layout: Layout) -> bool:
    if layout is Layout.CAMERA:
        return shot.most_people <= 1
    return not _figures(shot) and _tile_people(shot) <= 1 and _is_rich(shot)


def _certain(shot: Shot, layout: Layout) -> bool:
    if layout not in (Layout.PAGE, Layout.PAGE_AND_CAMERA):
        return False
    # somebody who moves and is in no tile that was found may be a participant in a small one
    stranger = layout is Layout.PAGE and shot.alive
    return shot.span.length >= _TURNED and _is_rich(shot) and _tile_people(shot) <= 1 and not stranger


def _figures(shot: Shot) -> int:
    """People, most likely drawn, on a page."""
    return shot.most_people if shot.tile is None else shot.tile.most_beside


def _is_rich(shot: Shot) -> bool:
    return shot.scene.free >= _LEFT and shot.scene.plain < _PLAIN


def _tile_people(shot: Shot) -> int:
    return 0 if shot.tile is None else shot.tile.most_people


def _parts(shots: Sequence[Shot], key: _Key, group: list[int]) -> Iterator[list[int]]:
    """Looks of few shots where more than one person is to be judged; before a camera, of people in the same places."""
    layout, _, alone, _, apart = key
    if alone or (apart and layout is Layout.CAMERA) or layout is Layout.OTHER:
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
    layout, camera, alone, certain, _ = key
    return Look(
        number=number,
        layout=layout,
        camera=camera,
        alone=alone,
        certain=certain,
        shots=tuple(sorted(group)),
        share=length_of(shots, group) / total,
        examples=_evenly(shots, group) if layout is Layout.MOVING else _crowded(shots, group),
    )


def _crowded(shots: Sequence[Shot], group: list[int]) -> tuple[Seconds, ...]:
    return tuple(sorted(shots[index].crowded for index in group[:MOST_EXAMPLES]))


def _evenly(shots: Sequence[Shot], run: list[int]) -> tuple[Seconds, ...]:
    """Of all moments that were looked at the first, the last and those nearest to even steps between them."""
    seen = [moment for index in run for moment in shots[index].looked_at]
    step = (seen[-1] - seen[0]) / (MOST_EXAMPLES - 1)
    wanted = [seen[0] + step * number for number in range(MOST_EXAMPLES)]
    return tuple(sorted({min(seen, key=lambda moment: (abs(moment - want), moment)) for want in wanted}))
