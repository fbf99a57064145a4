"""What is approved and waits for its time: publishing it now, or not at all."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.db.kinds import RecordingState
from app.db.models import Recording
from app.services import schedule
from app.web import words
from app.web.room import staff_room

later = Blueprint("later", __name__, url_prefix="/recordings/<recording_id>")


@later.post("/publish-now")
def now(recording_id: str) -> BaseResponse:
    """Waits no longer; while the library's waiting time is not over, that takes a reason."""
    room = staff_room()
    schedule.publish_now(room.db, room.settings, room.jobs, recording_id, request.form.get("reason", ""))
    flash("It is made and proven now. Families can watch it within minutes.")
    return redirect(url_for("recordings.one", recording_id=recording_id))


@later.post("/call-off")
def call_off(recording_id: str) -> BaseResponse:
    """It is not published, and can be reviewed again."""
    schedule.call_off(staff_room().db, recording_id)
    flash("Called off. Nothing of it goes public before somebody approves it again.")
    return redirect(url_for("recordings.one", recording_id=recording_id))


def waiting(recording: Recording) -> dict[str, Any]:
    """What the recording's page says of it; empty for what does not wait."""
    room = staff_room()
    if recording.state is not RecordingState.SCHEDULED or recording.publish_at is None:
        return {}
    until = schedule.waits_until(room.settings, schedule.approval_of(room.db, recording.id))
    return {"at": words.moment(recording.publish_at), "reason": until is not None, "hours": room.settings.waiting_hours}
