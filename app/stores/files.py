"""Files of this machine's disk: written whole or not at all, and removed for good. Errors never name a path."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.uploads.disk import PRIVATE_FILE, PRIVATE_FOLDER, disk_faults, sync_folder
from media_pipeline.core.errors import Fault

_NO_LINKS = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP})
"""What a disk says that knows no links, or not from there to here."""

_NO_FOLDER = (FileNotFoundError, NotADirectoryError)
"""What a disk says of a folder that is not there, or no more: there is nothing in it."""

_TURNS = 100
"""How often what others remove too is begun again."""


def make_folder(folder: Path) -> None:
    """Makes `folder` and what is missing above it, for this user alone. Raises Fault."""
    with disk_faults():
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)


def make_empty(folder: Path) -> None:
    """`folder` as a new one: whatever was in it is of no worth. Raises Fault."""
    remove(folder)
    make_folder(folder)


def write(path: Path, content: str | bytes) -> None:
    """Replaces the file at `path`: after a crash it is the old one or the new one. Raises Fault."""
    new = path.with_name(path.name + ".new")
    with disk_faults():
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        sync_folder(path.parent)


def move(source: Path, target: Path) -> None:
    """Renames a file or a whole folder on one disk, replacing a file. Raises Fault."""
    with disk_faults():
        source.replace(target)
        sync_folder(target.parent)
        sync_folder(source.parent)


def link(source: Path, target: Path) -> None:
    """The file at `source` is at `target` too, without being copied where the disk knows links. Raises Fault."""
    make_folder(target.parent)
    remove(target)
    with disk_faults():
        try:
            os.link(source, target)
        except OSError as trouble:
            if trouble.errno not in _NO_LINKS:
                raise
            shutil.copyfile(source, target)


def sync_tree(folder: Path) -> None:
    """Makes every file below `folder`, and itself, survive a power cut. Raises Fault."""
    with disk_faults():
        for inside, _, names in os.walk(folder, onerror=_raised):
            for name in names:
                with (Path(inside) / name).open("rb") as file:
                    os.fsync(file.fileno())
            sync_folder(Path(inside))
        sync_folder(folder.parent)


def remove(path: Path) -> None:
    """Removes a file or folder and looks again. One that is not there is fine, and so is one that others are removing too.

    Raises Fault when something stays.
    """
    with disk_faults():
        for _ in range(_TURNS):
            if not path.is_dir() or path.is_symlink():
                break
            with suppress(FileNotFoundError):  # somebody else was quicker with a part of it: what is left goes next
                shutil.rmtree(path)
        path.unlink(missing_ok=True)
        if os.path.lexists(path):
            raise Fault("store-failed", "something could not be removed")


def exists(path: Path) -> bool:
    """Whether anything is at `path`, a link to nowhere too. Raises Fault."""
    with disk_faults():
        return os.path.lexists(path)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises Fault."""
    with disk_faults(), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def names_below(folder: Path) -> frozenset[str]:
    """Every file below `folder`, as paths from it; nothing of what others remove meanwhile. Raises Fault."""
    with disk_faults():
        return frozenset(
            str((Path(inside) / name).relative_to(folder))
            for inside, _, names in os.walk(folder, onerror=_unless_gone)
            for name in names
        )


def names_in(folder: Path) -> frozenset[str]:
    """Everything in `folder` itself; nothing when there is no such folder. Raises Fault."""
    with disk_faults():
        try:
            return frozenset(path.name for path in folder.iterdir())
        except _NO_FOLDER:
            return frozenset()


def _raised(trouble: OSError) -> None:
    raise trouble


def _unless_gone(trouble: OSError) -> None:
    if not isinstance(trouble, _NO_FOLDER):
        raise trouble


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process or thread at a time, while the others wait; a killed one lets go. The file stays. Raises Fault."""
    with disk_faults():
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        with disk_faults():
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
