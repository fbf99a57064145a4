"""Frames: layers of ready pictures that move, laid on one another in the encoder's own planes.

All that is slow is done once a shot. A frame of 720 lines takes 2 to 4 CPU ms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from tests.benchmarks.finder.imaging import Pixels, Plane, Planes, halved, to_planes

SLIVER = 160
"""A participant is in sight from the moment when this part of the frame's width shows any of them: 8 pixels of 1280."""

Wide = npt.NDArray[np.uint16]

Path = Callable[[float], tuple[float, float]]
"""Seconds since the shot began to the place (pixels) of a picture's top left corner."""


class Window(NamedTuple):
    """A rectangle of whole, even pixels."""

    left: int
    top: int
    right: int
    bottom: int

    def within(self, other: Window) -> Window:
        """What two windows share; empty when right is not beyond left."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        return Window(left, top, min(self.right, other.right), min(self.bottom, other.bottom))

    @property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return self.right <= self.left or self.bottom <= self.top

    @property
    def size(self) -> tuple[int, int]:
        """Pixels across and down."""
        return self.right - self.left, self.bottom - self.top


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A picture that is ready to be laid on: opaque, or with a soft outline."""

    planes: Planes | tuple[Wide, Wide, Wide]
    """Its planes; with an outline already multiplied by its cover (0 to 256)."""

    under: tuple[Wide, Wide] | None
    """How much of what is under it stays (0 to 256), for luma and for colour; None for nothing."""

    solid: Window
    """The part of it that is more than half covered."""


def sprite(picture: Pixels) -> Sprite:
    """Of red, green, blue and maybe cover; sides are even."""
    planes = to_planes(picture)
    rows, columns = planes.luma.shape
    if picture.shape[2] == 3:
        return Sprite(planes, None, Window(0, 0, columns, rows))
    cover = picture[:rows, :columns, 3] * np.float32(256 / 255)
    luma, colour = (np.rint(plane).astype(np.uint16) for plane in (cover, halved(cover)))
    covers = (luma, colour, colour)
    one, two, three = (plane * share for plane, share in zip(planes, covers, strict=True))
    across, down = np.flatnonzero((luma > 128).any(axis=0)), np.flatnonzero((luma > 128).any(axis=1))
    solid = Window(0, 0, 0, 0)
    if len(across):
        solid = Window(int(across[0]), int(down[0]), int(across[-1]) + 1, int(down[-1]) + 1)
    return Sprite((one, two, three), (256 - luma, 256 - colour), solid)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A picture, or several that take turns, moving behind a window of the frame."""

    sprites: Sequence[Sprite]
    """Of one size."""

    window: Window
    """Where it can be seen at all."""

    path: Path
    """Where its corner is."""

    turn: Callable[[float], int] = lambda t: 0
    """Which of the sprites, by seconds since the shot began."""

    participant: bool = False
    """Whether this is what nobody may see."""

    def draw(self, out: Planes, t: float) -> None:
        """Lays it on."""
        shown, corner = self._now(t)
        rows, columns = shown.planes[0].shape
        seen = Window(corner[0], corner[1], corner[0] + columns, corner[1] + rows).within(self.window)
        if seen.empty:
            return
        for number, (plane, laid) in enumerate(zip(out, tuple[Wide | Plane, ...](shown.planes), strict=True)):
            step = 1 if number == 0 else 2
            left, top = seen.left // step, seen.top // step
            size = (seen.bottom // step - top, seen.right // step - left)
            from_top, from_left = top - corner[1] // step, left - corner[0] // step
            part = (slice(from_top, from_top + size[0]), slice(from_left, from_left + size[1]))
            target = plane[top : top + size[0], left : left + size[1]]
            source = laid[part]
            target = target[: source.shape[0], : source.shape[1]]
            if shown.under is None:
                target[:] = source
            else:
                mixed = np.multiply(target, shown.under[min(number, 1)][part], dtype=np.uint16)
                mixed += source
                np.right_shift(mixed, 8, out=mixed)
                target[:] = mixed

    def visible(self, t: float, width: int) -> bool:
        """Whether it is a participant of whom at least a sliver is in sight."""
        if not self.participant:
            return False
        shown, (x, y) = self._now(t)
        solid = shown.solid
        seen = Window(x + solid.left, y + solid.top, x + solid.right, y + solid.bottom).within(self.window)
        return not seen.empty and seen.right - seen.left >= min(width // SLIVER, solid.right - solid.left)

    def _now(self, t: float) -> tuple[Sprite, tuple[int, int]]:
        x, y = self.path(t)
        return self.sprites[self.turn(t) % len(self.sprites)], (round(x), round(y))


class Scene(Protocol):
    """What a shot shows."""

    def draw(self, out: Planes, t: float, number: int) -> None:
        """Draws frame `number` of the shot, `t` seconds after its first."""

    def visible(self, t: float, number: int) -> bool:
        """Whether any participant is in that frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Layered:
    """A scene of layers, with a camera's noise and wavering light in some windows."""

    width: int
    """Of the frame, pixels."""

    layers: Sequence[Layer]
    """The lowest first; together they fill the frame."""

    cameras: Sequence[Window]
    """Where a camera's picture is."""

    noise: int = 3
    """Levels of luma up or down, most of the time; at most 6."""

    light: Callable[[float], float] = lambda t: 0.0
    """Levels of luma (at most 8) that all cameras are brighter, by seconds."""

    def draw(self, out: Planes, t: float, number: int) -> None:
        """As `Scene.draw`."""
        for layer in self.layers:
            layer.draw(out, t)
        for place, window in enumerate(self.cameras):
            _shake(out.luma, window, self.noise, round(self.light(t + 3 * place)), 7 * number + 13 * place)

    def visible(self, t: float, number: int) -> bool:
        """As `Scene.visible`."""
        return any(layer.visible(t, self.width) for layer in self.layers)


@dataclass(frozen=True, slots=True, eq=False)
class Faded:
    """One scene that another lies over for a while, coming and going slowly."""

    outer: Scene
    """First and last."""

    inner: Scene
    """In between."""

    frames: int
    """Of the whole shot."""

    slope: int
    """Frames that it takes to come, and to go: at most half of all."""

    _other: dict[int, Planes] = field(default_factory=dict)

    def draw(self, out: Planes, t: float, number: int) -> None:
        """As `Scene.draw`."""
        share = self._share(number)
        self.inner.draw(out, t, number)
        if share == 256:
            return
        other = self._other.setdefault(0, Planes(*(np.empty_like(plane) for plane in out)))
        self.outer.draw(other, t, number)
        for plane, outer in zip(out, other, strict=True):
            mixed = np.multiply(plane, np.uint16(share), dtype=np.uint16)
            mixed += np.multiply(outer, np.uint16(256 - share), dtype=np.uint16)
            plane[:] = np.right_shift(mixed, 8)

    def visible(self, t: float, number: int) -> bool:
        """As `Scene.visible`: the faintest trace counts."""
        return self.outer.visible(t, number) or (self._share(number) > 0 and self.inner.visible(t, number))

    def _share(self, number: int) -> int:
        """How much of 256 the inner scene has: none in the first frame, all in the middle, none in the last."""
        edge = min(number, self.frames - 1 - number)
        return round(256 * min(1.0, edge / self.slope))


_NOISE_ROWS, _NOISE_COLUMNS = 1152, 2048
"""More than a frame, so that every frame takes another part."""

_noises: dict[int, Plane] = {}


def _shake(luma: Plane, window: Window, noise: int, light: int, lot: int) -> None:
    """Adds a camera's noise and `light`. Levels from 16 to 235 leave room for both, so that none is clipped."""
    if noise not in _noises:
        lots = np.random.default_rng(noise)
        grain = np.clip(np.rint(lots.normal(0, noise / 1.5, (_NOISE_ROWS, _NOISE_COLUMNS))), -6, 6)
        _noises[noise] = grain.astype(np.int8).view(np.uint8)
    columns, rows = window.size
    top, left = (lot * 37) % (_NOISE_ROWS - rows + 1), (lot * 101) % (_NOISE_COLUMNS - columns + 1)
    target = luma[window.top : window.bottom, window.left : window.right]
    target += _noises[noise][top : top + rows, left : left + columns]
    if light:
        target += np.uint8(light % 256)
