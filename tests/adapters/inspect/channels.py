"""Every channel of the dirty films that a finished MP4 could have, and how to put it back into a clean one.

The names are those under which `tests.film_dirt` plants its canaries, so that none can be forgotten on either side.
"""

from __future__ import annotations

import struct

from tests.adapters.inspect.planting import NEEDLE, XMP, Plant, add, again, body, longer, patch, tail
from tests.adapters.inspect.surgery import Node, Patient
from tests.dirt.boxes import ASSETS, CAMERAS, INTERNATIONAL, LIST_ITEMS, PHONE_KEYS, word_of
from tests.dirt.writing import box

TRACK, PICTURES = "moov/trak", "moov/trak/mdia/minf/stbl/stsd/avc1"
"""The first track: of pictures in a film, of sound in a sound file."""

TIME = b"\xe3\x5a\1\2\xe3\x5a\1\3"
"""When a thing was made and when it was changed, in seconds since 1904."""


def listed(kind: bytes, *parts: bytes) -> Plant:
    """An item in the iTunes list, which is the last box of meta in udta, with lengths that fit."""

    def plant(film: Patient) -> None:
        item = box(kind, *(parts or (box(b"data", struct.pack(">II", 1, 0), NEEDLE),)))
        meta = film.at("moov/udta/meta")
        meta.body = meta.body[:-8] + box(b"ilst", item)

    return plant


def keyed(name: bytes, value: bytes = NEEDLE) -> Plant:
    """QuickTime's metadata of one key."""
    handler = box(b"hdlr", bytes(8), b"mdta", bytes(13))
    keys = box(b"keys", struct.pack(">II", 0, 1), box(b"mdta", name))
    item = box(struct.pack(">I", 1), box(b"data", struct.pack(">II", 1, 0), value))
    return add("moov", b"meta", handler + keys + box(b"ilst", item))


def other_track(handler: bytes, name: bytes = b"") -> Plant:
    """One more track, of another kind or with a name: subtitles, chapters, a timecode, telemetry, a second camera."""

    def plant(film: Patient) -> None:
        again(TRACK, len(film.at("moov").children))(film)
        film.at("moov").children[-1].children[-1].children[1].body = bytes(8) + handler + bytes(12) + name + b"\0"

    return plant


def handler(name: bytes) -> Plant:
    """A name in the handler of the first track."""

    def plant(film: Patient) -> None:
        film.at(f"{TRACK}/mdia/hdlr").body = film.at(f"{TRACK}/mdia/hdlr").body[:-1] + name + b"\0"

    return plant


def named_track(kind: bytes) -> Plant:
    """User data of the first track."""
    return lambda film: film.at(TRACK).children.append(Node(b"udta", b"", [Node(kind, NEEDLE)]))


def elsewhere(film: Patient) -> None:
    """A second data reference, to a file in somebody's home."""
    dref = film.at(f"{TRACK}/mdia/minf/dinf/dref")
    dref.body = struct.pack(">II", 0, 2) + dref.body[8:] + box(b"url ", bytes(4), b"file:///Users/", NEEDLE)


_LIST_WORDS = {
    "title": b"\xa9nam",
    "artist": b"\xa9ART",
    "album": b"\xa9alb",
    "comment": b"\xa9cmt",
    "copyright": b"cprt",
    "genre": b"\xa9gen",
    "description": b"desc",
    "composer": b"\xa9wrt",
    "show": b"tvsh",
    "lyrics": b"\xa9lyr",
    "cover exif": b"covr",
    "cover comment": b"covr",
    "muxer tag": b"\xa9too",
}

_TIMED = {
    "subtitle": b"sbtl",
    "chapter": b"text",
    "telemetry (gpmd)": b"meta",
    "timed metadata (mebx)": b"meta",
    "camera motion (camm)": b"meta",
    "rtp packets": b"hint",
    "second camera": b"vide",
    "second microphone": b"soun",
    "reel_name :s:v:0": b"tmcd",
}

BOXES: dict[str, Plant] = {
    **{channel: listed(kind) for channel, kind in _LIST_WORDS.items()},
    **{f"ilst {word_of(kind)}": listed(kind) for kind in LIST_ITEMS},
    "ilst mean": listed(b"----", box(b"mean", bytes(4), NEEDLE)),
    "ilst name": listed(b"----", box(b"name", bytes(4), NEEDLE)),
    "ilst freeform": listed(b"----", box(b"data", bytes(8), NEEDLE)),
    **{f"udta {word_of(kind)}": add("moov/udta", kind) for kind in (*INTERNATIONAL, *ASSETS, *CAMERAS)},
    **{f"udta {word_of(kind)}": add("moov/udta", kind) for kind in (b"name", b"Xtra", b"cprt", b"loci")},
    "location": add("moov/udta", b"\xa9xyz"),
    "nero chapter": add("moov/udta", b"chpl"),
    "rtp hint": add("moov/udta", b"hnti"),
    **{f"mdta {key}": keyed(b"com.apple.quicktime." + key.encode()) for key in PHONE_KEYS},
    "mdta key": keyed(NEEDLE, b"a value"),
    **{channel: other_track(kind) for channel, kind in _TIMED.items()},
    "timed metadata key": other_track(b"meta", NEEDLE),
    **{f"handler_name :s:{track}": handler(NEEDLE) for track in ("v:0", "v:1", "a:0", "a:1", "s:0")},
    "title :s:a:1": named_track(b"name"),
    "track name": named_track(b"name"),
    "track kind": named_track(b"kind"),
    "track meta": add(TRACK, b"meta"),
    "track uuid": add(TRACK, b"uuid", XMP),
    "extended language": add(f"{TRACK}/mdia", b"elng"),
    "data reference": elsewhere,
    "sub-samples": add(f"{TRACK}/mdia/minf/stbl", b"subs"),
    "movie uuid": add("moov", b"uuid", XMP),
    "movie free": add("moov", b"free"),
    "movie times": patch("moov/mvhd", 4, TIME),
    "movie preview times": patch("moov/mvhd", 72, NEEDLE[:20]),
    "track times": patch(f"{TRACK}/tkhd", 4, TIME),
    "track reserved": patch(f"{TRACK}/tkhd", 24, NEEDLE[:8]),
    "media times": patch(f"{TRACK}/mdia/mdhd", 4, TIME),
    "handler maker": patch(f"{TRACK}/mdia/hdlr", 12, NEEDLE[:12]),
    "xmp": add("", b"uuid", XMP),
    "uuid": add("", b"uuid"),
    "skip": add("", b"skip"),
    "wide": add("", b"wide"),
    "id3": add("", b"meta", bytes(4) + box(b"ID32", NEEDLE)),
    "file meta xml": add("", b"meta", bytes(4) + box(b"xml ", NEEDLE)),
    "event message": add("", b"emsg"),
    "protection data": add("", b"pssh"),
    "orphan mdat": add("", b"mdat"),
    "trailing bytes": tail(NEEDLE),
    # ones that hold no text of a person's, and so no canary, but tell of the film or its maker
    "language": patch(f"{TRACK}/mdia/mdhd", 20, b"\x1d\x45"),
    "initial object descriptor": add("moov", b"iods", place=1),
    "progress information": add("", b"pdin", place=1),
    "preview picture": add("", b"pnot", place=1),
    "track references": add(TRACK, b"tref", struct.pack(">I4sI", 12, b"cdsc", 2)),
    "another brand": longer("ftyp", b"Kim "),
}
"""In every kind of box file."""

PICTURE_BOXES: dict[str, Plant] = {
    "icc profile": add(PICTURES, b"colr", b"prof" + NEEDLE, 1),
    "box in a sample entry": add(PICTURES, b"Kim "),
    "compressor name": patch(PICTURES, 42, b"\x0aKim's iPad"),
    "picture vendor": patch(PICTURES, 12, NEEDLE[:12]),
    "mastering display box": add(PICTURES, b"mdcv", NEEDLE[:24]),
    "light level box": add(PICTURES, b"clli", NEEDLE[:4]),
    "ambient light box": add(PICTURES, b"amve", NEEDLE[:8]),
    "stereo pictures": add(PICTURES, b"st3d"),
    "spherical pictures": add(PICTURES, b"sv3d"),
    "parameter sets to spare": longer(f"{PICTURES}/avcC", NEEDLE),
}
"""In files with pictures."""

SAMPLE_TABLE_FILES: dict[str, Plant] = {
    "free": body("free", NEEDLE),
    "end of mdat": longer("mdat", NEEDLE),
}
"""In files that are not in fragments."""


def unit(header: int, payload: bytes = NEEDLE) -> Plant:
    """A NAL unit in front of the first frame's slice."""
    nal = bytes([header]) + payload + b"\x80"
    return lambda film: film.insert_into_sample(1, struct.pack(">I", len(nal)) + nal)


def sei(kind: int, text: bytes = NEEDLE) -> Plant:
    """A message of supplemental enhancement information."""
    return unit(0x06, bytes([kind, len(text)]) + text)


PICTURE_STREAM: dict[str, Plant] = {
    "access unit delimiter": unit(0x09),
    "filler unit": unit(0x0C),
    "unspecified unit": unit(0x1E),
    "sei picture timing": sei(1),
    "sei filler": sei(3),
    "sei t.35": sei(4),
    "closed captions (A53)": sei(4, b"\xb5\x00\x31GA94\x03\x41\xff\xfcKi\xff"),
    "sei user data": sei(5, 16 * b"k" + NEEDLE),
    "h264 encoder sei": sei(5, 16 * b"k" + b"x264 - core 165"),
    "sei frame packing": sei(45),
    "sei mastering display": sei(137, NEEDLE[:24]),
    "sei reserved": sei(200),
}
"""Between the pictures of the first track."""


def element(first: bytes) -> Plant:
    """An element in front of the first frame of the last track, which is of sound."""
    return lambda film: film.insert_into_sample(len(film.chunks()), first)


SOUND_STREAM: dict[str, Plant] = {
    "aac data stream": element(b"\x81" + bytes([len(NEEDLE)]) + NEEDLE),
    "aac fill": element(b"\xde" + NEEDLE),
    "aac program with a comment": element(b"\xa0" + NEEDLE),
    "encoder name": element(b"\xde\x04\0Lavc62.11.100"),
}
"""In the sound."""

PICTURE_FILES = {
    "cover exif": "Exif",
    "cover comment": "a comment",
    "xmp": "XMP",
    "icc profile": "ICC",
    "encoder name": "a comment in front of the scan",
    "trailing bytes": "bytes after the end",
}
"""Channels that a JPEG has too → their cases in `test_jpeg`."""

HIDDEN = {
    "frames before an edit": "an edit that hides the start",
    "frames after an edit": "an edit that hides the end",
    "sound before an edit": "an edit that hides more than the priming",
    "a second edit": "a second edit",
    "a frame that is never shown": "a frame that is never shown",
    "a frame between two runs": "a run in two",
}
"""Pictures and sounds that are in a file and not shown → their cases in `test_planted_boxes`."""

IN_FRAGMENTS = {
    "event message": "an event message",
    "time of making": "the time of making",
    "protection data": "a protection header",
    "uuid in a fragment": "XMP in a fragment",
    "bytes that no sample owns": "bytes behind the samples",
    "trailing bytes": "text after the last box",
}
"""Channels that fragments add → their cases in `test_fragmented`."""
