"""`jobs`: what the worker is at, for whoever runs the machine."""

from __future__ import annotations

import click

from app.db.engine import Database
from app.services.operating import machine
from app.settings import load_settings


@click.command()
def jobs() -> None:
    """Says whether the worker runs, what it is at and what waits: id, state, step, tenths of a percent, since when, which try."""
    settings = load_settings()
    db = Database(settings.shelf_database)
    try:
        now = machine(db, settings)
    finally:
        db.close()
    click.echo("The worker runs." if now.worker else "No worker runs.")
    click.echo(f"{now.free / 10**9:.1f} GB for uploads, {now.uploads} of them not come whole yet.")
    for task in now.tasks:
        step = "stopping" if task.stopping else task.step.value if task.step else "waiting"
        since = task.since.isoformat(timespec="seconds")
        click.echo(f"{task.id}  {task.state.value:<16} {step:<10} {task.permille:>4}  {since}  {task.attempt}")
