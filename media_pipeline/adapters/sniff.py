"""What a file is by its own bytes, read plainly, before any tool opens it.

Only two kinds of container go on: ISO base media (MP4, MOV, M4A, 3GP) and EBML (Matroska, WebM). Of these only lengths
and four-letter names are read here, to see whether the file is whole and whether it is locked.
Sources: ISO/IEC 14496-12 (boxes; `sinf` in 8.12), RFC 8794 (EBML) and RFC 9559 (Matroska).
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path, PurePath
from typing import BinaryIO

from media_pipeline.core.errors import Hostile, Refused

_HEAD = 4096
"""Bytes looked at to tell text from anything else."""

_MOST_BOXES = 50_000
"""Boxes read before we leave the rest to the tools: a fragmented film has two every few seconds, any other a few dozen."""

_BOXES_AT_START = frozenset({b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid"})
"""What an ISO base media or QuickTime file may begin with."""

_WAY_TO_CODINGS = (b"trak", b"mdia", b"minf", b"stbl", b"stsd")
"""Boxes between the index and the names of the tracks' codings."""

_LOCKED = frozenset({b"encv", b"enca", b"encs", b"enct", b"drmi", b"drms", b"drmt", b"p608"})
"""Codings of protected tracks: common encryption (ISO/IEC 23001-7), and Apple's FairPlay."""

_PLAYLIST_STARTS = (b"#extm3u", b"#extinf", b"ffconcat", b"[playlist]", b"[reference]", b"rtsptext", b"v=0")
"""HLS and M3U, ffmpeg's concat, PLS, Windows Media, RealMedia, SDP."""

_PLAYLIST_MARKS = (b"<mpd", b"<smoothstreamingmedia", b"<smil", b"<asx", b"<playlist", b"xspf.org")
"""DASH, Smooth Streaming, SMIL, ASX and XSPF, which are all XML."""

_WEBEX_STARTS = (b"WOTF", b"\x01\x00\x02\x00")
"""WRF ("WOT file": Just Solve the File Format Problem) and ARF (Gary Kessler's table of signatures)."""

_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067

_REFUSED_NAMES = {".zoom": "unconverted-zoom", ".arf": "unconverted-webex", ".wrf": "unconverted-webex"}


class Container(StrEnum):
    """What goes on to the tools."""

    ISO = "iso base media"
    MATROSKA = "matroska"


def refuse_by_name(untrusted_name: str) -> None:
    """Raises `Refused` for names of recordings that must be converted first.

    For `.zoom` the name is all there is: Zoom has not published how these files begin.
    """
    code = _REFUSED_NAMES.get(PurePath(untrusted_name).suffix.lower())
    if code is not None:
        raise Refused(code)


def sniff(source: Path) -> Container:
    """Which container `source` is, whole as far as its lengths tell. Raises `Refused` or `Hostile` for all else."""
    if not _is_there(source):
        raise Refused("missing")
    size = source.stat().st_size
    if size == 0:
        raise Refused("empty")
    with source.open("rb") as file:
        head = file.read(_HEAD)
        if head[4:8] in _BOXES_AT_START:
            _Boxes(file, size).check()
            return Container.ISO
        if head.startswith(_EBML.to_bytes(4, "big")):
            _check_segment(file, size)
            return Container.MATROSKA
    _refuse(head)
    raise Refused("not-a-film")


def _is_there(source: Path) -> bool:
    try:
        return source.is_file() and os.access(source, os.R_OK)
    except OSError:  # a name that is too long for any file
        return False


def _refuse(head: bytes) -> None:
    if head.startswith(_WEBEX_STARTS):
        raise Refused("unconverted-webex")
    text = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if text.startswith(_PLAYLIST_STARTS) or (text.startswith(b"<") and any(mark in text for mark in _PLAYLIST_MARKS)):
        raise Hostile("playlist")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _is_text(head):
        raise Hostile("text")


def _is_text(head: bytes) -> bool:
    """Whether no byte is one that text never holds; escape is allowed, for the colours of terminals."""
    return not any(byte < 0x08 or 0x0E <= byte < 0x1B or 0x1C <= byte < 0x20 or byte == 0x7F for byte in head)


class _Boxes:
    """Walks over boxes, a bounded number in all."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size, self._left = file, size, _MOST_BOXES

    def check(self) -> None:
        """Raises `Refused`: "truncated" without an index or with data that ends outside, "protected" when locked."""
        has_index = False
        for name, body, end in self._between(0, self._size):
            if end > self._size and name in (b"mdat", b"moov", b"moof"):
                raise Refused("truncated")
            if name == b"moov":
                self._check_locks(body, end, _WAY_TO_CODINGS)
            has_index = has_index or name in (b"moov", b"meta")  # meta: a picture, of which the tools say what it lacks
        if not has_index and self._left:
            raise Refused("truncated")

    def _check_locks(self, start: int, end: int, way: tuple[bytes, ...]) -> None:
        for name, body, box_end in self._between(start, end):
            if not way and name in _LOCKED:
                raise Refused("protected")
            if way and name == way[0]:
                # a list of codings begins with its version and their number
                self._check_locks(body + (8 if name == b"stsd" else 0), min(box_end, end), way[1:])

    def _between(self, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """Each box: its name, where its body starts, where it says that it ends. Stops at nonsense."""
        while start + 8 <= end and self._left:
            self._left -= 1
            self._file.seek(start)
            header = self._file.read(16)
            length, body = int.from_bytes(header[:4], "big"), start + 8
            if length == 1:  # a 64-bit length follows
                length, body = int.from_bytes(header[8:16], "big"), start + 16
            elif length == 0:  # to the end
                length = end - start
            if start + length < body:
                return
            yield header[4:8], body, start + length
            start += length


def _check_segment(file: BinaryIO, size: int) -> None:
    """Raises `Refused("truncated")` when the segment, or what is before it, says that it is longer than the file (none need say)."""
    start = 0
    for _ in range(16):  # the header, perhaps void elements, then the segment
        file.seek(start)
        header = file.read(12)
        id_length, _ = _vint(header)
        if not id_length:
            return
        length_size, length = _vint(header[id_length:])
        if not length_size or length == (1 << 7 * length_size) - 1:  # unknown, as live recorders write it
            return
        start += id_length + length_size + length
        if start > size:  # before it is gone to: a file has no place that far away
            raise Refused("truncated")
        if int.from_bytes(header[:id_length], "big") == _SEGMENT:
            return


def _vint(raw: bytes) -> tuple[int, int]:
    """How many bytes an EBML number takes (0: none is there) and what it is without its length marker."""
    if not raw or raw[0] == 0:
        return 0, 0
    count = 9 - raw[0].bit_length()
    if len(raw) < count:
        return 0, 0
    return count, int.from_bytes(raw[:count], "big") & ((1 << 7 * count) - 1)
