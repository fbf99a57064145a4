"""All programs of a shelf in one process group, to be killed at once: both web servers as they are shipped, and a worker of no films."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from app.cli.servers import gunicorn_command
from app.settings import Settings
from tests.app.backend import Backend
from tests.app.web.desk import StaffBrowser, staff_app

UP_WITHIN = 60.0
"""Seconds."""


class Gone(Exception):
    """Nobody answered, or nobody to the end."""


@dataclass(frozen=True)
class Answer:
    """What came of one request."""

    status: int
    headers: Mapping[str, str]
    text: str


class House:
    """Starts what is not running, kills what it is told to."""

    def __init__(self, settings: Settings, ports: tuple[int, int]) -> None:
        self._settings, (self.public, self.staff) = settings, ports
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._group = 0

    def up(self) -> float:
        """Starts whatever has ended and waits until both servers answer; returns the seconds until they did."""
        begun = time.monotonic()
        commands = {
            "public": gunicorn_command("public", f"127.0.0.1:{self.public}"),
            "staff": gunicorn_command("staff", f"127.0.0.1:{self.staff}"),
            "worker": [sys.executable, "-m", "tests.app.worker_child", str(self._settings.data)],
        }
        if all(process.poll() is not None for process in self._running.values()):
            self._group = 0
        for name, command in commands.items():
            if name in self._running and self._running[name].poll() is None:
                continue
            with (self._settings.data / "servers.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    command, env=self._environment, stdout=log, stderr=log, process_group=self._group
                )
            self._group = self._group or self._running[name].pid
        for port in (self.public, self.staff):
            while not self._answers(port):
                assert time.monotonic() - begun < UP_WITHIN, (self._settings.data / "servers.log").read_text()
                time.sleep(0.05)
        return time.monotonic() - begun

    def kill(self, who: str) -> None:
        """kill -9 of the staff's server with all that serves for it ("web"), or of everything at once ("group")."""
        if who == "group":
            with suppress(ProcessLookupError):
                os.killpg(self._group, signal.SIGKILL)
            victims = [*self._running.values()]
        else:
            victims = [self._running["staff"]]
            for pid in (victims[0].pid, *_children(victims[0].pid)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for process in victims:
            process.wait(60)

    def kill_after(self, who: str, seconds: float) -> Thread:
        """The same a little later, while somebody asks for something."""

        def later() -> None:
            time.sleep(seconds)
            self.kill(who)

        thread = Thread(target=later)
        thread.start()
        return thread

    def end(self) -> None:
        """All of it ends."""
        if any(process.poll() is None for process in self._running.values()):
            self.kill("group")

    def _answers(self, port: int) -> bool:
        try:
            return ask(port, "GET", "/healthz").status == 200
        except Gone:
            return False

    @property
    def _environment(self) -> dict[str, str]:
        settings, bare = (
            self._settings,
            {n: v for n, v in os.environ.items() if not n.startswith(("STORYSHELF_", "DBOS"))},
        )
        told = {
            "DATA": str(settings.data),
            "SECRET_KEY": settings.secret_key.get_secret_value(),
            "DISK_RESERVE_BYTES": "0",
            "PRIVACY_OFFICER_NAME": settings.privacy_officer_name,
            "PRIVACY_OFFICER_CONTACT": settings.privacy_officer_contact,
            "DATABASE_URL": settings.database_url,
            "WORK_URL": settings.work_url,
        }
        return bare | {f"STORYSHELF_{name}": value for name, value in told.items()}


class Person:
    """Somebody signed in, who asks over the line."""

    def __init__(self, backend: Backend, port: int) -> None:
        browser = StaffBrowser(backend, staff_app(backend))
        cookie = browser.client.get_cookie("storyshelf")
        assert cookie is not None
        self.who, self._port = browser.who, port
        self._told = {"Cookie": f"storyshelf={cookie.value}", "X-CSRFToken": browser.csrf, "Accept": "application/json"}

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Raises Gone."""
        return ask(self._port, method, path, body, self._told | dict(headers or {}))


def ask(port: int, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
    """One request on a connection of its own. Raises Gone."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        line.request(method, path, body, dict(headers or {}))
        answer = line.getresponse()
        return Answer(answer.status, dict(answer.headers.items()), answer.read().decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as error:
        raise Gone from error
    finally:
        line.close()


def two_ports() -> tuple[int, int]:
    """Which nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
