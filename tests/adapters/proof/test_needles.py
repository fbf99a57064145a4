"""Texts are found wherever they stand, in any of the forms in which a file may hold them."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.adapters.proof import needles
from media_pipeline.adapters.proof.needles import holds_any

NEEDLE = "Zoë read us “Où est l’ours ?”"
ENCODINGS = ["utf-8", "utf-16-le", "utf-16-be"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


def _write(file: Path, size: int, *, at: int = 0, data: bytes = b"") -> None:
    noise = Random(size).randbytes(size)
    file.write_bytes(noise[:at] + data + noise[at:])


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("at", [0, 1, 2, 3, 4000])
def test_a_needle_is_found_in_every_form(at: int, encoding: str, file: Path) -> None:
    _write(file, 9001, at=at, data=NEEDLE.encode(encoding))
    assert holds_any(file, frozenset({b"something else", NEEDLE.encode()}))
    assert not holds_any(file, frozenset({b"something else", NEEDLE.encode() + b"!"}))


@pytest.mark.parametrize("before", range(1, 60, 7))
def test_a_needle_across_two_pieces_is_found(before: int, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needles, "_PIECE", 1000)
    _write(file, 3000, at=2000 - before, data=NEEDLE.encode("utf-16-le"))
    assert holds_any(file, frozenset({NEEDLE.encode()}))


def test_a_needle_longer_than_a_piece_is_found(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needles, "_PIECE", 50)
    long = Random(1).randbytes(333)
    _write(file, 1000, at=321, data=long)
    assert holds_any(file, frozenset({long}))
    assert not holds_any(file, frozenset({long + b"!"}))


def test_at_the_end_of_the_file(file: Path) -> None:
    _write(file, 5002, at=5002, data=b"GPS!")
    assert holds_any(file, frozenset({b"GPS!"}))


def test_bytes_that_are_no_text_are_found_as_they_are(file: Path) -> None:
    _write(file, 999, at=500, data=b"\xff\xfe\x80\x81\x82")
    assert holds_any(file, frozenset({b"\xff\xfe\x80\x81\x82"}))


def test_short_needles_are_found_too(file: Path) -> None:
    file.write_bytes(b"------ab------")
    assert holds_any(file, frozenset({b"ab"}))
    assert not holds_any(file, frozenset({b"abc", b"ba"}))


@pytest.mark.parametrize("none", [frozenset(), frozenset({b""})])
def test_no_needle_is_nowhere(none: frozenset[bytes], file: Path) -> None:
    _write(file, 100)
    assert not holds_any(file, none)
    file.write_bytes(b"")
    assert not holds_any(file, frozenset({NEEDLE.encode()}))


@given(st.binary(max_size=400), st.sets(st.binary(min_size=1, max_size=6), max_size=8))
def test_it_agrees_with_the_plain_search(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, wanted: set[bytes]
) -> None:
    file = tmp_path_factory.getbasetemp() / "any"
    file.write_bytes(data)
    forms = set(wanted)
    for needle in wanted:
        try:
            forms |= {needle.decode().encode(encoding) for encoding in ENCODINGS}
        except UnicodeDecodeError:
            continue
    assert holds_any(file, frozenset(wanted)) is any(form in data for form in forms)
