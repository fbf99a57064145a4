"""`backup` and `restore`: a shelf that survives its machine, and brings back nothing that was deleted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

import click

from app.db.engine import Database, now
from app.services import backup as backups
from app.services import ledger as ledgers
from app.services.restore import restore as bring_back
from app.settings import load_settings


@click.command()
@click.argument("folder", metavar="DIR|-")
def backup(folder: str) -> None:
    """Writes a backup into DIR, beside those before it, and deletes those whose time is over; with - to standard output.

    To encrypt it, hand it on: storyshelf backup - | age -r RECIPIENT > FILE
    """
    settings = load_settings()
    db = Database(settings.shelf_database)
    try:
        if folder == "-":
            backups.write(db, settings, sys.stdout.buffer)
        else:
            click.echo(backups.write_into(db, settings, Path(folder), now()).name)
    finally:
        db.close()


@click.command()
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option("--ledger", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="What was deleted since.")
@click.option("--without-ledger", is_flag=True, help="Nothing stays public: who knows what was taken down since?")
def restore(file: IO[bytes], ledger: Path | None, without_ledger: bool) -> None:
    """Brings the backup FILE back into an empty data folder, without anything that the ledger says was deleted."""
    settings = load_settings()
    ledger = ledger or (settings.ledger if settings.ledger is not None and settings.ledger.exists() else None)
    if (ledger is None) is not without_ledger:
        raise click.UsageError("Please name the ledger, or say --without-ledger.")
    settings.make_folders()
    counted = bring_back(settings, file, ledgers.read(ledger) if ledger is not None else None)
    click.echo(f"{counted.files} files, {counted.bytes / 10**6:.1f} MB restored. Please start the servers again.")
