"""Making public, and taking down. Families see what this module answers, and nothing else.

Public is what a row says is public. Files come first and the row last when publishing, the row first and the files
last when taking down: so there is no moment in which a page names what must not be seen.
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
from app.services.states import Event, move
from app.services.values import PrivateFolder
from app.settings import Settings
from media_pipeline.core import canonical
from media_pipeline.core.errors import Cancelled, Fault, NotReviewed, ProofFailed, Stale
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
    """Pixels of the largest rendition; 0 for sound alone."""

    top_height: int
    demo: bool
    """Whether to say "demonstration" on it."""

    published_at: datetime
    files: tuple[OutputFile, ...]
    """Every file, by name, with its size: nothing else is served."""


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


def media_file(db: Database, settings: Settings, untrusted_id: str, untrusted_name: str) -> Path | Absent:
    """Where a public file lies. Only names that the proof named are known, so no path can be made up."""
    with db.reading() as session:
        publication = session.get(Publication, untrusted_id)
        recording = _public_recording(session, publication)
        if publication is None or recording is None:
            return Absent.UNKNOWN if publication is None else Absent.WITHDRAWN
    for file in _files(publication):
        if file.name == untrusted_name:
            return settings.public / publication.id / file.name
    return Absent.UNKNOWN


def publication_of(db: Database, recording_id: str) -> Publication | None:
    """The latest publication of a recording, public or withdrawn."""
    latest = select(Publication).where(Publication.recording_id == recording_id)
    with db.reading() as session:
        return session.scalars(latest.order_by(Publication.published_at.desc(), Publication.id).limit(1)).first()


def make_public(
    db: Database, settings: Settings, recording_id: str, attempt: int, approval_id: str, report: PrivacyReport
) -> Publication:
    """Moves the proven files to their public place and, in one transaction, makes them public. Twice is once.

    Raises ProofFailed when the report has not passed, belongs to another approval or to other files; NotReviewed
    without an approval; Stale when another attempt counts by now; Cancelled when someone stopped it; Fault.
    """
    bundle = Bundle(report)
    with db.reading() as session:
        approval = session.get(Approval, approval_id)
        done = session.get(Publication, approval.publication_id) if approval is not None else None
    if approval is None or approval.recording_id != recording_id:
        raise NotReviewed("not-approved")
    if report.plan.edits_digest != approval.edits_digest:
        raise ProofFailed("report-elsewhere")
    if done is not None:
        return done
    _place(bundle, PrivateFolder(settings, recording_id).render, settings.public / approval.publication_id)
    with db.writing() as session:
        recording = session.get(Recording, recording_id)
        if recording is None or recording.attempt != attempt or recording.state is not RecordingState.PUBLISHING:
            raise Stale("moved-on")
        if recording.cancel_asked:
            raise Cancelled("cancelled")
        if report.plan.media_sha256 != recording.sha256:
            raise ProofFailed("report-elsewhere")
        publication = _publication(bundle, recording, approval)
        session.add(publication)
        move(recording, Event.PUBLISH, publication.published_at)
        recording.published_at, recording.withdrawn_at = publication.published_at, None
    return publication


def unpublish(db: Database, settings: Settings, recording_id: str) -> None:
    """Takes a recording down: from this moment its addresses answer that it is gone, then its bytes are deleted.

    Raises Stale("moved-on") when it is not public; Fault when bytes could not be deleted: they are not served, and
    the sweep tries again.
    """
    with db.writing() as session:
        recording = session.get(Recording, recording_id)
        if recording is None:
            raise Stale("moved-on")
        at = now()
        move(recording, Event.WITHDRAW, at)
        recording.withdrawn_at = at
        public = select(Publication).where(
            Publication.recording_id == recording_id, Publication.state == PublicationState.PUBLIC
        )
        withdrawn = session.scalars(public).all()
        for publication in withdrawn:
            publication.state, publication.withdrawn_at = PublicationState.WITHDRAWN, at
    for publication in withdrawn:
        files.remove(settings.public / publication.id)


def _place(bundle: Bundle, made: Path, place: Path) -> None:
    """Brings the finished files to their public place, and holds every byte there against the report."""
    if made.is_dir():  # otherwise it was moved before a crash, or there is nothing to publish
        files.remove(place)
        files.sync_tree(made)
        files.move(made, place)
    expected = {file.name: file for file in bundle.files}
    if files.names_below(place) != expected.keys() or any(
        files.sha256_of(place / name) != file.sha256 for name, file in expected.items()
    ):
        files.remove(place)
        raise ProofFailed("report-elsewhere")


def _publication(bundle: Bundle, recording: Recording, approval: Approval) -> Publication:
    plan = bundle.report.plan
    top = plan.renditions[0] if plan.renditions else None
    return Publication(
        id=approval.publication_id,
        recording_id=recording.id,
        demo=recording.demo,
        report_digest=canonical.digest(bundle.report),
        files_json=canonical.dumps(bundle.files),
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


def _files(publication: Publication) -> tuple[OutputFile, ...]:
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
        demo=publication.demo,
        published_at=publication.published_at,
        files=_files(publication),
    )
