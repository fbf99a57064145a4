"""What every `Detector` does, whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from deploy.demo_drawing import Sheet, label
from media_pipeline.adapters.detectors.centerface import CenterFace
from media_pipeline.adapters.detectors.persons import CocoSsd
from media_pipeline.adapters.detectors.texts import TextFinder
from media_pipeline.core.errors import Fault
from media_pipeline.core.findings import DetectorName, FindingKind
from media_pipeline.ports.detector import Detector, Frame
from tests.adapters.detectors.pictures import HEIGHT, WIDTH, frame_of, room, video_of, with_people

NOBODY = frame_of(np.full((HEIGHT, WIDTH, 3), 150, np.float32))


def _with_somebody(sheet: Sheet, x: float, y: float) -> Sheet:
    """Their face at x, y."""
    return with_people(sheet, [(x, y)])


def _with_name(sheet: Sheet, x: float, y: float) -> Sheet:
    """The middle of its letters at x, y."""
    shown: Sheet = sheet.copy()
    label(shown, "LUCAS", x - 23, y + 9, 2)
    return shown


@dataclass(frozen=True, slots=True)
class Case:
    """A detector and what it finds."""

    make: Callable[[], Detector]

    draw: Callable[[Sheet, float, float], Sheet]
    """A copy of the sheet with one such thing in it, that x, y lies in."""

    def seen(self, x: float = 100, y: float = 80) -> Frame:
        """One of them on a bare wall."""
        return frame_of(self.draw(np.full((HEIGHT, WIDTH, 3), 150, np.float32), x, y))


CASES = {
    "CenterFace": Case(CenterFace, _with_somebody),
    "CocoSsd": Case(CocoSsd, _with_somebody),
    "TextFinder": Case(TextFinder, _with_name),
}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    """Each of them."""
    return CASES[request.param]


@pytest.fixture(scope="module")
def detector(case: Case) -> Detector:
    """The case's, made once."""
    return case.make()


def test_it_has_a_name_and_a_kind_that_findings_know(detector: Detector) -> None:
    """Reasons name who saw what, and work that goes on after an upgrade asks whether it is still the same."""
    assert detector.name in DetectorName
    assert detector.finds in FindingKind
    assert detector.version


def test_it_sees_what_it_finds_and_says_where(case: Case, detector: Detector) -> None:
    """The box lies on it."""
    [sighting] = detector.look(case.seen(), video_of())
    box = sighting.box
    assert box.x < 100 < box.x + box.width
    assert box.y < 80 < box.y + box.height
    assert box.width * box.height < WIDTH * HEIGHT / 8


def test_it_sees_nothing_on_a_bare_wall(detector: Detector) -> None:
    """Else everything would be cut."""
    assert list(detector.look(NOBODY, video_of())) == []


def test_boxes_are_in_pixels_of_the_film_as_shown(case: Case, detector: Detector) -> None:
    """Whatever the size of the frame that is looked at."""
    [small], [large] = (detector.look(case.seen(), video_of(WIDTH * n, HEIGHT * n)) for n in (1, 4))
    assert abs(large.box.x - 4 * small.box.x) <= 4
    assert abs(large.box.height - 4 * small.box.height) <= 8


@pytest.mark.parametrize(("x", "y"), [(8, 80), (WIDTH - 8, 80), (160, 10), (160, HEIGHT - 6), (2, 4)])
def test_boxes_stay_in_the_picture(case: Case, detector: Detector, x: int, y: int) -> None:
    """With things that are cut off at its edges."""
    for sighting in detector.look(frame_of(case.draw(room(2), x, y)), video_of()):
        box = sighting.box
        assert box.x + box.width <= WIDTH
        assert box.y + box.height <= HEIGHT
        assert 0 <= sighting.permille <= 1000


def test_it_keeps_nothing_between_frames(case: Case, detector: Detector) -> None:
    """A film's frames may be looked at in any order, and one detector serves many films."""
    before = list(detector.look(case.seen(), video_of()))
    detector.look(NOBODY, video_of())
    detector.look(frame_of(case.draw(case.draw(room(5), 200, 90), 60, 60)), video_of())
    assert list(detector.look(case.seen(), video_of())) == before


def test_threads_may_share_it(case: Case, detector: Detector) -> None:
    """A worker looks at two recordings at once."""
    frames = [case.seen(), NOBODY] * 4
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
