"""SHA-256 of files that are still growing: what has come is hashed while more comes, so that nobody waits for all of it at the end.

It lives in this process only. After a restart, or in another process, a file is hashed from its beginning: slower, and the same.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

_BLOCK = 256 * 1024
_MOST = 64
"""Files whose hash is kept; the one that was looked at longest ago is forgotten."""


class _Running:
    def __init__(self) -> None:
        self.lock, self.hashing, self.done = threading.Lock(), hashlib.sha256(), 0


_running: OrderedDict[Path, _Running] = OrderedDict()
_looking = threading.Lock()
_beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hashes")


def sha256_of(path: Path, size: int) -> str:
    """SHA-256 of a file that is whole, hexadecimal; `size` is how many bytes it has. Raises OSError."""
    running = _running_of(path)
    with running.lock:
        _catch_up(running, path)
        if running.done != size:  # it is not the file that grew here
            running.hashing, running.done = hashlib.sha256(), 0
            _catch_up(running, path)
        told = running.hashing.hexdigest()
    with _looking:
        _running.pop(path, None)
    return told


def go_on(path: Path) -> None:
    """Hashes what is new of a file, beside whoever asks. It may only ever grow. Raises nothing."""
    _beside.submit(_go_on, _running_of(path), path)


def _go_on(running: _Running, path: Path) -> None:
    with running.lock, suppress(OSError):  # it is gone; whoever needs its hash is told of any other trouble
        _catch_up(running, path)


def _running_of(path: Path) -> _Running:
    with _looking:
        running = _running.pop(path, None) or _Running()
        _running[path] = running
        while len(_running) > _MOST:
            _running.popitem(last=False)
    return running


def _catch_up(running: _Running, path: Path) -> None:
    block = memoryview(bytearray(_BLOCK))
    with path.open("rb", buffering=0) as file:
        file.seek(running.done)
        while count := file.readinto(block):
            running.hashing.update(block[:count])
            running.done += count
