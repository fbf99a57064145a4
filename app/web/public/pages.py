"""The families' pages, once in every language. Of a visitor nothing is read but the path, and the words of a search."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib.metadata import version

from flask import Blueprint, Response, abort, make_response, render_template, request

from app.services.access import access
from app.services.finding import Choices, Facet, look
from app.services.intake import incoming
from app.services.selfcheck import last
from app.services.shelf import by_slug, media_file
from app.settings.kinds import StoreChoice
from app.web.guard import policy
from app.web.public import sayings, showing
from app.web.public.there import there
from app.web.room import room
from media_pipeline.core.playlists import TRANSCRIPT

pages = Blueprint("pages", __name__)

LONGEST_SEARCH = 100
"""Characters of a search that are read."""

WATCHING = policy(
    img_src="'self'",
    media_src="'self' blob:",  # hls.js hands the browser what it has read itself
    style_src="'self'",
    script_src="'self'",
    connect_src="'self'",
    form_action="'self'",
)
"""A page that plays: its comforts are a script of this server, which may ask this server for more."""

_MAIL = re.compile(r"[^@\s]+@[^@\s]+")


@pages.get("/")
def shelf() -> str:
    """Every public storytime, the newest first."""
    return _shelf(Choices())


@pages.get("/find/<path:choices>")
def find(choices: str) -> str:
    """Those that fit what was chosen."""
    return _shelf(read_choices(choices))


@pages.route("/search", methods=["GET", "POST"], defaults={"choices": ""})
@pages.route("/search/<path:choices>", methods=["GET", "POST"])
def search(choices: str) -> str | Response:
    """Those that hold the words of a form: words in an address would be in every log on their way."""
    made = read_choices(choices) if choices else Choices()
    if request.method != "POST":  # somebody went back, or reloaded: the words are not kept
        return _shelf(made)
    response = make_response(_shelf(made, request.form.get("words", "")[:LONGEST_SEARCH].strip()))
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/s/<slug>")
def watch(slug: str) -> Response:
    """One storytime: to watch, to save, to listen to."""
    entry = there(by_slug(room().db, slug))
    mp4s = showing.mp4s(entry)
    page = render_template(
        "public/watch.html",
        item=showing.item(entry),
        films=[*showing.for_screens(mp4s), *showing.playlist(entry)],
        mp4s=mp4s,
        savable=entry.downloadable,
        sound=showing.sound(entry),
        words=showing.texts(entry),
        more_coming=entry.more_coming,
        files=showing.receipt(entry),
        reports=entry.reports,
        why_uncaptioned=sayings.uncaptioned(entry.uncaptioned) if entry.uncaptioned and not entry.captioned else "",
    )
    return Response(page, headers={"Content-Security-Policy": WATCHING})


@pages.get("/s/<slug>/transcript")
def transcript(slug: str) -> str:
    """What is said in it, to read or to print."""
    room_ = room()
    entry = there(by_slug(room_.db, slug))
    file = there(media_file(room_.db, room_.settings, entry.publication_id, TRANSCRIPT))
    try:
        with file.kept.open(0, size := file.kept.size()) as lines:
            text = lines.read(size).decode("utf-8")
    except FileNotFoundError:  # taken down between the look and the reading
        abort(410)
    return render_template("public/transcript.html", item=showing.item(entry), transcript=text)


@pages.get("/privacy")
def privacy() -> str:
    """What is collected, how long, and why: from the settings in force."""
    checked = last(room().settings)
    return privacy_text(sayings.day(datetime.now(UTC).date()), sayings.day(checked) if checked else "")


def privacy_text(day: str = "", checked_on: str = "") -> str:
    """The same as made on that day; without one, what it says whenever it is made."""
    settings = room().settings
    return render_template(
        "public/privacy.html",
        https=settings.https,
        originals_days=sayings.days(settings.originals_days) if settings.originals_days else "",
        drafts_days=sayings.days(settings.drafts_days),
        published_days=sayings.days(settings.published_days),
        traces_days=sayings.days(settings.traces_days),
        backups_days=sayings.days(settings.backups_days),
        trail_days=sayings.days(settings.trail_days),
        officer_name=settings.privacy_officer_name,
        officer_contact=settings.privacy_officer_contact,
        live_platform=settings.live_platform,
        privacy_law=settings.privacy_law,
        embed_hosts=settings.embed_hosts.split(),
        store_holder=settings.store_holder.strip() if settings.store is StoreChoice.S3 else "",
        cache_holder=settings.cache_holder.strip() if settings.cache_purge is not None else "",
        site=settings.public_url,
        officer_by_mail=_MAIL.fullmatch(settings.privacy_officer_contact) is not None,
        unfinished_days=sayings.days(incoming(settings).lifetime.days),
        checked_on=checked_on,
        version=version("storyshelf"),
        day=day,
    )


@pages.get("/accessibility")
def accessibility() -> str:
    """What is done for access, and what is lacking: from what is public at this moment and the settings in force."""
    settings, found = room().settings, access(room().db)
    contact = settings.accessibility_contact.strip()
    return render_template(
        "public/accessibility.html",
        found=found,
        lacking=[(sayings.uncaptioned(reason), count) for reason, count in found.uncaptioned.items()],
        contact=contact or settings.privacy_officer_contact,
        name="" if contact else settings.privacy_officer_name,
        by_mail=_MAIL.fullmatch(contact or settings.privacy_officer_contact) is not None,
        version=version("storyshelf"),
        day=sayings.day(datetime.now(UTC).date()),
    )


def read_choices(untrusted_choices: str) -> Choices:
    """What an address chooses; else the request ends with 404."""
    try:
        return Choices.read(untrusted_choices)
    except ValueError:
        abort(404)


def _shelf(choices: Choices, untrusted_words: str = "") -> str:
    found = look(room().db, choices, untrusted_words)
    if choices.page > found.pages:
        abort(404)
    rows = [
        {
            "name": sayings.facet(facet),
            "options": [
                {
                    "name": sayings.option(facet, one),
                    "chosen": one.chosen,
                    "count": one.count,
                    "path": choices.choose(facet, one.word).path,
                }
                for one in options
            ],
            "first": facet in (Facet.AGE, Facet.LANGUAGE, Facet.LENGTH),
            "chosen": facet in choices.chosen,
        }
        for facet, options in found.options.items()
        if options
    ]
    return render_template(
        "public/shelf.html",
        items=[showing.item(entry) for entry in found.entries],
        rows=rows,
        narrowed=bool(choices.chosen),
        words=untrusted_words,
        path=choices.path,
        count=found.count,
        page=choices.page,
        pages=found.pages,
        earlier=choices.turn(choices.page + 1).path if choices.page < found.pages else "",
        later=choices.turn(choices.page - 1).path if choices.page > 1 else "",
        first_path=choices.turn(1).path,
    )
