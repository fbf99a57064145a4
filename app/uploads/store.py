"""The incoming store: uploads on the local disk, each in a folder of its own under a random name.

    <root>/new-<id>/    being made; holds no byte of the file yet
    <root>/<id>/        data (the bytes so far), record.json, lock
    <root>/gone-<id>/   being removed

Folders change their names atomically, so whatever a crash leaves is told by its name. How much of an upload is
here is the size of `data`, never a number written elsewhere that could disagree with it.

The lock is held for one block at a time, not for a whole request: a sender whose connection died unnoticed
cannot keep the next one out, but finds at its next block that the upload has moved on.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from app.uploads import hashes
from app.uploads.blocks import Reader, blocks
from app.uploads.disk import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    Beside,
    closing_synced,
    disk_faults,
    free_bytes,
    remove_folder,
    sync_folder,
    write_all,
)
from app.uploads.names import NameHint
from app.uploads.record import Complete, Record, Upload
from media_pipeline.core.errors import Fault, Refused, Stale, StoryshelfError

SYNC_EVERY = 8 * 1024 * 1024
"""Bytes after which they are written to the disk and hashed, beside those that still come: the answer has little to wait for."""

_ID = re.compile(r"[0-9a-f]{32}")
_DATA, _RECORD, _LOCK = "data", "record.json", "lock"
_NEW, _GONE = "new-", "gone-"


class IncomingStore:
    """Uploads under one folder, for any number of threads and processes of one machine."""

    def __init__(self, root: Path, max_size: int, reserve: int, lifetime: timedelta = timedelta(days=7)) -> None:
        """Makes `root` where it is missing.

        `max_size` is the largest file in bytes, `reserve` the bytes of the disk that uploads leave free, `lifetime`
        how long an unfinished upload waits for its next byte. Raises `Fault`.
        """
        self.root, self.max_size, self.reserve, self.lifetime = root, max_size, reserve, lifetime
        with disk_faults():
            root.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            root.chmod(PRIVATE_FOLDER)

    def create(self, length: int, owner: str, hint: NameHint) -> Upload:
        """A new, empty upload of `length` bytes for the member of staff with the id `owner`.

        Raises `Refused` (empty, too large), `Fault("disk-full")` when there is no room for all of it, and `Fault`.
        """
        if length < 1:
            raise Refused("empty")
        if length > self.max_size:
            raise Refused("too-large-file")
        self._need_room(length)
        upload_id = secrets.token_hex(16)
        half_made = self.root / f"{_NEW}{upload_id}"
        try:
            with disk_faults():
                half_made.mkdir(mode=PRIVATE_FOLDER)
                for name in (_DATA, _LOCK):
                    (half_made / name).touch(mode=PRIVATE_FILE, exist_ok=False)
                Record(owner, length, hint, int(time.time()), "").save(half_made / _RECORD)
                half_made.rename(self.root / upload_id)
                sync_folder(self.root)
        except StoryshelfError:
            shutil.rmtree(half_made, ignore_errors=True)  # what cannot be removed now goes at the next sweep
            raise
        return self.get(upload_id)

    def get(self, upload_id: str) -> Upload:
        """The upload as it is on the disk. Raises `Refused("no-upload")` and `Fault`."""
        with self._held(upload_id) as folder:
            return self._look(folder)

    def uploads(self) -> Iterator[Upload]:
        """Every upload that can be read, in no order. After a crash: those complete and not taken wait for intake."""
        with disk_faults():
            names = [entry.name for entry in self.root.iterdir() if _ID.fullmatch(entry.name)]
        for name in names:
            try:
                upload = self.get(name)
            except (Refused, Fault):  # removed meanwhile, or unreadable: `expire` reports those
                continue
            yield upload

    def append(self, upload_id: str, offset: int, reader: Reader, expected: int | None) -> Upload:
        """Adds what `reader` gives from byte `offset` on; what came is on the disk when this returns or raises.

        `expected` is how many bytes were announced, or None. A reader that ends early or raises OSError is a
        broken connection: what came is kept, and the rest may follow. Its other exceptions pass through.

        Raises `Stale("upload-moved")` when the upload is not at `offset`, or another sender has gone on with it;
        `Refused("no-upload")`; `Refused("file-changed")` for bytes past the end, which are not written;
        `Fault("disk-full")` and `Fault("store-failed")`.
        """
        upload = self.get(upload_id)
        if offset != upload.offset:
            raise Stale("upload-moved")
        # One byte more than fits tells a file that has grown from one that has just ended.
        limit = upload.length - offset + 1 if expected is None else expected
        if expected is not None and offset + expected > upload.length:
            raise Refused("file-changed")
        if upload.complete:
            if any(blocks(reader, limit)):
                raise Refused("file-changed")
            return upload
        with self._held(upload_id) as folder, disk_faults():
            data = os.open(folder / _DATA, os.O_WRONLY | os.O_CLOEXEC)
        with closing_synced(data) as beside:
            self._receive(upload, data, blocks(reader, limit), beside)
        return self.get(upload_id)

    def finish(self, upload_id: str) -> Complete:
        """The whole file with its hash, which is computed once and kept.

        Raises ValueError when bytes are still missing, `Refused("no-upload")` and `Fault`.
        """
        with self._held(upload_id) as folder:
            upload, record = self._look(folder), Record.load(folder / _RECORD)
        if not upload.complete:
            raise ValueError("an upload is finished when all of it has come")
        if not record.sha256:
            with disk_faults():
                record = replace(record, sha256=hashes.sha256_of(folder / _DATA, record.length))
            with self._held(upload_id):
                record.save(folder / _RECORD)
        return Complete(folder / _DATA, record.sha256, record.length)

    def take(self, upload_id: str, target: Path) -> Complete:
        """Moves the whole file to `target`, on the same disk and in a folder that is there; again is the same.

        The record stays until it expires, so that a sender who missed the last answer learns that all has come.
        Raises what `finish` raises, and `Fault("store-failed")` when another file is at `target`.
        """
        whole = self.finish(upload_id)
        with self._held(upload_id) as folder, disk_faults():
            if whole.path.exists():
                if target.exists():
                    raise Fault("store-failed", "a file is already where an upload should go")
                whole.path.replace(target)
            elif not target.is_file() or target.stat().st_size != whole.size:
                raise Fault("store-failed", "an upload is not where it was taken to")
            sync_folder(target.parent)
            sync_folder(folder)
        return replace(whole, path=target)

    def delete(self, upload_id: str) -> None:
        """Removes the upload and every byte of it that is here. Raises `Refused("no-upload")` and `Fault`."""
        with self._held(upload_id) as folder:
            self._bury(folder)

    def expire(self, older_than: timedelta | None = None) -> int:
        """Removes what nobody went on with for `older_than` (else the store's lifetime), and what crashes left.

        Complete uploads stay until they are taken or deleted. Returns how many uploads were removed; raises `Fault`
        after all the others when one cannot be read or removed.
        """
        before = time.time() - (self.lifetime if older_than is None else older_than).total_seconds()
        removed, failed = 0, False
        with disk_faults():
            folders = list(self.root.iterdir())
        for folder in folders:
            try:
                removed += self._expire_one(folder, before)
            except Refused:  # removed meanwhile
                continue
            except Fault:
                failed = True
        if failed:
            raise Fault("store-failed", "an old upload cannot be read or removed")
        return removed

    def _expire_one(self, folder: Path, before: float) -> bool:
        if folder.name.startswith(_GONE):
            remove_folder(folder)
        elif folder.name.startswith(_NEW):
            with disk_faults(), suppress(FileNotFoundError):  # its maker has just finished
                if folder.stat().st_mtime < before:
                    remove_folder(folder)
        elif _ID.fullmatch(folder.name):
            with self._held(folder.name):
                upload = self._look(folder)
                if upload.expires < before + self.lifetime.total_seconds() and (upload.taken or not upload.complete):
                    self._bury(folder)
                    return True
        return False

    def _receive(self, upload: Upload, data: int, coming: Iterator[bytes], beside: Beside) -> None:
        position = asked = upload.offset
        self._need_room(0)
        for block in coming:
            if position + len(block) > upload.length:
                raise Refused("file-changed")
            with self._held(upload.id), disk_faults():
                if os.fstat(data).st_size != position:
                    raise Stale("upload-moved")
                write_all(data, block, at=position)
            position += len(block)
            if position - asked >= SYNC_EVERY:
                beside.sync()
                hashes.go_on(self.root / upload.id / _DATA)
                asked = position
                self._need_room(0)

    def _look(self, folder: Path) -> Upload:
        """The upload in a folder that is held, after waiting until its bytes are on the disk."""
        record = Record.load(folder / _RECORD)
        with disk_faults():
            active = folder.stat().st_mtime
            # The hash is only known of a whole file, so one that has a hash and no bytes was taken.
            taken = bool(record.sha256) and not (folder / _DATA).exists()
            offset = record.length
            if not taken:
                with (folder / _DATA).open("rb") as data:
                    os.fsync(data.fileno())
                    status = os.fstat(data.fileno())
                offset, active = status.st_size, max(active, status.st_mtime)
        expires = int(active + self.lifetime.total_seconds())
        return Upload(folder.name, record.owner, record.length, offset, record.hint, record.created, expires, taken)

    def _need_room(self, length: int) -> None:
        with disk_faults():
            room = free_bytes(self.root) - self.reserve
        if room < length:
            raise Fault("disk-full", "no room for an upload beside the reserve")

    @contextmanager
    def _held(self, upload_id: str) -> Iterator[Path]:
        """The folder of an upload, for one short change at a time; a killed process lets go of it."""
        if not _ID.fullmatch(upload_id):
            raise Refused("no-upload")
        folder = self.root / upload_id
        with disk_faults():
            try:
                lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
            except FileNotFoundError:
                raise Refused("no-upload") from None
        try:
            with disk_faults():
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not folder.exists():  # removed while we waited
                    raise Refused("no-upload")
            yield folder
        finally:
            os.close(lock)

    def _bury(self, folder: Path) -> None:
        """Makes a held folder vanish at once, then removes it; a crash between leaves that to the next sweep."""
        gone = self.root / f"{_GONE}{folder.name}"
        with disk_faults():
            folder.rename(gone)
            sync_folder(self.root)
        remove_folder(gone)
