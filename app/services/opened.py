"""A recording that is waiting for a decision: all that is known of it, and what is to be done to it now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.db.engine import Database
from app.db.models import Recording
from app.services.in_force import Answered, answered, current_edits, current_proposal
from app.services.measured import measured
from app.services.states import REVIEWABLE
from app.services.values import PrivateFolder
from app.settings import Settings
from media_pipeline.core.edits import EditList
from media_pipeline.core.errors import Refused, Stale
from media_pipeline.core.hearing import out_of_sight
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.looks import Look
from media_pipeline.core.media import MediaFile
from media_pipeline.core.proposal import Proposal
from media_pipeline.core.review import sheet_count, to_watch
from media_pipeline.core.speakers import Given


@dataclass(frozen=True, slots=True)
class Review:
    """All that the review page needs to know of a recording."""

    recording: Recording
    """Its row."""

    media: MediaFile
    """Its tracks and length."""

    looks: tuple[Look, ...]
    """Its looks, the longest first."""

    answered: Answered
    """What staff say of them."""

    proposal: Proposal
    """What is proposed with that, and why."""

    edits: EditList
    """What is to be cut now: the proposal, until someone changes it."""

    version: int
    """The state of the edit: whoever saves or approves names the one that was on the page."""

    sheets: int
    """How many contact sheets there are, numbered from 0; none for a sound recording."""

    safe: IntervalSet
    """What staff declared safe after a second look."""

    given: Given
    """Captions and chapters, and what staff chose of them."""

    ears: IntervalSet
    """When there is something to hear and no presenter to see, whatever is edited."""

    watch: IntervalSet
    """What stays of what a contact sheet is too coarse for: it must be played."""


def open_review(db: Database, settings: Settings, recording_id: str) -> Review:
    """What to show. Raises Stale("moved-on") when there is nothing to decide now, Refused("original-gone"), Fault."""
    with db.reading() as session:
        recording = reviewable(session, recording_id)
    return _opened(settings, recording)  # long reading of files, in no transaction


def open_in(session: Session, settings: Settings, recording_id: str) -> Review:
    """The same inside a transaction."""
    return _opened(settings, reviewable(session, recording_id))


def open_for_change(session: Session, settings: Settings, recording_id: str, by: str | None) -> Review:
    """The same inside one in which the user `by` changes something of it."""
    recording = reviewable(session, recording_id)
    recording.edited_by = by
    return _opened(settings, recording)


def reviewable(session: Session, recording_id: str) -> Recording:
    """Its row. Raises what `open_review` raises."""
    recording = session.get(Recording, recording_id)
    if recording is None or recording.state not in REVIEWABLE:
        raise Stale("moved-on")
    if recording.original_deleted_at is not None:
        raise Refused("original-gone")
    return recording


def _opened(settings: Settings, recording: Recording) -> Review:
    folder = PrivateFolder(settings, recording.id)
    media, looks, proposal = folder.media(), folder.looks(), current_proposal(folder, recording)
    edits, known = current_edits(recording, media, proposal), measured(settings, recording.id, media)
    kinds = {taken.look: taken.kind for taken in proposal.kinds}
    return Review(
        recording=recording,
        media=media,
        looks=looks,
        answered=answered(recording),
        proposal=proposal,
        edits=edits,
        version=recording.edit_version,
        sheets=0 if media.video is None else sheet_count(media.whole),
        safe=folder.safe(),
        given=folder.given(),
        ears=known.sounds & out_of_sight(media.whole, known.shots, looks, kinds),
        watch=to_watch(proposal, known.shots, edits),
    )
