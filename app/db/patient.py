"""psycopg's connection, on which nothing is waited for without end."""

from __future__ import annotations

from typing import Any

from psycopg import Connection as Line
from psycopg import OperationalError
from psycopg.errors import _WaitTimeout

PATIENCE_SECONDS = 75.0
"""How long any answer is waited for: longer than the server lets a statement take, so it has to stand still."""


class Patient(Line[Any]):
    """A connection that a server which stands still does not hold for ever."""

    patience = PATIENCE_SECONDS

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's; it is closed when nothing came in time, since what comes later would answer another question."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except _WaitTimeout:
            self.pgconn.finish()
            raise OperationalError("no answer") from None
