"""The disk as a store: a file at its place is the file. Links, renames and sendfile stay what they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.stores import files
from app.stores.port import checked
from app.uploads.disk import disk_faults
from media_pipeline.core.errors import Fault


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A file on this disk, for whoever sends it."""

    path: Path
    """Where it lies."""

    @property
    def suffix(self) -> str:
        """See `Kept`, here and below."""
        return self.path.suffix

    def size(self) -> int:
        """Raises OSError."""
        return self.path.stat().st_size

    def open(self, start: int, end: int) -> BinaryIO:  # noqa: ARG002 - whoever reads knows the end
        """Raises OSError."""
        file = self.path.open("rb")
        file.seek(start)
        return file


class Disk:
    """Every file below one folder. See `Store`."""

    elsewhere = False

    def __init__(self, root: Path) -> None:
        self._root = root

    def place(self, name: str) -> Path:
        """Where it lies."""
        return self._root / name

    def keep(self, name: str) -> None:
        """It is kept where it was made; whoever makes it sees to it that it survives a power cut."""

    def put(self, name: str, source: Path, sha256: str) -> bool:
        """Linked, and every byte held against the hash before it has its name."""
        target = self.place(checked(name))
        coming = target.with_name(f"{target.name}.coming")
        files.link(source, coming)
        if files.sha256_of(coming) != sha256:
            files.remove(coming)
            return False
        files.move(coming, target)
        return True

    def settle(self, folder: str) -> None:
        """Waits for the disk."""
        files.sync_tree(self.place(folder))

    def here(self, name: str) -> Path:
        """It is where it is."""
        path = self.place(name)
        if not path.is_file():
            raise Fault("store-failed", "a file is not where it was kept")
        return path

    def bring(self, folder: str) -> None:
        """They are where they are."""

    def read(self, name: str) -> bytes:
        """All of it."""
        try:
            return self.place(name).read_bytes()
        except FileNotFoundError:
            raise
        except OSError:
            raise Fault("store-failed", "a file cannot be read") from None

    def write(self, name: str, text: str) -> None:
        """Whole or not at all."""
        path = self.place(name)
        files.make_folder(path.parent)
        files.write(path, text)

    def kept(self, name: str, size: int | None = None) -> OnDisk:  # noqa: ARG002 - the disk knows better
        """The file itself."""
        return OnDisk(self.place(name))

    def stamp(self, name: str) -> str:
        """When it was written (ns)."""
        with disk_faults():
            try:
                return str(self.place(name).stat().st_mtime_ns)
            except FileNotFoundError:
                return ""

    def names(self, folder: str) -> frozenset[str]:
        """As the disk has them."""
        return files.names_below(self.place(folder))

    def traces(self, folder: str) -> frozenset[str]:
        """There are no versions."""
        return self.names(folder)

    def folders(self, root: str) -> frozenset[str]:
        """As the disk has them."""
        return files.names_in(self.place(root))

    def remove(self, name: str) -> None:
        """And looks again."""
        files.remove(self.place(name))

    def anything(self, name: str) -> bool:
        """A link to nowhere too."""
        return files.exists(self.place(name))

    def let_go(self, folder: str) -> None:
        """There are no copies."""
