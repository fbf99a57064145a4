"""Faces, by CenterFace: says where there is one, and cannot tell whose.

Measured on 45 photographs at 640 pixels and a threshold of .2: 159 of 164 faces that somebody counted, blurred crowds
left out (adults 14 of 14, groups 80 of 80, children 65 of 70: missed were faces in hands, cut off and against the light).
Of 43 faces that it knows in the whole photograph it found .95 to .98 in galleries of 2 × 2 to 7 × 7 tiles; .86 when the
face was as high as the picture and .65 when it was half as high again. A second look at a quarter of the size, a
sixteenth of the pixels, makes that .91 and .86, and finds faces that the edge cuts off. It also sees a face on 73 of 98
picture-book pages. So: a face that is found may be a drawing, and where none is found there may be one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from media_pipeline.adapters.detectors.boxes import distinct, sighting
from media_pipeline.adapters.detectors.graphs import with_constant_weights
from media_pipeline.adapters.detectors.models import Session, answers, load_model, open_session
from media_pipeline.adapters.detectors.planes import Floats, opened, to_rgb
from media_pipeline.core.errors import Fault
from media_pipeline.core.findings import DetectorName, FindingKind
from media_pipeline.core.media import MediaFile
from media_pipeline.core.people import Sighting
from media_pipeline.ports.detector import Frame

THRESHOLD = 0.2
"""How sure the model must be (0 to 1): low, because a miss shows a child and a false face only costs a look."""

SAME_FACE = 0.3
"""Two boxes that share more than this of their joint area are one face."""

_COARSE = 4
"""How much smaller the second look is: its faces were too large for the first."""

_CLOSE = 1 / 3
"""Share of the picture's height that a face of the second look must exceed: smaller ones the first sees better."""

_STRIDE = 4
"""Pixels of the picture to one place of the model's answers."""

_MAPS = ("537", "538", "539")
"""The model's answers by its own names: heat, size and offset; a fourth, of eyes and mouths, is not asked for."""

_BLOCK = 32
"""The model halves its input five times."""

_FIXED_SIZE = re.compile(rb"\x0a\x02\x08\x0a(\x0a\x02\x08[\x01-\x0a])\x0a\x02\x08[\x08\x20]\x0a\x02\x08[\x08\x20]")
"""Each of its five tensor shapes in the model file (protobuf): 10 pictures, n channels, 32 × 32 or 8 × 8 places."""

_ANY_SIZE = b"\x0a\x02\x1a\x00\\1\x0a\x02\x1a\x00\x0a\x02\x1a\x00"
"""The same with three of the four dimensions left open: an empty "denotation" in place of a value, as long as it."""


class CenterFace:
    """The `Detector` that runs CenterFace, at full size for most faces and at a quarter for those that come close."""

    name = DetectorName.CENTERFACE
    finds = FindingKind.FACE

    def __init__(self, *, threads: int = 1) -> None:
        """Checks the model, which is opened for the first frame. Raises Fault: model-changed, tool-missing."""
        self.version = f"{sha256(_model()).hexdigest()} {THRESHOLD} {SAME_FACE}"
        self._session = Session(lambda: open_session(_model(), threads))

    def open(self) -> None:
        """Opens the model now. Raises Fault: model-changed, tool-missing, tool-failed."""
        self._session.open()

    def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
        """As `ports.detector.Detector.look`, the surest face first."""
        planes, video = opened(frame, media)
        height, width = planes.luma.shape
        picture = _padded(to_rgb(planes), _BLOCK)
        boxes, scores = self._faces(picture)
        large, large_scores = self._faces(_padded(_shrunk(picture), _BLOCK))
        close = (large[:, 3] - large[:, 1]) * _COARSE > height * _CLOSE
        scores = np.concatenate((scores, large_scores[close]))
        surest_first = np.argsort(-scores, kind="stable")
        boxes, scores = np.concatenate((boxes, large[close] * _COARSE))[surest_first], scores[surest_first]
        scale = np.array([video.width / width, video.height / height] * 2, np.float32)
        return [sighting(boxes[place] * scale, scores[place], video) for place in distinct(boxes, SAME_FACE)]

    def _faces(self, picture: Floats) -> tuple[Floats, Floats]:
        """Boxes (left, top, right, bottom, in the picture's pixels) and scores, heaps of boxes and all."""
        heat, size, offset = answers(self._session, _MAPS, {"input.1": picture[None]})
        return decode(heat[0, 0], size[0], offset[0])


def _model() -> bytes:
    """The model for pictures of any size, laid out for the processor. Raises Fault("model-changed")."""
    model, shapes = _FIXED_SIZE.subn(_ANY_SIZE, load_model("centerface"))
    if shapes != 5:
        raise Fault("model-changed", "centerface: not its five tensors")
    return with_constant_weights(model)


def _padded(picture: Floats, block: int) -> Floats:
    """The picture with black at its right and below, so that its sides are whole blocks."""
    _, height, width = picture.shape
    return np.pad(picture, ((0, 0), (0, -height % block), (0, -width % block)))


def _shrunk(picture: Floats) -> Floats:
    """The picture at a quarter of its height and width, each pixel a mean."""
    colours, height, width = picture.shape
    down = picture.reshape(colours, height // _COARSE, _COARSE, width).sum(axis=2)
    across = down.reshape(colours, height // _COARSE, width // _COARSE, _COARSE).sum(axis=3)
    return np.asarray(across / _COARSE**2, np.float32)


def decode(heat: Floats, size: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """Boxes and scores from the model's maps.

    At each place, a `_STRIDE` apart: `heat` (rows × columns) how sure a face's centre is there; `size` (2 × …) the
    logarithms of its height and width and `offset` (2 × …) where exactly its centre is, down and across, in strides.
    """
    rows, columns = np.nonzero(heat > THRESHOLD)
    centre = np.stack((columns + offset[1, rows, columns], rows + offset[0, rows, columns]), axis=1) + 0.5
    logs = np.stack((size[1, rows, columns], size[0, rows, columns]), axis=1)
    sides = np.exp(np.clip(logs, -10, 10))  # 22,026 strides are larger than any picture here
    boxes = np.concatenate((centre - sides / 2, centre + sides / 2), axis=1) * _STRIDE
    return boxes.astype(np.float32), heat[rows, columns]
