"""Text, by the detecting half of PP-OCR: says where letters stand. The half that reads is not part of Storyshelf.

Measured on photographs as galleries and speaker views of 1280 × 720 with drawn names, at 600 kbit/s and shrunk to 640
(found: more than half of the letters covered). Labels with capitals of 10 pixels: 130 of 165, of 12: 159, of 14 and of
16: 164; names on cards 61 of 61, initials 61 of 65, lines of chat and notices 12 of 12. On 66 tiles without a label
none was seen in the lowest quarter. But in 37 of 159 photographs without labels it saw text somewhere, some of it real:
where a box lies and how it is shaped has to tell. The two limits below were chosen on these same pictures.
A frame takes half as long again as CenterFace on one thread (118 against 84 ms of CPU in one run) and 51 MB.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from media_pipeline.adapters.detectors.boxes import sighting
from media_pipeline.adapters.detectors.models import Session, answers, model_sha256, open_model
from media_pipeline.adapters.detectors.planes import Floats, Planes, opened, stretched_rgb
from media_pipeline.core.errors import Fault
from media_pipeline.core.findings import DetectorName, FindingKind
from media_pipeline.core.media import MediaFile
from media_pipeline.core.people import Sighting
from media_pipeline.ports.detector import Frame

THRESHOLD = 0.3
"""How sure the model must be (0 to 1) that a pixel belongs to text."""

SURE = 0.5
"""The mean that a part must have, as RapidOCR asks (box_thresh). At .3 one label more was found, and text in 97 of the
159 photographs instead of 72."""

TALLEST = 1 / 3
"""Share of the picture's height that a line must not reach: what does is no line. No label was lost by it, and 37
of the 72 photographs were left."""

LEAST = 12
"""Pixels that a part must have: fewer are specks."""

_GROWTH = 1.6
"""The model marks the middle of a line; its makers widen a box by area ÷ girth times this (RapidOCR, unclip_ratio)."""

_BLOCK = 32
"""The model halves its input five times."""

_MEAN = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None]
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None]
"""ImageNet's, taken for blue, green and red in this order. With RapidOCR's .5 for all it found 158, 161 and 163 labels
of 12, 14 and 16 pixels, and one that was none."""

_TAKES, _GIVES = "x", ("fetch_name_0",)
"""One picture, blue, green, red × rows × columns; and a map of the same size, 0 to 1."""


class TextFinder:
    """The `Detector` that finds lines of letters."""

    name = DetectorName.PPOCR
    finds = FindingKind.TEXT

    def __init__(self, *, threads: int = 1) -> None:
        """Checks the model, which is opened for the first frame. Raises Fault: model-changed, tool-missing."""
        self._session = Session(lambda: open_model("pp-ocr", _TAKES, _GIVES, threads))
        self.version = f"{model_sha256('pp-ocr')} {THRESHOLD} {SURE} {TALLEST} {LEAST}"

    def open(self) -> None:
        """Opens the model now. Raises Fault: model-changed, tool-missing, tool-failed."""
        self._session.open()

    def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
        """As `ports.detector.Detector.look`: a box for each line or word, the surest first."""
        planes, video = opened(frame, media)
        where = self._map(planes)
        boxes, scores = parts(where)
        rows, columns = where.shape
        boxes = _widened(boxes)
        kept = (scores >= SURE) & (boxes[:, 3] - boxes[:, 1] < TALLEST * rows)
        boxes, scores = boxes[kept], scores[kept]
        boxes = boxes * np.array([video.width / columns, video.height / rows] * 2, np.float32)
        surest_first = np.argsort(-scores, kind="stable")
        return [sighting(boxes[place], scores[place], video) for place in surest_first]

    def _map(self, planes: Planes) -> Floats:
        """How sure the model is of text at each pixel of the picture, whose sides are stretched to whole blocks."""
        rows, columns = (max(1, round(side / _BLOCK)) * _BLOCK for side in planes.luma.shape)
        picture = (stretched_rgb(planes, rows, columns)[::-1] / 255 - _MEAN) / _DEVIATION
        [where] = answers(self._session, _GIVES, {_TAKES: picture[None].astype(np.float32)})
        if where.shape != (1, 1, rows, columns):
            raise Fault("tool-failed", "the map of text has another size than its picture")
        return np.asarray(where[0, 0], np.float32)


def parts(where: Floats) -> tuple[Floats, Floats]:
    """The connected parts of a map above `THRESHOLD`: their boxes (left, top, right, bottom) and mean values.

    Pixels that touch at a side or a corner are of one part; parts of fewer than `LEAST` pixels are left out.
    """
    rows, starts, ends = _runs(where > THRESHOLD)
    if not rows.size:
        return np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
    sums = np.pad(np.cumsum(where, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
    roots, part = np.unique(_joined(rows, starts, ends, where.shape[1]), return_inverse=True)
    pixels = np.bincount(part, ends - starts)
    means = np.bincount(part, sums[rows, ends] - sums[rows, starts]) / pixels
    boxes = np.zeros((len(roots), 4), np.float32)
    boxes[:, :2] = np.inf
    for side, (least, values) in enumerate(((True, starts), (True, rows), (False, ends), (False, rows + 1))):
        (np.minimum if least else np.maximum).at(boxes[:, side], part, values.astype(np.float32))
    kept = pixels >= LEAST
    return boxes[kept], means[kept].astype(np.float32)


def _runs(marked: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Row, first pixel and the one after the last of each unbroken run of marked pixels, row by row."""
    steps = np.diff(np.pad(marked, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(steps == 1)
    return rows, starts, np.nonzero(steps == -1)[1]


def _joined(rows: NDArray[np.intp], starts: NDArray[np.intp], ends: NDArray[np.intp], width: int) -> NDArray[np.intp]:
    """For each run one run of its part, the same for all of it."""
    parent = list(range(len(rows)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = run = parent[parent[run]]
        return run

    line = width + 2  # runs as places on one long line, on which those of two rows never touch
    first = np.searchsorted(rows * line + ends, (rows - 1) * line + starts, "left")
    last = np.searchsorted(rows * line + starts, (rows - 1) * line + ends, "right")
    for run, (above, beyond) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        for other in range(above, beyond):
            parent[root(run)] = root(other)
    return np.array([root(run) for run in range(len(rows))], np.intp)


def _widened(boxes: Floats) -> Floats:
    """The boxes of whole lines, of those of their middles."""
    sides = boxes[:, 2:] - boxes[:, :2]
    more = _GROWTH * sides.prod(axis=1) / (2 * sides.sum(axis=1))
    return np.asarray(boxes + more[:, None] * np.array([-1, -1, 1, 1], np.float32), np.float32)
