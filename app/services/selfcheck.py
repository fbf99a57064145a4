"""When this site last checked itself from outside and every check held: told on the privacy page."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path

from app.settings import Settings
from app.stores import files


def note(settings: Settings, held_on: date | None) -> None:
    """The day on which every check held; None when one did not: then nothing is told. Raises Fault."""
    if held_on is None:
        files.remove(_place(settings))
    else:
        files.write(_place(settings), held_on.isoformat())


def last(settings: Settings) -> date | None:
    """That day; None when there is none."""
    with suppress(OSError, ValueError):
        return date.fromisoformat(_place(settings).read_text("utf-8"))
    return None


def _place(settings: Settings) -> Path:
    return settings.data / "self-check"
