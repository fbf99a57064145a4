"""What else families read of a recording: day, branch, books and songs, a tip, and the same in another language."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from app.services.about import BOOKS_MOST, LINE_MOST, TIP_MOST, About, Other, save_about
from app.services.library import DESCRIPTION_MOST, TITLE_MOST
from app.web.public.tongue import TONGUES
from app.web.room import staff_room
from app.web.staff.describing import describe, found
from app.web.staff.typed import Form, lines, one_line

about = Blueprint("about", __name__)

# Any: the published types of WTForms know tuples only, which it no longer wants
_OTHER_TONGUES: Any = {"": "—", **TONGUES}

_PLAIN = ("branch", "theme", "books", "tip", "signed", "other_tongue", "other_title", "other_description", "other_tip")


class AboutForm(Form):
    """What else families read of it."""

    held_on = DateField("Day of the storytime", [Optional()])
    branch = StringField("Branch", [Length(max=LINE_MOST)])
    theme = StringField("Theme", [Length(max=LINE_MOST)])
    books = TextAreaField("Books and songs", [Length(max=BOOKS_MOST)])
    tip = TextAreaField("Early-literacy tip", [Length(max=TIP_MOST)])
    signed = BooleanField("It is signed in American Sign Language")
    other_tongue = SelectField("Pages in", choices=_OTHER_TONGUES)
    other_title = StringField("Title in that language", [Length(max=TITLE_MOST)])
    other_description = TextAreaField("Description in that language", [Length(max=DESCRIPTION_MOST)])
    other_tip = TextAreaField("Early-literacy tip in that language", [Length(max=TIP_MOST)])


@about.route("/recordings/<recording_id>/about", methods=["GET", "POST"])
def page(recording_id: str) -> str | BaseResponse:
    """When and where it was, its books and songs, a tip."""
    recording = found(recording_id)
    told = {name: getattr(recording, name) for name in _PLAIN}
    form = AboutForm(data=told | {"held_on": date.fromisoformat(recording.held_on) if recording.held_on else None})
    if form.validate_on_submit():
        save_about(staff_room().db, recording_id, _about(form))
        flash("Saved.")
        return redirect(url_for("about.page", recording_id=recording_id))
    return render_template("staff/about.html", form=form, item=describe(recording))


def _about(form: AboutForm) -> About:
    try:
        return About(
            held_on=form.held_on.data,
            branch=one_line(form.branch.data),
            theme=one_line(form.theme.data),
            books=lines(form.books.data),
            tip=lines(form.tip.data),
            signed=form.signed.data,
            other=_other(form),
        )
    except ValueError:
        abort(400)


def _other(form: AboutForm) -> Other | None:
    texts = one_line(form.other_title.data), lines(form.other_description.data), lines(form.other_tip.data)
    return Other(form.other_tongue.data, *texts) if form.other_tongue.data and any(texts) else None
