"""What staff declare of a recording, because they know it or have looked."""

from __future__ import annotations

from app.db.engine import Database
from app.db.kinds import RecordingState
from app.services.editing import open_at
from app.services.opened import open_review
from app.services.values import PrivateFolder
from app.settings import Settings
from media_pipeline.core.errors import Stale
from media_pipeline.core.report import safe_after


def declare_participants_muted(
    db: Database, settings: Settings, recording_id: str, muted: bool, version: int, by: str | None = None
) -> int:
    """The user `by` declares, or takes back, that participants were muted while it was recorded: then no more needs to be heard than
    anybody wants. Returns the new version of the edit, so that nobody approves who has not read this.

    Raises Stale("edit-changed") when `version` is not the latest, and what `open_review` raises.
    """
    with db.writing() as session:
        recording = open_at(session, settings, recording_id, version, by).recording
        if recording.participants_muted != muted:
            recording.participants_muted = muted
            recording.edit_version += 1
        return recording.edit_version


def declare_safe(db: Database, settings: Settings, recording_id: str) -> None:
    """A member of staff has looked at the moments that the second look told of, and anyone seen there may be shown.

    It holds for the shots of those moments, for every later approval of this analysis. Raises Stale("moved-on") when no
    second look has failed, Fault.
    """
    if open_review(db, settings, recording_id).recording.state is not RecordingState.PROOF_FAILED:
        raise Stale("moved-on")
    folder = PrivateFolder(settings, recording_id)
    safe = folder.safe()
    for report in folder.reports():
        safe |= safe_after(report)
    folder.save(safe, "safe")
