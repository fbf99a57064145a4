"""No visitor's address and no path is in any log: of gunicorn, of Flask, of ours."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import InvalidRequestLine
from gunicorn.workers.base import Worker

from app.services.logs import configure_logging
from app.web.guard import Application
from app.wsgi import QuietLogger
from media_pipeline.core.errors import Fault

VISITOR = "127.0.0.2"
"""Another address of this machine than the server's own, which stands in the line that says where it listens."""


@dataclass
class Heard:
    """A QuietLogger at its most talkative, and what it writes."""

    logger: QuietLogger
    stream: io.StringIO

    @property
    def text(self) -> str:
        return self.stream.getvalue()


@pytest.fixture
def heard() -> Iterator[Heard]:
    config = Config()
    config.set("loglevel", "debug")
    logger, stream = QuietLogger(config), io.StringIO()
    before = list(logger.error_log.handlers)
    logger.error_log.handlers[:] = [logging.StreamHandler(stream)]
    yield Heard(logger, stream)
    logger.error_log.handlers[:] = before


class _Nobody:
    """A connection whose other end is gone."""

    def sendall(self, _block: bytes) -> None:
        raise OSError


def test_an_invalid_request_is_told_without_whose_it_was(heard: Heard) -> None:
    worker = Worker.__new__(Worker)
    worker.log, worker.cfg = heard.logger, Config()
    worker.handle_error(None, _Nobody(), (VISITOR, 4711), InvalidRequestLine(f"GET /s/abcdefg from {VISITOR}"))
    worker.handle_error(None, _Nobody(), (VISITOR, 4711), ValueError(f"/s/abcdefg {VISITOR}"))
    assert "A request was odd" in heard.text
    assert "Something failed" in heard.text
    assert VISITOR not in heard.text
    assert "abcdefg" not in heard.text


def test_an_exception_is_named_by_its_kind_and_ours_by_its_code(heard: Heard) -> None:
    for error in (
        ValueError(f"{VISITOR} asked for /s/abcdefg"),
        Fault("settings-unfit", "unknown in the environment: X"),
    ):
        try:
            raise error
        except (ValueError, Fault):
            heard.logger.exception("Error handling request %s", "/s/abcdefg")
    heard.logger.access(None, None, {"REMOTE_ADDR": VISITOR}, None)
    heard.logger.debug("%s %s", VISITOR, "/s/abcdefg")
    assert heard.text.splitlines() == [
        "Something failed: ValueError",
        "Something failed: Fault settings-unfit unknown in the environment: X",
    ]


@pytest.mark.logs_errors
def test_an_unforeseen_error_names_the_place_in_the_code_only(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    app = Application(__name__)

    def fail(name: str) -> str:
        raise ValueError(name)

    app.add_url_rule("/<name>", view_func=fail)
    assert app.test_client().get("/abcdefg").status_code == 500
    (text,) = capsys.readouterr().err.splitlines()
    line = json.loads(text)
    assert re.fullmatch(r"tests\.app\.web\.test_quiet_log:[0-9]+", line.pop("where"))
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "unforeseen", "error": "ValueError", "level": "error"}


@contextmanager
def serving(data: Path, application: str) -> Iterator[tuple[int, Path]]:
    """A real gunicorn on loopback: its port and its log."""
    data.mkdir()
    log = data / "log"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-k", "gthread", "--threads", "2"]
    command += ["--logger-class", "app.wsgi.QuietLogger", "--log-level", "debug", "--access-logfile", "-", application]
    settings = {"STORYSHELF_DATA": str(data), "STORYSHELF_SECRET_KEY": secrets.token_hex()}
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, env=os.environ | settings)
        try:
            yield port, log
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def ask(port: int, request: bytes) -> bytes:
    """Sends bytes from the visitor's address; gives what comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(VISITOR, 0)) as line:
        line.sendall(request)
        answer = b""
        while block := line.recv(65536):
            answer += block
    return answer


def wait_for(port: int) -> None:
    end = time.monotonic() + 120
    while True:
        try:
            ask(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        except OSError:
            assert time.monotonic() < end, "the server does not come up"
            time.sleep(0.2)
        else:
            return


@pytest.mark.slow
@pytest.mark.parametrize(("application", "unknown"), [("app.wsgi:public()", b" 404 "), ("app.wsgi:staff()", b" 401 ")])
def test_a_real_server_forgets_who_sent_garbage(tmp_path: Path, application: str, unknown: bytes) -> None:
    with serving(tmp_path / "data", application) as (port, log):
        wait_for(port)
        assert b"200 OK" in ask(port, b"GET /healthz?who HTTP/1.1\r\nHost: h.example\r\nConnection: close\r\n\r\n")
        assert b" 400 " in ask(port, b"\x16\x03\x01garbage-abcdefg\r\n\r\n")
        assert b" 400 " in ask(port, b"GET /s/abcdefg HTTP/1.1\r\nBad Header abcdefg\r\n\r\n")
        assert unknown in ask(port, b"GET /s/abcdefg HTTP/1.0\r\nHost: h.example\r\nAccept: x/y\r\n\r\n")
        with socket.create_connection(("127.0.0.1", port), source_address=(VISITOR, 0)) as line:
            line.sendall(b"POST /sign-in HTTP/1.1\r\nHost: h.example\r\nContent-Length: 100\r\n\r\nlogin=abcdefg")
    text = log.read_text()
    assert "Listening at" in text
    assert "A request was odd" in text
    for trace in (VISITOR, "abcdefg", "h.example", "healthz"):
        assert trace not in text
