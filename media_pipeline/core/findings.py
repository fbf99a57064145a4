"""What the detectors saw: shots, and in them spans and boxes that each say which detector and why.

Boxes are places, not people: nothing here could tell one person from another.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import Box
from media_pipeline.core.timebase import Seconds


class FindingKind(StrEnum):
    """What was found."""

    FACE = "face"
    """A face, or what looks like one."""

    PERSON = "person"
    """Somebody, seen from any side, in part or covered, or what looks like it."""

    TEXT = "text"
    """Letters: a name label, a card's name, a chat, a page. Where, never what they say."""

    FAILED = "failed"
    """A detector failed or was missing here, so nothing is known of this span."""

    DAMAGED = "damaged"
    """The recording cannot be read here: frames or sound are missing, or were made up by the decoder."""


class DetectorName(StrEnum):
    """Who found it."""

    SHOTS = "shots"
    CENTERFACE = "centerface"
    COCO_SSD = "coco-ssd"
    PPOCR = "pp-ocr"
    DECODER = "decoder"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that one detector saw."""

    kind: FindingKind
    """What."""

    detector: DetectorName
    """Who says so."""

    span: Interval
    """When: from the frame it was seen in to the next one that was looked at."""

    box: Box | None
    """Where, in pixels of the picture as shown; None for the whole picture."""

    permille: int
    """How sure the detector is, 0 to 1000."""


Setting = tuple[int, ...]
"""A camera's setting: mean luma, blue and red difference (0 to 255) of each cell of an 8 × 5 grid, row by row,
taken away from faces and averaged over the shot. It describes a room or a page, never a person."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A span without a cut in it."""

    span: Interval
    """From its first frame to the first of the next shot."""

    setting: Setting
    """The camera's setting; empty when it could not be measured, which is like no other."""

    looked_at: tuple[Seconds, ...]
    """The moments whose frames the detectors were shown."""

    most_faces: int
    """The most faces seen in any one of those frames."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All that detection has to say of one recording."""

    media_sha256: str
    """The recording it speaks of."""

    shots: tuple[Shot, ...]
    """Every shot, first to last; together they cover all frames. Empty for a sound recording."""

    findings: tuple[Finding, ...]
    """Every finding, by start."""
