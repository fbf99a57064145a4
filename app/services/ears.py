"""What was heard of a recording that is waiting for a decision: an account of its own, beside what was seen."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.db.engine import Database
from app.services.opened import Review
from app.services.watching import heard
from media_pipeline.core.edits import EditList
from media_pipeline.core.hearing import Hearing, must_hear, sounding
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.media import MediaFile


def hearing(db: Database, review: Review, session_id: str) -> Hearing:
    """The account of this signed-in browser: approving works once nothing of it is owed."""
    with db.reading() as session:
        return heard_by(session, review, session_id)


def heard_by(session: Session, review: Review, session_id: str) -> Hearing:
    """The same inside a transaction."""
    return account(
        review.media,
        review.edits,
        review.ears,
        heard(session, review.recording.id, session_id),
        participants_muted=review.recording.participants_muted,
    )


def account(
    media: MediaFile, edits: EditList, ears: IntervalSet, known: IntervalSet, *, participants_muted: bool
) -> Hearing:
    """The account of somebody who has heard the moments `known`. `ears` are those of `Review`.

    Of a sound recording all must be heard, whatever was declared: nobody has seen anything of it.
    """
    if media.audio is None:
        return Hearing()
    due = must_hear(edits, ears, participants_muted=participants_muted and media.video is not None)
    heard_of_it = known & IntervalSet((media.whole,))
    return Hearing(stays=sounding(edits), due=due, heard=heard_of_it, participants_muted=participants_muted)
