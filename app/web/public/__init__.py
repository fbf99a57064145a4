"""The families' application."""

from __future__ import annotations

from flask import Flask, Response, render_template
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import HTTPException

from app.settings import Settings
from app.settings.kinds import RobotsChoice
from app.web.guard import Application, NoSession, add_headers, policy
from app.web.public.out import pages
from app.web.public.pages import WATCHING, privacy_text
from app.web.public.plain import plain
from app.web.public.tongue import TONGUES, prefix, speak
from app.web.room import Room, furnish
from media_pipeline.core.errors import StoryshelfError

POLICY = policy(img_src="'self'", media_src="'self'", style_src="'self'", form_action="'self'")
"""Pictures, films and the style sheet of this server, and a search that is sent to it; no script at all."""

_SENTENCES = {
    404: (_("Not found"), _("There is no page here. Perhaps the address was mistyped.")),
    410: (_("No longer here"), _("This storytime has been taken down.")),
}
_OTHERWISE = (_("That did not work"), _("Please try again in a moment."))
_TROUBLE = (
    _("That did not work"),
    _("The shelf does not answer at the moment. Please try again in a few minutes."),
)

AS_FILES = "AS_FILES"
"""Set in an application's config whose pages are written into files: without what needs a server."""

LARGEST_SEARCH = 4096
"""Bytes of a search, the only thing that anybody may send."""


def make_app(room: Room) -> Flask:
    """The application for a room."""
    app = Application("app", static_folder="static", template_folder="templates")
    app.session_interface = NoSession()
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_SEARCH
    furnish(app.extensions, room)
    speak(app)
    app.register_blueprint(plain)
    for tag in TONGUES:
        app.register_blueprint(pages, name=tag, url_prefix=prefix(tag))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(StoryshelfError, _our_error)
    app.config[AS_FILES] = False
    app.context_processor(lambda: _face(room.settings) | {"as_files": app.config[AS_FILES], "watching": WATCHING})
    app.after_request(_ask_again)
    if room.settings.robots is RobotsChoice.NOTHING:
        app.after_request(_stay_away)
    add_headers(app, room.settings, POLICY)
    return app


def policy_shown(app: Flask) -> dict[str, str]:
    """What the privacy page says in each language, whatever the day."""
    shown = {}
    for tag in TONGUES:
        with app.test_request_context(f"{prefix(tag)}/privacy"):
            app.preprocess_request()
            shown[tag] = privacy_text()
    return shown


def _ask_again(response: Response) -> Response:
    """A page that is kept must be asked for again before it is shown: what was taken down is then gone there too."""
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _stay_away(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _face(settings: Settings) -> dict[str, object]:
    """The library's own, for every page."""
    return {
        "library_name": settings.library_name,
        "public_url": settings.public_url,
        "logo": settings.library_logo is not None,
        "coloured": bool(settings.library_colour or settings.library_colour_dark),
    }


def _http_error(error: HTTPException) -> tuple[str, int]:
    status = error.code or 500
    return _say(*_SENTENCES.get(status, _OTHERWISE), status)


def _our_error(_error: StoryshelfError) -> tuple[str, int]:
    return _say(*_TROUBLE, 503)


def _say(heading: LazyString, sentence: LazyString, status: int) -> tuple[str, int]:
    return render_template("public/gone.html", heading=heading, sentence=sentence), status
