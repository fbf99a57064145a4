"""Making public, and taking down.

Files come first and the row last when publishing, the row first and the files last when taking down: so there is no
moment in which a page names what must not be seen. A publication grows: each size comes by itself, with a report of its
own, and none of its files takes the place of an earlier one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.engine import Database, now
from app.db.kinds import PublicationState, RecordingState, Rule
from app.db.models import Approval, Publication, Recording
from app.services import anew, deletions, purging, rights
from app.services.shelf import public_files
from app.services.states import PUBLISHING, WORKING, Event, move
from app.services.values import PrivateFolder
from app.settings import Settings
from app.stores import open_store
from app.stores.port import Store, keep_only
from media_pipeline.core import canonical
from media_pipeline.core.errors import Cancelled, Fault, NotReviewed, ProofFailed, Stale, StoryshelfError
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.playlists import known_names, output_names
from media_pipeline.core.report import Bundle, PrivacyReport


def publication_of(db: Database, recording_id: str) -> Publication | None:
    """The latest publication of a recording, public or withdrawn."""
    latest = select(Publication).where(Publication.recording_id == recording_id)
    with db.reading() as session:
        return session.scalars(latest.order_by(Publication.published_at.desc(), Publication.id).limit(1)).first()


def make_public(
    db: Database, settings: Settings, recording_id: str, attempt: int, approval_id: str, report: PrivacyReport
) -> Publication:
    """Brings the proven files of one size to their public place and, in one transaction, makes them public. Twice is once.

    Raises ProofFailed when the report has not passed, belongs to another approval, plan or other files; NotReviewed
    without an approval or a privacy officer, and when something in it may not be shown any more; Stale when another attempt counts by now; Cancelled when someone stopped it; Fault.
    """
    bundle = Bundle(report)
    with db.reading() as session:
        approval = session.get(Approval, approval_id)
        before = session.get(Publication, approval.publication_id) if approval is not None else None
    if approval is None or approval.recording_id != recording_id:
        raise NotReviewed("not-approved")
    refuse_without_officer(db, settings, recording_id)
    with db.reading() as session:
        rights.refuse_barred_now(session, recording_id)
    if report.plan.edits_digest != approval.edits_digest:
        raise ProofFailed("report-elsewhere")
    known = public_files(before) if before is not None else ()
    if before is not None and set(bundle.files) <= set(known):
        return before
    if {file.name for file in bundle.files} & {file.name for file in known}:
        raise ProofFailed("report-elsewhere")
    store, place = open_store(settings), f"{settings.public.name}/{approval.publication_id}"
    try:
        _place(bundle, PrivateFolder(settings, recording_id), store, place)
        keep_only(store, place, frozenset(file.name for file in (*known, *bundle.files)))
        with db.writing() as session:
            made, replaced = _add(session, bundle, approval, attempt, settings)
    except StoryshelfError:
        with db.reading() as session:
            named = session.get(Publication, approval.publication_id)
            public = named is not None and named.state is PublicationState.PUBLIC
        rest = frozenset(file.name for file in public_files(named)) if named and public else frozenset()
        keep_only(store, place, rest)
        raise
    with purging.may_wait():
        _remove(db, settings, replaced)  # what a crash leaves of them the sweep finds
    return made


def refuse_without_officer(db: Database, settings: Settings, recording_id: str) -> None:
    """Raises NotReviewed("no-officer") while families could not be told whom to ask about a recording of real people."""
    with db.reading() as session:
        recording = session.get(Recording, recording_id)
    if not settings.officer_named and not (recording is not None and recording.demo):
        raise NotReviewed("no-officer")


def end_of(recording: Recording, settings: Settings, published_at: datetime) -> datetime:
    """When a recording that is published at that moment is taken down: at the end that staff set, if it is still to come."""
    if recording.ends_at is not None and recording.ends_at > published_at:
        return recording.ends_at
    return published_at + timedelta(days=settings.published_days)


def begun(db: Database, approval_id: str) -> bool:
    """Whether any size has been made public for that approval."""
    with db.reading() as session:
        approval = session.get(Approval, approval_id)
        return approval is not None and session.get(Publication, approval.publication_id) is not None


def is_public(db: Database, approval_id: str, part: RenderPlan) -> bool:
    """Whether the files of one size have been made public for that approval."""
    with db.reading() as session:
        approval = session.get(Approval, approval_id)
        publication = session.get(Publication, approval.publication_id) if approval is not None else None
    named = {file.name for file in public_files(publication)} if publication is not None else set()
    return bool(named) and named >= set(output_names(part))


def unpublish(db: Database, settings: Settings, recording_id: str, rule: Rule = Rule.STAFF) -> None:
    """Takes a recording down: from this moment its addresses answer that it is gone, then its bytes are deleted.

    Work on larger sizes stops by itself. Raises Stale("moved-on") when it is not public; Fault when bytes could not be
    deleted, here or in a shared cache: they are not served by us, and the sweep tries again.
    """
    try:
        withdrawn = withdraw(db, settings, recording_id, rule)
    except Fault as fault:
        if fault.code != "disk-full":
            raise
        with db.reading() as session:  # its bytes first, then: that makes room for saying so
            places = _places(session, recording_id)
        _delete(settings, places)
        withdrawn = withdraw(db, settings, recording_id, rule)
    withdrawn.clear(db, settings)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A recording that nobody is shown any more, and what is still to be deleted of it."""

    recording_id: str
    places: tuple[str, ...]
    """Names of all public folders that it may have."""

    at_work: bool
    """Whether the worker may be writing there this moment."""

    def clear(self, db: Database, settings: Settings) -> None:
        """Deletes the bytes, here and in a shared cache. Raises Fault: "cache-away" once ours are deleted."""
        _remove(db, settings, self.places)
        if not self.at_work:  # else the worker does it when it stops
            PrivateFolder(settings, self.recording_id).discard_pieces()


def withdraw(db: Database, settings: Settings, recording_id: str, rule: Rule) -> Withdrawn:
    """The first half of taking down, which no store is needed for: its addresses answer that it is gone. Raises Stale("moved-on")."""
    with db.writing() as session:
        recording = session.get(Recording, recording_id)
        if recording is None:
            raise Stale("moved-on")
        at_work = recording.state in WORKING
        at = now()
        move(recording, Event.WITHDRAW, at)
        return Withdrawn(recording_id, _withdraw(session, settings, recording, rule, at), at_work)


def disprove(db: Database, settings: Settings, recording_id: str, attempt: int, code: str) -> None:
    """The proof of some size failed: nothing of the recording is public any more, whatever was. Twice is once. Raises Fault."""
    with db.writing() as session:
        recording = session.get(Recording, recording_id)
        if recording is None or recording.attempt != attempt:
            return
        if recording.state in PUBLISHING:
            at = now()
            move(recording, Event.DISPROVE, at, code)
        elif recording.state is not RecordingState.PROOF_FAILED:
            return
        places = _withdraw(session, settings, recording, Rule.PROOF, recording.state_at)
    with purging.may_wait():
        _remove(db, settings, places)


def _withdraw(session: Session, settings: Settings, recording: Recording, rule: Rule, at: datetime) -> tuple[str, ...]:
    """Nothing of it is public from now on. Returns the names of all public folders that it may have."""
    anew.stop_replacing(session, recording.id)
    public = select(Publication).where(
        Publication.recording_id == recording.id, Publication.state == PublicationState.PUBLIC
    )
    for publication in session.scalars(public):
        publication.state, publication.withdrawn_at = PublicationState.WITHDRAWN, at
        deletions.note_publication(session, settings, publication, rule, at)
        recording.withdrawn_at = at
    return _places(session, recording.id)


def _places(session: Session, recording_id: str) -> tuple[str, ...]:
    return tuple(session.scalars(select(Approval.publication_id).where(Approval.recording_id == recording_id)))


def _remove(db: Database, settings: Settings, places: tuple[str, ...]) -> None:
    """Deletes the bytes of what is public no more, here and in a cache that others are answered from."""
    try:
        purging.purge(db, settings, places)
    finally:
        _delete(settings, places)


def _delete(settings: Settings, places: tuple[str, ...]) -> None:
    for place in places:
        open_store(settings).remove(f"{settings.public.name}/{place}")


def _place(bundle: Bundle, folder: PrivateFolder, store: Store, place: str) -> None:
    """Brings finished files to their public place, and holds every byte there against the report."""
    for file in bundle.files:
        made = folder.render / file.name
        if not folder.has(made):
            raise ProofFailed("report-elsewhere")
        if not store.put(f"{place}/{file.name}", folder.here(made), file.sha256):
            raise ProofFailed("report-elsewhere")
    store.settle(place)


def _add(
    session: Session, bundle: Bundle, approval: Approval, attempt: int, settings: Settings
) -> tuple[Publication, tuple[str, ...]]:
    """The row names the new files from now on, and the recording is public, wholly or in this size, until its end; in the place
    of another, of which then nothing is public: the names of its public folders come with it.
    """
    plan = bundle.report.plan
    recording = session.get(Recording, approval.recording_id)
    publication = session.get(Publication, approval.publication_id)
    expected = RecordingState.PUBLISHING if publication is None else RecordingState.PUBLISHING_MORE
    if recording is None or recording.attempt != attempt or recording.state is not expected:
        raise Stale("moved-on")
    if recording.cancel_asked:
        raise Cancelled("cancelled")
    if plan.media_sha256 != recording.sha256:
        raise ProofFailed("report-elsewhere")
    first = publication is None
    replaced: tuple[str, ...] = ()
    if publication is None:
        if not plan.brings_shared:  # a page needs what all sizes share
            raise ProofFailed("report-elsewhere")
        publication = _publication(plan, recording, approval)
        session.add(publication)
        recording.published_at, recording.withdrawn_at = publication.published_at, None
        replaced = _replace(session, settings, recording, publication)
        recording.ends_at = end_of(recording, settings, publication.published_at)
    elif publication.plan_digest != plan.whole.digest:
        raise ProofFailed("report-elsewhere")
    named = tuple(sorted((*public_files(publication), *bundle.files), key=lambda file: file.name))
    publication.files_json = canonical.dumps(named)
    reports = canonical.loads(tuple[str, ...], publication.reports_json)
    publication.reports_json = canonical.dumps((*reports, canonical.digest(bundle.report)))
    if {file.name for file in named} == known_names(plan):
        move(recording, Event.PUBLISH, now())
    elif first:
        move(recording, Event.PUBLISH_FIRST, now())
    return publication, replaced


def _replace(session: Session, settings: Settings, recording: Recording, publication: Publication) -> tuple[str, ...]:
    """What it was made anew from is taken down in the moment in which it has its address."""
    old_id = anew.take_place(session, recording, publication)
    old = session.get(Recording, old_id) if old_id is not None else None
    if old is None:
        return ()
    move(old, Event.WITHDRAW, publication.published_at)
    return _withdraw(session, settings, old, Rule.STAFF, publication.published_at)


def _publication(plan: RenderPlan, recording: Recording, approval: Approval) -> Publication:
    """A row that names no file yet."""
    top = plan.ladder[0] if plan.ladder else None
    return Publication(
        id=approval.publication_id,
        recording_id=recording.id,
        demo=recording.demo,
        plan_digest=plan.whole.digest,
        reports_json=canonical.dumps(()),
        files_json=canonical.dumps(()),
        top_width=top.width if top else 0,
        top_height=top.height if top else 0,
        length_ms=round(plan.length * 1000),
        has_video=plan.clock is not None,
        has_sound=plan.sound,
        state=PublicationState.PUBLIC,
        published_at=now(),
    )
