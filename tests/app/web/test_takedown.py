"""The confirmation of a takedown: every address that there ever was, nobody's name, no title, and what is left to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.cli.export import Copy
from app.db.engine import now
from app.services import deletions
from app.web.public import AS_FILES
from tests.app.web.desk import StaffBrowser, published

pytestmark = pytest.mark.both_databases


def test_there_is_none_while_it_is_public(ann: StaffBrowser) -> None:
    recording_id, _ = published(ann.backend)
    path = f"/recordings/{recording_id}/takedown"
    assert ann.get(path).status_code == 404
    assert path not in ann.get(f"/recordings/{recording_id}").text
    assert ann.get("/recordings/aaaaaaaaaaaa/takedown").status_code == 404


def test_it_tells_since_when_and_names_nobody(ann: StaffBrowser, viewer: FlaskClient) -> None:
    recording_id, entry = published(ann.backend)
    ann.submit(f"/recordings/{recording_id}/unpublish")
    page = ann.get(f"/recordings/{recording_id}").text
    assert f"/recordings/{recording_id}/takedown" in page
    text = ann.get(f"/recordings/{recording_id}/takedown").text
    assert f"http://localhost:8080/s/{entry.slug}" in text
    assert "deleted within the hour" in text
    assert deletions.settle(ann.backend.db, ann.backend.settings) == 0
    text = ann.get(f"/recordings/{recording_id}/takedown").text
    assert f"found to be gone on {now().astimezone().day} " in text
    assert "No podemos recuperar" in text
    assert "Bears" not in text, "its title may name somebody"
    assert viewer.get(f"/s/{entry.slug}").status_code == 410


def test_it_tells_what_to_delete_from_exported_copies(ann: StaffBrowser, public_app: Flask, tmp_path: Path) -> None:
    recording_id, entry = published(ann.backend)
    public_app.config[AS_FILES] = True
    media = [f"/media/{entry.publication_id}/{file.name}" for file in entry.files]
    Copy(public_app, tmp_path / "copy").take(["/", "/es/", *media])
    ann.submit(f"/recordings/{recording_id}/unpublish")
    text = ann.get(f"/recordings/{recording_id}/takedown").text
    for place in (f"media/{entry.publication_id}", f"s/{entry.slug}", f"es/s/{entry.slug}"):
        assert f"<code>{place}</code>" in text
        shutil.rmtree(tmp_path / "copy" / place)
    left = [str(path) for path in tmp_path.rglob("*") if path.is_file()]
    assert left
    assert not any(entry.slug in path or entry.publication_id in path for path in left)
