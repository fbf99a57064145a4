"""Nothing of a visit is kept: a thousand of them, each with canaries, then a search of every byte that the servers left."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import quote

import pytest

from app.services.library import Details
from tests.app.backend import Backend
from tests.app.web.stories import ABOUT, told
from tests.app.web.test_quiet_log import VISITOR, serving, wait_for

AGENT, REFERRER, QUERY, TYPED, COOKIE = (
    "Quokkaphone",
    "https://wombat.example/page",
    "numbatquery",
    "bilbysearch",
    "dugong",
)
CANARIES = (VISITOR, AGENT, REFERRER, QUERY, TYPED, COOKIE, "wombat.example")
ROUNDS = 100


def ask(port: int, method: str, path: str, body: str = "") -> bytes:
    """One visit, with everything that a browser may tell of itself."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: shelf.example",
        f"User-Agent: {AGENT}/1.0",
        f"Referer: {REFERRER}",
        f"Cookie: id={COOKIE}",
        f"X-Forwarded-For: {VISITOR}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(VISITOR, 0)) as line:
        line.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        answer = b""
        while block := line.recv(65536):
            answer += block
    return answer


@pytest.mark.slow
def test_of_a_thousand_visits_no_byte_is_left(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, "app.wsgi:public()") as (port, _):
        wait_for(port)
        backend = Backend(data)
        entry = told(backend, Details("Bears", "Lapsit", language="en"), ABOUT, captions=True)
        backend.db.close()
        film = f"/media/{entry.publication_id}/video.mp4"
        visits = [
            ("GET", f"/?{QUERY}={QUERY}", "", b"200"),
            ("GET", f"/es/find/in-en?{QUERY}", "", b"200"),
            ("POST", f"/search?{QUERY}", f"words={TYPED}", b"200"),
            ("GET", f"/s/{entry.slug}?{QUERY}", "", b"200"),
            ("GET", f"{film}?{QUERY}", "", b"200"),
            ("HEAD", film, "", b"200"),
            ("GET", f"/feeds/video.xml?{QUERY}", "", b"200"),
            ("GET", f"/{quote(TYPED)}?{QUERY}", "", b"404"),
            ("GET", f"/find/{TYPED}", "", b"404"),
            ("POST", f"/privacy?{QUERY}", f"words={TYPED}", b"405"),
        ]
        for _ in range(ROUNDS):
            for method, path, body, status in visits:
                answer = ask(port, method, path, body)
                assert answer.startswith(b"HTTP/1.1 " + status), (method, path, answer[:200])
                head = answer.partition(b"\r\n\r\n")[0].lower()
                assert b"set-cookie" not in head
                assert b"\nvary" not in head
    left = {file.name: file.read_bytes() for file in data.rglob("*") if file.is_file()}
    assert {"log", "shelf.sqlite"} <= set(left)
    for name, content in left.items():
        for canary in CANARIES:
            assert canary.encode() not in content, f"{canary} in {name}"
    assert b"Lapsit" in b"".join(left.values()), "the search of bytes does find"
