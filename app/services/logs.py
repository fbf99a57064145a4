"""The log: one JSON object a line on stderr, made of our own words, ids, codes and numbers.

What is not such a word is withheld, whoever hands it over. Of what libraries log, only who and where is kept: their
texts may hold what must not be in a log.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

_WORD = re.compile(r"[A-Za-z0-9_.:-]{0,64}")


def configure_logging() -> None:
    """Sets up the log of this process; again is fine."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            withhold_texts,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=_stderr_logger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_WhoAndWhere()]
    root.setLevel(logging.WARNING)
    # DBOS brings a handler of its own, which prints messages, unless it finds one here.
    dbos = logging.getLogger("dbos")
    dbos.handlers[:] = [_WhoAndWhere()]
    dbos.propagate = False


def withhold_texts(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keeps numbers and words; anything else becomes the word "withheld"."""
    for key, value in event.items():
        if not isinstance(value, bool | int | float | None) and not (isinstance(value, str) and _WORD.fullmatch(value)):
            event[key] = "withheld"
    return event


class _WhoAndWhere(logging.Handler):
    """Tells which library logged something from which line, and not what."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line of our own log."""
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        where = f"{Path(record.pathname).stem}:{record.lineno}"
        structlog.get_logger(record.name).warning("library", level_of=record.levelname, where=where, error=error)


def _stderr_logger(*_names: Any) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)
