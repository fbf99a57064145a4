"""What a worker looks after beside its queues, round after round: what waits, what is over, and what has come to a stand.

Each of it is done by itself: trouble with one keeps none of the others from being done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

from app.db.engine import Database, now
from app.services import going_on, intake, retention, schedule, work
from app.services.jobs import ANALYSE, PUBLISH, DbosJobs
from app.services.logs import Log
from app.services.states import Event
from app.services.values import PrivateFolder
from app.services.watched import WatchFolder
from app.settings import Settings
from app.settings.kinds import StoreChoice
from app.worker.stranded import Stranded
from media_pipeline.core.errors import Fault, StoryshelfError

log = Log("worker")

Deed = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the worker lives."""

    queue_seconds: float = 1.0
    """How often the queues are looked at."""

    look_seconds: float = 15.0
    """How often it looks for work that nobody announced."""

    sweep: timedelta = timedelta(hours=1)
    """How often it deletes what is over."""

    again: timedelta = going_on.AGAIN
    """How long it waits before it takes up what a fault of the machine has stopped."""

    pauses: tuple[int, ...] = (2, 10, 30)
    """Seconds before each further try of a step that failed."""


class Rounds:
    """Those of one worker."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        jobs: DbosJobs,
        pace: Pace,
        stranded: Stranded,
        stopping: threading.Event,
    ) -> None:
        self._settings, self._db, self._jobs, self._pace = settings, db, jobs, pace
        self._stranded, self._stopping = stranded, stopping
        self._watched = WatchFolder(settings.watch_folder, stopping) if settings.watch_folder is not None else None
        self._swept_at = {leading: float("-inf") for leading in (True, False)}

    def go(self, leads: bool) -> None:
        """One round. What cannot be done is logged, and is tried again in the next."""
        for deed in self._deeds(leads):
            if self._stopping.is_set():
                return
            try:
                deed()
            except StoryshelfError as error:
                log.error("look-failed", code=error.code)
            except Exception as error:  # the queues go on meanwhile
                log.error("look-failed", error=type(error).__name__)

    def _deeds(self, leads: bool) -> Iterator[Deed]:
        """What is taken down comes first, and what may wait for a store last."""
        yield self._stranded.look
        if leads:
            yield lambda: take_over(self._db, self._jobs)
            yield lambda: schedule.release(self._db, now())
            yield lambda: adopt(self._settings, self._db, self._jobs)
        elsewhere = self._settings.store is not StoreChoice.DISK
        if (leads or elsewhere) and self._is_due(leads):
            yield self._sweep if leads else self._sweep_here
        if leads:
            yield lambda: going_on.go_on(self._db, self._settings, self._jobs, now(), self._pace.again)
        if leads or elsewhere:  # else who leads sees the same folder
            yield lambda: intake.resume(self._db, self._settings, intake.incoming(self._settings), self._jobs)
            if self._watched is not None:
                yield self._look_in_folder

    def _is_due(self, leads: bool) -> bool:
        return time.monotonic() - self._swept_at[leads] >= self._pace.sweep.total_seconds()

    def _sweep(self) -> None:
        swept = retention.sweep(self._db, self._settings, intake.incoming(self._settings), now())
        self._swept_at[True] = time.monotonic()
        traces = self._jobs.forget(now() - timedelta(days=self._settings.traces_days))
        log.info("swept", **asdict(swept), traces=traces)

    def _sweep_here(self) -> None:
        here = retention.sweep_here(self._db, self._settings, intake.incoming(self._settings))
        self._swept_at[False] = time.monotonic()
        log.info("swept-here", **asdict(here))

    def _look_in_folder(self) -> None:
        if self._watched is not None:
            self._watched.look(self._db, self._settings, self._jobs)


def take_over(db: Database, jobs: DbosJobs) -> None:
    """Begins anew what another version of the workflows was at. Cut off by a crash, it is done again."""
    for recording_id, attempt, workflow in jobs.left_behind():
        log.info("begun-anew", recording=recording_id, attempt=attempt)
        work.begin_anew(db, recording_id, attempt)
        jobs.give_up(workflow)


def adopt(settings: Settings, db: Database, jobs: DbosJobs) -> None:
    """Puts on the queues what should be there and is not, and fails what ended without a word.

    Raises Fault after all the others when a store cannot say whether an upload has come.
    """
    trouble: Fault | None = None
    for waiting in work.waiting(db):
        kind = PUBLISH if waiting.approval_id else ANALYSE
        known, ended = jobs.look(kind, waiting.recording_id, waiting.attempt)
        if ended:
            # given up because it killed its worker again and again; or no database could be told how it ended
            given_up = jobs.is_given_up(kind, waiting.recording_id, waiting.attempt)
            code = "unexpected" if given_up else "store-failed"
            if work.end(db, waiting.recording_id, waiting.attempt, Event.FAIL, code):
                log.error("given-up", recording=waiting.recording_id, attempt=waiting.attempt, code=code)
        elif not known and waiting.approval_id:
            jobs.publish(waiting.recording_id, waiting.approval_id, waiting.attempt)
        elif not known and trouble is None:
            folder = PrivateFolder(settings, waiting.recording_id)
            try:
                if folder.has(folder.original):
                    jobs.analyse(waiting.recording_id, waiting.attempt)
            except Fault as fault:
                trouble = fault
    if trouble is not None:
        raise trouble
