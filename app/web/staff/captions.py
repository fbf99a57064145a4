"""Giving captions and chapters with a recording, choosing whose words are published, and taking them away again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, g, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.services import captions as giving
from app.services.opened import Review, open_review
from app.web.room import staff_room
from media_pipeline.core.proposal import ProposedCut, Why
from media_pipeline.core.speakers import UNKNOWN, UNSURE, Given, Speaker, UntrustedCue
from media_pipeline.core.timebase import clock

captions = Blueprint("captions", __name__, url_prefix="/recordings/<recording_id>")

_LONGEST = 4000
"""Characters of one caption: more than four of the longest lines."""

_SAMPLE = 80
"""Characters of what a speaker says first, by which staff know who it is."""


@captions.post("/captions")
def give(recording_id: str) -> BaseResponse:
    """A file of captions; its name is not looked at."""
    room = staff_room()
    giving.give_captions(room.db, room.settings, recording_id, _read(), g.who.user_id)
    others = any(reason.why is Why.SOMEONE_SPEAKS for cut in _proposed(recording_id) for reason in cut.reasons)
    told = " Where somebody else speaks is proposed to be cut." if others else ""
    return _back(recording_id, f"The captions were read.{told} Please look at them below.")


@captions.post("/captions/choice")
def choose(recording_id: str) -> BaseResponse:
    """Whose words are published, and what is left out."""
    room, form = staff_room(), request.form
    try:
        kept = {int(number) for number in form.getlist("speaker")}
        left_out = {int(place) for place in form.getlist("leave")}
        giving.choose(room.db, room.settings, recording_id, form.get("said", ""), kept, left_out, g.who.user_id)
    except ValueError:
        abort(400)
    return _back(recording_id, "Saved.")


@captions.put("/captions/<int:place>")
def correct(recording_id: str, place: int) -> Response:
    """`{"said": digest, "text": words}` puts right what is said at a place, null puts back what was given; as JSON, what
    stands there now. 409 when other captions are here.
    """
    room, untrusted = staff_room(), request.get_json()
    if not isinstance(untrusted, dict) or set(untrusted) != {"said", "text"}:
        abort(400)
    said, text = untrusted["said"], untrusted["text"]
    if type(said) is not str or not (text is None or (type(text) is str and len(text) <= _LONGEST)):
        abort(400)
    try:
        given = giving.correct(room.db, room.settings, recording_id, said, place, text, g.who.user_id)
    except ValueError:
        abort(400)
    one = given.said[place]
    return jsonify(
        {
            "said": giving.said_digest(given),
            "texts": given.texts.digest,
            "text": "\n".join(one.cue.lines),
            "corrected": bool(one.given),
            "look": one.look and not one.given,
        }
    )


@captions.post("/captions/removal")
def remove(recording_id: str) -> BaseResponse:
    """Every word of them is deleted."""
    room = staff_room()
    giving.remove_captions(room.db, room.settings, recording_id, g.who.user_id)
    return _back(recording_id, "The captions were removed.")


@captions.post("/chapters")
def give_chapters(recording_id: str) -> BaseResponse:
    """A file of titles of parts."""
    room = staff_room()
    giving.give_chapters(room.db, room.settings, recording_id, _read(), g.who.user_id)
    return _back(recording_id, "The chapters were read. Please look at them below.")


@captions.post("/chapters/removal")
def remove_chapters(recording_id: str) -> BaseResponse:
    """Every title is deleted."""
    room = staff_room()
    giving.remove_chapters(room.db, room.settings, recording_id, g.who.user_id)
    return _back(recording_id, "The chapters were removed.")


def shown(opened: Review) -> dict[str, Any]:
    """What the page shows of them: the words that would be published, and which of those the cuts take out."""
    given, gone = opened.given, set(giving.dropped(opened))
    start = opened.media.whole.start
    first = {said.speaker: " ".join(said.cue.lines) for said in reversed(given.said)}
    rows = [
        {
            "place": place,
            "at": clock(said.cue.span.start - start),
            "start": float(said.cue.span.start),
            "end": float(said.cue.span.end),
            "text": "\n".join(said.cue.lines),
            "corrected": bool(said.given),
            "may_name": said.look,
            "look": said.look and not said.given,
            "left_out": place in given.left_out,
            "gone": place in gone,
        }
        for place, said in enumerate(given.said)
        if said.speaker in given.kept
    ]
    return {
        "given": bool(given.said),
        "said": giving.said_digest(given),
        "digest": given.texts.digest,
        "speakers": [_speaker(speaker, first[speaker.number]) for speaker in given.speakers] if given.labelled else [],
        "kept": given.kept,
        "rows": rows,
        "says": says(given, len(gone)),
        "chapters": [{"at": clock(cue.span.start - start), "text": " ".join(cue.lines)} for cue in given.chapters.cues],
    }


def says(given: Given, gone: int) -> str:
    """How many captions would be published, in words."""
    if not given.said:
        return "No captions were given."
    if not given.kept:
        return "Nobody’s words are chosen, so no captions will be published."
    left = sum(given.is_kept(place) for place in range(len(given.said))) - gone
    dropped = f", {gone} left out because something is cut or muted there" if gone else ""
    return f"{left} caption{'s' if left != 1 else ''} will be published{dropped}."


def _speaker(speaker: Speaker, first: str) -> dict[str, Any]:
    names = {UNKNOWN: "Captions that do not say who speaks", UNSURE: "Captions that may begin with a name"}
    return {
        "number": speaker.number,
        "name": names.get(speaker.number, f"Speaker {speaker.number}"),
        "percent": round(speaker.permille / 10),
        "cues": speaker.cues,
        "first": first if len(first) <= _SAMPLE else f"{first[:_SAMPLE].rsplit(' ', 1)[0]} …",
    }


def _read() -> tuple[UntrustedCue, ...]:
    """The file that was sent, read in memory: it is never written anywhere. Raises Refused."""
    file = request.files.get("file")
    return staff_room().read_captions(file.stream.read() if file is not None else b"")


def _proposed(recording_id: str) -> tuple[ProposedCut, ...]:
    room = staff_room()
    return open_review(room.db, room.settings, recording_id).proposal.cuts


def _back(recording_id: str, said: str) -> BaseResponse:
    flash(said)
    return redirect(url_for("recordings.one", recording_id=recording_id, _anchor="captions"))
