"""Leaks in posters and storyboards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from media_pipeline.adapters.inspect import Code, read_jpeg
from tests.adapters.inspect.conftest import CleanFilms
from tests.film_reading import run_ffmpeg

NEEDLE = b"Kim Example, Elm Street 5"

Plant = Callable[[bytes], bytes]

APP0 = b"\xff\xe0\0\x10JFIF"


def segment(marker: int, body: bytes) -> bytes:
    """A marker segment."""
    return bytes([0xFF, marker]) + (2 + len(body)).to_bytes(2, "big") + body


def after_app0(more: bytes) -> Plant:
    """A segment behind the JFIF segment."""
    return lambda picture: picture[:20] + more + picture[20:]


def before_scan(more: bytes) -> Plant:
    """A segment in front of the scan."""

    def plant(picture: bytes) -> bytes:
        at = picture.index(b"\xff\xda\0\x0c")
        return picture[:at] + more + picture[at:]

    return plant


def before_end(more: bytes) -> Plant:
    """Entropy-coded bytes behind the last block."""
    return lambda picture: picture[:-2] + more + picture[-2:]


def replaced(old: bytes, new: bytes) -> Plant:
    """Other bytes in a header."""

    def plant(picture: bytes) -> bytes:
        assert old in picture
        return picture.replace(old, new, 1)

    return plant


def thumbnail(picture: bytes) -> bytes:
    """A JFIF thumbnail of one pixel."""
    return picture[:4] + b"\0\x13" + picture[6:18] + b"\1\1Kim" + picture[20:]


def spare_symbol(picture: bytes) -> bytes:
    """One more symbol at the end of the last Huffman table, of a code that nothing uses."""
    at = picture.index(b"\xff\xc4")
    end = at + 2 + int.from_bytes(picture[at + 2 : at + 4], "big")
    table = at + 4
    for _ in range(3):  # the last of four
        table += 17 + sum(picture[table + 1 : table + 17])
    counts = bytearray(picture[table + 1 : table + 17])
    assert counts[15] == 0
    counts[15] = 1
    symbols = picture[table + 17 : end]
    spare = next(symbol for symbol in range(0x11, 0xFA) if symbol not in symbols and 1 <= symbol & 15 <= 10)
    head = picture[:at] + b"\xff\xc4" + (end - at - 1).to_bytes(2, "big") + picture[at + 4 : table + 1]
    return head + bytes(counts) + symbols + bytes([spare]) + picture[end:]


def swapped_symbols(picture: bytes) -> bytes:
    """The most and the least used AC symbols of luma change places."""
    table = picture.index(b"\xff\xc4") + 4
    for _ in range(2):
        table += 17 + sum(picture[table + 1 : table + 17])
    first, last = table + 17, table + 16 + sum(picture[table + 1 : table + 17])
    swapped = bytearray(picture)
    swapped[first], swapped[last] = picture[last], picture[first]
    return bytes(swapped)


def huffman(at: int, value: bytes) -> Plant:
    """Other bytes in the first Huffman table: its number (0), its counts (from 1), its symbols (from 17)."""

    def plant(picture: bytes) -> bytes:
        place = picture.index(b"\xff\xc4") + 4 + at
        return picture[:place] + value + picture[place + len(value) :]

    return plant


def longer_tables(picture: bytes) -> bytes:
    """Text at the end of the segment of Huffman tables."""
    at = picture.index(b"\xff\xc4")
    size = int.from_bytes(picture[at + 2 : at + 4], "big")
    end = at + 2 + size
    return picture[: at + 2] + (size + len(NEEDLE)).to_bytes(2, "big") + picture[at + 4 : end] + NEEDLE + picture[end:]


PLANTS: dict[str, tuple[Plant, set[Code]]] = {
    "a comment": (after_app0(segment(0xFE, b"Lavc62.11.100")), {Code.COMMENT_SEGMENT}),
    "a comment in front of the scan": (before_scan(segment(0xFE, NEEDLE)), {Code.COMMENT_SEGMENT}),
    "Exif": (after_app0(segment(0xE1, b"Exif\0\0" + NEEDLE)), {Code.APP_SEGMENT}),
    "XMP": (after_app0(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + NEEDLE)), {Code.APP_SEGMENT}),
    "ICC": (after_app0(segment(0xE2, b"ICC_PROFILE\0" + NEEDLE)), {Code.APP_SEGMENT}),
    "IPTC": (after_app0(segment(0xED, b"Photoshop 3.0\0" + NEEDLE)), {Code.APP_SEGMENT}),
    "Adobe": (after_app0(segment(0xEE, b"Adobe\0\x64" + bytes(5))), {Code.APP_SEGMENT}),
    "a second JFIF segment": (after_app0(segment(0xE0, b"JFXX\0\x13" + NEEDLE)), {Code.APP_SEGMENT}),
    "a thumbnail": (thumbnail, {Code.APP_SEGMENT}),
    "another density": (replaced(b"JFIF\0\1\2\0\0\1\0\1", b"JFIF\0\1\2\1\1\x2c\1\x2c"), {Code.APP_SEGMENT}),
    "bytes after the end": (lambda picture: picture + NEEDLE, {Code.BYTE_UNOWNED}),
    "one byte after the end": (lambda picture: picture + b"\0", {Code.BYTE_UNOWNED}),
    "a second picture": (lambda picture: picture + picture, {Code.BYTE_UNOWNED}),
    "bytes behind the last block": (before_end(NEEDLE), {Code.SCAN}),
    "one byte behind the last block": (before_end(b"\x7f"), {Code.SCAN}),
    "a stuffed byte behind the last block": (before_end(b"\xff\0"), {Code.SCAN}),
    "restart markers": (before_end(b"\xff\xd0"), {Code.SCAN}),
    "a comment behind the scan": (before_end(segment(0xFE, NEEDLE)), {Code.SCAN}),
    "no end": (lambda picture: picture[:-2], {Code.SCAN}),
    "half a picture": (lambda picture: picture[: len(picture) // 2] + b"\xff\xd9", {Code.SCAN}),
    "a restart interval": (before_scan(segment(0xDD, b"\0\4")), {Code.SEGMENT_NOT_ALLOWED}),
    "a second quantisation table": (before_scan(segment(0xDB, b"\1" + bytes(range(64)))), {Code.SEGMENT_NOT_ALLOWED}),
    "a quantisation table of its own": (
        replaced(b"\xff\xdb\0\x43\0\x08", b"\xff\xdb\0\x43\0\x09"),
        {Code.QUANTISATION},
    ),
    "a progressive frame": (replaced(b"\xff\xc0\0\x11", b"\xff\xc2\0\x11"), {Code.SEGMENT_NOT_ALLOWED}),
    "a taller picture": (replaced(b"\xff\xc0\0\x11\x08\0", b"\xff\xc0\0\x11\x08\1"), {Code.SCAN}),
    "twelve bits": (replaced(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c"), {Code.FRAME_HEADER}),
    "another scan header": (
        replaced(b"\3\1\0\2\x11\3\x11\0\x3f\0", b"\3\1\0\2\x11\3\x11\0\x3e\0"),
        {Code.FRAME_HEADER},
    ),
    "a Huffman symbol that nothing uses": (spare_symbol, {Code.HUFFMAN}),
    "bytes behind the Huffman tables": (longer_tables, {Code.TRAILING_BYTES}),
    "a Huffman symbol that does not exist": (huffman(17, b"\x0c"), {Code.HUFFMAN}),
    "a Huffman table of another number": (huffman(0, b"\2"), {Code.HUFFMAN}),
    "more codes than there are": (huffman(1, b"\3\0"), {Code.HUFFMAN}),
    "fill bytes": (lambda picture: picture[:2] + b"\xff\xff" + picture[2:], {Code.SEGMENT_NOT_ALLOWED}),
    "another beginning": (lambda picture: b"GIF89a" + picture, {Code.NOT_JPEG}),
}


@pytest.mark.parametrize("name", PLANTS)
def test_a_leak_in_a_picture_is_found(name: str, clean: CleanFilms, tmp_path: Path) -> None:
    """Exactly the expected rule is broken, in the poster and in the storyboard."""
    plant, expected = PLANTS[name]
    for picture in clean.pictures:
        path = tmp_path / "picture.jpg"
        path.write_bytes(plant(picture.read_bytes()))
        found = {violation.code for violation in read_jpeg(path)}
        assert expected <= found
        assert found <= expected | {Code.SEGMENT_NOT_ALLOWED}


def test_symbols_in_another_order_are_found(clean: CleanFilms, tmp_path: Path) -> None:
    """A Huffman table whose order does not follow from the picture does not fit its scan or its use."""
    path = tmp_path / "picture.jpg"
    path.write_bytes(swapped_symbols(clean.pictures[0].read_bytes()))
    assert {violation.code for violation in read_jpeg(path)} <= {Code.SCAN, Code.HUFFMAN} != set()
    assert read_jpeg(path)


def test_the_encoders_own_comment_is_found(clean: CleanFilms, tmp_path: Path) -> None:
    """Without bitexact ffmpeg writes its name into a comment."""
    path = tmp_path / "picture.jpg"
    run_ffmpeg("-i", clean.film, "-vf", "format=yuvj420p", "-frames:v", "1", "-update", "1", path)
    assert Code.COMMENT_SEGMENT in {violation.code for violation in read_jpeg(path)}
