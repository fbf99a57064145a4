"""The few things the incoming store does to the disk, done so that neither a crash nor a full disk loses anything."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from media_pipeline.core.errors import Fault

PRIVATE_FILE = 0o600
"""Mode of every file: its owner alone reads it."""

PRIVATE_FOLDER = 0o700
"""Mode of every folder."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No room on the disk, none in the user's quota, none under a limit set for the process."""

_LEAST_ROOM = 4 << 20
"""Bytes for the files that a database makes when it is opened and written to."""


def write_all(descriptor: int, block: bytes, at: int) -> None:
    """Writes all of `block` at byte `at`; the system may take it in pieces. Raises OSError."""
    rest = memoryview(block)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        rest, at = rest[written:], at + written


class Beside:
    """Waits for the disk beside somebody who goes on writing."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._waiting = descriptor, Future[None]()
        self._thread: ThreadPoolExecutor | None = None
        self._waiting.set_result(None)

    def sync(self) -> None:
        """Begins to wait for what is written by now; first waits for what it was told before. Raises `Fault`."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="disk")
        self.wait()
        self._waiting = self._thread.submit(os.fdatasync, self._descriptor)

    def wait(self) -> None:
        """Returns when the disk has what it was told. Raises `Fault`."""
        with disk_faults():
            self._waiting.result()

    def end(self) -> None:
        """Returns when the descriptor is used no more."""
        if self._thread is not None:
            self._thread.shutdown()


@contextmanager
def closing_synced(descriptor: int) -> Iterator[Beside]:
    """A file that is being written; at the end, whatever happened, all of it is on the disk and it is closed. Raises `Fault`."""
    beside = Beside(descriptor)
    try:
        yield beside
    finally:
        beside.end()
        try:
            with disk_faults():
                os.fsync(descriptor)
            beside.wait()
        finally:
            os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Makes the names in `folder` survive a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_faults() -> Iterator[None]:
    """Turns the disk's errors into `Fault`s, without their text, which names paths."""
    try:
        yield
    except OSError as error:
        code = "disk-full" if error.errno in _FULL else "store-failed"
        raise Fault(code, f"the disk met {errno.errorcode.get(error.errno or 0, 'an error')}") from None


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written on the disk of `folder`. Raises OSError."""
    return shutil.disk_usage(folder).free


def is_full(folder: Path) -> bool:
    """Whether the disk of `folder` has no room for the files that a database makes. Raises OSError."""
    return free_bytes(folder) < _LEAST_ROOM


def remove_folder(folder: Path) -> None:
    """Removes a folder of files; another process may be doing the same. Raises `Fault`."""
    with disk_faults():
        try:
            for file in folder.iterdir():
                file.unlink(missing_ok=True)
            folder.rmdir()
        except FileNotFoundError:
            return
