"""Shots: the decision on numbers alone, and what it makes of drawn films."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace
from fractions import Fraction

import numpy as np
import pytest

from deploy.demo_drawing import Sheet
from media_pipeline.adapters.detectors.planes import Bytes, Planes
from media_pipeline.adapters.detectors.shots import BOUNDS, Change, PixelShotMeter, is_new_shot, measure, shrink
from media_pipeline.core.findings import Movement
from media_pipeline.core.media import Box
from media_pipeline.ports.detector import Frame
from tests.adapters.detectors.pictures import HEIGHT, WIDTH, frame_of, noisy, room, video_of, with_people

STILL = Change(whole=0, block=0, colour=0, drift=0)


def starts(film: Iterable[Sheet]) -> list[int]:
    """The numbers of the frames that begin a shot."""
    meter = PixelShotMeter()
    return [number for number, sheet in enumerate(film) if meter.starts_shot(frame_of(sheet))]


def test_the_bounds_are_those_that_were_measured() -> None:
    """Raising one would have to be measured anew: 10 and 34 found 73 of 73 shot changes."""
    assert (BOUNDS.whole, BOUNDS.block) == (10, 34)
    assert BOUNDS.drift < 16
    assert BOUNDS.colour <= 24


def test_no_change_is_no_shot() -> None:
    """Neither is a change up to each of the bounds."""
    assert not is_new_shot(STILL)
    assert not is_new_shot(BOUNDS)


@pytest.mark.parametrize("measure_name", ["whole", "block", "colour", "drift"])
@pytest.mark.parametrize("times", [1.01, 1000.0, float("inf"), float("nan")])
def test_more_than_any_one_bound_is_a_new_shot(measure_name: str, times: float) -> None:
    """One is enough, and what is not a number counts as more."""
    beyond = {measure_name: getattr(BOUNDS, measure_name) * times}
    assert is_new_shot(replace(STILL, **beyond))


def test_the_four_measures_are_what_they_say() -> None:
    """On planes with known differences."""
    grey = np.full((HEIGHT, WIDTH, 3), 100, np.float32)
    lighter = grey + 20
    corner = grey.copy()
    corner[: HEIGHT // 9, : WIDTH // 16] += 60
    tinted = grey + np.array([40, -20.4, 0], np.float32)  # as light as grey
    small = [shrink(frame_of(sheet).planes) for sheet in (grey, lighter, corner, tinted)]
    step = 219 / 255
    whole = measure(small[1], small[0], small[0])
    assert astuple(whole) == pytest.approx((20 * step, 20 * step, 0, 20 * step), abs=1)
    block = measure(small[2], small[0], small[2])
    assert astuple(block) == pytest.approx((60 * step / 144, 60 * step, 0, 0), abs=2)
    assert block.drift == 0
    colour = measure(small[3], small[0], small[0])
    assert astuple(colour) == pytest.approx((0, 0, 25, 0), abs=2)


def test_the_first_frame_begins_a_shot() -> None:
    """Black ones too."""
    assert starts([np.zeros((HEIGHT, WIDTH, 3), np.float32)] * 3) == [0]


def test_every_hard_cut_is_found() -> None:
    """Between furnished rooms with people in them, three frames each, noise and all."""
    film = [
        noisy(with_people(room(seed), [(160, 80)], first=seed), 3 * seed + number)
        for seed in range(12)
        for number in range(3)
    ]
    assert starts(film) == list(range(0, 36, 3))


def test_a_flash_of_one_frame_is_two_cuts() -> None:
    """Into it and out of it."""
    home, other = room(1), with_people(room(2), [(160, 80)])
    assert starts([home] * 5 + [other] + [home] * 5) == [0, 5, 6]


@pytest.mark.parametrize("frames", [6, 12, 25, 50, 100])
def test_a_cross_fade_is_found_before_it_is_over(frames: int) -> None:
    """However slow, and its last shot begins when most of what it fades to is there."""
    home, other = room(1), with_people(room(2), [(160, 80)])
    film = [home + (other - home) * np.float32(step / frames) for step in range(frames + 1)]
    found = starts(film + [other] * 5)
    assert 0.6 * frames < found[-1] <= frames


def test_a_slow_pan_starts_shots() -> None:
    """From a room to the one beside it, 2 pixels a frame."""
    wide = np.concatenate((room(3), room(5)), axis=1)
    assert len(starts(wide[:, at : at + WIDTH] for at in range(0, WIDTH, 2))) >= 3


@pytest.mark.parametrize("share", [2, 3, 4])
def test_a_thumbnail_that_appears_is_found(share: int) -> None:
    """In the corner, at half to a quarter of the picture's width."""
    home = room(7)
    with_tile = home.copy()
    tile = with_people(room(9), [(160, 80)], size=60)[::share, ::share]
    with_tile[: tile.shape[0], : tile.shape[1]] = tile
    assert starts([home] * 3 + [with_tile] * 3) == [0, 3]


def test_somebody_who_sways_starts_no_shot() -> None:
    """Else every frame would be looked at."""
    home = room(4)
    film = [
        noisy(with_people(home, [(160 + 12 * np.sin(number / 12), 80)], size=30), number, 2.0) for number in range(60)
    ]
    assert starts(film) == [0]


def test_meters_share_nothing() -> None:
    """Each film has its own first frame."""
    one, other = PixelShotMeter(), PixelShotMeter()
    picture = frame_of(room(1))
    assert one.starts_shot(picture)
    assert other.starts_shot(picture)
    assert not one.starts_shot(picture)


def film(*lumas: float | Bytes) -> list[Frame]:
    """Frames of 640 × 360 of these levels, 25 a second."""
    colour = np.full((180, 320), 128, np.uint8)
    pictures = [np.full((360, 640), luma, np.uint8) if isinstance(luma, float) else luma for luma in lumas]
    return [Frame(Fraction(n, 25), Planes(picture, colour, colour)) for n, picture in enumerate(pictures)]


def test_movement_is_told_of_the_shot_that_ended_and_then_of_the_next() -> None:
    """A corner flickers in the first shot; the second is still."""
    first = [np.full((360, 640), 100, np.uint8) for _ in range(10)]
    for number, picture in enumerate(first):
        picture[:40, :40] += 10 * (number % 2)
    meter = PixelShotMeter()
    frames = film(*first, *[200.0] * 5)
    starts = [meter.starts_shot(frame) for frame in frames[:11]]
    assert starts == [True, *[False] * 9, True]
    assert meter.is_abrupt()
    assert meter.movement() == Movement((0,), 1)
    for frame in frames[11:]:
        meter.starts_shot(frame)
    assert meter.movement() == Movement((), 0)


def test_repeated_frames_do_not_hide_movement() -> None:
    """Ten pictures a second shown thirty times a second."""
    pictures = []
    for number in range(8):
        picture = np.full((360, 640), 100, np.uint8)
        picture[:40, :40] += 10 * (number % 2)
        pictures += [picture] * 3
    meter = PixelShotMeter()
    for frame in film(*pictures):
        meter.starts_shot(frame)
    assert meter.movement().lively == (0,)


def test_what_comes_bit_by_bit_is_not_abrupt() -> None:
    """Half of the picture grows brighter by a level a frame, until it is another shot than it began as."""
    meter = PixelShotMeter()
    pictures = []
    for number in range(40):
        picture = np.full((360, 640), 100, np.uint8)
        picture[:, :320] += number
        pictures.append(picture)
    begun = [number for number, frame in enumerate(film(*pictures)) if meter.starts_shot(frame)]
    assert begun[0] == 0
    assert len(begun) > 1
    assert not meter.is_abrupt()


def shown(*boxes: tuple[int, int, int, int]) -> Bytes:
    """A page with dark rectangles on it: left, top, width, height in pixels of 640 × 360."""
    page = np.full((360, 640), 200, np.uint8)
    for left, top, width, height in boxes:
        page[top : top + height, left : left + width] = 60
    return page


def more(*pictures: Bytes) -> list[bool]:
    """Which of them show more than the last that did, the first among them."""
    meter, (first, *others) = PixelShotMeter(), film(*pictures)
    known, told = first, [True]
    for frame in others:
        told.append(not meter.shows_same(frame, known))
        known = frame if told[-1] else known
    return told


def test_a_pointer_shows_no_more_and_whoever_comes_does() -> None:
    """What is no more than a pointer at two places is nobody; a head of 20 pixels is somebody, and known from then on."""
    pointer, other = (50, 50, 8, 12), (400, 200, 8, 12)
    head = (300, 100, 20, 24)
    assert more(shown(), shown(), shown(pointer), shown(other), shown(other, head), shown(head)) == [
        *(True, False, False, False),
        *(True, False),
    ]


def test_what_grows_bit_by_bit_is_seen_in_the_end() -> None:
    """Compared is with what was looked at, not with the frame before."""
    told = more(*(shown((300, 100, 4 * number, 12)) for number in range(20)))
    assert told[0]
    assert told.count(True) in (2, 3)


def test_somebody_in_the_dark_who_comes_is_seen() -> None:
    """Five levels are a change."""
    dark = np.full((360, 640), 20, np.uint8)
    there = dark.copy()
    there[100:140, 100:130] += 5
    assert more(dark, there) == [True, True]


ALL = video_of(640, 360)


def came_and_stays(*pictures: Bytes, people: Sequence[Box] = ()) -> bool:
    """Of three frames, the last beside the one before it and the first."""
    known, before, frame = film(*pictures)
    return PixelShotMeter().shows_more(frame, before, known, ALL, people)


def test_a_line_that_comes_and_stays_is_more_and_what_goes_by_is_not() -> None:
    line, hand = (20, 300, 120, 20), (200, 100, 80, 80)
    assert came_and_stays(shown(), shown(line), shown(line))
    assert came_and_stays(shown(hand), shown(line), shown(line, (500, 10, 8, 8)))
    assert not came_and_stays(shown(line), shown(line), shown(line))
    assert not came_and_stays(shown(), shown(hand), shown((300, 100, 80, 80)))
    # a look is no while yet, nor is a pointer a line
    assert not came_and_stays(shown(), shown(), shown(line))
    assert not came_and_stays(shown(), shown((50, 50, 12, 18)), shown((50, 50, 12, 18)))


def test_what_comes_where_people_are_is_they() -> None:
    line = (200, 300, 120, 20)
    there, beyond, around = Box(180, 280, 160, 60), Box(400, 280, 160, 60), Box(205, 304, 112, 12)
    assert not came_and_stays(shown(), shown(line), shown(line), people=[there])
    assert not came_and_stays(shown(), shown(line), shown(line), people=[beyond, around])
    assert came_and_stays(shown(), shown(line), shown(line), people=[beyond])
    large = PixelShotMeter()
    known, frame = film(shown(), shown(line))
    assert not large.shows_more(frame, frame, known, video_of(1280, 720), [Box(360, 560, 320, 120)])
    assert large.shows_more(frame, frame, known, video_of(1280, 720), [there])


def crossings(*sheets: Sheet) -> bool:
    meter = PixelShotMeter()
    for sheet in sheets:
        meter.starts_shot(frame_of(sheet))
    told = meter.crossed()
    assert not meter.crossed(), "it tells of what was since it was asked"
    return told


def walking(*places: int) -> list[Sheet]:
    """A room, and somebody whose left shoulder is so many pixels from the picture's left side."""
    return [with_people(room(4), [(place + 30, 80)], size=30) for place in places]


@pytest.mark.parametrize("way", [range(-60, 100, 8), range(100, -60, -8), range(330, 200, -8)])
def test_whoever_walks_in_or_out_crosses_a_side(way: range) -> None:
    assert crossings(*walking(*way))


def test_who_stays_and_a_cut_cross_none() -> None:
    swaying = [round(130 + 20 * np.sin(number / 4)) for number in range(40)]
    assert not crossings(*walking(*swaying))
    assert not crossings(*walking(*swaying), *([room(9)] * 10), *([room(4)] * 10))
    assert not crossings(*(noisy(room(4), number, 0.7) for number in range(20)))
