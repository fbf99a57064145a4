"""A server in front of another that can be in trouble: it answers 500, is full, says nothing, or breaks off in the middle."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Trouble(Enum):
    """What is wrong."""

    NONE = "none"
    ERROR = "500"
    FULL = "507"
    SILENT = "silent"
    BREAKS = "breaks"
    """Every answer with a body is broken off half way."""

    BREAKS_ONCE = "breaks once"
    CLOSED = "closed"
    """The connection ends before any answer."""


class Troubled(ThreadingHTTPServer):
    """Hands every request on, if it can."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream)
        self.trouble = Trouble.NONE
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
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        trouble = server.trouble if self.command in (server.only or (self.command,)) else Trouble.NONE
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
        if trouble in (Trouble.ERROR, Trouble.FULL):
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
        self._send(answer.status, headers, sent)

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

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
