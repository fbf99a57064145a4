"""What every `Detector` does, whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest

from media_pipeline.adapters.detectors.centerface import CenterFace
from media_pipeline.core.errors import Fault
from media_pipeline.core.findings import DetectorName
from media_pipeline.ports.detector import Detector, Frame
from tests.adapters.detectors.pictures import HEIGHT, WIDTH, frame_of, room, video_of, with_people

DETECTORS: list[Callable[[], Detector]] = [CenterFace]

SOMEBODY = frame_of(with_people(np.full((HEIGHT, WIDTH, 3), 150, np.float32), [(100, 80)]))
NOBODY = frame_of(np.full((HEIGHT, WIDTH, 3), 150, np.float32))


@pytest.fixture(scope="module", params=DETECTORS)
def detector(request: pytest.FixtureRequest) -> Detector:
    """Each of them."""
    made: Detector = request.param()
    return made


def test_it_has_a_name_that_findings_know(detector: Detector) -> None:
    """Reasons name who saw it, and work that goes on after an upgrade asks whether it is still the same."""
    assert detector.name in DetectorName
    assert detector.version


def test_it_sees_a_face_and_says_where(detector: Detector) -> None:
    """The box lies on the head."""
    [sighting] = detector.look(SOMEBODY, video_of())
    box = sighting.box
    assert box.x < 100 < box.x + box.width
    assert box.y < 80 < box.y + box.height
    assert box.width * box.height < WIDTH * HEIGHT / 8


def test_it_sees_nothing_on_a_bare_wall(detector: Detector) -> None:
    """Else everything would be cut."""
    assert list(detector.look(NOBODY, video_of())) == []


def test_boxes_are_in_pixels_of_the_film_as_shown(detector: Detector) -> None:
    """Whatever the size of the frame that is looked at."""
    [small], [large] = (detector.look(SOMEBODY, video_of(WIDTH * n, HEIGHT * n)) for n in (1, 4))
    assert abs(large.box.x - 4 * small.box.x) <= 4
    assert abs(large.box.height - 4 * small.box.height) <= 8


@pytest.mark.parametrize(("x", "y"), [(8, 80), (WIDTH - 8, 80), (160, 10), (160, HEIGHT - 6), (2, 4)])
def test_boxes_stay_in_the_picture(detector: Detector, x: int, y: int) -> None:
    """With faces that are cut off at its edges."""
    for sighting in detector.look(frame_of(with_people(room(2), [(x, y)])), video_of()):
        box = sighting.box
        assert box.x + box.width <= WIDTH
        assert box.y + box.height <= HEIGHT
        assert 0 <= sighting.permille <= 1000


def test_it_keeps_nothing_between_frames(detector: Detector) -> None:
    """A film's frames may be looked at in any order, and one detector serves many films."""
    before = list(detector.look(SOMEBODY, video_of()))
    detector.look(NOBODY, video_of())
    detector.look(frame_of(with_people(room(5), [(200, 90), (60, 60)])), video_of())
    assert list(detector.look(SOMEBODY, video_of())) == before


def test_threads_may_share_it(detector: Detector) -> None:
    """A worker looks at two recordings at once."""
    frames = [SOMEBODY, NOBODY] * 4
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda frame: len(detector.look(frame, video_of())), frames))
    assert counts == [1, 0] * 4


@pytest.mark.parametrize("height", [2, 30, 34, 90])
def test_it_looks_at_small_pictures(detector: Detector, height: int) -> None:
    """Or says that it cannot; it never fails in another way."""
    frame = frame_of(np.full((height, 2 * height, 3), 90, np.float32))
    assert list(detector.look(frame, video_of(2 * height, height))) == []


def test_what_it_cannot_look_at_is_a_fault(detector: Detector) -> None:
    """Then the span is unknown, never empty."""
    with pytest.raises(Fault):
        detector.look(Frame(Fraction(0), None), video_of())
