"""A WSGI application behind a real server on loopback, for a while."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ANSWER = "tests.answer"


class _Silent(WSGIRequestHandler):
    """Logs nothing, and closes an answer whose client went away, which werkzeug forgets when its last read fails too."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing is logged."""

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        """Closes what was being sent."""
        if environ and isinstance(answer := environ.get(_ANSWER), _ClosedOnce):
            answer.close()


class _ClosedOnce:
    def __init__(self, answer: Iterable[bytes]) -> None:
        self._answer = answer
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        """Closes the answer, the first time."""
        if not self._closed and hasattr(self._answer, "close"):
            self._answer.close()
        self._closed = True


@contextmanager
def _untraced() -> Iterator[None]:
    """No thread that begins meanwhile is traced for coverage: of two that begin at once, CPython 3.11 sometimes ends one with "Cannot
    install a trace function while another trace function is being installed", and its browser waits for ever."""
    hook = threading.gettrace()
    threading.settrace(None)
    try:
        yield
    finally:
        threading.settrace(hook)


@contextmanager
def served(application: WSGIApplication, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serves on loopback, by HTTPS with `tls`; gives the port. At the end it waits for answers that are being sent."""

    def remembering(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = environ[_ANSWER] = _ClosedOnce(application(environ, start_response))
        return answer

    server = make_server("127.0.0.1", 0, remembering, threaded=True, request_handler=_Silent, ssl_context=tls)
    vars(server)["daemon_threads"] = False  # so that closing waits
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    with _untraced():
        thread.start()
        try:
            yield server.port
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
