"""What was shown of a recording that is waiting for a decision.

A moment counts as seen by a signed-in browser once the contact sheet that shows it was sent to that browser and the
browser has said that it stood on the screen, or once its second of the preview was played (`watching`). Two pictures a second
are too few where the proposal found somebody and staff keep it all the same: that must be played. Nothing carries over from
one signed-in browser to another, and a sheet on which something that was cut is kept again has not been seen, nor a second
heard.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.engine import Database, now
from app.db.models import BytesSent, SheetShown
from app.services.in_force import apart
from app.services.opened import Review, open_review, reviewable
from app.services.watching import forget_heard, forget_watched, watched
from app.settings import Settings
from media_pipeline.core.edits import EditList, brought_back
from media_pipeline.core.errors import NotReviewed, Stale
from media_pipeline.core.hearing import sound_back
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.review import sheet_span
from media_pipeline.core.review import unseen as not_seen


def look_again(session: Session, review: Review, after: EditList) -> None:
    """What was cut, hidden or muted needed neither eyes nor ears: once `after` brings it back, nobody has seen its contact
    sheet or second, nor heard that."""
    back = apart(brought_back(review.edits, after))
    forget_watched(session, review.recording.id, back)
    forget_heard(session, review.recording.id, apart(sound_back(review.edits, after)))
    spans = (IntervalSet((sheet_span(review.media.whole, sheet),)) for sheet in range(review.sheets))
    touched = [sheet for sheet, span in enumerate(spans) if apart(span & back)]
    shown = update(SheetShown).where(SheetShown.recording_id == review.recording.id, SheetShown.sheet.in_(touched))
    session.execute(shown.values(seen_at=None))


def mark_issued(db: Database, settings: Settings, recording_id: str, session_id: str, sheet: int) -> None:
    """A contact sheet is being sent to a signed-in browser. Raises Stale("moved-on") also when there is no such sheet."""
    if not 0 <= sheet < open_review(db, settings, recording_id).sheets:
        raise Stale("moved-on")
    with db.writing() as session:
        reviewable(session, recording_id)
        if session.get(SheetShown, (recording_id, session_id, sheet)) is None:
            session.add(SheetShown(recording_id=recording_id, session_id=session_id, sheet=sheet, issued_at=now()))


def mark_seen(db: Database, recording_id: str, session_id: str, sheet: int) -> None:
    """The browser says that a contact sheet stood on the screen. Raises NotReviewed("unseen") when it was never sent there."""
    with db.writing() as session:
        shown = session.get(SheetShown, (recording_id, session_id, sheet))
        if shown is None:
            raise NotReviewed("unseen")
        shown.seen_at = shown.seen_at or now()


def mark_sent(db: Database, recording_id: str, session_id: str, start: int, end: int) -> None:
    """Bytes `start` to `end` (exclusive) of the proxy were sent to a signed-in browser, to the last one."""
    if not 0 <= start < end:
        return
    with db.writing() as session:
        reviewable(session, recording_id)
        sent = select(BytesSent).where(BytesSent.recording_id == recording_id, BytesSent.session_id == session_id)
        for stretch in session.scalars(sent.where(BytesSent.start <= end, BytesSent.end >= start)).all():
            start, end = min(start, stretch.start), max(end, stretch.end)
            session.delete(stretch)
        session.flush()
        session.add(BytesSent(recording_id=recording_id, session_id=session_id, start=start, end=end))


def seen(db: Database, settings: Settings, recording_id: str, session_id: str) -> IntervalSet:
    """Every moment that was shown to this signed-in browser. Raises what `open_review` raises."""
    review = open_review(db, settings, recording_id)
    with db.reading() as session:
        return shown_to(session, review, session_id)


def unseen(db: Database, settings: Settings, recording_id: str, session_id: str) -> IntervalSet:
    """Every kept moment that was not shown to it yet: approving works once this is empty."""
    review = open_review(db, settings, recording_id)
    with db.reading() as session:
        return not_seen(review.edits, shown_to(session, review, session_id))


def sheets_seen(db: Database, recording_id: str, session_id: str) -> frozenset[int]:
    """The contact sheets that count as seen by this signed-in browser."""
    with db.reading() as session:
        return _sheets_seen(session, recording_id, session_id)


def shown_to(session: Session, review: Review, session_id: str) -> IntervalSet:
    """Every moment that was shown to this signed-in browser."""
    if review.media.video is None:
        return IntervalSet((review.media.whole,))  # there is nothing to see, and all of it is to be heard
    sheets = _sheets_seen(session, review.recording.id, session_id)
    shown = IntervalSet.of(sheet_span(review.media.whole, sheet) for sheet in sheets if sheet < review.sheets)
    return (shown - review.watch) | watched(session, review.recording.id, session_id)


def _sheets_seen(session: Session, recording_id: str, session_id: str) -> frozenset[int]:
    seen_sheets = select(SheetShown.sheet).where(
        SheetShown.recording_id == recording_id,
        SheetShown.session_id == session_id,
        SheetShown.seen_at.is_not(None),
    )
    return frozenset(session.scalars(seen_sheets))
