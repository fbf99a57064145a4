"""kill -9 at every step: what is left can be read, goes on, and comes to the same file."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from app.uploads import store as store_module
from app.uploads.blocks import BLOCK
from app.uploads.names import NameHint
from app.uploads.store import IncomingStore

FILM = os.urandom(3 * BLOCK + 17)
SHA = hashlib.sha256(FILM).hexdigest()
STEPS = ("open", "close", "pwrite", "fsync", "mkdir", "rename", "replace", "unlink", "rmdir")
"""Every call by which the store could change the disk, and some between them."""

# A fork of a process with threads warns from Python 3.12 on; the child here only makes plain system calls.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Does `work` in a child that kills itself just before its `step`-th system call; whether it was killed."""
    child = os.fork()
    if child == 0:
        left = iter(range(step))

        def mortal(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **kwargs: Any) -> Any:
                if next(left, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **kwargs)

            return call

        for name in STEPS:
            setattr(os, name, mortal(getattr(os, name)))
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def every_kill(
    tmp_path: Path, prepare: Callable[[IncomingStore], str], work: Callable[[IncomingStore, str], object]
) -> Iterator[tuple[IncomingStore, str]]:
    """What each kill of `work` leaves: the store opened anew, and the id that `prepare` gave; last, without a kill."""
    for step in count():
        root = tmp_path / str(step) / "incoming"
        store = IncomingStore(root, max_size=10**9, reserve=0)
        upload_id = prepare(store)
        killed = killed_at(step, partial(work, store, upload_id))
        yield IncomingStore(root, max_size=10**9, reserve=0), upload_id
        if not killed:
            assert step > 3
            return


def begin(store: IncomingStore) -> str:
    return store.create(len(FILM), "staff-1", NameHint.NONE).id


def arrived(store: IncomingStore) -> str:
    upload_id = begin(store)
    store.append(upload_id, 0, io.BytesIO(FILM), len(FILM))
    return upload_id


def target_of(store: IncomingStore) -> Path:
    return store.root.parent / "kept.bin"


def test_creating(tmp_path: Path) -> None:
    seen = set()
    for store, _ in every_kill(tmp_path, lambda _: "", lambda store, _: begin(store)):
        uploads = list(store.uploads())
        seen.add(len(uploads))
        assert all((one.offset, one.length) == (0, len(FILM)) for one in uploads)
        for left in store.root.glob("new-*"):
            os.utime(left, (0, 0))
        store.expire()
        assert len(list(store.root.iterdir())) == len(uploads)
    assert seen == {0, 1}


def test_appending(tmp_path: Path) -> None:
    seen = set()
    for store, upload_id in every_kill(
        tmp_path, begin, lambda store, upload_id: store.append(upload_id, 0, io.BytesIO(FILM), None)
    ):
        offset = store.get(upload_id).offset
        seen.add(offset)
        assert (store.root / upload_id / "data").read_bytes() == FILM[:offset]
        store.append(upload_id, offset, io.BytesIO(FILM[offset:]), len(FILM) - offset)
        assert store.finish(upload_id).sha256 == SHA
    assert seen == {0, BLOCK, 2 * BLOCK, 3 * BLOCK, len(FILM)}


def test_finishing_and_taking(tmp_path: Path) -> None:
    seen = set()
    for store, upload_id in every_kill(
        tmp_path, arrived, lambda store, upload_id: store.take(upload_id, target_of(store))
    ):
        upload = store.get(upload_id)
        assert upload.complete
        seen.add(upload.taken)
        assert target_of(store).exists() is upload.taken
        assert store.finish(upload_id).sha256 == SHA
        assert store.take(upload_id, target_of(store)).size == len(FILM)
        assert target_of(store).read_bytes() == FILM
    assert seen == {False, True}


def test_deleting(tmp_path: Path) -> None:
    seen = set()
    for store, upload_id in every_kill(tmp_path, arrived, lambda store, upload_id: store.delete(upload_id)):
        left = [upload.id for upload in store.uploads()]
        seen.add(len(left))
        assert left in ([], [upload_id])
        assert all(store.finish(one).sha256 == SHA for one in left)
        store.expire()
        assert [path.name for path in store.root.iterdir()] == left
    assert seen == {0, 1}


ENDLESS = """
import sys
from pathlib import Path
from app.uploads.store import IncomingStore

class Endless:
    sent = 0
    def read(self, size, /):
        if self.sent > 1_000_000:
            print("well under way", flush=True)
        block = bytes((self.sent + n) % 251 for n in range(min(size, 20_000)))
        self.sent += len(block)
        return block

IncomingStore(Path(sys.argv[1]), 10**9, 0).append(sys.argv[2], 0, Endless(), None)
"""


def test_a_server_killed_in_the_middle_of_a_request(tmp_path: Path) -> None:
    store = IncomingStore(tmp_path / "incoming", max_size=10**9, reserve=0)
    upload = store.create(10**8, "staff-1", NameHint.NONE)
    server = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, store.root, upload.id],
        cwd=Path(store_module.__file__).parents[2],
        stdout=subprocess.PIPE,
    )
    with server:
        assert server.stdout
        assert server.stdout.readline() == b"well under way\n"
        server.kill()
    assert server.returncode == -signal.SIGKILL
    offset = store.get(upload.id).offset
    assert offset > 900_000
    kept = (store.root / upload.id / "data").read_bytes()
    assert kept == bytes(n % 251 for n in range(offset))
    assert store.append(upload.id, offset, io.BytesIO(b"on"), 2).offset == offset + 2
