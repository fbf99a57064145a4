"""What presenters hold up: picture books and puppets."""

from __future__ import annotations

from math import sin, tau

import numpy as np

from deploy.demo_drawing import ellipse, paint, shade, slab, stroke
from tests.benchmarks.finder.compositor import Layer, Window, sprite
from tests.benchmarks.finder.imaging import Pixels, even, filling, sample
from tests.benchmarks.finder.rooms import swaying
from tests.benchmarks.finder.stock import Stock

_SKIN = (206.0, 160.0, 130.0)


def book(stock: Stock, lots: np.random.Generator, window: Window) -> Layer:
    """An open book held before the camera: two pages, hands at its lower corners; now and then before the face."""
    width, height = window.size
    high = even(height * lots.uniform(0.38, 0.62))
    wide = even(min(0.8 * width, high * lots.uniform(1.35, 1.6)))
    sheet = np.zeros((high + 24, wide + 24, 4), np.float32)
    for side in (0, 1):
        picture = stock.pages[int(lots.integers(len(stock.pages)))]
        inner = wide // 2 - 6, high - 12
        left = 12 + side * (wide // 2)
        sheet[12 : 12 + high, left : left + wide // 2] = (240, 236, 226, 255)
        sheet[18 : 18 + inner[1], left + 3 : left + 3 + inner[0], :3] = sample(
            picture, filling(picture, *inner), *inner
        )
    sheet[12 : 12 + high, 12 + wide // 2 - 2 : 14 + wide // 2, :3] *= 0.6
    for x in (12.0, 12.0 + wide):
        _hand(sheet, x, 12 + 0.8 * high, high * 0.09)
    turned = sample(sheet, (0, 0, wide + 24, high + 24), even(wide + 24), even(high + 24), lots.uniform(-4, 4))
    x = window.left + lots.uniform(0.35, 0.65) * width - wide / 2
    y = window.top + lots.uniform(0.3, 0.62) * height
    return Layer((sprite(turned),), window, swaying(lots, x, min(y, window.bottom - 0.8 * high), 0.012 * width))


def _hand(sheet: Pixels, x: float, y: float, size: float) -> None:
    colours, cover = np.ascontiguousarray(sheet[..., :3]), sheet[..., 3:].repeat(3, axis=2)
    for finger in range(4):
        shape = ellipse(x, y + (finger - 1.5) * 0.42 * size, 0.8 * size, 0.24 * size)
        paint(colours, shape, _SKIN, shade(_SKIN, 0.85))
        paint(cover, shape, (255, 255, 255))
    sheet[..., :3], sheet[..., 3] = colours, cover[..., 0]


def puppet(lots: np.random.Generator, window: Window) -> Layer:
    """A hand puppet with ears and large eyes that bobs up from below."""
    width, height = window.size
    size = even(height * lots.uniform(0.42, 0.6))
    sprites = tuple(
        sprite(_animal(lots_seed, size, mouth)) for lots_seed in (int(lots.integers(99)),) for mouth in (0, 1)
    )
    x = window.left + (lots.uniform(0.04, 0.2) if lots.random() < 0.5 else lots.uniform(0.55, 0.7)) * width
    y = window.bottom - 0.92 * size
    pace, rise = lots.uniform(0.3, 0.6), 0.06 * height

    def path(t: float) -> tuple[float, float]:
        return x + 0.02 * width * sin(tau * 0.21 * t), y + rise * sin(tau * pace * t)

    return Layer(sprites, window, path, lambda t: int(sin(tau * 1.7 * t) > 0.2))


def _animal(seed: int, size: int, mouth: int) -> Pixels:
    lots = np.random.default_rng(seed)
    fur = [(110.0, 160.0, 80.0), (214.0, 150.0, 60.0), (120.0, 130.0, 170.0), (150.0, 110.0, 80.0)][
        int(lots.integers(4))
    ]
    black, white = np.zeros((size, size, 3), np.float32), np.full((size, size, 3), 255, np.float32)
    for sheet in (black, white):
        for side in (-1, 1):
            ear = stroke(size * (0.5 + side * 0.16), size * 0.3, size * (0.5 + side * 0.24), size * 0.08, size * 0.11)
            paint(sheet, ear, shade(fur, 0.85))
        paint(sheet, slab(size * 0.3, size * 0.5, size * 0.7, size * 1.1, size * 0.1), shade(fur, 0.8), shade(fur, 0.6))
        paint(sheet, ellipse(size * 0.5, size * 0.38, size * 0.27, size * 0.24), fur, shade(fur, 0.85))
        for side in (-1, 1):
            paint(sheet, ellipse(size * (0.5 + side * 0.1), size * 0.32, size * 0.06, size * 0.07), (250, 250, 250))
            paint(sheet, ellipse(size * (0.5 + side * 0.09), size * 0.33, size * 0.025, size * 0.03), (20, 20, 20))
        paint(sheet, ellipse(size * 0.5, size * 0.42, size * 0.04, size * 0.03), (40, 30, 30))
        paint(sheet, ellipse(size * 0.5, size * 0.5, size * 0.12, size * (0.02 + 0.04 * mouth)), (120, 40, 50))
    cover = np.clip(255 - (white - black).mean(axis=2, keepdims=True), 0, 255)
    return np.concatenate((np.clip(255 * black / np.maximum(cover, 1), 0, 255), cover), axis=2)
