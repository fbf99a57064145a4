"""The presenter's side of a film: who presents, the room behind them, and how people move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import sin, tau

import numpy as np

from deploy.demo_drawing import paint, polygon, shade, slab
from tests.benchmarks.finder.compositor import Layer, Path, Sprite, Window, sprite
from tests.benchmarks.finder.imaging import Pixels, blurred, even, sample
from tests.benchmarks.finder.script import Script
from tests.benchmarks.finder.stock import Cutout, Stock

_LEANS = (-2.5, -1.2, 0.0, 1.2, 2.5)
"""Degrees that somebody leans in the pictures that take turns."""


@dataclass(slots=True, eq=False)
class Stage:
    """All that a film's scenes share."""

    script: Script
    """The film."""

    stock: Stock
    """Its pictures."""

    presenters: Sequence[Cutout]
    """One or two."""

    rooms: Sequence[Pixels]
    """One behind each presenter, wider than the frame."""

    _kept: dict[tuple[int, int, int], tuple[Sprite, ...]] = field(default_factory=dict)

    @property
    def frame(self) -> Window:
        """The whole frame."""
        return Window(0, 0, *self.script.size)

    def standing(self, who: Cutout, height: int) -> tuple[Sprite, ...]:
        """Somebody at so many pixels' height, leaning one way and the other; kept for the next scene."""
        key = (id(who), height, 0)
        if key not in self._kept:
            self._kept[key] = leaning(who, height)
        return self._kept[key]

    def room(self, number: int, width: int, height: int) -> Sprite:
        """A presenter's room, cut to a size; kept for the next scene."""
        key = (number, width, height)
        if key not in self._kept:
            room = self.rooms[number]
            rows, columns = room.shape[:2]
            across = min(columns, rows * width / height)
            box = ((columns - across) / 2, 0.0, (columns + across) / 2, float(rows))
            self._kept[key] = (sprite(sample(room, box, width, height)),)
        return self._kept[key][0]


def set_stage(script: Script, stock: Stock) -> Stage:
    """Casts a film and furnishes its rooms, by its seed."""
    lots = np.random.default_rng(script.seed)
    order = lots.permutation(len(stock.presenters))
    presenters = [stock.presenters[place] for place in order[: 2 if script.two else 1]]
    height = min(script.size[1], 720)
    rooms = [_room(stock, lots, even(height * 2.8), even(height)) for _ in presenters]
    return Stage(script, stock, presenters, rooms)


def _room(stock: Stock, lots: np.random.Generator, width: int, height: int) -> Pixels:
    """Furnished and drawn; or, one time in three where there are photographs, a photograph far out of focus."""
    if stock.rooms and lots.random() < 1 / 3:
        return blurred(stock.rooms[int(lots.integers(len(stock.rooms)))], width, height)
    sheet = np.zeros((height, width, 3), np.float32)
    wall = _muted(lots, 110, 225, 45)
    paint(sheet, slab(0, 0, width, height), wall, shade(wall, 0.75))
    for place in range(7):
        left = (place + lots.uniform(0.05, 0.35)) * width / 7
        across = width / 7 * lots.uniform(0.35, 0.8)
        (_shelf, _picture, _plant, _window)[int(lots.integers(4))](sheet, lots, left, across)
    light = np.linspace(lots.uniform(0.8, 1), lots.uniform(0.8, 1.1), width, dtype=np.float32)
    texture = sample(lots.normal(1, 0.05, (30, 80, 1)).astype(np.float32), (0, 0, 80, 30), width, height)
    return np.asarray(np.clip(sheet * light[None, :, None] * texture, 4, 250), np.float32)


def _muted(lots: np.random.Generator, low: int, high: int, spread: int = 120) -> tuple[float, float, float]:
    """A colour of walls and wood, its parts at most `spread` apart: warm, cold or green, never magenta."""
    most = lots.uniform(low, high)
    middle, least = (float(max(10, most - part)) for part in sorted(lots.uniform(0, spread, 2)))
    return ((most, middle, least), (least, middle, most), (middle, most, least))[int(lots.integers(3))]


def _shelf(sheet: Pixels, lots: np.random.Generator, left: float, across: float) -> None:
    height = sheet.shape[0]
    for board in (0.2, 0.42, 0.64):
        at, x = height * board, left
        while x < left + across:
            wide, tall = lots.uniform(0.012, 0.03) * height, lots.uniform(0.1, 0.17) * height
            paint(sheet, slab(x, at - tall, x + wide, at), _muted(lots, 40, 220))
            x += wide + 1
        paint(sheet, slab(left - 6, at, left + across + 6, at + height * 0.018), (96, 70, 48), (70, 50, 34))


def _picture(sheet: Pixels, lots: np.random.Generator, left: float, across: float) -> None:
    height = sheet.shape[0]
    top = height * lots.uniform(0.1, 0.3)
    paint(sheet, slab(left, top, left + across, top + 0.75 * across), (240, 238, 230))
    paint(
        sheet, slab(left + 8, top + 8, left + across - 8, top + 0.75 * across - 8), _muted(lots, 60, 200), (90, 110, 90)
    )


def _plant(sheet: Pixels, lots: np.random.Generator, left: float, across: float) -> None:
    height = sheet.shape[0]
    foot, middle = height * lots.uniform(0.75, 1.0), left + across / 2
    for lean in np.linspace(-1, 1, 7):
        tip = (middle + lean * across * 0.6, foot - height * lots.uniform(0.25, 0.45))
        paint(sheet, polygon((middle, foot), tip, corner=height * 0.012), (50, 110, 60), (36, 70, 40))
    pot = slab(middle - across / 4, foot - height * 0.05, middle + across / 4, foot + height * 0.14, 6)
    paint(sheet, pot, _muted(lots, 90, 200))


def _window(sheet: Pixels, lots: np.random.Generator, left: float, across: float) -> None:
    height = sheet.shape[0]
    paint(sheet, slab(left, height * 0.08, left + across, height * 0.55), (236, 236, 232))
    for half in (0, 0.5):
        pane = slab(left + (half + 0.03) * across, height * 0.1, left + (half + 0.47) * across, height * 0.53)
        paint(sheet, pane, (196, 216, 232), (170, 190, 180))


def leaning(who: Cutout, height: int) -> tuple[Sprite, ...]:
    """Pictures of somebody at so many pixels' height that lean one way and the other."""
    rows, columns = who.picture.shape[:2]
    size = even(height * columns / rows), even(height)
    bordered = np.pad(who.picture, ((2, 0), (0, 0), (0, 0)))
    return tuple(sprite(sample(bordered, (0, 0, columns, rows + 2), *size, turn=lean)) for lean in _LEANS)


def swaying(lots: np.random.Generator, x: float, y: float, reach: float) -> Path:
    """A place that is never quite still: `reach` pixels one way or the other, in slow and quick swings."""
    slow, quick, start = lots.uniform(0.08, 0.2), lots.uniform(0.3, 0.7), lots.uniform(0, tau)

    def path(t: float) -> tuple[float, float]:
        aside = sin(tau * slow * t + start) + 0.35 * sin(tau * quick * t)
        return x + reach * aside, y + 0.4 * reach * sin(tau * quick * t + start)

    return path


def nodding(lots: np.random.Generator) -> Callable[[float], int]:
    """Which of the `leaning` pictures is shown when: to and fro."""
    pace, start = lots.uniform(0.15, 0.4), lots.uniform(0, tau)
    middle = (len(_LEANS) - 1) / 2
    return lambda t: round(middle * (1 + sin(tau * pace * t + start) * abs(sin(0.37 * t + start))))


def presenting(stage: Stage, lots: np.random.Generator, window: Window, who: int = 0, at: float = 0.5) -> list[Layer]:
    """A presenter in their room, filling a window; `at` is where across the window they sit."""
    width, height = window.size
    person = stage.presenters[who]
    room = stage.room(who, width, height)
    return [
        Layer((room,), window, lambda t: (window.left, window.top)),
        seated(stage, lots, person, window, at, lots.uniform(0.32, 0.4)),
    ]


def seated(
    stage: Stage, lots: np.random.Generator, who: Cutout, window: Window, at: float, head: float, guest: bool = False
) -> Layer:
    """Somebody whose picture's foot is the window's; their head is about `head` of its height."""
    width, height = window.size
    tall = min(0.97, max(0.62, head / who.head)) if not guest else min(0.97, head / who.head)
    sprites = stage.standing(who, even(height * round(tall, 2)))
    rows, columns = sprites[0].planes[0].shape
    path = swaying(lots, window.left + at * width - columns / 2, window.bottom - rows + 0.02 * height, 0.008 * width)
    return Layer(sprites, window, path, nodding(lots), guest)


def way_done(t: float, begins: float, takes: float) -> float:
    """How much of a way is done at `t`."""
    return min(1.0, max(0.0, (t - begins) / takes))


def walking(stage: Stage, lots: np.random.Generator, starts: float, *, beside: bool) -> Layer:
    """A child who comes in from one side and stays, at a side or near the middle."""
    width, height = stage.frame.size
    child = stage.stock.children[int(lots.integers(len(stage.stock.children)))]
    sprites = leaning(child, int(height * min(0.95, lots.uniform(0.22, 0.3) / child.head)))
    rows, columns = sprites[0].planes[0].shape
    walk, left = lots.uniform(1.0, 2.0), bool(lots.random() < 0.5)
    outside = -columns - 0.05 * width if left else 1.05 * width
    if beside:
        stands = lots.uniform(0.0, 0.12) * width if left else lots.uniform(0.88, 1.0) * width - columns
    else:
        stands = lots.uniform(0.3, 0.7) * width - columns / 2
    still = swaying(lots, 0, height - 0.97 * rows, 0.01 * width)

    def path(t: float) -> tuple[float, float]:
        x, y = still(t)
        return x + outside + (stands - outside) * way_done(t, starts, walk), y

    return Layer(sprites, stage.frame, path, nodding(lots), True)
