"""Letters that come into a picture: a line of chat, or a participant's name, which no shot begins with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from deploy.demo_drawing import label
from media_pipeline.adapters.detectors.scene import GridSceneMeter
from media_pipeline.adapters.detectors.shots import PixelShotMeter
from media_pipeline.adapters.detectors.texts import TextFinder
from media_pipeline.core.findings import DetectorName, FindingKind, Findings
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.people import Sighting
from media_pipeline.ports.detector import Frame
from media_pipeline.steps.detect import Eyes, detect
from tests.adapters.detectors.pictures import frame_of, noisy, room, with_people
from tests.core.values import media

RATE = 10
FILM = media(Fraction(RATE), frames=8 * RATE)
LINE = Box(20, 20, 236, 36)
COMES, GOES, FADES = Fraction(3), Fraction(6), Fraction(3, 5)


class Presenter:
    """Sees the presenter, who sways."""

    name, version, finds = DetectorName.COCO_SSD, "1", FindingKind.PERSON

    def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
        return [Sighting(Box(760, 100, 520, 620), 900)]


class Reader(TextFinder):
    """Remembers when it looked."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[Fraction] = []

    def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
        self.looks.append(frame.moment)
        return super().look(frame, media)


def storytime(*, with_line: bool) -> Iterator[Frame]:
    """Eight seconds of the presenter before their wall, with a camera's noise; a line of chat comes at 3 s and is gone at 6 s."""
    for number in range(8 * RATE):
        moment = Fraction(number, RATE)
        sheet = with_people(room(4, 640, 360), [(510 + 8 * np.sin(number / 4), 160)], 80)
        written = sheet.copy()
        label(written, "CLEOLIKESBEARS", LINE.x / 2, (LINE.y + LINE.height) / 2, 2)
        clear = min(1.0, max(0.0, float(min(moment - COMES, GOES - moment) / FADES))) if with_line else 0.0
        sheet = (1 - clear) * sheet + clear * written
        yield frame_of(noisy(sheet, number, 1.5), moment)


def letters_in(film: Iterator[Frame]) -> tuple[Findings, Reader]:
    reader = Reader()
    seen = detect(FILM, film, PixelShotMeter(), Eyes([Presenter()], [reader], GridSceneMeter()))
    return seen, reader


def test_a_line_that_comes_while_the_presenter_reads_is_found() -> None:
    seen, reader = letters_in(storytime(with_line=True))
    found = [finding for finding in seen.findings if finding.kind is FindingKind.TEXT and finding.box is not None]
    there = [
        finding for finding in found if finding.box is not None and 2 * LINE.shared(finding.box) > finding.box.area
    ]
    assert there
    assert all(COMES <= finding.span.start < GOES for finding in there)
    assert [shot.span for shot in seen.shots] == [Interval(Fraction(0), Fraction(8))]
    assert len(reader.looks) <= 4


def test_a_presenter_who_sways_is_no_reason_to_look_for_letters_again() -> None:
    _, reader = letters_in(storytime(with_line=False))
    assert reader.looks == [0]
