"""What staff declare of the sound of a recording."""

from __future__ import annotations

from app.db.engine import Database
from app.services.editing import open_at
from app.settings import Settings


def declare_participants_muted(
    db: Database, settings: Settings, recording_id: str, muted: bool, version: int, by: str | None = None
) -> int:
    """The user `by` declares, or takes back, that participants were muted while it was recorded: then no more needs to be heard than
    anybody wants. Returns the new version of the edit, so that nobody approves who has not read this.

    Raises Stale("edit-changed") when `version` is not the latest, and what `review.open_review` raises.
    """
    with db.writing() as session:
        recording = open_at(session, settings, recording_id, version, by).recording
        if recording.participants_muted != muted:
            recording.participants_muted = muted
            recording.edit_version += 1
        return recording.edit_version
