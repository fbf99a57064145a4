"""Two gunicorns and the worker, started, watched over and ended together."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Protocol

import click

from media_pipeline.core.errors import Cancelled, Fault

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "gunicorn.conf.py"
"""How gunicorn serves."""

THREADS = {"public": 32, "staff": 16}
"""Requests that are answered at once. Files are sent by none of them (`app/delivery.py`)."""

READY_WITHIN = 60
"""Seconds until a server must answer."""

END_WITHIN = 20
"""Seconds that work has to stop cleanly before it is killed; its state is kept either way."""

MOST_RESTARTS = 5
"""A program that ends by itself is started again this often; then all end."""

STEADY_SECONDS = 600
"""Whatever ran for so long does not keep ending: its restarts are counted anew."""

_LOG_MOST = 10 << 20
"""Bytes of a log that begin a new one; one older is kept."""


class Places(Protocol):
    """What of the settings is needed here."""

    @property
    def public_bind(self) -> str:
        """Where the families' server listens."""

    @property
    def staff_bind(self) -> str:
        """Where the staff's server listens."""

    @property
    def data(self) -> Path:
        """The folder that holds everything."""

    @property
    def logs(self) -> Path:
        """The folder for each program's log."""


@dataclass(slots=True)
class Server:
    """One program."""

    name: str
    command: Sequence[str]
    address: tuple[str, int] | None
    """Where it listens; the worker does not."""
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    begun: float = 0.0
    """When it was started last, on a clock that only goes on."""
    log: str = field(default="")


class Servers:
    """All three, as one context: on leaving, they have ended."""

    def __init__(self, settings: Places) -> None:
        self._settings, self._stop = settings, False
        self.servers = [
            Server("worker", [sys.executable, "-m", "app.worker"], None),
            Server("public", gunicorn_command("public", settings.public_bind), _address(settings.public_bind)),
            Server("staff", gunicorn_command("staff", settings.staff_bind), _address(settings.staff_bind)),
        ]

    def __enter__(self) -> Servers:
        for server in self.servers:
            if server.address is not None:
                _must_be_free(server.address)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        for server in self.servers:
            self._start(server)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        running = [server.process for server in self.servers if server.process is not None]
        for process in running:
            with suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + END_WITHIN
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def wait_until_ready(self) -> None:
        """Returns when both servers answer. Raises Fault when one ends or does not answer in time."""
        deadline = time.monotonic() + READY_WITHIN
        for server in self.servers:
            while server.address is not None and not _answers(server.address):
                ended = server.process is not None and server.process.poll() is not None
                if ended or time.monotonic() > deadline:
                    raise Fault("tool-failed", f"the {server.name} server does not start; its log tells why")
                self.pause(0.1)

    def watch_over(self) -> None:
        """Returns when somebody asks to stop. A program that ends by itself is started again."""
        with suppress(Cancelled):
            while True:
                self.pause(0.5)

    def pause(self, seconds: float) -> None:
        """Waits, and looks after the programs. Raises Cancelled once somebody asked to stop, Fault when one keeps ending."""
        time.sleep(seconds)
        if self._stop:
            raise Cancelled("cancelled")
        for server in self.servers:
            if server.process is not None and server.process.poll() is not None:
                self._start_again(server)

    def _start_again(self, server: Server) -> None:
        server.restarts = 1 if time.monotonic() - server.begun > STEADY_SECONDS else server.restarts + 1
        if server.restarts > MOST_RESTARTS:
            raise Fault("tool-failed", f"the {server.name} program keeps ending; its log tells why")
        click.echo(f"The {server.name} program ended by itself and is started again.", err=True)
        self._start(server)

    def _start(self, server: Server) -> None:
        server.begun = time.monotonic()
        path = self._settings.logs / f"{server.name}.log"
        if path.is_file() and path.stat().st_size > _LOG_MOST:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            server.process = subprocess.Popen(  # noqa: S603 - our own programs, by name
                [*_dies_with_us(), *server.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "STORYSHELF_DATA": str(self._settings.data)},
                start_new_session=True,  # Ctrl-C reaches us alone, and we end them in order
            )

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop = True


def gunicorn_command(application: str, bind: str) -> list[str]:
    """What serves `public` or `staff` at an address, set up as `deploy/gunicorn.conf.py` says."""
    served = ("--bind", bind, "--threads", str(THREADS[application]), f"app.wsgi:{application}()")
    return [sys.executable, "-m", "gunicorn", "--config", str(CONFIGURATION), *served]


def _dies_with_us() -> list[str]:
    """Even kill -9 of this process ends them (util-linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _address(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def _answers(address: tuple[str, int]) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address[0], address[0])  # noqa: S104 - compared, not bound
    with suppress(OSError), socket.create_connection((host, address[1]), timeout=1):
        return True
    return False


def _must_be_free(address: tuple[str, int]) -> None:
    if _answers(address):
        raise Fault("port-taken", f"port {address[1]}")
