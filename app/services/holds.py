"""A hold: nothing of a recording is deleted, for a public-records duty or a question that is open."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from app.db.engine import Database, now
from app.db.models import Recording
from media_pipeline.core.errors import Stale

REASON_MOST = 200
"""Characters."""

LONGEST = timedelta(days=36500)
"""The furthest end of a publication."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def hold(db: Database, recording_id: str, user_id: str, reason: str) -> None:
    """Nothing of it is deleted from now on. Raises Stale("moved-on") when it is gone, ValueError for a reason that is none."""
    reason = one_line(reason)
    with db.writing() as session:
        row = _found(session.get(Recording, recording_id))
        row.held_reason, row.held_by, row.held_at = reason, user_id, now()


def release(db: Database, recording_id: str) -> None:
    """What is over may be deleted again, with the next sweep. Raises Stale("moved-on") when it is gone."""
    with db.writing() as session:
        row = _found(session.get(Recording, recording_id))
        row.held_reason = row.held_by = row.held_at = None


def set_end(db: Database, recording_id: str, last_day: date) -> None:
    """Families can watch it until the end of that day, by UTC. Raises Stale("moved-on"), ValueError for a day that is over
    or too far.
    """
    if not now().date() <= last_day <= now().date() + LONGEST:
        raise ValueError("an end is to come")
    end = datetime.combine(last_day + timedelta(days=1), time(), UTC)
    with db.writing() as session:
        _found(session.get(Recording, recording_id)).ends_at = end


def last_day(end: datetime) -> date:
    """The last day that lies before an end, by UTC: what `set_end` was told."""
    return (end.astimezone(UTC) - timedelta(milliseconds=1)).date()


def one_line(untrusted_reason: str) -> str:
    """A reason as it is kept. Raises ValueError for one that is none, or too long."""
    reason = untrusted_reason.strip()
    if not reason or len(reason) > REASON_MOST or _CONTROL.search(reason):
        raise ValueError("a reason is one line")
    return reason


def _found(row: Recording | None) -> Recording:
    if row is None:
        raise Stale("moved-on")
    return row
