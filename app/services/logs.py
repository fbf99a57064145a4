"""The log: one JSON object a line on stderr, made of our own words, ids, codes and numbers.

What is not such a word is withheld, whoever hands it over. Of what libraries log, only who and where is kept: their
texts may hold what must not be in a log. It is the standard library's logging, because a library for it was 4 MiB of each process.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

_WORD = re.compile(r"[A-Za-z0-9_.:-]{0,64}")

_OURS = "storyshelf"


class Log:
    """What one part of Storyshelf has to say."""

    def __init__(self, part: str) -> None:
        self._logger = logging.getLogger(f"{_OURS}.{part}")

    def info(self, event: str, **said: object) -> None:
        """What goes as it should: a word for it, and the words, ids and numbers that belong to it; here and below."""
        self._logger.info(event, extra={_OURS: said})

    def warning(self, event: str, **said: object) -> None:
        """What is odd."""
        self._logger.warning(event, extra={_OURS: said})

    def error(self, event: str, **said: object) -> None:
        """What somebody should look at."""
        self._logger.error(event, extra={_OURS: said})


def configure_logging() -> None:
    """Sets up the log of this process; again is fine."""
    root = logging.getLogger()
    root.handlers[:] = [_OneLine()]
    root.setLevel(logging.WARNING)
    logging.getLogger(_OURS).setLevel(logging.INFO)
    # DBOS brings a handler of its own, which prints messages, unless it finds one here.
    dbos = logging.getLogger("dbos")
    dbos.handlers[:] = [_OneLine()]
    dbos.propagate = False


class _OneLine(logging.Handler):
    """Writes each record as a line of JSON."""

    def emit(self, record: logging.LogRecord) -> None:
        """Our own as it was said; of others, which library said something at which line, and not what."""
        said = getattr(record, _OURS, None)
        line = _of_a_library(record) if said is None else _words({**said, "event": record.getMessage()})
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        with suppress(OSError):  # where it is kept may be full, or gone: that stops no work
            sys.stderr.write(json.dumps(line | {"level": record.levelname.lower(), "timestamp": at}) + "\n")
            sys.stderr.flush()


def _of_a_library(record: logging.LogRecord) -> dict[str, object]:
    error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
    where = f"{Path(record.pathname).stem}:{record.lineno}"
    return _words({"where": where, "error": error, "event": "library"})


def _words(said: dict[str, object]) -> dict[str, object]:
    """Keeps numbers and words; anything else becomes the word "withheld"."""
    return {key: value if _is_word(value) else "withheld" for key, value in said.items()}


def _is_word(value: object) -> bool:
    return isinstance(value, bool | int | float | None) or (isinstance(value, str) and bool(_WORD.fullmatch(value)))
