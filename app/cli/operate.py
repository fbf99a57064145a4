"""`serve`, `worker` and `doctor`: running a shelf."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from app.cli.demo import show_demo
from app.cli.health import promises
from app.cli.servers import Servers, gunicorn_command
from app.cli.site import site_promises
from app.db import migrate
from app.db.engine import Database
from app.services import people
from app.services.jobs import prepare_work
from app.settings import Settings, load_settings
from app.worker import run_worker


@click.command()
@click.option(
    "--demo",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A generated film to take through every step, approved as the demonstration's.",
)
@click.option(
    "--only",
    type=click.Choice(["public", "staff"]),
    help="One server alone, where something else watches over it and runs the worker.",
)
def serve(demo: Path | None, only: str | None) -> None:
    """Serves families and staff, with the worker beside them, until Ctrl-C."""
    settings = load_settings()
    db = _prepare(settings)
    if only is not None:
        if only == "staff":
            _say_how_to_begin(settings, people.create_first_link(db))
        db.close()
        command = gunicorn_command(only, settings.public_bind if only == "public" else settings.staff_bind)
        os.execv(command[0], command)  # noqa: S606 - our own program, in our place
    token = people.create_first_link(db)
    with Servers(settings) as servers:
        servers.wait_until_ready()
        _say(f"Families:  {settings.public_url}")
        _say(f"Staff:     {settings.staff_url}")
        _say_how_to_begin(settings, token)
        if demo is not None:
            show_demo(settings, db, demo, servers)
        _say("Ctrl-C ends it.")
        servers.watch_over()
    _say("Ended. Everything is kept; start again to go on.")


@click.command()
def worker() -> None:
    """Does the work on recordings, on its own: for a machine whose servers are run by something else."""
    run_worker(load_settings())


@click.command()
@click.option("--site", metavar="URL", help="Look at a running site from outside instead.")
def doctor(site: str | None) -> None:
    """Says whether this machine, or a site, keeps every promise, one line each."""
    broken = 0
    for promise, trouble in site_promises(site) if site else promises():
        _say(f"{'ok  ' if trouble is None else 'FAIL'} {promise}{'' if trouble is None else f' – {trouble}'}")
        broken += trouble is not None
    if broken:
        sys.exit(1)


def _prepare(settings: Settings) -> Database:
    """The data folder and both databases, made or brought up to date."""
    settings.make_folders()
    db = Database(settings.shelf_database)
    migrate.upgrade(db)
    prepare_work(settings)
    return db


def _say_how_to_begin(settings: Settings, token: str | None) -> None:
    if token is not None:
        _say("Make the first administrator here (works once, within 24 hours):")
        _say(f"           {settings.staff_url}/welcome/{token}")


def _say(line: str) -> None:
    click.echo(line)
