"""Every row of a shelf from one database into another, whatever keeps them: for moving, backing up and restoring."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from app.db import migrate, words
from app.db.engine import Database
from app.db.models import Base
from media_pipeline.core.errors import Fault

_TOGETHER = 500
"""Rows that are read and written at once."""

_LARGEST = 1 << 256


@dataclass(frozen=True, slots=True)
class Tally:
    """What a table holds."""

    rows: int
    digest: str
    """Of all rows, in whatever order they come: two tables of one digest hold the same."""


def is_empty(session: Session) -> bool:
    """Whether there is nothing in any table."""
    return not any(session.scalar(select(func.count()).select_from(table)) for table in _tables())


def copy_rows(source: Session, target: Session) -> int:
    """All of them, those first that others belong to, with the index of words; returns how many.

    The target is empty and of the same release. Raises Fault("store-failed") when it does not hold the same afterwards.
    """
    for table in _tables():
        for rows in _in_parts(source, table):
            target.execute(table.insert(), rows)
    words.learn_all(target.connection())
    copied = tally(target)
    if copied != tally(source):
        raise Fault("store-failed", "the copy is not the same")
    return sum(table.rows for table in copied.values())


def tally(session: Session) -> dict[str, Tally]:
    """What every table holds, by its name."""
    return {table.name: _tally(session, table) for table in _tables()}


def copy_to_file(db: Database, path: Path) -> None:
    """One state of all of it as a new SQLite file, while others go on. Raises Fault."""
    if db.is_sqlite:
        db.copy_to(path)
        return
    copy = Database(f"sqlite:///{path}")
    try:
        migrate.upgrade(copy)
        with db.reading() as source, copy.writing() as target:
            copy_rows(source, target)
        copy.compact()
    finally:
        copy.close()


def _tables() -> tuple[Table, ...]:
    return tuple(Base.metadata.sorted_tables)


def _in_parts(session: Session, table: Table) -> Iterator[list[dict[str, Any]]]:
    rows = session.execute(select(table).execution_options(yield_per=_TOGETHER)).mappings()
    for part in rows.partitions():
        yield [dict(row) for row in part]


def _tally(session: Session, table: Table) -> Tally:
    count, sum_of_all = 0, 0
    for rows in _in_parts(session, table):
        for row in rows:
            count, sum_of_all = count + 1, (sum_of_all + _number(row)) % _LARGEST
    return Tally(count, f"{sum_of_all:064x}")


def _number(row: dict[str, Any]) -> int:
    text = json.dumps(row, sort_keys=True, default=_told).replace(
        "\\u0000", "\\ufffd"
    )  # as PostgreSQL is told of a NUL
    return int.from_bytes(hashlib.sha256(text.encode("ascii")).digest(), "big")


def _told(value: object) -> str:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if not isinstance(value, datetime):
        raise TypeError(type(value).__name__)
    return value.isoformat()
