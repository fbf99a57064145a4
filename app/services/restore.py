"""Bringing a backup back: into an empty data folder, checked whole, and without anything that was deleted since.

Before anybody is served, the ledger is gone through: what it names is taken down or deleted as it was then. Without a
ledger nobody can say what was taken down since, so nothing stays public. What was on its way to the public stops: it may
have come there and been taken down since, which is for staff to decide anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO

from sqlalchemy import delete, select, update

from app.db import copying, migrate
from app.db.asks import ServiceAsk
from app.db.engine import Database, now
from app.db.kinds import Deleted, PublicationState, RecordingState
from app.db.models import OneTimeLink, Publication, Recording, StaffSession
from app.db.works import Evidence
from app.services import backup, publish, purging
from app.services.ledger import Line
from app.services.states import PUBLIC, Event, move
from app.settings import Settings
from app.settings.kinds import StoreChoice
from app.stores import files, open_store
from app.uploads.disk import disk_faults
from media_pipeline.core.errors import Fault, Refused

_COMING = "coming"
"""The folder in which a backup is unpacked."""


def restore(settings: Settings, untrusted: IO[bytes], lines: tuple[Line, ...] | None) -> backup.Counted:
    """Restores a backup; `lines` are the ledger's, None without one. Whatever stops it, the data folder is as it was.

    Raises Refused: "not-empty", "database-taken", "backup-unreadable"; Fault.
    """
    if settings.database_url:
        _must_be_empty(settings)
    shelf = settings.data / backup.DATABASE
    if shelf.exists() or any(open_store(settings).folders(root.name) for root in (settings.private, settings.public)):
        raise Refused("not-empty")
    coming = settings.data / _COMING
    files.make_empty(coming)
    try:
        counted = backup.read(untrusted, coming)
        inside = settings.model_copy(update={"data": coming, "database_url": "", "store": StoreChoice.DISK})
        inside.make_folders()
        _forget(inside, lines)
        _move_in(settings, coming)
    finally:
        files.remove(coming)
    return counted


def _forget(settings: Settings, lines: tuple[Line, ...] | None) -> None:
    """Brings the unpacked shelf up to date, and takes out what is not to come back. Nobody is signed in any more."""
    db = Database(settings.shelf_database)
    try:
        migrate.upgrade(db)
        with db.writing() as session:
            session.execute(update(StaffSession).where(StaffSession.ended_at.is_(None)).values(ended_at=now()))
            session.execute(update(OneTimeLink).where(OneTimeLink.used_at.is_(None)).values(used_at=now()))
            session.execute(delete(ServiceAsk))
            for recording in session.scalars(select(Recording).where(Recording.state == RecordingState.PUBLISHING)):
                move(recording, Event.FAIL, now(), "cancelled")
        for line in _all_public(db) if lines is None else lines:
            _replay(db, settings, line)
        db.compact()
    finally:
        db.close()


def _all_public(db: Database) -> tuple[Line, ...]:
    with db.reading() as session:
        public = select(Publication.id).where(Publication.state == PublicationState.PUBLIC)
        return tuple(Line(Deleted.PUBLICATION, place) for place in session.scalars(public))


def _replay(db: Database, settings: Settings, line: Line) -> None:
    """As it was decided then; of what the backup does not know there is nothing to do."""
    if line.what is Deleted.PUBLICATION:
        _take_down(db, settings, line.place)
        return
    if line.what is Deleted.EVIDENCE:
        with db.writing() as session:
            session.execute(delete(Evidence).where(Evidence.sha256.startswith(line.place, autoescape=True)))
        return
    with db.writing() as session:
        recording = session.get(Recording, line.place)
        if recording is None:
            return
        if line.what is Deleted.RECORDING:
            session.delete(recording)
        else:
            recording.original_deleted_at = recording.original_deleted_at or now()
    files.remove(settings.private / line.place)


def _take_down(db: Database, settings: Settings, place: str) -> None:
    with db.writing() as session:
        publication = session.get(Publication, place)
        if publication is None or publication.state is not PublicationState.PUBLIC:
            return
        recording = session.get(Recording, publication.recording_id) if publication.recording_id else None
        recording_id = recording.id if recording is not None and recording.state in PUBLIC else None
        if recording_id is None:
            publication.state, publication.withdrawn_at = PublicationState.WITHDRAWN, now()
    if recording_id is not None:
        with purging.may_wait():  # nothing of a restore depends on a cache in front
            publish.unpublish(db, settings, recording_id)
    files.remove(settings.public / place)


def _must_be_empty(settings: Settings) -> None:
    """Of the database that the settings name. Makes its tables."""
    db = Database(settings.database_url)
    try:
        migrate.upgrade(db)
        with db.reading() as session:
            if not copying.is_empty(session):
                raise Refused("database-taken")
    finally:
        db.close()


def _move_in(settings: Settings, coming: Path) -> None:
    """The database last: without it there is no shelf, and a restore begins anew."""
    settings.make_folders()
    if not settings.database_url:
        _move_files(settings, coming)
        files.move(coming / backup.DATABASE, settings.data / backup.DATABASE)
        return
    unpacked, db = Database(f"sqlite:///{coming / backup.DATABASE}"), Database(settings.database_url)
    try:
        with unpacked.reading() as source, db.writing() as target:
            copying.copy_rows(source, target)
            _move_files(settings, coming)  # before the rows count, and after all that is likely to go wrong with them
    finally:
        unpacked.close()
        db.close()


def _move_files(settings: Settings, coming: Path) -> None:
    if open_store(settings).elsewhere:
        _send(settings, coming)
    else:
        _rename(settings, coming)


def _send(settings: Settings, coming: Path) -> None:
    """To the store, which was empty: it is again when something stops this."""
    store, roots = open_store(settings), (settings.private.name, settings.public.name)
    try:
        for name in sorted(f"{root}/{name}" for root in roots for name in files.names_below(coming / root)):
            if not store.put(name, coming / name, files.sha256_of(coming / name)):
                raise Fault("store-failed", "a file changed while it was restored")
    except BaseException:
        for root in roots:
            store.remove(root)
        settings.make_folders()
        raise


def _rename(settings: Settings, coming: Path) -> None:
    with disk_faults():
        for root in (settings.private, settings.public):
            root.rmdir()
            (coming / root.name).replace(root)
        files.sync_tree(settings.private)
        files.sync_tree(settings.public)
