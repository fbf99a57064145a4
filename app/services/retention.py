"""Nothing outlives its purpose: what is deleted when, again and again, whatever a crash has left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from app.db.engine import Database, now
from app.db.models import (
    Approval,
    OneTimeLink,
    Publication,
    PublicationState,
    Recording,
    StaffSession,
)
from app.services import files, work
from app.services.intake import destroy_private
from app.services.shelf import public_files
from app.services.states import IN_PIECES, PUBLISHING, WORKING
from app.services.values import PrivateFolder
from app.settings import Settings
from app.uploads.store import IncomingStore


@dataclass(frozen=True, slots=True)
class Swept:
    """How much one sweep found to do."""

    originals: int
    """Recordings whose private files were deleted at the end of their time."""

    strays: int
    """Folders and files that no row accounts for: what a crash left of a removal, a takedown or a publication."""

    uploads: int
    """Unfinished uploads that nobody went on with."""

    sessions: int
    """Sessions and links that had ended."""


def sweep(db: Database, settings: Settings, store: IncomingStore, moment: datetime) -> Swept:
    """Deletes all that is over at `moment`. May be repeated at any time. Raises Fault when something cannot be deleted."""
    return Swept(
        originals=_originals(db, settings, moment - timedelta(days=settings.originals_days)),
        strays=_private_strays(db, settings) + _pieces(db, settings) + _public_strays(db, settings),
        uploads=store.expire(),
        sessions=_sessions(db, moment),
    )


def due(db: Database, before: datetime) -> tuple[str, ...]:
    """Recordings published before then whose private files are still here. What was never published stays until staff remove it."""
    still_here = (
        Recording.original_deleted_at.is_(None),
        Recording.state.not_in(WORKING),
    )
    with db.reading() as session:
        return tuple(session.scalars(select(Recording.id).where(Recording.published_at < before, *still_here)))


def _originals(db: Database, settings: Settings, before: datetime) -> int:
    found = due(db, before)
    for recording_id in found:
        with db.writing() as session:
            row = session.get(Recording, recording_id)
            if row is None or row.state in WORKING:
                continue
            row.original_deleted_at = now()  # first, so that nobody begins to work with what is being deleted
        destroy_private(settings, recording_id)
    return len(found)


def _private_strays(db: Database, settings: Settings) -> int:
    """Private folders without a recording, or of one whose files were to be gone."""
    folders = list(settings.private.iterdir()) if settings.private.is_dir() else []
    with db.reading() as session:
        kept = set(session.scalars(select(Recording.id).where(Recording.original_deleted_at.is_(None))))
    strays = [folder for folder in folders if folder.name not in kept]
    for folder in strays:
        files.remove(folder)
    return len(strays)


def _pieces(db: Database, settings: Settings) -> int:
    """What was seen or made of films so far and no work will go on with."""
    with db.reading() as session:
        idle = session.scalars(select(Recording.id).where(Recording.state.not_in(IN_PIECES))).all()
    left = [recording_id for recording_id in idle if PrivateFolder(settings, recording_id).has_pieces]
    for recording_id in left:
        work.tidy(db, settings, recording_id)  # looks again: it may have been approved this moment
    return len(left)


def _public_strays(db: Database, settings: Settings) -> int:
    """What lies in public folders and no public row names, but for what is being published this moment."""
    folders = list(settings.public.iterdir()) if settings.public.is_dir() else []
    with db.reading() as session:
        public = session.scalars(select(Publication).where(Publication.state == PublicationState.PUBLIC))
        named = {publication.id: frozenset(file.name for file in public_files(publication)) for publication in public}
        coming = set(
            session.scalars(select(Approval.publication_id).join(Recording).where(Recording.state.in_(PUBLISHING)))
        )
    settled = [folder for folder in folders if folder.name not in coming]
    strays = [f for f in settled if f.name not in named or files.names_below(f) - named[f.name]]
    for folder in strays:
        files.keep_only(folder, named.get(folder.name, frozenset()))
    return len(strays)


def _sessions(db: Database, moment: datetime) -> int:
    with db.writing() as session:
        over = session.execute(
            delete(StaffSession).where(or_(StaffSession.expires_at <= moment, StaffSession.ended_at.is_not(None)))
        )
        links = session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at <= moment))
        return _rows(over) + _rows(links)


def _rows(result: object) -> int:
    return int(getattr(result, "rowcount", 0))
