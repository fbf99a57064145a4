"""The review room: what the page shows, what it saves, what it was shown, and the approval."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, request, url_for

from app.services import declaring, editing, eyes
from app.services import review as reviewing
from app.services.looks import answer_look
from app.services.opened import open_review
from app.services.values import PrivateFolder
from app.services.watching import mark_played
from app.stores import Kept
from app.web.media import Told, send, send_whole
from app.web.room import staff_room
from app.web.staff.described import described, unseen_now
from app.web.staff.edits import read_edits, read_version
from app.web.staff.looks import read_answer
from app.web.staff.timeline import timeline
from media_pipeline.core.captions import NO_TEXTS, Uncaptioned
from media_pipeline.core.errors import Stale

review = Blueprint("review", __name__, url_prefix="/recordings/<recording_id>")

_LONGEST_MOMENT = 40
"""Characters."""

_MOST_SECONDS = 1000
"""More than one report of a page ever tells."""


@review.get("/review")
def state(recording_id: str) -> Response:
    """Everything that the page needs, as JSON; times are seconds."""
    return jsonify(described(recording_id))


@review.get("/review/timeline")
def lanes(recording_id: str) -> Response:
    """What was found when, which look is when, and how loud it is, as JSON: the same whatever is edited."""
    room = staff_room()
    opened = open_review(room.db, room.settings, recording_id)
    return jsonify(timeline(opened, PrivateFolder(room.settings, recording_id)))


@review.get("/strip.jpg")
def strip(recording_id: str) -> Response:
    """A few pictures of all of the film, for the timeline: they count as no look."""
    room = staff_room()
    open_review(room.db, room.settings, recording_id)
    folder = PrivateFolder(room.settings, recording_id)
    return _private(folder.kept(folder.strip))


@review.put("/edits")
def save(recording_id: str) -> Response:
    """`{"version": n, "edits": [{"action", "start", "end", "box"?}, …]}` replaces all edits, written as for the command line.

    The answer is the new state; 409 for an older version.
    """
    room = staff_room()
    edits, version = read_edits(request.get_json())
    editing.save_edits(room.db, room.settings, recording_id, edits, version, g.who.user_id)
    return jsonify(described(recording_id))


@review.post("/edits/undo")
def undo(recording_id: str) -> Response:
    """`{"version": n}` goes back to the state before; the answer is the new state. 409 also when there is none."""
    room = staff_room()
    editing.undo(room.db, room.settings, recording_id, read_version(request.get_json()), g.who.user_id)
    return jsonify(described(recording_id))


@review.post("/edits/redo")
def redo(recording_id: str) -> Response:
    """`{"version": n}` does again what was undone last; as for undoing."""
    room = staff_room()
    editing.redo(room.db, room.settings, recording_id, read_version(request.get_json()), g.who.user_id)
    return jsonify(described(recording_id))


@review.put("/looks/<int:number>")
def answer(recording_id: str, number: int) -> Response:
    """`{"version": n, "kind": what}` says what a look shows; the answer is the new state. 409 for an older version."""
    room = staff_room()
    try:
        kind, version = read_answer(request.get_json())
    except (KeyError, TypeError, ValueError):
        abort(400)
    answer_look(room.db, room.settings, recording_id, number, kind, version, g.who.user_id)
    return jsonify(described(recording_id))


@review.put("/sound")
def sound(recording_id: str) -> Response:
    """`{"version": n, "participants_muted": yes or no}` declares it; the answer is the new state. 409 for an older version."""
    room, untrusted = staff_room(), request.get_json()
    version = read_version(untrusted)
    muted = untrusted.get("participants_muted")
    if type(muted) is not bool:
        abort(400)
    declaring.declare_participants_muted(room.db, room.settings, recording_id, muted, version, g.who.user_id)
    return jsonify(described(recording_id))


@review.post("/approve")
def approve(recording_id: str) -> Response:
    """Approves the edit `version` that was on the page with the words, by their digest; refused while a kept second was not shown.

    Where no captions would be published, `uncaptioned` says why. `publish_at` (ISO 8601, by this server's clock unless it names a
    zone) publishes it later.
    """
    room = staff_room()
    untrusted = request.get_json()
    version = read_version(untrusted)
    texts = untrusted.get("texts", NO_TEXTS.digest)
    if type(texts) is not str:
        abort(400)
    reason = _read_reason(untrusted.get("uncaptioned"))
    try:
        later = _read_moment(untrusted.get("publish_at"))
        reviewing.approve(room.db, room.settings, room.jobs, recording_id, g.who, version, texts, reason, later)
    except ValueError:
        abort(400)
    return jsonify({"url": url_for("recordings.one", recording_id=recording_id)})


@review.get("/sheets/<int:sheet>.jpg")
def sheet(recording_id: str, sheet: int) -> Response:
    """One contact sheet, always whole; noted as sent to this session."""
    room = staff_room()
    if request.method == "GET":
        eyes.mark_issued(room.db, room.settings, recording_id, g.who.session_id, sheet)
    else:  # who asks for its head alone has not seen it, and may ask for no other folder either
        open_review(room.db, room.settings, recording_id)
    folder = PrivateFolder(room.settings, recording_id)
    return _private(folder.kept(folder.sheet(sheet)))


@review.post("/sheets/<int:sheet>/seen")
def seen(recording_id: str, sheet: int) -> Response:
    """The page says that this sheet stood on the screen; it counts only if it was sent to this session."""
    room = staff_room()
    eyes.mark_seen(room.db, recording_id, g.who.session_id, sheet)
    return jsonify(unseen_now(recording_id))


@review.post("/watched")
def played(recording_id: str) -> Response:
    """`{"seconds": [n, …], "heard": [n, …]}`: the page says which seconds of the film it has played, and which aloud and at up
    to twice their speed; those count that were sent to this session. Either may be missing.

    The answer tells what is still unseen and unheard.
    """
    room, untrusted = staff_room(), request.get_json()
    if not isinstance(untrusted, dict) or not set(untrusted) <= {"seconds", "heard"}:
        abort(400)
    open_review(room.db, room.settings, recording_id)
    mark_played(
        room.db,
        room.settings,
        recording_id,
        g.who.session_id,
        untrusted_watched=_seconds(untrusted.get("seconds", [])),
        untrusted_heard=_seconds(untrusted.get("heard", [])),
    )
    return jsonify(unseen_now(recording_id))


def _seconds(untrusted: Any) -> list[int]:
    if type(untrusted) is not list or len(untrusted) > _MOST_SECONDS:
        abort(400)
    if any(type(second) is not int for second in untrusted):
        abort(400)
    return untrusted


@review.get("/proxy.mp4")
def proxy(recording_id: str) -> Response:
    """The private film or sound to play while deciding. What was sent to its end is noted."""
    room, session_id = staff_room(), g.who.session_id
    open_review(room.db, room.settings, recording_id)

    def sent(start: int, end: int) -> None:
        eyes.mark_sent(room.db, recording_id, session_id, start, end)

    folder = PrivateFolder(room.settings, recording_id)
    return _private(folder.kept(folder.proxy), sent)


def _read_reason(untrusted: object) -> Uncaptioned | None:
    """Why no captions are published, if that was said; else the request ends with 400."""
    if untrusted is None:
        return None
    known = {reason.value: reason for reason in Uncaptioned}
    if type(untrusted) is not str or untrusted not in known:
        abort(400)
    return known[untrusted]


def _read_moment(untrusted: object) -> datetime | None:
    """A moment, if one was said. Raises ValueError for what is none."""
    if untrusted is None or untrusted == "":
        return None
    if type(untrusted) is not str or len(untrusted) > _LONGEST_MOMENT:
        raise ValueError("a moment is a text")
    try:
        return datetime.fromisoformat(untrusted).astimezone(UTC)
    except OverflowError:
        raise ValueError("no such day") from None


def _private(kept: Kept, told: Told | None = None) -> Response:
    try:
        return send_whole(kept, "no-store") if kept.suffix == ".jpg" else send(kept, "no-store", told=told)
    except FileNotFoundError:
        raise Stale("moved-on") from None
