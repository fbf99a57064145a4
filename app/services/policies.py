"""What the privacy page said when: a library has to show what it promised on the day of a recording."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from app.db.engine import Database, now
from app.db.policies import Policy


def note(db: Database, shown: Mapping[str, str]) -> int:
    """What the page says from now on, by language; what it says already is not noted again. Returns how much is new. Raises Fault."""
    new = 0
    with db.writing() as session:
        for tongue, text in shown.items():
            latest = (
                select(Policy.text).where(Policy.tongue == tongue).order_by(Policy.since.desc(), Policy.id).limit(1)
            )
            if session.scalar(latest) != text:
                session.add(Policy(tongue=tongue, text=text, since=now()))
                new += 1
    return new


def said(db: Database) -> tuple[Policy, ...]:
    """Everything that it ever said, the first first."""
    with db.reading() as session:
        return tuple(session.scalars(select(Policy).order_by(Policy.since, Policy.tongue)))
