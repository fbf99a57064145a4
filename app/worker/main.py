"""A worker's life: seated, launched, looking after what waits and what is over, and ended cleanly."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import asdict, dataclass
from datetime import timedelta

import structlog
from dbos import DBOS, DBOSConfig

from app.db.engine import Database, now
from app.db.migrate import upgrade
from app.db.postgresql import LINE, is_postgresql
from app.services import intake, retention, schedule, work
from app.services.job_words import Words
from app.services.jobs import ANALYSE, APPLICATION, PUBLISH, VERSION, DbosJobs, prepare_work
from app.services.logs import configure_logging
from app.services.seats import Seat, take_seat
from app.services.states import Event
from app.services.values import PrivateFolder
from app.services.watched import WatchFolder
from app.settings import Settings
from app.stores import open_store
from app.worker.keeping import Keeper, ended_in_time
from app.worker.pipeline import Pipeline, open_pipeline
from app.worker.steps import Steps
from app.worker.workflows import register
from media_pipeline.core.errors import Fault, StoryshelfError

log = structlog.get_logger("worker")

_AGAIN_SECONDS = 2
"""How often a worker asks a database server that does not answer yet."""

_CONNECTIONS = 10
"""To the work database on PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the worker lives."""

    queue_seconds: float = 1.0
    """How often the queues are looked at."""

    look_seconds: float = 15.0
    """How often it looks for work that nobody announced."""

    sweep: timedelta = timedelta(hours=1)
    """How often it deletes what is over."""

    pauses: tuple[int, ...] = (2, 10, 30)
    """Seconds before each further try of a step that failed."""


def run_worker(settings: Settings, pipeline: Pipeline | None = None, pace: Pace | None = None) -> None:
    """Works until SIGTERM or SIGINT; the step in progress is then broken off and taken anew at the next start.

    Raises Fault: already-running, settings-unfit, no-sandbox, tool-missing, store-failed, database-away.
    """
    if any(name.startswith("DBOS") for name in os.environ):
        # They could make DBOS obey, and tell of its work to, someone elsewhere.
        raise Fault("settings-unfit", "variables named DBOS… are set in the environment")
    configure_logging()
    os.umask(0o077)
    pace = pace or Pace()
    settings.make_folders()
    stopping = threading.Event()
    _stop_on_signals(stopping)
    db = Database(settings.shelf_database)
    _wait_for_databases(settings, db, stopping)
    if stopping.is_set():
        return
    with take_seat(settings) as seat:
        jobs = DbosJobs(settings)
        keeper = Keeper(seat, jobs, DBOS._recover_pending_workflows, stopping)
        _launch(settings, Steps(settings, db, pipeline or open_pipeline(settings), stopping), pace, seat)
        try:
            keeper.start()
            log.info("started")
            _look_after(settings, db, jobs, pace, keeper, stopping)
        finally:
            stopping.set()
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=20)
            keeper.join()
            jobs.close()
            db.close()
            log.info("ended")
    ended_in_time(keeper)


def _wait_for_databases(settings: Settings, db: Database, stopping: threading.Event) -> None:
    """Makes them or brings them up to date, as soon as their server answers or until the worker is to end. Raises Fault."""
    while not stopping.is_set():
        try:
            upgrade(db)
            prepare_work(settings)
            return
        except Fault as error:
            if error.code != "database-away":
                raise
            log.warning("database-away")
            stopping.wait(_AGAIN_SECONDS)


def _launch(settings: Settings, steps: Steps, pace: Pace, seat: Seat) -> None:
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": settings.work_database,
        "application_version": VERSION,
        "executor_id": seat.name,
        "serializer": Words(),
        "log_level": "WARNING",
        "enable_otlp": False,
    }
    if is_postgresql(settings.work_database):
        config["db_engine_kwargs"] = {"connect_args": dict(LINE), "pool_size": _CONNECTIONS}
    DBOS(config=config)
    register(steps, pace.pauses)
    DBOS.launch()
    for queue in (ANALYSE, PUBLISH):
        # One of each at a time: an encode fills the machine, and staff wait for analyses meanwhile.
        DBOS.register_queue(
            queue, worker_concurrency=1, polling_interval_sec=pace.queue_seconds, on_conflict="always_update"
        )


def _look_after(
    settings: Settings, db: Database, jobs: DbosJobs, pace: Pace, keeper: Keeper, stopping: threading.Event
) -> None:
    watched = WatchFolder(settings.watch_folder, stopping) if settings.watch_folder is not None else None
    swept_at = {leading: float("-inf") for leading in (True, False)}
    while not stopping.is_set():
        leads = keeper.leads
        if not leads and not open_store(settings).elsewhere:  # who leads sees the same folder
            stopping.wait(pace.look_seconds)
            continue
        try:
            store = intake.incoming(settings)
            intake.resume(db, settings, store, jobs)
            if watched is not None:
                watched.look(db, settings, jobs)
            due = time.monotonic() - swept_at[leads] >= pace.sweep.total_seconds()
            if leads:
                take_over(db, jobs)
                schedule.release(db, now())
                adopt(settings, db, jobs)
            if leads and due:
                swept = retention.sweep(db, settings, store, now())
                swept_at[leads] = time.monotonic()
                log.info("swept", **asdict(swept), traces=jobs.forget(now() - timedelta(days=settings.traces_days)))
            elif due:
                here = retention.sweep_here(db, settings, store)
                swept_at[leads] = time.monotonic()
                log.info("swept-here", **asdict(here))
        except StoryshelfError as error:
            log.error("look-failed", code=error.code)
        except Exception as error:  # the queues go on meanwhile
            log.error("look-failed", error=type(error).__name__)
        stopping.wait(pace.look_seconds)


def take_over(db: Database, jobs: DbosJobs) -> None:
    """Begins anew what another version of the workflows was at. Cut off by a crash, it is done again."""
    for recording_id, attempt, workflow in jobs.left_behind():
        log.info("begun-anew", recording=recording_id, attempt=attempt)
        work.begin_anew(db, recording_id, attempt)
        jobs.give_up(workflow)


def adopt(settings: Settings, db: Database, jobs: DbosJobs) -> None:
    """Puts on the queues what should be there and is not, and fails what was given up without a word."""
    for waiting in work.waiting(db):
        kind = PUBLISH if waiting.approval_id else ANALYSE
        known, ended = jobs.look(kind, waiting.recording_id, waiting.attempt)
        if ended:
            if work.end(db, waiting.recording_id, waiting.attempt, Event.FAIL, "unexpected"):
                log.error("given-up", recording=waiting.recording_id, attempt=waiting.attempt)
        elif not known and waiting.approval_id:
            jobs.publish(waiting.recording_id, waiting.approval_id, waiting.attempt)
        elif not known and (folder := PrivateFolder(settings, waiting.recording_id)).has(folder.original):
            jobs.analyse(waiting.recording_id, waiting.attempt)


def _stop_on_signals(stopping: threading.Event) -> None:
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
