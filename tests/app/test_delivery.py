"""Films leave without a thread: slow viewers hold nobody up, every byte comes, and whoever goes away leaves nothing."""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from app import delivery
from app.cli.servers import gunicorn_command
from app.delivery import Line, SendingWorker
from app.services.library import Details
from app.web.media import MOST
from tests.app.backend import Backend
from tests.app.web.stories import told
from tests.app.web.test_quiet_log import wait_for

FILM = os.urandom(MOST + (2 << 20))
VIEWERS = 12


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str, int]]:
    """As deployed, but with two threads: its port, a film's path and the number of the process that answers."""
    backend = Backend(tmp_path_factory.mktemp("delivery") / "data")
    entry = told(backend, Details("Bears"), bodies={"video.mp4": FILM})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = gunicorn_command("public", f"127.0.0.1:{port}")
    command[command.index("--threads") + 1] = "2"
    settings = {"STORYSHELF_DATA": str(backend.settings.data), "STORYSHELF_SECRET_KEY": "s" * 40}
    process = subprocess.Popen(command, env=os.environ | settings)
    try:
        wait_for(port)
        (worker,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield port, f"/media/{entry.publication_id}/video.mp4", int(worker)
    finally:
        process.terminate()
        process.wait(30)
        backend.db.close()


def ask(line: socket.socket, path: str, span: str = "") -> tuple[str, bytes]:
    """The head of an answer, and what came of the body with it."""
    line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{f'Range: {span}' if span else 'Accept: */*'}\r\n\r\n".encode())
    read = b""
    while b"\r\n\r\n" not in read:
        block = line.recv(4096)
        assert block, "it ended before there was a head"
        read += block
    head, _, body = read.partition(b"\r\n\r\n")
    return head.decode(), body


def rest_of(line: socket.socket, body: bytes, size: int) -> bytes:
    parts = [body]
    left = size - len(body)
    while left:
        block = line.recv(min(left, 1 << 20))
        assert block
        parts.append(block)
        left -= len(block)
    return b"".join(parts)


def slow(port: int) -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 10)
    line.settimeout(30)
    line.connect(("127.0.0.1", port))
    return line


def open_films(pid: int) -> int:
    count = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            count += str(link.readlink()).endswith("video.mp4")
        except FileNotFoundError:
            continue
    return count


def comes_to(pid: int, films: int) -> bool:
    """Whether a process holds so many open, soon."""
    for _ in range(300):
        if open_films(pid) == films:
            return True
        time.sleep(0.1)
    return False


def test_many_who_take_nothing_hold_no_thread(server: tuple[int, str, int]) -> None:
    port, film, worker = server
    with ExitStack() as stack:
        lines = [stack.enter_context(slow(port)) for _ in range(VIEWERS)]
        heads = [ask(line, film, "bytes=0-") if n % 2 else ask(line, film) for n, line in enumerate(lines)]
        assert [head.split()[1] for head, _ in heads] == ["200", "206"] * (VIEWERS // 2)
        assert comes_to(worker, VIEWERS), "a film that is handed on may be missed while it is"
        with socket.create_connection(("127.0.0.1", port), timeout=30) as other:
            assert ask(other, "/")[0].startswith("HTTP/1.1 200")
        assert rest_of(lines[0], heads[0][1], len(FILM)) == FILM
        assert rest_of(lines[1], heads[1][1], MOST) == FILM[:MOST]
    assert comes_to(worker, 0), "they have gone away in the middle"


def test_range_after_range_comes_on_one_line(server: tuple[int, str, int]) -> None:
    port, film, _ = server
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        got = b""
        for start in range(0, len(FILM), 1 << 20):
            head, body = ask(line, film, f"bytes={start}-{start + (1 << 20) - 1}")
            assert head.startswith("HTTP/1.1 206")
            got += rest_of(line, body, 1 << 20)
        assert got == FILM
        assert ask(line, "/healthz")[0].startswith("HTTP/1.1 200")


@pytest.fixture
def lines() -> Iterator[tuple[Line, socket.socket]]:
    ours, theirs = socket.socketpair()
    line = Line(fileno=ours.detach())
    line.setblocking(False)
    with line, theirs:
        yield line, theirs


def test_a_file_that_became_shorter_ends_the_line(lines: tuple[Line, socket.socket], tmp_path: Path) -> None:
    line, theirs = lines
    path = tmp_path / "film"
    path.write_bytes(b"x" * 100)
    with path.open("rb") as file:
        assert line.sendfile(file, 10, 200) == 200
    assert line.send_some() is False
    assert len(theirs.recv(1000)) == 90
    with pytest.raises(ConnectionAbortedError):
        line.send_some()


def test_whoever_takes_nothing_for_a_minute_is_gone(
    lines: tuple[Line, socket.socket], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, _ = lines
    path = tmp_path / "film"
    path.write_bytes(FILM)
    with path.open("rb") as file:
        line.sendfile(file, 0, len(FILM))
    while not (sent := line.send_some()) and line.rest is not None and line.rest.start < 1 << 16:
        pass
    assert sent is False
    worker = object.__new__(SendingWorker)
    worker.poller, worker.keepalived_conns, worker.nr_conns = selectors.DefaultSelector(), [], 1
    worker._sending = {line: SimpleNamespace(close=line.close)}  # of the connection, closing is all that is asked
    worker.poller.register(line, selectors.EVENT_WRITE)
    worker.murder_keepalived()
    assert worker.nr_conns == 1
    monkeypatch.setattr(delivery, "PATIENCE", -1)
    worker.murder_keepalived()
    assert (worker.nr_conns, worker._sending, line.rest, line.fileno()) == (0, {}, None, -1)
    worker.poller.close()
