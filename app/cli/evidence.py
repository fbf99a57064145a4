"""`storyshelf evidence`: what a board or counsel asks for, in one file whose hashes anybody can check."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from pathlib import Path

import click
from flask import Flask, render_template
from sqlalchemy import select

from app.cli.health import promises
from app.db.engine import Database, now
from app.db.models import Publication
from app.factory import create_public_app, create_staff_app
from app.services import deletions, policies, receipt, selfcheck, works
from app.services.cells import cell
from app.services.datamap import Kept, data_map
from app.settings import Settings, load_settings
from app.stores import files
from app.web.public.tongue import TONGUES, prefix
from app.web.staff.receipt import described
from media_pipeline.core.errors import Fault, Refused, Stale

_README = """What this file holds, as of {moment}:

policy/         the privacy page as it stands (now-…), and all that it said before, with the days (policies.csv)
accessibility/  the accessibility statement, with what is lacking
data-map.csv    which data there are, where, how long and why
deletions.csv   what was deleted, by which rule, when that was decided and when it was gone
publications.csv  every address that was ever public
rights.csv      books, songs and pictures of others, and what was allowed
receipts/       of each recording that is or was public: what was found, done and checked, with hashes
self-check.csv  what this server was tried for while this file was written, and how it went

SHA256SUMS names every file with its hash:   sha256sum --check SHA256SUMS
No participant, no visitor and no name of an uploaded file is in it. Members of staff appear as roles.
"""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
def evidence(file: Path) -> None:
    """Writes FILE, a new ZIP for a board or counsel: policy, data map, deletions, rights, receipts, self-check."""
    if file.exists():
        raise Refused("output-exists")
    settings = load_settings()
    public = create_public_app(settings)
    db = Database(settings.shelf_database)
    try:
        held = dict(_collected(settings, db, public))
    finally:
        db.close()
    sums = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in sorted(held.items()))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, body in (*sorted(held.items()), ("SHA256SUMS", sums.encode())):
            pack.writestr(name, body)
    files.write(file, made.getvalue())
    click.echo(f"{len(held)} files, {len(made.getvalue()) / 1000:.0f} kB")


def _collected(settings: Settings, db: Database, public: Flask) -> Iterator[tuple[str, bytes]]:
    yield "README.txt", _README.format(moment=now().isoformat(timespec="seconds")).encode()
    client = public.test_client()
    for tag in TONGUES:
        for page, name in (("privacy", f"policy/now-{tag}.html"), ("accessibility", f"accessibility/{tag}.html")):
            answer = client.get(f"{prefix(tag)}/{page}")
            if answer.status_code != 200:
                raise Fault("unexpected", "a page of the shelf does not answer")
            yield name, answer.data
    yield from _policies(db)
    yield "data-map.csv", _csv([field.name for field in fields(Kept)], (astuple(row) for row in data_map(settings)))
    yield "deletions.csv", _csv(deletions.COLUMNS, deletions.rows(db))
    yield "rights.csv", works.as_csv(db).encode()
    yield from _publications(settings, db)
    checked = selfcheck.last(settings)
    tried = [(words, "held" if trouble is None else trouble) for words, trouble in promises()]
    tried.append(("From outside, every check held last on", checked.isoformat() if checked else "not checked"))
    yield "self-check.csv", _csv(("what", "outcome"), tried)


def _policies(db: Database) -> Iterator[tuple[str, bytes]]:
    said = policies.said(db)
    rows = []
    for place, one in enumerate(said, 1):
        later = [other.since for other in said if other.tongue == one.tongue and other.since > one.since]
        name = f"policy/{place:03}-{one.since:%Y-%m-%d}-{one.tongue}.html"
        rows.append((name, one.tongue, one.since.isoformat(), min(later).isoformat() if later else ""))
        yield name, one.text.encode()
    yield "policy/policies.csv", _csv(("file", "language", "since", "until"), rows)


def _publications(settings: Settings, db: Database) -> Iterator[tuple[str, bytes]]:
    with db.reading() as session:
        every = session.scalars(select(Publication).order_by(Publication.published_at, Publication.id)).all()
    rows = [
        (one.slug, one.id, one.published_at.isoformat(), one.withdrawn_at.isoformat() if one.withdrawn_at else "")
        for one in every
    ]
    yield "publications.csv", _csv(("address", "id", "published", "withdrawn"), rows)
    app = create_staff_app(settings)
    for one in every:
        try:
            found = receipt.receipt_of(db, settings, one.id)
        except Stale:  # its recording was removed, and with it all that was decided on it
            continue
        told = described(found) | {"approver": ""}
        yield f"receipts/{one.slug}.json", json.dumps(told, indent=1, ensure_ascii=False).encode()
        with app.test_request_context():
            yield f"receipts/{one.slug}.html", render_template("evidence/receipt.html", receipt=told).encode()


def _csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(columns)
    table.writerows([cell(value) for value in row] for row in rows)
    return written.getvalue().encode()
