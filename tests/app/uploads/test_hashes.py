"""A hash that goes on while its file grows is the hash of the whole file, whoever looked when."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from pathlib import Path

import pytest

from app.uploads import hashes
from app.uploads import store as store_module
from app.uploads.blocks import BLOCK
from app.uploads.store import IncomingStore
from tests.app.uploads.senders import FILM, SHA, begin

TAIL = b"the end of it"


def settle() -> None:
    """Returns when what was to be hashed beside has been."""
    hashes._beside.submit(lambda: None).result()


@pytest.fixture
def growing(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.write_bytes(FILM)
    return path


def grow(path: Path, more: bytes) -> None:
    with path.open("ab") as file:
        file.write(more)


def test_it_goes_on_where_it_was_and_reads_nothing_twice(growing: Path) -> None:
    hashes.go_on(growing)
    settle()
    with growing.open("r+b") as file:
        file.write(b"as if the disk had changed under it")
    grow(growing, TAIL)
    assert hashes.sha256_of(growing, len(FILM) + len(TAIL)) == hashlib.sha256(FILM + TAIL).hexdigest()


def test_without_a_beginning_it_is_the_same(growing: Path) -> None:
    assert hashes.sha256_of(growing, len(FILM)) == SHA
    assert hashes.sha256_of(growing, len(FILM)) == SHA


def test_another_file_in_its_place_is_hashed_anew(growing: Path) -> None:
    hashes.go_on(growing)
    settle()
    growing.write_bytes(TAIL)
    assert hashes.sha256_of(growing, len(TAIL)) == hashlib.sha256(TAIL).hexdigest()


def test_of_too_many_the_oldest_is_forgotten_and_still_right(growing: Path, tmp_path: Path) -> None:
    hashes.go_on(growing)
    for number in range(hashes._MOST + 5):
        (tmp_path / str(number)).write_bytes(TAIL)
        hashes.go_on(tmp_path / str(number))
    settle()
    assert len(hashes._running) == hashes._MOST
    assert growing not in hashes._running
    assert hashes.sha256_of(growing, len(FILM)) == SHA


def test_a_file_that_is_gone_is_nobodys_trouble_until_its_hash_is_wanted(tmp_path: Path) -> None:
    hashes.go_on(tmp_path / "gone")
    settle()
    with pytest.raises(FileNotFoundError):
        hashes.sha256_of(tmp_path / "gone", 1)


def test_many_who_look_while_it_grows(tmp_path: Path) -> None:
    path, pieces = tmp_path / "data", [os.urandom(50_000) for _ in range(40)]
    path.touch()

    def look() -> None:
        for _ in range(20):
            hashes.go_on(path)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for piece in pieces:
        grow(path, piece)
        hashes.go_on(path)
    for thread in threads:
        thread.join()
    whole = b"".join(pieces)
    assert hashes.sha256_of(path, len(whole)) == hashlib.sha256(whole).hexdigest()


def test_an_upload_is_hashed_while_it_comes(store: IncomingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "SYNC_EVERY", BLOCK)
    upload = begin(store)
    store.append(upload.id, 0, io.BytesIO(FILM), len(FILM))
    settle()
    assert hashes._running[store.root / upload.id / "data"].done >= 3 * BLOCK
    assert store.finish(upload.id).sha256 == SHA
    assert store.root / upload.id / "data" not in hashes._running
