"""A folder in which pieces of work are made, each whole or not at all, by any number of processes.

room/plan               whose pieces these are
room/NAME.lock          held by whoever makes NAME: it goes with its holder, however that ends
room/NAME.making/       what is half made; thrown away by the next one who takes it up
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.ports.watch import Watch

TRIES = 3
"""How often a piece is tried before the work stops: a tool that was killed once for lack of memory may well do next time."""

_WORTH_ANOTHER = frozenset({"tool-failed", "tool-killed"})

Make = Callable[[Path], None]
"""Makes files, under their own names, in the empty folder that it is handed."""


Needless = Callable[[], bool]
"""Whether pieces need not be made, though they are not there."""

_WAIT = 0.2
"""Seconds between two looks at what others are making."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work."""

    name: str
    wanted: tuple[Path, ...]
    make: Make


class Workroom:
    """One plan's pieces on their way."""

    def __init__(self, folder: Path, belongs_to: str, *others: Path) -> None:
        """Opens the room for the plan of that digest; pieces of another plan in it, and in `others`, are thrown away.

        Raises Fault.
        """
        self.folder = folder
        with _disk():
            for place in (folder, *others):
                place.mkdir(parents=True, exist_ok=True)
            with self._held("plan", wait=True):
                mark = folder / "plan"
                if not mark.exists() or mark.read_text("ascii") != belongs_to:
                    for place in (folder, *others):
                        _empty(place, spare={folder, folder / "plan.lock"})  # the room may lie in another place
                    mark.write_text(belongs_to, "ascii")

    def bring_all(self, jobs: Iterable[Job], watch: Watch, *, needless: Needless | None = None) -> None:
        """Makes all that is not there, with whoever else is at it, and waits for what others are making.

        Raises as `bring` does; Cancelled when the watch says so.
        """
        waiting = list(jobs)
        while waiting:
            left = []
            for job in waiting:
                if watch.cancelled():
                    raise Cancelled("cancelled")
                if not self.bring(job.name, job.wanted, job.make, needless=needless):
                    left.append(job)
            if len(left) == len(waiting):
                time.sleep(_WAIT)
            waiting = left

    def bring(self, name: str, wanted: Sequence[Path], make: Make, *, needless: Needless | None = None) -> bool:
        """Makes the files `wanted` unless they are there, or `needless` says so; False when another process is making them.

        Files that `make` leaves in its folder under the names of `wanted` are moved to their places, the others thrown
        away. Raises Fault: "chunk-failed" when `make` failed three times, whatever else it raises at once.
        """

        def done() -> bool:
            return all(path.exists() for path in wanted) or (needless is not None and needless())

        if done():
            return True
        with _disk(), self._held(name, wait=False) as held:
            if not held:
                return False
            if not done():
                self._make(name, wanted, make)
            return True

    def forget(self, *names: str) -> None:
        """Throws away what is no longer needed."""
        with _disk():
            for name in names:
                (self.folder / name).unlink(missing_ok=True)

    def _make(self, name: str, wanted: Sequence[Path], make: Make) -> None:
        making = self.folder / f"{name}.making"
        for attempt in range(1, TRIES + 1):
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            try:
                make(making)
                break
            except Cancelled:
                raise
            except Fault as trouble:
                if trouble.code not in _WORTH_ANOTHER:
                    raise
                if attempt == TRIES:
                    raise Fault("chunk-failed", f"{name}: {trouble.code}, {trouble.detail}") from None
        made = {path.name: path for path in making.rglob("*") if path.is_file()}
        for path in made.values():
            with path.open("rb") as file:
                os.fsync(file.fileno())  # a name must never stand for bytes that a power cut takes away
        for target in wanted:
            target.parent.mkdir(exist_ok=True)
            made[target.name].replace(target)
        shutil.rmtree(making)

    @contextmanager
    def _held(self, name: str, *, wait: bool) -> Iterator[bool]:
        """Holds the lock of a piece; whether it could be had."""
        descriptor = os.open(self.folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)


def _empty(folder: Path, spare: set[Path]) -> None:
    for path in folder.iterdir():
        if path in spare:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextmanager
def _disk() -> Iterator[None]:
    """Trouble with our own files becomes a `Fault`, without their names."""
    try:
        yield
    except OSError as trouble:
        code = "disk-full" if trouble.errno in (errno.ENOSPC, errno.EDQUOT) else "store-failed"
        raise Fault(code, f"a file failed ({errno.errorcode.get(trouble.errno or 0, 'unknown')})") from None
