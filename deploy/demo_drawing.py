"""Draws with numpy alone: soft-edged shapes on a sheet of colour, faces, name labels and the pages of a book.

Every shape is a signed distance (pixels, negative inside), so its edge is one pixel of mixed colour and never a staircase.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Sheet = npt.NDArray[np.float32]
"""Rows × columns × (red, green, blue), 0 to 255."""

Plane = npt.NDArray[np.float32]
Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """An outline and the rectangle that holds it."""

    bounds: tuple[float, float, float, float]
    """Left, top, right, bottom."""

    distance: Callable[[Plane, Plane], Plane]
    """Signed distance (pixels) of the points x, y from the outline."""


def ellipse(x: float, y: float, across: float, down: float) -> Shape:
    """An ellipse around x, y with the two radii."""

    def distance(px: Plane, py: Plane) -> Plane:
        reach = np.hypot((px - x) / across, (py - y) / down)
        slope = np.hypot((px - x) / across**2, (py - y) / down**2) + 1e-6
        return np.asarray(reach * (reach - 1) / slope, dtype=np.float32)

    return Shape((x - across, y - down, x + across, y + down), distance)


def slab(left: float, top: float, right: float, bottom: float, corner: float = 0.0) -> Shape:
    """A rectangle with rounded corners."""

    def distance(px: Plane, py: Plane) -> Plane:
        over_x = np.abs(px - (left + right) / 2) - (right - left) / 2 + corner
        over_y = np.abs(py - (top + bottom) / 2) - (bottom - top) / 2 + corner
        outside = np.hypot(np.maximum(over_x, 0), np.maximum(over_y, 0))
        return np.asarray(outside + np.minimum(np.maximum(over_x, over_y), 0) - corner, dtype=np.float32)

    return Shape((left, top, right, bottom), distance)


def polygon(*points: tuple[float, float], corner: float = 0.0) -> Shape:
    """A convex or hollow polygon, its corners rounded outwards by `corner`."""

    def distance(px: Plane, py: Plane) -> Plane:
        nearest = np.full(np.broadcast(px, py).shape, np.inf, dtype=np.float32)
        inside = np.zeros(nearest.shape, dtype=bool)
        for (ax, ay), (bx, by) in zip(points, (*points[1:], points[0]), strict=True):
            ex, ey = bx - ax, by - ay
            along = np.clip(((px - ax) * ex + (py - ay) * ey) / (ex * ex + ey * ey), 0, 1)
            nearest = np.minimum(nearest, np.hypot(px - ax - along * ex, py - ay - along * ey))
            if ey:
                inside ^= ((ay <= py) != (by <= py)) & (px < ax + (py - ay) * ex / ey)
        return np.asarray(np.where(inside, -nearest, nearest) - corner, dtype=np.float32)

    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Shape((min(xs) - corner, min(ys) - corner, max(xs) + corner, max(ys) + corner), distance)


def stroke(ax: float, ay: float, bx: float, by: float, width: float) -> Shape:
    """A line with round ends."""
    return polygon((ax, ay), (bx, by), corner=width / 2)


def less(shape: Shape, hole: Shape) -> Shape:
    """A shape with another taken out of it."""
    return Shape(shape.bounds, lambda x, y: np.maximum(shape.distance(x, y), -hole.distance(x, y)))


def within(shape: Shape, frame: Shape) -> Shape:
    """What two shapes share."""
    return Shape(shape.bounds, lambda x, y: np.maximum(shape.distance(x, y), frame.distance(x, y)))


def paint(
    sheet: Sheet, shape: Shape, colour: Colour, to: Colour | None = None, *, soft: float = 1.0, opacity: float = 1.0
) -> None:
    """Fills a shape, from `colour` at its top to `to` at its bottom. `soft` is the width of its edge (pixels)."""
    height, width = sheet.shape[:2]
    left, top = max(0, int(shape.bounds[0] - soft)), max(0, int(shape.bounds[1] - soft))
    right, bottom = min(width, int(shape.bounds[2] + soft) + 2), min(height, int(shape.bounds[3] + soft) + 2)
    if left >= right or top >= bottom:
        return
    x = np.arange(left, right, dtype=np.float32)[None, :] + 0.5
    y = np.arange(top, bottom, dtype=np.float32)[:, None] + 0.5
    cover = np.clip(0.5 - shape.distance(x, y) / soft, 0, 1) * np.float32(opacity)
    down = np.clip((y - shape.bounds[1]) / max(shape.bounds[3] - shape.bounds[1], 1), 0, 1)[..., None]
    tint = np.array(colour, np.float32) + down * (np.array(to or colour, np.float32) - np.array(colour, np.float32))
    under = sheet[top:bottom, left:right]
    under += cover[..., None] * (tint - under)


def glow(sheet: Sheet, x: float, y: float, reach: float, colour: Colour, strength: float = 1.0) -> None:
    """Adds light that fades away from x, y; half of it is left at 0.83 × `reach`."""
    height, width = sheet.shape[:2]
    px, py = np.arange(width, dtype=np.float32)[None, :], np.arange(height, dtype=np.float32)[:, None]
    light = np.exp(-((px - x) ** 2 + (py - y) ** 2) / reach**2) * np.float32(strength)
    sheet += light[..., None] * np.array(colour, np.float32)
    np.clip(sheet, 0, 255, out=sheet)


_GLYPHS = {
    "A": 0o25755, "B": 0o65656, "C": 0o34443, "D": 0o65556, "E": 0o74647, "F": 0o74644, "G": 0o34553, "I": 0o72227,
    "K": 0o55655, "L": 0o44447, "O": 0o25552, "R": 0o65655, "S": 0o34216, "T": 0o72222, "U": 0o55557,
    "V": 0o55552, "Y": 0o55222,
}  # fmt: skip
"""Letters of 3 × 5 blocks, a row an octal digit."""


def label(sheet: Sheet, text: str, x: float, y: float, block: float) -> None:
    """A name label as meetings show it: light letters on a dark bar whose lower left corner is at x, y."""
    x, y, block = round(x), round(y), round(block)  # whole pixels, so that no seam shows between blocks
    width, height = (4 * len(text) + 3) * block, 9 * block
    paint(sheet, slab(x, y - height, x + width, y, 1.5 * block), (24, 24, 28), opacity=0.78)
    for place, letter in enumerate(text):
        for bit in range(15):
            if _GLYPHS[letter] >> (14 - bit) & 1:
                left = x + (2 + 4 * place + bit % 3) * block
                top = y - height + (2 + bit // 3) * block
                paint(sheet, slab(left, top, left + block, top + block), (240, 240, 240))


@dataclass(frozen=True, slots=True)
class Person:
    """How a drawn participant looks; nobody in particular."""

    name: str
    skin: Colour
    hair: Colour
    shirt: Colour
    wall: Colour
    long_hair: bool


def shade(colour: Colour, factor: float) -> Colour:
    """A colour made darker (below 1) or lighter."""
    red, green, blue = (min(255.0, part * factor) for part in colour)
    return red, green, blue


def face(sheet: Sheet, who: Person, x: float, y: float, size: float, *, blink: bool, talk: float) -> None:
    """A friendly head and shoulders; `size` is half the head's height, `talk` opens the mouth (0 to 1)."""
    s, skin, hair = size, who.skin, who.hair
    if who.long_hair:
        back = slab(x - 0.98 * s, y - 0.95 * s, x + 0.98 * s, y + 1.3 * s, 0.75 * s)
        paint(sheet, back, shade(hair, 0.85), shade(hair, 0.6), soft=0.03 * s)
    chest = slab(x - 1.6 * s, y + 1.22 * s, x + 1.6 * s, y + 4 * s, 0.75 * s)
    paint(sheet, chest, who.shirt, shade(who.shirt, 0.6))
    paint(sheet, ellipse(x, y + 1.24 * s, 0.42 * s, 0.2 * s), shade(skin, 0.8))
    paint(
        sheet, slab(x - 0.3 * s, y + 0.6 * s, x + 0.3 * s, y + 1.35 * s, 0.2 * s), shade(skin, 0.7), shade(skin, 0.85)
    )
    for side in (-1, 1):
        paint(sheet, ellipse(x + side * 0.84 * s, y + 0.1 * s, 0.14 * s, 0.2 * s), shade(skin, 0.85))
    paint(sheet, ellipse(x, y - 0.2 * s, 0.93 * s, 0.95 * s), hair, shade(hair, 0.75), soft=0.03 * s)
    head = ellipse(x, y + 0.08 * s, 0.8 * s, s)
    paint(sheet, head, shade(skin, 1.03), shade(skin, 0.88))
    paint(sheet, ellipse(x, y + 0.05 * s, 0.5 * s, 0.55 * s), shade(skin, 1.1), opacity=0.5, soft=0.7 * s)
    # the fringe is cut from a wider head, so that no line of skin shows between it and the hair
    fringe = less(ellipse(x, y - 0.2 * s, 0.9 * s, 0.9 * s), ellipse(x + 0.12 * s, y + 0.55 * s, 0.98 * s, 1.05 * s))
    paint(sheet, fringe, hair, shade(hair, 0.8), soft=0.03 * s)
    _features(sheet, who, x, y + 0.05 * s, s, blink, talk)


def _features(sheet: Sheet, who: Person, x: float, y: float, s: float, blink: bool, talk: float) -> None:
    skin, dark = who.skin, shade(who.skin, 0.6)
    for side in (-1, 1):
        ex = x + side * 0.3 * s
        paint(sheet, ellipse(ex, y, 0.24 * s, 0.19 * s), shade(skin, 0.8), opacity=0.8, soft=0.16 * s)
        if blink:
            paint(sheet, less(ellipse(ex, y, 0.15 * s, 0.1 * s), ellipse(ex, y - 0.04 * s, 0.17 * s, 0.1 * s)), dark)
        else:
            eye = ellipse(ex, y, 0.135 * s, 0.075 * s)
            paint(sheet, eye, (46, 32, 28))
            paint(sheet, ellipse(ex, y + 0.015 * s, 0.128 * s, 0.066 * s), (250, 246, 242))
            paint(sheet, within(ellipse(ex, y, 0.09 * s, 0.1 * s), eye), (58, 38, 28), (104, 70, 46))
            paint(sheet, ellipse(ex, y, 0.048 * s, 0.05 * s), (18, 12, 12))
            paint(sheet, ellipse(ex + 0.03 * s, y - 0.035 * s, 0.028 * s, 0.028 * s), (255, 255, 255))
        arch = ellipse(ex, y - 0.06 * s, 0.22 * s, 0.2 * s)
        brow = within(
            less(arch, ellipse(ex, y - 0.01 * s, 0.24 * s, 0.2 * s)), slab(ex - s, y - s, ex + s, y - 0.15 * s)
        )
        paint(sheet, brow, shade(who.hair, 0.75), opacity=0.9, soft=max(1, 0.03 * s))
        cheek = ellipse(x + side * 0.47 * s, y + 0.33 * s, 0.17 * s, 0.13 * s)
        paint(sheet, cheek, (226, 104, 92), opacity=0.22, soft=0.2 * s)
        nostril = ellipse(x + side * 0.08 * s, y + 0.36 * s, 0.035 * s, 0.022 * s)
        paint(sheet, nostril, shade(skin, 0.45), opacity=0.8, soft=1.5)
    paint(sheet, ellipse(x, y + 0.34 * s, 0.19 * s, 0.08 * s), dark, opacity=0.35, soft=0.09 * s)
    paint(sheet, ellipse(x - 0.01 * s, y + 0.24 * s, 0.07 * s, 0.09 * s), shade(skin, 1.15), opacity=0.6, soft=0.1 * s)
    _mouth(sheet, skin, x, y + 0.45 * s, s, talk)


def _mouth(sheet: Sheet, skin: Colour, x: float, y: float, s: float, talk: float) -> None:
    """A smile that opens: lips, then the dark inside them, then teeth."""
    deep = 0.165 + 0.07 * talk
    above = slab(x - s, y - s, x + s, y + 0.02 * s)
    lips = less(ellipse(x, y, 0.27 * s, (deep + 0.03) * s), above)
    inside = less(ellipse(x, y + 0.015 * s, 0.22 * s, deep * s), slab(x - s, y - s, x + s, y + 0.05 * s))
    paint(sheet, lips, (196, 98, 92), shade((196, 98, 92), 0.9), soft=max(1, 0.03 * s))
    paint(sheet, inside, (112, 36, 40), (150, 62, 62), soft=max(1, 0.02 * s))
    paint(
        sheet, within(slab(x - 0.22 * s, y + 0.04 * s, x + 0.22 * s, y + 0.115 * s, 0.03 * s), inside), (250, 246, 240)
    )
    paint(sheet, ellipse(x, y + 0.33 * s, 0.18 * s, 0.04 * s), shade(skin, 0.7), opacity=0.35, soft=0.08 * s)


def tile(who: Person, width: int, height: int, *, sway: float, blink: bool, talk: float, head: float = 0.27) -> Sheet:
    """A participant's picture: a wall, head and shoulders, the name below.

    `sway` is -1 to 1; `head` is half the head's height as a share of the picture's.
    """
    sheet = np.zeros((height, width, 3), np.float32)
    paint(sheet, slab(0, 0, width, height), who.wall, shade(who.wall, 0.7))
    paint(sheet, slab(width * 0.06, height * 0.08, width * 0.24, height * 0.42, 4), shade(who.wall, 1.25))
    paint(sheet, slab(width * 0.8, height * 0.3, width * 0.97, height * 1.1, 6), shade(who.wall, 0.6))
    x, y = width * (0.5 + 0.02 * sway), height * (0.43 + 0.012 * abs(sway))
    face(sheet, who, x, y, height * head, blink=blink, talk=talk)
    label(sheet, who.name, width * 0.025, height * 0.965, max(1.5, height / 75))
    return sheet


def camera_off(who: Person, width: int, height: int) -> Sheet:
    """The card that meetings show for a camera that is off."""
    sheet = np.full((height, width, 3), 38, np.float32)
    paint(sheet, ellipse(width / 2, height * 0.46, height * 0.24, height * 0.24), who.shirt)
    label(sheet, who.name, width * 0.025, height * 0.965, max(1.5, height / 75))
    return sheet


PEOPLE: Sequence[Person] = (
    Person("ADA", (238, 190, 160), (92, 56, 34), (196, 84, 72), (150, 168, 176), True),
    Person("BEA", (150, 100, 72), (36, 28, 26), (232, 190, 84), (188, 176, 156), False),
    Person("CLEO", (246, 206, 180), (214, 164, 92), (96, 140, 172), (172, 150, 142), True),
    Person("DEV", (190, 136, 98), (30, 24, 24), (90, 132, 92), (196, 190, 178), False),
    Person("ELI", (232, 182, 150), (130, 70, 36), (116, 96, 160), (142, 160, 142), False),
    Person("FAY", (116, 76, 56), (28, 22, 22), (222, 124, 96), (176, 186, 196), True),
    Person("GUS", (250, 214, 192), (168, 110, 60), (72, 116, 132), (190, 170, 140), False),
    Person("IVY", (206, 154, 116), (50, 34, 28), (212, 120, 150), (156, 150, 172), True),
    Person("KIT", (242, 196, 168), (70, 46, 34), (120, 150, 80), (170, 160, 150), False),
)
"""The nine who come to the demo's storytime. They are drawings and stand for nobody."""
