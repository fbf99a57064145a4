"""Searching what staff wrote of a storytime: SQLite's own full-text index, elsewhere plain comparison.

Whoever writes a recording's words through the models writes the index with them, in the same transaction, so nothing that
was changed or removed can still be found.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, event, inspect, or_, select, text
from sqlalchemy.orm import Mapper, Session

from app.db.models import Recording

TABLE = "recording_words"
"""An FTS5 table, made by a migration; SQLite keeps some tables beside it whose names begin so."""

COLUMNS = ("title", "series", "theme", "branch", "description", "books", "tip")
"""What is searched."""

MOST_WORDS = 8
"""Of what somebody typed, the first words that are looked for."""

_WORD = re.compile(r"\w+")
_LEARN = (
    "INSERT INTO recording_words (id, title, series, theme, branch, description, books, tip) "
    "VALUES (:id, :title, :series, :theme, :branch, :description, :books, :tip)"
)


def matching(session: Session, untrusted_words: str) -> frozenset[str] | None:
    """Ids of the recordings that hold a beginning of every word; None when there is no word in it."""
    words = _words(untrusted_words)
    if not words:
        return None
    if session.get_bind().dialect.name == "sqlite":
        wanted = text("SELECT id FROM recording_words WHERE recording_words MATCH :query")
        return frozenset(session.scalars(wanted, {"query": query(untrusted_words)}))
    columns = [getattr(Recording, name) for name in COLUMNS]
    each = (or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words)
    return frozenset(session.scalars(select(Recording.id).where(and_(*each))))


def query(untrusted_words: str) -> str | None:
    """For FTS5: beginnings of words, each in quotes, so that none is a command. None without any."""
    return " ".join(f'"{word}"*' for word in _words(untrusted_words)) or None


def _words(untrusted_words: str) -> list[str]:
    return _WORD.findall(untrusted_words)[:MOST_WORDS]


@cache
def keep_up_to_date() -> None:
    """From now on whoever writes a recording in this process writes the index too."""
    event.listen(Recording, "after_insert", _inserted)
    event.listen(Recording, "after_update", _updated)
    event.listen(Recording, "after_delete", _deleted)


def _inserted(_mapper: Mapper[Any], connection: Connection, recording: Recording) -> None:
    if connection.dialect.name == "sqlite":
        told = {"id": recording.id} | {name: getattr(recording, name) or "" for name in COLUMNS}
        connection.execute(text(_LEARN), told)


def _updated(mapper: Mapper[Any], connection: Connection, recording: Recording) -> None:
    attributes = inspect(recording).attrs
    if any(attributes[name].history.has_changes() for name in COLUMNS):
        _deleted(mapper, connection, recording)
        _inserted(mapper, connection, recording)


def _deleted(_mapper: Mapper[Any], connection: Connection, recording: Recording) -> None:
    """FTS5 only marks what is deleted from it; built anew, the index no longer holds the words.

    (Its "optimize" would do too, but SQLite 3.40 counts a level up each time, and after a thousand takes the index for damaged.)
    """
    if connection.dialect.name == "sqlite":
        connection.execute(text("DELETE FROM recording_words WHERE id = :id"), {"id": recording.id})
        connection.execute(text("INSERT INTO recording_words (recording_words) VALUES ('rebuild')"))
