"""What a reader writes down: violations of the allow-list, in our own words.

A violation names a code, a place and an offset. It never holds a byte of the file, so it may be stored and shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MOST_VIOLATIONS = 64
"""A file that breaks this many rules is refused as well as one that breaks more; the rest is not counted."""


class Code(StrEnum):
    """Every rule that a finished file can break."""

    # boxes
    BOX_BROKEN = "box-broken"
    """A box that does not fit into its parent, or whose fields do not fit into it."""
    BOX_NOT_ALLOWED = "box-not-allowed"
    """A box that the allow-list does not name in this parent."""
    BOX_MISPLACED = "box-misplaced"
    """An allowed box, but twice or out of its order."""
    BOX_MISSING = "box-missing"
    """A box that our recipe always writes is not there."""
    TRAILING_BYTES = "trailing-bytes"
    """Bytes after the last field of a box, a descriptor, a parameter set or a picture."""
    BYTE_UNOWNED = "byte-unowned"
    """A byte of the file, or of a media box, that no box and no sample owns."""
    BRAND = "brand"
    """File type brands other than our recipe's."""
    VERSION = "version"
    """A box version or flags other than our recipe's."""
    RESERVED = "reserved"
    """A reserved or constant field that holds something else."""
    USER_DATA = "user-data"
    """User data other than the empty list that ffmpeg always writes."""

    # headers
    TIME_NOT_ZERO = "time-not-zero"
    """A creation or modification time."""
    LANGUAGE = "language"
    """A track language other than und."""
    HANDLER_NAME = "handler-name"
    """A handler with a name."""
    HANDLER_TYPE = "handler-type"
    """A track that is neither picture nor sound."""
    MATRIX = "matrix"
    """A matrix that turns or moves the picture."""
    TRACKS = "tracks"
    """Tracks other than one of pictures, then at most one of sound."""
    TRACK_HEADER = "track-header"
    """A track header that differs from the recipe or from the track it heads."""
    TIMESCALE = "timescale"
    """A clock rate that does not follow from the tracks."""
    DURATION = "duration"
    """A duration that does not follow from the samples."""
    EDIT_LIST = "edit-list"
    """An edit list that is missing, has more than one edit, or hides any sample but the encoder's priming."""

    # sample descriptions
    SAMPLE_ENTRY = "sample-entry"
    """A sample description other than one of H.264 or AAC as our recipe makes it."""
    COMPRESSOR_NAME = "compressor-name"
    """A compressor name or vendor."""
    AVC_CONFIG = "avc-config"
    """An avcC box other than one SPS and one PPS."""
    PARAMETER_SET = "parameter-set"
    """An SPS or PPS with a field that our recipe does not write."""
    COLOUR = "colour"
    """A colour box other than nclx that repeats the SPS."""
    ASPECT = "aspect"
    """Pixels that are not square."""
    BIT_RATE = "bit-rate"
    """A bit rate that does not follow from the samples."""
    DESCRIPTOR = "descriptor"
    """An MPEG-4 descriptor other than the four of AAC-LC."""

    # samples
    SAMPLE_TABLE = "sample-table"
    """Sample tables that contradict each other or are written in a roundabout way."""
    SAMPLE_OUTSIDE = "sample-outside"
    """A sample that lies outside the media box."""
    SAMPLE_OVERLAP = "sample-overlap"
    """Two samples that share bytes."""
    SYNC_SAMPLE = "sync-sample"
    """Key frames in the tables and in the stream differ."""
    DISPLAY_ORDER = "display-order"
    """A picture is shown at another moment than the stream's own order says."""
    FRAGMENT = "fragment"
    """A fragment header that contradicts its place or its samples."""
    SEI = "sei"
    """A supplemental enhancement information NAL unit."""
    NAL_TYPE = "nal-type"
    """A NAL unit other than the one slice of a frame."""
    NAL_LENGTH = "nal-length"
    """NAL unit lengths that do not add up to the sample."""
    NAL_BYTES = "nal-bytes"
    """Bytes inside a NAL unit that no encoder writes: start codes, zero words, an end without its stop bit."""
    SLICE = "slice"
    """A slice header that contradicts the parameter sets or the frames before it."""
    AAC_FRAME = "aac-frame"
    """An AAC frame that is not one channel pair closed by an end element."""
    ENCODER_NAME = "encoder-name"
    """The name of an encoder or muxer, in plain letters, inside the media."""

    # JPEG
    NOT_JPEG = "not-jpeg"
    """The picture does not begin as a baseline JPEG."""
    COMMENT_SEGMENT = "comment-segment"
    """A JPEG comment."""
    APP_SEGMENT = "app-segment"
    """A JPEG application segment other than the plain JFIF one (Exif, XMP, ICC, Adobe)."""
    SEGMENT_NOT_ALLOWED = "segment-not-allowed"
    """A JPEG segment that the allow-list does not name at this place."""
    QUANTISATION = "quantisation"
    """A quantisation table that the encoder does not make."""
    HUFFMAN = "huffman"
    """A Huffman table that is not a prefix code of the symbols that the scan uses."""
    FRAME_HEADER = "frame-header"
    """A frame or scan header other than our recipe's."""
    SCAN = "scan"
    """Entropy-coded data that does not hold exactly the blocks of the picture."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken at one place."""

    code: Code
    """Which rule."""

    where: str
    """The place in our own words, such as `moov/trak[1]/mdia/hdlr`; never bytes of the file."""

    offset: int
    """Byte offset in the file of the box, field or sample."""


class Ledger:
    """Collects violations, up to `MOST_VIOLATIONS`."""

    def __init__(self) -> None:
        self._violations: list[Violation] = []

    def add(self, code: Code, where: str, offset: int) -> None:
        """Writes one violation down; beyond the limit it is dropped, as the file is refused anyway."""
        if not self.full:
            self._violations.append(Violation(code, where, offset))

    @property
    def full(self) -> bool:
        """Whether reading on would tell nothing more: loops over samples stop here."""
        return len(self._violations) >= MOST_VIOLATIONS

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All that was written down, in the order it was found."""
        return tuple(self._violations)
