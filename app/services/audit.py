"""The trail of what staff did: who, what, about which id, when. No title, no file's name and nothing of participants.

Rows are added only; the database itself refuses to change one. They go when their time is over.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from app.db.engine import Database, now
from app.db.models import Deed, User
from app.services.cells import cell
from app.settings import Settings

_COLUMNS = ("at", "who", "what", "about")


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done."""

    at: datetime
    """When, in UTC."""

    who: str
    """The name by which they sign in; empty for the command line."""

    what: str
    """A word of ours."""

    about: str
    """The random id that it was done to; perhaps empty."""


def note(db: Database, user_id: str | None, what: str, about: str = "") -> None:
    """Adds to the trail. `user_id` is None for the command line. Raises Fault."""
    with db.writing() as session:
        session.add(Deed(at=now(), user_id=user_id, what=what, about=about[:32]))


def trail(db: Database, most: int | None = None) -> tuple[Done, ...]:
    """The latest first, `most` of them at the most."""
    query = select(Deed, User.login).outerjoin(User, User.id == Deed.user_id).order_by(Deed.at.desc(), Deed.id)
    with db.reading() as session:
        rows = session.execute(query.limit(most)).all()
    return tuple(Done(deed.at, login or "", deed.what, deed.about) for deed, login in rows)


def as_csv(done: Iterable[Done]) -> str:
    """For a spreadsheet. A name that begins like a formula is not taken for one."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(_COLUMNS)
    for one in done:
        rows.writerow([cell(text) for text in (one.at.isoformat(timespec="seconds"), one.who, one.what, one.about)])
    return written.getvalue()


def forget(db: Database, settings: Settings, moment: datetime) -> int:
    """Deletes what is older than its time; returns how much that was."""
    with db.writing() as session:
        gone = session.execute(delete(Deed).where(Deed.at < moment - timedelta(days=settings.trail_days)))
        return int(getattr(gone, "rowcount", 0))
