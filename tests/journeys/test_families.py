"""Families in real Chromium: they find, watch and take along, and nothing is kept, asked elsewhere, or in need of a script."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.cli.export import Copy
from app.services.shelf import Entry
from app.web.public import AS_FILES
from media_pipeline.adapters.damage import DamageSurvey
from media_pipeline.adapters.ffmpeg import FfmpegRenderer
from media_pipeline.adapters.process import Door, Sandbox
from media_pipeline.ports.watch import Unwatched
from tests.app.backend import Backend
from tests.app.web.desk import families
from tests.app.web.stories import ABOUT, BEARS, some, told
from tests.film_reading import ffmpeg, ffprobe
from tests.films import barcode_film
from tests.journeys.serving import PATIENCE_MS, patiently
from tests.rendering import media_of, plan_of, render_all
from tests.serving import served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZE = (854, 480)
CAPTIONS = b"WEBVTT\n\n00:00.500 --> 00:05.000\nGood morning, bears!\n"


class Quiet(SimpleHTTPRequestHandler):
    """`python -m http.server`, which logs nothing."""

    def log_message(self, *_args: object) -> None:
        """Nothing is logged."""


@dataclass
class Shelf:
    """A shelf at an address, with a film that plays on it, and what any browser asked of whom."""

    url: str
    entry: Entry
    backend: Backend
    app: Flask
    hosts: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    @contextmanager
    def visit(self, browser: Browser, **more: object) -> Iterator[Page]:
        """A browser of its own, of which nothing may be left but what it saw."""
        context: BrowserContext = browser.new_context(base_url=self.url, **more)  # type: ignore[arg-type] # handed on
        context.on("request", lambda request: self._note(request.url))
        page, wrong = context.new_page(), list[str]()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        yield page
        if more.get("java_script_enabled", True):
            left = "[localStorage.length, sessionStorage.length, document.cookie.length]"
            assert page.evaluate(left) == [0, 0, 0]
        assert context.cookies() == []
        assert wrong == []
        context.close()
        assert self.hosts == {self.url.removeprefix("http://")}

    def allow(self, hosts: str) -> None:
        """The library names websites that may show its storytimes."""
        room = self.app.extensions["storyshelf"]
        settings = room.settings.model_validate(room.settings.model_dump() | {"embed_hosts": hosts})
        self.app.extensions["storyshelf"] = replace(room, settings=settings)

    def _note(self, url: str) -> None:
        if not url.startswith(("blob:", "data:")):
            self.hosts.add(url.split("/")[2])
            self.asked.append(url)


def finished(folder: Path) -> dict[str, bytes]:
    """The files of a film of 19 s, which play."""
    film = barcode_film(folder / "film.mp4", frames=500, rate=Fraction(25), size=SIZE)
    media, out = media_of(film, size=SIZE), folder / "out"
    out.mkdir()
    door = Door(Sandbox.BUBBLEWRAP)
    renderer = FfmpegRenderer(door, ffmpeg(), DamageSurvey(door, ffprobe()))
    render_all(renderer, film.path, media, plan_of(media, [(Fraction(1), Fraction(2))]), out, Unwatched())
    bodies = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    return bodies | {"captions.vtt": CAPTIONS}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = tmp_path_factory.mktemp("families")
    backend = Backend(folder / "data", library_name="Maple Street Library")
    some(backend)
    entry = told(backend, BEARS, ABOUT, minutes=0.3, captions=True, bodies=finished(folder))
    app = families(backend)
    with served(app) as port:
        yield Shelf(f"http://127.0.0.1:{port}", entry, backend, app)
    backend.db.close()


def plays(page: Page) -> None:
    """The film is running, with pictures."""
    clock = "document.querySelector('video').currentTime"
    begun = page.evaluate(clock)
    patiently(page, lambda: page.evaluate(clock) > begun + 0.3)
    assert page.evaluate("document.querySelector('video').videoWidth") > 0


@pytest.mark.parametrize("width", [320, 1280])
def test_three_taps_without_a_script(browser: Browser, shelf: Shelf, width: int) -> None:
    with shelf.visit(browser, java_script_enabled=False, viewport={"width": width, "height": 700}) as page:
        page.goto("/")
        for name in ("Spanish", "Toddlers", "Under 20 minutes"):
            page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator(".card h2")).to_have_text(["Osos y miel", "Osos y miel"])
        page.get_by_role("searchbox").fill("honey")
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_role("status")).to_contain_text("2 storytimes for “honey”")
        page.get_by_role("button", name="Spanish, chosen").click()
        expect(page.get_by_role("searchbox")).to_have_value("honey")
        page.locator(".card").first.click()
        expect(page.locator("video")).to_be_visible()
        expect(page.locator(".tools")).to_be_hidden()
        with page.expect_download() as saved:
            page.get_by_role("link", name="Sound only").click()
        assert saved.value.suggested_filename == f"storytime-{shelf.entry.slug}.m4a"
        assert page.locator("html").bounding_box()["width"] <= width  # type: ignore[index] # it is there
    assert not any("honey" in url or "?" in url for url in shelf.asked)


def test_the_film_plays_and_the_comforts_work(browser: Browser, shelf: Shelf) -> None:
    with shelf.visit(browser) as page:
        page.goto(f"/s/{shelf.entry.slug}")
        video = page.locator("video")
        assert page.evaluate("document.querySelector('video').paused"), "nothing plays by itself"
        page.get_by_label("Speed").select_option("1.5")
        page.evaluate("document.querySelector('video').muted = true")
        page.evaluate("document.querySelector('video').play()")
        plays(page)
        assert page.evaluate("document.querySelector('video').playbackRate") == 1.5
        assert page.evaluate("document.querySelector('video').currentSrc").endswith(".mp4")
        assert not any("hls" in url for url in shelf.asked), "asked for only where it is needed"
        page.get_by_text("Pictures of the film").click()
        page.get_by_role("button", name="Play from 0:08").click()
        patiently(page, lambda: page.evaluate("document.querySelector('video').currentTime") >= 8)
        patiently(page, lambda: page.evaluate("document.querySelector('video').textTracks[0].kind") == "captions")
        expect(video).to_be_in_viewport()


@pytest.mark.parametrize("native", [True, False])
def test_a_size_that_follows_the_connection(browser: Browser, shelf: Shelf, native: bool) -> None:
    shelf.asked.clear()
    with shelf.visit(browser) as page:
        if not native:
            page.add_init_script("HTMLMediaElement.prototype.canPlayType = () => ''")
        page.goto(f"/s/{shelf.entry.slug}")
        page.evaluate("document.querySelector('video').muted = true")
        page.evaluate("document.querySelector('video').play()")
        plays(page)
        page.locator("#picture").select_option("automatic")
        patiently(page, lambda: any("hls/master" in url for url in shelf.asked))
        plays(page)
        page.locator("#picture").select_option("fits this screen")
        patiently(page, lambda: page.evaluate("document.querySelector('video').currentSrc").endswith(".mp4"))
        plays(page)
    if not native:
        assert any(url.endswith("hls.min.mjs") for url in shelf.asked)


def test_in_spanish_on_a_small_screen(browser: Browser, shelf: Shelf) -> None:
    with shelf.visit(browser, viewport={"width": 320, "height": 600}) as page:
        page.goto("/")
        page.get_by_role("link", name="Español").first.click()
        page.get_by_role("link", name="Privacidad", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Privacidad")
        wide = "document.documentElement.scrollWidth"
        assert page.evaluate(wide) <= 320
        page.goto(f"/es/s/{shelf.entry.slug}")
        for summary in page.locator("summary").all():
            summary.click()
        assert page.evaluate(wide) <= 320


def test_an_exported_site_plays_from_any_web_host(browser: Browser, shelf: Shelf, tmp_path: Path) -> None:
    app = families(shelf.backend)
    app.config[AS_FILES] = True
    media = [f"/media/{shelf.entry.publication_id}/{file.name}" for file in shelf.entry.files]
    Copy(app, tmp_path / "below").take(["/", "/es/", *media])
    handler = partial(Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        host = f"127.0.0.1:{server.server_port}"
        elsewhere = Shelf(f"http://{host}", shelf.entry, shelf.backend, app)
        with elsewhere.visit(browser) as page:
            page.goto("/below/")
            page.get_by_role("link", name="Spanish", exact=True).click()
            page.locator(".card").first.click()
            page.evaluate("document.querySelector('video').muted = true")
            page.evaluate("document.querySelector('video').play()")
            plays(page)
            page.get_by_text("Pictures of the film").click()
            expect(page.get_by_role("button", name="Play from 0:08")).to_be_visible()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("listed", [True, False])
def test_an_embed_plays_on_listed_hosts_alone(browser: Browser, shelf: Shelf, listed: bool, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        f"<iframe src='{shelf.url}/embed/{shelf.entry.slug}' width=600 height=420></iframe>"
    )
    handler = partial(Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        # another name of this machine: the page is one of another site
        page_of_theirs = f"http://localhost:{server.server_port}/"
        shelf.allow(page_of_theirs.rstrip("/") if listed else "https://library.example")
        context = browser.new_context()
        page = context.new_page()
        page.goto(page_of_theirs)
        frame = page.frame_locator("iframe")
        if listed:
            expect(frame.locator("video")).to_be_visible()
            frame.locator("video").evaluate("video => { video.muted = true; return video.play(); }")
            patiently(page, lambda: frame.locator("video").evaluate("video => video.currentTime") > 0.3)
        else:
            page.wait_for_load_state("networkidle")
            expect(frame.locator("video")).to_have_count(0)
        assert context.cookies() == []
        context.close()
        server.shutdown()
        thread.join()
