"""What staff tell families of a storytime besides its title: when and where, books and songs, a tip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from app.db.engine import Database
from app.db.models import Recording
from media_pipeline.core.errors import Stale

LINE_MOST, BOOKS_MOST, TIP_MOST = 120, 4000, 600
"""Characters."""

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


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

    def __post_init__(self) -> None:
        for text, most, lines in (
            (self.branch, LINE_MOST, False),
            (self.theme, LINE_MOST, False),
            (self.books, BOOKS_MOST, True),
            (self.tip, TIP_MOST, True),
        ):
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
