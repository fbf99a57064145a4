"""How films leave for families, against nginx with the same files.

    python -m tests.benchmarks.deliver               some three minutes
    python -m tests.benchmarks.deliver --threads 32  what fewer threads would do to slow viewers

Everything is on loopback: ratios count, not speeds. Single streams are taken by turns, and the median of each is compared: the
best of a few is a throw of dice where two processors share a memory. A slow viewer reads 100 kB a second and takes in 32 kB beforehand.
"""

from __future__ import annotations

import argparse
import os
import time
from base64 import b64encode
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from app.services.library import Details
from app.web.media import MOST
from tests.app.backend import Backend
from tests.app.web.desk import StaffBrowser, staff_app
from tests.app.web.stories import told
from tests.benchmarks.deliver.servers import Serving, nginx, nginx_command, ours
from tests.benchmarks.deliver.viewers import fetch, upload, watch
from tests.benchmarks.measuring import line

FILM = 512 << 20
"""Bytes of the film: half an hour at 2.3 Mbit/s."""

SOME = 128 << 20
"""Bytes that are read of it range after range."""

PART = 32 << 20
"""Bytes of an upload that are timed."""

PACE = 100_000
TURNS = 9


@dataclass(frozen=True)
class Stage:
    """All that is measured."""

    public: Serving
    staff: Serving
    peer: Serving
    film: str
    """Its path at ours."""
    same: str
    """Its path at nginx."""


def single_stream(stage: Stage) -> None:
    """One who reads as fast as it comes."""
    for what, size, step, pace, least in (
        ("the whole film", FILM, 0, 0, 0.95),
        ("range after range, 1 Gbit/s", SOME, MOST, 125_000_000, 0.95),
        ("range after range, no line between", SOME, MOST, 0, None),
    ):
        mine, theirs = [], []
        for _ in range(TURNS if pace else 3 * TURNS):
            mine.append(fetch(stage.public.port, stage.film, size, step, pace))
            theirs.append(fetch(stage.peer.port, stage.same, size, step, pace))
        line(f"single stream, {what}: ours / nginx", median(theirs) / median(mine), least=least)
        line("    ours", size / median(mine) / 1e6, unit="MB/s")


def slow_viewers(stage: Stage, count: int, seconds: float, *, ranges: bool) -> None:
    """Many who read slowly, at ours and then at nginx."""
    what = f"{count} slow {'viewers, open ranges' if ranges else 'downloads'}"
    waiting = watch(stage.public.port, stage.film, count, seconds, PACE, ranges=ranges)
    time.sleep(seconds / 2)
    begun = time.monotonic()
    with urlopen(f"http://127.0.0.1:{stage.public.port}/", timeout=60) as page:
        page.read()
    shelf = time.monotonic() - begun
    mine = waiting()
    theirs = watch(stage.peer.port, stage.same, count, seconds, PACE, ranges=ranges)()
    line(f"{what}: without a head", mine.headless, 0, "viewers")
    line(f"{what}: starved", mine.starved, 0, "viewers")
    line(f"{what}: bytes that came, ours / nginx", mine.carried / max(1, theirs.carried), least=0.95)
    line("    the last head, ours", mine.slowest, unit="s")
    line("    the last head, nginx", theirs.slowest, unit="s")
    line("    the shelf's page meanwhile", shelf, unit="s")
    if theirs.headless or theirs.starved:
        print(f"    (nginx itself: {theirs.headless} without a head, {theirs.starved} starved)")


def uploads(stage: Stage, ann: StaffBrowser, seconds: float) -> None:
    """A recording comes in alone, and while 200 watch; by turns, since disks have moods."""
    cookie = ann.client.get_cookie("storyshelf")
    assert cookie is not None
    body = os.urandom(PART)
    headers = {"Cookie": f"storyshelf={cookie.value}", "X-CSRFToken": ann.csrf, "Tus-Resumable": "1.0.0"}
    named = {"Upload-Metadata": f"filename {b64encode(b'film.mp4').decode()}", "Upload-Length": str(1 << 34)}
    path = ann.send("POST", "/uploads", headers={"Tus-Resumable": "1.0.0", **named}).headers["Location"]
    headers |= {"Content-Type": "application/offset+octet-stream", "Accept": "application/json"}
    offset, idle, busy = 0, list[float](), list[float]()
    for _ in range(3):
        for times, watched in ((idle, False), (busy, True)):
            seen = watch(stage.public.port, stage.film, 200, seconds, PACE, ranges=True) if watched else None
            time.sleep(2 if watched else 0)
            for _ in range(3):
                times.append(upload(stage.staff.port, path, headers, offset, body))
                offset += len(body)
            if seen is not None:
                seen()
    line("a staff upload while 200 watch / alone, speed", min(idle) / min(busy), least=0.8)
    line("    alone", PART / min(idle) / 1e6, unit="MB/s")


def memory(stage: Stage, seconds: float) -> None:
    """What 500 viewers leave behind, and what 500 more add to it; the first ones find a server that is not warm."""

    def after() -> int:
        watch(stage.public.port, stage.film, 500, seconds, PACE, ranges=True)()
        return stage.public.memory()

    _, first, second = after(), after(), after()
    line("memory after 500 viewers / after 500 before them", second / first, 1.05)
    line("    the families' server holds", second / 1e6, unit="MB")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=float, default=15, help="how long slow viewers watch")
    asked.add_argument("--threads", type=int, help="other than as deployed")
    chosen = asked.parse_args()
    nginx_command()
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        backend = Backend(folder / "data")
        stack.callback(backend.db.close)
        entry = told(backend, Details("Bears"), bodies={"video.mp4": os.urandom(FILM)})
        ann = StaffBrowser(backend, staff_app(backend))
        folder.chmod(0o755)  # nginx's worker is somebody else when root starts it
        same = folder / "same"
        same.mkdir()
        os.link(backend.settings.public / entry.publication_id / "video.mp4", same / "video.mp4")
        (same / "video.mp4").chmod(0o644)
        stage = Stage(
            stack.enter_context(ours(backend, "public", chosen.threads)),
            stack.enter_context(ours(backend, "staff")),
            stack.enter_context(nginx(folder, same)),
            f"/media/{entry.publication_id}/video.mp4",
            "/video.mp4",
        )
        line("    memory of the families' server before anybody came", stage.public.memory() / 1e6, unit="MB")
        single_stream(stage)
        slow_viewers(stage, 200, chosen.seconds, ranges=True)
        slow_viewers(stage, 500, chosen.seconds, ranges=True)
        slow_viewers(stage, 200, chosen.seconds, ranges=False)
        uploads(stage, ann, chosen.seconds)
        memory(stage, chosen.seconds)


if __name__ == "__main__":
    main()
