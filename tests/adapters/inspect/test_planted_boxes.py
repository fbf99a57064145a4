"""One leak at a time is put into the boxes of a clean film; each must be found, and for the right reason."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from media_pipeline.adapters.ffmpeg_flags import CLEAN, COPY, MP4
from media_pipeline.adapters.inspect import Code, read_mp4
from tests.adapters.inspect.conftest import CleanFilms, arguments
from tests.adapters.inspect.planting import NEEDLE, XMP, Plant, add, again, body, longer, patch, tail
from tests.adapters.inspect.surgery import Node, Patient
from tests.film_reading import run_ffmpeg

VIDEO, SOUND = "moov/trak[1]", "moov/trak[2]"
TABLES = f"{VIDEO}/mdia/minf/stbl"
SOUND_TABLES = f"{SOUND}/mdia/minf/stbl"
AVC1, MP4A = f"{TABLES}/stsd/avc1", f"{SOUND_TABLES}/stsd/mp4a"


def chapters(film: Patient) -> None:
    """A text track of chapter titles, and the reference to it."""
    add(VIDEO, b"tref", struct.pack(">I4sI", 12, b"chap", 3))(film)
    again(SOUND, 3)(film)
    film.at("moov/trak[3]/mdia/hdlr").patch(8, b"text")


def second_entry(film: Patient) -> None:
    """Two sample descriptions, of which no sample uses the second."""
    again(AVC1)(film)
    film.at(f"{TABLES}/stsd").patch(4, struct.pack(">I", 2))


def second_pps(film: Patient) -> None:
    """A parameter set that no slice uses."""
    avcc = film.at(f"{AVC1}/avcC")
    pps = avcc.body.index(b"\x01\x00", 8)
    avcc.body = avcc.body[:pps] + b"\2" + avcc.body[pps + 1 : -4] + b"\0\4\x68" + b"abc" + avcc.body[-4:]


def longer_sps(film: Patient) -> None:
    """Bytes after the stop bit of the SPS."""
    avcc = film.at(f"{AVC1}/avcC")
    size = struct.unpack_from(">H", avcc.body, 6)[0]
    sps = avcc.body[8 : 8 + size] + NEEDLE
    avcc.body = avcc.body[:6] + struct.pack(">H", len(sps)) + sps + avcc.body[8 + size :]


def longer_esds(film: Patient) -> None:
    """A registered private descriptor at the end of the ES descriptor, with lengths that fit."""
    esds = film.at(f"{MP4A}/esds")
    esds.patch(8, bytes([0x25 + 2 + len(NEEDLE)]))
    esds.body += b"\x0d" + bytes([len(NEEDLE)]) + NEEDLE


def split_run(film: Patient) -> None:
    """The first run of durations written as two: a message could be in where it is split."""
    stts = film.at(f"{TABLES}/stts")
    count, ticks = struct.unpack_from(">II", stts.body, 8)
    stts.body = struct.pack(">IIIIII", 0, 2, 5, ticks, count - 5, ticks)


def wide_offsets(film: Patient) -> None:
    """Chunk offsets of 64 bits, with 32 bits to spare."""
    stco = film.at(f"{SOUND_TABLES}/stco")
    stco.kind = b"co64"
    moved = [
        offset + 4 * (len(stco.body) // 4 - 2)
        for offset in struct.unpack(f">{len(stco.body) // 4 - 2}I", stco.body[8:])
    ]
    film.move_chunks(len(stco.body) - 8)
    stco.body = stco.body[:8] + struct.pack(f">{len(moved)}Q", *moved)
    film.shift_media = False


def far_offsets(film: Patient) -> None:
    """Chunk offsets of 64 bits that need them."""
    wide_offsets(film)
    co64 = film.at(f"{SOUND_TABLES}/co64")
    moved = [offset + (1 << 32) for offset in struct.unpack(f">{len(co64.body) // 8 - 1}Q", co64.body[8:])]
    co64.body = co64.body[:8] + struct.pack(f">{len(moved)}Q", *moved)


def twice_offsets(film: Patient) -> None:
    """Chunk offsets, and others of 64 bits."""
    stbl = film.at(SOUND_TABLES)
    stco = next(i for i, box in enumerate(stbl.children) if box.kind == b"stco")
    stbl.children.insert(stco + 1, Node(b"co64", bytes(8)))


def wide_header(film: Patient) -> None:
    """Times of 64 bits, with 32 bits to spare."""
    mdhd = film.at(f"{SOUND}/mdia/mdhd")
    length, rest = mdhd.body[16:20], mdhd.body[20:]
    mdhd.body = b"\1\0\0\0" + bytes(16) + mdhd.body[12:16] + bytes(4) + length + rest


def wide_size(film: Patient) -> None:
    """The media box with a size of 64 bits, with 32 bits to spare."""
    media = film.top.pop()
    film.tail = struct.pack(">I4sQ", 1, b"mdat", 16 + len(media.body)) + media.body
    film.shift_media = False
    film.move_chunks(8)


def hidden_start(film: Patient) -> None:
    """An edit that begins ten frames in: the classic way to hide what was "cut"."""
    elst = film.at(f"{VIDEO}/edts/elst")
    start = struct.unpack_from(">I", elst.body, 12)[0]
    elst.patch(12, struct.pack(">I", start + 10 * 512))


def hidden_end(film: Patient) -> None:
    """An edit that stops ten frames early, and headers that agree with it."""
    for path, at in ((f"{VIDEO}/edts/elst", 8), (f"{VIDEO}/tkhd", 20)):
        length = struct.unpack_from(">I", film.at(path).body, at)[0]
        film.at(path).patch(at, struct.pack(">I", length - 16000))


def uneven_sound(by: int) -> Plant:
    """Two audio frames in the middle whose durations differ from 1024 by `by`, one more and one less."""

    def plant(film: Patient) -> None:
        stts = film.at(f"{SOUND_TABLES}/stts")
        count, ticks, last, rest = struct.unpack_from(">IIII", stts.body, 8)
        rows = (20, ticks, 1, ticks + by, 1, ticks - by, count - 22, ticks, last, rest)
        stts.body = struct.pack(">II10I", 0, 5, *rows)

    return plant


def unshown_frame(film: Patient) -> None:
    """A frame that lasts no time, before one that lasts twice as long."""
    stts = film.at(f"{TABLES}/stts")
    count, ticks = struct.unpack_from(">II", stts.body, 8)
    stts.body = struct.pack(">II8I", 0, 4, 5, ticks, 1, 0, 1, 2 * ticks, count - 7, ticks)


PLANTS: dict[str, tuple[Plant, set[Code]]] = {
    "a title in user data": (add("moov/udta", b"\xa9nam"), {Code.USER_DATA}),
    "a tag in the empty iTunes list": (longer("moov/udta/meta", NEEDLE), {Code.USER_DATA}),
    "Nero chapters": (add("moov/udta", b"chpl"), {Code.USER_DATA}),
    "a name in a track's user data": (add(VIDEO, b"udta"), {Code.BOX_NOT_ALLOWED}),
    "user data twice": (again("moov/udta"), {Code.BOX_MISPLACED}),
    "a meta box in the movie": (add("moov", b"meta"), {Code.BOX_NOT_ALLOWED}),
    "a meta box in the file": (add("", b"meta"), {Code.BOX_NOT_ALLOWED}),
    "XMP in the file": (add("", b"uuid", XMP), {Code.BOX_NOT_ALLOWED}),
    "XMP in the movie": (add("moov", b"uuid", XMP), {Code.BOX_NOT_ALLOWED}),
    "XMP in a track": (add(VIDEO, b"uuid", XMP), {Code.BOX_NOT_ALLOWED}),
    "text in the free box": (body("free", NEEDLE), {Code.TRAILING_BYTES}),
    "a second free box": (add("", b"free", b"", 2), {Code.BOX_MISPLACED}),
    "a free box in a track": (add(VIDEO, b"free", b""), {Code.BOX_NOT_ALLOWED}),
    "a skip box": (add("", b"skip"), {Code.BOX_NOT_ALLOWED}),
    "a wide box": (add("", b"wide", b"", 2), {Code.BOX_NOT_ALLOWED}),
    "a second mdat": (add("", b"mdat"), {Code.BOX_MISPLACED}),
    "a second movie": (again("moov"), {Code.BOX_MISPLACED}),
    "initial object descriptors": (add("moov", b"iods", NEEDLE, 1), {Code.BOX_NOT_ALLOWED}),
    "text after the last box": (tail(NEEDLE), {Code.BOX_BROKEN}),
    "zeros after the last box": (tail(bytes(8)), {Code.BOX_BROKEN}),
    "three bytes after the last box": (tail(b"Kim"), {Code.BOX_BROKEN}),
    "another major brand": (patch("ftyp", 0, b"Kim "), {Code.BRAND}),
    "another minor version": (patch("ftyp", 4, b"2016"), {Code.BRAND}),
    "one more brand": (longer("ftyp", b"Kim "), {Code.TRAILING_BYTES}),
    "when the film was made": (patch("moov/mvhd", 4, b"\xe3\x5a\1\2"), {Code.TIME_NOT_ZERO}),
    "when the track was changed": (patch(f"{VIDEO}/tkhd", 8, b"\xe3\x5a\1\2"), {Code.TIME_NOT_ZERO}),
    "when the media was made": (patch(f"{SOUND}/mdia/mdhd", 4, b"\xe3\x5a\1\2"), {Code.TIME_NOT_ZERO}),
    "a version of headers to come": (patch(f"{SOUND}/mdia/mdhd", 0, b"\2"), {Code.VERSION}),
    "a header of 64 bits": (wide_header, {Code.VERSION}),
    "another version of an edit list": (patch(f"{VIDEO}/edts/elst", 0, b"\2"), {Code.VERSION}),
    "a size of 64 bits": (wide_size, {Code.BOX_BROKEN, Code.BOX_MISSING, Code.SAMPLE_OUTSIDE}),
    "a clock of its own": (patch("moov/mvhd", 12, b"Kim "), {Code.TIMESCALE, Code.EDIT_LIST, Code.DURATION}),
    "a language": (patch(f"{SOUND}/mdia/mdhd", 20, b"\x15\xc7"), {Code.LANGUAGE}),
    "a turned picture": (patch("moov/mvhd", 36, b"\0\0\0\0\0\1\0\0"), {Code.MATRIX}),
    "a moved track": (patch(f"{VIDEO}/tkhd", 64, b"\0\1\0\0"), {Code.MATRIX}),
    "when the preview starts": (patch("moov/mvhd", 72, b"Kim "), {Code.RESERVED}),
    "a layer": (patch(f"{VIDEO}/tkhd", 32, b"\0\1"), {Code.RESERVED}),
    "an alternate group": (patch(f"{VIDEO}/tkhd", 34, b"\0\1"), {Code.TRACK_HEADER}),
    "a disabled track": (patch(f"{SOUND}/tkhd", 3, b"\2"), {Code.TRACK_HEADER}),
    "a header of another size": (patch(f"{VIDEO}/tkhd", 76, b"\1\x3e"), {Code.TRACK_HEADER}),
    "a handler's name": (
        body(f"{VIDEO}/mdia/hdlr", bytes(8) + b"vide" + bytes(12) + NEEDLE + b"\0"),
        {Code.HANDLER_NAME},
    ),
    "a handler's maker": (patch(f"{VIDEO}/mdia/hdlr", 12, b"Kim "), {Code.RESERVED}),
    "a track of another kind": (
        patch(f"{SOUND}/mdia/hdlr", 8, b"meta"),
        {Code.HANDLER_TYPE, Code.TRACKS, Code.TRACK_HEADER},
    ),
    "a second handler": (add(f"{VIDEO}/mdia/minf", b"hdlr", place=0), {Code.BOX_NOT_ALLOWED}),
    "an extended language": (add(f"{SOUND}/mdia", b"elng", b"\0\0\0\0en-GB\0", 1), {Code.BOX_NOT_ALLOWED}),
    "media in another file": (
        body(f"{VIDEO}/mdia/minf/dinf/dref", b"\0\0\0\0\0\0\0\1\0\0\0\x14url \0\0\0\0http://"),
        {Code.RESERVED, Code.TRAILING_BYTES},
    ),
    "a second sound track": (again(SOUND, 3), {Code.BOX_MISPLACED}),
    "chapters as a text track": (chapters, {Code.BOX_NOT_ALLOWED, Code.BOX_MISPLACED}),
    "a reference to another track": (
        add(VIDEO, b"tref", struct.pack(">I4sI", 12, b"cdsc", 2), 1),
        {Code.BOX_NOT_ALLOWED},
    ),
    "a track id to come": (patch("moov/mvhd", 96, b"\0\0\0\x09"), {Code.TRACKS}),
    "a second edit": (
        body(f"{VIDEO}/edts/elst", struct.pack(">II" + 2 * "III", 0, 2, 9600, 1024, 65536, 9600, 2048, 65536)),
        {Code.EDIT_LIST, Code.TRAILING_BYTES},
    ),
    "an edit that hides the start": (hidden_start, {Code.EDIT_LIST}),
    "an edit that hides the end": (hidden_end, {Code.EDIT_LIST, Code.DURATION}),
    "an edit that stands still": (patch(f"{VIDEO}/edts/elst", 16, bytes(4)), {Code.EDIT_LIST}),
    "an edit that hides more than the priming": (patch(f"{SOUND}/edts/elst", 12, b"\0\0\x40\0"), {Code.EDIT_LIST}),
    "a second edit list": (again(f"{VIDEO}/edts"), {Code.BOX_MISPLACED}),
    "a compressor's name": (patch(AVC1, 42, b"\x0aKim's iPad"), {Code.COMPRESSOR_NAME}),
    "a vendor": (patch(AVC1, 12, b"appl"), {Code.RESERVED}),
    "a sound vendor": (patch(MP4A, 12, b"appl"), {Code.RESERVED}),
    "another resolution": (patch(AVC1, 28, b"\0\x49"), {Code.RESERVED}),
    "a colour table": (patch(AVC1, 76, b"\0\1"), {Code.RESERVED}),
    "an ICC profile": (add(AVC1, b"colr", b"prof" + NEEDLE, 1), {Code.COLOUR, Code.TRAILING_BYTES}),
    "a restricted ICC profile": (add(AVC1, b"colr", b"rICC" + bytes(7), 1), {Code.COLOUR}),
    "a colour that the stream has not": (add(AVC1, b"colr", b"nclx\0\1\0\1\0\1\0", 1), {Code.COLOUR}),
    "wide pixels": (patch(f"{AVC1}/pasp", 0, b"\0\0\0\4\0\0\0\3"), {Code.ASPECT}),
    "a clean aperture": (add(AVC1, b"clap"), {Code.BOX_NOT_ALLOWED}),
    "bytes after the parameter sets": (longer(f"{AVC1}/avcC", NEEDLE), {Code.TRAILING_BYTES}),
    "bytes after the stop bit of the SPS": (longer_sps, {Code.PARAMETER_SET}),
    "a second PPS": (second_pps, {Code.AVC_CONFIG, Code.TRAILING_BYTES}),
    "a level of its own in avcC": (patch(f"{AVC1}/avcC", 3, b"\x29"), {Code.AVC_CONFIG}),
    "a private descriptor": (longer_esds, {Code.DESCRIPTOR, Code.TRAILING_BYTES}),
    "an ES descriptor that has a URL": (patch(f"{MP4A}/esds", 11, b"\x40"), {Code.DESCRIPTOR}),
    "an audio configuration with SBR": (patch(f"{MP4A}/esds", 39, b"\x80"), {Code.DESCRIPTOR}),
    "bytes after esds": (longer(f"{MP4A}/esds", NEEDLE), {Code.TRAILING_BYTES}),
    "a bit rate of its own": (add(AVC1, b"btrt", bytes(12)), {Code.BOX_NOT_ALLOWED}),
    "a second sample description": (second_entry, {Code.SAMPLE_ENTRY, Code.BOX_MISPLACED}),
    "bytes after the sample description": (add(f"{TABLES}/stsd", b"Kim "), {Code.BOX_NOT_ALLOWED}),
    "bytes in the sample description": (add(AVC1, b"Kim "), {Code.BOX_NOT_ALLOWED}),
    "dependency flags": (add(TABLES, b"sdtp"), {Code.BOX_NOT_ALLOWED}),
    "sub-samples": (add(TABLES, b"subs"), {Code.BOX_NOT_ALLOWED}),
    "a sample group of pictures": (add(TABLES, b"sgpd", bytes(18)), {Code.BOX_NOT_ALLOWED}),
    "a sample group description": (patch(f"{SOUND_TABLES}/sgpd", 4, b"Kim "), {Code.SAMPLE_TABLE}),
    "one sample out of its group": (
        patch(f"{SOUND_TABLES}/sbgp", 12, b"\0\0\0\1"),
        {Code.SAMPLE_TABLE, Code.BYTE_UNOWNED},
    ),
    "a run in two": (split_run, {Code.SAMPLE_TABLE, Code.BYTE_UNOWNED}),
    "bytes after a table": (longer(f"{TABLES}/stts", NEEDLE), {Code.SAMPLE_TABLE, Code.BYTE_UNOWNED}),
    "offsets of 64 bits beyond the file": (far_offsets, {Code.SAMPLE_OUTSIDE, Code.BYTE_UNOWNED}),
    "offsets twice": (twice_offsets, {Code.BOX_MISPLACED, Code.SAMPLE_TABLE, Code.BYTE_UNOWNED}),
    "offsets of 64 bits": (wide_offsets, {Code.SAMPLE_TABLE}),
    "a frame that is never shown": (unshown_frame, {Code.DURATION}),
    "uneven sound": (uneven_sound(2), {Code.DURATION}),
}
"""What is planted, how, and what must be found (besides what follows from it)."""

FOLLOWS = {Code.SAMPLE_TABLE, Code.DURATION, Code.BIT_RATE, Code.EDIT_LIST, Code.TIMESCALE, Code.TRACK_HEADER}
"""What may be found besides, of a track that cannot be read as one: durations, rates and edits follow from nothing."""

UNREADABLE = {Code.BYTE_UNOWNED, Code.HANDLER_TYPE}
"""Broken tables leave a track without samples; a kind that is not ours leaves it without a reader."""


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_leak_is_found(name: str, clean: CleanFilms, tmp_path: Path) -> None:
    """Exactly the expected rules are broken; where tables break, also what is computed from them."""
    plant, expected = PLANTS[name]
    film = Patient(clean.film)
    plant(film)
    found = {violation.code for violation in read_mp4(film.save(tmp_path / "film.mp4"))}
    assert expected <= found
    assert found <= (expected | FOLLOWS if expected & UNREADABLE else expected)


def test_a_clock_that_nothing_asks_for_is_found(clean: CleanFilms, tmp_path: Path) -> None:
    """A finer clock makes durations of 64 bits; those are as they must be, the clock is not."""
    path = tmp_path / "film.mp4"
    flags = arguments(CLEAN, COPY, MP4, {"movie_timescale": "2000000000"})
    run_ffmpeg("-i", clean.film, *flags, path)
    assert all(Patient(path).at(where).body[0] == 1 for where in ("moov/mvhd", f"{VIDEO}/tkhd", f"{VIDEO}/edts/elst"))
    assert {violation.code for violation in read_mp4(path)} == {Code.TIMESCALE}


def test_surgery_itself_leaves_no_trace(clean: CleanFilms, tmp_path: Path) -> None:
    """A film that is opened and closed again is the same film; a rounding in sound is no leak."""
    film = Patient(clean.film)
    assert film.save(tmp_path / "same.mp4").read_bytes() == clean.film.read_bytes()
    uneven_sound(1)(film)
    assert read_mp4(film.save(tmp_path / "uneven.mp4")) == ()


def test_violations_name_places_in_our_own_words(clean: CleanFilms, tmp_path: Path) -> None:
    """No byte of the file reaches what is stored and shown, not even the kind of an unknown box."""
    film = Patient(clean.film)
    add("moov", b"Kim!")(film)
    longer(f"{AVC1}/avcC", NEEDLE)(film)
    film.at(f"{VIDEO}/mdia/hdlr").patch(8, b"Kim?")
    violations = read_mp4(film.save(tmp_path / "film.mp4"))
    assert violations
    assert not any("Kim" in f"{violation}" for violation in violations)
