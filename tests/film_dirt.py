"""Films that carry something in every channel which can carry text: random canaries that no finished file may hold.

The samples are written by ffmpeg; what it has no flag for is put into the boxes and NAL units by hand.
"""

from __future__ import annotations

import secrets
import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.film_reading import run_ffmpeg

Planted = list[tuple[str, bytes]]
"""(channel, the bytes that lie in the file)."""

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")

ENCODER_MARKS: Planted = [("h264 encoder sei", b"x264 - core"), ("muxer tag", b"Lavf"), ("encoder name", b"Lavc")]
"""What libavformat, libavcodec and x264 say of themselves unasked."""


class Canaries:
    """Random texts, one a channel, new in every test; remembers where each was planted."""

    def __init__(self) -> None:
        self.planted: Planted = []

    def text(self, channel: str) -> str:
        """A new canary of 20 letters and digits for `channel`."""
        canary = "Kim" + secrets.token_hex(8) + "E"
        self.planted.append((channel, canary.encode()))
        return canary

    def octets(self, channel: str) -> bytes:
        """The same as bytes."""
        return self.text(channel).encode()


def leaks(planted: Planted, paths: Iterable[Path]) -> list[str]:
    """The channels whose canary is in the bytes or in the name of any of `paths` (files)."""
    found: set[str] = set()
    for path in paths:
        content = path.read_bytes() + path.name.encode()
        found.update(channel for channel, canary in planted if canary in content)
    return sorted(found)


def dirty_film(path: Path, canaries: Canaries, seconds: int = 3) -> Planted:
    """Makes a 320 × 180 film with a canary in every channel of its container (.mp4, .mov or .mkv).

    Returns what was planted in this film, each (channel, bytes in the file), the encoders' own marks included.
    """
    if path.suffix not in {".mp4", ".mov", ".mkv"}:
        raise ValueError("dirty films are MP4, QuickTime or Matroska")
    before = len(canaries.planted)
    with TemporaryDirectory(dir=path.parent) as folder:
        room = Path(folder)
        _pictures_with_sei(room / "pictures.h264", canaries, seconds)
        flags = _side_files(room, canaries, seconds, path.suffix)
        if path.suffix == ".mkv":
            run_ffmpeg(*flags, *_matroska_flags(room, canaries), path)
            _dirty_matroska(path, canaries)
        else:
            run_ffmpeg(*flags, *_mp4_flags(canaries, path.suffix == ".mov"), path)
            _dirty_boxes(path, canaries)
    return canaries.planted[before:] + ENCODER_MARKS


# --- pictures: NAL units -------------------------------------------------------------------------------------------


def sei(payload_type: int, payload: bytes) -> bytes:
    """One H.264 SEI NAL unit with its start code. The payload may not hold two zero bytes in a row."""
    if b"\0\0" in payload:
        raise ValueError("no emulation prevention is written here")
    size = b"\xff" * (len(payload) // 255) + bytes([len(payload) % 255])
    return b"\0\0\0\1\x06" + bytes([payload_type]) + size + payload + b"\x80"


def _caption_pairs(canary: bytes) -> bytes:
    """The canary as CEA-608 pairs, each letter with odd parity, as it lies in cc_data."""
    odd = [letter | (0x80 if letter.bit_count() % 2 == 0 else 0) for letter in canary]
    return b"".join(b"\xfc" + bytes(pair) for pair in zip(odd[::2], odd[1::2], strict=True))


def _pictures_with_sei(path: Path, canaries: Canaries, seconds: int) -> None:
    """A raw H.264 stream whose every key frame is preceded by user data, telecom data and closed captions."""
    raw = run_ffmpeg(
        *("-nostdin", "-f", "lavfi", "-i", f"testsrc2=s=320x180:r=25:d={seconds}"),
        # without B frames the raw stream needs no timestamps; key frames once a second, with the headers before each
        *("-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-g", "25", "-f", "h264", "-"),
    )
    pairs = _caption_pairs(canaries.octets("closed captions (A53)"))
    canaries.planted[-1] = ("closed captions (A53)", pairs)
    captions = b"\xb5\x00\x31GA94\x03" + bytes([0x40 | len(pairs) // 3, 0xFF]) + pairs + b"\xff"
    notes = (
        sei(5, secrets.token_bytes(16).replace(b"\0", b"\1") + canaries.octets("sei user data"))
        + sei(4, b"\xb5\x00\x3cXX" + canaries.octets("sei t.35"))
        + sei(4, captions)
    )
    key_frame = b"\0\0\1\x65"
    path.write_bytes(raw.replace(key_frame, notes + key_frame))


# --- what ffmpeg's flags can plant ---------------------------------------------------------------------------------


def _side_files(room: Path, canaries: Canaries, seconds: int, container: str) -> list[str | Path]:
    """Writes subtitles, chapters and a cover, and returns the inputs: 0 pictures, 1 and 2 sounds, 3 text, 4 cover, 5 tags."""
    cue = f"1\n00:00:00,000 --> 00:00:02,000\n{canaries.text('subtitle')}\n"
    Path(room, "cues.srt").write_text(cue)
    chapter = f"[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle={canaries.text('chapter')}\n"
    Path(room, "tags.txt").write_text(f";FFMETADATA1\n{chapter}")
    cover = room / "cover.jpg"
    run_ffmpeg("-nostdin", "-f", "lavfi", "-i", "color=teal:s=64x64:d=1", "-frames:v", "1", cover)
    if container != ".mov":
        cover.write_bytes(_jpeg_with_notes(cover.read_bytes(), canaries))
    sounds: list[str | Path] = []
    for pitch in (440, 660):
        sounds += ["-f", "lavfi", "-i", f"sine=frequency={pitch}:sample_rate=48000:duration={seconds}"]
    texts: list[str | Path] = ["-i", room / "cues.srt", "-i", cover, "-i", room / "tags.txt"]
    return ["-nostdin", "-framerate", "25", "-i", room / "pictures.h264", *sounds, *texts]


def _jpeg_with_notes(jpeg: bytes, canaries: Canaries) -> bytes:
    """The JPEG with an EXIF description and a comment segment."""
    text = canaries.octets("cover exif") + b"\0"
    # little-endian TIFF: one directory of one entry, ImageDescription, whose text follows at 26
    tiff = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x010E, 2, len(text), 26, 0) + text
    segments = ((b"\xff\xe1", b"Exif\0\0" + tiff), (b"\xff\xfe", canaries.octets("cover comment")))
    notes = b"".join(marker + struct.pack(">H", len(body) + 2) + body for marker, body in segments)
    return jpeg[:2] + notes + jpeg[2:]


def _tags(canaries: Canaries, where: Sequence[tuple[str, str]]) -> list[str]:
    flags: list[str] = []
    for stream, tag in where:
        flags += [f"-metadata{stream}", f"{tag}={canaries.text(f'{tag} {stream}'.strip())}"]
    return flags


def _common_tags(canaries: Canaries, *more: str) -> list[str]:
    tags = ("title", "artist", "album", "comment", "copyright", "genre", *more)
    return _tags(canaries, [("", tag) for tag in tags])


def _mp4_flags(canaries: Canaries, quicktime: bool) -> list[str | Path]:
    """Two kinds of file, two sets of boxes: only MP4 has covers here, only QuickTime free text as its place and reel."""
    names = [(f":s:{kind}", "handler_name") for kind in ("v:0", "v:1", "a:0", "a:1", "s:0")]
    return [
        # pictures twice and sound twice: a participant's camera and microphone as tracks of their own
        *("-map", "0:v", "-map", "0:v", "-map", "1:a", "-map", "2:a", "-map", "3:s"),
        *("-map_chapters", "5", "-c:v", "copy", "-c:a", "aac", "-c:s", "mov_text"),
        *("-disposition:v:0", "default", "-disposition:v:1", "0"),
        *(() if quicktime else ("-map", "4:v", "-disposition:v:2", "attached_pic")),
        *(_common_tags(canaries, "location") if quicktime else _common_tags(canaries, "description", "composer")),
        *_tags(canaries, [*names, (":s:a:1", "title"), *([(":s:v:0", "reel_name")] if quicktime else [])]),
        *("-timecode", "01:02:03:04", "-write_tmcd", "1"),
    ]


def _matroska_flags(room: Path, canaries: Canaries) -> list[str | Path]:
    attachment = room / "notes.txt"
    attachment.write_bytes(canaries.octets("attachment"))
    streams = [(":s:v:0", "title"), (":s:a:0", "title"), (":s:a:1", "title"), (":s:s:0", "title")]
    return [
        *("-map", "0:v", "-map", "1:a", "-map", "2:a", "-map", "3:s", "-map", "4:v", "-map_chapters", "5"),
        *("-c:v", "copy", "-c:a", "aac", "-c:s", "srt", "-disposition:v:1", "attached_pic"),
        *("-attach", attachment, "-metadata:s:t:0", "mimetype=text/plain"),
        *_common_tags(canaries),
        *_tags(canaries, [*streams, (":s:t:0", "filename"), (":s:t:0", "title"), ("", "made_up_tag")]),
    ]


# --- what is put in by hand ----------------------------------------------------------------------------------------


def _dirty_matroska(path: Path, canaries: Canaries) -> None:
    void = canaries.octets("void element")
    with path.open("ab") as film:
        film.write(b"\xec" + bytes([0x80 | len(void)]) + void + canaries.octets("trailing bytes"))


def box(kind: bytes, *parts: bytes) -> bytes:
    """One MP4 box."""
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


_FIELDS_BEFORE_CHILDREN = {b"stsd": 8, b"avc1": 78}
"""Bytes between a box's header and its first child, where there are any."""


def with_child(body: bytes, way: Sequence[bytes], child: bytes) -> bytes:
    """`body` (a row of boxes) with `child` put last inside the first box on the `way` down. LookupError without one."""
    if not way:
        return body + child
    at = 0
    while at < len(body):
        size, kind = struct.unpack_from(">I4s", body, at)
        if kind == way[0]:
            first = at + 8 + _FIELDS_BEFORE_CHILDREN.get(kind, 0)
            inner = with_child(body[first : at + size], way[1:], child)
            return body[:at] + box(kind, body[at + 8 : first], inner) + body[at + size :]
        at += size
    raise LookupError(f"no {way[0].decode()} box")


def _icc_profile(text: bytes) -> bytes:
    """A monitor profile whose one tag is its copyright."""
    tag = b"text\0\0\0\0" + text + b"\0"
    table = struct.pack(">I4sII", 1, b"cprt", 144, len(tag))
    head = struct.pack(">I8x4s4s4s12x4s", 144 + len(tag), b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return head.ljust(128, b"\0") + table + tag


def _mdta(canaries: Canaries) -> bytes:
    """QuickTime metadata as phones write it: keys, and values by number."""
    names = ("location.ISO6709", "model", "software")
    texts = [canaries.octets(f"mdta {name}") for name in names]
    keys = [box(b"mdta", b"com.apple.quicktime.", name.encode()) for name in names]
    values = [
        box(struct.pack(">I", number), box(b"data", struct.pack(">II", 1, 0), text))
        for number, text in enumerate(texts, start=1)
    ]
    handler = box(b"hdlr", bytes(8), b"mdta", bytes(13))
    return box(b"meta", handler, box(b"keys", struct.pack(">II", 0, len(keys)), *keys), box(b"ilst", *values))


def _user_data(canaries: Canaries) -> list[bytes]:
    """Old-style user data: places, a maker, a model, a name, a copyright and a stream description."""
    international = (b"\xa9xyz", b"\xa9mak", b"\xa9mod")
    kinds = [
        box(kind, struct.pack(">HH", 20, 0x55C4), canaries.octets(f"udta {kind[1:].decode()}"))
        for kind in international
    ]
    plain = [box(kind, canaries.octets(f"udta {kind.decode()}")) for kind in (b"name", b"Xtra")]
    rights = box(b"cprt", struct.pack(">IH", 0, 0x55C4), canaries.octets("udta cprt"), b"\0")
    place = struct.pack(">IH", 0, 0x55C4) + canaries.octets("udta loci") + b"\0\0" + struct.pack(">iii", 1, 2, 3)
    hint = box(b"hnti", box(b"rtp ", b"sdp v=0\r\ns=", canaries.octets("rtp hint"), b"\r\n"))
    return [*kinds, *plain, rights, box(b"loci", place, b"earth\0\0"), hint]


def _with_telemetry(film: bytes, sample: bytes) -> bytes:
    """A camera's sensor track (GoPro's gpmd) with one sample, in an mdat of its own at the end."""

    def track(place: int) -> bytes:
        head = box(b"tkhd", struct.pack(">IIIII", 0, 0, 0, 99, 0), bytes(64))
        entry = box(b"stsd", struct.pack(">II", 0, 1), box(b"gpmd", bytes(6), struct.pack(">HI", 1, 0)))
        tables = (
            box(b"stts", struct.pack(">IIII", 0, 1, 1, 1000)),
            box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
            box(b"stsz", struct.pack(">IIII", 0, 0, 1, len(sample))),
            box(b"stco", struct.pack(">III", 0, 1, place)),
        )
        clock = box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 1000, 1000, 0x55C4, 0))
        handler = box(b"hdlr", bytes(8), b"meta", bytes(13))
        own = box(b"dref", struct.pack(">II", 0, 1), box(b"url ", struct.pack(">I", 1)))
        media = box(b"minf", box(b"gmhd"), box(b"dinf", own), box(b"stbl", entry, *tables))
        return box(b"trak", head, box(b"mdia", clock, handler, media))

    place = len(film) + len(track(0)) + 8
    return with_child(film, (b"moov",), track(place)) + box(b"mdat", sample)


def _dirty_boxes(path: Path, canaries: Canaries) -> None:
    """Boxes that ffmpeg does not write. The moov comes last in the file, so growing it moves no sample."""
    film = path.read_bytes()
    entry = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1")
    film = with_child(film, entry, box(b"colr", b"prof", _icc_profile(canaries.octets("icc profile"))))
    for item in _user_data(canaries):
        film = with_child(film, (b"moov", b"udta"), item)
    film = with_child(film, (b"moov", b"trak"), box(b"udta", box(b"name", canaries.octets("track name"))))
    film = with_child(film, (b"moov",), _mdta(canaries))
    film = _with_compressor(film, canaries.octets("compressor name"))
    film = _with_telemetry(film, b"DEVC" + canaries.octets("telemetry (gpmd)"))
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + canaries.octets("xmp") + b"</x:xmpmeta>"
    path.write_bytes(
        film
        + box(b"uuid", XMP_UUID, xmp)
        + box(b"uuid", secrets.token_bytes(16), canaries.octets("uuid"))
        + box(b"free", canaries.octets("free"))
        + box(b"skip", zlib.compress(b"padding"), canaries.octets("skip"))
        + box(b"mdat", canaries.octets("orphan mdat"))
        + canaries.octets("trailing bytes")
    )


def _with_compressor(film: bytes, name: bytes) -> bytes:
    """The first avc1 entry's 32 bytes of compressor name, a length and a text, replaced in place."""
    at = film.index(b"avc1", film.index(b"stsd")) + 4 + 42
    return film[:at] + bytes([len(name)]) + name.ljust(31, b"\0") + film[at + 32 :]
