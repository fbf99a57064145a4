"""Films that lie in a store leave as those on the disk do, and a store in trouble takes nothing but them away."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from flask.testing import FlaskClient
from werkzeug.wsgi import FileWrapper

from app.db.models import Publication
from app.services import publish, retention, shelf
from app.services.library import recordings
from app.stores import open_store, s3_client
from app.web.media import MOST
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend
from tests.app.stores.machines import web_machine
from tests.app.web.desk import families, published
from tests.s3_server import Server
from tests.troubled_server import Trouble, Troubled, troubled

FILM = os.urandom(MOST + 1000)


@pytest.fixture
def road(s3: Server) -> Iterator[Troubled]:
    with troubled(s3.endpoint) as server:
        yield server


@pytest.fixture
def bucket(s3: Server) -> Server:
    return s3.with_bucket(versioned=True)


@pytest.fixture
def web(bucket: Server, road: Troubled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    monkeypatch.setattr(s3_client, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(s3_client, "TRIES", 2)
    disk = Backend(tmp_path / "web")
    published(disk)  # the rows: the file of which is put into the bucket below
    disk.db.close()
    machine = web_machine(tmp_path / "web", bucket, store_endpoint=road.url)
    yield machine
    machine.db.close()


@pytest.fixture
def entry(web: Backend, tmp_path: Path) -> shelf.Entry:
    """What is public, with a film of some length."""
    (made,) = shelf.entries(web.db)
    film = tmp_path / "film"
    film.write_bytes(FILM)
    sha256 = hashlib.sha256(FILM).hexdigest()
    open_store(web.settings).put(f"public/{made.publication_id}/video.mp4", film, sha256)
    with web.db.writing() as session:
        row = session.get(Publication, made.publication_id)
        assert row is not None
        files = json.loads(row.files_json)
        for file in files:
            if file["name"] == "video.mp4":
                file |= {"sha256": sha256, "size": len(FILM)}
        row.files_json = json.dumps(files)
    return made


@pytest.fixture
def viewer(web: Backend) -> FlaskClient:
    return families(web).test_client()


def address(entry: shelf.Entry) -> str:
    return f"/media/{entry.publication_id}/video.mp4"


def test_an_open_range_is_cut_and_leaves_as_a_file(viewer: FlaskClient, entry: shelf.Entry) -> None:
    seen: list[int] = []

    def wrapper(file: BinaryIO, block: int) -> FileWrapper:
        seen.append(file.fileno())
        return FileWrapper(file, block)

    got = viewer.get(
        address(entry),
        headers={"Range": "bytes=10-"},
        environ_overrides={"wsgi.file_wrapper": wrapper},
        buffered=True,
    )
    assert (got.status_code, got.data) == (206, FILM[10 : 10 + MOST])
    assert got.headers["Content-Range"] == f"bytes 10-{10 + MOST - 1}/{len(FILM)}"
    assert len(seen) == 1
    last = viewer.get(address(entry), headers={"Range": "bytes=-5"}, buffered=True)
    assert last.data == FILM[-5:]


def test_what_needs_no_bytes_asks_the_store_nothing(viewer: FlaskClient, entry: shelf.Entry, road: Troubled) -> None:
    road.asked.clear()
    assert viewer.head(address(entry)).headers["Content-Length"] == str(len(FILM))
    etag = viewer.head(address(entry)).headers["ETag"]
    assert viewer.get(address(entry), headers={"If-None-Match": etag}).status_code == 304
    assert viewer.get(address(entry), headers={"Range": f"bytes={len(FILM)}-"}).status_code == 416
    assert viewer.get("/").status_code == 200
    assert road.asked == []
    assert viewer.get(address(entry), headers={"Range": "bytes=0-1"}, buffered=True).status_code == 206
    assert road.asked == ["GET"]


@pytest.mark.parametrize("trouble", [Trouble.ERROR, Trouble.SILENT, Trouble.CLOSED, Trouble.BREAKS])
def test_a_store_in_trouble_takes_nothing_but_films_away(
    viewer: FlaskClient, entry: shelf.Entry, road: Troubled, trouble: Trouble
) -> None:
    road.trouble = trouble
    for headers in ({"Range": "bytes=0-"}, {}):
        got = viewer.get(address(entry), headers=headers, buffered=True)
        assert got.status_code == 503
        assert "The shelf does not answer at the moment" in got.text
        assert got.headers.get("Content-Range") is None
    for page in ("/", f"/s/{entry.slug}", "/privacy"):
        assert viewer.get(page).status_code == 200
    road.trouble = Trouble.NONE
    assert viewer.get(address(entry), buffered=True).data == FILM


def test_a_range_that_breaks_once_arrives_whole(viewer: FlaskClient, entry: shelf.Entry, road: Troubled) -> None:
    road.trouble = Trouble.BREAKS_ONCE
    got = viewer.get(address(entry), headers={"Range": "bytes=0-"}, buffered=True)
    assert (got.status_code, got.data) == (206, FILM[:MOST])


def test_a_takedown_holds_at_once_though_the_store_is_in_trouble(
    web: Backend, viewer: FlaskClient, entry: shelf.Entry, road: Troubled, bucket: Server
) -> None:
    road.trouble = Trouble.ERROR
    (recording,) = recordings(web.db)
    with pytest.raises(Fault):
        publish.unpublish(web.db, web.settings, recording.id)
    for gone in (address(entry), f"/s/{entry.slug}"):
        assert viewer.get(gone).status_code == 410
    road.trouble = Trouble.NONE
    assert any("/public/" in key for key in bucket.everything())
    assert retention.sweep(web.db, web.settings, web.store, recording.created_at).strays
    assert not any("/public/" in key for key in bucket.everything())
    assert list(web.settings.data.glob("tmp*")) == []
