"""What every view may use: settings and the database, and on the staff side the door to the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app

from app.db.engine import Database
from app.services.jobs import Jobs
from app.settings import Settings
from media_pipeline.core.speakers import UntrustedCue

_NAME = "storyshelf"


@dataclass(frozen=True, slots=True)
class Room:
    """One application's means."""

    settings: Settings
    """The settings."""

    db: Database
    """The shelf's database."""


@dataclass(frozen=True, slots=True)
class StaffRoom(Room):
    """The staff application's means."""

    jobs: Jobs
    """Tells the worker what to do."""

    read_captions: Callable[[bytes], tuple[UntrustedCue, ...]]
    """Reads a file of captions: the only thing from outside that is read here and not in the worker."""


def furnish(extensions: dict[str, object], room: Room) -> None:
    """Puts a room into an application's `extensions`."""
    extensions[_NAME] = room


def room() -> Room:
    """The means of the application that answers now."""
    return cast(Room, current_app.extensions[_NAME])


def staff_room() -> StaffRoom:
    """The same on the staff side."""
    return cast(StaffRoom, current_app.extensions[_NAME])
