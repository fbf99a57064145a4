"""What the port asks of every detector: places inside the picture, the surest first, the same whenever it is asked."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from media_pipeline.adapters.detectors.centerface import CenterFace
from media_pipeline.adapters.detectors.persons import CocoSsd
from media_pipeline.adapters.detectors.planes import Planes
from media_pipeline.adapters.detectors.texts import TextFinder
from media_pipeline.adapters.detectors.watched import Watched
from media_pipeline.core.errors import Fault
from media_pipeline.ports.detector import Detector, Frame
from tests.adapters.detectors.pictures import HEIGHT, WIDTH, frame_of, room, video_of, with_people
from tests.core.values import sound_only

PEOPLE = frame_of(with_people(np.full((HEIGHT, WIDTH, 3), 150, np.float32), [(60, 60), (160, 60), (260, 60)]))


@pytest.fixture(scope="module", params=["centerface", "coco-ssd", "pp-ocr", "watched"])
def detector(request: pytest.FixtureRequest) -> Detector:
    kinds: dict[str, type[CenterFace] | type[CocoSsd] | type[TextFinder]] = {
        "centerface": CenterFace,
        "coco-ssd": CocoSsd,
        "pp-ocr": TextFinder,
    }
    return kinds[request.param]() if request.param in kinds else Watched(CocoSsd())


def test_all_boxes_lie_in_the_picture_and_the_surest_comes_first(detector: Detector) -> None:
    video = video_of().video
    assert video is not None
    noise = np.random.default_rng(1).uniform(0, 255, (HEIGHT, WIDTH, 3)).astype(np.float32)
    for frame in (PEOPLE, frame_of(noise), frame_of(room(2))):
        found = detector.look(frame, video_of())
        for sighting in found:
            box = sighting.box
            assert 0 <= box.x < box.x + box.width <= video.width
            assert 0 <= box.y < box.y + box.height <= video.height
            assert 0 < sighting.permille <= 1000
        assert [one.permille for one in found] == sorted((one.permille for one in found), reverse=True)


def test_it_keeps_nothing_between_frames_and_changes_none(detector: Detector) -> None:
    planes = PEOPLE.planes
    assert isinstance(planes, Planes)
    before = planes.luma.tobytes()
    first = list(detector.look(PEOPLE, video_of()))
    detector.look(frame_of(room(1)), video_of())
    assert list(detector.look(PEOPLE, video_of())) == first
    assert planes.luma.tobytes() == before


def test_what_is_no_picture_is_a_fault_and_not_an_empty_one(detector: Detector) -> None:
    for frame, film in ((Frame(Fraction(0), None), video_of()), (PEOPLE, sound_only())):
        with pytest.raises(Fault):
            detector.look(frame, film)


def test_it_says_what_it_is(detector: Detector) -> None:
    assert detector.version
    assert detector.name.value
    assert detector.finds.value
