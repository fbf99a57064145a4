"""A detector that hangs or breaks makes its frames unknown, and is asked again when it can answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from threading import Event

import pytest

from media_pipeline.adapters.detectors.watched import Watched
from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.core.findings import DetectorName, FindingKind
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.people import Sighting
from media_pipeline.ports.detector import Frame
from tests.core.values import media

FILM = media(Fraction(25), frames=250)
SOMEBODY = (Sighting(Box(0, 0, 9, 9), 800),)


class Told:
    """A detector that does what it is told."""

    name, finds, version = DetectorName.CENTERFACE, FindingKind.FACE, "1"

    def __init__(self, act: Callable[[], Sequence[Sighting]]) -> None:
        self.act = act

    def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
        return self.act()


def look(detector: Watched) -> Sequence[Sighting]:
    return detector.look(Frame(Fraction(0), None), FILM)


def raising(trouble: Exception) -> Callable[[], Sequence[Sighting]]:
    def act() -> Sequence[Sighting]:
        raise trouble

    return act


@pytest.fixture
def released() -> Iterator[Event]:
    """Lets go of what hangs, at the latest when the test ends."""
    event = Event()
    yield event
    event.set()


def test_what_it_sees_is_handed_on() -> None:
    told = Told(lambda: SOMEBODY)
    detector = Watched(told)
    assert look(detector) == SOMEBODY
    assert (detector.name, detector.finds, detector.version) == (told.name, told.finds, told.version)


@pytest.mark.parametrize("trouble", [RuntimeError("canary"), MemoryError("canary"), ZeroDivisionError("canary")])
def test_whatever_breaks_is_a_fault_without_its_words(trouble: Exception) -> None:
    with pytest.raises(Fault) as raised:
        look(Watched(Told(raising(trouble))))
    assert "canary" not in f"{raised.value} {raised.value.detail} {raised.value.code}"
    assert type(trouble).__name__ in raised.value.detail


@pytest.mark.parametrize("trouble", [Fault("model-changed"), Cancelled("cancelled")])
def test_our_own_errors_are_handed_on(trouble: Exception) -> None:
    with pytest.raises(type(trouble)) as raised:
        look(Watched(Told(raising(trouble))))
    assert raised.value is trouble


def test_one_that_hangs_is_not_waited_for_twice_and_is_asked_again_when_it_can_answer(released: Event) -> None:
    asked: list[int] = []

    def hang() -> Sequence[Sighting]:
        asked.append(1)
        released.wait(60)
        return SOMEBODY

    told = Told(hang)
    detector = Watched(told, patience=0.05)
    for _ in range(3):
        with pytest.raises(Fault):
            look(detector)
    assert len(asked) == 1
    released.set()
    told.act = lambda: ()
    for thread in detector._stuck:
        thread.join()
    assert look(detector) == ()
