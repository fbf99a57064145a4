"""What holds for every answer of both applications: headers, errors as sentences, nothing open unless it is named."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from flask import Flask, Response
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSession, SessionInterface
from werkzeug.wrappers import Request as BaseRequest

from app.services.logs import Log
from app.settings import Settings
from media_pipeline.core.errors import (
    Cancelled,
    Fault,
    Hostile,
    NotReviewed,
    ProofFailed,
    Refused,
    Stale,
    StoryshelfError,
)

View = TypeVar("View", bound=Callable[..., object])

OPEN = "open_to_all"
"""The attribute that `open_to_all` leaves on a view."""

log = Log("web")

_STATUS: dict[type[StoryshelfError], int] = {
    Hostile: 422,
    Refused: 422,
    ProofFailed: 409,
    Stale: 409,
    NotReviewed: 409,
    Cancelled: 409,
    Fault: 503,
}

_ANSWER_LIKE_ANY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}


class _Json(DefaultJSONProvider):
    """Flask's own, to which lists in lists in lists without end are bad JSON like any other, and no fault of ours."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Raises ValueError."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


class Application(Flask):
    """A Flask application whose log names neither a visitor nor the page that was asked for."""

    json_provider_class = _Json

    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """What failed and where in the code: Flask's own line has the path, and texts of errors may hold anything."""
        error, place = exc_info[1], exc_info[2]
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        module = place.tb_frame.f_globals.get("__name__", "") if place is not None else ""
        line = place.tb_lineno if place is not None else 0
        log.error("unforeseen", error=type(error).__name__, where=f"{module}:{line}")


class NoSession(SessionInterface):
    """No session at all: reading one gives nothing, writing one fails, and no cookie is ever sent."""

    def open_session(self, app: Flask, request: BaseRequest) -> SecureCookieSession | None:  # noqa: ARG002 - Flask's
        """There is none."""
        return None


def open_to_all(why: str) -> Callable[[View], View]:
    """Opens a staff view to people who are not signed in. `why` is for whoever reads the list of open views."""

    def mark(view: View) -> View:
        setattr(view, OPEN, why)
        return view

    return mark


def add_headers(app: Flask, settings: Settings, policy: str) -> None:
    """Puts the headers on every answer; `policy` is the Content-Security-Policy."""

    def headers(response: Response) -> Response:
        for name, value in _ANSWER_LIKE_ANY.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", policy)
        if "frame-ancestors 'none'" not in response.headers["Content-Security-Policy"]:
            del response.headers["X-Frame-Options"]  # which knows no list of hosts
        if settings.https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response

    app.after_request(headers)


def status_of(error: StoryshelfError) -> int:
    """The HTTP status that an error of the tree is answered with."""
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def policy(framed_by: str = "'none'", **sources: str) -> str:
    """A Content-Security-Policy that denies everything but what is named, such as `img_src="'self'"`."""
    allowed = "; ".join(f"{name.replace('_', '-')} {value}" for name, value in sources.items())
    return f"default-src 'none'; base-uri 'none'; frame-ancestors {framed_by}; {allowed}"
