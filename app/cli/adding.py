"""`add`: recordings come in by a script as they do by the page, under the same checks."""

from __future__ import annotations

import sys
from io import BufferedReader
from pathlib import Path
from typing import Any

import click

from app.db import migrate
from app.db.engine import Database
from app.services import audit, intake
from app.services.jobs import DbosJobs, Jobs
from app.settings import Settings, load_settings
from app.uploads.names import REFUSED_HINTS, classify_name
from app.web.staff.sayings import NAME_WARNINGS
from media_pipeline.core.errors import Refused, StoryshelfError

_OWNER = "command line"
"""Whose uploads these are: nobody's on the staff, so that no page offers to go on with one."""


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def add(files: tuple[Path, ...]) -> None:
    """Takes FILES in, one after the other, and prints each recording's page. What is refused stops it; what came before stays."""
    settings = load_settings()
    settings.make_folders()
    db = Database(settings.shelf_database)
    migrate.upgrade(db)
    jobs = DbosJobs(settings)
    try:
        for number, path in enumerate(files, start=1):
            recording_id = _taken_in(db, settings, jobs, path, f"File {number} of {len(files)}")
            click.echo(f"{settings.staff_url}/recordings/{recording_id}")
    finally:
        jobs.close()
        db.close()


def _taken_in(db: Database, settings: Settings, jobs: Jobs, path: Path, label: str) -> str:
    hint = classify_name(path.name)
    if hint in REFUSED_HINTS:
        raise Refused(hint)
    if warning := NAME_WARNINGS.get(hint):
        click.echo(f"{label}: {warning}", err=True)
    store = intake.incoming(settings)
    upload = store.create(path.stat().st_size, _OWNER, hint)
    try:
        with path.open("rb") as file, click.progressbar(length=upload.length, label=label, file=sys.stderr) as bar:
            store.append(upload.id, 0, _Told(file, bar), None)
        recording_id = intake.accept(db, settings, store, jobs, upload.id)
    except ValueError:
        store.delete(upload.id)
        raise Refused("file-changed") from None
    except StoryshelfError:
        store.delete(upload.id)
        raise
    audit.note(db, None, "upload", upload.id)
    return recording_id


class _Told:
    """A file that tells a progress bar what was read of it."""

    def __init__(self, file: BufferedReader, bar: Any) -> None:
        self._file, self._bar = file, bar

    def read(self, size: int) -> bytes:
        """As a file's."""
        block = self._file.read(size)
        self._bar.update(len(block))
        return block
