"""A store's staff application for a real server, and a line that can be cut."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException

from app.uploads.protocol import handle
from app.uploads.store import IncomingStore

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

OWNER = "staff-1"
"""Who is signed in."""


@dataclass
class Desk:
    """A staff application of five lines."""

    store: IncomingStore
    pages: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    """Other answers by path: content type and body."""
    asked: list[tuple[str, int, int]] = field(default_factory=list)
    """Method, Upload-Offset (-1 for none) and status of every answer."""
    complete: list[str] = field(default_factory=list)
    """Ids told as complete, in order."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request."""
        try:
            response = self._answer(Request(environ))
        except HTTPException as broken_off:
            response = Response(status=broken_off.code)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path in self.pages:
            kind, body = self.pages[request.path]
            return Response(body, headers={"Content-Type": kind, "Content-Security-Policy": "default-src 'self'"})
        upload_id = request.path.removeprefix("/uploads").strip("/") or None
        answer = handle(request.method, request.headers, upload_id, request.stream, self.store, OWNER, base="/uploads")
        self.asked.append((request.method, request.headers.get("Upload-Offset", -1, int), answer.status))
        if answer.complete:
            self.complete.append(answer.complete)
        return Response(answer.body, answer.status, list(answer.headers))


@contextmanager
def frail_line(port: int, allowances: list[int]) -> Iterator[int]:
    """A line to `port` that breaks: the n-th connection carries `allowances[n]` bytes to the server, then dies.

    Connections after those live. Gives the port to connect to.
    """
    left = iter(allowances)
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    threads.append(_start(_carry, client, port, next(left, 1 << 62)))

        listening = _start(listen)
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listening.join()
            for thread in threads:
                thread.join()


def _start(target: Callable[..., None], *args: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=args)
    thread.start()
    return thread


def _carry(client: socket.socket, port: int, allowance: int) -> None:
    with client, socket.create_connection(("127.0.0.1", port)) as server:
        back = _start(_pour, server, client, 1 << 62)
        _pour(client, server, allowance)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        back.join()


def _pour(source: socket.socket, target: socket.socket, allowance: int) -> None:
    with suppress(OSError):
        while allowance > 0 and (block := source.recv(min(allowance, 16384))):
            target.sendall(block)
            allowance -= len(block)
        if allowance > 0:
            target.shutdown(socket.SHUT_WR)
