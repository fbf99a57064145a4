"""The staff's application: closed to everyone who is not signed in, but for the few views that are opened by name."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import IO

from flask import Flask, Request, Response, abort, current_app, g, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response as BaseResponse

from app.services import audit, people
from app.services.works import LARGEST_EVIDENCE
from app.web.guard import OPEN, Application, add_headers, open_to_all, policy, status_of
from app.web.room import StaffRoom, furnish, staff_room
from app.web.staff.about import about
from app.web.staff.account import account
from app.web.staff.captions import captions
from app.web.staff.keeping import keeping
from app.web.staff.later import later
from app.web.staff.limits import limiter
from app.web.staff.members import members
from app.web.staff.monitoring import has_token, monitoring
from app.web.staff.operating import operating
from app.web.staff.pictures import pictures
from app.web.staff.receipt import receipt
from app.web.staff.recordings import recordings
from app.web.staff.review import review
from app.web.staff.rights import rights
from app.web.staff.roles import ALLOWED, BY_TOKEN, may_use
from app.web.staff.runsheet import runsheet
from app.web.staff.service import service
from app.web.staff.sign_in import sign_in
from app.web.staff.takedown import takedown
from app.web.staff.uploads import uploads
from app.web.staff.works import works
from media_pipeline.core.errors import StoryshelfError

POLICY = policy(
    img_src="'self' blob:",  # contact sheets: fetched once each, then shown from memory
    media_src="'self'",
    style_src="'self'",
    script_src="'self'",
    connect_src="'self'",
    form_action="'self'",
)
"""Everything from this server, and nothing written into the page itself."""

LARGEST_FORM = 1 << 20
"""Bytes of any request but those that bring a recording."""

_SENTENCES = {
    400: "That request could not be read. Please go back and try again.",
    401: "Please sign in again.",
    403: "Your account may not do that. Please ask one of your administrators.",
    404: "There is no such page. Perhaps the recording was removed.",
    405: "That is not possible here.",
    413: "That is more than we accept at once.",
    429: "Too many tries. Please wait a minute and try again; after many wrong tries, a quarter of an hour.",
}


class InMemory(Request):
    """A request whose files are not spooled to a disk on their way: captions hold names."""

    def _get_file_stream(self, total_content_length: int | None, *_: object, **__: object) -> IO[bytes]:
        if total_content_length is None or total_content_length > (self.max_content_length or 0):
            abort(413)
        return BytesIO()


class Number(IntegerConverter):
    """A number in an address: one that every database and every name of a file can hold."""

    regex = "[0-9]{1,9}"


def make_app(room: StaffRoom) -> Flask:
    """The application for a room."""
    app = Application("app", static_folder="static", template_folder="templates")
    app.request_class = InMemory
    app.url_map.converters["int"] = Number
    app.config.update(
        SECRET_KEY=room.settings.secret_key.get_secret_value(),
        # a cookie is sent to every port of a host: the prefix at least keeps other hosts of the domain away
        SESSION_COOKIE_NAME="__Host-storyshelf" if room.settings.https else "storyshelf",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=room.settings.https,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session, whose end the server keeps
        WTF_CSRF_SSL_STRICT=False,  # it compares referrers, which our own policy does not send
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        RATELIMIT_STORAGE_URI="memory://",
    )
    furnish(app.extensions, room)
    app.before_request(_let_in)  # before the form's token is looked at: a stranger learns nothing, and is not read
    CSRFProtect(app)
    limiter.init_app(app)
    for part in (
        sign_in,
        service,
        account,
        members,
        recordings,
        keeping,
        later,
        uploads,
        captions,
        review,
        receipt,
        takedown,
        pictures,
        runsheet,
        about,
        rights,
        works,
        operating,
        monitoring,
    ):
        app.register_blueprint(part)
    app.view_functions["static"] = open_to_all("style, scripts and the icon")(app.view_functions["static"])
    app.after_request(_never_stored)
    app.after_request(_note)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(StoryshelfError, _our_error)
    names = {"library_name": room.settings.library_name, "service_name": room.settings.oidc_name.strip()}
    app.context_processor(lambda: names | {"who": g.get("who"), "may": _may})
    add_headers(app, room.settings, POLICY)
    return app


def _let_in() -> BaseResponse | None:
    """Deny by default: whoever is not signed in sees only views that are marked open, and learns of no other."""
    if request.endpoint == "works.give_evidence":  # a letter that was scanned is larger than any other form
        request.max_content_length = LARGEST_EVIDENCE + LARGEST_FORM
    g.who = people.who(staff_room().db, session["token"]) if "token" in session else None
    view = current_app.view_functions.get(request.endpoint or "")
    if g.who is None and request.endpoint in BY_TOKEN and has_token(staff_room().settings):
        return None
    if g.who is None and not hasattr(view, OPEN):
        if request.method == "GET" and not _wants_words():
            return redirect(url_for("sign_in.form"))
        abort(401)
    if g.who is not None and request.endpoint is not None and not hasattr(view, OPEN) and not _may(request.endpoint):
        abort(403)
    if g.who is not None and request.endpoint == "uploads.tus":
        request.max_content_length = sys.maxsize  # the incoming store has a limit of its own
    return None


def _may(endpoint: str) -> bool:
    """Whether whoever is signed in may use an address."""
    return may_use(g.get("who"), endpoint)


def _note(response: Response) -> Response:
    """What was done goes into the trail; a page that is shown again with what is wrong in it is nothing done."""
    who, allowed = g.get("who"), ALLOWED.get(request.endpoint or "")
    changes = request.method in {"POST", "PUT", "PATCH", "DELETE"}
    done = response.status_code < 400 and not (response.status_code == 200 and response.mimetype == "text/html")
    if who is not None and allowed is not None and allowed.deed and changes and done:
        about = request.view_args or {}
        audit.note(
            staff_room().db,
            who.user_id,
            allowed.deed,
            next((about[name] for name in ("recording_id", "user_id", "work_id") if name in about), ""),
        )
    return response


def _never_stored(response: Response) -> Response:
    """Nothing of the staff side stays in a browser's cache."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _wants_words() -> bool:
    """Whether a script asks, which shows the sentence itself, and not somebody who looks at a page."""
    return request.is_json or request.path.startswith("/uploads") or not request.accept_mimetypes.accept_html


def _answer(sentence: str, status: int) -> Response:
    if _wants_words():
        return Response(sentence, status, content_type="text/plain; charset=utf-8")
    return Response(render_template("staff/error.html", sentence=sentence), status)


def _form_expired(_error: CSRFError) -> Response:
    return _answer("This page was open for too long. Please reload it and try again; nothing is lost.", 400)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    response = _answer(_SENTENCES.get(status, "That did not work. Please try again, or ask IT."), status)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _our_error(error: StoryshelfError) -> Response:
    return _answer(error.sentence, status_of(error))
