"""What staff tell families of a storytime besides its title: when and where, books and songs, a tip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from app.db.engine import Database
from app.db.models import Recording
from app.services.library import DESCRIPTION_MOST, TITLE_MOST
from media_pipeline.core.errors import Stale

LINE_MOST, BOOKS_MOST, TIP_MOST = 120, 4000, 600
"""Characters."""

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Other:
    """What the pages in another language say instead; a part that is empty is told as on the others. Raises ValueError as `About`."""

    tongue: str
    """The tag of a language that there are pages in."""

    title: str = ""
    description: str = ""
    """Lines may be broken."""

    tip: str = ""
    """Likewise."""

    def __post_init__(self) -> None:
        if not self.tongue:
            raise ValueError("words are in a language")
        _check((self.title, TITLE_MOST, False), (self.description, DESCRIPTION_MOST, True), (self.tip, TIP_MOST, True))


@dataclass(frozen=True, slots=True)
class About:
    """All of it may be empty. Raises ValueError for what is not fit; a form has checked it before."""

    held_on: date | None = None
    """The day of the storytime."""

    branch: str = ""
    """One line: where it was held."""

    theme: str = ""
    """One line."""

    books: str = ""
    """Books and songs with their credits, one a line."""

    tip: str = ""
    """An early-literacy tip for whoever watches with the child; lines may be broken."""

    signed: bool = False
    """Whether it is signed in American Sign Language."""

    other: Other | None = None
    """The same for the pages in another language."""

    def __post_init__(self) -> None:
        _check(
            (self.branch, LINE_MOST, False),
            (self.theme, LINE_MOST, False),
            (self.books, BOOKS_MOST, True),
            (self.tip, TIP_MOST, True),
        )


def _check(*texts: tuple[str, int, bool]) -> None:
    """Each text, how long it may be, and whether its lines may be broken."""
    for text, most, lines in texts:
        if len(text) > most or _CONTROL.search(text) or ("\n" in text and not lines):
            raise ValueError("a text is too long or holds control characters")


def save_about(db: Database, recording_id: str, about: About) -> None:
    """Replaces it, at once also where it is public. Raises Stale("moved-on") when the recording is gone."""
    with db.writing() as session:
        row = session.get(Recording, recording_id)
        if row is None:
            raise Stale("moved-on")
        row.held_on = about.held_on.isoformat() if about.held_on else ""
        row.branch, row.theme, row.signed = about.branch.strip(), about.theme.strip(), about.signed
        row.books, row.tip = about.books.strip(), about.tip.strip()
        other = about.other
        row.other_tongue = other.tongue if other else ""
        row.other_title = other.title.strip() if other else ""
        row.other_description = other.description.strip() if other else ""
        row.other_tip = other.tip.strip() if other else ""


def other_of(recording: Recording) -> Other | None:
    """What its pages in another language say instead."""
    if not recording.other_tongue:
        return None
    texts = recording.other_title, recording.other_description, recording.other_tip
    return Other(recording.other_tongue, *texts)
