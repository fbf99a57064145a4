"""Participants' tiles: heads in their pictures, dark, cut off or covered ones, cards of cameras that are off, and names."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from deploy.demo_drawing import ellipse, label, paint, shade, slab
from tests.benchmarks.finder.compositor import Layer, Path, Window, sprite
from tests.benchmarks.finder.imaging import Box, Pixels, even, filling, sample
from tests.benchmarks.finder.rooms import swaying
from tests.benchmarks.finder.stock import Head, Pose, Stock

NAMES = ("EVA", "LEO", "TOBI", "CLARA", "IDA", "OSKAR", "KARL", "LISA", "URS", "DORA", "GRETA", "BORIS", "ALI", "YARA")

_BORDER = 0.06
"""Of a tile's size: how much larger its picture is, so that it can sway."""


_LARGER = 15
"""A head in a photograph is at least this part of the height of the tile that it is shown in, if there is any such."""


class Look(StrEnum):
    """How a participant's tile looks."""

    PLAIN = "plain"
    DARK = "dark"
    BACKLIT = "backlit"
    EDGE = "edge"
    COVERED = "covered"
    PROFILE = "profile"


def tile(stock: Stock, lots: np.random.Generator, window: Window, look: Look = Look.PLAIN) -> list[Layer]:
    """A participant behind a window of the frame, and now and then their name."""
    width, height = window.size
    picture = _picture(stock, lots, even(width * (1 + _BORDER)), even(height * (1 + _BORDER)), look)
    x, y = window.left - _BORDER / 2 * width, window.top - _BORDER / 2 * height
    path = swaying(lots, x, y, 0.015 * width)
    filling_it = _covering(path, window, picture.shape[1], picture.shape[0])
    return [Layer((sprite(picture),), window, filling_it, participant=True), *named(lots, window)]


def _covering(path: Path, window: Window, columns: int, rows: int) -> Path:
    """The path of a picture that always fills its window."""

    def kept(t: float) -> tuple[float, float]:
        x, y = path(t)
        return (
            min(max(x, window.right - columns), window.left),
            min(max(y, window.bottom - rows), window.top),
        )

    return kept


def _picture(stock: Stock, lots: np.random.Generator, width: int, height: int, look: Look) -> Pixels:
    if look is Look.BACKLIT:
        return _backlit(stock, lots, width, height)
    pose = {Look.PROFILE: Pose.PROFILE, Look.COVERED: Pose.COVERED}.get(look, Pose.FACE)
    able = [head for head in stock.heads if head.pose is pose]
    drawn_over = look is Look.COVERED and lots.random() < 0.6  # else somebody who covers their face themselves
    if drawn_over or not able:
        able = [head for head in stock.heads if head.pose is Pose.FACE]
    if look in (Look.EDGE, Look.COVERED):  # in a crowd others would give them away
        able = [head for head in able if sum(other.picture is head.picture for other in stock.heads) <= 2] or able
    sharp = [head for head in able if head.box[3] - head.box[1] > height / _LARGER] or able
    head = sharp[int(lots.integers(len(sharp)))]
    box = _about(head, width / height, lots.uniform(1.7, 3.2) if look is not Look.EDGE else 1.5, lots)
    picture = sample(head.picture, _pushed(box, head.box, lots) if look is Look.EDGE else box, width, height)
    picture = _lit(picture, lots, dark=look is Look.DARK)
    if drawn_over:
        _cover(picture, _inside(head.box, box, width, height), stock, lots)
    return np.ascontiguousarray(picture[:, ::-1]) if lots.random() < 0.5 else picture


def _about(head: Head, shape: float, room: float, lots: np.random.Generator) -> Box:
    """A part of the picture about `room` heads high, of a shape (width by height), with all of the head in it."""
    left, top, right, bottom = head.box
    rows, columns = head.picture.shape[:2]
    high = max(room * (bottom - top), 1.1 * (right - left) / shape)
    high = min(high, rows, columns / shape)
    wide = high * shape
    x = (left + right) / 2 - wide * lots.uniform(0.42, 0.58)
    y = (top + bottom) / 2 - high * lots.uniform(0.38, 0.5)
    x, y = min(max(0.0, x), columns - wide), min(max(0.0, y), rows - high)
    return x, y, x + wide, y + high


def _pushed(box: Box, head: Box, lots: np.random.Generator) -> Box:
    """The same part, moved so that its edge goes through the head: 35 to 60 % of it stay."""
    left, top, right, bottom = box
    stays = lots.uniform(0.35, 0.6)
    side = int(lots.integers(3))
    across, down = head[2] - head[0], head[3] - head[1]
    if side == 0:
        move = head[0] + across * (1 - stays) - left
        return left + move, top, right + move, bottom
    if side == 1:
        move = head[2] - across * (1 - stays) - right
        return left + move, top, right + move, bottom
    move = head[1] + down * (1 - stays) - top
    return left, top + move, right, bottom + move


def _inside(head: Box, box: Box, width: int, height: int) -> Box:
    """Where the head is in the part that was cut out, in its new pixels."""
    across, down = width / (box[2] - box[0]), height / (box[3] - box[1])
    return (
        (head[0] - box[0]) * across,
        (head[1] - box[1]) * down,
        (head[2] - box[0]) * across,
        (head[3] - box[1]) * down,
    )


def _lit(picture: Pixels, lots: np.random.Generator, *, dark: bool) -> Pixels:
    """As a webcam shows it: a little darker or brighter, warmer or colder; `dark` is an unlit room in the evening."""
    gain = lots.uniform(0.12, 0.22) if dark else lots.uniform(0.75, 1.1)
    tint = np.array([1, 1, 1], np.float32) + lots.uniform(-0.06, 0.06, 3).astype(np.float32)
    return np.asarray(np.clip(picture * gain * tint + (4 if dark else 0), 0, 255), np.float32)


def _backlit(stock: Stock, lots: np.random.Generator, width: int, height: int) -> Pixels:
    """Somebody before a bright window, nearly a shadow."""
    who = stock.children[int(lots.integers(len(stock.children)))].picture
    rows, columns = who.shape[:2]
    ground = np.full((height, width, 3), 238, np.float32)
    paint(ground, slab(0, 0, width * lots.uniform(0.1, 0.3), height), (60, 56, 52))
    tall = even(height * lots.uniform(0.75, 1.3))
    wide = even(tall * columns / rows)
    if wide > 0.8 * width:
        wide, tall = even(0.8 * width), even(0.8 * width * rows / columns)
    figure = sample(who, (0, 0, columns, rows), wide, tall)
    top, left = max(0, height - tall), int(lots.uniform(0.2, 0.8) * (width - wide))
    figure = figure[: height - top]
    cover = figure[..., 3:] / 255
    under = ground[top : top + figure.shape[0], left : left + wide]
    under += cover * (figure[..., :3] * lots.uniform(0.15, 0.3) + 12 - under)
    return ground


def _cover(picture: Pixels, head: Box, stock: Stock, lots: np.random.Generator) -> None:
    """Holds a book or a hand before the face: the hair and an ear stay."""
    left, top, right, bottom = head
    across, down = right - left, bottom - top
    if lots.random() < 0.5:
        page = stock.pages[int(lots.integers(len(stock.pages)))]
        wide, high = int(1.15 * across), int(0.85 * down)
        book = sample(page, filling(page, wide, high), wide, high)
        x, y = int(left - 0.08 * across), int(top + 0.3 * down)
        part = picture[max(0, y) : y + high, max(0, x) : x + wide]
        part[:] = book[max(0, -y) :, max(0, -x) :][: part.shape[0], : part.shape[1]]
        return
    skin = picture[int((top + bottom) / 2), int((left + right) / 2)]
    tone = (float(skin[0]) * 0.9, float(skin[1]) * 0.9, float(skin[2]) * 0.9)
    paint(picture, ellipse((left + right) / 2, top + 0.72 * down, 0.42 * across, 0.3 * down), tone, shade(tone, 0.8))
    for finger in range(4):
        middle = left + (0.2 + 0.2 * finger) * across
        paint(
            picture,
            slab(middle - 0.09 * across, top + 0.15 * down, middle + 0.09 * across, top + 0.7 * down, 0.09 * across),
            tone,
        )


def named(lots: np.random.Generator, window: Window, chance: float = 0.7) -> list[Layer]:
    """A name in the window's lower left corner, or none."""
    if lots.random() > chance:
        return []
    name, block = NAMES[int(lots.integers(len(NAMES)))], max(1, round(window.size[1] / 110))
    width, height = even((4 * len(name) + 3) * block), even(9 * block)
    sheet = np.full((height, width, 3), 40, np.float32)
    label(sheet, name, 0, height, block)
    left, top = window.left + 2 * block, window.bottom - height - 2 * block
    return [Layer((sprite(sheet),), window, lambda t: (left, top))]


def card(stock: Stock, lots: np.random.Generator, window: Window) -> list[Layer]:
    """The card of a participant whose camera is off: a name, initials on a field of colour, or a small picture."""
    width, height = window.size
    sheet = np.full((even(height), even(width), 3), 36, np.float32)
    middle, side = (width / 2, height / 2), 0.2 * height
    style, name = int(lots.integers(3)), NAMES[int(lots.integers(len(NAMES)))]
    if style == 0:
        _write(sheet, name, middle, max(1, height // 40))
    elif style == 1:
        colour = _COLOURS[int(lots.integers(len(_COLOURS)))]
        box = slab(middle[0] - side, middle[1] - side, middle[0] + side, middle[1] + side, side * 0.3)
        paint(sheet, box, colour)
        _write(sheet, name[0], middle, max(1, int(side / 5)))
    else:
        faces = [head for head in stock.heads if head.pose is Pose.FACE]
        head = faces[int(lots.integers(len(faces)))]
        small = even(2 * side)
        picture = sample(head.picture, _about(head, 1, 1.4, lots), small, small)
        top, left = int(middle[1] - small / 2), int(middle[0] - small / 2)
        sheet[top : top + small, left : left + small] = picture
    fixed = Layer((sprite(sheet),), window, lambda t: (window.left, window.top), participant=True)
    return [fixed, *named(lots, window)]


_COLOURS: Sequence[tuple[float, float, float]] = ((46, 120, 190), (120, 80, 160), (30, 130, 110), (190, 90, 50))


def _write(sheet: Pixels, text: str, middle: tuple[float, float], block: int) -> None:
    """Letters alone, without the bar that names stand on."""
    under = sheet.copy()
    width, height = (4 * len(text) + 3) * block, 9 * block
    label(sheet, text, middle[0] - width / 2, middle[1] + height / 2, block)
    dark = sheet.max(axis=2) < 150
    sheet[dark] = under[dark]
