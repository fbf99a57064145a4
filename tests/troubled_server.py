"""A server in front of another that can be in trouble: it answers 500, is full, slow, says nothing, or breaks off in the middle."""

from __future__ import annotations

import http.client
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SLOW_SECONDS = 0.3
TRICKLE, TRICKLE_SECONDS = 64, 0.02
"""Bytes of each piece, and the pause between two."""


class Trouble(Enum):
    """What is wrong."""

    NONE = "none"
    ERROR = "500"
    BUSY = "503"
    FULL = "507"
    SILENT = "silent"
    BREAKS = "breaks"
    """Every answer with a body is broken off half way."""

    BREAKS_ONCE = "breaks once"
    CLOSED = "closed"
    """The connection ends before any answer."""

    RESETS = "resets"
    """The connection is reset while a body is being sent, or before any answer where none is."""

    SLOW = "slow"
    """Every answer takes a while to begin."""

    TRICKLES = "trickles"
    """Every answer comes in small pieces with pauses between."""


class Troubled(ThreadingHTTPServer):
    """Hands every request on, if it can."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream)
        self.trouble = Trouble.NONE
        self.begins_at = ""
        """It is in no trouble until a request comes whose method and path this pattern fits."""
        self.only: tuple[str, ...] = ()
        """The methods that are in trouble; all when empty."""
        self.hides_lists = False
        """Whether strangers may not list, which moto lets them."""
        self.knows_no_rights = False
        """Whether it refuses files that come with rights, as AWS does where the bucket's owner owns all of it."""
        self.ignores_ranges = False
        self.at_break: Callable[[], object] = lambda: None
        """Done when an answer breaks off."""
        self.over = threading.Event()
        self.asked: list[str] = []
        self.rights: list[str | None] = []
        """With which rights files were begun."""

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is none."""

    def trouble_of(self, method: str, path: str) -> Trouble:
        """What is wrong with one request."""
        if not re.search(self.begins_at, f"{method} {path}"):
            return Trouble.NONE
        self.begins_at = ""
        return self.trouble if method in (self.only or (method,)) else Trouble.NONE

    def ends(self) -> None:
        """It is well again."""
        self.trouble, self.begins_at = Trouble.NONE, ""
        self.over.set()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        server = self.server
        assert isinstance(server, Troubled)
        server.asked.append(self.command)
        trouble = server.trouble_of(self.command, self.path)
        if trouble is Trouble.RESETS:
            self.rfile.read(int(self.headers.get("Content-Length", 0)) // 2)
            self._reset()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if server.hides_lists and "list-type" in self.path and "Authorization" not in self.headers:
            self._send(403, [], b"")
            return
        if (self.command == "PUT" and "partNumber" not in self.path) or self.path.endswith("?uploads"):
            server.rights.append(self.headers.get("x-amz-acl"))
            if server.knows_no_rights and server.rights[-1] is not None:
                self._send(400, [], b"<Error><Code>AccessControlListNotSupported</Code></Error>")
                return
        if server.ignores_ranges:
            del self.headers["Range"]
        if trouble is Trouble.SILENT:
            server.over.wait(30)
        if trouble in (Trouble.SILENT, Trouble.CLOSED):
            self.close_connection = True
            return
        if trouble in (Trouble.ERROR, Trouble.BUSY, Trouble.FULL):
            self._send(int(trouble.value), [("Content-Type", "application/xml")], b"")
            return
        onward = http.client.HTTPConnection(server.upstream.netloc, timeout=20)
        onward.request(self.command, self.path, body, dict(self.headers))
        answer = onward.getresponse()
        sent = answer.read()
        onward.close()
        headers = [(n, v) for n, v in answer.getheaders() if n.lower() not in ("transfer-encoding", "connection")]
        if len(sent) > 1 and trouble in (Trouble.BREAKS, Trouble.BREAKS_ONCE):
            if trouble is Trouble.BREAKS_ONCE:
                server.trouble = Trouble.NONE
            server.at_break()
            self._send(answer.status, headers, sent[: len(sent) // 2])
            self.close_connection = True
            return
        if trouble is Trouble.SLOW:
            time.sleep(SLOW_SECONDS)
        self._send(answer.status, headers, sent, piece=TRICKLE if trouble is Trouble.TRICKLES else len(sent))

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes, piece: int = 0) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for start in range(0, len(body), piece or 1 << 30):
            if start:
                time.sleep(TRICKLE_SECONDS)
            self.wfile.write(body[start : start + (piece or len(body))])

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


@contextmanager
def troubled(upstream: str) -> Iterator[Troubled]:
    """In front of `upstream`, for a while."""
    server = Troubled(upstream)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
