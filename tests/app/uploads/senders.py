"""A film of random bytes, and those who send it."""

from __future__ import annotations

import hashlib
import io
import os

from app.uploads.blocks import BLOCK
from app.uploads.names import NameHint
from app.uploads.record import Upload
from app.uploads.store import IncomingStore

FILM = os.urandom(3 * BLOCK + 17)
SHA = hashlib.sha256(FILM).hexdigest()
NOWHERE = "0" * 32


def begin(store: IncomingStore, length: int = len(FILM)) -> Upload:
    return store.create(length, "staff-1", NameHint.GALLERY)


def arrived(store: IncomingStore) -> Upload:
    upload = begin(store)
    return store.append(upload.id, 0, io.BytesIO(FILM), len(FILM))


def age(store: IncomingStore, upload_id: str, days: float) -> None:
    folder = store.root / upload_id
    for path in (*folder.iterdir(), folder):
        then = path.stat().st_mtime - days * 86400
        os.utime(path, (then, then))


class Broken(io.RawIOBase):
    """Gives some bytes, then the connection breaks."""

    def __init__(self, untrusted_bytes: bytes, error: Exception) -> None:
        self._source, self._error = io.BytesIO(untrusted_bytes), error

    def read(self, size: int = -1, /) -> bytes:
        if block := self._source.read(size):
            return block
        raise self._error
