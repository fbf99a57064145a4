"""Text: name labels are found where they stand, and parts of a map are whole parts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo_drawing import Sheet, label
from media_pipeline.adapters.detectors import models
from media_pipeline.adapters.detectors.models import load_model
from media_pipeline.adapters.detectors.planes import split_planes
from media_pipeline.adapters.detectors.texts import LEAST, SURE, THRESHOLD, TextFinder, parts
from media_pipeline.core.errors import Fault
from media_pipeline.core.media import Box
from media_pipeline.ports.detector import Frame
from tests.adapters.detectors.pictures import HEIGHT, WIDTH, frame_of, room, someone, video_of, with_people
from tests.adapters.detectors.sessions import Failing, Saying, Spoilt
from tests.film_reading import run_ffmpeg

WALL = np.full((HEIGHT, WIDTH, 3), 150, np.float32)

FULL_WIDTH, FULL_HEIGHT = 1280, 720

_FINE = 5
"""A drawn letter is five blocks high: drawn this much larger and shrunk, it may have any whole height."""


@pytest.fixture(scope="module")
def detector() -> TextFinder:
    """The real model."""
    return TextFinder()


def gallery(capitals: int) -> tuple[Sheet, list[Box]]:
    """3 × 3 tiles at 1280 × 720, a name in the lower left corner of each; and where its letters are."""
    sheet = np.full((FULL_HEIGHT, FULL_WIDTH, 3), 26, np.float32)
    letters = []
    for number in range(9):
        row, column = divmod(number, 3)
        left, top = column * 426 + 3, row * 240 + 3
        sheet[top : top + 234, left : left + 420] = with_people(room(number, 420, 234), [(210, 90)], 40, number)
        plate = _plate(someone(number).name, capitals)
        bottom = top + 234
        sheet[bottom - plate.shape[0] : bottom, left : left + plate.shape[1]] = plate
        gap = 2 * capitals // _FINE
        letters.append(Box(left + gap, bottom - gap - capitals, plate.shape[1] - 3 * gap, capitals))
    return sheet, letters


def _plate(name: str, capitals: int) -> Sheet:
    """A label whose capitals are so many pixels high."""
    height, width = 9 * capitals, (4 * len(name) + 3) * capitals
    large = np.full((height // _FINE * _FINE, width // _FINE * _FINE, 3), 120, np.float32)
    label(large, name, 0, len(large), capitals)
    small: Sheet = large.reshape(len(large) // _FINE, _FINE, -1, _FINE, 3).mean(axis=(1, 3))
    return small


def filmed(sheet: Sheet) -> Frame:
    """The eighth frame of a still film of 600 kbit/s at most, as small as the detectors get it."""
    size = ("-s", f"{FULL_WIDTH}x{FULL_HEIGHT}", "-r", "25")
    tight = ("-preset", "veryfast", "-b:v", "600k", "-maxrate", "600k", "-bufsize", "600k", "-threads", "1")
    raw = np.rint(sheet).clip(0, 255).astype(np.uint8).tobytes()
    film = run_ffmpeg(
        *("-f", "rawvideo", "-pix_fmt", "rgb24", *size, "-i", "-"),
        *("-c:v", "libx264", *tight, "-pix_fmt", "yuv420p", "-f", "matroska", "-"),
        frames=[raw] * 8,
    )
    small = ("-vf", "scale=640:360:flags=area", "-pix_fmt", "yuv420p", "-f", "rawvideo", "-")
    frames = run_ffmpeg("-f", "matroska", "-i", "-", *small, frames=[film])
    return Frame(Fraction(0), split_planes(frames[-640 * 360 * 3 // 2 :], 640, 360))


def covered(letters: Box, boxes: Sequence[Box]) -> float:
    """Share of the letters' box that lies in any of the boxes."""
    canvas = np.zeros((FULL_HEIGHT, FULL_WIDTH), bool)
    for box in boxes:
        canvas[box.y : box.y + box.height, box.x : box.x + box.width] = True
    within = canvas[letters.y : letters.y + letters.height, letters.x : letters.x + letters.width]
    return float(within.mean())


@pytest.mark.parametrize("capitals", [12, 14, 18])
def test_name_labels_of_a_compressed_gallery_are_found(detector: TextFinder, capitals: int) -> None:
    """Each of nine, whole, in a box little larger than its plate; capitals 6 pixels high in what the model sees."""
    sheet, labels = gallery(capitals)
    found = [sighting.box for sighting in detector.look(filmed(sheet), video_of(FULL_WIDTH, FULL_HEIGHT))]
    for letters in labels:
        assert covered(letters, found) > 0.9
    near = [box for box in found if any(covered(letters, [box]) > 0 for letters in labels)]
    assert all(box.height < 3.5 * capitals + 4 for box in near)


def test_people_and_walls_are_no_text(detector: TextFinder) -> None:
    """The same gallery's first tile without its label."""
    assert list(detector.look(frame_of(with_people(WALL, [(100, 80), (220, 80)])), video_of())) == []


def test_the_model_is_shown_blue_green_and_red(detector: TextFinder, monkeypatch: pytest.MonkeyPatch) -> None:
    """In that order, scaled as it was measured, with sides of whole blocks."""
    said = Saying(np.zeros((1, 1, 352, 640), np.float32))
    monkeypatch.setattr(detector, "_session", said)
    sheet = np.zeros((360, 640, 3), np.float32)
    sheet[..., 0] = 255
    assert list(detector.look(frame_of(sheet), video_of())) == []
    [(name, picture)] = said.shown.items()
    assert (name, picture.shape, picture.dtype) == ("x", (1, 3, 352, 640), np.float32)
    expected = [(0 - 0.485) / 0.229, (0 - 0.456) / 0.224, (1 - 0.406) / 0.225]
    assert picture.mean(axis=(0, 2, 3)) == pytest.approx(expected, abs=0.05)


def test_a_line_is_wider_than_its_middle(detector: TextFinder, monkeypatch: pytest.MonkeyPatch) -> None:
    """40 × 8 of the model's pixels, by 1.6 × 320 ÷ 96 on every side, in the film's pixels; the surer line first."""
    where = np.zeros((1, 1, 352, 640), np.float32)
    where[0, 0, 100:108, 200:240], where[0, 0, 300:308, 200:240] = 0.6, 0.9
    monkeypatch.setattr(detector, "_session", Saying(where))
    found = detector.look(frame_of(np.zeros((360, 640, 3), np.float32)), video_of(1280, 704))
    assert [sighting.permille for sighting in found] == [900, 600]
    assert found[1].box == Box(389, 189, 102, 38)


@pytest.mark.parametrize(
    ("value", "height", "found"),
    [(SURE + 0.01, 60, 1), (SURE - 0.01, 60, 0), (0.9, 75, 1), (0.9, 80, 0), (0.9, 352, 0)],
)
def test_unsure_and_tall_parts_are_no_lines(
    detector: TextFinder, monkeypatch: pytest.MonkeyPatch, value: float, height: int, found: int
) -> None:
    """A part of 75 pixels by 40 is widened to 116.7, one of 80 to 122.7; a third of the picture is 117.3."""
    where = np.zeros((1, 1, 352, 640), np.float32)
    where[0, 0, :height, 200:240] = value
    monkeypatch.setattr(detector, "_session", Saying(where))
    assert len(detector.look(frame_of(np.zeros((360, 640, 3), np.float32)), video_of(1280, 704))) == found


_MAPS = st.tuples(st.integers(1, 24), st.integers(1, 24), st.integers(0, 9999), st.sampled_from([0.2, 0.45, 0.6, 0.9]))


@given(_MAPS)
def test_parts_are_those_that_a_flood_would_fill(size: tuple[int, int, int, float]) -> None:
    """The same boxes and means as by walking from pixel to pixel."""
    height, width, seed, share = size
    lots = np.random.default_rng(seed)
    marked = lots.random((height, width)) < share
    where = np.where(marked, lots.uniform(0.31, 1, marked.shape), 0.1).astype(np.float32)
    boxes, means = parts(where)
    expected = _flooded(where)
    assert sorted(map(tuple, boxes.tolist())) == sorted(box for box, _ in expected)
    assert sorted(means.tolist()) == pytest.approx(sorted(mean for _, mean in expected), abs=1e-5)


def _flooded(where: npt.NDArray[np.float32]) -> list[tuple[tuple[float, ...], float]]:
    left = {(int(row), int(column)) for row, column in zip(*np.nonzero(where > THRESHOLD), strict=True)}
    found = []
    while left:
        part, front = set(), [left.pop()]
        while front:
            row, column = front.pop()
            part.add((row, column))
            near = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & left
            left -= near
            front.extend(near)
        if len(part) >= LEAST:
            rows, columns = zip(*part, strict=True)
            box = (min(columns), min(rows), max(columns) + 1, max(rows) + 1)
            found.append((tuple(map(float, box)), float(np.mean([where[place] for place in part]))))
    return found


@pytest.mark.parametrize(("pixels", "found"), [(LEAST - 1, 0), (LEAST, 1)])
def test_specks_are_no_text(pixels: int, found: int) -> None:
    """A part is one from `LEAST` pixels on."""
    where = np.zeros((4, 20), np.float32)
    where[2, 1 : 1 + pixels] = 0.9
    assert len(parts(where)[0]) == found


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_answer_that_is_no_number_is_a_fault(
    detector: TextFinder, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    """It would compare as "no text here"."""
    monkeypatch.setattr(detector, "_session", Spoilt(detector._session, 0, value))
    with pytest.raises(Fault, match="tool-failed"):
        detector.look(frame_of(room(1)), video_of())


def test_a_map_of_another_size_is_a_fault(detector: TextFinder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its boxes would lie elsewhere."""
    monkeypatch.setattr(detector, "_session", Saying(np.zeros((1, 1, 96, 160), np.float32)))
    with pytest.raises(Fault, match="tool-failed"):
        detector.look(frame_of(room(1)), video_of())


def test_a_runtime_that_fails_is_a_fault(detector: TextFinder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is known of this frame."""
    monkeypatch.setattr(detector, "_session", Failing())
    with pytest.raises(Fault, match="tool-failed"):
        detector.look(frame_of(room(1)), video_of())


def test_another_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even one that the manifest would vouch for: it takes and gives something else."""
    faces = load_model("centerface")
    monkeypatch.setattr(models, "load_model", lambda _: faces)
    with pytest.raises(Fault, match="model-changed"):
        TextFinder().open()
