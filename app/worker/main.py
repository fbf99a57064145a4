"""A worker's life: seated, launched, going its rounds, and ended cleanly."""

from __future__ import annotations

import os
import signal
import threading
from queue import SimpleQueue

from dbos import DBOS, DBOSConfig

from app.db.engine import Database
from app.db.migrate import upgrade
from app.db.postgresql import LINE, is_postgresql
from app.services.job_words import Words
from app.services.jobs import ANALYSE, APPLICATION, PUBLISH, VERSION, DbosJobs, prepare_work
from app.services.logs import Log, configure_logging
from app.services.seats import Seat, take_seat
from app.settings import Settings
from app.uploads.disk import disk_faults, is_full
from app.worker.keeping import Keeper, ended_in_time
from app.worker.pipeline import Pipeline, open_pipeline
from app.worker.rounds import Pace, Rounds
from app.worker.steps import Steps
from app.worker.stranded import Running, Stranded
from app.worker.workflows import register
from media_pipeline.core.errors import Fault

log = Log("worker")

_AGAIN_SECONDS = 2
"""How often a worker asks a database server that does not answer yet, or looks whether there is room."""

_CONNECTIONS = 10
"""To the work database on PostgreSQL."""


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
        running = Running()
        rounds = Rounds(settings, db, jobs, pace, Stranded(jobs, seat, running), stopping)
        _launch(settings, Steps(settings, db, pipeline or open_pipeline(settings), stopping), running, pace, seat)
        try:
            keeper.start()
            log.info("started")
            _look_after(rounds, pace, keeper, stopping)
        finally:
            stopping.set()
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=20)
            keeper.join()
            jobs.close()
            db.close()
            log.info("ended")
    ended_in_time(keeper)


def _wait_for_databases(settings: Settings, db: Database, stopping: threading.Event) -> None:
    """Makes them or brings them up to date, as soon as their server answers and there is room, or until the worker is to end.

    Raises Fault.
    """
    while not stopping.is_set():
        try:
            with disk_faults():
                if is_full(settings.data):
                    raise Fault("disk-full", "no room to begin")
            upgrade(db)
            prepare_work(settings)
            return
        except Fault as error:
            if error.code not in ("database-away", "disk-full"):
                raise
            log.warning(error.code)
            stopping.wait(_AGAIN_SECONDS)


def _launch(settings: Settings, steps: Steps, running: Running, pace: Pace, seat: Seat) -> None:
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
    register(steps, running, pace.pauses)
    DBOS.launch()
    for queue in (ANALYSE, PUBLISH):
        # One of each at a time: an encode fills the machine, and staff wait for analyses meanwhile.
        DBOS.register_queue(
            queue, worker_concurrency=1, polling_interval_sec=pace.queue_seconds, on_conflict="always_update"
        )


def _look_after(rounds: Rounds, pace: Pace, keeper: Keeper, stopping: threading.Event) -> None:
    while not stopping.is_set():
        rounds.go(keeper.leads)
        stopping.wait(pace.look_seconds)


def _stop_on_signals(stopping: threading.Event) -> None:
    """Sets it in a thread of its own: set by the handler, it would wait for ever for the wait that the signal came into."""
    if threading.current_thread() is not threading.main_thread():
        return
    told: SimpleQueue[int] = SimpleQueue()  # the only one that may be filled while it is being filled

    def pass_on() -> None:
        told.get()
        stopping.set()

    threading.Thread(target=pass_on, name="signals", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: told.put(number))
