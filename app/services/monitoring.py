"""What whoever runs the machine has watched: whether all that is needed answers, and figures. Nothing of any viewer is counted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.db.engine import Database, now
from app.db.kinds import RecordingState
from app.db.models import Deletion, Recording
from app.services.intake import incoming
from app.services.seats import somebody_works
from app.services.states import WORKING
from app.settings import Settings
from app.stores import open_store
from app.uploads.disk import disk_faults, free_bytes
from media_pipeline.core.errors import Fault

_PROBE = "probe/ready"
"""A name in the store that nothing has: looking for it is asking whether the store answers."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How it is at one moment."""

    recordings: Mapping[RecordingState, int]
    """How many there are in each state, also where there are none."""

    worker: bool
    """Whether a worker runs for this shelf."""

    waiting: int
    """Recordings that wait for the worker's turn."""

    oldest_waiting: float
    """Seconds that the longest of them has waited; 0 when none does."""

    uploads: int
    """Uploads that have begun and not come whole."""

    free: int
    """Bytes left on the disk of the data folder."""

    reserve: int
    """Bytes of them that uploads leave free."""

    owed: int
    """Deletions that were decided, and not yet found to be done."""

    oldest_owed: float
    """Seconds since the oldest of them was decided; 0 when there is none."""


def figures(db: Database, settings: Settings) -> Figures:
    """How it is now. Raises Fault."""
    moment = now()
    with db.reading() as session:
        counted = {
            row[0]: row[1] for row in session.execute(select(Recording.state, func.count()).group_by(Recording.state))
        }
        idle = Recording.state.in_(WORKING), Recording.step.is_(None)
        waiting, since = session.execute(select(func.count(), func.min(Recording.state_at)).where(*idle)).one()
        due = Deletion.gone_at.is_(None)
        owed, decided = session.execute(select(func.count(), func.min(Deletion.at)).where(due)).one()
    with disk_faults():
        free = free_bytes(settings.data)
    return Figures(
        recordings={state: counted.get(state, 0) for state in RecordingState},
        worker=somebody_works(settings),
        waiting=waiting,
        oldest_waiting=_age(since, moment),
        uploads=sum(not upload.complete for upload in incoming(settings).uploads()),
        free=free,
        reserve=settings.disk_reserve_bytes,
        owed=owed,
        oldest_owed=_age(decided, moment),
    )


def troubles(db: Database, settings: Settings) -> tuple[str, ...]:
    """What does not answer: a code of `media_pipeline.core.errors` each. Nothing is written anywhere."""
    return tuple(dict.fromkeys(_troubles(db, settings)))


def _troubles(db: Database, settings: Settings) -> Iterator[str]:
    for ask in (_ask_shelf, _ask_work, _ask_store):
        try:
            ask(db, settings)
        except Fault as fault:
            yield fault.code


def _ask_shelf(db: Database, _settings: Settings) -> None:
    with db.reading() as session:
        session.scalar(select(Recording.id).limit(1))


def _ask_work(_db: Database, settings: Settings) -> None:
    somebody_works(settings)  # asks the worker's database; whether somebody does is a figure


def _ask_store(_db: Database, settings: Settings) -> None:
    if not os.access(settings.data, os.W_OK):
        raise Fault("store-failed", "the data folder cannot be written to")
    open_store(settings).anything(_PROBE)


def _age(since: datetime | None, moment: datetime) -> float:
    return 0.0 if since is None else max(0.0, (moment - since).total_seconds())
