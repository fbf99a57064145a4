"""The watch page: everything that can be taken along, how it was made private, and what to do if something is wrong."""

from __future__ import annotations

import hashlib
import json
import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.services import publish
from app.services.library import Details
from tests.app.backend import Backend
from tests.app.fake_pipeline import LARGE
from tests.app.web.desk import published
from tests.app.web.stories import ABOUT, BEARS, told

VENDOR = Path(__file__).parents[3] / "app" / "static" / "vendor"
WORDS = "Good morning, <bears>!\n\nToday: honey."


def test_the_transcript_is_a_page_and_a_file(backend: Backend, viewer: FlaskClient) -> None:
    entry = told(backend, BEARS, ABOUT, captions=True, bodies={"transcript.txt": WORDS.encode()})
    page = viewer.get(f"/s/{entry.slug}").text
    assert f'href="/s/{entry.slug}/transcript"' in page
    assert f'download="storytime-{entry.slug}.txt"' in page
    answer = viewer.get(f"/s/{entry.slug}/transcript")
    assert "Good morning, &lt;bears&gt;!\n\nToday: honey." in answer.text
    assert "Transcript of Osos y miel" in answer.text
    assert 'lang="es-MX"' in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"


def test_without_captions_the_page_says_whom_to_ask(backend: Backend, viewer: FlaskClient) -> None:
    silent, said = told(backend, Details("Silent")), told(backend, Details("Said"), captions=True)
    asks = "This storytime has no captions. If you need them, please ask us."
    assert asks in viewer.get(f"/s/{silent.slug}").text
    assert asks not in viewer.get(f"/s/{said.slug}").text
    assert viewer.get(f"/s/{silent.slug}/transcript").status_code == 404


def test_a_transcript_goes_with_its_storytime(backend: Backend, viewer: FlaskClient) -> None:
    entry = told(backend, BEARS, captions=True)
    (backend.settings.public / entry.publication_id / "transcript.txt").unlink()
    assert viewer.get(f"/s/{entry.slug}/transcript").status_code == 410
    assert viewer.get("/s/aaaaaaa/transcript").status_code == 404
    recording_id, gone = published(backend)
    publish.unpublish(backend.db, backend.settings, recording_id)
    assert viewer.get(f"/s/{gone.slug}/transcript").status_code == 410


def test_whoever_saves_a_file_can_compare_it(backend: Backend, viewer: FlaskClient) -> None:
    _, entry = published(backend)
    page = viewer.get(f"/s/{entry.slug}").text
    rows = dict(re.findall(r'<th scope="row">([^<]+)</th><td>[^<]+</td><td class="digest">([0-9a-f]{64})</td>', page))
    assert set(rows) == {file.name for file in entry.files}
    for name, digest in rows.items():
        body = viewer.get(f"/media/{entry.publication_id}/{name}", buffered=True).data
        assert hashlib.sha256(body).hexdigest() == digest
    assert len(entry.reports) == 1
    assert entry.reports[0] in page


def test_if_something_is_wrong_the_way_is_short(backend: Backend, viewer: FlaskClient) -> None:
    entry = told(backend, BEARS)
    assert 'href="/privacy#people"' in viewer.get(f"/s/{entry.slug}").text
    privacy = viewer.get("/privacy").text
    people = privacy[privacy.index('id="people"') :]
    assert '<strong>Dana Ruiz, <a href="mailto:dana@library.example">' in people[:2000]


def test_sizes_of_the_picture_are_chosen_only_where_there_are_several(backend: Backend, viewer: FlaskClient) -> None:
    _, small = published(backend)
    _, large = published(backend, LARGE)
    assert 'id="picture"' not in viewer.get(f"/s/{small.slug}").text
    page = viewer.get(f"/s/{large.slug}").text
    chosen = re.search(r'<select id="picture"[^>]*>(.*?)</select>', page)
    assert chosen is not None
    options = re.findall(r'<option value="([^"]*)"[^>]*>([^<]+)</option>', chosen[1])
    assert [name for _, name in options] == ["fits this screen", "automatic", "720 lines", "480 lines", "360 lines"]
    assert options[0][0] == ""
    for url, _ in options[1:]:
        with viewer.get(unescape(url)) as answer:
            assert answer.status_code == 200


def test_the_plain_film_comes_before_any_other(backend: Backend, viewer: FlaskClient) -> None:
    _, entry = published(backend, LARGE)
    types = re.findall(r'<source src="[^"]+" type="([^"]+)"', viewer.get(f"/s/{entry.slug}").text)
    assert types == ["video/mp4"] * 3 + ["application/vnd.apple.mpegurl"]


@pytest.mark.parametrize("path", ["/", "/es/", "/s/SLUG", "/privacy", "/es/privacy", "/s/SLUG/transcript"])
def test_a_page_is_light(backend: Backend, viewer: FlaskClient, path: str) -> None:
    for number in range(30):
        told(backend, Details(f"A storytime of some length, number {number}", "A series"), ABOUT)
    entry = told(backend, BEARS, ABOUT, captions=True)
    weight, page = 0, viewer.get(path.replace("SLUG", entry.slug)).text
    for asset in re.findall(r'<(?:link|script)[^>]* (?:href|src)="(/static/[^"]+)"', page):
        weight += len(viewer.get(asset, buffered=True).data)
    assert 5_000 < weight + len(page.encode()) <= 60_000


def test_every_vendored_file_is_the_one_of_the_manifest() -> None:
    rows = json.loads((VENDOR / "MANIFEST.json").read_text())
    for row in rows:
        file = VENDOR / row["file"]
        assert hashlib.sha256(file.read_bytes()).hexdigest() == row["sha256"]
        assert row["origin"] == f"https://registry.npmjs.org/{row['name']}/-/{row['name']}-{row['version']}.tgz"
        assert (file.parent / "LICENSE").stat().st_size > 500
    there = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    licences = {f"{row['name']}/LICENSE" for row in rows}
    assert there == {row["file"] for row in rows} | licences | {"MANIFEST.json"}


def test_the_player_of_playlists_names_no_host() -> None:
    script = (VENDOR / "hls.js" / "hls.min.mjs").read_text()
    names = set(re.findall(r"(?:https?|wss?)://[\w.]+", script))
    assert names <= {"http://www.w3.org", "https://aomedia.org"}, "names of formats, asked by nobody"
    assert re.findall(r"sendBeacon|new WebSocket|EventSource|localStorage|sessionStorage|indexedDB", script) == []
