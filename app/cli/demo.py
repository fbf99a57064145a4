"""The demonstration: a generated film through every step, approved as the demonstration's, onto the shelf."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import click

from app.cli.servers import Servers
from app.cli.watching import TerminalWatch, terminal_watch
from app.db.engine import Database
from app.db.kinds import RecordingState
from app.db.models import Recording
from app.services import intake, library, publish, review
from app.services.jobs import DbosJobs
from app.services.states import PUBLIC
from app.settings import Settings
from media_pipeline.core.errors import Fault

_ENDED_BADLY = frozenset(
    {
        RecordingState.REFUSED,
        RecordingState.ANALYSIS_FAILED,
        RecordingState.PROOF_FAILED,
        RecordingState.PUBLISH_FAILED,
        RecordingState.MORE_FAILED,
    }
)


def show_demo(settings: Settings, db: Database, film: Path, servers: Servers) -> None:
    """Prints the demonstration's public address; a demonstration that is public already is not made twice. Raises Fault."""
    recording_id = _public_demo(db)
    if recording_id is None:
        recording_id = _run(settings, db, film, servers)
    publication = publish.publication_of(db, recording_id)
    if publication is None:
        raise Fault("unexpected")
    click.echo(f"Demo:      {settings.public_url}/s/{publication.slug}")


def _public_demo(db: Database) -> str | None:
    shown = (r.id for r in library.recordings(db) if r.demo and r.state in PUBLIC)
    return next(shown, None)


def _run(settings: Settings, db: Database, film: Path, servers: Servers) -> str:
    jobs = DbosJobs(settings)
    copy = settings.data / "demo.mp4"  # on the same disk, so that it can be moved in
    shutil.copyfile(film, copy)
    recording_id = intake.accept_demo(db, settings, jobs, copy)
    with terminal_watch(signals=False) as watch:
        _wait(db, recording_id, RecordingState.TO_REVIEW, "Looking for participants", watch, servers)
        review.approve_demo(db, settings, jobs, recording_id)
        _wait(db, recording_id, RecordingState.PUBLISHED, "Cutting and proving", watch, servers)
    jobs.close()
    return recording_id


def _wait(
    db: Database, recording_id: str, until: RecordingState, words: str, watch: TerminalWatch, servers: Servers
) -> None:
    watch.begin(words)
    while (recording := _found(db, recording_id)).state is not until:
        if recording.state in _ENDED_BADLY:
            raise Fault("unexpected", f"the demonstration ended as {recording.state.value}, {recording.code}")
        watch.progress(Fraction(recording.permille, 1000))
        servers.pause(0.3)


def _found(db: Database, recording_id: str) -> Recording:
    recording = library.recording(db, recording_id)
    if recording is None:
        raise Fault("unexpected")
    return recording
