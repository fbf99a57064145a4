"""Persons, by COCO-SSD: says where somebody is, from any side, and cannot tell who.

Measured on crops of photographs as frames of 640 pixels (found: any box above .2; in brackets CenterFace in the same
run): seen from behind 21 of 22 (9), in part 21 of 22 (3), both of these in the dark 22 of 22 (8), heads without their
upper half 70 of 71 (39), cut off by the edge 62 of 68 (61), whole pictures 44 of 44 (43). But of faces that fill the
picture 59 of 71 (68): neither replaces the other, and with both .95 or more of each of these is found. At 320 × 180 it
found 9 of 11 from behind and 10 of 11 in part; in galleries of 4 × 4 tiles .83 of the tiles (.86), both together .97.
It saw somebody in 2 of 80 crops with nobody in them, light and dark, and on 56 of 98 picture-book pages.
A frame takes two fifths of CenterFace's time on one thread (33 against 84 ms of CPU in one run) and 74 MB.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from media_pipeline.adapters.detectors.boxes import distinct, sighting
from media_pipeline.adapters.detectors.models import Session, answers, model_sha256, open_model
from media_pipeline.adapters.detectors.planes import opened, stretched_rgb
from media_pipeline.core.findings import DetectorName, FindingKind
from media_pipeline.core.media import MediaFile
from media_pipeline.core.people import Sighting
from media_pipeline.ports.detector import Frame

THRESHOLD = 0.2
"""How sure the model must be (0 to 1): low, because a miss shows a child and a false person only costs a look."""

SAME_PERSON = 0.5
"""Two boxes that share more than this of their joint area are one person; people sit closer than faces do."""

_SIDE = 300
"""Pixels of the square that the model was trained on; every picture is stretched to it."""

_PERSON = 0
"""The place of persons among the model's 90 classes."""

_TAKES = "image_tensor:0"
"""One picture of bytes, rows × columns × (red, green, blue)."""

_GIVES = ("Postprocessor/Slice:0", "Postprocessor/ExpandDims_1:0")
"""Scores, 1 × 1917 places × 90 classes, and boxes, 1 × 1917 × 1 × (top, left, bottom, right), in pictures."""


class CocoSsd:
    """The `Detector` that runs COCO-SSD, once, on the whole picture."""

    name = DetectorName.COCO_SSD
    finds = FindingKind.PERSON

    def __init__(self, *, threads: int = 1) -> None:
        """Checks the model, which is opened for the first frame. Raises Fault: model-changed, tool-missing."""
        self._session = Session(lambda: open_model("coco-ssd", _TAKES, _GIVES, threads))
        self.version = f"{model_sha256('coco-ssd')} {THRESHOLD} {SAME_PERSON}"

    def open(self) -> None:
        """Opens the model now. Raises Fault: model-changed, tool-missing, tool-failed."""
        self._session.open()

    def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
        """As `ports.detector.Detector.look`, the surest person first."""
        planes, video = opened(frame, media)
        picture = np.rint(stretched_rgb(planes, _SIDE, _SIDE)).astype(np.uint8).transpose(1, 2, 0)
        scores, corners = answers(self._session, _GIVES, {_TAKES: np.ascontiguousarray(picture[None])})
        sure = scores[0, :, _PERSON]
        places = np.flatnonzero(sure > THRESHOLD)
        places = places[np.argsort(-sure[places], kind="stable")]
        size = np.array([video.width, video.height] * 2, np.float32)
        boxes = corners[0, places, 0][:, [1, 0, 3, 2]] * size
        return [sighting(boxes[kept], sure[places[kept]], video) for kept in distinct(boxes, SAME_PERSON)]
