"""How the machine is doing, for whoever runs it: the worker, what it is at, room on the disk. Ids and numbers only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.db.engine import Database
from app.db.kinds import RecordingState, StepName
from app.db.models import Recording
from app.services.intake import incoming
from app.services.seats import somebody_works
from app.services.states import WORKING
from app.services.watched import left_in
from app.settings import Settings
from app.uploads.disk import disk_faults, free_bytes


@dataclass(frozen=True, slots=True)
class Task:
    """One recording that is worked on, or waits for its turn."""

    id: str
    """The recording's."""

    state: RecordingState
    """Where it is on its way."""

    step: StepName | None
    """What is done now; None while it waits."""

    permille: int
    """How much of that is done, 0 to 1000."""

    since: datetime
    """When it came to that state."""

    attempt: int
    """How often it was begun."""

    stopping: bool
    """Whether somebody has asked to stop it."""


@dataclass(frozen=True, slots=True)
class Machine:
    """All of it."""

    worker: bool
    """Whether a worker runs for this shelf."""

    tasks: tuple[Task, ...]
    """What is done and what waits, the longest waiting first."""

    free: int
    """Bytes that uploads may still fill."""

    uploads: int
    """Uploads that have begun and not come whole."""

    left: int | None
    """Files in the watch folder that are not taken, such as chats; None where there is no such folder, or it is on another machine."""


def machine(db: Database, settings: Settings) -> Machine:
    """How it is now. Raises Fault."""
    with db.reading() as session:
        rows = session.scalars(select(Recording).where(Recording.state.in_(WORKING)).order_by(Recording.state_at)).all()
    tasks = tuple(
        Task(row.id, row.state, row.step, row.permille, row.state_at, row.attempt, row.cancel_asked) for row in rows
    )
    with disk_faults():
        free = max(0, free_bytes(settings.data) - settings.disk_reserve_bytes)
    unfinished = sum(not upload.complete for upload in incoming(settings).uploads())
    return Machine(somebody_works(settings), tasks, free, unfinished, _left(settings))


def _left(settings: Settings) -> int | None:
    folder = settings.watch_folder
    if folder is None or not os.access(folder, os.R_OK | os.X_OK):  # it may be another machine's, or the worker's alone
        return None
    return sum(left_in(folder).values())
