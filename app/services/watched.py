"""A folder that recordings are put into by other programs: what lies still there is taken in as if it had been uploaded.

Each file that is taken gets the name of its upload first (`.storyshelf-<id>`), so that after a crash the same upload goes on and
nothing is taken twice. What is not taken, such as a chat, stays where it is, and an administrator is told how much that is.
"""

from __future__ import annotations

import os
import re
import stat
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.db.engine import Database
from app.services import audit, intake
from app.services.jobs import Jobs
from app.services.logs import Log
from app.settings import Settings
from app.uploads.blocks import Reader
from app.uploads.disk import disk_faults
from app.uploads.names import REFUSED_HINTS, classify_name
from app.uploads.store import IncomingStore
from media_pipeline.core.errors import Fault, Refused, StoryshelfError

STILL_SECONDS = 30.0
"""How long a file has to be as it is: others may still be writing it."""

OWNER = "watch folder"
"""Whose uploads these are: nobody's on the staff."""

_TAKEN = re.compile(r"\.storyshelf-([0-9a-f]{32})")
_UNFINISHED = (".part", ".tmp", ".crdownload", ".download", ".filepart")
"""What programs end the names of files with that they have not written to the end."""

log = Log("watched")


@dataclass
class WatchFolder:
    """One folder, as long as a worker lives: it remembers since when each file is as it is."""

    folder: Path
    stopping: threading.Event
    _since: dict[str, tuple[int, int, float]] = field(default_factory=dict)
    """By name: bytes, when changed (ns), and since when it is so. In memory alone: names tell of people."""

    def look(self, db: Database, settings: Settings, jobs: Jobs, now: float | None = None) -> int:
        """Takes in what lies still; returns how much. One that cannot be taken keeps no other from it. Raises Fault."""
        moment = time.monotonic() if now is None else now
        store, taken = intake.incoming(settings), 0
        for upload_id, path in self._begun():
            taken += self._go_on(db, settings, jobs, store, upload_id, path)
        for path in self._still(moment):
            if self.stopping.is_set():
                break
            with suppress(Refused):  # it stays, and is counted by `left_in`
                hint = classify_name(path.name)
                if hint in REFUSED_HINTS:
                    continue
                upload = store.create(path.stat().st_size, OWNER, hint)
                ours = self.folder / f".storyshelf-{upload.id}"
                with disk_faults():
                    path.rename(ours)
                taken += self._go_on(db, settings, jobs, store, upload.id, ours)
        return taken

    def _begun(self) -> list[tuple[str, Path]]:
        with disk_faults():
            found = [(_TAKEN.fullmatch(path.name), path) for path in self.folder.iterdir()]
        return [(match[1], path) for match, path in found if match]

    def _still(self, moment: float) -> list[Path]:
        """Files that have been as they are for long enough."""
        seen: dict[str, tuple[int, int, float]] = {}
        for path in _files(self.folder):
            with suppress(FileNotFoundError):
                status = path.stat()
                size, changed, since = self._since.get(path.name, (-1, -1, moment))
                same = (size, changed) == (status.st_size, status.st_mtime_ns)
                seen[path.name] = (status.st_size, status.st_mtime_ns, since if same else moment)
        self._since = seen
        return [self.folder / name for name, (*_, since) in sorted(seen.items()) if moment - since >= STILL_SECONDS]

    def _go_on(
        self, db: Database, settings: Settings, jobs: Jobs, store: IncomingStore, upload_id: str, path: Path
    ) -> bool:
        """Takes in the rest of one file, and removes it. False when something else has to happen first."""
        try:
            upload = store.get(upload_id)
            if not upload.complete and not upload.taken:
                with disk_faults(), open(path, "rb", opener=_no_link) as file:
                    file.seek(upload.offset)
                    upload = store.append(upload_id, upload.offset, _Stoppable(file, self.stopping), None)
                if not upload.complete:  # the worker ends, and goes on with it when it is back
                    return False
            recording_id = intake.accept(db, settings, store, jobs, upload_id)
        except StoryshelfError as error:
            log.warning("not-taken", upload=upload_id, code=error.code)
            if isinstance(error, Fault):
                raise
            with disk_faults():  # its upload is over: it is looked at anew, as a file that tells nothing by its name
                path.rename(self.folder / f"recording-{upload_id}")
            return False
        with disk_faults():
            path.unlink()
        audit.note(db, None, "upload", upload_id)
        log.info("taken", recording=recording_id)
        return True


def left_in(folder: Path) -> Mapping[str, int]:
    """How many files lie there that are not taken, by what their names hint at. Raises Fault."""
    hints = (classify_name(path.name) for path in _files(folder))
    return Counter(hint.value for hint in hints if hint in REFUSED_HINTS)


def _files(folder: Path) -> Iterator[Path]:
    """Those that anything could be about: no folder, no link, nothing hidden or still on its way."""
    with disk_faults():
        paths = sorted(folder.iterdir())
    for path in paths:
        if path.name.startswith(".") or path.name.casefold().endswith(_UNFINISHED):
            continue
        with suppress(FileNotFoundError):
            if stat.S_ISREG(path.lstat().st_mode):
                yield path


def _no_link(path: str, flags: int) -> int:
    """Whoever may write there could put a link to anything of ours in a file's place at the last moment."""
    return os.open(path, flags | os.O_NOFOLLOW)


class _Stoppable:
    """A file that ends early when the worker is to end."""

    def __init__(self, file: Reader, stopping: threading.Event) -> None:
        self._file, self._stopping = file, stopping

    def read(self, size: int) -> bytes:
        """As a file's."""
        return b"" if self._stopping.is_set() else self._file.read(size)
