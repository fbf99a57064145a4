"""The decoder's stream: frames and times come out as they went in, and nothing unexpected is taken for a frame."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from io import BytesIO

import pytest

from media_pipeline.adapters.detectors.fragments import UNSAID, Fragments
from media_pipeline.core.errors import Fault

SIZE = 24
"""Bytes of a frame."""


def box(kind: bytes, body: bytes = b"") -> bytes:
    """A box with its size."""
    return (8 + len(body)).to_bytes(4) + kind + body


def moov(timescale: int = 90000, version: int = 0) -> bytes:
    """A head as the decoder writes it, times of version 0 or 1."""
    times = bytes(16 if version else 8) + timescale.to_bytes(4) + bytes(8)
    mdhd = box(b"mdhd", bytes([version, 0, 0, 0]) + times)
    return box(b"moov", box(b"mvhd", bytes(100)) + box(b"trak", box(b"tkhd", bytes(84)) + box(b"mdia", mdhd)))


def moof(ticks: int, version: int = 1) -> bytes:
    """What comes before each frame."""
    tfdt = box(b"tfdt", bytes([version, 0, 0, 0]) + ticks.to_bytes(8 if version else 4))
    return box(b"moof", box(b"mfhd", bytes(8)) + box(b"traf", box(b"tfhd", bytes(20)) + tfdt + box(b"trun", bytes(16))))


def mdat(value: int) -> bytes:
    """A frame of one colour."""
    return box(b"mdat", bytes([value]) * SIZE)


HEAD = box(b"ftyp", b"qt  ") + moov()


def read(stream: bytes) -> list[tuple[Fraction, bytes]]:
    """All frames of a stream."""
    return list(Fragments(BytesIO(stream), SIZE))


@pytest.mark.parametrize("version", [0, 1])
def test_each_frame_comes_with_its_exact_time(version: int) -> None:
    """In ticks of the head's clock, whichever way the boxes write numbers."""
    stream = box(b"ftyp", b"qt  ") + moov(30000, version)
    stream += b"".join(moof(ticks, version) + mdat(value) for value, ticks in enumerate((0, 1001, 4004)))
    assert read(stream) == [
        (Fraction(0), bytes(SIZE)),
        (Fraction(1001, 30000), b"\x01" * SIZE),
        (Fraction(4004, 30000), b"\x02" * SIZE),
    ]


def test_times_beyond_32_bits_are_read() -> None:
    """A long film on a fine clock."""
    assert read(HEAD + moof(1 << 40) + mdat(7))[0][0] == Fraction(1 << 40, 90000)


def test_times_before_0_are_read() -> None:
    """Of what a decoder gives before the film's own first moment."""
    assert read(HEAD + moof((1 << 64) - 900) + mdat(7))[0][0] == Fraction(-1, 100)


def test_a_stream_of_nothing_has_no_frames() -> None:
    """The decoder failed before its first frame; its exit status says so."""
    assert read(b"") == []
    assert read(HEAD) == []


def test_frames_are_handed_over_one_by_one() -> None:
    """A recording's frames never lie in memory together."""
    stream = BytesIO(HEAD + moof(0) + mdat(1) + moof(1) + mdat(2))
    frames = iter(Fragments(stream, SIZE))
    next(frames)
    assert stream.tell() == len(HEAD + moof(0) + mdat(1))


def _without_time(stream: bytes) -> bytes:
    return stream.replace(b"tfdt", b"free")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: s[:-1],
        lambda s: s[: len(HEAD) + 20],
        lambda s: s[: len(HEAD) + 4],
        lambda s: s.replace(mdat(1), box(b"mdat", b"\x01" * (SIZE - 1))),
        lambda s: s.replace(mdat(1), box(b"mdat", b"\x01" * (SIZE + 1))),
        lambda s: s.replace(mdat(2), (8 + SIZE + 1).to_bytes(4) + mdat(2)[4:]),
        lambda s: s.replace(mdat(1), mdat(1) * 2),
        lambda s: s.replace(moof(0), b""),
        lambda s: s.replace(moov(), b""),
        lambda s: s.replace(moov(), moov(0)),
        lambda s: s.replace(moov(), moov(version=3)),
        lambda s: s.replace(moov(), box(b"moov", b"\x00" * 70000)),
        lambda s: s.replace(b"mdhd", b"free"),
        lambda s: s.replace(box(b"mdhd", moov()[-24:]), box(b"mdhd")),
        _without_time,
        lambda s: s.replace(b"ftyp", b"evil"),
        lambda s: b"\x00\x00\x00\x01" + s[4:],
        lambda s: b"\x00\x00\x00\x02" + s[4:],
        lambda s: s.replace(b"traf", b"trax"),
        lambda s: s.replace((len(moov()) - 8 - 108).to_bytes(4) + b"trak", (1 << 30).to_bytes(4) + b"trak"),
    ],
)
def test_anything_unexpected_is_a_fault(spoil: Callable[[bytes], bytes]) -> None:
    """The writer reads untrusted files: a stream that is not as expected is not guessed at."""
    whole = HEAD + moof(0) + mdat(1) + moof(1) + mdat(2)
    spoilt = spoil(whole)
    assert spoilt != whole
    with pytest.raises(Fault, match="tool-failed"):
        read(spoilt)


@pytest.mark.parametrize("matrix", [1, 6, None])
def test_the_head_says_how_colours_were_made(matrix: int | None) -> None:
    """Or nothing of it."""
    colr = box(b"colr", b"nclc" + b"".join(number.to_bytes(2) for number in (9, 16, matrix))) if matrix else b""
    stsd = box(b"stsd", bytes(8) + box(b"raw ", bytes(78) + box(b"fiel", bytes(2)) + colr))
    whole = moov()[8:]
    frames = Fragments(BytesIO(box(b"moov", whole + box(b"minf", stsd)) + moof(0) + mdat(7)), SIZE)
    assert len(list(frames)) == 1
    assert frames.matrix == (matrix or UNSAID)
