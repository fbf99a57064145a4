"""A backup of everything that a shelf is: its database, its originals with all that was decided, and its public files, wherever
its store is.

It is a tar of `shelf.sqlite`, `private/<id>/…`, `public/<id>/…` and, last, `manifest.json` with the SHA-256 of each. The
database is one state of a shelf that may be at work; of files that it names and that were deleted meanwhile there are none.
What a step is making is left out: the worker makes it again. The server's key and settings are not in it. A shelf on PostgreSQL
is backed up in the same form, so that either can be restored as the other.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from app.db.copying import copy_to_file
from app.db.engine import Database
from app.settings import Settings
from app.stores import Kept, files, open_store
from app.stores.disk import OnDisk
from app.uploads.disk import disk_faults
from media_pipeline.core.errors import Fault, Refused

DATABASE, MANIFEST = "shelf.sqlite", "manifest.json"

IN_THE_MAKING = frozenset({"making", "render", "looking", "drafts"})
"""Folders of a recording that a step makes anew."""

_NAME = re.compile(r"(?:private|public)/[a-z0-9]{12,16}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")
"""What a file of a backup may be called: nothing that leads out of the data folder."""

_BLOCK = 1 << 20

_STAMP = "storyshelf-%Y-%m-%dT%H%M%SZ.tar"
"""The name of a backup in its folder, by when it was begun (UTC)."""


@dataclass(slots=True)
class Counted:
    """What was backed up or restored."""

    files: int = 0
    bytes: int = 0
    hashes: dict[str, str] = field(default_factory=dict)
    """SHA-256 by name."""

    def note(self, name: str, size: int, sha256: str) -> None:
        """One more file."""
        self.files, self.bytes = self.files + 1, self.bytes + size
        self.hashes[name] = sha256


def write(db: Database, settings: Settings, out: IO[bytes]) -> Counted:
    """Writes a backup to `out`, which need not be seekable. Raises Fault."""
    counted = Counted()
    with disk_faults(), TemporaryDirectory(dir=settings.data) as scratch:
        copy = Path(scratch, DATABASE)
        copy_to_file(db, copy)
        with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            _add(tar, OnDisk(copy), DATABASE, counted)
            for name, kept in _files(settings):
                _add(tar, kept, name, counted)
            told = json.dumps({"version": 1, "sha256": counted.hashes}, sort_keys=True).encode("ascii")
            head = tarfile.TarInfo(MANIFEST)
            head.size = len(told)
            tar.addfile(head, io.BytesIO(told))
    return counted


def write_into(db: Database, settings: Settings, folder: Path, moment: datetime) -> Path:
    """A backup in a folder of backups, and those whose time is over are deleted once it is there. Raises Fault."""
    with disk_faults():
        folder.mkdir(parents=True, exist_ok=True)
    path = folder / moment.strftime(_STAMP)
    coming = path.with_name(f"{path.name}.coming")
    try:
        with disk_faults(), coming.open("wb") as out:
            os.fchmod(out.fileno(), 0o600)
            write(db, settings, out)
            out.flush()
            os.fsync(out.fileno())
        files.move(coming, path)
    finally:
        coming.unlink(missing_ok=True)
    for old in sorted(folder.glob("storyshelf-*.tar")):
        if _made(old, moment) < moment - timedelta(days=settings.backups_days):
            files.remove(old)
    return path


def read(untrusted: IO[bytes], folder: Path) -> Counted:
    """Lays a backup's files below `folder`, each whole and as the manifest says.

    Raises Refused("backup-unreadable") when it is cut off, changed, or none of ours; Fault.
    """
    counted, told = Counted(), None
    try:
        with tarfile.open(fileobj=untrusted, mode="r|") as tar:
            for member in tar:
                body = tar.extractfile(member) if member.isreg() else None
                if body is None or told is not None:
                    raise Refused("backup-unreadable")
                if member.name == MANIFEST:
                    told = json.loads(body.read(1 << 28))
                    continue
                if member.name in counted.hashes or not (member.name == DATABASE or _NAME.fullmatch(member.name)):
                    raise Refused("backup-unreadable")
                with disk_faults():
                    counted.note(member.name, member.size, _laid_down(body, folder / member.name))
    except (tarfile.TarError, EOFError, ValueError):
        raise Refused("backup-unreadable") from None
    if not isinstance(told, dict) or told.get("version") != 1 or told.get("sha256") != counted.hashes:
        raise Refused("backup-unreadable")
    if DATABASE not in counted.hashes:
        raise Refused("backup-unreadable")
    return counted


def _made(path: Path, otherwise: datetime) -> datetime:
    try:
        return datetime.strptime(path.name, _STAMP).replace(tzinfo=otherwise.tzinfo)
    except ValueError:  # somebody else's
        return otherwise


def _files(settings: Settings) -> Iterator[tuple[str, Kept]]:
    store = open_store(settings)
    for root in (settings.private, settings.public):
        for name in sorted(store.names(root.name)):
            parts = name.split("/")
            if len(parts) > 1 and not (root == settings.private and parts[1] in IN_THE_MAKING):
                yield f"{root.name}/{name}", store.kept(f"{root.name}/{name}")


def _add(tar: tarfile.TarFile, kept: Kept, name: str, counted: Counted) -> None:
    if name != DATABASE and not _NAME.fullmatch(name):
        raise Fault("store-failed", "a file of another name than ours")
    try:
        size = kept.size()
        file = kept.open(0, size)
    except FileNotFoundError:  # deleted since it was listed: then it is not to be in any backup
        return
    with file:
        head = tarfile.TarInfo(name)
        head.size, head.mode = size, 0o600
        hashing = _Hashing(file)
        tar.addfile(head, hashing)
        counted.note(name, head.size, hashing.sha256)


class _Hashing(io.RawIOBase):
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._hash = file, hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Of what was read."""
        return self._hash.hexdigest()

    def read(self, size: int = -1) -> bytes:
        """As a file's."""
        block = self._file.read(size)
        self._hash.update(block)
        return block


def _laid_down(body: IO[bytes], path: Path) -> str:
    files.make_folder(path.parent)
    hashing = _Hashing(body)
    with path.open("xb") as out:
        os.fchmod(out.fileno(), 0o600)
        while block := hashing.read(_BLOCK):
            out.write(block)
    return hashing.sha256
