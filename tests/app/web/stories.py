"""Storytimes on a shelf, each told of in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

from app.db.engine import now
from app.db.kinds import AgeGroup, PublicationState, RecordingState, new_id
from app.db.models import Publication, Recording
from app.services import library, shelf
from app.services.about import About, save_about
from app.services.library import Details
from media_pipeline.core import canonical
from media_pipeline.core.report import OutputFile
from tests.app.backend import Backend

BEARS = Details("Osos y miel", "Martes de bebés", AgeGroup.TODDLER, "es-MX", "Two bears.\nHoney.")
ABOUT = About(
    held_on=date(2026, 9, 15),
    branch="Elm Street",
    theme="Bears",
    books="Brown Bear by Ada Lane. Read with permission of Lane Press.\nThe Honey Song",
    tip="Ask what comes next.",
)


FILES = ("audio.m4a", "hls/360.m3u8", "hls/master.m3u8", "poster.jpg", "storyboard.jpg", "storyboard.vtt", "video.mp4")


def told(
    backend: Backend,
    details: Details,
    about: About | None = None,
    minutes: float = 15,
    captions: bool = False,
    bodies: Mapping[str, bytes] | None = None,
) -> shelf.Entry:
    """A public storytime of which this is told, `minutes` long; its files hold their own names unless `bodies` says otherwise."""
    at = now()
    recording = Recording(
        created_at=at, state=RecordingState.PUBLISHED, state_at=at, hint="none", sha256="0" * 64, size=1, title="-"
    )
    names = (*FILES, *(["captions.vtt", "transcript.txt"] if captions else []))
    files = {name: name.encode() for name in names} | dict(bodies or {})
    place = new_id(16)
    for name, body in files.items():
        (backend.settings.public / place / name).parent.mkdir(parents=True, exist_ok=True)
        (backend.settings.public / place / name).write_bytes(body)
    outputs = tuple(OutputFile(name, sha256(files[name]).hexdigest(), len(files[name])) for name in sorted(files))
    with backend.db.writing() as session:
        session.add(recording)
        session.flush()
        publication = Publication(
            id=place,
            recording_id=recording.id,
            plan_digest="0" * 64,
            reports_json=canonical.dumps(("ab" * 32,)),
            files_json=canonical.dumps(outputs),
            top_width=640,
            top_height=360,
            length_ms=round(minutes * 60_000),
            has_video=True,
            has_sound=True,
            state=PublicationState.PUBLIC,
            published_at=at + timedelta(seconds=len(shelf.entries(backend.db))),
        )
        session.add(publication)
    library.save_details(backend.db, recording.id, details)
    save_about(backend.db, recording.id, about or About())
    found = shelf.by_slug(backend.db, publication.slug)
    assert isinstance(found, shelf.Entry)
    return found


def some(backend: Backend, bodies: Mapping[str, bytes] | None = None) -> dict[str, shelf.Entry]:
    """Five of them, by title."""
    return {
        entry.title: entry
        for entry in (
            told(backend, details, about, minutes, bodies=bodies)
            for details, about, minutes in (
                (Details("Bouncing babies", "Lapsit", AgeGroup.BABY, "en"), None, 9),
                (Details("Trains", "", AgeGroup.PRESCHOOL, "en"), replace(ABOUT, theme="Trains"), 31),
                (Details("Cuentos largos", "", AgeGroup.TODDLER, "es"), None, 25),
                (Details("Hands that talk", "", AgeGroup.FAMILY, "en"), About(signed=True), 20),
                (BEARS, ABOUT, 15),
            )
        )
    }
