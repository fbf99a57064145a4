"""The shelf as plain files: complete, without a dead link, and without what needs a server."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import storyshelf
from app.cli.export import place_of
from app.services import publish
from app.services.library import Details
from media_pipeline.core.errors import Fault, Refused
from tests.app.backend import Backend
from tests.app.web.desk import published
from tests.app.web.stories import ABOUT, some, told

NAMED = re.compile(r'\b(?:href|src|poster|data-storyboard|data-hls)="([^"]*)"|<option value="([^"]*media/[^"]+)"')


@pytest.fixture
def here(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Backend:
    """A shelf whose settings the command line finds."""
    monkeypatch.setenv("STORYSHELF_DATA", str(backend.settings.data))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
    return backend


def run(*words: str) -> Result:
    return CliRunner().invoke(storyshelf, list(words), standalone_mode=False)


def test_every_link_leads_to_a_file(here: Backend, tmp_path: Path) -> None:
    some(here)
    for number in range(25):
        told(here, Details(f"Number {number}", "Lapsit"), ABOUT, captions=True)
    out = tmp_path / "site"
    answer = run("export", str(out))
    assert answer.exception is None
    assert answer.output.startswith("30 storytimes, ")
    pages = sorted(out.rglob("*.html"))
    assert out / "index.html" in pages
    assert out / "es" / "find" / "series-lapsit" / "page-2" / "index.html" in pages
    links = 0
    for page in pages:
        text = page.read_text("utf-8")
        for value in (unescape(one or other) for one, other in NAMED.findall(text)):
            if value.startswith(("#", "mailto:")):
                continue
            assert not value.startswith("/"), value
            assert "//" not in value
            assert (page.parent / value.partition("#")[0]).resolve().is_file(), f"{value} in {page}"
            links += 1
        assert "<form" not in text
        assert "Nothing about you is kept here" not in text, "of another host we know nothing"
        assert ".xml" not in text
        assert "default-src 'none'" in unescape(text)
    assert links > 1000


def test_media_are_whole_and_only_what_is_public(here: Backend, tmp_path: Path) -> None:
    recording_id, gone = published(here)
    _, entry = published(here, b"another")
    publish.unpublish(here.db, here.settings, recording_id)
    out = tmp_path / "site"
    out.mkdir()
    assert run("export", str(out)).exception is None
    media = {path.relative_to(out / "media").as_posix() for path in (out / "media").rglob("*") if path.is_file()}
    assert media == {f"{entry.publication_id}/{file.name}" for file in entry.files}
    for name in media:
        assert (out / "media" / name).read_bytes() == (here.settings.public / name).read_bytes()
    for path in out.rglob("*"):
        assert gone.slug not in str(path)
        assert not path.is_file() or recording_id.encode() not in path.read_bytes()


def test_an_empty_shelf_is_a_site_too(here: Backend, tmp_path: Path) -> None:
    assert run("export", str(tmp_path / "site")).exception is None
    assert "No storytime is on the shelf yet" in (tmp_path / "site" / "index.html").read_text("utf-8")
    assert here.settings.data.is_dir()


def test_nothing_is_written_over(here: Backend, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    error = run("export", str(tmp_path)).exception
    assert isinstance(error, Refused)
    assert error.code == "output-exists"
    assert here.settings.data.is_dir()


def test_what_cannot_be_had_is_not_passed_over(here: Backend, tmp_path: Path) -> None:
    _, entry = published(here)
    (here.settings.public / entry.publication_id / "video.mp4").unlink()
    assert isinstance(run("export", str(tmp_path / "site")).exception, Fault)


def test_places() -> None:
    assert place_of("/") == "index.html"
    assert place_of("/es/s/abc") == "es/s/abc/index.html"
    assert place_of("/media/x/hls/master.m3u8") == "media/x/hls/master.m3u8"
