"""A long recording over a line that breaks twenty times, to a server that is killed twice: three clients, one file.

UPLOAD_BYTES is the file's size (4 GB); twice that is needed on the disk of the temporary folder.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect, sync_playwright
from tusclient.client import TusClient

from app.db.kinds import RecordingState
from app.services import library
from app.services.values import PrivateFolder
from tests.app.backend import Backend
from tests.app.uploads.breaking import Line, MortalServer, Trouble, breaking_line
from tests.app.web.desk import StaffBrowser, staff_app
from tests.journeys.serving import CHROMIUM, QUIET

pytestmark = pytest.mark.full

SIZE = int(os.environ.get("UPLOAD_BYTES", 4 * 10**9))
CUTS, KILLS = 20, 2
CHUNK = min(32 << 20, SIZE // 8)
"""Bytes of a request, as the staff's page sends them, and the most that any trouble may cost."""

PATIENCE_SECONDS = 1800
"""For one upload."""


@dataclass(frozen=True)
class Film:
    """What is sent."""

    path: Path
    sha256: str


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Film]:
    """Bytes that nothing compresses, written once."""
    path = tmp_path_factory.mktemp("film") / "GMT20260910-185700_Recording_avo_640x360.mp4"
    free = shutil.disk_usage(path.parent).free
    assert free > 2 * SIZE + (4 << 30), "the disk is too small for it: set UPLOAD_BYTES"
    source, hashing = random.Random(7), sha256()
    with path.open("wb") as file:
        while left := SIZE - file.tell():
            block = source.randbytes(min(1 << 20, left))
            hashing.update(block)
            file.write(block)
    yield Film(path, hashing.hexdigest())
    path.unlink()


@dataclass
class Stage:
    """A server with somebody signed in, and the troubles to come."""

    backend: Backend
    ann: StaffBrowser
    server: MortalServer

    @property
    def cookie(self) -> str:
        """What says who it is."""
        cookie = self.ann.client.get_cookie("storyshelf")
        assert cookie is not None
        return cookie.value

    @property
    def headers(self) -> dict[str, str]:
        """What a program sends with every request."""
        return {"Cookie": f"storyshelf={self.cookie}", "X-CSRFToken": self.ann.csrf, "Tus-Resumable": "1.0.0"}

    def troubles(self, seed: int) -> Iterator[Trouble]:
        """Cuts and kills, anywhere in the file."""
        chance = random.Random(seed)
        for _ in range(CUTS):
            yield Trouble(chance.randrange(1, SIZE), lambda: None, hard=chance.random() < 0.5)
        for _ in range(KILLS):
            yield Trouble(chance.randrange(1, SIZE), self.server.kill_and_start)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    backend = Backend(tmp_path / "data")
    server = MortalServer(backend)
    try:
        server.wait_until_it_answers()
        yield Stage(backend, StaffBrowser(backend, staff_app(backend)), server)
    finally:
        server.kill()
        backend.db.close()
        shutil.rmtree(backend.settings.data)  # pytest would keep it


def check(stage: Stage, film: Film, line: Line, more: int = 0) -> None:
    """The whole file came, every trouble happened, and they cost no more than a chunk each.

    One may cost a second chunk: a client that is back before the server has taken in what was on the line is told an offset that
    then moves on, and some send all of a chunk before they read that it is refused (409).
    """
    (recording,) = library.recordings(stage.backend.db)
    assert (recording.sha256, recording.size, recording.state) == (film.sha256, SIZE, RecordingState.UPLOADED)
    with PrivateFolder(stage.backend.settings, recording.id).original.open("rb") as kept:
        assert file_digest(kept, "sha256").hexdigest() == film.sha256
    troubles = CUTS + KILLS + more
    print(
        f"\n{SIZE} bytes in {line.requests} requests, {len(line.costs)} troubles, {stage.server.starts - 1} of them kills; "
        f"{line.carried - SIZE} bytes came again, {max(line.costs)} after the worst trouble (a chunk: {CHUNK})"
    )
    assert (len(line.costs), stage.server.starts, line.seen) == (troubles, 1 + KILLS, SIZE)
    assert line.carried - SIZE <= troubles * CHUNK
    assert max(line.costs) <= 2 * CHUNK


def test_tuspy(stage: Stage, film: Film) -> None:
    with breaking_line(stage.server.port, [*stage.troubles(1)]) as line, film.path.open("rb") as file:
        client = TusClient(f"http://127.0.0.1:{line.port}/uploads", headers=stage.headers)
        client.uploader(
            file_stream=file, chunk_size=CHUNK, retries=120, retry_delay=0.5, metadata={"filename": film.path.name}
        ).upload()
    check(stage, film, line)


def curl(stage: Stage, *words: str) -> subprocess.CompletedProcess[str]:
    headers = [word for name, value in stage.headers.items() for word in ("--header", f"{name}: {value}")]
    return subprocess.run(
        ["curl", "--silent", "--show-error", "--include", *headers, *words], capture_output=True, text=True, check=False
    )


def test_curl(stage: Stage, film: Film) -> None:
    """All that is left in one request, again and again: a client without any chunks."""
    kind = "Content-Type: application/offset+octet-stream"
    with breaking_line(stage.server.port, [*stage.troubles(2)]) as line:
        root, until = f"http://127.0.0.1:{line.port}", time.monotonic() + PATIENCE_SECONDS
        made = curl(stage, "--request", "POST", "--header", f"Upload-Length: {SIZE}", f"{root}/uploads")
        path = re.search(r"(?im)^location: (\S+)", made.stdout)
        assert path, made.stderr + made.stdout
        while time.monotonic() < until:
            here = re.search(r"(?im)^upload-offset: (\d+)", curl(stage, "--head", root + path[1]).stdout)
            if here is None:  # the server is not back yet
                time.sleep(0.5)
                continue
            if int(here[1]) == SIZE:
                break
            told = ["--header", kind, "--header", f"Upload-Offset: {here[1]}"]
            curl(stage, "-X", "PATCH", *told, "-C", here[1], "--upload-file", str(film.path), root + path[1])
    check(stage, film, line)


@contextmanager
def browser(playwright: Playwright, profile: Path, stage: Stage, port: int) -> Iterator[Page]:
    """A page of Chromium, whose profile outlives it; somebody has signed in."""
    address = f"http://127.0.0.1:{port}"
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=QUIET, base_url=address
    )
    try:
        context.add_cookies([{"name": "storyshelf", "value": stage.cookie, "url": address}])
        yield context.pages[0]
    finally:
        context.close()


def choose(page: Page, film: Film) -> None:
    page.goto("/")
    page.set_input_files("#file", film.path)


@pytest.mark.browser
def test_tus_js_client_on_our_page(stage: Stage, film: Film, tmp_path: Path) -> None:
    """The page as staff use it, in a browser that is closed on the way and opened again with the same profile."""
    reached, closed = threading.Event(), threading.Event()

    def restart() -> None:
        reached.set()
        assert closed.wait(120)

    middle = Trouble(random.Random(3).randrange(SIZE // 4, SIZE), restart)
    until = time.monotonic() + PATIENCE_SECONDS
    with breaking_line(stage.server.port, [*stage.troubles(3), middle]) as line, sync_playwright() as playwright:
        with browser(playwright, tmp_path / "profile", stage, line.port) as page:
            choose(page, film)
            while not reached.is_set():
                assert time.monotonic() < until
                page.wait_for_timeout(100)
        closed.set()
        with browser(playwright, tmp_path / "profile", stage, line.port) as page:
            choose(page, film)
            expect(page.get_by_text("Going on where it stopped.")).to_be_visible()
            expect(page.get_by_text("Uploaded, waiting")).to_be_visible(timeout=1000 * PATIENCE_SECONDS)
    check(stage, film, line, more=1)
