"""`storyshelf export`: the whole public shelf as plain files, which play from any web host and even from a stick."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import click
from flask import Flask

from app.db.engine import Database
from app.factory import create_public_app
from app.services.shelf import entries
from app.settings import load_settings
from app.web.public import AS_FILES
from app.web.public.tongue import TONGUES, prefix
from media_pipeline.core.errors import Fault, Refused

_ADDRESS = re.compile(r'\b(href|src|poster|value|data-storyboard|data-hls)="(/[^"#]*)(#[^"]*)?"')
"""Where a page of ours names another address of ours."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
def export(folder: Path) -> None:
    """Writes the public shelf as a static site into DIR, a new or empty folder.

    Search and feeds need a server and are left out. What is taken down here later stays in a copy: export it anew, and
    replace what you gave away.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Refused("output-exists")
    settings = load_settings()
    app = create_public_app(settings)
    app.config[AS_FILES] = True
    db = Database(settings.shelf_database)
    shown = entries(db)
    db.close()
    media = [f"/media/{entry.publication_id}/{file.name}" for entry in shown for file in entry.files]
    copy = Copy(app, folder)
    copy.take([f"{prefix(tag)}/" for tag in TONGUES] + media)
    click.echo(f"{len(shown)} storytimes, {copy.files} files, {copy.bytes / 10**6:.1f} MB")


class Copy:
    """A site that is being written: every address is asked for as a visitor does, and whatever its pages name after it."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self._client, self._folder = app.test_client(), folder
        self.files, self.bytes = 0, 0

    def take(self, addresses: list[str]) -> None:
        """Writes these and all that they lead to. Raises Fault when one of them cannot be had, and OSError."""
        waiting, known = list(addresses), set(addresses)
        while waiting:
            for found in self._write(waiting.pop()):
                if found not in known:
                    known.add(found)
                    waiting.append(found)

    def _write(self, address: str) -> Iterator[str]:
        place = place_of(address)
        path = self._folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._client.get(address) as answer, path.open("wb") as file:
            if answer.status_code != 200:
                raise Fault("unexpected", f"an address of the shelf answers {answer.status_code}")
            if answer.mimetype == "text/html":
                page = answer.get_data(as_text=True)
                file.write(_ADDRESS.sub(lambda match: _relative(match, place), page).encode())
                yield from (unescape(match[2]) for match in _ADDRESS.finditer(page))
            else:
                for block in answer.iter_encoded():
                    file.write(block)
            self.files, self.bytes = self.files + 1, self.bytes + file.tell()


def place_of(address: str) -> str:
    """The file for an address: pages are folders with an `index.html`, the rest has its own name."""
    path = unquote(address).lstrip("/")
    named = path.startswith(("media/", "static/")) or path in ("library.css", "logo")
    return path if named else posixpath.join(path, "index.html")


def _relative(match: re.Match[str], place: str) -> str:
    there = posixpath.relpath(place_of(unescape(match[2])), posixpath.dirname(place) or ".")
    return f'{match[1]}="{there}{match[3] or ""}"'
