"""`serve`, `worker` and `doctor`: running a shelf."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import click

from app.cli.servers import Servers, gunicorn_command


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
    # In a process of its own, whose libraries go with it: this one stays, and only watches over the others.
    with ProcessPoolExecutor(1, get_context("fork")) as other:
        prepared = other.submit(_prepare, link=only != "public").result()
    if only is not None:
        _say_how_to_begin(prepared)
        command = gunicorn_command(only, prepared.public_bind if only == "public" else prepared.staff_bind)
        os.execv(command[0], command)  # noqa: S606 - our own program, in our place
    with Servers(prepared) as servers:
        servers.wait_until_ready()
        _say(f"Families:  {prepared.public_url}")
        _say(f"Staff:     {prepared.staff_url}")
        _say_how_to_begin(prepared)
        if demo is not None:
            _show_demo(demo, servers)
        _say("Ctrl-C ends it.")
        servers.watch_over()
    _say("Ended. Everything is kept; start again to go on.")


@click.command()
def worker() -> None:
    """Does the work on recordings, on its own: for a machine whose servers are run by something else."""
    from app.settings import load_settings  # here and below: each command takes the memory of its own libraries alone
    from app.worker import run_worker

    run_worker(load_settings())


@click.command()
@click.option("--site", metavar="URL", help="Look at a running site from outside instead.")
def doctor(site: str | None) -> None:
    """Says whether this machine, or a site, keeps every promise, one line each."""
    from app.cli.health import promises
    from app.cli.site import site_promises

    broken = 0
    for promise, trouble in site_promises(site) if site else promises():
        _say(f"{'ok  ' if trouble is None else 'FAIL'} {promise}{'' if trouble is None else f' – {trouble}'}")
        broken += trouble is not None
    if broken:
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What of the settings is told and watched over, when all is there."""

    data: Path
    logs: Path
    public_bind: str
    staff_bind: str
    public_url: str
    staff_url: str
    token: str | None
    """Of the link that makes the first administrator."""


def _prepare(*, link: bool) -> _Prepared:
    """Makes the data folder and both databases, or brings them up to date; the first administrator's link, if it is asked for
    and nobody has an account yet. Raises Fault."""
    from app.db import migrate
    from app.db.engine import Database
    from app.services import people
    from app.services.jobs import prepare_work
    from app.settings import load_settings

    settings = load_settings()
    settings.make_folders()
    db = Database(settings.shelf_database)
    try:
        migrate.upgrade(db)
        prepare_work(settings)
        token = people.create_first_link(db) if link else None
    finally:
        db.close()
    return _Prepared(
        settings.data,
        settings.logs,
        settings.public_bind,
        settings.staff_bind,
        settings.public_url,
        settings.staff_url,
        token,
    )


def _show_demo(film: Path, servers: Servers) -> None:
    from app.cli.demo import show_demo
    from app.db.engine import Database
    from app.settings import load_settings

    settings = load_settings()
    db = Database(settings.shelf_database)
    try:
        show_demo(settings, db, film, servers)
    finally:
        db.close()


def _say_how_to_begin(prepared: _Prepared) -> None:
    if prepared.token is not None:
        _say("Make the first administrator here (works once, within 24 hours):")
        _say(f"           {prepared.staff_url}/welcome/{prepared.token}")


def _say(line: str) -> None:
    click.echo(line)
