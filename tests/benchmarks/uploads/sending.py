"""The one client that both servers are measured with. It does next to nothing, so that what is measured is the server."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

CHUNK = 32 << 20
"""Bytes of each request: as the staff's page sends them."""

_TUS = {"Tus-Resumable": "1.0.0"}
_BYTES = {"Content-Type": "application/offset+octet-stream"}


@dataclass(frozen=True)
class Sent:
    """One upload."""

    seconds: float
    """From before it was begun until all of it was acknowledged."""

    last: float
    """Seconds of them between the last chunk's first byte and its acknowledgement."""


def send(port: int, film: Path, headers: Mapping[str, str], chunk: int = CHUNK) -> Sent:
    """Sends a file to `/uploads`, on one connection. Raises RuntimeError when it is refused."""
    size, offset = film.stat().st_size, 0
    always = {**headers, **_TUS}
    begun = last = time.monotonic()
    with closing(HTTPConnection("127.0.0.1", port, timeout=300)) as line, film.open("rb") as file:
        line.request("POST", "/uploads", headers={**always, "Upload-Length": str(size)})
        path = urlsplit(_answer(line, 201).headers["Location"]).path
        while offset < size:
            last, count = time.monotonic(), min(chunk, size - offset)
            line.putrequest("PATCH", path)
            told = {**always, **_BYTES, "Upload-Offset": str(offset), "Content-Length": str(count)}
            for name, value in told.items():
                line.putheader(name, value)
            line.endheaders()
            line.sock.sendfile(file, offset, count)
            offset = int(_answer(line, 204).headers["Upload-Offset"])
    ended = time.monotonic()
    return Sent(ended - begun, ended - last)


def _answer(line: HTTPConnection, status: int) -> HTTPResponse:
    answer = line.getresponse()
    said = answer.read()
    if answer.status != status:
        raise RuntimeError(f"{answer.status}: {said[:200]!r}")
    return answer
