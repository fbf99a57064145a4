"""Addresses that are the same in every language: media, and what machines ask for."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template

from app.services.shelf import by_slug, entries, media_file
from app.settings import LOGO_TYPES
from app.settings.kinds import RobotsChoice
from app.web.media import send
from app.web.public.there import there
from app.web.room import room

plain = Blueprint("plain", __name__)

DARK = "#f0a878"
"""Our own colour in the dark, as `style.css` has it: a library's colour by day must not follow into the night."""

_ASK_AGAIN = "no-cache"
"""A browser may keep media but must ask before using them: a recording that was taken down is then gone there too."""

_SHARED = "public, max-age=0, must-revalidate, s-maxage=3600"
"""The same, while a cache in front of us that is told what to forget may answer for an hour without asking."""


@plain.get("/media/<publication>/<path:name>")
def media(publication: str, name: str) -> Response:
    """A file of a public storytime, or a range of it."""
    room_ = room()
    file = there(media_file(room_.db, room_.settings, publication, name))
    try:
        return send(file.kept, _ASK_AGAIN if room_.settings.cache_purge is None else _SHARED, file.sha256)
    except FileNotFoundError:  # taken down between the look and the reading
        abort(410)


@plain.get("/robots.txt")
def robots() -> Response:
    """Pages may be found, media files need not be copied; or nothing may."""
    settings = room().settings
    away = "User-agent: *\nDisallow: /\n"
    found = f"User-agent: *\nDisallow: /media/\nDisallow: /embed/\nSitemap: {settings.public_url}/sitemap.xml\n"
    text = away if settings.robots is RobotsChoice.NOTHING else found
    return Response(text, content_type="text/plain; charset=utf-8")


@plain.get("/sitemap.xml")
def sitemap() -> Response:
    """Every page that may be found."""
    if room().settings.robots is RobotsChoice.NOTHING:
        abort(404)
    page = render_template("public/sitemap.xml", entries=entries(room().db))
    return Response(page, content_type="application/xml; charset=utf-8")


@plain.get("/library.css")
def colours() -> Response:
    """The library's own colours, by day and in the dark."""
    settings = room().settings
    sheet = ""
    if settings.library_colour:
        sheet += f":root {{ --brand: {settings.library_colour}; --brand-ink: #ffffff; }}\n"
        sheet += f"@media (prefers-color-scheme: dark) {{ :root {{ --brand: {DARK}; --brand-ink: #1d1a17; }} }}\n"
    if settings.library_colour_dark:
        sheet += f"@media (prefers-color-scheme: dark) {{ :root {{ --brand: {settings.library_colour_dark}; }} }}\n"
    return Response(sheet, content_type="text/css; charset=utf-8")


@plain.get("/logo")
def logo() -> Response:
    """The library's logo."""
    path = room().settings.library_logo
    if path is None or not path.is_file():
        abort(404)
    return Response(path.read_bytes(), content_type=LOGO_TYPES[path.suffix])


@plain.get("/healthz")
def health() -> Response:
    """Whether this server reaches its database."""
    by_slug(room().db, "-")
    return Response("ok\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})
