"""The ledger of deletions and takedowns, outside of all that is backed up: a restored backup brings back nothing of it.

Each line is written as its decision is made, so one may be there whose transaction failed: that errs on the safe side.
A takedown never waits for the ledger's disk: when a line cannot be written, the log says so.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from app.db.kinds import Deleted
from app.services.logs import Log
from app.settings import Settings
from app.uploads.disk import PRIVATE_FILE
from media_pipeline.core.errors import Refused

log = Log("ledger")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is not to come back."""

    what: Deleted
    """What was deleted."""

    place: str
    """The random id of the recording or the publication."""


def note(settings: Settings, what: Deleted, place: str) -> None:
    """Adds a line, on the disk when this returns; nothing without a ledger."""
    if settings.ledger is None:
        return
    line = json.dumps({"what": what.value, "place": place}) + "\n"
    try:
        file = os.open(settings.ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            os.write(file, line.encode("ascii"))
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as trouble:
        log.error("ledger-not-written", error=type(trouble).__name__)


def read(path: Path) -> tuple[Line, ...]:
    """Every line. Raises Refused("ledger-unreadable") for anything else: a line that is missed would bring somebody back."""
    try:
        told = [json.loads(line) for line in path.read_text("ascii").splitlines()]
        return tuple(Line(Deleted(one["what"]), str(one["place"])) for one in told)
    except (OSError, ValueError, LookupError, TypeError):
        raise Refused("ledger-unreadable") from None
