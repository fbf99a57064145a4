"""COCO-SSD: boxes lie where people are, their faces seen or not; and what cannot be trusted is a fault."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from deploy.demo_drawing import Sheet, paint, slab
from media_pipeline.adapters.detectors import models
from media_pipeline.adapters.detectors.centerface import CenterFace
from media_pipeline.adapters.detectors.models import load_model
from media_pipeline.adapters.detectors.persons import THRESHOLD, CocoSsd
from media_pipeline.adapters.detectors.planes import Planes
from media_pipeline.core.errors import Fault
from media_pipeline.core.media import Box
from media_pipeline.ports.detector import Frame
from tests.adapters.detectors.pictures import HEIGHT, WIDTH, frame_of, room, video_of, with_people
from tests.adapters.detectors.sessions import Failing, Saying, Spoilt

WALL = np.full((HEIGHT, WIDTH, 3), 150, np.float32)


@pytest.fixture(scope="module")
def detector() -> CocoSsd:
    """The real model."""
    return CocoSsd()


def test_each_of_several_people_is_found_where_they_are(detector: CocoSsd) -> None:
    """Three people, three boxes, each around head and shoulders; the surest first."""
    places = [(60.0, 60.0), (160.0, 60.0), (260.0, 60.0)]
    found = detector.look(frame_of(with_people(WALL, places)), video_of())
    assert len(found) == len(places)
    for x, y in places:
        [box] = [sighting.box for sighting in found if sighting.box.x < x < sighting.box.x + sighting.box.width]
        assert box.y < y < box.y + box.height
        assert 50 < box.width < 90
    scores = [sighting.permille for sighting in found]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 1000 * THRESHOLD


@pytest.mark.parametrize("who", [4, 6, 8])
def test_somebody_behind_a_book_is_found(detector: CocoSsd, who: int) -> None:
    """Where no face is to be seen: what this detector is here for."""
    frame = frame_of(_with_book(with_people(WALL, [(160, 80)], size=18, first=who)))
    assert not CenterFace(threads=1).look(frame, video_of())
    [sighting] = detector.look(frame, video_of())
    assert sighting.box.x < 160 < sighting.box.x + sighting.box.width


def _with_book(sheet: Sheet) -> Sheet:
    paint(sheet, slab(146.5, 71, 173.5, 96.2, 2), (235, 230, 220))
    return sheet


@pytest.mark.parametrize("seed", range(4))
def test_furniture_is_nobody(detector: CocoSsd, seed: int) -> None:
    """Else every shot would be cut."""
    assert list(detector.look(frame_of(room(seed)), video_of())) == []


def _answers(*found: tuple[int, float, tuple[float, float, float, float]]) -> Saying:
    """Class, score and box (top, left, bottom, right) of some of the 1917 places."""
    scores, boxes = np.zeros((1, 1917, 90), np.float32), np.zeros((1, 1917, 1, 4), np.float32)
    for place, (kind, score, box) in enumerate(found):
        scores[0, 7 * place, kind], boxes[0, 7 * place, 0] = score, box
    return Saying(scores, boxes)


def test_its_answers_are_read_as_boxes_of_persons(detector: CocoSsd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other things, unsure places and a second box on one person are left out; places outside are cut off."""
    said = _answers(
        (0, 0.5, (0.1, 0.2, 0.5, 0.4)),
        (0, 0.9, (0.1, 0.2, 0.55, 0.41)),
        (1, 0.99, (0.0, 0.6, 0.3, 0.8)),
        (0, THRESHOLD - 0.01, (0.0, 0.6, 0.3, 0.8)),
        (0, 0.7, (0.5, 0.8, 1.2, 1.1)),
    )
    monkeypatch.setattr(detector, "_session", said)
    found = detector.look(frame_of(WALL), video_of(1000, 500))
    assert [(sighting.box, sighting.permille) for sighting in found] == [
        (Box(200, 50, 210, 225), 900),
        (Box(800, 250, 200, 250), 700),
    ]


@pytest.mark.parametrize(("shared", "people"), [(0.48, 2), (0.52, 1)])
def test_boxes_that_share_half_are_one_person(
    detector: CocoSsd, monkeypatch: pytest.MonkeyPatch, shared: float, people: int
) -> None:
    """Who sits on a lap is somebody else."""
    right = 0.5 + 0.4 * (1 - shared) / (1 + shared)
    said = _answers((0, 0.9, (0, 0.1, 1, 0.5)), (0, 0.8, (0, right - 0.4, 1, right)))
    monkeypatch.setattr(detector, "_session", said)
    assert len(detector.look(frame_of(WALL), video_of())) == people


@pytest.mark.parametrize("size", [(192, 320), (360, 640), (640, 360), (2, 4)])
def test_the_model_is_shown_red_green_and_blue_bytes(
    detector: CocoSsd, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    """A square of 300, whatever the picture's shape: its left half red, its right half blue."""
    said = _answers()
    monkeypatch.setattr(detector, "_session", said)
    sheet = np.zeros((*size, 3), np.float32)
    sheet[:, : size[1] // 2, 0], sheet[:, size[1] // 2 :, 2] = 255, 255
    detector.look(frame_of(sheet), video_of())
    [(name, picture)] = said.shown.items()
    assert (name, picture.shape, picture.dtype) == ("image_tensor:0", (1, 300, 300, 3), np.uint8)
    assert np.abs(picture[0, :, :149].astype(int) - (255, 0, 0)).max() < 4
    assert np.abs(picture[0, :, 151:].astype(int) - (0, 0, 255)).max() < 4


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_answer_that_is_no_number_is_a_fault(
    detector: CocoSsd, monkeypatch: pytest.MonkeyPatch, place: int, value: float
) -> None:
    """It would compare as "nobody here"."""
    monkeypatch.setattr(detector, "_session", Spoilt(detector._session, place, value))
    with pytest.raises(Fault, match="tool-failed"):
        detector.look(frame_of(room(1)), video_of())


def test_a_runtime_that_fails_is_a_fault(detector: CocoSsd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the span is unknown."""
    monkeypatch.setattr(detector, "_session", Failing())
    with pytest.raises(Fault, match="tool-failed"):
        detector.look(frame_of(room(1)), video_of())


def test_another_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even one that the manifest would vouch for: it takes and gives something else."""
    faces = load_model("centerface")
    monkeypatch.setattr(models, "load_model", lambda _: faces)
    with pytest.raises(Fault, match="model-changed"):
        CocoSsd().open()


def test_noise_alone_is_nobody(detector: CocoSsd) -> None:
    """A camera in the dark."""
    lots = np.random.default_rng(3)
    luma, colour = lots.integers(16, 40, (360, 640)), lots.integers(120, 136, (2, 180, 320))
    planes = Planes(*(plane.astype(np.uint8) for plane in (luma, *colour)))
    assert list(detector.look(Frame(Fraction(0), planes), video_of())) == []
