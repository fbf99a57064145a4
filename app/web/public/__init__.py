"""The families' application."""

from __future__ import annotations

from flask import Flask, Response, render_template
from werkzeug.exceptions import HTTPException

from app.web.guard import Application, NoSession, add_headers, policy
from app.web.public.pages import pages
from app.web.room import Room, furnish
from media_pipeline.core.errors import StoryshelfError

POLICY = policy(img_src="'self'", media_src="'self'", style_src="'self'", form_action="'none'")
"""Pictures, films and the style sheet of this server; no script at all."""

_SENTENCES = {
    404: ("Not found", "There is no page here. Perhaps the address was mistyped."),
    410: ("No longer here", "This storytime has been taken down."),
}


def make_app(room: Room) -> Flask:
    """The application for a room."""
    app = Application("app", static_folder="static", template_folder="templates")
    app.session_interface = NoSession()
    app.config["MAX_CONTENT_LENGTH"] = 0  # nobody has anything to send here
    furnish(app.extensions, room)
    app.register_blueprint(pages)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(StoryshelfError, _our_error)
    app.context_processor(lambda: {"library_name": room.settings.library_name})
    app.after_request(_ask_again)
    add_headers(app, room.settings, POLICY)
    return app


def _ask_again(response: Response) -> Response:
    """A page that is kept must be asked for again before it is shown: what was taken down is then gone there too."""
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _http_error(error: HTTPException) -> tuple[str, int]:
    status = error.code or 500
    heading, sentence = _SENTENCES.get(status, ("That did not work", "Please try again in a moment."))
    return render_template("public/gone.html", heading=heading, sentence=sentence), status


def _our_error(_error: StoryshelfError) -> tuple[str, int]:
    sentence = "The shelf does not answer at the moment. Please try again in a few minutes."
    return render_template("public/gone.html", heading="That did not work", sentence=sentence), 503
