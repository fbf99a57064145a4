"""A server that is killed and started again, and a line to it that is cut, which tells what had to be sent twice."""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from app.cli.servers import gunicorn_command
from tests.app.backend import Backend

_AT_ONCE = 256 << 10
_RESET = struct.pack("ii", 1, 0)
_LENGTH = re.compile(rb"(?im)^content-length: *(\d+)\r$")
_OFFSET = re.compile(rb"(?im)^upload-offset: *(\d+)\r$")


class MortalServer:
    """gunicorn with the staff's application, as it is deployed."""

    def __init__(self, backend: Backend) -> None:
        settings = backend.settings
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._log = settings.data / "gunicorn.log"
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("STORYSHELF_")}
        self._environment |= {
            "STORYSHELF_DATA": str(settings.data),
            "STORYSHELF_SECRET_KEY": settings.secret_key.get_secret_value(),
        }
        self.starts = 0
        self.start()

    def start(self) -> None:
        """Begins to start it."""
        with self._log.open("ab") as log:
            command = gunicorn_command("staff", f"127.0.0.1:{self.port}")
            self._process = subprocess.Popen(
                command, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        self.starts += 1

    def wait_until_it_answers(self) -> None:
        """Returns when it takes connections."""
        until = time.monotonic() + 120
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < until, "gunicorn does not come up"
            time.sleep(0.1)

    def kill(self) -> None:
        """kill -9 of every process of it."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_and_start(self) -> None:
        """What a crash looks like to those who are connected."""
        self.kill()
        self.start()


@dataclass(frozen=True)
class Trouble:
    """What happens once so much of the file was seen on the line."""

    at: int
    """Bytes of the file."""

    deed: Callable[[], None]
    """Done while the line stands still; then the connection is cut, whatever it was."""

    hard: bool = False
    """Whether both ends are told of a broken connection (RST), and not of one that was closed (FIN)."""


@dataclass
class Line:
    """Carries every connection to a server, and follows the tus requests on it."""

    server: int
    """Its port."""

    troubles: list[Trouble]
    """In the order of their places."""

    port: int = 0
    """Where it listens."""

    seen: int = 0
    """Bytes of the file that ever came from the sender."""

    carried: int = 0
    """Bytes of the file that came from the sender, those that came again counted again."""

    requests: int = 0
    """Those with bytes."""

    again: list[int] = field(default_factory=list)
    """For each trouble until now: how many bytes had come again when it happened."""

    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def costs(self) -> list[int]:
        """For each trouble: how many bytes came again before the next."""
        until = [*self.again[1:], self.carried - self.seen]
        return [after - before for before, after in zip(self.again, until, strict=True)]

    def saw(self, offset: int, count: int) -> Trouble | None:
        """Bytes of the file; whether it is time for some trouble."""
        with self.lock:
            self.carried += count
            self.seen = max(self.seen, offset + count)
            if self.troubles and self.seen >= self.troubles[0].at:
                self.again.append(self.carried - self.seen)
                return self.troubles.pop(0)
        return None


class _Follower:
    """What one connection brings: heads, and bodies as long as their heads say."""

    def __init__(self, line: Line) -> None:
        self._line, self._head, self._left = line, b"", 0
        self._offset: int | None = None

    def follow(self, block: bytes) -> Trouble | None:
        """The trouble that these bytes meet."""
        trouble = None
        while block:
            if self._left:
                body, block = block[: self._left], block[self._left :]
                self._left -= len(body)
                if self._offset is not None:
                    trouble = self._line.saw(self._offset, len(body)) or trouble
                    self._offset += len(body)
                continue
            head, end, rest = (self._head + block).partition(b"\r\n\r\n")
            self._head, block = (b"", rest) if end else (head, b"")
            if end:
                self._begin(head + b"\r")
        return trouble

    def _begin(self, head: bytes) -> None:
        length, offset = _LENGTH.search(head), _OFFSET.search(head)
        assert b"chunked" not in head.lower(), "a body without a length cannot be followed"
        self._left = int(length[1]) if length else 0
        self._offset = int(offset[1]) if offset and head.startswith(b"PATCH ") else None
        if self._offset is not None:
            with self._line.lock:
                self._line.requests += 1


@contextmanager
def breaking_line(server: int, troubles: Sequence[Trouble]) -> Iterator[Line]:
    """A line to the server's port, for a while."""
    line = Line(server, sorted(troubles, key=lambda one: one.at))
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line.port = listener.getsockname()[1]

        def listen() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    threads.append(_start(_carry, client, line))

        listening = _start(listen)
        try:
            yield line
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listening.join()
            for thread in threads:
                thread.join(60)


def _start(target: Callable[..., None], *args: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread


def _carry(client: socket.socket, line: Line) -> None:
    with client, suppress(OSError), socket.create_connection(("127.0.0.1", line.server)) as server:
        reset = threading.Event()
        back = _start(_answer, server, client, reset)
        follower, trouble = _Follower(line), None
        with suppress(OSError):
            while trouble is None and (block := client.recv(_AT_ONCE)):
                trouble = follower.follow(block)
                server.sendall(block)
        if trouble is not None:
            trouble.deed()
            if trouble.hard:
                reset.set()
        for end in (client, server):
            with suppress(OSError):
                if reset.is_set():
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.shutdown(socket.SHUT_RD if reset.is_set() else socket.SHUT_RDWR)  # which wakes the other thread
        back.join()


def _answer(server: socket.socket, client: socket.socket, reset: threading.Event) -> None:
    with suppress(OSError):
        while block := server.recv(_AT_ONCE):
            client.sendall(block)
    if not reset.is_set():
        with suppress(OSError):  # also when the server was killed: who waits for its answer is told
            client.shutdown(socket.SHUT_RDWR)
