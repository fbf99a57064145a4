"""The families' pages: shelf, watch page, media, privacy. Nothing is read from the visitor but the path and a byte range."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TypeVar

from flask import Blueprint, Response, abort, render_template, url_for

from app.services.intake import incoming
from app.services.shelf import Absent, Entry, by_slug, entries, media_file
from app.web import words
from app.web.media import send
from app.web.room import room
from media_pipeline.core.ladder import MOST_RENDITIONS
from media_pipeline.core.playlists import CAPTIONS, CHAPTERS, POSTER, SOUND, TOP, TRANSCRIPT, widest_multivariant

T = TypeVar("T")

pages = Blueprint("public", __name__)

_SCREENS = ("(max-width: 1000px)", "(max-width: 480px)")
"""Screens (CSS pixels across) for the middle and for the smallest of three renditions."""

_MAIL = re.compile(r"[^@\s]+@[^@\s]+")

_ASK_AGAIN = "no-cache"
"""A browser may keep media but must ask before using them: a recording that was taken down is then gone there too."""


@dataclass(frozen=True, slots=True)
class Link:
    """A file to play or to save."""

    url: str
    type: str
    """MIME type."""

    height: int
    """Lines; 0 for sound."""

    size: str
    """For people."""

    save_as: str
    """The name that a download is saved under: ours, from the short address."""

    screen: str = ""
    """A media query for the screens that this file is meant for; empty for any."""


@pages.get("/")
def shelf() -> str:
    """Every public storytime, the newest first."""
    return render_template("public/shelf.html", items=[_item(entry) for entry in entries(room().db)])


@pages.get("/s/<slug>")
def watch(slug: str) -> str:
    """One storytime: to watch, to save, to listen to."""
    entry = _there(by_slug(room().db, slug))
    mp4s = _mp4s(entry)
    return render_template(
        "public/watch.html",
        item=_item(entry),
        films=[*for_screens(mp4s), *_playlist(entry)],
        downloads=mp4s,
        sound=_sound(entry),
        words=_words(entry),
        more_coming=entry.more_coming,
    )


@pages.get("/media/<publication>/<path:name>")
def media(publication: str, name: str) -> Response:
    """A file of a public storytime, or a range of it."""
    room_ = room()
    file = _there(media_file(room_.db, room_.settings, publication, name))
    try:
        return send(file.path, _ASK_AGAIN, file.sha256)
    except FileNotFoundError:  # taken down between the look and the reading
        abort(410)


@pages.get("/privacy")
def privacy() -> str:
    """What is collected, how long, and why: from the settings in force."""
    settings = room().settings
    return render_template(
        "public/privacy.html",
        https=settings.https,
        originals_days=words.days(settings.originals_days) if settings.originals_days else "",
        officer_name=settings.privacy_officer_name,
        officer_contact=settings.privacy_officer_contact,
        officer_by_mail=_MAIL.fullmatch(settings.privacy_officer_contact) is not None,
        unfinished_days=words.days(incoming(settings).lifetime.days),
        version=version("storyshelf"),
        day=words.day(datetime.now(UTC)),
    )


@pages.get("/robots.txt")
def robots() -> Response:
    """Pages may be found, media files need not be copied."""
    return Response("User-agent: *\nDisallow: /media/\n", content_type="text/plain; charset=utf-8")


@pages.get("/healthz")
def health() -> Response:
    """Whether this server reaches its database."""
    by_slug(room().db, "-")
    return Response("ok\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


def _there(found: T | Absent) -> T:
    if isinstance(found, Absent):
        abort(410 if found is Absent.WITHDRAWN else 404)
    return found


def _item(entry: Entry) -> dict[str, object]:
    """What the templates say of a storytime."""
    return {
        "slug": entry.slug,
        "id": entry.publication_id,
        "title": entry.title,
        "series": entry.series,
        "age_group": words.AGE_GROUPS[entry.age_group] if entry.age_group else "",
        "language": words.language(entry.language),
        "tag": entry.language,
        "description": entry.description,
        "minutes": words.minutes(entry.length_ms),
        "has_video": entry.has_video,
        "poster": _url(entry, _poster(entry)) if entry.has_video else "",
        "demo": entry.demo,
        "published_at": entry.published_at,
        "day": words.day(entry.published_at),
    }


def _url(entry: Entry, name: str) -> str:
    return url_for("public.media", publication=entry.publication_id, name=name)


def _mp4s(entry: Entry) -> list[Link]:
    """The progressive films, the largest first."""
    films = []
    for file in entry.files:
        if file.name.startswith("video") and file.name.endswith(".mp4"):
            height = (
                entry.top_height if file.name == TOP else int(file.name.removeprefix("video-").removesuffix(".mp4"))
            )
            save_as = f"storytime-{entry.slug}-{height}.mp4"
            films.append(Link(_url(entry, file.name), "video/mp4", height, words.size(file.size), save_as))
    return sorted(films, key=lambda film: -film.height)


def _poster(entry: Entry) -> str:
    """The largest size's, or that of the size that is there already."""
    names = {file.name for file in entry.files}
    return POSTER if POSTER in names else next((name for name in sorted(names) if name.startswith("poster-")), POSTER)


def _playlist(entry: Entry) -> list[Link]:
    """HLS of every size that is public."""
    name = widest_multivariant(file.name for file in entry.files)
    return [Link(_url(entry, name), "application/vnd.apple.mpegurl", 0, "", "")] if name else []


def for_screens(films: list[Link]) -> list[Link]:
    """The same films for `<source>`, the smallest first: a phone on a data cap takes no more than its screen can show."""
    screens = ("", *_SCREENS[MOST_RENDITIONS - len(films) :])[: len(films)]
    return [replace(film, screen=screen) for film, screen in zip(films, screens, strict=True)][::-1]


def _words(entry: Entry) -> dict[str, str]:
    """Where captions, transcript and chapters are, of those there are."""
    names = {"captions": CAPTIONS, "transcript": TRANSCRIPT, "chapters": CHAPTERS}
    there = {file.name for file in entry.files}
    return {what: _url(entry, name) for what, name in names.items() if name in there}


def _sound(entry: Entry) -> Link | None:
    for file in entry.files:
        if file.name == SOUND:
            return Link(_url(entry, SOUND), "audio/mp4", 0, words.size(file.size), f"storytime-{entry.slug}.m4a")
    return None
