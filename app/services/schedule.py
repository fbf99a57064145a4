"""Publishing later: at a moment that staff chose, and not before the time has passed that this library waits after an approval."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.db.engine import Database, now
from app.db.kinds import RecordingState
from app.db.models import Approval, Recording
from app.services import rights
from app.services.holds import one_line
from app.services.jobs import Jobs
from app.services.logs import Log
from app.services.states import Event, move
from app.services.work import latest_approval
from app.settings import Settings
from media_pipeline.core.errors import NotReviewed, Stale

LATEST = timedelta(days=180)
"""The furthest moment: the original, with everybody in it, is kept until then."""

log = Log("schedule")


def begin_at(settings: Settings, approved_at: datetime, chosen: datetime | None) -> datetime | None:
    """When what is approved now is published; None for at once. Raises ValueError for a moment that is too far."""
    waited = approved_at + timedelta(hours=settings.waiting_hours)
    if chosen is not None and chosen > approved_at + LATEST:
        raise ValueError("a publication is within half a year")
    begin = max(waited, chosen or approved_at)
    return begin if begin > approved_at else None


def waits_until(settings: Settings, approval: Approval | None) -> datetime | None:
    """Until when publishing takes a reason; None when nobody has to wait any more."""
    if approval is None:
        return None
    until = approval.at + timedelta(hours=settings.waiting_hours)
    return until if until > now() else None


def approval_of(db: Database, recording_id: str) -> Approval | None:
    """What is to be published of it."""
    with db.reading() as session:
        return latest_approval(session, recording_id)


def call_off(db: Database, recording_id: str) -> None:
    """It is not published after all, and is reviewed again. Raises Stale("moved-on") when it does not wait."""
    with db.writing() as session:
        row = session.get(Recording, recording_id)
        if row is None:
            raise Stale("moved-on")
        move(row, Event.CALL_OFF, now())
        row.publish_at = None


def publish_now(db: Database, settings: Settings, jobs: Jobs, recording_id: str, untrusted_reason: str = "") -> None:
    """Waits no longer. Raises Stale("moved-on"), NotReviewed("no-waiting-reason") while the waiting time takes a reason, and
    "rights-barred".
    """
    with db.writing() as session:
        row = session.get(Recording, recording_id)
        approval = latest_approval(session, recording_id)
        if row is None or approval is None or row.state is not RecordingState.SCHEDULED:
            raise Stale("moved-on")
        if waits_until(settings, approval) is not None:
            try:
                approval.hurried = one_line(untrusted_reason)
            except ValueError:
                raise NotReviewed("no-waiting-reason") from None
        rights.refuse_barred_now(session, recording_id)
        move(row, Event.RELEASE, now())
        row.publish_at = None
    jobs.publish(recording_id, approval.id, row.attempt)


def release(db: Database, moment: datetime) -> int:
    """What has come to its time is published from now on: the worker finds it. Twice is once; returns how many.

    What may not be shown any more is not published: staff are told why.
    """
    with db.reading() as session:
        scheduled = Recording.state == RecordingState.SCHEDULED, Recording.publish_at <= moment
        due = session.scalars(select(Recording.id).where(*scheduled).order_by(Recording.publish_at)).all()
    for recording_id in due:
        with db.writing() as session:
            row = session.get(Recording, recording_id)
            if row is None or row.state is not RecordingState.SCHEDULED:
                continue  # somebody was quicker
            try:
                rights.refuse_barred_now(session, recording_id)
                move(row, Event.RELEASE, now())
            except NotReviewed as barred:
                move(row, Event.FAIL, now(), barred.code)
            row.publish_at = None
        log.info("released", recording=recording_id)
    return len(due)
