"""Bombs of boxes and of EBML: counts, sizes, clocks and depths that no camera writes."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest

from tests.adapters.hostile import FILM, MATRIX, Room, box, coding, element, film, full, numbers, track

pytestmark = pytest.mark.slow

BRAND = box(b"ftyp", b"isom", numbers(512))
MOST = (1 << 32) - 1
VOP = b"\0\0\1\xb6"
"""The start of a picture of MPEG-4."""


def nested(depth: int, kind: bytes = b"moov") -> bytes:
    """Boxes in boxes in boxes."""
    return BRAND + b"".join(struct.pack(">I", 8 * left) + kind for left in range(depth, 0, -1))


def deep_in_a_film(depth: int) -> bytes:
    """A film whose index holds them."""
    inner = b"".join(struct.pack(">I", 8 * left) + b"udta" for left in range(depth, 0, -1))
    return BRAND + box(b"mdat", bytes(99)) + box(b"moov", full(b"mvhd", bytes(96)), inner)


def table(kind: bytes, *claims: int) -> bytes:
    """A film of which one table claims something else."""
    whole = film(VOP * 300, track(1, 3, 9, [24]))
    at = whole.index(kind) + 8
    claimed = numbers(*claims)
    return whole[:at] + claimed + whole[at + len(claimed) :]


def sized(kind: bytes, size: int) -> bytes:
    """A film of which one box says another size."""
    whole = film(VOP * 300, track(1, 3, 9, [24]))
    at = whole.index(kind) - 4
    return whole[:at] + numbers(size) + whole[at + 4 :]


def fragments(count: int) -> bytes:
    """A live recording of pieces that claim frames and hold none."""
    run = full(b"trun", numbers(MOST, 0))
    piece = box(b"moof", full(b"mfhd", numbers(1)), box(b"traf", full(b"tfhd", numbers(1)), run))
    trex = box(b"mvex", full(b"trex", numbers(1, 1, 1, 1, 0)))
    return film(b"", track(1, 0, 9, []), trex) + piece * count


def listed(count: int, length: int) -> bytes:
    """A film with an edit list of that many entries of that length, which play the same over and over."""
    edits = box(b"edts", full(b"elst", numbers(count), numbers(length, 0, 1 << 16) * min(count, 200_000)))
    whole = track(1, 3, 9, [24])
    at = whole.index(b"mdia") - 4
    inner = whole[8:at] + edits + whole[at:]
    return film(VOP * 300, box(b"trak", inner))


KINDS: dict[str, tuple[Callable[[], bytes], str]] = {
    # lengths
    "random": (lambda: random.Random(20).randbytes(200_000), "not-a-film"),
    "random after a brand": (lambda: BRAND + random.Random(21).randbytes(200_000), "truncated"),
    "zeros": (lambda: bytes(200_000), "not-a-film"),
    "zeros after a brand": (lambda: BRAND + bytes(200_000), "truncated"),
    "nothing": (lambda: b"", "empty"),
    "one byte": (lambda: b"\0", "not-a-film"),
    "a brand alone": (lambda: BRAND, "truncated"),
    "no index": (lambda: BRAND + box(b"mdat", bytes(999)), "truncated"),
    "an index without frames' data": (lambda: film(b"", track(1, 5, 9, [24])), "truncated"),
    "an index that ends early": (lambda: film(VOP * 9, track(1, 3, 9, [24]))[:-200], "truncated"),
    "an index of nothing": (lambda: BRAND + box(b"moov"), "no-tracks"),
    # sizes of boxes
    "boxes of no size for ever": (lambda: BRAND + (numbers(0) + b"free") * 20_000, "truncated"),
    "boxes of 8 bytes for ever": (lambda: BRAND + box(b"free") * 200_000, "truncated"),
    "boxes smaller than their head": (lambda: BRAND + numbers(4) + b"free" + bytes(500), "truncated"),
    "a box that ends before it starts": (lambda: BRAND + numbers(1) + b"moov" + bytes(8) + bytes(50), "truncated"),
    "a size of 64 bits that overflows": (lambda: BRAND + numbers(1) + b"mdat" + b"\xff" * 8 + bytes(50), "truncated"),
    "a size that is negative": (lambda: BRAND + numbers(1) + b"moov" + b"\x80" + bytes(7) + bytes(50), "truncated"),
    "a table larger than its track": (lambda: sized(b"stbl", MOST), "truncated"),
    "a table of no size": (lambda: sized(b"stbl", 0), "truncated"),
    "a description of 7 bytes": (lambda: sized(b"stsd", 7), "codec"),
    "a header of 2 GiB": (lambda: sized(b"mvhd", 1 << 31), "no-tracks"),
    # depth
    "50,000 indexes in each other": (lambda: nested(50_000), "truncated"),
    "50,000 tracks in each other": (lambda: nested(50_000, b"trak"), "truncated"),
    "an index 100,000 deep": (lambda: deep_in_a_film(100_000), "truncated"),
    # counts
    "16 million frames in 999 bytes": (lambda: film(bytes(999), track(1, 1 << 24, 1, [24])), "Hostile bomb"),
    "4 billion frames": (lambda: table(b"stsz", 1, MOST), "truncated"),
    "4 billion sizes": (lambda: table(b"stsz", 0, MOST), "truncated"),
    "4 billion durations": (lambda: table(b"stts", MOST), "truncated"),
    "one duration of 4 billion frames": (lambda: table(b"stts", 1, MOST, 1), "Hostile bomb"),
    "4 billion places": (lambda: table(b"stco", MOST), "truncated"),
    "4 billion frames a chunk": (lambda: table(b"stsc", 1, 1, MOST), "truncated"),
    "4 billion codings": (lambda: table(b"stsd", MOST), "truncated"),
    "900 tracks": (lambda: film(bytes(999), *(track(n, 1, 9, [24]) for n in range(1, 901))), "Hostile bomb"),
    "tracks of one number": (lambda: film(bytes(999), *[track(1, 1, 9, [24])] * 30), "truncated"),
    "10,000 pieces of 4 billion frames": (lambda: fragments(10_000), "truncated"),
    "an edit list of 4 billion": (
        lambda: listed(MOST, 1),
        "too-slow-to-read or truncated",
    ),  # as quick as the machine is
    "an edit list of 200,000 loops": (lambda: listed(200_000, 1000), "too-slow-to-read"),
    # clocks
    "a clock of no ticks": (lambda: film(VOP * 300, track(1, 3, 9, [24], clock=0)), "truncated"),
    "a clock of 4 billion ticks": (lambda: film(VOP * 300, track(1, 3, 9, [24], clock=MOST)), "truncated"),
    "a length of 136 years": (lambda: film(VOP * 300, track(1, 3, 9, [24], clock=1, length=MOST)), "truncated"),
    "frames of 136 years": (lambda: film(VOP * 300, track(1, 3, 9, [24], clock=1, step=MOST)), "truncated"),
    "frames of no time": (lambda: film(VOP * 300, track(1, 3, 9, [24], step=0)), "truncated"),
    # pictures
    "pictures of 65535 × 65535": (
        lambda: film(VOP * 300, track(1, 3, 9, [24], sort=coding(65535, 65535))),
        "truncated",
    ),
    "pictures of 0 × 0": (lambda: film(VOP * 300, track(1, 3, 9, [24], sort=coding(0, 0))), "truncated"),
    "a coding nobody knows": (lambda: film(VOP * 300, track(1, 3, 9, [24], sort=coding(kind=b"\0\1\2\3"))), "codec"),
    "a locked coding": (lambda: film(VOP * 300, track(1, 3, 9, [24], sort=coding(kind=b"encv"))), "protected"),
    "frames before the file": (lambda: film(VOP * 300, track(1, 3, 9, [0])), "truncated"),
    "frames after the file": (lambda: film(VOP * 300, track(1, 3, 9, [MOST])), "truncated"),
    "data that is elsewhere": (
        lambda: film(VOP * 300, track(1, 3, 9, [24], place=full(b"url ", b"secret.txt\0"))),
        "truncated",
    ),
    "an index that is packed": (
        lambda: BRAND + box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", numbers(MOST), bytes(999)))),
        "truncated",
    ),
    "an index that points elsewhere": (
        lambda: BRAND + box(b"moov", box(b"rmra", box(b"rmda", full(b"rdrf", b"url ", numbers(20), b"secret.txt\0")))),
        "no-tracks",
    ),
}
"""What it is, how it is made, and how it is refused."""


@pytest.mark.parametrize("kind", KINDS)
def test_bombs_of_boxes(room: Room, kind: str) -> None:
    make, said = KINDS[kind]
    assert room.outcome("film.mp4", make()) in said.split(" or ")


def test_work_without_end_is_stopped(room: Room) -> None:
    """Half a million frames that are all the same 100 kB: as far as the purse of processor time goes."""
    data = VOP * 25_000
    assert room.outcome("again.mp4", film(data, track(1, 500_000, len(data), [24] * 500_000))) == "too-slow-to-read"


HEAD = element(0x1A45DFA3, element(0x4282, b"matroska"))
SEGMENT, CLUSTER, TRACKS, ENTRY, INFO, TAGS = 0x18538067, 0x1F43B675, 0x1654AE6B, 0xAE, 0x1549A966, 0x1254C367
PACKED = element(0x6D80, element(0x6240, element(0x5034, element(0x4254, b"\0"), element(0x4255, b""))))
ENDLESS = (1 << 56) - 1


def video(number: int = 1, *more: bytes, width: int = 320) -> bytes:
    """A picture track."""
    size = element(0xE0, element(0xB0, struct.pack(">Q", width)), element(0xBA, struct.pack(">Q", width)))
    kinds = element(0xD7, bytes([number])), element(0x73C5, bytes([number])), element(0x83, b"\1")
    return element(ENTRY, *kinds, element(0x86, b"V_VP8"), size, *more)


def deep_tags(depth: int) -> bytes:
    """A tag in a tag in a tag."""
    inner = b""
    for _ in range(depth):
        inner = element(0x67C8, element(0x45A3, b"A"), inner)
    return element(TAGS, element(0x7373, inner))


EBML: dict[str, tuple[Callable[[], bytes], str]] = {
    "longer than it is": (lambda: bytes.fromhex("1a45dfa3 80 18538067 01ffffffffffff00") + bytes(99), "truncated"),
    "of no told length": (lambda: bytes.fromhex("1a45dfa3 80 18538067 01ffffffffffffff") + bytes(99), "truncated"),
    "cut off": (lambda: bytes.fromhex("1a45dfa3 80 18538067 88") + bytes(4), "truncated"),
    "a head alone": (lambda: HEAD, "truncated"),
    "a head of 64 bits": (lambda: element(0x1A45DFA3, b"x", length=ENDLESS - 1) + bytes(99), "truncated"),
    "heads for ever": (lambda: HEAD * 20_000, "truncated"),
    "zeros": (lambda: HEAD + bytes(200_000), "truncated"),
    "random": (lambda: HEAD + random.Random(22).randbytes(200_000), "truncated"),
    "segments in each other": (
        lambda: HEAD + b"".join(element(SEGMENT, length=ENDLESS) for _ in range(9000)),
        "truncated",
    ),
    "tags 2,000 deep": (lambda: HEAD + element(SEGMENT, element(TRACKS, video()), deep_tags(2000)), "truncated"),
    "clusters for ever": (
        lambda: HEAD + element(SEGMENT, element(TRACKS, video()), element(CLUSTER) * 50_000),
        "truncated",
    ),
    "200 tracks": (
        lambda: HEAD + element(SEGMENT, element(TRACKS, *(video(n % 127 + 1) for n in range(200)))),
        "truncated",
    ),
    "frames of no told length": (
        lambda: (
            HEAD + element(SEGMENT, element(TRACKS, video()), element(CLUSTER, element(0xA3, b"\x81", length=ENDLESS)))
        ),
        "truncated",
    ),
    "255 frames laced in one": (
        lambda: (
            HEAD
            + element(
                SEGMENT, element(TRACKS, video()), element(CLUSTER, element(0xA3, b"\x81\0\0\x06\xff" + b"\xff" * 900))
            )
        ),
        "truncated",
    ),
    "a packed track": (
        lambda: HEAD + element(SEGMENT, element(TRACKS, video(1, PACKED)), element(CLUSTER)),
        "truncated",
    ),
    "pictures without end": (lambda: HEAD + element(SEGMENT, element(TRACKS, video(width=1 << 60))), "truncated"),
    "a clock of no ticks": (
        lambda: (
            HEAD + element(SEGMENT, element(INFO, element(0x2AD7B1, b"\0")), element(TRACKS, video()), element(CLUSTER))
        ),
        "truncated",
    ),
    "the next film elsewhere": (
        lambda: HEAD + element(SEGMENT, element(INFO, element(0x3E83BB, b"secret.txt")), element(TRACKS, video())),
        "truncated",
    ),
    "an attached page": (
        lambda: (
            HEAD
            + element(
                SEGMENT,
                element(0x1941A469, element(0x61A7, element(0x466E, b"../x.html"), element(0x465C, b"<script>"))),
            )
        ),
        "truncated",
    ),
}


@pytest.mark.parametrize("kind", EBML)
def test_bombs_of_ebml(room: Room, kind: str) -> None:
    make, said = EBML[kind]
    assert room.outcome("film.mkv", make()) == said


def test_the_film_that_these_are_made_of_is_none() -> None:
    """Each refusal above is of what the kind says: the matrix and the track alone are as cameras write them."""
    assert len(MATRIX) == 36
    assert FILM not in {said for _, said in (*KINDS.values(), *EBML.values())}
