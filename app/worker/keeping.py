"""Keeps a worker's seat, and takes over what others were at whose seats are empty: a thread beside the work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from app.services.jobs import DbosJobs
from app.services.logs import Log
from app.services.seats import Seat
from media_pipeline.core.errors import Fault, StoryshelfError

log = Log("worker")

EVERY_SECONDS = 4.0
"""How often a seat is made sure of."""

EMPTY_SECONDS = 10.0
"""How long a seat is seen empty before its work is taken over: after a restart of the server everybody sits down again first."""

LOST_SECONDS = 20.0
"""Without an answer for so long, a worker ends: the server keeps its seat no longer, and ten seconds later others go on."""


class Keeper:
    """Looks after one seat until the worker ends, or the seat is lost: then it ends the worker."""

    def __init__(
        self, seat: Seat, jobs: DbosJobs, take_over: Callable[[list[str]], object], stopping: threading.Event
    ) -> None:
        self._seat, self._jobs, self._take_over, self._stopping = seat, jobs, take_over, stopping
        self._held_at = time.monotonic()
        self._empty_since: dict[str, float] = {}
        self._leads = threading.Event()
        self.lost = False
        self._thread = threading.Thread(target=self._keep, name="seat", daemon=True)

    @property
    def leads(self) -> bool:
        """Whether this worker does what is done once for all."""
        return self._leads.is_set()

    def start(self) -> None:
        """From now on. Raises Fault."""
        self._look()
        self._thread.start()

    def join(self) -> None:
        """Waits until the thread has ended, once the worker ends."""
        if self._thread.is_alive():
            self._thread.join(LOST_SECONDS)

    def _keep(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            try:
                self._look()
            except StoryshelfError as error:
                log.warning("seat-not-kept", code=error.code)
            except Exception as error:  # DBOS's own
                log.warning("seat-not-kept", error=type(error).__name__)
            if self.lost or time.monotonic() - self._held_at > LOST_SECONDS:
                self.lost = True
                self._leads.clear()
                self._stopping.set()

    def _look(self) -> None:
        if not self._seat.hold():
            self.lost = True
            return
        self._held_at = time.monotonic()
        if self._seat.leads():
            self._leads.set()
        else:
            self._leads.clear()
        self._take_over_from(self._jobs.at_work() - self._seat.taken())

    def _take_over_from(self, empty: frozenset[str]) -> None:
        moment = time.monotonic()
        self._empty_since = {name: self._empty_since.get(name, moment) for name in empty}
        gone = sorted(name for name, since in self._empty_since.items() if moment - since >= EMPTY_SECONDS)
        if gone:
            log.info("taken-over", seats=len(gone))
            self._take_over(gone)  # DBOS gives each workflow to one alone, whoever asks as well


def ended_in_time(keeper: Keeper) -> None:
    """Raises Fault("database-away") when the worker ended because its seat was lost."""
    if keeper.lost:
        raise Fault("database-away", "the seat is lost")
