"""What the worker writes of its work: which step, how much of it, and how it ended. Ids, numbers and codes only.

Every function names the attempt it speaks for: what an older attempt still has to say changes nothing any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.db.engine import Database, now
from app.db.kinds import RecordingState, StepName
from app.db.models import Approval, BytesSent, EditState, Recording, SecondHeard, SecondWatched, SheetShown
from app.services.states import IN_PIECES, PUBLISHING, WORKING, Event, move
from app.services.values import PrivateFolder
from app.settings import Settings
from media_pipeline.core import canonical
from media_pipeline.core.edits import Action
from media_pipeline.core.errors import Fault
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.media import MediaFile
from media_pipeline.core.review import ReviewDecision


@dataclass(frozen=True, slots=True)
class Waiting:
    """A recording that the worker should bring to an end."""

    recording_id: str
    attempt: int
    approval_id: str | None
    """The approval to carry out; None for an analysis."""


def begin(db: Database, recording_id: str, attempt: int, step: StepName, *, goes_on: bool = False) -> bool:
    """Notes that a step begins; `goes_on` when its progress is counted with that of the steps before.

    False when this attempt is no longer the one that counts, so nothing is to be done.
    """
    with db.writing() as session:
        recording = _current(session, recording_id, attempt)
        if recording is None:
            return False
        if recording.state is RecordingState.UPLOADED:
            move(recording, Event.START, now())
        recording.step = step
        if not goes_on:
            recording.permille = 0
        return True


def begin_anew(db: Database, recording_id: str, attempt: int) -> None:
    """The work of that attempt cannot go on: another attempt counts from now on, and what is done on the disk is used again."""
    with db.writing() as session:
        recording = _current(session, recording_id, attempt)
        if recording is not None:
            recording.attempt += 1
            recording.step, recording.permille = None, 0


def tell(db: Database, recording_id: str, attempt: int, permille: int) -> None:
    """Notes how much is done."""
    with db.writing() as session:
        session.execute(
            update(Recording)
            .where(Recording.id == recording_id, Recording.attempt == attempt, Recording.state.in_(WORKING))
            .values(permille=permille)
        )


def cancel_asked(db: Database, recording_id: str, attempt: int) -> bool:
    """Whether the work should stop: someone asked for it, or it is of no use any more."""
    with db.reading() as session:
        recording = _current(session, recording_id, attempt)
        return recording is None or recording.cancel_asked


def ready(
    db: Database, recording_id: str, attempt: int, media: MediaFile, also: Callable[[Session], object] = lambda _: None
) -> None:
    """The analysis is done and staff can look. What was shown of an earlier analysis counts no longer.

    `also` is done with it or not at all.
    """
    with db.writing() as session:
        recording = _current(session, recording_id, attempt)
        if recording is None:
            return
        move(recording, Event.ANALYSED, now())
        recording.length_ms = round(media.whole.length * 1000)
        recording.edits_json = recording.answers_json = recording.edited_by = None
        recording.edit_version += 1
        recording.edit_place = recording.edit_last = 0
        for old in (SheetShown, BytesSent, SecondWatched, SecondHeard, EditState):
            session.execute(delete(old).where(old.recording_id == recording_id))
        also(session)


def end(db: Database, recording_id: str, attempt: int, event: Event, code: str, original_gone: bool = False) -> bool:
    """The work ended without what it was to bring. `original_gone` when a hostile file was destroyed.

    False when another attempt counts by now, or it had ended before.
    """
    with db.writing() as session:
        recording = _current(session, recording_id, attempt)
        if recording is None:
            return False
        at = now()
        move(recording, event, at, code)
        if original_gone:
            recording.original_deleted_at = at
        return True


def tidy(db: Database, settings: Settings, recording_id: str) -> None:
    """Removes what was seen or made of a film so far unless work may go on with it. Raises Fault."""
    with db.reading() as session:
        recording = session.get(Recording, recording_id)
    if recording is None or recording.state not in IN_PIECES:
        PrivateFolder(settings, recording_id).discard_pieces()


def let_go(db: Database, settings: Settings, recording_id: str) -> None:
    """Where the store is elsewhere: removes this machine's copies unless work may go on with them. Raises Fault."""
    with db.reading() as session:
        recording = session.get(Recording, recording_id)
    if recording is None or recording.state not in IN_PIECES:
        PrivateFolder(settings, recording_id).let_go()


def approval(db: Database, approval_id: str) -> Approval | None:
    """The approval that is to be carried out."""
    with db.reading() as session:
        return session.get(Approval, approval_id)


def decision_of(approval: Approval) -> ReviewDecision:
    """What was decided. Raises Fault when it cannot be read."""
    try:
        return canonical.loads(ReviewDecision, approval.decision_json)
    except ValueError:
        raise Fault("store-failed", "the decision cannot be read") from None


def approved_cut(session: Session, recording_id: str) -> IntervalSet:
    """Every moment that the last approval cut; none before there is one. Raises Fault."""
    approval = latest_approval(session, recording_id)
    edits = decision_of(approval).edits if approval is not None else ()
    return IntervalSet.of(edit.span for edit in edits if edit.action is Action.CUT)


def waiting(db: Database) -> tuple[Waiting, ...]:
    """Everything that the worker should have on its queues, the oldest first."""
    with db.reading() as session:
        found = session.scalars(select(Recording).where(Recording.state.in_(WORKING)).order_by(Recording.state_at))
        return tuple(_waiting(session, recording) for recording in found)


def _waiting(session: Session, recording: Recording) -> Waiting:
    latest = None
    if recording.state in PUBLISHING:
        latest = latest_approval(session, recording.id)
    return Waiting(recording.id, recording.attempt, latest.id if latest is not None else None)


def latest_approval(session: Session, recording_id: str) -> Approval | None:
    """The last decision on a recording."""
    ordered = select(Approval).where(Approval.recording_id == recording_id).order_by(Approval.at.desc(), Approval.id)
    return session.scalars(ordered.limit(1)).first()


def _current(session: Session, recording_id: str, attempt: int) -> Recording | None:
    recording = session.get(Recording, recording_id)
    if recording is None or recording.attempt != attempt or recording.state not in WORKING:
        return None
    return recording
