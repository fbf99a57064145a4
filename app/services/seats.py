"""Who works. On SQLite one worker, which holds a lock on the data folder; on PostgreSQL several, each in a seat with a number.

A seat is an advisory lock of the work database: it goes with its worker, however that ends, and is seen from every machine. What
somebody was at whose seat is empty is taken over by the others. One of them leads: it does what need not be done twice.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from app.db.postgresql import is_postgresql, open_postgresql
from app.settings import Settings
from media_pipeline.core.errors import Fault

MOST_SEATS = 99

_SEATS = 0x5365_6174
"""The first number of the advisory locks; the second is the seat's, or `_LEAD`."""

_LEAD = 0

_TRIES = 10
"""How often a worker tries to be the only one, a tenth of a second apart."""

_TAKEN = text(
    "SELECT objid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database AND datname = current_database() "
    "WHERE locktype = 'advisory' AND classid = :seats AND objsubid = 2 AND granted AND objid <> :lead"
)


class Seat(Protocol):
    """A worker's right to work."""

    @property
    def name(self) -> str:
        """By which DBOS knows what it is at."""

    def hold(self) -> bool:
        """Makes sure of it, also on a server that was started anew. False when somebody else has it now. Raises Fault."""

    def leads(self) -> bool:
        """Whether it does what is done once for all workers. Raises Fault."""

    def taken(self) -> frozenset[str]:
        """Names of all seats in which somebody works. Raises Fault."""


class OnlySeat:
    """The one on SQLite: whoever holds the data folder's lock is alone."""

    name = "local"

    def hold(self) -> bool:
        """The lock goes with the process alone."""
        return True

    def leads(self) -> bool:
        """There is nobody else."""
        return True

    def taken(self) -> frozenset[str]:
        """Itself."""
        return frozenset({self.name})


class NumberedSeat:
    """One of those on PostgreSQL, held by a connection of its own, which one thread uses."""

    def __init__(self, address: str) -> None:
        self._engine = open_postgresql(address, pool_size=1, max_overflow=0)
        self._line: Connection | None = None
        self._number, self._leading = 0, False

    @property
    def name(self) -> str:
        """See `Seat`."""
        return _name(self._number)

    def sit(self) -> None:
        """Takes the first seat that is free. Raises Fault: "already-running" when none is, "database-away"."""
        with self._asking() as line:
            for number in range(1, MOST_SEATS + 1):
                if _locked(line, number):
                    self._number = number
                    return
        raise Fault("already-running", "every seat is taken")

    def hold(self) -> bool:
        """See `Seat`."""
        anew = self._line is None
        with self._asking() as line:
            return _locked(line, self._number) if anew else line.scalar(text("SELECT true")) is True

    def leads(self) -> bool:
        """See `Seat`."""
        with self._asking() as line:
            self._leading = self._leading or _locked(line, _LEAD)
        return self._leading

    def taken(self) -> frozenset[str]:
        """See `Seat`."""
        with self._asking() as line:
            return _taken(line)

    def leave(self) -> None:
        """Gives it up at once: the server notices a closed connection a little later."""
        with suppress(SQLAlchemyError):
            if self._line is not None:
                self._line.execute(text("SELECT pg_advisory_unlock_all()"))
        self._hang_up()

    def _hang_up(self) -> None:
        with suppress(SQLAlchemyError):
            if self._line is not None:
                self._line.close()
        self._line, self._leading = None, False
        self._engine.dispose()

    @contextmanager
    def _asking(self) -> Iterator[Connection]:
        try:
            if self._line is None:
                self._line = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            yield self._line
        except SQLAlchemyError as error:
            self._hang_up()
            raise Fault("database-away", type(error).__name__) from None


@contextmanager
def take_seat(settings: Settings) -> Iterator[Seat]:
    """A seat until it is left. Raises Fault: "already-running" when none is free, "database-away"."""
    if not is_postgresql(settings.work_database):
        with _the_only_one(settings):
            yield OnlySeat()
        return
    seat = NumberedSeat(settings.work_database)
    try:
        seat.sit()
        yield seat
    finally:
        seat.leave()


def somebody_works(settings: Settings) -> bool:
    """Whether a worker runs for this shelf: asked for without waiting for anybody. Raises Fault."""
    if is_postgresql(settings.work_database):
        seat = NumberedSeat(settings.work_database)
        try:
            return bool(seat.taken())
        finally:
            seat.leave()
    try:
        lock = os.open(settings.worker_lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


@contextmanager
def _the_only_one(settings: Settings) -> Iterator[None]:
    """Holds the lock that a second worker would need; it goes with the process, however that ends."""
    descriptor = os.open(settings.worker_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        for tries_left in reversed(range(_TRIES)):  # whoever asks whether a worker runs holds it for a moment
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not tries_left:
                    raise Fault("already-running") from None
                time.sleep(0.1)
        yield
    finally:
        os.close(descriptor)


def _locked(line: Connection, number: int) -> bool:
    asked = {"seats": _SEATS, "number": number}
    return line.scalar(text("SELECT pg_try_advisory_lock(:seats, :number)"), asked) is True


def _taken(line: Connection) -> frozenset[str]:
    return frozenset(_name(number) for number in line.scalars(_TAKEN, {"seats": _SEATS, "lead": _LEAD}))


def _name(number: int) -> str:
    return f"seat-{number}"
