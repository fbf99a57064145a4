"""What leaves the shelf: feeds for podcast apps, a page for other websites' pages, a flyer with a code to scan."""

from __future__ import annotations

import io
from email.utils import format_datetime

import segno
from flask import Response, abort, render_template

from app.services.finding import Choices, look
from app.services.shelf import Entry, by_slug, gone
from app.web.guard import policy
from app.web.public import sayings, showing
from app.web.public.pages import pages, read_choices
from app.web.public.showing import Link
from app.web.public.there import there
from app.web.public.tongue import to
from app.web.room import room

__all__ = ["pages"]

MOST_IN_A_FEED = 100
"""The newest storytimes that a feed lists."""

FEED_HEIGHT = 480
"""Lines of the film that a podcast app fetches, where there are several: apps load whole films, often on the way."""

_FEED_TYPE = "application/rss+xml; charset=utf-8"


@pages.get("/feeds/<any(video,sound):kind>.xml", defaults={"choices": ""})
@pages.get("/feeds/<any(video,sound):kind>/<path:choices>.xml")
def feed(kind: str, choices: str) -> Response:
    """A podcast of the shelf, or of a part of it that somebody chose, such as a series."""
    made = read_choices(choices) if choices else Choices()
    if made.page > 1:
        abort(404)
    found = look(room().db, made, most=MOST_IN_A_FEED)
    if made.chosen and not found.entries:
        abort(404)
    names = [sayings.option(facet, one) for facet, options in found.options.items() for one in options if one.chosen]
    episodes = [_episode(entry, link) for entry in found.entries if (link := _enclosure(entry, kind))]
    page = render_template(
        "public/feed.xml",
        names=", ".join(names),
        here=to("feed", kind=kind, choices=choices),
        shelf=to("find", choices=choices) if choices else to("shelf"),
        episodes=episodes,
        gone=gone(room().db, MOST_IN_A_FEED),
    )
    return Response(page, content_type=_FEED_TYPE)


@pages.get("/embed/<slug>")
def embed(slug: str) -> Response:
    """The player alone, for the pages of websites that the library named."""
    hosts = room().settings.embed_hosts
    if not hosts:
        abort(404)
    entry = there(by_slug(room().db, slug))
    page = render_template(
        "public/embed.html",
        item=showing.item(entry),
        films=[*showing.for_screens(showing.mp4s(entry)), *showing.playlist(entry)],
        sound=showing.sound(entry),
        words=showing.texts(entry),
    )
    framed = policy(hosts, img_src="'self'", media_src="'self'", style_src="'self'", form_action="'none'")
    return Response(page, headers={"Content-Security-Policy": framed})


@pages.get("/s/<slug>/flyer")
def flyer(slug: str) -> str:
    """A page to print and hang up."""
    entry = there(by_slug(room().db, slug))
    return render_template("public/flyer.html", item=showing.item(entry))


@pages.get("/s/<slug>/code.svg")
def code(slug: str) -> Response:
    """The address of its page as a code to scan, drawn here."""
    entry = there(by_slug(room().db, slug))
    made, drawn = segno.make_qr(f"{room().settings.public_url}{to('watch', slug=entry.slug)}", error="m"), io.BytesIO()
    made.save(drawn, kind="svg", scale=8, border=4, light="#ffffff", xmldecl=False)
    return Response(drawn.getvalue(), content_type="image/svg+xml")


def _enclosure(entry: Entry, kind: str) -> Link | None:
    """What a podcast app fetches and keeps; None of what may only be watched here."""
    if not entry.downloadable:
        return None
    if kind == "sound":
        return showing.sound(entry)
    films = showing.mp4s(entry)
    fitting = [film for film in films if film.height <= FEED_HEIGHT]
    return fitting[0] if fitting else films[-1] if films else None


def _episode(entry: Entry, link: Link) -> dict[str, object]:
    told = showing.item(entry)
    return told | {
        "link": link,
        "published": format_datetime(entry.published_at),
        "captions": showing.texts(entry).get("captions", ""),
    }
