"""`withdraw` and `deletions`: taking down, and what was deleted."""

from __future__ import annotations

import csv
import sys

import click

from app.db.engine import Database
from app.services import audit, publish, shelf
from app.services import deletions as records
from app.settings import load_settings
from media_pipeline.core.errors import Refused


@click.command()
@click.argument("address")
def withdraw(address: str) -> None:
    """Takes down the recording at ADDRESS: the last part of its public address, as in /s/ADDRESS. At once, for everybody."""
    settings = load_settings()
    db = Database(settings.shelf_database)
    try:
        recording_id = shelf.recording_at(db, address.rstrip("/").rsplit("/", 1)[-1])
        if recording_id is None:
            raise Refused("not-public")
        publish.unpublish(db, settings, recording_id)
        audit.note(db, None, "withdraw", recording_id)
    finally:
        db.close()
    click.echo("Taken down. Families now read that it is no longer here.")


@click.command()
def deletions() -> None:
    """Writes every deletion as CSV: what, its random id, the rule, the hash of what it was, when decided, when gone."""
    db = Database(load_settings().shelf_database)
    try:
        table = csv.writer(sys.stdout, lineterminator="\n")
        table.writerow(records.COLUMNS)
        table.writerows(records.rows(db))
    finally:
        db.close()
