"""What others made that is in a recording, and publishing without it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.db.models import Recording
from app.db.works import Work
from app.services import rights as services
from app.services import works as records
from app.services.opened import open_review
from app.services.states import PUBLIC, REVIEWABLE
from app.web import words
from app.web.room import staff_room
from app.web.staff.describing import describe, found
from app.web.staff.rights_sayings import BARS, KINDS, ends_says
from media_pipeline.core.errors import NotReviewed, StoryshelfError
from media_pipeline.core.intervals import Interval
from media_pipeline.core.timebase import clock, read_clock

rights = Blueprint("rights", __name__, url_prefix="/recordings/<recording_id>/rights")

_NO_TIMES = (
    "Please write both moments as minutes and seconds, such as 4:05, the second after the first and within the film."
)


@rights.get("/")
def page(recording_id: str) -> str:
    """What is in it, and whether that may be published."""
    room, recording = staff_room(), found(recording_id)
    shown = services.shown_in(room.db, recording_id)
    bars, gone, version = _standing(recording, shown)
    there = {one.work.id for one in shown}
    return render_template(
        "staff/rights.html",
        item=describe(recording),
        rows=[
            {
                "id": one.id,
                "work_id": one.work.id,
                "title": one.work.title,
                "kind": KINDS[one.work.kind],
                "line": services.line(one.work),
                "ends": ends_says(one.use.right, services.today()),
                "from": clock(one.use.span.start) if one.use.span else "",
                "to": clock(one.use.span.end) if one.use.span else "",
                "gone": one.id in gone,
                "bar": BARS[bars[one.id]] if one.id in bars else "",
            }
            for one in shown
        ],
        others=[
            {"id": due.work.id, "says": f"{due.work.title}{f' ({due.work.author})' if due.work.author else ''}"}
            for due in records.every(room.db)
            if due.work.id not in there
        ],
        told=recording.rights_told,
        version=version,
        public=recording.state in PUBLIC,
    )


@rights.post("/add")
def add(recording_id: str) -> BaseResponse:
    """A record that is there already is used once more."""
    work = records.find(staff_room().db, request.form.get("work", ""))
    if work is None:
        flash("Please choose one.", "bad")
        return _back(recording_id)
    services.add(staff_room().db, recording_id, work.id)
    flash(f"“{work.title}” is in the list. From when to when is it in the film?")
    return _back(recording_id)


@rights.post("/<use_id>/times")
def times(recording_id: str, use_id: str) -> BaseResponse:
    """From when to when it is there; both empty for all the time."""
    recording = found(recording_id)
    try:
        span = _read_span(recording)
    except ValueError:
        flash(_NO_TIMES, "bad")
        return _back(recording_id)
    services.set_times(staff_room().db, recording_id, use_id, span)
    flash("Saved.")
    return _back(recording_id)


@rights.post("/<use_id>/removal")
def remove(recording_id: str, use_id: str) -> BaseResponse:
    """It is not in this recording after all; its record stays."""
    services.remove(staff_room().db, recording_id, use_id)
    flash("Taken out of the list. Its record stays.")
    return _back(recording_id)


@rights.post("/told")
def tell(recording_id: str) -> BaseResponse:
    """Everything of others has its record here, or that is open again."""
    told = request.form.get("told") == "yes"
    services.tell(staff_room().db, recording_id, told)
    flash("Noted: the list is complete." if told else "Noted: the list is not complete.")
    if request.form.get("back") == "recording":
        return redirect(url_for("recordings.one", recording_id=recording_id, _anchor="rights"))
    return _back(recording_id)


@rights.post("/without")
def without(recording_id: str) -> BaseResponse:
    """Cuts every moment of a work; the edit `version` is the one that was on the page."""
    room = staff_room()
    try:
        version = int(request.form.get("version", ""))
    except ValueError:
        abort(400)
    done = services.publish_without(
        room.db, room.settings, recording_id, request.form.get("work", ""), version, g.who.user_id
    )
    flash(
        "It is cut out now, wherever it is. Songs, rhymes and talk around it stay. “Undo” in the review brings it back."
    )
    if done.lines:
        flash(
            f"{words.counted(done.lines, 'line')} that named it {'was' if done.lines == 1 else 'were'} taken out of what families read."
        )
    if done.named:
        flash("The title, the description or the tip still name it. Please look at them.", "bad")
    return _back(recording_id)


def rights_of(recording: Recording) -> dict[str, Any]:
    """What the recording's own page says of it."""
    shown, today = services.shown_in(staff_room().db, recording.id), services.today()
    near = services.ending(staff_room().db, recording.id).get(recording.id, ())
    return {
        "count": len(shown),
        "told": recording.rights_told,
        "says": hindrance(recording) or _nothing_in_the_way(len(shown)),
        "ending": [{"title": work.title, "ends": ends_says(services.right_of(work), today)} for work in near],
    }


def _nothing_in_the_way(count: int) -> str:
    return (
        f"{words.counted(count, 'record')}: nothing in the way of publishing."
        if count
        else "There is nothing of others in it."
    )


def endings(works: Iterable[Work]) -> str:
    """What the list says of a recording in which rights end soon, or have ended."""
    today = services.today()
    return " ".join(f"“{work.title}” may be shown {ends_says(services.right_of(work), today)}." for work in works)


def hindrance(recording: Recording) -> str:
    """Why the edit in force may not be approved for the sake of rights, for staff; empty when nothing is in the way."""
    if not recording.rights_told:
        return NotReviewed("rights-untold").sentence
    bars, _gone, _version = _standing(recording, services.shown_in(staff_room().db, recording.id))
    return NotReviewed("rights-barred").sentence if bars else ""


def _standing(
    recording: Recording, shown: tuple[services.Shown, ...]
) -> tuple[dict[str, Any], frozenset[str], int | None]:
    """What bars it, which of it is cut, and the edit's version; None when nothing can be edited now."""
    room, today = staff_room(), services.today()
    try:
        opened = open_review(room.db, room.settings, recording.id) if recording.state in REVIEWABLE else None
    except StoryshelfError:
        opened = None
    if opened is None:
        return {one.id: bar for one in shown if (bar := one.use.right.bar(today))}, frozenset(), None
    gone = frozenset(one.id for one in shown if one.use.left_out(opened.edits))
    return services.bars(shown, opened.edits, today), gone, opened.version


def _read_span(recording: Recording) -> Interval | None:
    """Raises ValueError for what is no span of the recording."""
    start, end = request.form.get("start", "").strip(), request.form.get("end", "").strip()
    if not start and not end:
        return None
    span = Interval(read_clock(start), read_clock(end))
    if recording.length_ms is not None and span.start * 1000 >= recording.length_ms:
        raise ValueError("outside of the recording")
    return span


def _back(recording_id: str) -> BaseResponse:
    return redirect(url_for("rights.page", recording_id=recording_id))
