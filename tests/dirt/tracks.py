"""Tracks that are neither pictures nor sound, as cameras, phones and streaming servers write them: one sample of text each."""

from __future__ import annotations

import struct

from tests.dirt.canaries import Canaries
from tests.dirt.writing import box, with_child

_FIRST_NUMBER = 90
"""Track numbers from here on are nobody else's."""


def _track(handler: bytes, entry: bytes, sample: bytes, place: int, number: int) -> bytes:
    """A track of one sample, which lies at `place` in the file."""
    head = box(b"tkhd", struct.pack(">IIIII", 0, 0, 0, number, 0), bytes(64))
    tables = (
        box(b"stsd", struct.pack(">II", 0, 1), entry),
        box(b"stts", struct.pack(">IIII", 0, 1, 1, 1000)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
        box(b"stsz", struct.pack(">IIII", 0, 0, 1, len(sample))),
        box(b"stco", struct.pack(">III", 0, 1, place)),
    )
    clock = box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 1000, 1000, 0x55C4, 0))
    own = box(b"dref", struct.pack(">II", 0, 1), box(b"url ", struct.pack(">I", 1)))
    media = box(b"minf", box(b"gmhd"), box(b"dinf", own), box(b"stbl", *tables))
    return box(b"trak", head, box(b"mdia", clock, box(b"hdlr", bytes(8), handler, bytes(13)), media))


def with_extra_tracks(film: bytes, canaries: Canaries) -> bytes:
    """The film with a sensor's, a phone's, a camera's and a server's track, each with an mdat of its own at the end.

    The moov must come last in the file: only then does growing it move no sample.
    """
    keys = box(b"keys", box(struct.pack(">I", 1), box(b"keyd", b"mdta", canaries.octets("timed metadata key"))))
    tracks = [
        (b"meta", _entry(b"gpmd", bytes(4)), b"DEVC" + canaries.octets("telemetry (gpmd)")),
        (b"meta", _entry(b"mebx", keys), canaries.octets("timed metadata (mebx)")),
        (b"meta", _entry(b"camm"), bytes(4) + canaries.octets("camera motion (camm)")),
        (b"hint", _entry(b"rtp ", struct.pack(">HHI", 1, 1, 1450)), canaries.octets("rtp packets")),
    ]
    place = len(film) + sum(len(_track(*track, 0, 0)) for track in tracks) + 8
    for number, track in enumerate(tracks, _FIRST_NUMBER):
        film = with_child(film, (b"moov",), _track(*track, place, number))
        place += 8 + len(track[2])
    return film + b"".join(box(b"mdat", sample) for _, _, sample in tracks)


def _entry(kind: bytes, more: bytes = b"") -> bytes:
    """A sample description with data reference 1."""
    return box(kind, bytes(6), struct.pack(">H", 1), more)
