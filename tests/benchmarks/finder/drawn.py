"""A stock that is drawn: it tests the bench and proves nothing about a finder.

All that belongs to participants is of a magenta that nothing else has, so that a film can be held against its truth.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from deploy.demo_drawing import PEOPLE, Person, Sheet, ellipse, face, paint, shade, slab
from tests.benchmarks.finder.imaging import Pixels
from tests.benchmarks.finder.script import Side
from tests.benchmarks.finder.stock import Cutout, Head, Pose, Stock

MAGENTA = (255.0, 0.0, 255.0)


@cache
def drawn(side: Side) -> Stock:
    """That side's drawings: other people, other pages."""
    people = PEOPLE[:5] if side is Side.DESIGN else PEOPLE[5:]
    guests = [Person(p.name, p.skin, p.hair, MAGENTA, MAGENTA, p.long_hair) for p in people]
    lots = np.random.default_rng(len(people))
    return Stock(
        name="drawn",
        evidence=False,
        presenters=[_bust(person) for person in people[:2]],
        children=[_bust(person) for person in guests[2:]],
        backs=[_back()],
        heads=[_head(guest, pose) for guest in guests[1:] for pose in Pose],
        pages=[_page(lots) for _ in range(6)],
        rooms=[],
    )


def _cut(draw: Callable[[Sheet], None], rows: int, columns: int) -> Pixels:
    """What `draw` paints, and how it covers: told by painting it on black and on white."""
    black, white = np.zeros((rows, columns, 3), np.float32), np.full((rows, columns, 3), 255, np.float32)
    draw(black)
    draw(white)
    cover = np.clip(255 - (white - black).mean(axis=2, keepdims=True), 0, 255)
    return np.concatenate((np.clip(255 * black / np.maximum(cover, 1), 0, 255), cover), axis=2)


def _bust(who: Person) -> Cutout:
    picture = _cut(lambda sheet: face(sheet, who, 160, 105, 90, blink=False, talk=0.4), 420, 320)
    return Cutout(picture, 0.45)


def _back() -> Cutout:
    def draw(sheet: Sheet) -> None:
        paint(sheet, slab(20, 210, 280, 420, 60), MAGENTA)
        paint(sheet, ellipse(150, 120, 100, 115), MAGENTA, shade(MAGENTA, 0.9))

    return Cutout(_cut(draw, 400, 300), 0.55)


def _head(who: Person, pose: Pose) -> Head:
    sheet = np.zeros((360, 480, 3), np.float32)
    paint(sheet, slab(0, 0, 480, 360), MAGENTA)
    face(sheet, who, 240, 160, 80, blink=False, talk=0.2)
    if pose is Pose.COVERED:
        paint(sheet, ellipse(240, 170, 50, 70), shade(who.skin, 0.9))
    return Head(sheet, (165, 70, 315, 250), pose)


def _page(lots: np.random.Generator) -> Pixels:
    sheet = np.full((540, 720, 3), 245, np.float32)
    for _ in range(12):
        x, y, across, down = lots.uniform(80, 640), lots.uniform(80, 460), lots.uniform(20, 90), lots.uniform(20, 90)
        colour = (float(lots.uniform(30, 120)), float(lots.uniform(120, 220)), float(lots.uniform(30, 120)))
        paint(sheet, ellipse(x, y, across, down), colour, shade(colour, 0.7))
    return sheet
