"""Changing an edit: each change is saved at once, on top of the ones before, and any of them can be undone and done again.

Whoever changes something names the version that was on their page. A later one is told of an earlier one, and the states
before it are kept: nothing is lost.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db.engine import Database
from app.db.models import EditState, Recording
from app.services.eyes import look_again
from app.services.in_force import Answered, current_edits, current_proposal
from app.services.opened import Review, open_for_change
from app.services.values import PrivateFolder
from app.settings import Settings
from media_pipeline.core import canonical
from media_pipeline.core.edits import Edit, EditList, arranged
from media_pipeline.core.errors import Fault, Refused, Stale
from media_pipeline.core.plan import make_plan


def save_edits(
    db: Database, settings: Settings, recording_id: str, edits: Sequence[Edit], version: int, by: str | None = None
) -> int:
    """The user `by` replaces all edits; returns the new version. An approval of the edit before is void from then on.

    Raises Stale("edit-changed") when `version` is not the latest, Refused as `make_plan` does for what cannot be carried
    out ("nothing-left" is told when it is approved), and what `open_review` raises.
    """
    with db.writing() as session:
        review = open_at(session, settings, recording_id, version, by)
        wanted = arranged(edits, review.media.sha256, review.media.whole)
        _can_be_made(wanted, review)
        return put(session, review, wanted, review.recording.answers_json)


def undo(db: Database, settings: Settings, recording_id: str, version: int, by: str | None = None) -> int:
    """Goes back to the state before, with what was answered of the looks then; returns the new version.

    Raises Stale: "edit-changed" for an older version, "moved-on" when there is no state before.
    """
    return _go(db, settings, recording_id, version, -1, by)


def redo(db: Database, settings: Settings, recording_id: str, version: int, by: str | None = None) -> int:
    """Does again what was undone last. Raises as `undo` does."""
    return _go(db, settings, recording_id, version, 1, by)


def open_at(session: Session, settings: Settings, recording_id: str, version: int, by: str | None) -> Review:
    """A recording that the user `by` changes, as it is at that version. Raises Stale("edit-changed") and what `open_review` raises."""
    review = open_for_change(session, settings, recording_id, by)
    if version != review.version:
        raise Stale("edit-changed")
    return review


def put(session: Session, review: Review, edits: EditList, answers_json: str | None) -> int:
    """A new state on top of the one that is in force, in place of what was undone; returns the new version."""
    recording = review.recording
    undone = EditState.recording_id == recording.id, EditState.place >= recording.edit_place
    session.execute(delete(EditState).where(*undone))
    _keep(session, recording)
    recording.edit_place = recording.edit_last = recording.edit_place + 1
    recording.edits_json, recording.answers_json = canonical.dumps(edits), answers_json
    return _changed(session, review, edits)


def proposals_in_use(session: Session, recording_id: str) -> frozenset[str]:
    """Digests of everything that was proposed anew for states that can be gone back to."""
    kept = select(EditState.answers_json).where(EditState.recording_id == recording_id).distinct()
    try:
        return frozenset(canonical.loads(Answered, text).proposal for text in session.scalars(kept) if text)
    except ValueError:
        raise Fault("store-failed", "the answers of before cannot be read") from None


def _go(db: Database, settings: Settings, recording_id: str, version: int, step: int, by: str | None) -> int:
    with db.writing() as session:
        review = open_at(session, settings, recording_id, version, by)
        recording = review.recording
        wanted = session.get(EditState, (recording_id, recording.edit_place + step))
        if wanted is None:
            raise Stale("moved-on")
        _keep(session, recording)
        recording.edit_place += step
        recording.edits_json, recording.answers_json = wanted.edits_json, wanted.answers_json
        proposal = current_proposal(PrivateFolder(settings, recording_id), recording)
        return _changed(session, review, current_edits(recording, review.media, proposal))


def _keep(session: Session, recording: Recording) -> None:
    """The state in force, as it can be come back to."""
    state = EditState(
        recording_id=recording.id,
        place=recording.edit_place,
        edits_json=recording.edits_json,
        answers_json=recording.answers_json,
    )
    session.merge(state)


def _changed(session: Session, review: Review, edits: EditList) -> int:
    look_again(session, review, edits)
    review.recording.edit_version += 1
    return review.recording.edit_version


def _can_be_made(edits: EditList, review: Review) -> None:
    try:
        make_plan(edits, review.media)
    except Refused as refused:
        if refused.code != "nothing-left":  # somebody may cut all of it and then bring something back
            raise
