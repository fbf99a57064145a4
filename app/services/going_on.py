"""What a full disk, a store or a database in trouble has stopped goes on by itself once that is over.

Staff read meanwhile what is wrong, and may try it again themselves. An approval holds as it does then: only while the edit and
the words are what was approved.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.db.engine import Database
from app.db.models import Recording
from app.services import library
from app.services.jobs import Jobs
from app.services.logs import Log
from app.services.states import RETRYABLE
from app.services.values import PrivateFolder
from app.settings import Settings
from app.uploads.disk import disk_faults, free_bytes
from media_pipeline.core.errors import Fault, StoryshelfError

PASSING = frozenset({"disk-full", "store-full", "store-failed", "database-away"})
"""Faults of the machine and not of a recording: they end."""

AGAIN = timedelta(minutes=5)
"""How long the first of these waits lasts; each further one lasts longer."""

_LONGEST = 12
"""The most that a wait is longer than `AGAIN`."""

log = Log("worker")


def goes_on(recording: Recording) -> bool:
    """Whether it is tried again by itself."""
    return recording.state in RETRYABLE and recording.code in PASSING and recording.original_deleted_at is None


def go_on(db: Database, settings: Settings, jobs: Jobs, moment: datetime, wait: timedelta = AGAIN) -> int:
    """Takes up again what such a fault has stopped, after a while; returns how much.

    Nothing while the disk is full or the store does not answer. Raises Fault when the database does not.
    """
    with db.reading() as session:
        failed = select(Recording).where(Recording.state.in_(RETRYABLE), Recording.code.in_(PASSING))
        rows = session.scalars(failed.order_by(Recording.state_at)).all()
    due = [row for row in rows if goes_on(row) and _has_waited(row, moment, wait)]
    taken_up = 0
    for row in due:
        try:
            if not _room(settings):
                break
            if not _is_there(settings, row.id):
                continue  # nothing could be done with it
            library.retry(db, settings, jobs, row.id)
        except Fault as fault:
            log.warning("not-taken-up", recording=row.id, code=fault.code)
            break  # it is not over: asking for the others takes as long again
        except StoryshelfError as error:
            _say_why_not(db, row, error.code)
            continue
        log.info("taken-up", recording=row.id, code=row.code)
        taken_up += 1
    return taken_up


def _has_waited(row: Recording, moment: datetime, wait: timedelta) -> bool:
    """Also when the clock was moved back since."""
    since = moment - row.state_at
    return since < timedelta(0) or since >= wait * min(row.attempt, _LONGEST)


def _room(settings: Settings) -> bool:
    with disk_faults():
        return free_bytes(settings.data) > settings.disk_reserve_bytes


def _is_there(settings: Settings, recording_id: str) -> bool:
    """Asked before anything is written: nobody waits for a database that waits for a store."""
    folder = PrivateFolder(settings, recording_id)
    return folder.has(folder.original)


def _say_why_not(db: Database, tried: Recording, code: str) -> None:
    """What was approved is no longer what is there: a person has to decide again, and reads so."""
    with db.writing() as session:
        row = session.get(Recording, tried.id)
        if row is not None and (row.state, row.attempt) == (tried.state, tried.attempt):
            row.code = code
    log.info("not-taken-up", recording=tried.id, code=code)
