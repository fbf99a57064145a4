"""How long after a takedown anything of a storytime is still served anew, while fifty people watch it.

    python -m tests.benchmarks.takedown       a minute

Each viewer asks for one stretch after the other, as players do; an answer that had begun may end. Besides, every address that the
storytime ever had is asked for again and again: pages in both languages, feeds, search, sitemap, and each of its files. On the
disk, and with an S3 store (moto, in this process).
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from app.db.engine import now
from app.db.models import Approval
from app.services import publish, shelf
from app.services.library import Details
from app.services.shelf import Entry
from app.stores import open_store
from app.web.public.tongue import TONGUES, prefix
from tests.app.backend import Backend
from tests.app.web.stories import told
from tests.benchmarks.deliver.servers import ours
from tests.s3_server import s3_server

LIMIT = 5.0
"""Seconds after a takedown in which it may still be served."""

VIEWERS, STRETCH, PACE = 50, 64 << 10, 200_000
"""People, bytes that each asks for at a time, bytes a second that each reads."""

AFTER = 8.0
"""Seconds of watching after the takedown."""

FILM = 8 << 20


@dataclass
class Watch:
    """What is served, and when."""

    entry: Entry
    port: int
    ends: threading.Event = field(default_factory=threading.Event)
    served: dict[str, float] = field(default_factory=dict)
    """When each address was last answered with something of it."""
    answers: int = 0
    rounds: int = 0
    """How often every address was asked for."""

    def view(self) -> None:
        """One person's player."""
        path, start = f"/media/{self.entry.publication_id}/video.mp4", 0
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as one:
            while not self.ends.is_set():
                self._ask(one, path, {"Range": f"bytes={start}-{start + STRETCH - 1}"})
                start = (start + STRETCH) % (FILM - STRETCH)
                self.ends.wait(STRETCH / PACE)

    def walk(self) -> None:
        """Every address, round and round."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as one:
            while not self.ends.is_set():
                for path in addresses(self.entry):
                    self._ask(one, path, {})
                self.rounds += 1

    def _ask(self, one: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> None:
        one.request("GET", path, headers=headers)
        asked = time.monotonic()
        with one.getresponse() as answer:
            body = answer.read()
        self.answers += 1
        listed = path.startswith(("/s/", "/es/s/", "/media/")) or self.entry.slug.encode() in body
        if answer.status in (200, 206) and listed:
            self.served[path] = asked


def addresses(entry: Entry) -> Iterator[str]:
    """All that ever led to it."""
    for tag in TONGUES:
        for page in ("", "/transcript", "/flyer", "/code.svg"):
            yield f"{prefix(tag)}/s/{entry.slug}{page}"
        yield from (f"{prefix(tag)}{path}" for path in ("/", "/feeds/video.xml", "/feeds/sound.xml"))
    yield "/sitemap.xml"
    yield from (f"/media/{entry.publication_id}/{file.name}" for file in entry.files if file.name != "video.mp4")


def measure(name: str, backend: Backend, more: dict[str, str]) -> None:
    """Prints it for one store."""
    entry = told(backend, Details("Bears"), minutes=10, captions=True, bodies={"video.mp4": b"\x5a" * FILM})
    if backend.settings.store != "disk":
        open_store(backend.settings).keep(f"{backend.settings.public.name}/{entry.publication_id}")
    recording_id = shelf.recording_at(backend.db, entry.slug)
    assert recording_id is not None
    _approve(backend, recording_id, entry)
    with ours(backend, "public", more=more) as serving:
        watching = Watch(entry, serving.port)
        people = [threading.Thread(target=watching.view) for _ in range(VIEWERS)]
        people.append(threading.Thread(target=watching.walk))
        for person in people:
            person.start()
        while watching.rounds < 1:
            time.sleep(0.1)
        before, begun = len(watching.served), time.monotonic()
        publish.unpublish(backend.db, backend.settings, recording_id)
        taken = time.monotonic()
        time.sleep(AFTER)
        watching.ends.set()
        for person in people:
            person.join()
    last = max(watching.served.values()) - begun
    left = open_store(backend.settings).anything(f"{backend.settings.public.name}/{entry.publication_id}")
    print(
        f"{name}: {max(last, 0):.2f} s until nothing was served anew (at most {LIMIT:.0f}: {'yes' if last <= LIMIT else 'NO'})"
    )
    print(
        f"  {before} addresses answered before, {watching.answers} answers in all, bytes gone in {taken - begun:.2f} s: {not left}"
    )


def _approve(backend: Backend, recording_id: str, entry: Entry) -> None:
    """What was told of was approved by nobody, and a takedown goes by what was approved."""
    with backend.db.writing() as session:
        session.add(
            Approval(
                recording_id=recording_id,
                role="staff",
                proposal_digest="",
                edits_digest="",
                decision_json="{}",
                publication_id=entry.publication_id,
                at=now(),
            )
        )


def main() -> None:
    """Both stores."""
    with TemporaryDirectory() as folder:
        backend = Backend(Path(folder) / "disk")
        measure("Disk", backend, {})
        backend.db.close()
        with s3_server() as server:
            bucket = server.with_bucket(versioned=True)
            settings = bucket.settings()
            backend = Backend(Path(folder) / "s3", **settings)
            measure("S3", backend, {f"STORYSHELF_{name.upper()}": str(value) for name, value in settings.items()})
            backend.db.close()


if __name__ == "__main__":
    main()
