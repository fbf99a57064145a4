"""tus 1.0 over HTTP: the rules and the files are `app.uploads`'; this is the door, and what happens when a file has come.

Whoever is signed in sends for themselves. A page sends its form token in the header X-CSRFToken with every request that
changes something, POST with X-HTTP-Method-Override included.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, jsonify, request

from app.services import audit, captions, intake
from app.uploads.asks import VERSION
from app.uploads.protocol import handle
from app.uploads.sorting import MOST_FILES, Sorted, sort
from app.web.room import staff_room
from app.web.staff.sayings import FILES_SAY, NAME_WARNINGS, REFUSED_SAY

uploads = Blueprint("uploads", __name__, url_prefix="/uploads")

# OPTIONS is answered by tus itself; POST to an upload stands for another method where a proxy knows only GET and POST


@uploads.post("/advice")
def advise() -> Response:
    """Which of several files, by their names, is to be uploaded: `{"names": […]}`. Nothing of them is kept."""
    untrusted = request.get_json(silent=True)
    names = untrusted.get("names") if isinstance(untrusted, dict) else None
    if not isinstance(names, list) or len(names) > MOST_FILES or not all(isinstance(name, str) for name in names):
        abort(400)
    kinds, best = sort(names)
    return jsonify(files=[{"takes": kind.takes, "says": _says(kind), "words": kind.words} for kind in kinds], best=best)


@uploads.post("/<upload_id>/transcript")
def transcript(upload_id: str) -> Response:
    """The transcript that came with a recording of theirs: read in memory, and kept without anybody's name."""
    room, file = staff_room(), request.files.get("file")
    untrusted = room.read_captions(file.stream.read() if file is not None else b"")
    captions.attach(room.db, room.settings, upload_id, g.who.user_id, untrusted)
    return Response(status=204)


def _says(kind: Sorted) -> str:
    if kind.words:
        return FILES_SAY["words"]
    return REFUSED_SAY.get(kind.hint.value) or FILES_SAY[kind.hint.value if kind.takes else "other"]


@uploads.route("", methods=["OPTIONS", "POST"], provide_automatic_options=False)
@uploads.route("/<upload_id>", methods=["OPTIONS", "HEAD", "PATCH", "DELETE", "POST"], provide_automatic_options=False)
def tus(upload_id: str | None = None) -> Response:
    """One tus request of the member of staff who is signed in. A recording that has come whole is taken in at once.

    The answer to one that begins holds a sentence when the file's name warns of something.
    """
    room = staff_room()
    store = intake.incoming(room.settings)
    answer = handle(
        request.method,
        request.headers,
        upload_id,
        request.stream,
        store,
        g.who.user_id,
        base="/uploads",
    )
    if answer.complete is not None:
        intake.accept(room.db, room.settings, store, room.jobs, answer.complete)
        audit.note(room.db, g.who.user_id, "upload", answer.complete)
    body = NAME_WARNINGS.get(answer.hint, "").encode() or answer.body  # tus has no word for it, and asks for no body
    return Response(body, answer.status, list(answer.headers), content_type="text/plain; charset=utf-8")


@uploads.after_request
def say_the_version(response: Response) -> Response:
    """tus wants its version in every answer, also where the door has answered before it was asked."""
    if request.endpoint == "uploads.tus":
        response.headers.setdefault("Tus-Resumable", VERSION)
    return response
