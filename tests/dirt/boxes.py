"""Boxes of MP4 and QuickTime that carry text, of which ffmpeg writes hardly any: put into a film by hand."""

from __future__ import annotations

import secrets
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

from tests.dirt.canaries import Canaries
from tests.dirt.tracks import with_extra_tracks
from tests.dirt.writing import box, with_child, with_patch

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_SPHERICAL_UUID = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")

_MOVIE, _TRACK, _MEDIA = (b"moov",), (b"moov", b"trak"), (b"moov", b"trak", b"mdia")
_TABLES = (*_MEDIA, b"minf", b"stbl")

_UNDETERMINED = struct.pack(">IH", 0, 0x55C4)
"""A full box's version and flags, and the language `und`."""

ASSETS = (b"titl", b"dscp", b"auth", b"perf", b"gnre", b"kywd")
"""3GPP's words for title, description, author, performer, genre and keywords (TS 26.244 clause 8)."""

INTERNATIONAL = (b"\xa9xyz", b"\xa9mak", b"\xa9mod", b"\xa9swr", b"\xa9day", b"\xa9inf")
"""QuickTime's words for place, maker, model, software, day and information."""

CAMERAS = (b"CAME", b"FIRM", b"LENS", b"MUID", b"GPS ", b"manu", b"modl", b"SDLN")
"""What GoPro, dashcams, Nikon and Samsung write of themselves and of where they were."""

LIST_ITEMS = (b"apID", b"ownr", b"purd", b"xid ", b"sonm", b"\xa9lyr", b"ldes")
"""iTunes: account, owner, day of purchase, vendor's number, name for sorting, words, long description."""

PHONE_KEYS = ("location.ISO6709", "make", "model", "software", "creationdate", "content.identifier")
"""Keys that an iPhone writes, below `com.apple.quicktime`."""


def word_of(kind: bytes) -> str:
    """How a channel calls a box: its letters without QuickTime's © and without padding."""
    return kind.decode("latin-1").lstrip("\xa9").strip()


def dirty_boxes(path: Path, canaries: Canaries) -> None:
    """Plants into a film whose moov comes last in the file, so growing it moves no sample."""
    film = _grown_media(path.read_bytes(), canaries.octets("end of mdat"))
    quicktime, pictures = path.suffix == ".mov", path.suffix != ".m4a"
    if pictures:
        film = _dirty_picture_track(film, canaries)
    film = _dirty_tracks(film, canaries)
    for item in _user_data(canaries):
        film = with_child(film, (*_MOVIE, b"udta"), item)
    if not quicktime:  # QuickTime has its words right in udta
        for item in _listed(canaries):
            film = with_child(film, (*_MOVIE, b"udta", b"meta", b"ilst"), item)
    film = with_child(film, _MOVIE, _mdta(canaries))
    for kind in (b"uuid", b"free"):
        name = secrets.token_bytes(16) if kind == b"uuid" else b""
        film = with_child(film, _MOVIE, box(kind, name, canaries.octets(f"movie {kind.decode()}")))
    film = _dirty_headers(film, canaries)
    film = with_extra_tracks(film, canaries)
    path.write_bytes(film + _at_the_end(canaries))


def _grown_media(film: bytes, text: bytes) -> bytes:
    """Bytes that no sample owns, at the end of the first mdat."""
    at = 0
    while film[at + 4 : at + 8] != b"mdat":
        at += struct.unpack_from(">I", film, at)[0]
    size = struct.unpack_from(">I", film, at)[0]
    return film[:at] + struct.pack(">I", size + len(text)) + film[at + 4 : at + size] + text + film[at + size :]


def _dirty_picture_track(film: bytes, canaries: Canaries) -> bytes:
    entry = (*_TABLES, b"stsd", b"avc1")
    film = with_child(film, entry, box(b"colr", b"prof", _icc_profile(canaries.octets("icc profile"))))
    film = with_child(film, entry, box(b"Kim ", canaries.octets("box in a sample entry")))
    name = canaries.octets("compressor name")
    film = with_patch(film, entry, 42, bytes([len(name)]) + name.ljust(31, b"\0"))
    return with_patch(film, entry, 12, canaries.number("picture vendor", 12))  # with QuickTime's two qualities


def _dirty_tracks(film: bytes, canaries: Canaries) -> bytes:
    """The first track, which is of pictures in a film and of sound in a recording of sound."""
    kind = box(b"kind", bytes(4), canaries.octets("track kind"), b"\0", b"main\0")
    film = with_child(film, _TRACK, box(b"udta", box(b"name", canaries.octets("track name")), kind))
    film = with_child(film, _TRACK, box(b"meta", bytes(4), _handler(b"mdir"), _words(canaries, "track meta")))
    spherical = b"<rdf:SphericalVideo>" + canaries.octets("track uuid") + b"</rdf:SphericalVideo>"
    film = with_child(film, _TRACK, box(b"uuid", _SPHERICAL_UUID, spherical))
    film = with_child(film, _MEDIA, box(b"elng", bytes(4), canaries.octets("extended language"), b"\0"))
    elsewhere = box(b"url ", bytes(4), b"file:///Users/", canaries.octets("data reference"), b"\0")
    film = with_child(film, (*_MEDIA, b"minf", b"dinf", b"dref"), elsewhere)
    film = with_patch(film, (*_MEDIA, b"minf", b"dinf", b"dref"), 4, struct.pack(">I", 2))
    return with_child(film, _TABLES, box(b"subs", bytes(4), canaries.octets("sub-samples")))


def _dirty_headers(film: bytes, canaries: Canaries) -> bytes:
    """Fields that hold times, or nothing: made of numbers, which nobody can read and everybody can compare."""
    film = with_patch(film, (*_MOVIE, b"mvhd"), 4, canaries.number("movie times", 8))
    film = with_patch(film, (*_MOVIE, b"mvhd"), 72, canaries.number("movie preview times", 20))
    film = with_patch(film, (*_TRACK, b"tkhd"), 4, canaries.number("track times", 8))
    film = with_patch(film, (*_TRACK, b"tkhd"), 24, canaries.number("track reserved", 8))
    film = with_patch(film, (*_MEDIA, b"mdhd"), 4, canaries.number("media times", 8))
    return with_patch(film, (*_MEDIA, b"hdlr"), 12, canaries.number("handler maker", 12))


def _icc_profile(text: bytes) -> bytes:
    """A monitor profile whose one tag is its copyright."""
    tag = b"text\0\0\0\0" + text + b"\0"
    table = struct.pack(">I4sII", 1, b"cprt", 144, len(tag))
    head = struct.pack(">I8x4s4s4s12x4s", 144 + len(tag), b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return head.ljust(128, b"\0") + table + tag


def _handler(kind: bytes) -> bytes:
    return box(b"hdlr", bytes(8), kind, bytes(13))


def _value(text: bytes) -> bytes:
    return box(b"data", struct.pack(">II", 1, 0), text)


def _words(canaries: Canaries, channel: str) -> bytes:
    return box(b"ilst", box(b"\xa9nam", _value(canaries.octets(channel))))


def _listed(canaries: Canaries) -> Sequence[bytes]:
    """iTunes words that ffmpeg does not write, and one that anybody may make up."""
    own = (
        box(b"mean", bytes(4), canaries.octets("ilst mean")),
        box(b"name", bytes(4), canaries.octets("ilst name")),
        _value(canaries.octets("ilst freeform")),
    )
    items = [box(kind, _value(canaries.octets(f"ilst {word_of(kind)}"))) for kind in LIST_ITEMS]
    return [*items, box(b"----", *own)]


def _mdta(canaries: Canaries) -> bytes:
    """QuickTime metadata as an iPhone writes it: keys, and values by number."""
    texts = [canaries.octets(f"mdta {name}") for name in PHONE_KEYS]
    keys = [box(b"mdta", b"com.apple.quicktime.", name.encode()) for name in PHONE_KEYS]
    keys.append(box(b"mdta", canaries.octets("mdta key")))
    values = [box(struct.pack(">I", number), _value(text)) for number, text in enumerate([*texts, b"a value"], start=1)]
    table = box(b"keys", struct.pack(">II", 0, len(keys)), *keys)
    return box(b"meta", _handler(b"mdta"), table, box(b"ilst", *values))


def _user_data(canaries: Canaries) -> list[bytes]:
    """Old-style user data: words of QuickTime, 3GPP and cameras, a place, rights, chapters, a stream description."""
    words = [
        box(kind, struct.pack(">HH", 20, 0x55C4), canaries.octets(f"udta {word_of(kind)}")) for kind in INTERNATIONAL
    ]
    assets = [box(kind, _UNDETERMINED, canaries.octets(f"udta {word_of(kind)}"), b"\0") for kind in ASSETS]
    plain = [box(kind, canaries.octets(f"udta {word_of(kind)}")) for kind in (b"name", b"Xtra", *CAMERAS)]
    rights = box(b"cprt", _UNDETERMINED, canaries.octets("udta cprt"), b"\0")
    place = _UNDETERMINED + canaries.octets("udta loci") + b"\0\0" + struct.pack(">iii", 1, 2, 3)
    title = canaries.octets("nero chapter")
    nero = box(b"chpl", struct.pack(">IIBQB", 1 << 24, 0, 1, 0, len(title)), title)
    hint = box(b"hnti", box(b"rtp ", b"sdp v=0\r\ns=", canaries.octets("rtp hint"), b"\r\n"))
    return [*words, *assets, *plain, rights, box(b"loci", place, b"earth\0\0"), nero, hint]


def _at_the_end(canaries: Canaries) -> bytes:
    """Boxes of the file itself, and bytes that are in no box."""
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + canaries.octets("xmp") + b"</x:xmpmeta>"
    title = b"\3" + canaries.octets("id3")
    frame = b"TIT2" + struct.pack(">I", len(title)) + bytes(2) + title
    id3 = box(b"ID32", _UNDETERMINED, b"ID3\4\0\0" + struct.pack(">I", len(frame)), frame)
    event = box(b"emsg", bytes(4), b"urn:kim\0", canaries.octets("event message"), bytes(17))
    return b"".join(
        (
            box(b"uuid", XMP_UUID, xmp),
            box(b"uuid", secrets.token_bytes(16), canaries.octets("uuid")),
            box(b"free", canaries.octets("free")),
            box(b"skip", zlib.compress(b"padding"), canaries.octets("skip")),
            box(b"wide", canaries.octets("wide")),
            box(b"meta", bytes(4), _handler(b"ID32"), id3),
            box(b"meta", bytes(4), _handler(b"null"), box(b"xml ", bytes(4), canaries.octets("file meta xml"))),
            event,
            box(b"pssh", bytes(20), struct.pack(">I", 20), canaries.octets("protection data")),
            box(b"mdat", canaries.octets("orphan mdat")),
            canaries.octets("trailing bytes"),
        )
    )
