"""Work that is noted as being done here and is not: a full disk kept its workflow from noting its step, and its own end too."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.services.jobs import DbosJobs
from app.services.logs import Log
from app.services.seats import Seat

log = Log("worker")

STRANDED_SECONDS = 10.0
"""How long that is seen to be so before it is believed: between the note and the work lies a moment."""


class Running:
    """The workflows that this process is in."""

    def __init__(self) -> None:
        self._lock, self._ids = threading.Lock(), set[str]()

    @contextmanager
    def of(self, workflow: str) -> Iterator[None]:
        """While one is done."""
        with self._lock:
            self._ids.add(workflow)
        try:
            yield
        finally:
            with self._lock:
                self._ids.discard(workflow)

    @property
    def now(self) -> frozenset[str]:
        """Their ids."""
        with self._lock:
            return frozenset(self._ids)


class Stranded:
    """Puts such work back on its queue, where it goes on at the step that it was at."""

    def __init__(self, jobs: DbosJobs, seat: Seat, running: Running) -> None:
        self._jobs, self._seat, self._running = jobs, seat, running
        self._since: dict[str, float] = {}

    def look(self) -> int:
        """Returns how much. Raises DBOS's own when its database does not answer."""
        begun = self._jobs.begun_by(
            self._seat.name
        )  # before it is asked what runs: what ends between is no longer begun
        moment = time.monotonic()
        stands = begun - self._running.now
        self._since = {one: self._since.get(one, moment) for one in stands}
        found = sorted(one for one, since in self._since.items() if moment - since >= STRANDED_SECONDS)
        for workflow in found:
            log.info("stranded", workflow=workflow)
            self._jobs.go_on_with(workflow)
            del self._since[workflow]
        return len(found)
