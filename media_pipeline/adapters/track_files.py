"""What playlists need to know of a CMAF track file that ffmpeg has just written (ISO/IEC 14496-12 clause 8.8).

This is the renderer's own look at its work; the proof reads the finished file with other eyes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from media_pipeline.core.hls import SOUND_CODEC, Segment, TrackFile

_HEADS = {b"stsd": 8, b"avc1": 78}
"""Boxes whose first child comes after so many bytes of their own."""

_DESCRIPTION, _DURATION = 0x2, 0x8
_OFFSET, _FIRST_FLAGS, _DURATIONS = 0x1, 0x4, 0x100
_COLUMNS = (_DURATIONS, 0x200, 0x400, 0x800)


def read_track_file(path: Path) -> TrackFile:
    """Its header and segments. Raises OSError, and ValueError for anything but a track in fragments."""
    try:
        with path.open("rb") as file:
            return _read(file)
    except struct.error:
        raise ValueError("a box is cut short") from None


def _read(file: BinaryIO) -> TrackFile:
    movie, header, ends = b"", 0, 0
    segments: list[Segment] = []
    clock, early = 1, 0
    for kind, start, end in _top(file):
        if kind == b"moov":
            movie = _body(file, start, end)
            clock, early = _clock(movie), _priming(movie)
        elif kind == b"moof":
            header = header or start
            ticks = _ticks(_body(file, start, end)) - (0 if segments else early)
            segments.append(Segment(end - start, Fraction(ticks, clock)))
        elif kind == b"mdat" and segments:
            segments[-1] = Segment(segments[-1].size + end - start, segments[-1].length)
        ends = end
    found = TrackFile(_codec(movie), header, tuple(segments))
    if not segments or found.size != ends or found.segments[0].length <= 0:
        raise ValueError("not in fragments")
    return found


def _top(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """The file's boxes: kind, start, end."""
    size, at = file.seek(0, 2), 0
    while at < size:
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1:
            [length] = struct.unpack(">Q", file.read(8))
        if not 8 <= length <= size - at:
            raise ValueError("a box does not fit")
        yield kind, at, at + length
        at += length


def _body(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start + 8)
    return file.read(end - start - 8)


def _find(body: bytes, *path: bytes) -> bytes | None:
    """The body of the first box at a path inside a box's body."""
    for kind in path:
        at = 0
        while at < len(body):
            size, found = struct.unpack_from(">I4s", body, at)
            if size < 8:
                return None
            if found == kind:
                break
            at += size
        else:
            return None
        body = body[at + 8 + _HEADS.get(kind, 0) : at + size]
    return body


def _there(body: bytes, *path: bytes) -> bytes:
    found = _find(body, *path)
    if found is None:
        raise ValueError("a box is missing")
    return found


def _clock(movie: bytes) -> int:
    """Ticks a second."""
    header = _there(movie, b"trak", b"mdia", b"mdhd")
    [ticks] = struct.unpack_from(">I", header, 20 if header[0] else 12)
    if not ticks:
        raise ValueError("a clock that stands still")
    return int(ticks)


def _priming(movie: bytes) -> int:
    """Ticks of sound that are decoded and not heard; of pictures all are shown."""
    edits = _find(movie, b"trak", b"edts", b"elst")
    if edits is None or _codec(movie) != SOUND_CODEC:
        return 0
    [start] = struct.unpack_from(">q", edits, 16) if edits[0] else struct.unpack_from(">i", edits, 12)
    return int(start)


def _codec(movie: bytes) -> str:
    config = _find(movie, b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1", b"avcC")
    return SOUND_CODEC if config is None else f"avc1.{config[1:4].hex()}"


def _ticks(fragment: bytes) -> int:
    """How long a fragment lasts."""
    header, run = _there(fragment, b"traf", b"tfhd"), _there(fragment, b"traf", b"trun")
    [told] = struct.unpack_from(">I", header)
    place = 12 if told & _DESCRIPTION else 8
    each = struct.unpack_from(">I", header, place)[0] if told & _DURATION else 0
    flags, count = struct.unpack_from(">II", run)
    if not flags & _DURATIONS:
        return int(each) * int(count)
    first = 8 + 4 * bool(flags & _OFFSET) + 4 * bool(flags & _FIRST_FLAGS)
    columns = sum(bool(flags & column) for column in _COLUMNS)
    return sum(row[0] for row in struct.iter_unpack(f">{columns}I", run[first:]))
