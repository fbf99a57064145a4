"""What families see: the storytimes that are public, with their files, and nothing else. Public is what a row says is public."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from functools import lru_cache

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.db.engine import Database
from app.db.kinds import AgeGroup, PublicationState, RecordingState
from app.db.models import Approval, Publication, Recording
from app.services.about import Other, other_of
from app.settings import Settings
from app.stores import Kept, open_store
from media_pipeline.core import canonical
from media_pipeline.core.captions import Uncaptioned
from media_pipeline.core.errors import Fault
from media_pipeline.core.playlists import CAPTIONS, POSTER
from media_pipeline.core.report import OutputFile


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
    held_on: date | None
    """The day of the storytime."""

    branch: str
    theme: str
    books: tuple[str, ...]
    """Books and songs with their credits."""

    downloadable: bool
    """Whether it is offered to save: some permissions are for watching alone."""

    tip: str
    """An early-literacy tip."""

    signed: bool
    """Whether it is signed in American Sign Language."""

    other: Other | None
    """What the pages in another language say instead."""

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
    reports: tuple[str, ...]
    """Digests of its privacy reports, one a size."""

    uncaptioned: Uncaptioned | None
    """Why it has no captions, as staff said; None where nobody was asked."""

    files: tuple[OutputFile, ...]
    """Every file, by name, with its size: nothing else is served."""

    def told_in(self, tongue: str) -> Entry:
        """As the pages in that language tell of it."""
        other = self.other
        if other is None or other.tongue != tongue:
            return self
        return replace(
            self,
            title=other.title or self.title,
            description=other.description or self.description,
            tip=other.tip or self.tip,
        )

    @property
    def captioned(self) -> bool:
        """Whether what is said can be read along."""
        return any(file.name == CAPTIONS for file in self.files)


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file that families may have."""

    kept: Kept
    """What is sent."""

    sha256: str
    """What the proof found it to be, hexadecimal."""


def entries(db: Database, only: Sequence[str] | None = None) -> tuple[Entry, ...]:
    """What is public, of the publications whose ids are given or of all; the newest first."""
    wanted = (
        select(Publication, Recording, Approval.uncaptioned)
        .select_from(Publication)
        .join(Recording)
        .outerjoin(Approval, Approval.publication_id == Publication.id)
        .where(Publication.state == PublicationState.PUBLIC)
        .order_by(Publication.published_at.desc(), Publication.id)
    )
    if only is not None:
        wanted = wanted.where(Publication.id.in_(only))
    with db.reading() as session:
        return tuple(_entry(*row) for row in session.execute(wanted))


def gone(db: Database, most: int) -> tuple[tuple[str, datetime], ...]:
    """Publications that were taken down, by id, with the moment; the latest first, `most` of them at the most."""
    wanted = select(Publication.id, Publication.withdrawn_at).where(Publication.state == PublicationState.WITHDRAWN)
    with db.reading() as session:
        rows = session.execute(wanted.order_by(Publication.withdrawn_at.desc(), Publication.id).limit(most)).all()
    return tuple((row.id, row.withdrawn_at) for row in rows if row.withdrawn_at is not None)


def by_slug(db: Database, untrusted_slug: str) -> Entry | Absent:
    """The storytime at a public address, or why there is none."""
    with db.reading() as session:
        publication = session.scalar(select(Publication).where(Publication.slug == untrusted_slug))
        recording = _public_recording(session, publication)
        if publication is None or recording is None:
            return Absent.UNKNOWN if publication is None else Absent.WITHDRAWN
        why = select(Approval.uncaptioned).where(Approval.publication_id == publication.id)
        return _entry(publication, recording, session.scalar(why))


def recording_at(db: Database, untrusted_slug: str) -> str | None:
    """The id of the recording that is public at an address; None when there is none."""
    with db.reading() as session:
        recording = _public_recording(
            session, session.scalar(select(Publication).where(Publication.slug == untrusted_slug))
        )
        return None if recording is None else recording.id


_SERVED = select(Publication.id, Publication.recording_id, Publication.state, Publication.files_json).where(
    Publication.id == bindparam("id")
)


def media_file(db: Database, settings: Settings, untrusted_id: str, untrusted_name: str) -> PublicFile | Absent:
    """A public file. Only names that the proof named are known, so no path can be made up."""
    with db.reading() as session:  # asked for every few megabytes that anybody watches: columns alone, and no objects
        found = session.execute(_SERVED, {"id": untrusted_id}).first()
    if found is None or found.recording_id is None or found.state is not PublicationState.PUBLIC:
        return Absent.UNKNOWN if found is None else Absent.WITHDRAWN
    for file in _read_files(found.files_json):
        if file.name == untrusted_name:
            return PublicFile(
                open_store(settings).kept(f"{settings.public.name}/{found.id}/{file.name}", file.size), file.sha256
            )
    return Absent.UNKNOWN


def posters(db: Database) -> Mapping[str, str]:
    """Of each recording that is public and has a poster, the publication that it belongs to."""
    wanted = select(Publication.recording_id, Publication.id, Publication.files_json)
    with db.reading() as session:
        rows = session.execute(wanted.where(Publication.state == PublicationState.PUBLIC)).all()
    return {row.recording_id: row.id for row in rows if row.recording_id and poster_name(_read_files(row.files_json))}


def poster(db: Database, settings: Settings, untrusted_recording_id: str) -> PublicFile | Absent:
    """The poster of a recording that is public: a frame that was approved and proven."""
    publication = select(Publication).where(
        Publication.recording_id == untrusted_recording_id, Publication.state == PublicationState.PUBLIC
    )
    with db.reading() as session:
        found = session.scalars(publication).first()
    if found is None:
        return Absent.UNKNOWN
    return media_file(db, settings, found.id, poster_name(public_files(found)))


def poster_name(files: Iterable[OutputFile]) -> str:
    """The poster of the largest size, or of the size that is there already; empty when there is none."""
    names = {file.name for file in files}
    return POSTER if POSTER in names else min((name for name in names if name.startswith("poster-")), default="")


def public_files(publication: Publication) -> tuple[OutputFile, ...]:
    """The only files of a publication that are served. Raises Fault."""
    return _read_files(publication.files_json)


@lru_cache(maxsize=256)
def _read_files(files_json: str) -> tuple[OutputFile, ...]:
    try:
        return canonical.loads(tuple[OutputFile, ...], files_json)
    except ValueError:
        raise Fault("store-failed", "the list of public files cannot be read") from None


def _public_recording(session: Session, publication: Publication | None) -> Recording | None:
    if publication is None or publication.recording_id is None or publication.state is not PublicationState.PUBLIC:
        return None
    return session.get(Recording, publication.recording_id)


def _entry(publication: Publication, recording: Recording, uncaptioned: Uncaptioned | None) -> Entry:
    return Entry(
        slug=publication.slug,
        publication_id=publication.id,
        title=recording.title,
        series=recording.series,
        age_group=recording.age_group,
        language=recording.language,
        description=recording.description,
        held_on=date.fromisoformat(recording.held_on) if recording.held_on else None,
        branch=recording.branch,
        theme=recording.theme,
        books=tuple(line for line in (*recording.credits.splitlines(), *recording.books.splitlines()) if line.strip()),
        downloadable=recording.downloadable,
        tip=recording.tip,
        signed=recording.signed,
        other=other_of(recording),
        length_ms=publication.length_ms,
        has_video=publication.has_video,
        has_sound=publication.has_sound,
        top_width=publication.top_width,
        top_height=publication.top_height,
        more_coming=recording.state is RecordingState.PUBLISHING_MORE,
        demo=publication.demo,
        published_at=publication.published_at,
        reports=canonical.loads(tuple[str, ...], publication.reports_json),
        uncaptioned=uncaptioned,
        files=public_files(publication),
    )
