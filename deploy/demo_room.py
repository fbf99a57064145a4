"""The demo's storyteller: a lamp-lit room at night, a moon that wanders past the window, and a book whose pages turn.

There is nobody in it, and nothing in it looks like a face to the detector.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from math import cos, pi, sin

import numpy as np
import numpy.typing as npt

from deploy.demo_book import BOOK, EVERY, PAGE_WIDTH, SPINE, TURN, TURN_STEPS, lay, page
from deploy.demo_drawing import (
    Sheet,
    ellipse,
    glow,
    less,
    paint,
    polygon,
    shade,
    slab,
    stroke,
)

WIDTH, HEIGHT = 1280, 720

Pixels = npt.NDArray[np.uint8]

WINDOW = (116, 76, 384, 348)
"""The pane: left, top, right, bottom."""

CUP = (150, 400, 230, 480)
"""The part in which steam rises."""


def pixels(sheet: Sheet) -> Pixels:
    """A sheet rounded to bytes."""
    return np.clip(sheet + 0.5, 0, 255).astype(np.uint8)


def _wall_and_floor(sheet: Sheet) -> None:
    paint(sheet, slab(0, 0, WIDTH, 540), (176, 116, 92), (190, 132, 104))
    for row in range(12):
        for column in range(28):
            x, y = 24 + 48 * column + 24 * (row % 2), 22 + 44 * row
            paint(sheet, ellipse(x, y, 3, 5), (208, 152, 120), opacity=0.55)
    paint(sheet, slab(0, 512, WIDTH, 540), (122, 76, 54), (98, 60, 44))
    paint(sheet, slab(0, 538, WIDTH, HEIGHT), (150, 98, 64), (112, 70, 46))
    for line in range(560, HEIGHT, 34):
        paint(sheet, slab(0, line, WIDTH, line + 2), (92, 56, 38), opacity=0.5)
    paint(sheet, ellipse(610, 676, 560, 92), (72, 96, 100), (58, 80, 88))
    paint(sheet, less(ellipse(610, 676, 520, 78), ellipse(610, 676, 508, 73)), (214, 190, 150))
    paint(sheet, less(ellipse(610, 676, 492, 69), ellipse(610, 676, 486, 67)), (214, 190, 150), opacity=0.7)


def _shelf(sheet: Sheet) -> None:
    spines = (
        (182, 74, 60), (222, 170, 84), (84, 112, 116), (232, 214, 180), (118, 82, 110), (96, 128, 92), (206, 118, 74),
        (70, 84, 118), (236, 196, 120), (150, 62, 62), (120, 142, 140), (198, 148, 104), (88, 70, 92), (214, 98, 78),
    )  # fmt: skip
    for shelf, (left, top) in enumerate(((512, 118), (512, 236))):
        paint(sheet, slab(left - 16, top + 80, left + 276, top + 94, 3), (112, 70, 46), (86, 52, 36))
        paint(sheet, slab(left - 10, top + 94, left + 270, top + 106), (60, 34, 26), opacity=0.35, soft=10)
        x = left + 6.0
        for place in range(9 - 2 * shelf):
            spine = spines[(place * 5 + shelf * 3) % len(spines)]
            thick, tall = 18 + (place * 7 + shelf * 5) % 13, 56 + (place * 11 + shelf * 4) % 22
            paint(sheet, slab(x, top + 80 - tall, x + thick, top + 80, 2), spine)
            paint(sheet, slab(x, top + 92 - tall, x + thick, top + 96 - tall), (250, 230, 190), opacity=0.5)
            x += thick + 1.5
    for lean, (dx, dy) in enumerate(((-26, -34), (-12, -52), (4, -58), (20, -46), (30, -28))):
        paint(sheet, stroke(758, 186, 758 + dx, 186 + dy, 9 - lean % 2), (84, 124, 84), (104, 146, 92))
    paint(sheet, polygon((738, 168), (778, 168), (772, 198), (744, 198)), (196, 110, 76), (160, 84, 60))
    paint(sheet, ellipse(730, 292, 24, 24), (214, 176, 110), (170, 124, 72))
    paint(sheet, slab(724, 306, 736, 316), (150, 104, 62))
    for turn in range(3):
        reach = 24 * cos(turn * pi / 3 + 0.4)
        arc = less(ellipse(730, 292, abs(reach) + 0.8, 24), ellipse(730, 292, max(abs(reach) - 0.8, 0.4), 23))
        paint(sheet, arc, (120, 82, 52), opacity=0.5)


def _curtains(sheet: Sheet) -> None:
    left, top, right, bottom = WINDOW
    frame = less(slab(left - 16, top - 16, right + 16, bottom + 16, 5), slab(left, top, right, bottom))
    paint(sheet, frame, (236, 214, 182), (206, 176, 142))
    paint(sheet, slab(left - 30, bottom + 12, right + 30, bottom + 28, 4), (236, 214, 182), (190, 156, 122))
    for side, edge in ((1, left - 92), (-1, right + 92)):
        for fold in range(5):
            x = edge + side * fold * 17
            hem = bottom + 70 - 5 * fold
            red = (172.0, 74.0, 66.0) if fold % 2 == 0 else (154.0, 63.0, 57.0)
            near, far = sorted((x, x + side * 22))
            paint(sheet, slab(near, top - 34, far, hem, 9), red, shade(red, 0.75))
    paint(sheet, stroke(left - 100, top - 38, right + 100, top - 38, 9), (92, 58, 40))
    for knob in (left - 102, right + 102):
        paint(sheet, ellipse(knob, top - 38, 10, 10), (214, 170, 98), (160, 112, 60))


def _chair(sheet: Sheet) -> None:
    green, deep = (126, 142, 104), (88, 104, 78)
    for leg in (962, 1192):
        paint(sheet, polygon((leg, 590), (leg + 22, 590), (leg + 16, 640), (leg + 6, 640)), (86, 52, 36))
    paint(sheet, ellipse(1086, 642, 170, 16), (40, 24, 18), opacity=0.35, soft=14)
    paint(sheet, slab(946, 262, 1228, 560, 72), green, deep)
    paint(sheet, slab(970, 286, 1204, 520, 54), (138, 154, 114), (100, 116, 86))
    for row, column in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)):
        paint(sheet, ellipse(1024 + 63 * column, 352 + 62 * row, 5, 5), (84, 98, 72))
    paint(sheet, slab(950, 486, 1224, 566, 26), (148, 162, 120), (112, 128, 94))
    for left, right in ((908, 978), (1196, 1266)):
        paint(sheet, slab(left, 420, right, 604, 32), (134, 150, 110), (84, 100, 74))
    paint(sheet, slab(950, 560, 1224, 604, 14), (104, 120, 88), (80, 94, 70))
    paint(sheet, polygon((1112, 412), (1182, 398), (1194, 478), (1122, 490), corner=10), (216, 150, 84), (190, 116, 66))
    for fringe in range(9):
        x = 1203 + 6.4 * fringe
        paint(sheet, stroke(x, 556, x, 578, 2.5), (232, 216, 188))
    paint(sheet, slab(1200, 414, 1262, 560, 12), (226, 204, 170), (196, 168, 134))
    for stripe in (440, 470, 500, 530):
        paint(sheet, slab(1200, stripe, 1262, stripe + 9), (176, 92, 76), opacity=0.8)


def _lamp(sheet: Sheet) -> None:
    paint(sheet, ellipse(868, 604, 50, 11), (70, 44, 32))
    paint(sheet, slab(863, 206, 873, 602, 4), (112, 78, 48), (82, 54, 36))
    paint(sheet, stroke(892, 236, 892, 286, 2), (200, 160, 100))
    paint(sheet, ellipse(892, 291, 4, 5), (226, 184, 112))


def _table(sheet: Sheet) -> None:
    """The side table with its cup, and the low table the book lies on."""
    paint(sheet, slab(190, 522, 202, 640), (92, 58, 40))
    paint(sheet, ellipse(196, 642, 48, 9), (70, 44, 32))
    paint(sheet, ellipse(196, 518, 92, 15), (146, 94, 62), (110, 68, 46))
    handle = less(ellipse(222, 494, 15, 14), ellipse(222, 494, 9, 8))
    paint(sheet, handle, (232, 222, 204))
    paint(sheet, polygon((166, 474), (216, 474), (210, 508), (172, 508), corner=5), (240, 230, 212), (206, 190, 168))
    paint(sheet, ellipse(191, 472, 28, 6), (222, 210, 190))
    paint(sheet, ellipse(191, 472, 23, 4), (122, 74, 48))
    paint(sheet, ellipse(600, 690, 330, 20), (30, 18, 14), opacity=0.4, soft=20)
    for leg in (330, 852):
        paint(sheet, slab(leg, 640, leg + 20, 704, 4), (84, 52, 36), (66, 40, 30))
    paint(sheet, slab(284, 618, 916, 648, 10), (158, 102, 66), (112, 70, 46))


@cache
def _sky() -> Sheet:
    left, top, right, bottom = WINDOW
    sheet = np.zeros((bottom - top, right - left, 3), np.float32)
    paint(sheet, slab(0, 0, right - left, bottom - top), (26, 34, 74), (86, 88, 128))
    for star in range(34):
        x, y = (star * 97 + 31) % (right - left), (star * 61 + 17) % 210
        paint(sheet, ellipse(x, y, 0.9 + 0.6 * (star % 3), 0.9 + 0.6 * (star % 3)), (255, 246, 220), opacity=0.8)
    return sheet


@lru_cache(maxsize=1)  # the moon is slow: several frames have the same view
def window(share: float) -> Pixels:
    """The view out of the window when `share` (0 to 1) of the film is over: the moon rises, crosses and sinks."""
    left, top, right, bottom = WINDOW
    wide, high = right - left, bottom - top
    x, y = wide * (0.12 + 0.76 * share), 118 - 60 * sin(pi * share)
    sheet = _sky().copy()
    glow(sheet, x, y, 92, (120, 110, 84), 0.8)
    # a crescent: a full moon with its shadows passed for a face
    paint(sheet, ellipse(x, y, 31, 31), (255, 246, 216), opacity=0.13, soft=1.5)
    paint(
        sheet, less(ellipse(x, y, 31, 31), ellipse(x - 15, y - 7, 27, 27)), (255, 246, 216), (246, 226, 176), soft=1.5
    )
    paint(sheet, ellipse(60, high + 24, 150, 92), (44, 54, 84), (34, 42, 66))
    paint(sheet, ellipse(230, high + 34, 150, 88), (36, 46, 72), (28, 36, 58))
    paint(sheet, slab(wide / 2 - 4, 0, wide / 2 + 4, high), (226, 202, 168))
    paint(sheet, slab(0, high * 0.46 - 4, wide, high * 0.46 + 4), (226, 202, 168))
    return pixels(sheet)


@cache
def _room() -> Sheet:
    """The room by lamplight, without what moves."""
    sheet = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    _wall_and_floor(sheet)
    _shelf(sheet)
    _curtains(sheet)
    _lamp(sheet)
    _chair(sheet)
    _table(sheet)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    from_lamp = np.exp(-((x - 868) ** 2 + ((y - 190) * 1.15) ** 2) / 430**2)
    on_book = np.exp(-((x - 600) ** 2 + ((y - 540) * 1.4) ** 2) / 380**2)
    light = 0.42 + 0.62 * from_lamp + 0.34 * on_book
    sheet *= light[..., None] * np.array((1.04, 0.97, 0.9), np.float32)
    glow(sheet, 868, 160, 210, (92, 62, 26), 0.9)
    hood = polygon((832, 110), (904, 110), (942, 222), (794, 222), corner=4)
    paint(sheet, hood, (255, 222, 158), (255, 236, 188))
    paint(sheet, polygon((834, 108), (902, 108), (904, 114), (832, 114), corner=2), (222, 168, 104))
    paint(sheet, polygon((794, 218), (942, 218), (943, 225), (793, 225), corner=2), (232, 182, 116))
    return sheet


@cache
def _open_book(left_page: int, right_page: int) -> Sheet:
    """The picture's part `BOOK` with the book lying open at two pages."""
    left, top, right, bottom = BOOK
    whole = _room().copy()
    paint(whole, slab(SPINE - 276, 440, SPINE + 276, 622, 8), (128, 52, 46), (96, 36, 36))
    for leaf in range(4):
        edge = slab(SPINE - 268 + leaf, 436, SPINE + 268 - leaf, 618 - leaf, 4)
        paint(whole, edge, (222, 206, 176) if leaf % 2 else (238, 224, 196))
    sheet = whole[top:bottom, left:right]
    lay(sheet, page(left_page), -1, PAGE_WIDTH, 0, 0.98)
    lay(sheet, page(right_page), 1, PAGE_WIDTH, 0, 1.0)
    return sheet


@cache
def book(spread: int, step: int) -> Pixels:
    """The picture's part `BOOK` with the book open at a spread; `step` of `TURN_STEPS` through turning to the next."""
    if step == 0:
        return pixels(_open_book(2 * spread, 2 * spread + 1))
    sheet = _open_book(2 * spread, (2 * spread + 3) % 8).copy()
    share = step / TURN_STEPS
    angle = pi * (share - 0.05 * sin(2 * pi * share))
    reach, lift, light = PAGE_WIDTH * cos(angle), 64 * sin(angle), 1.0 - 0.12 * sin(angle)
    if reach >= 0:
        lay(sheet, page(2 * spread + 1), 1, reach, lift, light)
    else:
        lay(sheet, page((2 * spread + 2) % 8), -1, -reach, lift, light)
    return pixels(sheet)


@dataclass(frozen=True, slots=True)
class Mote:
    """A grain of dust in the lamplight."""

    x: float
    y: float
    pace: float
    phase: float


MOTES = tuple(Mote(720 + 37 * n % 300, 250 + 53 * n % 210, 0.5 + 0.07 * n, 1.7 * n) for n in range(14))


def _steam(frame: Pixels, moment: float) -> None:
    left, top, right, bottom = CUP
    sheet = _room()[top:bottom, left:right].copy()
    for puff in range(5):
        age = (moment * 0.35 + puff / 5) % 1
        x = 41 + 7 * sin(2 * pi * (age + 0.3 * puff)) - 2
        light = 0.22 * sin(pi * age)
        paint(sheet, ellipse(x, 70 - 62 * age, 6 + 6 * age, 9 + 5 * age), (240, 226, 208), opacity=light, soft=14)
    frame[top:bottom, left:right] = pixels(sheet)


def room(moment: float, share: float) -> Pixels:
    """The storyteller's picture at `moment` (s from the film's start), when `share` of the film is over."""
    frame = _background().copy()
    left, top, right, bottom = WINDOW
    frame[top:bottom, left:right] = window(round(share * 300) / 300)
    turns, since = divmod(moment, EVERY)
    turning = since - (EVERY - TURN)
    step = max(0, min(TURN_STEPS - 1, round(turning / TURN * TURN_STEPS)))
    left, top, right, bottom = BOOK
    frame[top:bottom, left:right] = book(int(turns) % 4, step)
    _steam(frame, moment)
    for mote in MOTES:
        x = mote.x + 18 * sin(mote.pace * moment + mote.phase)
        y = mote.y + 14 * sin(0.7 * mote.pace * moment + 2 * mote.phase)
        spot = frame[int(y) - 4 : int(y) + 5, int(x) - 4 : int(x) + 5]
        patch = spot.astype(np.float32)
        glow(patch, 4 + x % 1, 4 + y % 1, 1.7, (255, 226, 170), 0.22 + 0.12 * sin(moment + mote.phase))
        spot[:] = patch.astype(np.uint8)
    return frame


@cache
def _background() -> Pixels:
    return pixels(_room())
