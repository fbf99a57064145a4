"""Nothing outlives its purpose: what is deleted when, again and again, whatever a crash has left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select

from app.db.asks import ServiceAsk
from app.db.engine import Database, now
from app.db.kinds import Deleted, PublicationState, RecordingState, Rule
from app.db.models import Approval, OneTimeLink, Publication, Recording, StaffSession
from app.services import audit, deletions, intake, publish, purging, rights, work
from app.services.intake import destroy_private
from app.services.publish import Withdrawn
from app.services.shelf import public_files
from app.services.states import IN_PIECES, PROMISED, PUBLIC, PUBLISHING, REMOVABLE
from app.services.values import PrivateFolder
from app.settings import Settings
from app.stores import files, open_store
from app.stores.port import keep_only
from app.uploads.store import IncomingStore
from media_pipeline.core.errors import Stale

WARNED = timedelta(days=7)
"""How long before its end a draft is marked in the staff's list."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How much one sweep found to do."""

    originals: int = 0
    """Recordings whose private files were deleted at the end of their time."""

    drafts: int = 0
    """Recordings that were never published in their time, and are no more."""

    ended: int = 0
    """Recordings that were taken down because their end had come."""

    rights: int = 0
    """Recordings that were taken down because the right to show something in them had ended."""

    strays: int = 0
    """Folders and files that no row accounts for: what a crash left of a removal, a takedown or a publication."""

    uploads: int = 0
    """Unfinished uploads that nobody went on with."""

    sessions: int = 0
    """Sessions and links that had ended."""

    deeds: int = 0
    """Things that staff did, so long ago that nobody needs to know who."""

    @property
    def any(self) -> bool:
        """Whether anything was deleted."""
        return self != Swept()


def sweep(db: Database, settings: Settings, store: IncomingStore, moment: datetime) -> Swept:
    """Deletes all that is over at `moment`, and looks again. May be repeated at any time, and is repeated after a crash.

    Nothing of a recording on hold is deleted, and it is taken down at its end all the same. Raises Fault when something
    cannot be deleted.
    """
    ended, without_right = _ended(db, settings, moment), _rights(db, settings, moment)
    for taken_down in (*ended, *without_right):  # only now: nothing is shown longer because a store does not delete
        with purging.may_wait():
            taken_down.clear(db, settings)
    swept = Swept(
        ended=len(ended),
        rights=len(without_right),
        originals=_originals(db, settings, moment),
        drafts=_drafts(db, settings, moment),
        strays=sum(clear(db, settings) for clear in (_private_strays, _pieces, _public_strays, _copies)),
        uploads=store.expire(),
        sessions=_sessions(db, moment),
        deeds=audit.forget(db, settings, moment),
    )
    if swept.any:
        db.compact()
    deletions.settle(db, settings)  # last: it raises while something is still there
    return swept


def sweep_here(db: Database, settings: Settings, store: IncomingStore) -> Swept:
    """The same of what only this machine can see, where the store is elsewhere: uploads, and copies that no work needs.

    For whoever does not sweep for all. Raises Fault.
    """
    return Swept(strays=_copies(db, settings), uploads=store.expire())


def draft_ends(settings: Settings, recording: Recording) -> datetime | None:
    """When a recording that was never published goes; None for one that was, that is on hold or is to be published."""
    if (
        recording.published_at is not None
        or recording.held_reason is not None
        or recording.state is RecordingState.SCHEDULED
    ):
        return None
    return recording.created_at + timedelta(days=settings.drafts_days)


def original_ends(settings: Settings, recording: Recording) -> datetime | None:
    """When the original goes by itself; None while that is not known, or when it is on hold or gone."""
    if recording.held_reason is not None or recording.original_deleted_at is not None:
        return None
    since = recording.state_at if recording.state is RecordingState.REFUSED else recording.published_at
    return None if since is None else since + timedelta(days=settings.originals_days)


def delete_original(db: Database, settings: Settings, recording_id: str, rule: Rule = Rule.STAFF) -> None:
    """Deletes the original and all that was made of it for the review; what is public stays public.

    Raises Stale: "moved-on" while it is worked on or when it is gone already, "held"; Fault.
    """
    with db.writing() as session:
        row = session.get(Recording, recording_id)
        if row is None or row.state in PROMISED or row.original_deleted_at is not None:
            raise Stale("moved-on")
        if row.held_reason is not None:
            raise Stale("held")
        row.original_deleted_at = at = now()  # first, so that nobody begins to work with what is being deleted
        deletions.note_private(session, settings, row, Deleted.ORIGINAL, rule, at)
    destroy_private(settings, recording_id)


def _ended(db: Database, settings: Settings, moment: datetime) -> tuple[Withdrawn, ...]:
    """Takes down what has come to its end; what was public before there were ends gets one now."""
    with db.writing() as session:
        public = list(session.scalars(select(Recording).where(Recording.state.in_(PUBLIC))))
        for row in public:
            if row.ends_at is None and row.published_at is not None:
                row.ends_at = max(row.published_at + timedelta(days=settings.published_days), moment + WARNED)
        over = [row.id for row in public if row.ends_at is not None and row.ends_at <= moment]
    return _withdrawn(db, settings, over, Rule.END)


def _rights(db: Database, settings: Settings, moment: datetime) -> tuple[Withdrawn, ...]:
    """Takes down what holds a book, song or picture whose last day is over, and that may not stay."""
    with db.reading() as session:
        public = set(session.scalars(select(Recording.id).where(Recording.state.in_(PUBLIC))))
        over = sorted(public & rights.ended(session, rights.today(moment)))
    return _withdrawn(db, settings, over, Rule.RIGHTS)


def _withdrawn(db: Database, settings: Settings, recording_ids: Iterable[str], rule: Rule) -> tuple[Withdrawn, ...]:
    """Those that somebody was quicker with are left to them."""
    withdrawn = []
    for recording_id in recording_ids:
        with suppress(Stale):
            withdrawn.append(publish.withdraw(db, settings, recording_id, rule))
    return tuple(withdrawn)


def _originals(db: Database, settings: Settings, moment: datetime) -> int:
    candidates = _unheld(db, Recording.original_deleted_at.is_(None), Recording.state.not_in(PROMISED))
    over = [row.id for row in candidates if _is_over(original_ends(settings, row), moment)]
    return _each(over, lambda recording_id: delete_original(db, settings, recording_id, Rule.ORIGINALS))


def _drafts(db: Database, settings: Settings, moment: datetime) -> int:
    candidates = _unheld(
        db, Recording.published_at.is_(None), Recording.state.in_(REMOVABLE - {RecordingState.SCHEDULED})
    )
    over = [row.id for row in candidates if _is_over(draft_ends(settings, row), moment)]
    return _each(over, lambda recording_id: intake.remove(db, settings, recording_id, Rule.DRAFTS))


def _unheld(db: Database, *where: ColumnElement[bool]) -> tuple[Recording, ...]:
    with db.reading() as session:
        return tuple(session.scalars(select(Recording).where(Recording.held_reason.is_(None), *where)))


def _is_over(end: datetime | None, moment: datetime) -> bool:
    return end is not None and end < moment


def _each(recording_ids: Iterable[str], act: Callable[[str], None]) -> int:
    """How many it was done to; those that somebody was quicker with are left to them."""
    done = 0
    for recording_id in recording_ids:
        with suppress(Stale):
            act(recording_id)
            done += 1
    return done


def _private_strays(db: Database, settings: Settings) -> int:
    """Private folders without a recording, or of one whose files were to be gone."""
    store, root = open_store(settings), settings.private.name
    folders = store.folders(root)  # before the rows: what comes between is no stray
    with db.reading() as session:
        kept = set(session.scalars(select(Recording.id).where(Recording.original_deleted_at.is_(None))))
    strays = folders - kept
    for folder in strays:
        store.remove(f"{root}/{folder}")
    return len(strays)


def _pieces(db: Database, settings: Settings) -> int:
    """What was seen or made of films so far and no work will go on with."""
    with db.reading() as session:
        idle = session.scalars(select(Recording.id).where(Recording.state.not_in(IN_PIECES))).all()
    left = [recording_id for recording_id in idle if PrivateFolder(settings, recording_id).has_pieces]
    for recording_id in left:
        work.tidy(db, settings, recording_id)  # looks again: it may have been approved this moment
    return len(left)


def _copies(db: Database, settings: Settings) -> int:
    """Copies on this machine that no work will go on with."""
    if not open_store(settings).elsewhere:
        return 0
    for place in files.names_in(settings.public):  # left by a move to the store
        open_store(settings).let_go(f"{settings.public.name}/{place}")
    copies = files.names_in(settings.private)
    with db.reading() as session:
        needed = set(session.scalars(select(Recording.id).where(Recording.state.in_(IN_PIECES))))
    for recording_id in copies - needed:
        work.let_go(db, settings, recording_id)  # looks again
    return len(copies - needed)


def _public_strays(db: Database, settings: Settings) -> int:
    """What lies in public folders and no public row names, but for what is being published this moment."""
    store, root = open_store(settings), settings.public.name
    folders = store.folders(root)
    with db.reading() as session:
        public = session.scalars(select(Publication).where(Publication.state == PublicationState.PUBLIC))
        named = {publication.id: frozenset(file.name for file in public_files(publication)) for publication in public}
        coming = set(
            session.scalars(select(Approval.publication_id).join(Recording).where(Recording.state.in_(PUBLISHING)))
        )
    settled = folders - coming
    strays = [f for f in settled if f not in named or store.traces(f"{root}/{f}") - named[f]]
    for folder in strays:
        keep_only(store, f"{root}/{folder}", named.get(folder, frozenset()))
    return len(strays)


def _sessions(db: Database, moment: datetime) -> int:
    with db.writing() as session:
        over = session.execute(
            delete(StaffSession).where(or_(StaffSession.expires_at <= moment, StaffSession.ended_at.is_not(None)))
        )
        links = session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at <= moment))
        asks = session.execute(delete(ServiceAsk).where(ServiceAsk.expires_at <= moment))
        return _rows(over) + _rows(links) + _rows(asks)


def _rows(result: object) -> int:
    return int(getattr(result, "rowcount", 0))
