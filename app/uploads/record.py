"""What is kept and told of an upload: ids, numbers and enumerations only, never the file's name."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from app.uploads.disk import PRIVATE_FILE, disk_faults, sync_folder, write_all
from app.uploads.names import NameHint
from media_pipeline.core.errors import Fault


@dataclass(frozen=True, slots=True)
class Record:
    """What lies beside the bytes of an upload."""

    owner: str
    """The id of the member of staff who sends it."""

    length: int
    """Bytes of the whole file, as told when it was created."""

    hint: NameHint
    """What its name hinted at."""

    created: int
    """When it was created, in seconds since 1970."""

    sha256: str
    """SHA-256 of the whole file, hexadecimal; empty until every byte is here and has been hashed."""

    def save(self, path: Path) -> None:
        """Replaces the record at `path`: after a crash it is the old one or the new one. Raises `Fault`."""
        new = path.with_suffix(".new")
        with disk_faults():
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
            try:
                write_all(descriptor, json.dumps(asdict(self)).encode(), at=0)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            new.replace(path)
            sync_folder(path.parent)

    @classmethod
    def load(cls, path: Path) -> Record:
        """The record at `path`. Raises `Fault` when it is missing or cannot be read."""
        try:
            fields = json.loads(path.read_bytes())
            return cls(
                owner=str(fields["owner"]),
                length=int(fields["length"]),
                hint=NameHint(fields["hint"]),
                created=int(fields["created"]),
                sha256=str(fields["sha256"]),
            )
        except (OSError, ValueError, TypeError, KeyError):
            raise Fault("store-failed", "the record of an upload cannot be read") from None


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload as it is now."""

    id: str
    """128 random bits, hexadecimal."""

    owner: str
    """The id of the member of staff who sends it."""

    length: int
    """Bytes of the whole file."""

    offset: int
    """Bytes that are safely on the disk."""

    hint: NameHint
    """What its name hinted at."""

    created: int
    """When it was created, in seconds since 1970."""

    expires: int
    """When it may be removed if no more of it comes, in seconds since 1970."""

    taken: bool
    """Whether its file has been moved to the private store, so that only the record is left."""

    @property
    def complete(self) -> bool:
        """Whether every byte has come."""
        return self.offset == self.length


@dataclass(frozen=True, slots=True)
class Complete:
    """A file that has come whole."""

    path: Path
    """Where it lies until it is taken."""

    sha256: str
    """SHA-256 of all its bytes, hexadecimal."""

    size: int
    """Bytes."""
