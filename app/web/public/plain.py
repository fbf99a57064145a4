"""Addresses that are the same in every language: media, and what machines ask for."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from app.services.shelf import by_slug, media_file
from app.web.media import send
from app.web.public.there import there
from app.web.room import room

plain = Blueprint("plain", __name__)

_ASK_AGAIN = "no-cache"
"""A browser may keep media but must ask before using them: a recording that was taken down is then gone there too."""


@plain.get("/media/<publication>/<path:name>")
def media(publication: str, name: str) -> Response:
    """A file of a public storytime, or a range of it."""
    room_ = room()
    file = there(media_file(room_.db, room_.settings, publication, name))
    try:
        return send(file.path, _ASK_AGAIN, file.sha256)
    except FileNotFoundError:  # taken down between the look and the reading
        abort(410)


@plain.get("/robots.txt")
def robots() -> Response:
    """Pages may be found, media files need not be copied."""
    return Response("User-agent: *\nDisallow: /media/\n", content_type="text/plain; charset=utf-8")


@plain.get("/healthz")
def health() -> Response:
    """Whether this server reaches its database."""
    by_slug(room().db, "-")
    return Response("ok\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})
