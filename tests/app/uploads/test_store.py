"""Bytes that come in: whoever interrupts and whatever fills up, what was acknowledged is there."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import subprocess
import sys
import threading
from itertools import chain, repeat
from pathlib import Path

import pytest

from app.uploads import store as store_module
from app.uploads.blocks import BLOCK
from app.uploads.store import IncomingStore
from media_pipeline.core.errors import Fault, Refused, Stale, StoryshelfError
from tests.app.uploads.senders import FILM, SHA, Broken, arrived, begin


def test_ids_are_ours_and_unlike(store: IncomingStore) -> None:
    ids = {begin(store).id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(bytes.fromhex(one)) == 16 for one in ids)


@pytest.mark.parametrize("error", [ConnectionResetError(), TimeoutError(), None])
def test_a_broken_connection_keeps_what_came(store: IncomingStore, error: Exception | None) -> None:
    upload = begin(store)
    reader = Broken(FILM[:70_000], error) if error else io.BytesIO(FILM[:70_000])
    assert store.append(upload.id, 0, reader, len(FILM)).offset == 70_000
    store.append(upload.id, 70_000, io.BytesIO(FILM[70_000:]), len(FILM) - 70_000)
    assert store.finish(upload.id).sha256 == SHA


def test_a_readers_own_exception_passes_and_keeps_what_came(store: IncomingStore) -> None:
    upload = begin(store)
    with pytest.raises(ZeroDivisionError):
        store.append(upload.id, 0, Broken(FILM[:70_000], ZeroDivisionError()), len(FILM))
    assert store.get(upload.id).offset == 70_000


def test_bytes_are_on_the_disk_before_they_are_acknowledged(
    store: IncomingStore, synced: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(store)
    data = store.root / upload.id / "data"
    monkeypatch.setattr(store_module, "SYNC_EVERY", BLOCK)
    store.append(upload.id, 0, io.BytesIO(FILM), len(FILM))
    sizes = [size for inode, size in synced if inode == data.stat().st_ino and size]
    assert sizes == sorted(sizes)
    assert len(sizes) == 5  # three beside the bytes that come, one at their end, one before it is told
    assert sizes[3:] == [len(FILM), len(FILM)]


def test_bytes_before_a_failure_are_on_the_disk_too(store: IncomingStore, synced: list[tuple[int, int]]) -> None:
    upload = begin(store)
    inode = (store.root / upload.id / "data").stat().st_ino
    with pytest.raises(ZeroDivisionError):
        store.append(upload.id, 0, Broken(FILM[:70_000], ZeroDivisionError()), len(FILM))
    assert synced[-1] == (inode, 70_000)


def test_bytes_that_a_killed_server_left_are_on_the_disk_before_they_are_told(
    store: IncomingStore, synced: list[tuple[int, int]]
) -> None:
    upload = begin(store)
    data = store.root / upload.id / "data"
    data.write_bytes(FILM[:1000])
    synced.clear()
    assert store.get(upload.id).offset == 1000
    assert synced == [(data.stat().st_ino, 1000)]


@pytest.mark.parametrize("offset", [0, 999, 1001, len(FILM), 10**15])
def test_another_offset_is_refused_and_changes_nothing(store: IncomingStore, offset: int) -> None:
    upload = begin(store)
    store.append(upload.id, 0, io.BytesIO(FILM[:1000]), 1000)
    with pytest.raises(Stale, match="upload-moved"):
        store.append(upload.id, offset, io.BytesIO(b"x"), 1)
    assert (store.root / upload.id / "data").read_bytes() == FILM[:1000]


@pytest.mark.parametrize("expected", [len(FILM) + 1, None])
def test_a_file_that_grew_never_counts_as_whole(store: IncomingStore, expected: int | None) -> None:
    upload = begin(store)
    with pytest.raises(Refused, match="file-changed"):
        store.append(upload.id, 0, io.BytesIO(FILM + b"x"), expected)
    assert store.get(upload.id).offset == (0 if expected else 3 * BLOCK)


def test_nothing_is_added_to_a_whole_file(store: IncomingStore) -> None:
    upload = arrived(store)
    for expected in (1, None):
        with pytest.raises(Refused, match="file-changed"):
            store.append(upload.id, len(FILM), io.BytesIO(b"x"), expected)
    assert store.append(upload.id, len(FILM), io.BytesIO(b""), 0).complete
    assert store.finish(upload.id).sha256 == SHA


class Waiting(io.RawIOBase):
    """A sender whose next block comes when it is let."""

    def __init__(self, blocks: list[bytes]) -> None:
        self.blocks, self.asked, self.go = blocks, threading.Event(), threading.Event()

    def read(self, size: int = -1, /) -> bytes:
        if len(self.blocks) == 1:
            self.asked.set()
            assert self.go.wait(30)
        assert size >= 1000
        return self.blocks.pop(0) if self.blocks else b""


def test_a_sender_that_fell_asleep_keeps_nobody_out(store: IncomingStore) -> None:
    upload = begin(store)
    sleeper, caught = Waiting([FILM[:1000], FILM[1000:2000]]), list[StoryshelfError]()

    def send() -> None:
        try:
            store.append(upload.id, 0, sleeper, len(FILM))
        except StoryshelfError as error:
            caught.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    assert sleeper.asked.wait(30)
    assert store.get(upload.id).offset == 1000
    store.append(upload.id, 1000, io.BytesIO(FILM[1000:]), len(FILM) - 1000)
    sleeper.go.set()
    thread.join()
    assert [error.code for error in caught] == ["upload-moved"]
    assert store.finish(upload.id).sha256 == SHA


def test_an_upload_removed_while_it_is_sent_is_gone(store: IncomingStore) -> None:
    upload = begin(store)

    class Remover(io.RawIOBase):
        def read(self, size: int = -1, /) -> bytes:
            if list(store.uploads()):
                store.delete(upload.id)
            return b"x" * size

    with pytest.raises(Refused, match="no-upload"):
        store.append(upload.id, 0, Remover(), len(FILM))
    assert list(store.root.iterdir()) == []


def test_a_disk_that_is_full_at_the_creation_is_left_as_it_was(
    store: IncomingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space", "/a/path/that/nobody/should/see")

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", fsync)
        with pytest.raises(Fault, match="disk-full") as failed:
            begin(store)
    assert "path" not in str(failed.value) + failed.value.detail
    assert list(store.root.iterdir()) == []


def test_what_is_too_big_or_empty_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = IncomingStore(tmp_path / "incoming", max_size=1000, reserve=500)
    monkeypatch.setattr(store_module, "free_bytes", lambda _folder: 900)
    for length, code in ((0, "empty"), (1001, "too-large-file"), (401, "disk-full")):
        with pytest.raises(StoryshelfError, match=code):
            begin(store, length)
    assert list(store.root.iterdir()) == []
    assert begin(store, 400).length == 400


def test_the_reserve_is_kept_while_bytes_come(store: IncomingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = begin(store)
    store.reserve = 500
    free = chain([500, 500, 499], repeat(10**9))
    monkeypatch.setattr(store_module, "free_bytes", lambda _folder: next(free))
    monkeypatch.setattr(store_module, "SYNC_EVERY", BLOCK)
    with pytest.raises(Fault, match="disk-full"):
        store.append(upload.id, 0, io.BytesIO(FILM), len(FILM))
    assert store.get(upload.id).offset == 2 * BLOCK
    store.append(upload.id, 2 * BLOCK, io.BytesIO(FILM[2 * BLOCK :]), None)
    assert store.finish(upload.id).sha256 == SHA


FULL = """
import io, resource, sys
from pathlib import Path
from app.uploads.store import IncomingStore
from media_pipeline.core.errors import Fault
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
store = IncomingStore(Path(sys.argv[1]), 10**9, 0)
try:
    store.append(sys.argv[2], 0, io.BytesIO(b"x" * 200_000), 200_000)
except Fault as error:
    print(error.code, error.detail, error.__cause__, store.get(sys.argv[2]).offset)
"""


def test_a_disk_that_fills_up_keeps_what_fits(store: IncomingStore) -> None:
    upload = begin(store, 200_000)
    told = subprocess.run(
        [sys.executable, "-c", FULL, store.root, upload.id],
        cwd=Path(store_module.__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert told == "disk-full the disk met EFBIG None 100000\n"
    store.append(upload.id, 100_000, io.BytesIO(b"x" * 100_000), 100_000)
    assert store.finish(upload.id).sha256 == hashlib.sha256(b"x" * 200_000).hexdigest()
