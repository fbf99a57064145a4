"""The staff's list, and what can be done with one recording besides reviewing it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.db.engine import now
from app.db.kinds import AgeGroup, RecordingState
from app.db.models import Recording
from app.services import audit, declaring, intake, library, publish, retention
from app.services.library import DESCRIPTION_MOST, SERIES_MOST, TITLE_MOST, Details
from app.services.opened import open_review
from app.services.shelf import posters
from app.services.states import PUBLIC, REMOVABLE, RETRYABLE, REVIEWABLE, WORKING
from app.web import words
from app.web.room import staff_room
from app.web.staff.captions import shown
from app.web.staff.keeping import kept
from app.web.staff.roles import may_use
from app.web.staff.sayings import ACTIONS, GROUPS, NAME_WARNINGS, PUBLIC_ALREADY, STATES, STEPS, UNCAPTIONED
from app.web.staff.typed import Form, lines, one_line
from media_pipeline.core.errors import StoryshelfError

recordings = Blueprint("recordings", __name__)


# Any: the published types of WTForms know tuples only, which it no longer wants
_AGE_GROUPS: Any = {"": "—", **{group.value: name for group, name in words.AGE_GROUPS.items()}}
_LANGUAGES: Any = {"": "—", **words.LANGUAGES}


class DetailsForm(Form):
    """What families read of a recording."""

    title = StringField("Title", [DataRequired("Please give it a title."), Length(max=TITLE_MOST)])
    series = StringField("Series", [Length(max=SERIES_MOST)])
    age_group = SelectField("For", choices=_AGE_GROUPS)
    language = SelectField("Language", choices=_LANGUAGES)
    description = TextAreaField("Description", [Length(max=DESCRIPTION_MOST)])


@recordings.get("/")
def shelf() -> str:
    """Every recording, or those of one group (`?show=`), with live progress, and the place to upload."""
    every, chosen = library.recordings(staff_room().db), request.args.get("show", "all")
    if chosen not in GROUPS:
        abort(404)
    counts = {name: sum(r.state in group.states for r in every) for name, group in GROUPS.items()}
    found = [describe(recording) for recording in every if recording.state in GROUPS[chosen].states]
    pictured = posters(staff_room().db)
    return render_template(
        "staff/shelf.html", items=found, groups=GROUPS, counts=counts, chosen=chosen, pictured=pictured
    )


@recordings.get("/progress")
def progress() -> Response:
    """How every recording is doing, as JSON: ids, numbers and sentences of ours."""
    return jsonify([doing(recording) for recording in library.recordings(staff_room().db)])


@recordings.route("/recordings/<recording_id>", methods=["GET", "POST"])
def one(recording_id: str) -> str | BaseResponse:
    """A recording: its details, its review, its publication."""
    room = staff_room()
    recording = found(recording_id)
    form = DetailsForm(obj=recording)
    if form.validate_on_submit():
        library.save_details(room.db, recording_id, _details(form))
        flash("Saved.")
        return redirect(url_for("recordings.one", recording_id=recording_id))
    publication = publish.publication_of(room.db, recording_id)
    public = publication is not None and recording.state in PUBLIC
    return render_template(
        "staff/recording.html",
        form=form,
        item=describe(recording),
        titled=bool(recording.title),
        actions=[(action.value, says) for action, says in ACTIONS.items()],
        uncaptioned=[(reason.value, says) for reason, says in UNCAPTIONED.items()],
        words=_words(recording),
        warning=NAME_WARNINGS.get(recording.hint, ""),
        reviewable=may_use(g.who, "review.state")
        and recording.state in REVIEWABLE
        and recording.original_deleted_at is None,
        public_address=f"{room.settings.public_url}/s/{publication.slug}" if public and publication else "",
        receipt=publication is not None and may_use(g.who, "receipt.page"),
        public_already=PUBLIC_ALREADY.get(recording.state, ""),
        proof=_proof(recording) if recording.state is RecordingState.PROOF_FAILED else {},
        keeping=kept(recording, room.settings),
    )


@recordings.post("/recordings/<recording_id>/unpublish")
def unpublish(recording_id: str) -> BaseResponse:
    """Takes it down at once."""
    room = staff_room()
    publish.unpublish(room.db, room.settings, recording_id)
    flash("Taken down. Families now read that it is no longer here.")
    return redirect(url_for("recordings.one", recording_id=recording_id))


@recordings.post("/recordings/<recording_id>/remove")
def remove(recording_id: str) -> BaseResponse:
    """Removes the recording and every private file of it, for good."""
    room = staff_room()
    intake.remove(room.db, room.settings, recording_id)
    flash("Removed, with every file of it.")
    return redirect(url_for("recordings.shelf"))


@recordings.post("/recordings/removal")
def remove_several() -> str | BaseResponse:
    """Removes every `recording` that is named, once somebody is `sure`: it is asked first."""
    room = staff_room()
    found = [library.recording(room.db, untrusted_id) for untrusted_id in request.form.getlist("recording")]
    chosen = [recording for recording in found if recording is not None and recording.state in REMOVABLE]
    if not chosen:
        flash("Nothing was chosen that can be removed.")
        return redirect(url_for("recordings.shelf"))
    if request.form.get("sure") != "yes":
        return render_template("staff/removal.html", items=[describe(recording) for recording in chosen])
    for recording in chosen:
        intake.remove(room.db, room.settings, recording.id)
        audit.note(room.db, g.who.user_id, "remove", recording.id)
    flash(f"{words.counted(len(chosen), 'recording')} removed, with every file of them.")
    return redirect(url_for("recordings.shelf"))


@recordings.post("/recordings/<recording_id>/cancel")
def cancel(recording_id: str) -> BaseResponse:
    """Stops the work on it."""
    library.cancel(staff_room().db, recording_id)
    return redirect(url_for("recordings.one", recording_id=recording_id))


@recordings.post("/recordings/<recording_id>/retry")
def retry(recording_id: str) -> BaseResponse:
    """Takes failed work up again."""
    room = staff_room()
    library.retry(room.db, room.settings, room.jobs, recording_id)
    return redirect(url_for("recordings.one", recording_id=recording_id))


@recordings.post("/recordings/<recording_id>/safe")
def safe(recording_id: str) -> BaseResponse:
    """Notes that a person has looked where the second look saw someone, and that everyone there may be shown."""
    room = staff_room()
    declaring.declare_safe(room.db, room.settings, recording_id)
    flash("Noted. Nothing is public yet: please approve it once more below.")
    return redirect(url_for("recordings.one", recording_id=recording_id))


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
    return library.sentence(recording.code) if recording.code else ""


def _proof(recording: Recording) -> dict[str, object]:
    """What the proof found and what to do about it, in plain words."""
    broken = library.broken_checks(staff_room().settings, recording.id)
    names = {check.name for check in broken}
    subject = "The rest" if words.SECOND_LOOK in names else "This"
    return {
        "checks": [
            {
                "says": words.CHECKS.get(check.name, check.name),
                "size": words.lines(check.height),
                "places": check.places,
                "more": max(0, check.wrong - len(check.places)),
                "moments": check.name == words.SECOND_LOOK,
            }
            for check in broken
        ],
        "look_again": words.LOOK_AGAIN if words.SECOND_LOOK in names else "",
        "not_yours": f"{subject} {words.NOT_YOURS}" if names != {words.SECOND_LOOK} else "",
    }


def found(untrusted_id: str) -> Recording:
    """Its row; 404 when there is none."""
    recording = library.recording(staff_room().db, untrusted_id)
    if recording is None:
        abort(404)
    return recording


def _words(recording: Recording) -> dict[str, Any]:
    """The captions and chapters of a recording that is to be decided on; empty when they cannot be read."""
    room = staff_room()
    try:
        return shown(open_review(room.db, room.settings, recording.id))
    except StoryshelfError:
        return {}


def _details(form: DetailsForm) -> Details:
    group = form.age_group.data
    try:
        return Details(
            title=one_line(form.title.data),
            series=one_line(form.series.data),
            age_group=AgeGroup(group) if group else None,
            language=form.language.data,
            description=lines(form.description.data),
        )
    except ValueError:  # control characters: no browser sends them from this form
        abort(400)
