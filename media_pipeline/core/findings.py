"""What the detectors saw: shots, and in them spans and boxes that each say which detector and why.

Boxes are places, not people: nothing here could tell one person from another.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import Box
from media_pipeline.core.scenes import Scene
from media_pipeline.core.timebase import Seconds


class FindingKind(StrEnum):
    """What was found."""

    FACE = "face"
    """A face, or what looks like one."""

    PERSON = "person"
    """Somebody, seen from any side, in part or covered, or what looks like it."""

    TEXT = "text"
    """Letters: a name label, a card's name, a chat, a page. Where, never what they say."""

    CAME = "came"
    """Somebody may have come or gone: something moved at the picture's side, and whoever is seen afterwards was not followed there; or
    in a tile, which is its box. From the last look before it to the first one after it."""

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


@dataclass(frozen=True, slots=True)
class Movement:
    """How a shot moves, in 144 blocks of its picture: 9 rows of 16, numbered from the upper left."""

    lively: tuple[int, ...]
    """Blocks that change by a level or more from frame to frame, in a tenth of the frames at least."""

    restless: int
    """How many blocks change by half a level: nearly all of them when the camera itself moves."""


STILL = Movement((), 0)
"""Nothing moves."""

DOWN, ACROSS = 9, 16
"""Blocks each way, each the size of the smallest thumbnail that is to be seen changing."""

BLOCKS = DOWN * ACROSS
"""Blocks in all."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A camera's small picture inside a picture that is otherwise still: the presenter's, beside a shared page."""

    box: Box
    """Where, in pixels of the picture as shown."""

    scene: Scene
    """What it shows of that camera's surroundings."""

    blocks: tuple[int, ...]
    """The blocks of the picture, as in `Movement`, that it touches."""

    most_people: int
    """The most people seen in it at once."""

    most_beside: int
    """The most people seen at once in all of the picture but the tile; drawn ones count."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A span without a cut in it."""

    span: Interval
    """From its first frame to the first of the next shot."""

    scene: Scene
    """What is seen in it of a camera's surroundings, or of a page."""

    looked_at: tuple[Seconds, ...]
    """The moments whose frames the detectors were shown."""

    most_faces: int
    """The most faces seen at once in any of those frames, in all of the picture."""

    most_people: int
    """The most people seen at once in any of those frames, in all of the picture, as `people.most_people` counts them: faces,
    or whole or parts of persons. Drawn ones count."""

    crowded: Seconds
    """The moment at which they were seen; of several, or when nobody was, the middle one."""

    movement: Movement
    """How it moves."""

    tile: Tile | None
    """The one tile, if there is one."""

    alive: bool
    """Whether anybody was seen at a place of which half or more is lively, or there seem to be several tiles: drawn people are not
    lively."""

    frames: int
    """How many frames it has."""

    abrupt: bool
    """Whether its first frame differs as a whole from the one before. Else what began it may have come bit by bit."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All that detection has to say of one recording."""

    media_sha256: str
    """The recording it speaks of."""

    shots: tuple[Shot, ...]
    """Every shot, first to last; together they cover all frames. Empty for a sound recording."""

    findings: tuple[Finding, ...]
    """Every finding, by start."""


def blocks_of(box: Box, width: int, height: int) -> tuple[int, ...]:
    """The blocks that a box touches, of a picture so many pixels wide and high."""
    rows = range(box.y * DOWN // height, -(-(box.y + box.height) * DOWN // height))
    columns = range(box.x * ACROSS // width, -(-(box.x + box.width) * ACROSS // width))
    return tuple(row * ACROSS + column for row in rows for column in columns if row < DOWN and column < ACROSS)
