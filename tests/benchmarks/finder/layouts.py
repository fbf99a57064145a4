"""How a meeting divides its frame: pages, grids, strips and pairs."""

from __future__ import annotations

import numpy as np

from deploy.demo_drawing import paint, polygon
from tests.benchmarks.finder.compositor import Layer, Window, sprite
from tests.benchmarks.finder.imaging import even, sample
from tests.benchmarks.finder.rooms import swaying
from tests.benchmarks.finder.stock import Stock

_BACK = 26.0
"""Level of the dark ground between tiles."""


def ground(window: Window, level: float = _BACK) -> Layer:
    """What is between tiles and beside pages."""
    width, height = window.size
    return Layer((sprite(np.full((height, width, 3), level, np.float32)),), window, lambda t: (window.left, window.top))


def page(stock: Stock, lots: np.random.Generator, window: Window) -> list[Layer]:
    """A picture-book page that is shared, whole, on dark or on white, with a pointer that wanders over it."""
    picture = stock.pages[int(lots.integers(len(stock.pages)))]
    width, height = window.size
    rows, columns = picture.shape[:2]
    scale = min(width / columns, height / rows)
    size = even(min(width, columns * scale)), even(min(height, rows * scale))
    shown = sprite(sample(picture, (0, 0, columns, rows), *size))
    left, top = window.left + (width - size[0]) // 4 * 2, window.top + (height - size[1]) // 4 * 2
    back = ground(window, 250 if lots.random() < 0.3 else 12)
    return [back, Layer((shown,), window, lambda t: (left, top)), _pointer(lots, window)]


def _pointer(lots: np.random.Generator, window: Window) -> Layer:
    size = even(max(8, window.size[1] / 30))
    sheet = np.zeros((size, size, 4), np.float32)
    for colour, inset in ((20.0, 0.0), (250.0, 0.12)):
        shape = polygon(
            (size * (0.05 + inset), size * (0.05 + 2 * inset)),
            (size * (0.05 + inset), size * (0.9 - inset)),
            (size * (0.65 - inset), size * (0.6)),
        )
        colours, cover = np.ascontiguousarray(sheet[..., :3]), np.ascontiguousarray(sheet[..., 3:].repeat(3, axis=2))
        paint(colours, shape, (colour, colour, colour))
        paint(cover, shape, (255, 255, 255))
        sheet = np.concatenate((colours, cover[..., :1]), axis=2)
    x, y = (window.left + lots.uniform(0.3, 0.7) * window.size[0], window.top + lots.uniform(0.3, 0.7) * window.size[1])
    return Layer((sprite(sheet),), window, swaying(lots, x, y, 0.06 * window.size[0]))


def grid(window: Window, count: int, across: int) -> list[Window]:
    """Tiles of 16:9 in rows of so many, all in the middle; a last row that is not full is in the middle too."""
    width, height = window.size
    gap = max(2, even(width / 160))
    rows = -(-count // across)
    wide = min((width - gap * (across + 1)) / across, (height - gap * (rows + 1)) / rows * 16 / 9)
    size = int(wide // 2 * 2), int(wide * 9 / 16 // 2 * 2)
    top = window.top + (height - rows * size[1] - (rows - 1) * gap) // 4 * 2
    tiles: list[Window] = []
    for row in range(rows):
        inside = min(across, count - row * across)
        left = window.left + (width - inside * size[0] - (inside - 1) * gap) // 4 * 2
        for column in range(inside):
            x, y = left + column * (size[0] + gap), top + row * (size[1] + gap)
            tiles.append(Window(x, y, x + size[0], y + size[1]))
    return tiles


def strip(window: Window, count: int, *, beside: bool) -> tuple[Window, list[Window]]:
    """The large window and the tiles: in a column at the right, or in a row above."""
    width, height = window.size
    if beside:
        edge = window.right - even(width * 0.19)
        return Window(window.left, window.top, edge, window.bottom), grid(
            Window(edge, window.top, window.right, window.bottom), count, 1
        )
    edge = window.top + even(height * 0.19)
    return Window(window.left, edge, window.right, window.bottom), grid(
        Window(window.left, window.top, window.right, edge), count, count
    )


def corner(window: Window, lots: np.random.Generator) -> Window:
    """The place of the small picture of whoever speaks, at the top of a shared page."""
    width, height = window.size
    wide = even(width * lots.uniform(0.18, 0.26))
    high = even(wide * 9 / 16)
    right, top = window.right - even(width * 0.01), window.top + even(height * 0.01)
    return Window(right - wide, top, right, top + high)
