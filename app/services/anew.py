"""Cutting more out of what is public after its original is gone: its own finished film is looked through, reviewed and proven anew.

The public one stays until the new one is there, which then has its address; so a link on a flyer goes on leading to it. When
the public one is taken down before that, whatever is on its way to its place is stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db.engine import Database, now
from app.db.kinds import PublicationState, RecordingState, new_slug
from app.db.models import Approval, Publication, Recording
from app.db.works import WorkUse
from app.services import rights
from app.services.jobs import Jobs
from app.services.shelf import public_files
from app.services.states import PUBLIC, WORKING, Event, move
from app.services.values import PrivateFolder
from app.services.work import approved_cut
from app.settings import Settings
from app.stores import files, open_store
from app.uploads.names import NameHint
from media_pipeline.core.errors import Stale
from media_pipeline.core.intervals import Interval
from media_pipeline.core.playlists import CAPTIONS, SOUND, TOP
from media_pipeline.core.report import OutputFile
from media_pipeline.core.rights import after_cuts
from media_pipeline.core.speakers import Given, UntrustedCue, listen, usual_choice

_TOLD = (
    *(
        "title",
        "series",
        "age_group",
        "language",
        "description",
        "held_on",
        "branch",
        "theme",
        "books",
        "tip",
        "signed",
    ),
    *("other_tongue", "other_title", "other_description", "other_tip", "rights_told", "participants_muted", "ends_at"),
)
"""What the new one says as the old one does."""


def can_begin(recording: Recording) -> bool:
    """Whether it is public in every size, and can be changed in no other way."""
    return recording.state is RecordingState.PUBLISHED and recording.original_deleted_at is not None


def begin(
    db: Database,
    settings: Settings,
    jobs: Jobs,
    recording_id: str,
    user_id: str | None,
    read: Callable[[bytes], tuple[UntrustedCue, ...]],
) -> str:
    """A new recording of what is public, which is looked through like any other; returns its id.

    It has the same words, captions (as `read` reads them) and records of rights. Raises Stale("moved-on") unless `can_begin`, or
    when there is one already; Fault.
    """
    with db.writing() as session:
        old, public = _public(session, recording_id)
        replacing = select(Recording.id).where(Recording.replaces == recording_id).limit(1)
        if not can_begin(old) or session.scalar(replacing) is not None:
            raise Stale("moved-on")
        held = {file.name: file for file in public_files(public)}
        film = held[TOP if public.has_video else SOUND]
        recording = _recording(old, film, user_id)
        session.add(recording)
        session.flush()
        _take_rights_on(session, old.id, recording.id)
    place, store, folder = (
        f"{settings.public.name}/{public.id}",
        open_store(settings),
        PrivateFolder(settings, recording.id),
    )
    files.link(store.here(f"{place}/{film.name}"), folder.original)
    folder.take_in(folder.original, film.sha256)
    if CAPTIONS in held:
        folder.save_given(_given(read(store.read(f"{place}/{CAPTIONS}")), public.length_ms))
    jobs.analyse(recording.id, recording.attempt)
    return recording.id


def take_place(session: Session, recording: Recording, publication: Publication) -> str | None:
    """In the transaction that makes it public: it gets the address of what it replaces. Returns the id of what has to be taken
    down now; None when it replaces nothing.
    """
    if recording.replaces is None:
        return None
    old, public = _public(session, recording.replaces)
    address, public.slug = public.slug, new_slug()
    session.flush()
    publication.slug = address
    recording.replaces = None
    return old.id


def stop_replacing(session: Session, recording_id: str) -> None:
    """In the transaction that takes it down: what is on its way to its place goes public only when somebody approves it anew."""
    for other in session.scalars(select(Recording).where(Recording.replaces == recording_id)):
        other.replaces = None
        session.execute(delete(Approval).where(Approval.recording_id == other.id))
        if other.state is RecordingState.SCHEDULED:
            move(other, Event.CALL_OFF, now())
            other.publish_at = None
        elif other.state in WORKING:
            other.cancel_asked = True


def _public(session: Session, recording_id: str) -> tuple[Recording, Publication]:
    old = session.get(Recording, recording_id)
    wanted = select(Publication).where(
        Publication.recording_id == recording_id, Publication.state == PublicationState.PUBLIC
    )
    public = session.scalars(wanted).first()
    if old is None or public is None or old.state not in PUBLIC:
        raise Stale("moved-on")
    return old, public


def _recording(old: Recording, film: OutputFile, user_id: str | None) -> Recording:
    at = now()
    return Recording(
        created_at=at,
        uploaded_by=user_id,
        state=RecordingState.UPLOADED,
        state_at=at,
        replaces=old.id,
        hint=NameHint.NONE.value,
        sha256=film.sha256,
        size=film.size,
        **{name: getattr(old, name) for name in _TOLD},
    )


def _given(untrusted: tuple[UntrustedCue, ...], length_ms: int) -> Given:
    """What was published of what is said."""
    said = listen(untrusted, Interval(Fraction(0), Fraction(length_ms + 1, 1000)))  # its end is rounded
    return Given(said=said, kept=usual_choice(said))


def _take_rights_on(session: Session, old_id: str, new_id: str) -> None:
    """The same works are in it, each where it is in the finished film; what was left out is not."""
    cut = approved_cut(session, old_id)
    for use in session.scalars(select(WorkUse).where(WorkUse.recording_id == old_id, ~WorkUse.left_out)).all():
        stays = None
        if use.start_ms is not None and use.end_ms is not None:
            stays = after_cuts(Interval(Fraction(use.start_ms, 1000), Fraction(use.end_ms, 1000)), cut)
        taken = WorkUse(recording_id=new_id, work_id=use.work_id)
        taken.start_ms = floor(stays.start * 1000) if stays else None
        taken.end_ms = ceil(stays.end * 1000) if stays else None
        session.add(taken)
    session.flush()
    rights.settle(session, new_id)
