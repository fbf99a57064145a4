"""What lets PostgreSQL keep the promises of `engine`: one writer at a time, one state for readers, and nothing that hangs.

`psycopg` is the only driver. It is told how long anything may take; who waits longer gets a Fault instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

DRIVER = "postgresql+psycopg"

POOL = {"pool_size": 8, "max_overflow": 8, "pool_timeout": 10}
"""Connections of one process: PostgreSQL allows 100 of all. Requests are short, so more of them share these."""

WAITS_MS = 30_000
"""How long one process waits for another's transaction, as on SQLite."""

_SESSION = {
    "lock_timeout": WAITS_MS,
    "statement_timeout": 60_000,
    "idle_in_transaction_session_timeout": 120_000,  # a program that stands still lets the other writers go on
    "tcp_keepalives_idle": 5,  # the lock of a machine that lost its power is free after twenty seconds
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
}
LINE: Mapping[str, str | int] = {
    "application_name": "storyshelf",
    "connect_timeout": 5,
    "keepalives_idle": 5,  # a server that is gone without a word is missed in twenty seconds
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "options": " ".join(f"-c {name}={value}" for name, value in _SESSION.items()),
}
"""What every connection is opened with."""

WRITER = 0x5746_4C53
"""The advisory lock of whoever writes: any number that nobody else in this database uses."""

DISK_FULL = "53100"
"""SQLSTATE of a server without room."""

_GONE = ("08", "57P", "53300")
"""Beginnings of SQLSTATE: no connection, a server that ends or begins, no connection left."""


def is_postgresql(address: str) -> bool:
    """Whether that is the address of a PostgreSQL database."""
    return make_url(address).get_backend_name() == "postgresql"


def with_driver(address: str) -> URL:
    """The address, for our driver whatever it names: SQLAlchemy would else look for one that we do not have."""
    return make_url(address).set(drivername=DRIVER)


def open_postgresql(address: str, **pool: Any) -> Engine:
    """An engine on which no statement, lock or lost server is waited for without end; `pool` replaces POOL's values."""
    from app.db.patient import Patient  # only here: psycopg takes memory that a shelf on SQLite need not spend

    engine = create_engine(
        with_driver(address),
        connect_args=dict(LINE),
        pool_pre_ping=True,  # a server that was started anew is met by the next transaction as if nothing had been
        **(pool if "poolclass" in pool else POOL | pool),
    )
    event.listen(engine, "do_connect", lambda _dialect, _record, told, named: Patient.connect(*told, **named))
    event.listen(engine, "before_cursor_execute", _without_nul, retval=True)
    return engine


def _without_nul(_c: Any, _cursor: Any, statement: str, told: Any, _context: Any, _many: bool) -> tuple[str, Any]:
    """PostgreSQL takes no text with a NUL; so it is written, and looked for, as the sign for what is no letter."""
    return statement, [_plain(one) for one in told] if isinstance(told, list) else _plain(told)


def _plain(told: Any) -> Any:
    if not isinstance(told, dict):
        return told
    return {name: value.replace("\0", "\ufffd") if isinstance(value, str) else value for name, value in told.items()}


def one_at_a_time(engine: Engine, option: str) -> None:
    """From now on a transaction with this execution option waits until no other one of them is under way.

    The lock is asked for in READ COMMITTED: a stricter transaction would see what was so before it got the lock. As nobody
    else writes meanwhile, it still sees one state, and none has to be done twice as with SERIALIZABLE.
    """

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(option, False):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER})")

    event.listen(engine, "begin", begin)


def wait_for_ever(connection: Connection) -> None:
    """Of this one every answer is waited for. It is not to go back to the others."""
    from app.db.patient import Patient

    line = connection.connection.driver_connection
    if isinstance(line, Patient):
        line.patience = float("inf")


def is_gone(sqlstate: str | None) -> bool:
    """Whether an error means that the server cannot be reached; without a state it was never reached."""
    return sqlstate is None or sqlstate.startswith(_GONE)
