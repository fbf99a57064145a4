"""How long a recording is kept: its end on the shelf, its original, and a hold."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.db.engine import now
from app.db.models import Recording
from app.services import anew, holds, retention
from app.services.states import PUBLIC, WORKING
from app.settings import Settings
from app.web import words
from app.web.room import staff_room

keeping = Blueprint("keeping", __name__)

_WRONG_DAY = "Please choose a day that is still to come."
_WRONG_REASON = f"Please say why, in one line of at most {holds.REASON_MOST} characters."


@keeping.post("/recordings/<recording_id>/end")
def end(recording_id: str) -> BaseResponse:
    """The last day on which families can watch it."""
    try:
        last = date.fromisoformat(request.form.get("last", ""))
        holds.set_end(staff_room().db, recording_id, last)
    except ValueError:
        flash(_WRONG_DAY, "bad")
    else:
        flash(f"Families can watch it until the end of {words.day(last)}.")
    return _back(recording_id)


@keeping.post("/recordings/<recording_id>/delete-original")
def delete_original(recording_id: str) -> BaseResponse:
    """Deletes the original now; what is public stays."""
    room = staff_room()
    retention.delete_original(room.db, room.settings, recording_id)
    flash("The original has been deleted, with all that was made of it for the review.")
    return _back(recording_id)


@keeping.post("/recordings/<recording_id>/hold")
def hold(recording_id: str) -> BaseResponse:
    """Nothing of it is deleted until the hold is lifted."""
    try:
        holds.hold(staff_room().db, recording_id, g.who.user_id, request.form.get("reason", ""))
    except ValueError:
        flash(_WRONG_REASON, "bad")
    else:
        flash("On hold. Nothing of it is deleted until somebody lifts the hold.")
    return _back(recording_id)


@keeping.post("/recordings/<recording_id>/release")
def release(recording_id: str) -> BaseResponse:
    """Lifts the hold."""
    holds.release(staff_room().db, recording_id)
    flash("The hold is lifted. What is over will be deleted within the hour.")
    return _back(recording_id)


@keeping.post("/recordings/<recording_id>/anew")
def begin_anew(recording_id: str) -> BaseResponse:
    """What is public is looked through once more, so that more can be cut out of it."""
    room = staff_room()
    new_id = anew.begin(room.db, room.settings, room.jobs, recording_id, g.who.user_id, room.read_captions)
    flash(
        "This is a copy of what is public. Once you have reviewed and approved it, it takes its place, under the same address."
    )
    return redirect(url_for("recordings.one", recording_id=new_id))


def kept(recording: Recording, settings: Settings) -> dict[str, object]:
    """What the page says of how long a recording is kept."""
    draft, original = retention.draft_ends(settings, recording), retention.original_ends(settings, recording)
    public = recording.state in PUBLIC
    gone = recording.original_deleted_at is not None
    return {
        "held": recording.held_reason or "",
        "held_since": words.day(recording.held_at.astimezone()) if recording.held_at else "",
        "last_day": holds.last_day(recording.ends_at).isoformat() if public and recording.ends_at else "",
        "last_says": words.day(holds.last_day(recording.ends_at)) if public and recording.ends_at else "",
        "original_gone": gone,
        "original_ends": words.day(original.astimezone()) if original else "",
        "draft_ends": words.day(draft.astimezone()) if draft else "",
        "soon": draft is not None and draft - now() <= retention.WARNED,
        "public": public,
        "can_delete_original": public and not gone and recording.state not in WORKING and not recording.held_reason,
        "can_begin_anew": anew.can_begin(recording),
        "days": words.days(settings.originals_days),
        "reason_most": holds.REASON_MOST,
    }


def _back(recording_id: str) -> BaseResponse:
    return redirect(url_for("recordings.one", recording_id=recording_id, _anchor="keeping"))
