"""Readers are total: whatever the bytes, they answer, in bounded memory; and no change of a header goes unseen."""

from __future__ import annotations

import random
import struct
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.adapters.inspect import (
    Violation,
    read_fragmented,
    read_jpeg,
    read_m4a,
    read_mp4,
    track_file,
    tracks,
)
from tests.adapters.inspect.conftest import CleanFilms
from tests.adapters.inspect.surgery import Node, Patient

Reader = Callable[[Path], tuple[Violation, ...]]

READERS: tuple[Reader, ...] = (read_mp4, read_m4a, read_fragmented, read_jpeg)

MUTATIONS = 200
"""Changed bytes that are tried a file."""

KINDS = (
    *(b"ftyp", b"moov", b"mvhd", b"trak", b"tkhd", b"edts", b"elst", b"mdia", b"mdhd", b"hdlr", b"minf", b"vmhd"),
    *(b"smhd", b"dinf", b"dref", b"stbl", b"stsd", b"avc1", b"avcC", b"mp4a", b"esds", b"stts", b"ctts", b"stss"),
    *(b"stsc", b"stsz", b"stco", b"co64", b"mvex", b"trex", b"moof", b"mfhd", b"traf", b"tfhd", b"tfdt", b"trun"),
    *(b"udta", b"free", b"mdat"),
)

some_boxes = st.recursive(
    st.binary(max_size=40),
    lambda inside: st.lists(
        st.builds(lambda kind, body: Node(kind, body).to_bytes(), st.sampled_from(KINDS), inside)
    ).map(b"".join),
    max_leaves=20,
)
"""Boxes in boxes, of kinds that readers know, in no order, with any bodies."""


def answers(data: bytes, path: Path) -> None:
    """Every reader refuses `data` and raises nothing."""
    path.write_bytes(data)
    for reader in READERS:
        assert reader(path)
    tracks(path)


@given(data=st.binary(max_size=400) | some_boxes | st.binary(max_size=200).map(lambda rest: b"\xff\xd8\xff\xe0" + rest))
def test_any_bytes_are_refused(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Noise, boxes without order, and what begins as a JPEG."""
    answers(data, tmp_path_factory.getbasetemp() / "any")


@given(data=st.data())
def test_spliced_films_are_answered(clean: CleanFilms, data: st.DataObject) -> None:
    """A piece of any clean file replaced by a piece of any other: an answer, and the clean one only for itself."""
    files = (clean.film, clean.sound, clean.silent, *clean.fragments[:2], clean.sound_tracks[0], *clean.pictures)
    whole = data.draw(st.sampled_from(files))
    film, other = whole.read_bytes(), data.draw(st.sampled_from(files)).read_bytes()
    at, gone = data.draw(st.integers(0, len(film))), data.draw(st.integers(0, 3000))
    start, size = data.draw(st.integers(0, len(other))), data.draw(st.integers(0, 3000))
    spliced = film[:at] + other[start : start + size] + film[at + gone :]
    path = clean.film.parent / "spliced"
    path.write_bytes(spliced)
    for reader in READERS:
        reader(path)
    tracks(path)
    track_file(path)


def test_every_cut_off_file_is_refused(clean: CleanFilms, tmp_path: Path) -> None:
    """A file that ends early never passes, wherever it ends."""
    readers = {".mp4": read_mp4, ".m4a": read_m4a, ".m4s": read_fragmented, ".jpg": read_jpeg}
    for whole in (clean.silent, clean.sound, clean.fragments[2], clean.sound_tracks[0], clean.pictures[1]):
        data, path = whole.read_bytes(), tmp_path / "short"
        for end in {*range(0, len(data), len(data) // 60 + 1), len(data) - 1, 1, 7, 8, 9}:
            path.write_bytes(data[:end])
            assert readers[whole.suffix](path), (whole.suffix, end)


def free_bytes(film: Patient, data: bytes) -> set[int]:
    """Offsets of header bytes that may change without harm: the encoder's own numbers in the PPS (initial quantiser and the
    like, which change how pictures look), and what the one packet that is left out of a sound track adds to the mean bit rate."""
    if b"avcC" not in data:
        rate = data.index(b"esds") + 4 + 26
        return {rate + 2, rate + 3}
    avcc = film.at("moov/trak/mdia/minf/stbl/stsd/avc1/avcC").body
    size = struct.unpack_from(">H", avcc, 6)[0]
    at = data.index(avcc) + 8 + size
    return set(range(at, at + len(avcc) - 8 - size))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["film", "uneven", "pictures track", "sound track"])
def test_no_changed_header_byte_goes_unseen(kind: str, clean: CleanFilms, tmp_path: Path) -> None:
    """Every byte outside of mdat is held by some rule; the exceptions are named in `free_bytes`."""
    path, reader = {
        "film": (clean.film, read_mp4),
        "uneven": (clean.uneven, read_mp4),
        "pictures track": (clean.fragments[0], read_fragmented),
        "sound track": (clean.sound_tracks[0], read_fragmented),
    }[kind]
    data, lots = bytearray(path.read_bytes()), random.Random(7)
    film = Patient(path)
    free = free_bytes(film, bytes(data))
    headers = [place for start, end in _outside_media(film) for place in range(start, end)]
    unseen = []
    for place in lots.sample(headers, MUTATIONS):
        was = data[place]
        data[place] = lots.choice([was ^ 1 << lots.randrange(8), (was + lots.randrange(1, 256)) % 256])
        changed = tmp_path / "changed"
        changed.write_bytes(data)
        if not reader(changed) and place not in free:
            unseen.append(place)
        data[place] = was
    assert unseen == []


def _outside_media(film: Patient) -> list[tuple[int, int]]:
    """Spans of the file that are not bodies of mdat."""
    spans, at = [], 0
    for node in film.top:
        size = len(node.to_bytes())
        spans.append((at, at + (8 if node.kind == b"mdat" else size)))
        at += size
    return spans


def huge_counts(film: Patient) -> None:
    """4,294,967,295 samples of one byte, claimed in twelve bytes."""
    film.at("moov/trak/mdia/minf/stbl/stsz").body = bytes(4) + struct.pack(">II", 1, 0xFFFFFFFF)


def huge_run(film: Patient) -> None:
    """As many samples in one run of durations."""
    film.at("moov/trak/mdia/minf/stbl/stts").body = struct.pack(">IIII", 0, 1, 0xFFFFFFFF, 512)


def huge_chunk(film: Patient) -> None:
    """As many in a chunk, and as many chunks."""
    film.at("moov/trak/mdia/minf/stbl/stsc").body = struct.pack(">IIIIIIII", 0, 2, 1, 0xFFFFFFFF, 1, 0xFFFFFFFF, 1, 1)


def refused_in_little_memory(read: Callable[[Path], Sequence[object]], path: Path) -> bool:
    tracemalloc.start()
    try:
        refused = bool(read(path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return refused and peak < 8 << 20


@pytest.mark.parametrize("bomb", [huge_counts, huge_run, huge_chunk])
def test_claims_allocate_nothing(bomb: Callable[[Patient], None], clean: CleanFilms, tmp_path: Path) -> None:
    """Memory grows with the file and not with what it claims."""
    film = Patient(clean.silent)
    bomb(film)
    assert refused_in_little_memory(read_mp4, film.save(tmp_path / "film.mp4"))


def test_claims_of_fragments_allocate_nothing(clean: CleanFilms, tmp_path: Path) -> None:
    """A run of 4,294,967,295 samples that are all the default."""
    film = Patient(clean.fragments[2])
    trun = film.at("moof/traf/trun")
    trun.body = bytes(3) + b"\1" + struct.pack(">II", 0xFFFFFFFF, 8)
    assert refused_in_little_memory(read_fragmented, film.save(tmp_path / "film.m4s"))


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    """The only thing a reader raises."""
    for reader in READERS:
        with pytest.raises(OSError, match="No such file"):
            reader(tmp_path / "none")
