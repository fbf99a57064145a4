"""Leaks in the track files of HLS."""

from __future__ import annotations

import struct
from copy import deepcopy
from pathlib import Path

import pytest

from media_pipeline.adapters.ffmpeg_flags import CLEAN, COPY, PICTURES_TRACK
from media_pipeline.adapters.inspect import Code, read_fragmented
from tests.adapters.inspect.conftest import CleanFilms, arguments
from tests.adapters.inspect.planting import NEEDLE, XMP, Plant, patch, tail
from tests.adapters.inspect.surgery import Node, Patient
from tests.film_reading import run_ffmpeg

INIT = 2
"""Boxes in front of the first fragment."""


def add(kind: bytes, body: bytes = NEEDLE, place: int = INIT) -> Plant:
    """A box in the file, in front of the first fragment or at `place`."""
    return lambda film: film.top.insert(place, Node(kind, body))


def inside(path: str, kind: bytes, body: bytes = NEEDLE) -> Plant:
    """A box at the end of a box of the first fragment, with data offsets that follow."""

    def plant(film: Patient) -> None:
        film.at(path).children.append(Node(kind, body))
        film.move_fragments(1, 8 + len(body))

    return plant


def longer(path: str, more: bytes) -> Plant:
    """Bytes at the end of a box of the first fragment, with data offsets that follow."""

    def plant(film: Patient) -> None:
        film.at(path).body += more
        film.move_fragments(1, len(more))

    return plant


def between(film: Patient) -> None:
    """A box between a fragment's header and its media, with data offsets that follow."""
    add(b"free", place=INIT + 1)(film)
    film.move_fragments(1, 8 + len(NEEDLE))


def hidden_media(film: Patient) -> None:
    """Bytes behind the last sample of a fragment."""
    film.at("mdat").body += NEEDLE


def media_in_front(film: Patient) -> None:
    """Bytes before the first sample of a fragment."""
    film.at("mdat").body = NEEDLE + film.at("mdat").body
    film.move_fragments(1, len(NEEDLE))


def orphan(film: Patient) -> None:
    """Media without a header."""
    film.top.append(Node(b"mdat", NEEDLE))


def headless(film: Patient) -> None:
    """A header without media."""
    film.top.append(Node(b"moof", b"", [Node(b"mfhd", bytes(4) + NEEDLE[:4])]))


def later(film: Patient) -> None:
    """A second fragment that begins a frame later than the first ended: a hole in time."""
    start = struct.unpack_from(">Q", film.at("moof[2]/traf/tfdt").body, 4)[0]
    film.at("moof[2]/traf/tfdt").patch(4, struct.pack(">Q", start + 512))


def start_late(film: Patient) -> None:
    """A track that begins a second late."""
    for number in range(1, sum(node.kind == b"moof" for node in film.top) + 1):
        tfdt = film.at(f"moof[{number}]/traf/tfdt")
        tfdt.patch(4, struct.pack(">Q", struct.unpack_from(">Q", tfdt.body, 4)[0] + 48000))


def second_track(film: Patient) -> None:
    """Another track beside the pictures, and its fragment."""
    film.at("moov").children.insert(2, deepcopy(film.at("moov/trak")))
    inside("moof", b"traf")(film)


def longer_edit(film: Patient) -> None:
    """Two edits, the first of them empty."""
    edits = film.at(EDIT)
    edits.body = bytes(7) + b"\2" + bytes(3) + b"\1\xff\xff\xff\xff\0\1\0\0" + edits.body[8:]


EDIT = "moov/trak/edts/elst"

PLANTS: dict[str, tuple[Plant, set[Code]]] = {
    "an event message": (add(b"emsg"), {Code.BOX_NOT_ALLOWED}),
    "the time of making": (add(b"prft"), {Code.BOX_NOT_ALLOWED}),
    "a segment type": (add(b"styp", b"msdh\0\0\0\0Kim "), {Code.BOX_NOT_ALLOWED}),
    "a segment index": (add(b"sidx", bytes(44)), {Code.BOX_NOT_ALLOWED}),
    "XMP in the file": (add(b"uuid", XMP), {Code.BOX_NOT_ALLOWED}),
    "a free box": (add(b"free"), {Code.BOX_NOT_ALLOWED}),
    "a free box between header and media": (between, {Code.BOX_NOT_ALLOWED}),
    "a box in front of everything": (add(b"free", place=0), {Code.BOX_NOT_ALLOWED}),
    "random access tables": (add(b"mfra", place=99), {Code.BOX_NOT_ALLOWED}),
    "text after the last box": (tail(NEEDLE), {Code.BOX_BROKEN}),
    "media without a header": (orphan, {Code.BOX_MISPLACED}),
    "a header without media": (headless, {Code.BOX_MISSING, Code.FRAGMENT}),
    "bytes behind the samples": (hidden_media, {Code.BYTE_UNOWNED}),
    "bytes before the samples": (media_in_front, {Code.BYTE_UNOWNED}),
    "XMP in a fragment": (inside("moof", b"uuid", XMP), {Code.BOX_NOT_ALLOWED}),
    "XMP in a track's fragment": (inside("moof/traf", b"uuid", XMP), {Code.BOX_NOT_ALLOWED}),
    "auxiliary information": (inside("moof/traf", b"saiz"), {Code.BOX_NOT_ALLOWED}),
    "a meta box in a fragment": (inside("moof", b"meta"), {Code.BOX_NOT_ALLOWED}),
    "a protection header": (inside("moof", b"pssh"), {Code.BOX_NOT_ALLOWED}),
    "bytes in a fragment's header": (longer("moof/mfhd", NEEDLE), {Code.TRAILING_BYTES}),
    "bytes in a track's header": (longer("moof/traf/tfhd", NEEDLE), {Code.TRAILING_BYTES}),
    "bytes in a run": (longer("moof/traf/trun", NEEDLE), {Code.FRAGMENT}),
    "another number": (patch("moof/mfhd", 4, b"Kim "), {Code.FRAGMENT}),
    "another flag of a header": (patch("moof/traf/tfhd", 1, b"\3"), {Code.VERSION}),
    "another flag of samples": (patch("moof/traf/tfhd", 20, b"\2\0\0\7"), {Code.FRAGMENT}),
    "another version of a run": (patch("moof/traf/trun", 0, b"\1"), {Code.VERSION}),
    "samples of an unknown track": (patch("moof/traf/tfhd", 7, b"\2"), {Code.FRAGMENT}),
    "samples of another description": (patch("moof/traf/tfhd", 11, b"\2"), {Code.FRAGMENT}),
    "another track": (
        second_track,
        {Code.TRACKS, Code.BOX_MISPLACED, Code.TRACK_HEADER, Code.TIMESCALE, Code.DURATION},
    ),
    "a hole in time": (later, {Code.FRAGMENT}),
    "a late start": (start_late, {Code.FRAGMENT}),
    "another brand": (patch("ftyp", 12, b"Kim "), {Code.BRAND}),
    "user data": (patch("moov/udta/meta", 24, b"Kim "), {Code.USER_DATA}),
    "no edit list": (lambda film: film.at("moov/trak").children.pop(1), {Code.BOX_MISSING, Code.EDIT_LIST}),
    "an edit that hides the first picture": (patch(EDIT, 12, b"\0\0\6\0"), {Code.EDIT_LIST}),
    "an edit that ends": (patch(EDIT, 8, b"\0\0\1\0"), {Code.EDIT_LIST}),
    "an edit in another tempo": (patch(EDIT, 16, b"\0\2"), {Code.EDIT_LIST}),
    "a second edit": (longer_edit, {Code.EDIT_LIST, Code.TRAILING_BYTES}),
    "a duration": (patch("moov/mvhd", 16, b"Kim "), {Code.DURATION}),
    "defaults": (patch("moov/mvex/trex", 20, b"Kim "), {Code.FRAGMENT}),
    "a time of making": (patch("moov/mvhd", 4, b"Kim "), {Code.TIME_NOT_ZERO}),
    "no defaults": (lambda film: film.at("moov/mvex").children.pop(), {Code.TRACKS, Code.BOX_MISSING}),
    "a movie's length": (
        lambda film: film.at("moov/mvex").children.insert(0, Node(b"mehd", bytes(8))),
        {Code.BOX_NOT_ALLOWED},
    ),
    "samples in the movie": (patch("moov/trak/mdia/minf/stbl/stsz", 8, b"\0\0\0\1"), {Code.SAMPLE_TABLE}),
}

FOLLOWS = {Code.BIT_RATE, Code.DURATION, Code.AAC_FRAME, Code.DISPLAY_ORDER, Code.NAL_LENGTH, Code.BYTE_UNOWNED}
"""A run that cannot be read leaves its samples unowned, and times and rates no longer follow."""


@pytest.mark.parametrize("name", PLANTS)
def test_a_leak_in_fragments_is_found(name: str, clean: CleanFilms, tmp_path: Path) -> None:
    """The expected rule is broken, and none that has nothing to do with it."""
    plant, expected = PLANTS[name]
    film = Patient(clean.fragments[0])
    plant(film)
    found = {violation.code for violation in read_fragmented(film.save(tmp_path / "film.m4s"))}
    assert expected <= found
    assert found <= (expected | FOLLOWS if Code.FRAGMENT in expected else expected)


def test_an_sei_in_a_fragment_is_found(clean: CleanFilms, tmp_path: Path) -> None:
    """Samples of fragments are read like any others; here the first slice is called SEI."""
    film = Patient(clean.fragments[2])
    film.at("mdat").patch(4, b"\x06")
    found = {violation.code for violation in read_fragmented(film.save(tmp_path / "film.m4s"))}
    assert Code.SEI in found


def test_what_ffmpeg_adds_to_fragments_by_itself_is_found(clean: CleanFilms, tmp_path: Path) -> None:
    """Without the flags of the recipe: segment indexes, handler names, tables at the end."""
    bare = {name: value for name, value in PICTURES_TRACK.items() if name != "empty_hdlr_name"}
    path = tmp_path / "film.m4s"
    run_ffmpeg("-i", clean.film, "-an", *arguments(CLEAN, COPY, {**bare, "movflags": "+cmaf+frag_keyframe"}), path)
    found = {violation.code for violation in read_fragmented(path)}
    assert {Code.BOX_NOT_ALLOWED, Code.HANDLER_NAME} <= found
