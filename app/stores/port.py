"""What a store of files is. One suite of tests holds for every store: `tests/contracts/test_store.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol

from media_pipeline.core.errors import Fault

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


def checked(name: str) -> str:
    """The name, if it is made of ids and our own file names: nothing that leads elsewhere. Raises Fault."""
    if not _NAME.fullmatch(name):
        raise Fault("store-failed", "a file of another name than ours")
    return name


def ours(names: Iterable[str]) -> frozenset[str]:
    """Those that could be ours: what else lies there is not touched."""
    return frozenset(name for name in names if _NAME.fullmatch(name))


class Kept(Protocol):
    """A file in a store, for whoever sends it."""

    @property
    def suffix(self) -> str:
        """What its name ends in, such as `.mp4`."""

    def size(self) -> int:
        """Bytes. Raises FileNotFoundError when it is not there; Fault."""

    def open(self, start: int, end: int) -> BinaryIO:
        """The bytes [start, end), to be read from here on; a reader may stop at `end` by itself. Raises as `size`.

        What it gives has a `fileno` where it can be sent by the system.
        """


class Store(Protocol):
    """Files by name. A name of a folder stands for all below it. Everything raises Fault; nothing is lost by one."""

    @property
    def elsewhere(self) -> bool:
        """Whether the files lie elsewhere, so that places hold copies to work with."""

    def place(self, name: str) -> Path:
        """Where a file is worked on."""

    def keep(self, name: str) -> None:
        """The file or the folder of files that was made at its place is in the store when this returns, every byte of it."""

    def put(self, name: str, source: Path, sha256: str) -> bool:
        """A copy of the file `source` is in the store when this is True; False when its SHA-256 is another.

        Whatever a crash leaves, there is never half a file under that name.
        """

    def settle(self, folder: str) -> None:
        """Makes what was put below a folder survive a power cut."""

    def here(self, name: str) -> Path:
        """The file at its place, whole. Raises Fault("store-failed") when it is not there: that is our trouble."""

    def bring(self, folder: str) -> None:
        """Every file below a folder is at its place."""

    def read(self, name: str) -> bytes:
        """A small file. Raises FileNotFoundError when it is not there."""

    def write(self, name: str, text: str) -> None:
        """Replaces a small file: after a crash it is the old one or the new one, and nothing of the old one stays."""

    def kept(self, name: str, size: int | None = None) -> Kept:
        """A file to send; `size` where that is known. It need not be there."""

    def stamp(self, name: str) -> str:
        """Another stamp means another content; empty when there is no such file."""

    def names(self, folder: str) -> frozenset[str]:
        """Every file below a folder, as paths from it."""

    def traces(self, folder: str) -> frozenset[str]:
        """The same, with everything of which a version, a mark or a part of an unfinished upload is left."""

    def folders(self, root: str) -> frozenset[str]:
        """The first part of every name below `root` of which anything is left, here or there."""

    def remove(self, name: str) -> None:
        """Removes a file or folder with its copies here, all versions and unfinished parts, and looks again.

        One that is not there is fine. Raises Fault when something stays.
        """

    def anything(self, name: str) -> bool:
        """Whether anything is left of a file or folder, in whatever version."""

    def let_go(self, folder: str) -> None:
        """Removes the copies here, if they are copies."""


def keep_only(store: Store, folder: str, names: frozenset[str]) -> None:
    """Removes every file below a folder that is not one of `names`; the whole folder when there are none. Raises Fault."""
    if not names:
        store.remove(folder)
        return
    for name in store.traces(folder) - names:
        store.remove(f"{folder}/{name}")
