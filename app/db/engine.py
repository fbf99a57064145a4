"""The engine and its transactions: short ones, and writers that wait for each other instead of failing.

Three processes share one SQLite file, or more of them one PostgreSQL database. A transaction that begins by reading and then
writes can fail when another has written in between, so whoever means to write says so at the start (`writing`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneLeft
from sqlalchemy.orm import Session

from app.db import words
from app.db.models import Base
from app.db.postgresql import DISK_FULL, is_gone, is_postgresql, one_at_a_time, open_postgresql, wait_for_ever
from media_pipeline.core.errors import Fault

BUSY_MS = 30_000
"""How long one process waits for another's transaction."""

CONNECTIONS = 32
"""Of one process to SQLite, all of them kept: when hundreds come at once, opening one costs more than waiting for one."""

_WRITES = "storyshelf_writes"
_ALTERS = "storyshelf_alters"


class Database:
    """One process's door to the shelf's database."""

    def __init__(self, url: str) -> None:
        words.keep_up_to_date()
        self.engine = open_engine(url)
        self._reader, self._writer = self.engine, self.engine.execution_options(**{_WRITES: True})
        if not self.is_sqlite:
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._writer = self._writer.execution_options(isolation_level="READ COMMITTED")
        self._alterer = self._writer.execution_options(**{_ALTERS: True})

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of everything; what it returns may be used after it. Raises Fault."""
        with _translated(), Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that nobody writes beside: all of it happens, or nothing of it. Raises Fault."""
        with _translated(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def altering(self) -> Iterator[Session]:
        """As `writing`, for changing tables: SQLite copies a table and drops the old one, which else would take every row along
        that belongs to one of its rows. Raises Fault, also when rows are left that belong to nothing.
        """
        with _translated():
            try:
                with Session(self._alterer) as session, session.begin():
                    if not self.is_sqlite:  # a large table takes its time
                        session.execute(text("SET LOCAL statement_timeout = 0"))
                        wait_for_ever(session.connection())
                    yield session
                    if self.is_sqlite and session.execute(text("PRAGMA foreign_key_check")).first() is not None:
                        raise Fault("store-failed", "rows are left that belong to nothing")
            finally:
                self.engine.dispose()  # this connection holds rows together no longer

    def compact(self) -> None:
        """Leaves nothing of deleted rows in SQLite's files: the log is written back and the file made anew. Raises Fault.

        PostgreSQL is told to make their room free at once, and overwrites it in time; its log and backups are its administrator's.
        """
        if not self.is_sqlite:
            with _translated(), self.engine.connect() as free:
                free.execution_options(isolation_level="AUTOCOMMIT")  # within a transaction it would be refused
                free.exec_driver_sql(f"VACUUM {', '.join(_every_table(free))}")
            return
        connection = self.engine.raw_connection()  # no transaction: none may be open while the file is made anew
        try:
            cursor = connection.cursor()
            for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                cursor.execute(statement)
        except sqlite3.Error as error:
            raise Fault("disk-full" if "full" in str(error) else "store-failed", type(error).__name__) from None
        finally:
            connection.close()

    def copy_to(self, path: Path) -> None:
        """One state of all of SQLite's file as a new one, while others go on. Raises Fault."""
        try:
            with sqlite3.connect(str(self.engine.url.database)) as source, sqlite3.connect(path) as copy:
                source.backup(copy)
            source.close()
            copy.close()
        except sqlite3.Error as error:
            raise Fault("disk-full" if "full" in str(error) else "store-failed", type(error).__name__) from None

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of ours; else it is a PostgreSQL server's."""
        return self.engine.url.get_backend_name() == "sqlite"

    def close(self) -> None:
        """Closes every connection."""
        self.engine.dispose()


def now() -> datetime:
    """This moment, in UTC and whole milliseconds as the database keeps it."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def open_engine(url: str) -> Engine:
    """An engine with all that makes it safe for several processes, a power cut and a server that is gone."""
    if is_postgresql(url):
        engine = open_postgresql(url)
        one_at_a_time(engine, _WRITES)
        return engine
    engine = create_engine(url, pool_size=CONNECTIONS, max_overflow=0)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin_sqlite` does
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        "journal_mode=WAL",  # readers and one writer do not wait for each other
        "synchronous=FULL",  # what was acknowledged survives a power cut
        "foreign_keys=ON",
        "secure_delete=ON",  # what is deleted is overwritten
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(_ALTERS, False):
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")  # within a transaction it would be ignored
    writes = options.get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _every_table(connection: Connection) -> list[str]:
    quote = connection.dialect.identifier_preparer.quote
    return [quote(name) for name in (*Base.metadata.tables, words.TABLE)]


@contextmanager
def _translated() -> Iterator[None]:
    """The database's own errors, without their text, which holds statements and values."""
    try:
        yield
    except NoneLeft:
        raise Fault("database-away", "no connection became free") from None
    except DBAPIError as error:
        raise _fault(error) from None


def _fault(error: DBAPIError) -> Fault:
    kind, state = type(error.orig).__name__, getattr(error.orig, "sqlstate", None)
    if state == DISK_FULL or "disk is full" in str(error.orig).lower():
        return Fault("disk-full", kind)
    if isinstance(error.orig, sqlite3.Error):
        return Fault("store-failed", kind)
    away = isinstance(error, OperationalError | InterfaceError) and is_gone(state)
    return Fault("database-away" if away else "store-failed", f"{kind} {state or ''}".strip())
