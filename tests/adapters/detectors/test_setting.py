"""Settings speak of rooms: alike whoever moves in them, unlike from room to room, and silent when only a face is left."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from deploy.demo_drawing import Sheet
from media_pipeline.adapters.detectors.setting import GROWTH, GridSettingMeter
from media_pipeline.core.findings import Setting
from media_pipeline.core.intervals import Interval
from media_pipeline.core.looks import setting_distance
from media_pipeline.core.media import AudioCodec, AudioTrack, Box, MediaFile
from tests.adapters.detectors.pictures import HEAD, HEIGHT, WIDTH, frame_of, noisy, room, video_of, with_people

ROOMS = range(8)


def setting(sheet: Sheet, boxes: Sequence[Box] = (), media: MediaFile | None = None) -> Setting:
    """The setting of one drawn picture."""
    return GridSettingMeter().setting(frame_of(sheet), media or video_of(), boxes)


def head(x: float, y: float) -> Box:
    """About the box that CenterFace puts on a drawn face."""
    return Box(round(x - 0.8 * HEAD), round(y - HEAD), round(1.6 * HEAD), round(2 * HEAD))


def test_forty_cells_of_three_bytes_row_by_row() -> None:
    """Luma, blue difference and red difference of each."""
    sheet = np.zeros((200, 320, 3), np.float32)
    sheet[40:80, 80:120] = 255  # second row, third column
    measured = setting(sheet, media=video_of(320, 200))
    assert len(measured) == 8 * 5 * 3
    cells = np.array(measured).reshape(5, 8, 3)
    assert cells[1, 2].tolist() == [235, 128, 128]
    assert np.all(np.delete(cells.reshape(40, 3), 8 + 2, axis=0) == [16, 128, 128])


def test_a_person_who_moves_keeps_the_setting() -> None:
    """Within the bound that looks are grouped by, with noise and light that wavers."""
    for number in ROOMS:
        places = [(110, 70), (160, 80), (205, 66)]
        measured = [
            setting(noisy(with_people(room(number), [place], first=number), index) + 4 * index, [head(*place)])
            for index, place in enumerate(places)
        ]
        assert max(setting_distance(one, other) for one, other in combinations(measured, 2)) < 8


def test_other_rooms_are_other_settings() -> None:
    """With the same person at the same place in all of them."""
    measured = [setting(with_people(room(number), [(160, 80)]), [head(160, 80)]) for number in ROOMS]
    assert min(setting_distance(one, other) for one, other in combinations(measured, 2)) > 12


def test_what_lies_under_a_face_says_nothing() -> None:
    """Two people with faces of other colours at one place: their heads leave no trace."""
    box = Box(100, 40, 60, 80)
    pale, dark = room(3), room(3)
    margin = int(30 * (GROWTH - 1))
    for sheet, value in ((pale, 250), (dark, 5)):
        sheet[40 - margin : 120 + margin, 100 - margin : 160 + margin] = value
    assert setting_distance(setting(pale), setting(dark)) > 5
    assert setting(pale, [box]) == setting(dark, [box])


def test_boxes_are_in_pixels_of_the_film_as_shown() -> None:
    """Which is larger than the frame that is measured."""
    large = video_of(WIDTH * 3, HEIGHT * 3)
    assert setting(room(3), [Box(300, 120, 180, 240)], large) == setting(room(3), [Box(100, 40, 60, 80)])


def test_a_cell_under_a_face_takes_its_rows_mean() -> None:
    """And a row without any cell left the mean of all others."""
    sheet = np.zeros((200, 320, 3), np.float32)
    sheet[:, 160:] = 255
    row = np.array(setting(sheet, [Box(0, 90, 30, 20)], video_of(320, 200))).reshape(5, 8, 3)[2, :, 0]
    assert row[1:].tolist() == [16, 16, 16, 235, 235, 235, 235]
    assert row[0] == round((3 * 16 + 4 * 235) / 7)
    whole_row = np.array(setting(sheet, [Box(0, 85, 320, 30)], video_of(320, 200))).reshape(5, 8, 3)[2, :, 0]
    assert set(whole_row.tolist()) == {126}


def test_a_face_that_fills_the_picture_leaves_nothing() -> None:
    """Empty, and so like no other setting: the proposal cuts it."""
    assert setting(room(1), [Box(0, 0, WIDTH, HEIGHT)]) == ()
    assert setting_distance((), setting(room(1))) == 255


@pytest.mark.parametrize("box", [Box(WIDTH - 1, HEIGHT - 1, 1, 1), Box(0, 0, 1, 1), Box(WIDTH + 50, 0, 20, 20)])
def test_boxes_at_the_edge_and_beyond_do_no_harm(box: Box) -> None:
    """Growing them reaches over the edge."""
    assert setting_distance(setting(room(2), [box]), setting(room(2))) < 2


@pytest.mark.parametrize("size", [(2, 2), (6, 4), (90, 640)])
def test_any_size_has_a_setting(size: tuple[int, int]) -> None:
    """A strip, and pictures with fewer pixels than the grid has cells."""
    sheet = np.full((*size, 3), 128, np.float32)
    measured = setting(sheet, media=video_of(size[1], size[0]))
    assert len(measured) == 120
    assert max(measured[::3]) - min(measured[::3]) == 0


def test_a_recording_without_pictures_has_none() -> None:
    """There is nothing to measure."""
    sound = AudioTrack(0, AudioCodec.AAC, 1, 48000, Fraction(0))
    media = MediaFile("0" * 64, 1, Interval(Fraction(0), Fraction(1)), None, sound, 1)
    assert setting(room(1), media=media) == ()
