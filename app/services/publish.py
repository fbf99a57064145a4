"""Making public, and taking down. Families see what this module answers, and nothing else.

Public is what a row says is public. Files come first and the row last when publishing, the row first and the files
last when taking down: so there is no moment in which a page names what must not be seen. A publication grows: each size
comes by itself, with a report of its own, and none of its files takes the place of an earlier one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.engine import Database, now
from app.db.models import (
    AgeGroup,
    Approval,
    Publication,
    PublicationState,
    Recording,
    RecordingState,
)
from app.services import files
from app.services.states import PUBLISHING, WORKING, Event, move
from app.services.values import PrivateFolder
from app.settings import Settings
from media_pipeline.core import canonical
from media_pipeline.core.errors import Cancelled, Fault, NotReviewed, ProofFailed, Stale, StoryshelfError
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.playlists import known_names, output_names
from media_pipeline.core.report import Bundle, OutputFile, PrivacyReport


class Absent(Enum):
    """Why there is nothing to show."""

    UNKNOWN = "unknown"
    """There never was such an address (404)."""

    WITHDRAWN = "withdrawn"
    """It was taken down (410)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One storytime as families see it."""

    slug: str
    """Its public address: `/s/<slug>`."""

    publication_id: str
    """Its files' address: `/media/<publication id>/<name>`."""

    title: str
    series: str
    age_group: AgeGroup | None
    language: str
    """A BCP 47 tag, or empty."""

    description: str
    length_ms: int
    """Milliseconds of the finished film."""

    has_video: bool
    has_sound: bool
    top_width: int
    """Pixels of the largest size, also while that is still being made; 0 for sound alone."""

    top_height: int
    more_coming: bool
    """Whether larger sizes are being prepared."""

    demo: bool
    """Whether to say "demonstration" on it."""

    published_at: datetime
    files: tuple[OutputFile, ...]
    """Every file, by name, with its size: nothing else is served."""


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file that families may have."""

    path: Path
    """Where it lies."""

    sha256: str
    """What the proof found it to be, hexadecimal."""


def shelf(
    db: Database, age_group: AgeGroup | None = None, language: str | None = None, series: str | None = None
) -> tuple[Entry, ...]:
    """What is public and fits every filter that is given, the newest first."""
    wanted = (
        select(Publication, Recording)
        .join(Recording)
        .where(Publication.state == PublicationState.PUBLIC)
        .order_by(Publication.published_at.desc(), Publication.id)
    )
    if age_group is not None:
        wanted = wanted.where(Recording.age_group == age_group)
    if language is not None:
        wanted = wanted.where(Recording.language == language)
    if series is not None:
        wanted = wanted.where(Recording.series == series)
    with db.reading() as session:
        return tuple(_entry(publication, recording) for publication, recording in session.execute(wanted))


def by_slug(db: Database, untrusted_slug: str) -> Entry | Absent:
    """The storytime at a public address, or why there is none."""
    with db.reading() as session:
        publication = session.scalar(select(Publication).where(Publication.slug == untrusted_slug))
        recording = _public_recording(session, publication)
        if publication is None or recording is None:
            return Absent.UNKNOWN if publication is None else Absent.WITHDRAWN
        return _entry(publication, recording)


def media_file(db: Database, settings: Settings, untrusted_id: str, untrusted_name: str) -> PublicFile | Absent:
    """A public file. Only names that the proof named are known, so no path can be made up."""
    with db.reading() as session:
        publication = session.get(Publication, untrusted_id)
        recording = _public_recording(session, publication)
        if publication is None or recording is None:
            return Absent.UNKNOWN if publication is None else Absent.WITHDRAWN
    for file in public_files(publication):
        if file.name == untrusted_name:
            return PublicFile(settings.public / publication.id / file.name, file.sha256)
    return Absent.UNKNOWN


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
    without an approval; Stale when another attempt counts by now; Cancelled when someone stopped it; Fault.
    """
    bundle = Bundle(report)
    with db.reading() as session:
        approval = session.get(Approval, approval_id)
        before = session.get(Publication, approval.publication_id) if approval is not None else None
    if approval is None or approval.recording_id != recording_id:
        raise NotReviewed("not-approved")
    if report.plan.edits_digest != approval.edits_digest:
        raise ProofFailed("report-elsewhere")
    known = public_files(before) if before is not None else ()
    if before is not None and set(bundle.files) <= set(known):
        return before
    if {file.name for file in bundle.files} & {file.name for file in known}:
        raise ProofFailed("report-elsewhere")
    place = settings.public / approval.publication_id
    try:
        _place(bundle, PrivateFolder(settings, recording_id).render, place)
        files.keep_only(place, frozenset(file.name for file in (*known, *bundle.files)))
        with db.writing() as session:
            return _add(session, bundle, approval, attempt)
    except StoryshelfError:
        with db.reading() as session:
            named = session.get(Publication, approval.publication_id)
            public = named is not None and named.state is PublicationState.PUBLIC
        files.keep_only(
            place, frozenset(file.name for file in public_files(named)) if named and public else frozenset()
        )
        raise


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


def unpublish(db: Database, settings: Settings, recording_id: str) -> None:
    """Takes a recording down: from this moment its addresses answer that it is gone, then its bytes are deleted.

    Work on larger sizes stops by itself. Raises Stale("moved-on") when it is not public; Fault when bytes could not be
    deleted: they are not served, and the sweep tries again.
    """
    with db.writing() as session:
        recording = session.get(Recording, recording_id)
        if recording is None:
            raise Stale("moved-on")
        at_work = recording.state in WORKING
        at = now()
        move(recording, Event.WITHDRAW, at)
        places = _withdraw(session, recording, at)
    for place in places:
        files.remove(settings.public / place)
    if not at_work:  # else the worker, which may be writing there this moment, does it when it stops
        PrivateFolder(settings, recording_id).discard_pieces()


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
        places = _withdraw(session, recording, recording.state_at)
    for place in places:
        files.remove(settings.public / place)


def _withdraw(session: Session, recording: Recording, at: datetime) -> tuple[str, ...]:
    """Nothing of it is public from now on. Returns the names of all public folders that it may have."""
    public = select(Publication).where(
        Publication.recording_id == recording.id, Publication.state == PublicationState.PUBLIC
    )
    for publication in session.scalars(public):
        publication.state, publication.withdrawn_at = PublicationState.WITHDRAWN, at
        recording.withdrawn_at = at
    return tuple(session.scalars(select(Approval.publication_id).where(Approval.recording_id == recording.id)))


def _place(bundle: Bundle, made: Path, place: Path) -> None:
    """Brings finished files to their public place, and holds every byte there against the report before it has its name."""
    for file in bundle.files:
        target = place / file.name
        coming = target.with_name(f"{target.name}.coming")
        if not (made / file.name).is_file():
            raise ProofFailed("report-elsewhere")
        files.link(made / file.name, coming)
        if files.sha256_of(coming) != file.sha256:
            raise ProofFailed("report-elsewhere")
        files.move(coming, target)
    files.sync_tree(place)


def _add(session: Session, bundle: Bundle, approval: Approval, attempt: int) -> Publication:
    """The row names the new files from now on, and the recording is public, wholly or in this size."""
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
    if publication is None:
        if not plan.brings_shared:  # a page needs what all sizes share
            raise ProofFailed("report-elsewhere")
        publication = _publication(plan, recording, approval)
        session.add(publication)
        recording.published_at, recording.withdrawn_at = publication.published_at, None
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
    return publication


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


def _public_recording(session: Session, publication: Publication | None) -> Recording | None:
    if publication is None or publication.recording_id is None or publication.state is not PublicationState.PUBLIC:
        return None
    return session.get(Recording, publication.recording_id)


def public_files(publication: Publication) -> tuple[OutputFile, ...]:
    """The only files of a publication that are served. Raises Fault."""
    try:
        return canonical.loads(tuple[OutputFile, ...], publication.files_json)
    except ValueError:
        raise Fault("store-failed", "the list of public files cannot be read") from None


def _entry(publication: Publication, recording: Recording) -> Entry:
    return Entry(
        slug=publication.slug,
        publication_id=publication.id,
        title=recording.title,
        series=recording.series,
        age_group=recording.age_group,
        language=recording.language,
        description=recording.description,
        length_ms=publication.length_ms,
        has_video=publication.has_video,
        has_sound=publication.has_sound,
        top_width=publication.top_width,
        top_height=publication.top_height,
        more_coming=recording.state is RecordingState.PUBLISHING_MORE,
        demo=publication.demo,
        published_at=publication.published_at,
        files=public_files(publication),
    )
