"""Reads raw frames with their exact times from a pipe: QuickTime fragments, one frame each.

ffmpeg's raw formats carry no times, and a second output for them could not be kept in step. A fragmented QuickTime file
(ISO/IEC 14496-12, 8.8) has both in one stream: per frame a `moof` box with the time (`tfdt`) and an `mdat` box with the
pixels. The writer is ffmpeg in its sandbox, fed with an untrusted file: every size is checked before it is used, and
whatever is not expected is a Fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

from media_pipeline.core.errors import Fault

FRAGMENTED_FLAGS = (
    *("-map_chapters", "-1"),  # QuickTime would write them as a track of their own
    *("-map_metadata", "-1"),
    *("-write_tmcd", "0"),  # nor a track for a timecode
    *("-f", "mov"),
    # each frame with its time, and the first with its own too, not 0
    *("-movflags", "frag_every_frame+empty_moov+default_base_moof+skip_trailer+frag_discont"),
    *("-avoid_negative_ts", "disabled"),  # nor are all of them moved so that it becomes 0
    *("-flush_packets", "0"),  # many frames are written at once: a call for each costs a tenth of the reading
)
"""What to tell ffmpeg of its output so that this module can read it: one track, a fragment a frame."""

_HEADER = 8
"""Bytes of a box's size and type."""

_LARGEST_HEAD = 1 << 16
"""Bytes; no box but `mdat` is larger than a few hundred."""

_COLOURS = b"\x00\x00\x00\x12colrnclc"
"""How the box begins that tells of colours (QuickTime File Format, "Color Parameter Atoms")."""

UNSAID = 2
"""The number of a matrix of which nothing is said."""

_PARENTS = {b"moov": (b"trak", b"mdia"), b"moof": (b"traf",)}
"""Where in these boxes the one that is wanted lies."""


class Fragments:
    """Each frame's time (s, as the writer was handed it) and its `frame_size` bytes, in order, one in memory at a time.

    Reading raises Fault("tool-failed") for anything else, a last frame that is cut off among it.
    """

    def __init__(self, stream: BinaryIO, frame_size: int) -> None:
        self.matrix = UNSAID
        """Of the frames' colours, by its number in ITU-T H.273, table 4; known when the first frame comes."""
        self._stream, self._size = stream, frame_size

    def __iter__(self) -> Iterator[tuple[Fraction, bytes]]:
        timescale = ticks = None
        while header := self._stream.read(_HEADER):
            untrusted_size, kind = int.from_bytes(header[:4]) - _HEADER, header[4:]
            if kind == b"mdat":
                if untrusted_size != self._size or timescale is None or ticks is None:
                    raise _unexpected()
                yield Fraction(ticks, timescale), _exactly(self._stream, self._size)
                ticks = None
                continue
            if not 0 <= untrusted_size <= _LARGEST_HEAD:
                raise _unexpected()
            body = _exactly(self._stream, untrusted_size)
            if kind == b"moov":
                timescale = _number(_find(body, (*_PARENTS[kind], b"mdhd")), at={0: (12, 4), 1: (20, 4)})
                if not timescale:
                    raise _unexpected()
                self.matrix = _matrix(body)
            elif kind == b"moof":
                ticks = _number(_find(body, (*_PARENTS[kind], b"tfdt")), at={0: (4, 4), 1: (4, 8)})
                ticks -= (ticks >> 63) << 64  # before 0 they are written as two's complement
            elif kind != b"ftyp":
                raise _unexpected()


def _matrix(moov: bytes) -> int:
    """What the one track says of its colours: three numbers, of which the matrix is the last."""
    _, found, after = moov.partition(_COLOURS)
    return int.from_bytes(after[4:6]) if found else UNSAID


def _exactly(stream: BinaryIO, size: int) -> bytes:
    found = stream.read(size)
    if len(found) != size:
        raise _unexpected()
    return found


def _find(body: bytes, path: tuple[bytes, ...]) -> bytes:
    """The body of the first box at `path`."""
    at = 0
    while at + _HEADER <= len(body):
        size, kind = int.from_bytes(body[at : at + 4]), body[at + 4 : at + _HEADER]
        if not _HEADER <= size <= len(body) - at:
            break
        if kind == path[0]:
            inside = body[at + _HEADER : at + size]
            return _find(inside, path[1:]) if len(path) > 1 else inside
        at += size
    raise _unexpected()


def _number(body: bytes, at: dict[int, tuple[int, int]]) -> int:
    """The field of a full box that lies, by the box's version, `at` this place with this size (bytes)."""
    place, size = at.get(body[0] if body else -1, (0, 0))
    field = body[place : place + size]
    if not field or len(field) != size:
        raise _unexpected()
    return int.from_bytes(field)


def _unexpected() -> Fault:
    return Fault("tool-failed", "the decoder's stream of frames is not as expected")
