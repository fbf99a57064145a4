"""A storytime in the shape that templates take it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import url_for

from app.services.finding import name_for_address
from app.services.shelf import Entry, poster_name
from app.web import words
from app.web.public import sayings
from app.web.public.tongue import tongue
from media_pipeline.core.ladder import MOST_RENDITIONS
from media_pipeline.core.playlists import (
    CAPTIONS,
    CHAPTERS,
    SOUND,
    STORYBOARD_CUES,
    TOP,
    TRANSCRIPT,
    widest_multivariant,
)

_SCREENS = ("(max-width: 1000px)", "(max-width: 480px)")
"""Screens (CSS pixels across) for the middle and for the smallest of three renditions."""


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

    bytes: int = 0
    """Its size."""


def item(entry: Entry) -> dict[str, object]:
    """What the templates say of a storytime, in the language of the page where staff have told of it in that."""
    entry = entry.told_in(tongue())
    told_on = entry.held_on or entry.published_at.date()
    return {
        "slug": entry.slug,
        "id": entry.publication_id,
        "title": entry.title,
        "series": entry.series,
        "series_choice": f"series-{name_for_address(entry.series)}" if entry.series else "",
        "theme": entry.theme,
        "theme_choice": f"theme-{name_for_address(entry.theme)}" if entry.theme else "",
        "branch": entry.branch,
        "books": entry.books,
        "tip": entry.tip,
        "signed": entry.signed,
        "captioned": entry.captioned,
        "age_group": sayings.age(entry.age_group) if entry.age_group else "",
        "language": sayings.language(entry.language) if entry.language else "",
        "tag": entry.language,
        "description": entry.description,
        "minutes": sayings.minutes(entry.length_ms),
        "seconds": round(entry.length_ms / 1000),
        "has_video": entry.has_video,
        "has_sound": entry.has_sound,
        "poster": url(entry, poster_name(entry.files)) if entry.has_video else "",
        "demo": entry.demo,
        "published_at": entry.published_at,
        "day": sayings.day(told_on),
        "date": told_on.isoformat(),
    }


def url(entry: Entry, name: str) -> str:
    """The address of one of its files."""
    return url_for("plain.media", publication=entry.publication_id, name=name)


def mp4s(entry: Entry) -> list[Link]:
    """The progressive films, the largest first."""
    films = []
    for file in entry.files:
        if file.name.startswith("video") and file.name.endswith(".mp4"):
            height = (
                entry.top_height if file.name == TOP else int(file.name.removeprefix("video-").removesuffix(".mp4"))
            )
            save_as = f"storytime-{entry.slug}-{height}.mp4"
            films.append(
                Link(url(entry, file.name), "video/mp4", height, words.size(file.size), save_as, bytes=file.size)
            )
    return sorted(films, key=lambda film: -film.height)


def playlist(entry: Entry) -> list[Link]:
    """HLS of every size that is public."""
    name = widest_multivariant(file.name for file in entry.files)
    return [Link(url(entry, name), "application/vnd.apple.mpegurl", 0, "", "")] if name else []


def for_screens(films: list[Link]) -> list[Link]:
    """The same films for `<source>`, the smallest first: a phone on a data cap takes no more than its screen can show."""
    screens = ("", *_SCREENS[MOST_RENDITIONS - len(films) :])[: len(films)]
    return [replace(film, screen=screen) for film, screen in zip(films, screens, strict=True)][::-1]


def texts(entry: Entry) -> dict[str, str]:
    """Where captions, transcript, chapters and the places of preview pictures are, of those there are."""
    names = {"captions": CAPTIONS, "transcript": TRANSCRIPT, "chapters": CHAPTERS, "storyboard": STORYBOARD_CUES}
    there = {file.name for file in entry.files}
    return {what: url(entry, name) for what, name in names.items() if name in there}


def sound(entry: Entry) -> Link | None:
    """The sound alone."""
    for file in entry.files:
        if file.name == SOUND:
            save_as = f"storytime-{entry.slug}.m4a"
            return Link(url(entry, SOUND), "audio/mp4", 0, words.size(file.size), save_as, bytes=file.size)
    return None


def receipt(entry: Entry) -> list[dict[str, str]]:
    """What the proof found each file to be."""
    return [{"name": file.name, "size": words.size(file.size), "sha256": file.sha256} for file in entry.files]
