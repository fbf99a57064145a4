"""The first command of the README, as a newcomer runs it: it ends with a page that plays, and can be ended and begun again."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
PATIENCE = 900
"""Seconds: the first start on a new machine fetches its packages too."""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


class Started:
    """`deploy/start`, running."""

    def __init__(self, environment: dict[str, str], *words: str) -> None:
        self.process = subprocess.Popen(
            [ROOT / "deploy" / "start", *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = ""

    def until(self, pattern: str) -> str:
        """What it prints at `pattern`'s group; fails when it ends before."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            line = self.process.stdout.readline()
            self.said += line
            if found := re.search(pattern, line):
                return found[1]
            if not line and self.process.poll() is not None:
                break
        pytest.fail(f"it did not come to that: {self.said}")

    def end(self) -> int:
        """Ctrl-C, as a terminal sends it: to the whole group."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.communicate(timeout=60)
        return self.process.returncode


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    public, staff = free_port(), free_port()
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("STORYSHELF_")},
        "STORYSHELF_DATA": str(tmp_path / "data"),
        "STORYSHELF_PUBLIC_BIND": f"127.0.0.1:{public}",
        "STORYSHELF_PUBLIC_URL": f"http://localhost:{public}",
        "STORYSHELF_STAFF_BIND": f"127.0.0.1:{staff}",
        "STORYSHELF_STAFF_URL": f"http://localhost:{staff}",
    }


def test_the_demonstration_ends_with_a_page_that_plays(environment: dict[str, str]) -> None:
    started = Started(environment, "--demo")
    try:
        welcome = started.until(r"(http://localhost:\d+/welcome/\S+)")
        page = started.until(r"Demo: +(http\S+)")
        assert_plays(page)
        with urllib.request.urlopen(welcome) as answer:
            assert answer.status == 200
    finally:
        status = started.end()
    assert status == 0, started.said
    for port in (environment["STORYSHELF_PUBLIC_BIND"], environment["STORYSHELF_STAFF_BIND"]):
        with socket.socket() as door:
            assert door.connect_ex(("127.0.0.1", int(port.rpartition(":")[2]))) != 0, "something still listens"
    again = Started(environment)
    try:
        again.until(r"(Ctrl-C ends it)")
        with urllib.request.urlopen(page) as answer:
            assert answer.status == 200
    finally:
        again.end()


def assert_plays(address: str) -> None:
    """In Chromium, the film's clock moves."""
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-sync",
                "--disable-quic",
            ],
        )
        page = browser.new_page()
        page.goto(address)
        assert "demonstration" in page.inner_text("main").lower()
        film = page.locator("video")
        film.evaluate("film => { film.muted = true; return film.play() }")
        deadline = time.monotonic() + 60
        while film.evaluate("film => film.currentTime") <= 1:
            assert time.monotonic() < deadline, "the film's clock stands still"
            page.wait_for_timeout(200)
        browser.close()
