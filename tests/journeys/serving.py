"""Everything as it runs for real: both gunicorn servers and the worker, on loopback, with a shelf in a temporary folder."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request
from pydantic import SecretStr

from app.cli.servers import gunicorn_command
from app.db.engine import Database
from app.services import people
from app.settings import Settings

CHROMIUM = "/usr/bin/chromium"
PATIENCE_MS = 60_000
"""How long a page may take on a machine that is busy."""

QUIET = [
    "--no-sandbox",  # tests may run as root in a container
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
"""Chromium itself asks nobody for anything."""


@dataclass
class House:
    """Running servers."""

    data: Path
    public: str
    """The families' address."""

    staff: str
    """The staff's address."""

    hosts: set[str] = field(default_factory=set)
    """Every host that any page asked for anything."""

    @property
    def settings(self) -> Settings:
        """Enough of the settings to look into the shelf."""
        return Settings.model_validate({"data": self.data, "secret_key": SecretStr("-" * 40)})

    def first_link(self) -> str:
        """The address by which the first administrator comes in."""
        db = Database(self.settings.shelf_database)
        token = people.create_first_link(db)
        db.close()
        assert token is not None
        return f"{self.staff}/welcome/{token}"

    def context(self, browser: Browser, **more: object) -> BrowserContext:
        """A browser of its own, whose every request is noted."""
        context = browser.new_context(**more)  # type: ignore[arg-type] # handed on as they are
        context.on("request", self._note)
        return context

    def _note(self, request: Request) -> None:
        if not request.url.startswith(("blob:", "data:")):
            self.hosts.add(request.url.split("/")[2])

    @property
    def own_hosts(self) -> set[str]:
        """The only hosts that there should be."""
        return {self.public.split("/")[2], self.staff.split("/")[2]}


@contextmanager
def house(data: Path) -> Iterator[House]:
    """Starts both servers and the worker, waits until the servers answer, and ends all three."""
    data.mkdir()
    ports = _free_ports(2)
    public, staff = (f"http://127.0.0.1:{port}" for port in ports)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("STORYSHELF_", "DBOS"))}
    environment |= {
        "STORYSHELF_DATA": str(data),
        "STORYSHELF_SECRET_KEY": secrets.token_hex(),
        "STORYSHELF_PUBLIC_URL": public,
        "STORYSHELF_STAFF_URL": staff,
        "STORYSHELF_DISK_RESERVE_BYTES": "0",
        "STORYSHELF_LIBRARY_NAME": "Maple Street Library",
        "STORYSHELF_PRIVACY_OFFICER_NAME": "Dana Ruiz",
        "STORYSHELF_PRIVACY_OFFICER_CONTACT": "dana@library.example",
    }
    commands = [
        gunicorn_command("public", f"127.0.0.1:{ports[0]}"),
        gunicorn_command("staff", f"127.0.0.1:{ports[1]}"),
        [sys.executable, "-m", "app.worker"],
    ]
    with (data / "log").open("wb") as log:
        running = [subprocess.Popen(command, stdout=log, stderr=log, env=environment) for command in commands]
        try:
            for url in (public, staff):
                _wait_for(url, running)
            yield House(data, public, staff)
        finally:
            for process in running:
                process.send_signal(signal.SIGTERM)
            for process in running:
                process.wait(60)


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The browser."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
    try:
        yield browser
    finally:
        browser.close()


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in held]
    for server in held:
        server.close()
    return ports


def _wait_for(url: str, running: list[subprocess.Popen[bytes]]) -> None:
    end = time.monotonic() + 120
    while True:
        assert all(process.poll() is None for process in running), "a server or the worker did not start: see the log"
        try:
            with urlopen(f"{url}/healthz", timeout=5):
                return
        except OSError:
            assert time.monotonic() < end, "the servers do not come up: see the log"
            time.sleep(0.2)


def patiently(page: Page, done: Callable[[], bool]) -> None:
    """Waits until something is so. (Playwright's own wait for a script is forbidden by our pages' policy.)"""
    for _ in range(PATIENCE_MS // 100):
        if done():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come to be so")
