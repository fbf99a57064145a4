"""Baseline JPEG (ITU-T T.81), as ffmpeg's encoder writes posters and storyboards: every byte has a name.

The file is SOI, one plain JFIF segment, one quantisation table of the encoder's own family, one SOF0 header of 4:2:0
colour, Huffman tables that hold just the symbols in use, SOS, exactly the blocks of the picture, EOI. No comment, no
Exif, XMP or ICC segment, no thumbnail, no restart markers, nothing after EOI.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from media_pipeline.adapters.inspect.boxes import Untrusted, untrusted_file
from media_pipeline.adapters.inspect.jpeg_scan import HuffmanTable, read_huffman_table, scan_is_exact
from media_pipeline.adapters.inspect.ledger import Code, Ledger, Violation

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_JFIF = b"JFIF\0\1\2\0\0\1\0\1\0\0"
"""Version 1.2, square pixels without a unit, no thumbnail."""

_COMPONENTS = b"\3\1\x22\0\2\x11\0\3\x11\0"
"""Three components; luma twice as fine both ways; one quantisation table for all."""

_SCAN_HEADER = b"\3\1\0\2\x11\3\x11\0\x3f\0"
"""Luma uses tables 0, chroma tables 1; all 64 coefficients at full precision."""

_ORDER = (0xE0, 0xDB, 0xC4, 0xC0, 0xDA)
"""APP0, DQT, DHT, SOF0, SOS."""

_TABLES = (0x00, 0x01, 0x10, 0x11)
"""Class and number of the Huffman tables: DC and AC of luma (0) and chroma (1)."""

_COMMENT, _FIRST_APP, _LAST_APP = 0xFE, 0xE0, 0xEF

_MARKER = re.compile(rb"\xff[^\x00]", re.DOTALL)

_LARGEST_SIDE = 16_384
"""Pixels; a storyboard of a day at one picture in ten seconds is shorter."""

_INTRA = bytes.fromhex(
    "08101013 10131616 16161616 1a181a1b 1b1b1a1a 1a1a1b1b 1b1d1d1d 2222221d"
    "1d1d1b1b 1d1d2020 22222526 25232322 23262628 28283030 2e2e3838 3a454553"
)
"""The default intra matrix of MPEG-1 video (ISO/IEC 11172-2 clause 2.4.3.2) in zigzag order, which ffmpeg scales."""

_COARSEST = 31
"""The largest quantiser scale of ffmpeg's -q:v."""


def _quantisation_tables() -> frozenset[bytes]:
    """The tables of quantiser scales 1 to 31; the first coefficient keeps its 8."""
    return frozenset(
        bytes([8, *(min(255, value * scale >> 3) for value in _INTRA[1:])]) for scale in range(1, _COARSEST + 1)
    )


_QUANTISATION = _quantisation_tables()


@dataclass(frozen=True, slots=True)
class _Segment:
    """A marker segment: its marker byte, and the start and end of what follows its length."""

    marker: int
    start: int
    end: int


def read_jpeg(path: Path) -> tuple[Violation, ...]:
    """Violations in a JPEG picture. Raises OSError when it cannot be opened."""
    ledger = Ledger()
    with untrusted_file(path) as data:
        _read(data, ledger)
    return ledger.violations


def _read(data: Untrusted, ledger: Ledger) -> None:
    if data[:2] != _SOI:
        ledger.add(Code.NOT_JPEG, "start", 0)
        return
    at, found = 2, dict[int, _Segment]()
    while 0xDA not in found:
        segment = _next_segment(data, at, ledger)
        if segment is None or ledger.full:
            return
        at = segment.end
        if _in_place(segment, found, ledger):
            found[segment.marker] = segment
    if tuple(found) != _ORDER:
        ledger.add(Code.SEGMENT_NOT_ALLOWED, "header", 0)
        return
    _check_body(data, found[0xE0], _JFIF, Code.APP_SEGMENT, ledger)
    _check_quantisation(data, found[0xDB], ledger)
    _check_body(data, found[0xDA], _SCAN_HEADER, Code.FRAME_HEADER, ledger)
    size = _read_frame_header(data, found[0xC0], ledger)
    tables = _read_tables(data, found[0xC4], ledger)
    _check_scan(data, at, size, tables, ledger)


def _next_segment(data: Untrusted, at: int, ledger: Ledger) -> _Segment | None:
    """The segment at `at`; None when there is none that fits."""
    head = data[at : at + 4]
    end = at + 2 + int.from_bytes(head[2:], "big")
    if len(head) < 4 or head[0] != 0xFF or end < at + 4 or end > len(data):
        ledger.add(Code.SEGMENT_NOT_ALLOWED, "header", at)
        return None
    return _Segment(head[1], at + 4, end)


def _in_place(segment: _Segment, found: dict[int, _Segment], ledger: Ledger) -> bool:
    """Whether the allow-list names the segment and it comes once; a violation otherwise."""
    if segment.marker in _ORDER and segment.marker not in found:
        return True
    if segment.marker == _COMMENT:
        code = Code.COMMENT_SEGMENT
    elif _FIRST_APP <= segment.marker <= _LAST_APP:
        code = Code.APP_SEGMENT
    else:
        code = Code.SEGMENT_NOT_ALLOWED
    ledger.add(code, "header", segment.start - 4)
    return False


def _check_body(data: Untrusted, segment: _Segment, expected: bytes, code: Code, ledger: Ledger) -> None:
    if data[segment.start : segment.end] != expected:
        ledger.add(code, "header", segment.start)


def _check_quantisation(data: Untrusted, segment: _Segment, ledger: Ledger) -> None:
    """One table, number 0, 8 bits."""
    body = data[segment.start : segment.end]
    if body[:1] != b"\0" or body[1:] not in _QUANTISATION:
        ledger.add(Code.QUANTISATION, "quantisation table", segment.start)


def _read_frame_header(data: Untrusted, segment: _Segment, ledger: Ledger) -> tuple[int, int]:
    """Width and height; (0, 0) after a violation."""
    body = data[segment.start : segment.end]
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    sizes = 0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE
    if body[:1] != b"\x08" or body[5:] != _COMPONENTS or not sizes:
        ledger.add(Code.FRAME_HEADER, "frame header", segment.start)
        return 0, 0
    return width, height


def _read_tables(data: Untrusted, segment: _Segment, ledger: Ledger) -> tuple[HuffmanTable, ...]:
    """The four tables in order, all in one segment; empty after a violation."""
    at, tables = segment.start, []
    for expected in _TABLES:
        table = read_huffman_table(data[at + 1 : segment.end], direct=expected < 0x10)
        if data[at : at + 1] != bytes([expected]) or at >= segment.end or table is None:
            ledger.add(Code.HUFFMAN, "Huffman tables", at)
            return ()
        tables.append(table)
        at += 1 + table.size
    if at != segment.end:
        ledger.add(Code.TRAILING_BYTES, "Huffman tables", at)
        return ()
    return tuple(tables)


def _check_scan(
    data: Untrusted, start: int, size: tuple[int, int], tables: tuple[HuffmanTable, ...], ledger: Ledger
) -> None:
    """The scan runs to EOI, EOI ends the file, and in between lie exactly the blocks of the picture."""
    marker = _MARKER.search(data, start)
    end = marker.start() if marker else len(data)
    if data[end : end + 2] != _EOI:
        ledger.add(Code.SCAN, "scan", end)
        return
    if end + 2 != len(data):
        ledger.add(Code.BYTE_UNOWNED, "after the end", end + 2)
    if not tables or not all(size):
        return
    units = -(-size[0] // 16) * -(-size[1] // 16)
    if not scan_is_exact(data[start:end].replace(b"\xff\0", b"\xff"), units, tables):
        ledger.add(Code.SCAN, "scan", start)
    elif not all(table.made_for_scan for table in tables):
        ledger.add(Code.HUFFMAN, "Huffman tables", start)
