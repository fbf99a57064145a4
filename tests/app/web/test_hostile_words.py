"""Words made to harm: pages and drawings in place of titles and captions, packed files, and lines for the log."""

from __future__ import annotations

import io
import json
import logging
import zipfile
import zlib
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from app.services import people
from app.services.library import Details
from app.services.logs import Log, configure_logging
from app.web.media import TYPES
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend
from tests.app.web.desk import StaffBrowser
from tests.app.web.stories import ABOUT, told
from tests.app.web.test_captions import give

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
PAGE_OF_EVIL = "<!DOCTYPE html><script>alert(document.cookie)</script><img src=x onerror=alert(1)>"
MARKUP = (DRAWING, PAGE_OF_EVIL, "{{ 7*7 }}{% print 7*7 %}", "]]><x/>", "&lt;script&gt;", '"><b onmouseover=x>')


PIECES = ("<script>alert", '<svg xmlns="http://www.w3.org/2000/svg" onload', "<img src=x", "<b on", "]]><x")


def test_only_kinds_that_no_browser_runs_are_ever_sent_as_files() -> None:
    assert set(TYPES.values()) == {
        *("video/mp4", "audio/mp4", "application/vnd.apple.mpegurl", "image/jpeg"),
        *("text/vtt; charset=utf-8", "text/plain; charset=utf-8"),
    }


@pytest.mark.parametrize("untrusted", MARKUP)
def test_pages_and_drawings_that_come_as_words_stay_words(
    untrusted: str, ann: StaffBrowser, backend: Backend, viewer: FlaskClient, base: str
) -> None:
    """As title, series, description, caption and file: shown as text on every page, and no file is a page or a drawing."""
    line = " ".join(untrusted.split())
    cue = f"WEBVTT\n\n00:01.000 --> 00:02.000\n{untrusted}\n".encode()
    assert give(ann, base, cue).status_code in {302, 422}  # of some nothing is left without its tags
    entry = told(
        backend,
        Details(line, line, language="en", description=untrusted),
        ABOUT,
        captions=True,
        bodies={"captions.vtt": cue, "transcript.txt": untrusted.encode()},
    )
    media = f"/media/{entry.publication_id}"
    watch = f"/s/{entry.slug}"
    for path in ("/", watch, f"{watch}/transcript", f"{watch}/flyer", "/feeds/video.xml", f"{media}/transcript.txt"):
        answer = viewer.get(path, buffered=True)
        assert answer.status_code == 200, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "script-src 'unsafe" not in answer.headers["Content-Security-Policy"]
        if path.endswith(".txt"):
            assert answer.content_type == "text/plain; charset=utf-8"
            continue
        for piece in PIECES:
            assert piece not in answer.text, path
        if "7*7" in line and path != f"{watch}/transcript":
            assert "{{ 7*7 }}" in answer.text, path
    assert viewer.get(f"{media}/captions.vtt", buffered=True).content_type == "text/vtt; charset=utf-8"
    page = ann.get(base).text
    assert page.count("<script") == page.count('<script src="/static/')
    for piece in PIECES:
        assert piece not in page


def zipped(name: str, size: int) -> bytes:
    """A little file that says of itself that it is a large one."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(name, bytes(size))
    return held.getvalue()


BOMBS = {
    "xlsx": zipped("xl/worksheets/sheet1.xml", 64 << 20),
    "docx": zipped("word/document.xml", 64 << 20),
    "zip": zipped("a.zip", 64 << 20),
    "gzip": b"\x1f\x8b\x08" + bytes(2000),
    "bzip2": b"BZh91AY&SY" + bytes(2000),
    "7z": b"7z\xbc\xaf'\x1c" + bytes(2000),
    "pdf": b"%PDF-1.7\n" + b"<</Filter/FlateDecode>>stream\n" * 50,
}


@pytest.mark.parametrize("kind", BOMBS)
@pytest.mark.parametrize("what", ["captions", "chapters"])
def test_nothing_packed_is_unpacked(
    kind: str, what: str, ann: StaffBrowser, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Transcripts in a spreadsheet, a document or an archive are refused with a sentence, and stay packed."""
    monkeypatch.setattr("zlib.decompressobj", lambda *_: pytest.fail("unpacked"))
    real = zlib.decompress

    def decompress(packed: bytes, *args: int) -> bytes:
        # the session's own cookie is packed now and then
        return pytest.fail("unpacked") if packed in BOMBS[kind] else real(packed, *args)

    monkeypatch.setattr("zlib.decompress", decompress)
    answer = give(ann, base, BOMBS[kind], what)
    assert answer.status_code == 422
    assert "These captions cannot be read" in answer.text


def test_a_packed_request_is_not_unpacked(ann: StaffBrowser, base: str) -> None:
    body = BOMBS["gzip"]
    for coding in ("gzip", "deflate", "br", "zstd"):
        answer = ann.send(
            "POST",
            f"{base}/edits/undo",
            data=body,
            headers={"Content-Encoding": coding},
            content_type="application/json",
        )
        assert answer.status_code == 400


LOGGED = ("a\nb", "\x1b[2J\x1b[31mred", "\u202egnp.exe", "\x07", "\u2028b", '"}\n{"event": "planted"', "Zoë Ferncastle")


@pytest.fixture
def whole_log() -> Iterator[None]:
    """The log of a server of ours, as it is set up for real, on standard error."""
    root, dbos = logging.getLogger(), logging.getLogger("dbos")
    before = root.handlers[:], root.level, dbos.handlers[:], dbos.propagate
    configure_logging()
    yield
    root.handlers[:], dbos.handlers[:], dbos.propagate = before[0], before[2], before[3]
    root.setLevel(before[1])


@pytest.mark.parametrize("untrusted", LOGGED)
def test_nobody_writes_into_the_log(
    untrusted: str,
    ann: StaffBrowser,
    whole_log: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of a request that ends in a fault there is one line, in words of ours; its agent, address and names are not in it."""

    def fail(*_: object) -> None:
        raise ValueError(untrusted)

    monkeypatch.setattr("app.services.library.cancel", fail)
    plain = untrusted.encode("latin-1", "replace").decode("latin-1").replace("\n", " ").replace("\r", " ")
    answer = ann.send(
        "POST",
        f"/recordings/{quote(untrusted, safe='')}/cancel",
        headers={"User-Agent": plain, "Referer": plain, "X-Forwarded-For": plain, "Cookie2": plain},
    )
    assert answer.status_code == 500
    logging.getLogger("a.library").warning("it says %s", untrusted)
    Log("worker").warning("refused", code=untrusted, name=Fault("disk-full", untrusted))
    lines = capsys.readouterr().err.splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["unforeseen", "library", "refused"]
    for line in lines:
        assert line.isprintable()
        assert line.isascii()
        for piece in ("gnp", "[2J", "planted", "Ferncastle", "\\n", "\\u"):
            assert piece not in line


@pytest.mark.parametrize("untrusted", [*LOGGED[:6], "\u200b", "a\0b", "\x7f"])
def test_nobody_has_a_name_that_is_no_line(untrusted: str, backend: Backend, ann: StaffBrowser, base: str) -> None:
    """Names of staff and titles are one printable line, so neither trail, page, feed nor terminal is written over."""
    with pytest.raises(ValueError, match="printable"):
        people.check_login(f"ann{untrusted}")
    answer = ann.submit(base, title=f"Bears{untrusted}", series="", age_group="", language="", description="")
    title = backend.row(base.rsplit("/", 1)[1]).title
    assert answer.status_code in {302, 400}
    assert "\n" not in title
    assert not any(character in title for character in "\x1b\x07\0\x7f"), ascii(title)
