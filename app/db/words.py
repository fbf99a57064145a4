"""Searching what staff wrote of a storytime, in the full-text index of SQLite (FTS5) or of PostgreSQL (tsvector).

Whoever writes a recording's words through the models writes the index with them, in the same transaction, so nothing that
was changed or removed can still be found.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.orm import Mapper, Session

from app.db import lexemes
from app.db.models import Recording

TABLE = "recording_words"
"""The index, made by a migration; SQLite keeps some tables beside it whose names begin so."""

COLUMNS = (
    *("title", "series", "theme", "branch", "description", "books", "credits", "tip"),
    *("other_title", "other_description", "other_tip"),
)
"""What is searched."""

MOST_WORDS = 8
"""Of what somebody typed, the first words that are looked for."""

_NAMES = ", ".join(COLUMNS)
_LEARN = f"INSERT INTO recording_words (id, {_NAMES}) VALUES (:id, {', '.join(f':{name}' for name in COLUMNS)})"  # noqa: S608 - our own names
_LEARN_ALL = f"INSERT INTO recording_words (id, {_NAMES}) SELECT id, {_NAMES} FROM recording"  # noqa: S608 - likewise
_FIND = "SELECT id FROM recording_words WHERE recording_words MATCH :query"

_LEARN_POSTGRESQL = (
    "INSERT INTO recording_words (id, lexemes) VALUES (:id, array_to_tsvector(CAST(:lexemes AS text[]))) "
    "ON CONFLICT (id) DO UPDATE SET lexemes = EXCLUDED.lexemes"
)
_FIND_POSTGRESQL = "SELECT id FROM recording_words WHERE lexemes @@ CAST(:query AS tsquery)"
"""The words are split and made plain by `lexemes` and by no parser of PostgreSQL's, so that both engines find the same."""


def matching(session: Session, untrusted_words: str) -> frozenset[str] | None:
    """Ids of the recordings that hold a beginning of every word; None when there is no word in it."""
    words = _words(untrusted_words)
    if not words:
        return None
    if _is_sqlite(session.get_bind().dialect.name):
        return frozenset(session.scalars(text(_FIND), {"query": query(untrusted_words)}))
    wanted = " & ".join(f"'{word}':*" for word in words)  # letters and digits alone
    return frozenset(session.scalars(text(_FIND_POSTGRESQL), {"query": wanted}))


def query(untrusted_words: str) -> str | None:
    """For FTS5: beginnings of words, each in quotes, so that none is a command. None without any."""
    return " ".join(f'"{word}"*' for word in _words(untrusted_words)) or None


def learn_all(connection: Connection) -> None:
    """Writes the index of every recording that is there, of which it holds none yet: for migrations and copies."""
    if _is_sqlite(connection.dialect.name):
        connection.execute(text(_LEARN_ALL))
        return
    rows = connection.execute(text(f"SELECT id, {_NAMES} FROM recording")).all()  # noqa: S608 - our own names
    for id_, *texts in rows:
        _learn_postgresql(connection, id_, texts)


def _words(untrusted_words: str) -> list[str]:
    return lexemes.split(untrusted_words)[:MOST_WORDS]


def _is_sqlite(dialect: str) -> bool:
    return dialect == "sqlite"


@cache
def keep_up_to_date() -> None:
    """From now on whoever writes a recording in this process writes the index too."""
    event.listen(Recording, "after_insert", _inserted)
    event.listen(Recording, "after_update", _updated)
    event.listen(Recording, "after_delete", _deleted)


def _inserted(_mapper: Mapper[Any], connection: Connection, recording: Recording) -> None:
    told = {name: getattr(recording, name) or "" for name in COLUMNS}
    if _is_sqlite(connection.dialect.name):
        connection.execute(text(_LEARN), {"id": recording.id} | told)
    else:
        _learn_postgresql(connection, recording.id, list(told.values()))


def _learn_postgresql(connection: Connection, recording_id: str, texts: list[str]) -> None:
    found = sorted({lexeme for one in texts for lexeme in lexemes.split(one)})
    connection.execute(text(_LEARN_POSTGRESQL), {"id": recording_id, "lexemes": found})


def _updated(mapper: Mapper[Any], connection: Connection, recording: Recording) -> None:
    attributes = inspect(recording).attrs
    if any(attributes[name].history.has_changes() for name in COLUMNS):
        _deleted(mapper, connection, recording)
        _inserted(mapper, connection, recording)


def _deleted(_mapper: Mapper[Any], connection: Connection, recording: Recording) -> None:
    """FTS5 only marks what is deleted from it; built anew, the index no longer holds the words.

    (Its "optimize" would do too, but SQLite 3.40 counts a level up each time, and after a thousand takes the index for damaged.)
    PostgreSQL's row goes with the recording's.
    """
    if _is_sqlite(connection.dialect.name):
        connection.execute(text("DELETE FROM recording_words WHERE id = :id"), {"id": recording.id})
        connection.execute(text("INSERT INTO recording_words (recording_words) VALUES ('rebuild')"))
