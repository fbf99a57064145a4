"""The door to the worker: what the web says to it, and the only form in which anything is said.

DBOS keeps what it is handed, in the form that `app.services.job_words` allows.
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from app.db.postgresql import is_postgresql, open_postgresql
from app.services.logs import Log
from app.settings import Settings
from media_pipeline.core.errors import Fault

if (
    TYPE_CHECKING
):  # at run time only where it is used: it takes memory that a server which only shows pages need not spend
    from dbos import DBOSClient, EnqueueOptions

APPLICATION = "storyshelf"
VERSION = "storyshelf-2"
"""Set by us: an upgrade goes on with work that was begun before it. It changes only when a workflow's steps do.

Work that was begun under another version is then begun anew, as a further attempt that uses what is done on the disk.
"""

ANALYSE, PUBLISH = "analyse", "publish"
"""The two workflows; each has a queue of its own name."""

CONNECTIONS = 4
"""To the work database on PostgreSQL, of each process that announces work."""

_UNFINISHED = ("ENQUEUED", "PENDING", "DELAYED")
"""DBOS's words for workflows that have not come to an end."""

log = Log("jobs")


class Jobs(Protocol):
    """Tells the worker what is to be done. Saying it twice is saying it once."""

    def analyse(self, recording_id: str, attempt: int) -> None:
        """Analyse a recording. Never raises: work that could not be announced is found by the worker's own look."""

    def publish(self, recording_id: str, approval_id: str, attempt: int) -> None:
        """Publish what was approved. Never raises, likewise."""


def workflow_id(kind: str, recording_id: str, attempt: int) -> str:
    """One id for one attempt, so that a workflow cannot be started twice."""
    return f"{kind}-{recording_id}-{attempt}"


def prepare_work(settings: Settings) -> None:
    """Makes the worker's database where it is missing. Safe from every process. Raises Fault."""
    from dbos import DBOS

    url = settings.work_database
    if is_postgresql(url):
        _ask(url)
    try:
        DBOS.migrate(url)
        if not is_postgresql(url):
            engine = create_engine(url)
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")  # the web's words do not wait for the worker's
            engine.dispose()
    except Exception as error:
        raise Fault("store-failed", type(error).__name__) from None


def _ask(url: str) -> None:
    """Raises Fault("database-away") within seconds when the server does not answer, on which DBOS would wait."""
    engine = open_postgresql(url, poolclass=NullPool)
    try:
        engine.connect().close()
    except SQLAlchemyError as error:
        raise Fault("database-away", type(error).__name__) from None


class DbosJobs:
    """Puts workflows on the worker's queues. Opens the work database when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, threading.Lock()
        self._client: DBOSClient | None = None
        self._engine: Engine | None = None

    def analyse(self, recording_id: str, attempt: int) -> None:
        """See `Jobs`."""
        self._enqueue(ANALYSE, recording_id, attempt, (recording_id, attempt))

    def publish(self, recording_id: str, approval_id: str, attempt: int) -> None:
        """See `Jobs`."""
        self._enqueue(PUBLISH, recording_id, attempt, (recording_id, attempt, approval_id))

    def look(self, kind: str, recording_id: str, attempt: int) -> tuple[bool, bool]:
        """Whether that workflow is known, and whether it has come to an end of any kind."""
        found = self._open().list_workflows(workflow_ids=[workflow_id(kind, recording_id, attempt)], load_input=False)
        return bool(found), bool(found) and found[0].status not in _UNFINISHED

    def at_work(self) -> frozenset[str]:
        """Names of all who have begun something and not ended it, or died in it."""
        begun = self._open().list_workflows(status="PENDING", load_input=False, load_output=False)
        return frozenset(flow.executor_id for flow in begun if flow.executor_id)

    def begun_by(self, name: str) -> frozenset[str]:
        """Ids of all work of this version that somebody has begun and not ended."""
        begun = self._open().list_workflows(status="PENDING", load_input=False, load_output=False)
        return frozenset(flow.workflow_id for flow in begun if (flow.executor_id, flow.app_version) == (name, VERSION))

    def go_on_with(self, workflow: str) -> None:
        """Puts work that was begun back on its queue: it goes on at the step that it was at."""
        self._open().resume_workflow(workflow, queue_name=workflow.partition("-")[0])

    def is_given_up(self, kind: str, recording_id: str, attempt: int) -> bool:
        """Whether that workflow was ended by others than itself: it killed its worker too often, or was called off."""
        found = self._open().list_workflows(workflow_ids=[workflow_id(kind, recording_id, attempt)], load_input=False)
        return bool(found) and found[0].status not in ("SUCCESS", "ERROR")

    def left_behind(self) -> tuple[tuple[str, int, str], ...]:
        """Recording, attempt and workflow id of all work that another version has begun, so that this one cannot go on with it."""
        known = self._open().list_workflows(status=list(_UNFINISHED), load_input=False, load_output=False)
        others = (flow.workflow_id for flow in known if flow.app_version not in (None, VERSION))
        parts = ((id_, id_.split("-")) for id_ in others)
        return tuple((recording_id, int(attempt), id_) for id_, (_, recording_id, attempt) in parts)

    def give_up(self, workflow: str) -> None:
        """That workflow is never taken up again."""
        self._open().cancel_workflow(workflow)

    def forget(self, before: datetime) -> int:
        """Deletes the notes of all work that was finished before then. Returns of how much."""
        client = self._open()
        over = client.list_workflows(completed_before=before.isoformat(), load_input=False, load_output=False)
        done = [flow.workflow_id for flow in over if flow.status not in _UNFINISHED]
        if done:
            client.delete_workflows(done, delete_children=True)
        return len(done)

    def close(self) -> None:
        """Closes the connections."""
        with self._lock:
            if self._client is not None:
                self._client.destroy()
            if self._engine is not None:
                self._engine.dispose()
            self._client = self._engine = None

    def _enqueue(self, kind: str, recording_id: str, attempt: int, arguments: tuple[str | int, ...]) -> None:
        options: EnqueueOptions = {
            "workflow_name": kind,
            "queue_name": kind,
            "workflow_id": workflow_id(kind, recording_id, attempt),
        }
        try:
            self._open().enqueue(options, *arguments)
        except Exception as error:  # the approval or upload stands: the worker looks for unannounced work by itself
            log.warning("not-announced", kind=kind, recording=recording_id, error=type(error).__name__)

    def _open(self) -> DBOSClient:
        with self._lock:
            if self._client is None:
                from dbos import DBOSClient

                from app.services.job_words import Words

                prepare_work(self._settings)
                if is_postgresql(self._settings.work_database):
                    self._engine = open_postgresql(self._settings.work_database, pool_size=CONNECTIONS, max_overflow=0)
                self._client = DBOSClient(
                    system_database_url=self._settings.work_database,
                    system_database_engine=self._engine,  # with our limits of time
                    serializer=Words(),
                    application_name=APPLICATION,
                    retry_connection_errors=False,  # a web request must not wait for the disk to come back
                )
            return self._client
