"""Two applications: families' and staff's. They share the database and the files below `data`, and no code that has a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from app.db.engine import Database
from app.db.migrate import upgrade
from app.services import policies
from app.settings import Settings
from app.uploads.disk import disk_faults
from app.web.room import Room, StaffRoom

if TYPE_CHECKING:
    from media_pipeline.core.speakers import UntrustedCue


def create_public_app(settings: Settings) -> Flask:
    """What families meet: no session, no cookie, nothing that needs a script. Raises Fault."""
    from app.web import public  # each process takes the memory of its own application alone

    room = Room(settings, _open(settings))
    app = public.make_app(room)
    policies.note(room.db, public.policy_shown(app))
    return app


def create_staff_app(settings: Settings) -> Flask:
    """What staff meet: everything is closed to whoever is not signed in, but the few views that are opened by name.

    Raises Fault.
    """
    from app.services.jobs import DbosJobs
    from app.web import staff

    return staff.make_app(StaffRoom(settings, _open(settings), DbosJobs(settings), _read_captions))


def _open(settings: Settings) -> Database:
    """The database in the shape that this release expects, whichever process comes first."""
    with disk_faults():
        settings.make_folders()
    db = Database(settings.shelf_database)
    upgrade(db)
    return db


def _read_captions(untrusted_captions: bytes) -> tuple[UntrustedCue, ...]:
    from media_pipeline.toolbox import caption_reader  # only now: its door leads to every tool

    return caption_reader().read(untrusted_captions)
