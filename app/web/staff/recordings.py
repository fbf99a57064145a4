"""The staff's list, and what can be done with one recording besides reviewing it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.db.kinds import AgeGroup, RecordingState
from app.db.models import Recording
from app.services import audit, declaring, intake, library, publish, rights
from app.services.library import DESCRIPTION_MOST, SERIES_MOST, TITLE_MOST, Details
from app.services.opened import open_review
from app.services.shelf import posters
from app.services.states import PUBLIC, REMOVABLE, REVIEWABLE
from app.web import words
from app.web.room import staff_room
from app.web.staff.captions import shown
from app.web.staff.describing import describe, doing, found
from app.web.staff.keeping import kept
from app.web.staff.later import waiting
from app.web.staff.rights import endings, rights_of
from app.web.staff.roles import may_use
from app.web.staff.sayings import ACTIONS, GROUPS, NAME_WARNINGS, PUBLIC_ALREADY, UNCAPTIONED
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
    shown_ones = [describe(recording) for recording in every if recording.state in GROUPS[chosen].states]
    return render_template(
        "staff/shelf.html",
        items=shown_ones,
        groups=GROUPS,
        counts=counts,
        chosen=chosen,
        pictured=posters(staff_room().db),
        ending={recording_id: endings(works) for recording_id, works in rights.ending(staff_room().db).items()},
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
        rights=rights_of(recording),
        waiting=waiting(recording),
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
        flash("Nothing was chosen that can be removed.", "bad")
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
