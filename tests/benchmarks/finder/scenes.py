"""One scene for each kind of shot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import pi, sin, tau

import numpy as np

from tests.benchmarks.finder.compositor import Faded, Layer, Layered, Scene, Window
from tests.benchmarks.finder.kinds import Kind
from tests.benchmarks.finder.layouts import corner, grid, ground, page, strip
from tests.benchmarks.finder.props import book, puppet
from tests.benchmarks.finder.rooms import Stage, leaning, nodding, presenting, seated, swaying, walking, way_done
from tests.benchmarks.finder.script import Take
from tests.benchmarks.finder.stock import Cutout
from tests.benchmarks.finder.tiles import Look, card, named, tile

Lots = np.random.Generator


def scene_of(take: Take, stage: Stage) -> Scene:
    """What a take shows, by its seed."""
    return _SCENES[take.kind](stage, np.random.default_rng(take.seed), take)


def _filmed(stage: Stage, lots: Lots, layers: Sequence[Layer], cameras: Sequence[Window], noise: int = 3) -> Layered:
    pace, start, depth = lots.uniform(0.02, 0.1), lots.uniform(0, tau), lots.uniform(0, 7)
    return Layered(stage.frame.right, layers, cameras, noise, lambda t: depth * sin(tau * pace * t + start))


def _who(stage: Stage, take: Take) -> int:
    return take.seed % len(stage.presenters)


def _speaker(stage: Stage, lots: Lots, take: Take) -> Scene:
    layers = presenting(stage, lots, stage.frame, _who(stage, take))
    return _filmed(stage, lots, [*layers, *named(lots, stage.frame, 0.4)], [stage.frame])


def _page(stage: Stage, lots: Lots, take: Take) -> Scene:
    return _filmed(stage, lots, page(stage.stock, lots, stage.frame), [])


def _page_and_presenter(stage: Stage, lots: Lots, take: Take) -> Scene:
    small = corner(stage.frame, lots)
    shown = [*presenting(stage, lots, small, _who(stage, take)), *named(lots, small)]
    return _filmed(stage, lots, [*page(stage.stock, lots, stage.frame), *shown], [small])


def _book(stage: Stage, lots: Lots, take: Take) -> Scene:
    layers = presenting(stage, lots, stage.frame, _who(stage, take))
    return _filmed(stage, lots, [*layers, book(stage.stock, lots, stage.frame)], [stage.frame])


def _puppet(stage: Stage, lots: Lots, take: Take) -> Scene:
    layers = presenting(stage, lots, stage.frame, _who(stage, take))
    return _filmed(stage, lots, [*layers, puppet(lots, stage.frame)], [stage.frame])


def _both(stage: Stage, lots: Lots, take: Take) -> Scene:
    tiles = grid(stage.frame, 2, 2)
    shown = [layer for who, window in enumerate(tiles) for layer in presenting(stage, lots, window, who)]
    return _filmed(stage, lots, [ground(stage.frame), *shown], tiles)


def _pan(stage: Stage, lots: Lots, take: Take) -> Scene:
    """The camera drifts to and fro over the presenter's room."""
    return _panned(stage, lots, take, guest=False)


def _pan_to(stage: Stage, lots: Lots, take: Take) -> Scene:
    """The camera goes from the presenter to a child who sits further on in the room, and stays there."""
    return _panned(stage, lots, take, guest=True)


def _panned(stage: Stage, lots: Lots, take: Take, *, guest: bool) -> Scene:
    width, height = stage.frame.size
    who, wide = _who(stage, take), int(1.5 * width) // 2 * 2
    length = take.frames / float(stage.script.rate)
    room = stage.room(who, wide, height)
    layers = [
        Layer((room,), stage.frame, lambda t: (0, 0)),
        seated(stage, lots, stage.presenters[who], stage.frame, 0.4, lots.uniform(0.3, 0.36)),
    ]
    if guest:
        child = stage.stock.children[int(lots.integers(len(stage.stock.children)))]
        half = 0.26 / child.head * height * child.picture.shape[1] / child.picture.shape[0] / (2 * width)
        layers.append(seated(stage, lots, child, stage.frame, 1.05 + half, 0.26, guest=True))  # out of sight at first
    reach = (wide - width) * (1.0 if guest else lots.uniform(0.25, 0.5))
    end = 0.75 if guest else 1.0  # of the shot's time

    def camera(t: float) -> float:
        share = min(1.0, t / (end * length))
        return float(reach * (1 - np.cos(pi * share)) / 2) if guest else float(reach * sin(pi * share))

    return _filmed(stage, lots, [_carried(layer, camera) for layer in layers], [stage.frame])


def _carried(layer: Layer, camera: Callable[[float], float]) -> Layer:
    """The same, seen by a camera that is so many pixels further to the right."""

    def path(t: float) -> tuple[float, float]:
        x, y = layer.path(t)
        return x - camera(t), y

    return Layer(layer.sprites, layer.window, path, layer.turn, layer.participant)


def _full(look: Look) -> Callable[[Stage, Lots, Take], Scene]:
    """One participant who fills the frame."""

    def scene(stage: Stage, lots: Lots, take: Take) -> Scene:
        chosen = (Look.BACKLIT if lots.random() < 0.5 else Look.DARK) if look is Look.DARK else look
        noise = 6 if chosen is Look.DARK else 3
        return _filmed(stage, lots, tile(stage.stock, lots, stage.frame, chosen), [stage.frame], noise)

    return scene


def _gallery(stage: Stage, lots: Lots, take: Take) -> Scene:
    across = int(lots.integers(2, 6))
    count = across * across - int(lots.integers(0, across))
    return _tiled(stage, lots, take, grid(stage.frame, max(2, count), across))


def _tiled(stage: Stage, lots: Lots, take: Take, windows: list[Window]) -> Scene:
    """The presenter among participants, of whom some have their camera off and some sit in the dark."""
    hosts = int(lots.integers(len(windows)))
    layers, cameras = [ground(stage.frame)], []
    for place, window in enumerate(windows):
        lot = lots.random()
        if place == hosts:
            layers += [*presenting(stage, lots, window, _who(stage, take)), *named(lots, window)]
        elif lot < 0.15:
            layers += card(stage.stock, lots, window)
            continue
        else:
            layers += tile(stage.stock, lots, window, _look(lots))
        cameras.append(window)
    return _filmed(stage, lots, layers, cameras)


def _look(lots: Lots) -> Look:
    looks = (Look.DARK, Look.BACKLIT, Look.EDGE, Look.COVERED, Look.PROFILE)
    return looks[int(lots.integers(len(looks)))] if lots.random() < 0.25 else Look.PLAIN


def _strip(stage: Stage, lots: Lots, take: Take) -> Scene:
    """Some tiles beside or above the presenter, or a page."""
    beside = bool(lots.random() < 0.5)
    large, windows = strip(stage.frame, int(lots.integers(1, 6)), beside=beside)
    if lots.random() < 0.5:
        layers, cameras = page(stage.stock, lots, large), []
    else:
        layers, cameras = presenting(stage, lots, large, _who(stage, take)), [large]
    back = ground(stage.frame)
    tiles = [
        tile(stage.stock, lots, w, _look(lots)) if lots.random() < 0.8 else card(stage.stock, lots, w) for w in windows
    ]
    return _filmed(stage, lots, [back, *layers, *(layer for shown in tiles for layer in shown)], [*cameras, *windows])


def _side(stage: Stage, lots: Lots, take: Take) -> Scene:
    """The presenter and one participant, as large."""
    one, other = grid(stage.frame, 2, 2)
    shown = [*presenting(stage, lots, one, _who(stage, take)), *tile(stage.stock, lots, other, _look(lots))]
    return _filmed(stage, lots, [ground(stage.frame), *shown], [one, other])


def _flash(stage: Stage, lots: Lots, take: Take) -> Scene:
    """Whoever made a noise, for a moment; or all of them."""
    if lots.random() < 0.25:
        return _gallery(stage, lots, take)
    return _full(_look(lots))(stage, lots, take)


def _card(stage: Stage, lots: Lots, take: Take) -> Scene:
    """A card that fills the frame, or a few of them, or cards beside the presenter."""
    lot = lots.random()
    if lot < 0.5:
        return _filmed(stage, lots, card(stage.stock, lots, stage.frame), [])
    if lot < 0.75:
        windows = grid(stage.frame, int(lots.integers(2, 5)), 2)
        cards = [layer for window in windows for layer in card(stage.stock, lots, window)]
        return _filmed(stage, lots, [ground(stage.frame), *cards], [])
    large, windows = strip(stage.frame, int(lots.integers(1, 4)), beside=True)
    cards = [layer for window in windows for layer in card(stage.stock, lots, window)]
    shown = presenting(stage, lots, large, _who(stage, take))
    return _filmed(stage, lots, [ground(stage.frame), *shown, *cards], [large])


def _walk_in(stage: Stage, lots: Lots, take: Take) -> Scene:
    """A child comes in from one side after a while, stands beside the presenter and sways there."""
    length = take.frames / float(stage.script.rate)
    walker = walking(stage, lots, lots.uniform(0.15, 0.4) * length, beside=True)
    return _filmed(stage, lots, [*presenting(stage, lots, stage.frame, _who(stage, take)), walker], [stage.frame])


def _comes_alone(stage: Stage, lots: Lots, take: Take) -> Scene:
    """The presenter goes out of the picture, and while they fetch something a child comes to the camera."""
    width, _ = stage.frame.size
    length = take.frames / float(stage.script.rate)
    room, presenter = presenting(stage, lots, stage.frame, _who(stage, take))
    leaves, takes = lots.uniform(0.1, 0.25) * length, lots.uniform(0.8, 1.6)
    way = width * (1.0 if lots.random() < 0.5 else -1.0)
    gone = _carried(presenter, lambda t: way * way_done(t, leaves, takes))
    walker = walking(stage, lots, leaves + takes + lots.uniform(-0.5, 2.0), beside=False)
    return _filmed(stage, lots, [room, gone, walker], [stage.frame])


def _beside(stage: Stage, lots: Lots, take: Take) -> Scene:
    """A child who sits beside the presenter all the time."""
    child = stage.stock.children[int(lots.integers(len(stage.stock.children)))]
    places = (0.36, 0.72) if lots.random() < 0.5 else (0.64, 0.28)
    room, presenter = presenting(stage, lots, stage.frame, _who(stage, take), places[0])
    guest = seated(stage, lots, child, stage.frame, places[1], lots.uniform(0.2, 0.28), guest=True)
    return _filmed(stage, lots, [room, presenter, guest], [stage.frame])


def _wide(stage: Stage, lots: Lots, take: Take) -> Scene:
    """A camera at the back of the room: the presenter far off, heads from behind in front."""
    width, height = stage.frame.size
    who = _who(stage, take)
    far = Window(0, 0, width, int(height * 0.78) // 2 * 2)
    layers = [
        Layer((stage.room(who, width, height),), stage.frame, lambda t: (0, 0)),
        seated(stage, lots, stage.presenters[who], far, 0.5, 0.17),
    ]
    count = int(lots.integers(3, 7))
    for place in range(count):
        back = stage.stock.backs[int(lots.integers(len(stage.stock.backs)))]
        sprites = leaning(_varied(back, lots), int(height * min(0.9, lots.uniform(0.2, 0.3) / back.head)))
        x = (place + lots.uniform(0.2, 0.6)) * width / count - sprites[0].planes[0].shape[1] / 2
        path = swaying(lots, x, height * lots.uniform(0.6, 0.72), 0.006 * width)
        layers.append(Layer(sprites, stage.frame, path, nodding(lots), True))
    return _filmed(stage, lots, layers, [stage.frame])


def _varied(who: Cutout, lots: Lots) -> Cutout:
    """Somebody else: turned round, darker or brighter."""
    picture = who.picture[:, ::-1] if lots.random() < 0.5 else who.picture
    tone = np.array([*lots.uniform(0.55, 1.1, 3) ** (0.3, 0.3, 0.3) * lots.uniform(0.5, 1.1), 1], np.float32)
    return Cutout(np.clip(picture * tone, 0, 255), who.head)


def _fade(stage: Stage, lots: Lots, take: Take) -> Scene:
    """From the presenter to a participant, or to many, and back, each in half a second to a second and a half."""
    inner = _gallery(stage, lots, take) if lots.random() < 0.4 else _full(_look(lots))(stage, lots, take)
    slope = min(take.frames // 3, round(lots.uniform(0.5, 1.5) * float(stage.script.rate)))
    return Faded(_speaker(stage, lots, take), inner, take.frames, max(1, slope))


_SCENES: dict[Kind, Callable[[Stage, Lots, Take], Scene]] = {
    Kind.SPEAKER: _speaker,
    Kind.PAGE: _page,
    Kind.PAGE_AND_PRESENTER: _page_and_presenter,
    Kind.BOOK: _book,
    Kind.PUPPET: _puppet,
    Kind.BOTH: _both,
    Kind.PAN: _pan,
    Kind.CLOSE: _full(Look.PLAIN),
    Kind.GALLERY: _gallery,
    Kind.STRIP: _strip,
    Kind.SIDE: _side,
    Kind.FLASH: _flash,
    Kind.CARD: _card,
    Kind.DARK: _full(Look.DARK),
    Kind.EDGE: _full(Look.EDGE),
    Kind.COVERED: _full(Look.COVERED),
    Kind.PROFILE: _full(Look.PROFILE),
    Kind.WALK_IN: _walk_in,
    Kind.COMES_ALONE: _comes_alone,
    Kind.PAN_TO: _pan_to,
    Kind.BESIDE: _beside,
    Kind.WIDE: _wide,
    Kind.FADE: _fade,
}
