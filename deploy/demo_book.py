"""The demo's picture book: its pages, and how a page lies or turns."""

from __future__ import annotations

from functools import cache
from math import pi

import numpy as np

from deploy.demo_drawing import Colour, Shape, Sheet, ellipse, paint, polygon, slab, within

BOOK = (320, 350, 880, 624)
"""The part of the picture in which pages move."""

SPINE, PAGE_TOP, PAGE_WIDTH, PAGE_HEIGHT = 600, 432, 262, 176

TURN = 2.0
"""Seconds that a page takes to turn."""

TURN_STEPS = 50
"""Pictures of a turning page, one a frame: turned faster, a page would look like a cut to another camera."""

EVERY = 6.0
"""Seconds from one turned page to the next."""

CREAM: Colour = (250, 240, 218)


def _picture(sheet: Sheet, number: int, x: float, y: float) -> None:
    """One of four drawings, in a box of 206 × 92 around x, y."""
    box = slab(x - 103, y - 46, x + 103, y + 46, 8)

    def put(shape: Shape, colour: Colour, to: Colour | None = None) -> None:
        paint(sheet, within(shape, box), colour, to)

    if number == 0:  # a boat at sea
        put(box, (250, 214, 160), (248, 232, 198))
        put(ellipse(x + 58, y - 14, 17, 17), (240, 150, 84))
        put(slab(x - 103, y + 14, x + 103, y + 46), (96, 148, 164), (70, 116, 138))
        put(polygon((x - 52, y + 8), (x + 14, y + 8), (x + 2, y + 24), (x - 40, y + 24)), (150, 74, 58))
        put(polygon((x - 20, y - 34), (x - 20, y + 4), (x + 12, y + 4)), (252, 244, 226))
        put(polygon((x - 25, y - 24), (x - 25, y + 4), (x - 46, y + 4)), (214, 96, 76))
    elif number == 1:  # a house under a tree
        put(box, (196, 220, 218), (230, 234, 210))
        put(ellipse(x, y + 60, 150, 44), (132, 164, 100), (110, 144, 88))
        put(slab(x + 22, y - 6, x + 70, y + 26), (226, 150, 104))
        put(polygon((x + 14, y - 6), (x + 78, y - 6), (x + 46, y - 32)), (150, 70, 60))
        put(slab(x + 38, y + 6, x + 52, y + 26), (110, 66, 48))
        put(slab(x - 54, y - 6, x - 46, y + 28), (116, 78, 54))
        put(ellipse(x - 50, y - 16, 30, 24), (104, 144, 92))
    elif number == 2:  # a balloon over hills
        put(box, (178, 208, 226), (236, 232, 214))
        put(ellipse(x - 46, y + 58, 90, 46), (140, 170, 116))
        put(ellipse(x + 60, y + 62, 90, 42), (120, 152, 104))
        put(ellipse(x + 14, y - 12, 22, 25), (222, 104, 80))
        put(ellipse(x + 14, y - 12, 8, 25), (246, 210, 140))
        put(slab(x + 8, y + 20, x + 20, y + 28, 2), (130, 86, 58))
    else:  # mountains and a star
        put(box, (126, 138, 178), (196, 180, 192))
        put(polygon((x - 90, y + 46), (x - 36, y - 20), (x + 18, y + 46)), (140, 146, 176), (120, 128, 160))
        put(polygon((x - 20, y + 46), (x + 40, y - 34), (x + 100, y + 46)), (158, 162, 188), (134, 140, 170))
        put(polygon((x + 28, y - 18), (x + 40, y - 34), (x + 52, y - 18), (x + 40, y - 12)), (244, 244, 248))
        put(ellipse(x - 60, y - 26, 5, 5), (252, 238, 190))


@cache
def page(number: int) -> Sheet:
    """One of the book's eight pages, even ones left: a picture over lines or lines alone, and the other beside it."""
    sheet = np.zeros((PAGE_HEIGHT, PAGE_WIDTH, 3), np.float32)
    paint(sheet, slab(0, 0, PAGE_WIDTH, PAGE_HEIGHT), CREAM, (242, 228, 200))
    spread = number // 2
    pictured = number % 2 == spread % 2
    if pictured:
        _picture(sheet, spread, PAGE_WIDTH / 2, 64)
    for line in range(8 if pictured else 1, 11):
        y = 14 + 14.5 * line - (8 if pictured else 0)
        length = (206, 194, 202, 186, 198, 120)[(line + number) % 6]
        paint(sheet, slab(28, y, 28 + length, y + 4.5, 2), (150, 126, 104), opacity=0.6)
    return sheet


def lay(sheet: Sheet, paper: Sheet, side: int, reach: float, lift: float, light: float) -> None:
    """Lays a page on the book, bound at the spine: `side` -1 left or 1 right, `reach` (pixels) wide, its edge lifted."""
    left, top, _, bottom = BOOK
    edge = int(SPINE + side * (reach + 1))
    first, last = min(edge, SPINE) - left, max(edge, SPINE) - left
    sheet = sheet[:, first:last]  # a view: the work is in proportion to the page's width
    x = np.arange(first + left, last + left, dtype=np.float32)[None, :]
    y = np.arange(top, bottom, dtype=np.float32)[:, None]
    out = side * (x + 0.5 - SPINE)
    share = np.clip(out / max(reach, 1), 0, 1)
    # paper bulges beside the spine and its outer edge lies lower
    crown = PAGE_TOP + 10 * share - 16 * np.sin(pi * np.sqrt(share)) - lift * share
    down = y + 0.5 - crown
    cover = np.clip(out + 0.5, 0, 1) * np.clip(reach - out + 0.5, 0, 1)
    cover = cover * np.clip(down + 0.5, 0, 1) * np.clip(PAGE_HEIGHT - down + 0.5, 0, 1)
    across = share if side > 0 else 1 - share
    column = np.clip(across * (PAGE_WIDTH - 1), 0, PAGE_WIDTH - 1.001)[0]
    c0 = column.astype(np.int32)
    fc = (column - c0).astype(np.float32)[None, :, None]
    narrow = paper[:, c0] * (1 - fc) + paper[:, c0 + 1] * fc
    row = np.clip(down, 0, PAGE_HEIGHT - 1.001)
    r0 = row.astype(np.int32)
    fr, here = (row - r0)[..., None], np.arange(last - first)[None, :]
    tint = narrow[r0, here] * (1 - fr) + narrow[r0 + 1, here] * fr
    tint *= (light - 0.28 * np.exp(-out / 14))[..., None]
    sheet += cover[..., None] * (tint - sheet)
