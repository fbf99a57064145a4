"""Leaks in the media itself: bytes that no sample owns, NAL units and AAC elements that carry no picture and no sound."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import pytest

from media_pipeline.adapters.ffmpeg_flags import AAC, h264
from media_pipeline.adapters.inspect import Code, read_m4a, read_mp4
from tests.adapters.inspect.conftest import CleanFilms, arguments
from tests.adapters.inspect.planting import NEEDLE, XMP, Plant, add, again, patch, tail
from tests.adapters.inspect.surgery import Patient
from tests.film_reading import run_ffmpeg

VIDEO, SOUND = 1, 2


def unit(header: int, payload: bytes = NEEDLE) -> Plant:
    """A NAL unit in front of the first frame's slice."""
    nal = bytes([header]) + payload
    return lambda film: film.insert_into_sample(VIDEO, struct.pack(">I", len(nal)) + nal)


def trailing(payload: bytes) -> Plant:
    """Bytes after the first frame's slice, in the same sample."""
    return lambda film: film.insert_into_sample(VIDEO, payload, front=False)


def sample_start(film: Patient, track: int) -> int:
    """Where the track's first sample starts in the body of mdat."""
    return film.chunks()[track - 1][1][0] - film.media_start


def in_sample(track: int, at: int, value: bytes) -> Plant:
    """Replaces bytes of the track's first sample; from its end when `at` is negative."""

    def plant(film: Patient) -> None:
        sizes = film.at(f"moov/trak[{track}]/mdia/minf/stbl/stsz").body
        place = at if at >= 0 else struct.unpack_from(">I", sizes, 12)[0] + at
        film.at("mdat").patch(sample_start(film, track) + place, value)

    return plant


def sound_bits(place: int) -> Plant:
    """Sets a bit (from 0) behind the element's head, in a frame with one long window for both channels."""

    def plant(film: Patient) -> None:
        at = sample_start(film, SOUND)
        frame = int.from_bytes(film.at("mdat").body[at : at + 4], "big")
        assert frame >> 24 == 0x21
        assert frame >> 21 & 3 != 2
        film.at("mdat").patch(at, (frame | 1 << 31 - place).to_bytes(4, "big"))

    return plant


def unowned_start(film: Patient) -> None:
    """Bytes in front of the first sample."""
    film.at("mdat").body = NEEDLE + film.at("mdat").body
    film.move_chunks(len(NEEDLE))


def unowned_middle(film: Patient) -> None:
    """Bytes between two chunks."""
    second = film.chunks()[0][1][1]
    at = second - film.media_start
    media = film.at("mdat")
    media.body = media.body[:at] + NEEDLE + media.body[at:]
    film.move_chunks(len(NEEDLE), after=second - 1)


def unowned_end(film: Patient) -> None:
    """Bytes after the last sample."""
    film.at("mdat").body += NEEDLE


def shared_bytes(film: Patient) -> None:
    """Two chunks of sound at one place; the bytes of the second are owned by nobody."""
    stco = film.at("moov/trak[2]/mdia/minf/stbl/stco")
    stco.patch(12, stco.body[8:12])


def outside(film: Patient) -> None:
    """A chunk that begins in the movie box, where "samples" could hold text."""
    film.at("moov/trak[2]/mdia/minf/stbl/stco").patch(8, struct.pack(">I", 40))


def swapped_pictures(film: Patient) -> None:
    """Two frames change their place on the screen."""
    ctts = film.at("moov/trak[1]/mdia/minf/stbl/ctts")
    rows = [ctts.body[at : at + 8] for at in range(8, len(ctts.body), 8)]
    # two neighbours of one sample each, that are like none beside them: the table stays in its shortest form
    first = next(
        i
        for i in range(1, len(rows) - 2)
        if rows[i][:4] == rows[i + 1][:4] == b"\0\0\0\1"
        and rows[i - 1][4:] != rows[i + 1][4:]
        and rows[i][4:] != rows[i + 2][4:]
    )
    ctts.patch(8 + 8 * first, rows[first + 1] + rows[first])


def lost_key(film: Patient) -> None:
    """A key frame that the tables keep quiet about."""
    stss = film.at("moov/trak[1]/mdia/minf/stbl/stss")
    count = struct.unpack_from(">I", stss.body, 4)[0]
    assert count > 1
    stss.body = struct.pack(">II", 0, count - 1) + stss.body[8:-4]


OWNERSHIP: dict[str, tuple[Plant, set[Code]]] = {
    "bytes in front of the first sample": (unowned_start, {Code.BYTE_UNOWNED}),
    "bytes between samples": (unowned_middle, {Code.BYTE_UNOWNED}),
    "bytes after the last sample": (unowned_end, {Code.BYTE_UNOWNED}),
    "samples that share bytes": (shared_bytes, {Code.SAMPLE_OVERLAP, Code.BYTE_UNOWNED, Code.AAC_FRAME}),
    "samples outside the media": (outside, {Code.SAMPLE_OUTSIDE, Code.BYTE_UNOWNED, Code.AAC_FRAME}),
}

UNITS: dict[str, tuple[Plant, set[Code]]] = {
    "SEI": (unit(0x06, b"\5\x29" + 16 * b"k" + NEEDLE + b"\x80"), {Code.SEI}),
    "SEI that others refer to": (unit(0x66), {Code.SEI}),
    "delimiter": (unit(0x09, b"\x10"), {Code.NAL_TYPE}),
    "filler": (unit(0x0C), {Code.NAL_TYPE}),
    "SPS in band": (unit(0x67), {Code.NAL_TYPE}),
    "PPS in band": (unit(0x68), {Code.NAL_TYPE}),
    "SPS extension": (unit(0x6D), {Code.NAL_TYPE}),
    "end of sequence": (unit(0x0A, b""), {Code.NAL_TYPE}),
    "prefix": (unit(0x6E), {Code.NAL_TYPE}),
    "unspecified": (unit(0x1F), {Code.NAL_TYPE}),
    "data partition": (unit(0x62), {Code.NAL_TYPE}),
    "forbidden bit": (unit(0x81), {Code.NAL_TYPE}),
    "a second slice": (trailing(b"\0\0\0\2\x65\x80"), {Code.NAL_TYPE}),
    "bytes after the slice": (trailing(NEEDLE), {Code.NAL_LENGTH}),
    "three bytes after the slice": (trailing(b"Kim"), {Code.NAL_LENGTH}),
    "an empty unit": (trailing(bytes(4)), {Code.NAL_LENGTH}),
}
"""Units that are put in; bit rates no longer follow, as bytes were added."""

FRAMES: dict[str, tuple[Plant, set[Code]]] = {
    "a length too long": (in_sample(VIDEO, 0, b"\0\1\0\0"), {Code.NAL_LENGTH}),
    "an end without a stop bit": (in_sample(VIDEO, -2, b"\5\0"), {Code.NAL_BYTES}),
    "a zero word": (in_sample(VIDEO, -3, b"\0\0\3"), {Code.NAL_BYTES}),
    "a start code": (in_sample(VIDEO, 300, b"\0\0\1\6"), {Code.NAL_BYTES}),
    "zeros": (in_sample(VIDEO, 300, bytes(8)), {Code.NAL_BYTES}),
    "needless emulation prevention": (in_sample(VIDEO, 300, b"\0\0\3K"), {Code.NAL_BYTES}),
    "a slice that begins later": (in_sample(VIDEO, 5, b"\x40"), {Code.SLICE}),
    "a key frame that is called none": (in_sample(VIDEO, 4, b"\x41"), {Code.SLICE}),
    "a key frame not in the tables": (lost_key, {Code.SYNC_SAMPLE}),
    "pictures out of order": (swapped_pictures, {Code.DISPLAY_ORDER}),
    "fill in front": (in_sample(SOUND, 0, b"\xc2"), {Code.AAC_FRAME}),
    "data in front": (in_sample(SOUND, 0, b"\x80"), {Code.AAC_FRAME}),
    "a program with a comment": (in_sample(SOUND, 0, b"\xa0"), {Code.AAC_FRAME}),
    "a lone channel": (in_sample(SOUND, 0, b"\x00"), {Code.AAC_FRAME}),
    "another pair": (in_sample(SOUND, 0, b"\x23"), {Code.AAC_FRAME}),
    "a reserved bit": (sound_bits(8), {Code.AAC_FRAME}),
    "prediction, which LC has not": (sound_bits(18), {Code.AAC_FRAME}),
    "no end": (in_sample(SOUND, -1, b"\x12"), {Code.AAC_FRAME}),
    "zeros after the end": (in_sample(SOUND, -1, b"\0"), {Code.AAC_FRAME}),
    "an encoder's name in sound": (in_sample(SOUND, 30, b"Lavc62.11.100"), {Code.ENCODER_NAME}),
    "an encoder's name in pictures": (in_sample(VIDEO, 300, b"x264 - core 165"), {Code.ENCODER_NAME}),
}
"""Bytes that are replaced; sizes stay."""

FOLLOWS = {Code.EDIT_LIST, Code.BIT_RATE, Code.SLICE, Code.SYNC_SAMPLE}
"""What may follow: a frame that cannot be read has no place among the others."""


@pytest.mark.parametrize("name", [*OWNERSHIP, *UNITS, *FRAMES])
def test_a_leak_in_the_media_is_found(name: str, clean: CleanFilms, tmp_path: Path) -> None:
    """The expected rule is broken, and none that has nothing to do with it."""
    plant, expected = {**OWNERSHIP, **UNITS, **FRAMES}[name]
    film = Patient(clean.film)
    plant(film)
    found = {violation.code for violation in read_mp4(film.save(tmp_path / "film.mp4"))}
    assert expected <= found
    assert found <= expected | FOLLOWS


@pytest.mark.parametrize("piece", [1, 7, 64, 1000, 4096])
def test_an_encoders_name_is_found_wherever_a_file_is_divided(
    piece: int, clean: CleanFilms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = Patient(clean.film)
    FRAMES["an encoder's name in sound"][0](film)
    path = film.save(tmp_path / "film.mp4")
    monkeypatch.setattr("media_pipeline.adapters.inspect.samples._PIECE", piece)
    assert Code.ENCODER_NAME in {violation.code for violation in read_mp4(path)}
    assert read_mp4(clean.film) == ()


def test_what_encoders_say_of_themselves_unasked_is_found(tmp_path: Path) -> None:
    """The usual command line, without any flag of ours: names in SEI, in AAC, in handlers and in tags."""
    path = tmp_path / "film.mp4"
    usual = ["-c:v", "libx264", "-c:a", "aac", "-ac", "2", "-ar", "48000", "-movflags", "+faststart"]
    run_ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=1", "-f", "lavfi", "-i", "sine=r=48000:d=1"),
        *usual,
        *("-pix_fmt", "yuv420p"),
        path,
    )
    found = {violation.code for violation in read_mp4(path)}
    assert {
        Code.SEI,
        Code.AAC_FRAME,
        Code.ENCODER_NAME,
        Code.HANDLER_NAME,
        Code.COMPRESSOR_NAME,
        Code.USER_DATA,
    } <= found


def test_a_copied_cut_is_found(clean: CleanFilms, tmp_path: Path) -> None:
    """Cut without encoding, frames before the cut stay in the file behind the edit list."""
    path = tmp_path / "cut.mp4"
    clean_flags = ["-fflags", "+bitexact", "-empty_hdlr_name", "1", "-movflags", "+faststart", "-map_metadata", "-1"]
    run_ffmpeg("-ss", "0.7", "-i", clean.film, "-c", "copy", *clean_flags, path)
    assert Code.EDIT_LIST in {violation.code for violation in read_mp4(path)}


def test_interlaced_or_ten_bit_pictures_are_not_ours(tmp_path: Path) -> None:
    """A stream that another encoder setting made is refused by its parameter sets."""
    for name, extra in (
        ("interlaced", ["-flags:v", "+ildct+bitexact"]),
        ("444", ["-pix_fmt", "yuv444p", "-profile:v", "high444"]),
    ):
        path = tmp_path / f"{name}.mp4"
        source = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=0.3")
        run_ffmpeg(*source, *arguments(h264(Fraction(30)), {"movflags": "+faststart"}), *extra, path)
        assert Code.PARAMETER_SET in {violation.code for violation in read_mp4(path)}, name


def test_sound_is_stereo_at_48_khz(clean: CleanFilms, tmp_path: Path) -> None:
    """Another layout or rate is not of the recipe."""
    for extra in (["-ac", "1"], ["-ar", "44100"]):
        path = tmp_path / "film.mp4"
        run_ffmpeg("-i", clean.film, "-c:v", "copy", *arguments(AAC, {"movflags": "+faststart"}), *extra, path)
        assert Code.SAMPLE_ENTRY in {violation.code for violation in read_mp4(path)}


def test_leaks_in_a_sound_file_are_found(clean: CleanFilms, tmp_path: Path) -> None:
    """The same reader, with the sound's brand and one track."""
    for plant in (
        add("moov/udta", b"\xa9nam"),
        add("", b"uuid", XMP),
        tail(NEEDLE),
        patch("ftyp", 0, b"isom"),
        patch("moov/trak/mdia/mdhd", 20, b"\x15\xc7"),
        again("moov/trak", 2),
    ):
        film = Patient(clean.sound)
        plant(film)
        assert read_m4a(film.save(tmp_path / "sound.m4a"))
