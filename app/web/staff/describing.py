"""A recording as the staff's pages show it."""

from __future__ import annotations

from flask import abort, g, url_for

from app.db.engine import now
from app.db.kinds import RecordingState
from app.db.models import Recording
from app.services import going_on, library, retention
from app.services.states import REMOVABLE, RETRYABLE, WORKING
from app.uploads.disk import is_full
from app.web import words
from app.web.room import staff_room
from app.web.staff.roles import may_use
from app.web.staff.sayings import STATES, STEPS


def found(untrusted_id: str) -> Recording:
    """Its row; 404 when there is none."""
    recording = library.recording(staff_room().db, untrusted_id)
    if recording is None:
        abort(404)
    return recording


def doing(recording: Recording) -> dict[str, object]:
    """How a recording is doing: what a page that is open follows."""
    working = recording.state in WORKING
    step = STEPS[recording.step] if recording.step else "Waiting for its turn"
    if recording.step and recording.state is RecordingState.PUBLISHING_MORE:
        step = f"Larger sizes: {step[0].lower()}{step[1:]}"
    return {
        "id": recording.id,
        "state": recording.state.value,
        "says": STATES[recording.state],
        "trouble": _trouble(recording),
        "working": working,
        "step": "" if not working else "Being stopped" if recording.cancel_asked else step,
        "permille": recording.permille,
    }


def describe(recording: Recording) -> dict[str, object]:
    """A recording as the pages show it."""
    original_gone = recording.original_deleted_at is not None
    return doing(recording) | {
        "url": url_for("recordings.one", recording_id=recording.id),
        "title": recording.title or f"Recording of {words.moment(recording.created_at)}",
        "uploaded": words.moment(recording.created_at),
        "length": words.minutes(recording.length_ms) if recording.length_ms else "",
        "size": words.size(recording.size),
        "can_stop": recording.state in WORKING and not recording.cancel_asked,
        "can_retry": recording.state in RETRYABLE and not original_gone,
        "can_remove": recording.state in REMOVABLE
        and recording.held_reason is None
        and may_use(g.who, "recordings.remove"),
        "goes": _goes(recording),
        "demo": recording.demo,
        "original_gone": original_gone,
    }


def _goes(recording: Recording) -> str:
    """A warning that a draft comes to its end; empty while there is time."""
    ends = retention.draft_ends(staff_room().settings, recording)
    if ends is None or ends - now() > retention.WARNED:
        return ""
    return f"Deleted on {words.day(ends.astimezone())} unless it is published or put on hold."


def _trouble(recording: Recording) -> str:
    """What went wrong, and whether something public was taken down for it; empty when all is well."""
    if recording.state is RecordingState.PROOF_FAILED and recording.withdrawn_at == recording.state_at:
        return words.TAKEN_DOWN
    if recording.state in WORKING and is_full(staff_room().settings.data):
        return library.sentence("disk-full")  # the worker may have no room to say so
    if not recording.code:
        return ""
    by_itself = " It is also tried again by itself." if going_on.goes_on(recording) else ""
    return f"{library.sentence(recording.code)}{by_itself}"
