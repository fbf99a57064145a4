"""One byte of a header is changed at a time, at random: no such file passes for clean.

The bytes are those of every box but the bodies of mdat; what is inside the media is in `test_planted_media`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from media_pipeline.adapters.inspect import Violation, read_fragmented, read_m4a, read_mp4
from tests.adapters.inspect.conftest import CleanFilms

Read = Callable[[Path], tuple[Violation, ...]]

MUTATIONS = 1000
"""Over all files."""

SEED = 20


def finished(clean: CleanFilms) -> list[tuple[Path, Read]]:
    """Every kind of finished file with boxes, in several shapes."""
    films: list[tuple[Path, Read]] = [(film, read_mp4) for film in clean.films]
    fragments: list[tuple[Path, Read]] = [(part, read_fragmented) for part in clean.fragments]
    return [*films, (clean.sound, read_m4a), *fragments]


def header_places(film: bytes) -> list[int]:
    """Where the bytes lie that are not media."""
    places: list[int] = []
    at = 0
    while at < len(film):
        size, is_media = int.from_bytes(film[at : at + 4], "big"), film[at + 4 : at + 8] == b"mdat"
        places.extend(range(at, at + 8 if is_media else at + size))
        at += size
    return places


def survivors(film: Path, read: Read, changes: Iterator[tuple[int, int]], room: Path) -> list[str]:
    """The changes (place, new byte) with which the film is still called clean."""
    content, passed = film.read_bytes(), []
    for place, value in changes:
        room.write_bytes(content[:place] + bytes([value]) + content[place + 1 :])
        if not read(room):
            passed.append(f"{film.name}: byte {place}, {content[place]:02x} to {value:02x}")
    return passed


@pytest.mark.slow
def test_no_changed_byte_of_a_header_passes(clean: CleanFilms, tmp_path: Path) -> None:
    """A thousand bytes, each changed to another value, over all kinds of file: every one is refused."""
    chance, films = random.Random(SEED), finished(clean)
    shares = [MUTATIONS // len(films) + (number < MUTATIONS % len(films)) for number in range(len(films))]
    passed: list[str] = []
    for (film, read), share in zip(films, shares, strict=True):
        content = film.read_bytes()
        places = chance.sample(header_places(content), share)
        changes = ((place, content[place] ^ chance.randrange(1, 256)) for place in places)
        passed += survivors(film, read, changes, tmp_path / "changed")
    assert sum(shares) == MUTATIONS
    assert passed == []


@pytest.mark.full
@pytest.mark.parametrize("number", range(9))
def test_no_changed_bit_of_a_header_passes(number: int, clean: CleanFilms, tmp_path: Path) -> None:
    """One bit of every byte of every header: the smallest changes are the ones that tolerances could let through."""
    chance, (film, read) = random.Random(f"{SEED} {number}"), finished(clean)[number]
    content = film.read_bytes()
    changes = ((place, content[place] ^ 1 << chance.randrange(8)) for place in header_places(content))
    assert survivors(film, read, changes, tmp_path / "changed") == []


def test_the_places_are_those_of_headers(clean: CleanFilms) -> None:
    """Otherwise fewer bytes would be changed than it seems."""
    for film, _ in finished(clean):
        content, places = film.read_bytes(), header_places(film.read_bytes())
        media = content.index(b"mdat") + 4
        assert content.index(b"moov") in places
        assert media not in places
        assert len(places) > 1000
