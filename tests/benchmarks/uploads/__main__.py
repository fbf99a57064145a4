"""How fast a recording comes in, against tus's own server in Node.js, with the same client on loopback.

    python -m tests.benchmarks.uploads            a minute: 1 GB to each by turns, three times
    python -m tests.benchmarks.uploads --costs    also what waiting for the disk and hashing cost

Ours waits until the disk has every byte before it acknowledges it, knows the whole file's SHA-256 when it acknowledges the last one, and
has moved the recording to its place; `@tus/server` does none of these. Everything that is still to be written is written between turns,
so that nobody pays for another's; how long that takes is told too.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from app.services import library
from tests.app.backend import Backend
from tests.app.web.desk import StaffBrowser, staff_app
from tests.benchmarks.deliver.servers import Serving, free_port, ours, running
from tests.benchmarks.measuring import line
from tests.benchmarks.uploads.sending import Sent, send

HERE = Path(__file__).parent

LEAST = 1.0
"""Speed of ours, as a multiple of theirs."""

TURNS = 3
SIZE = 10**9


@dataclass
class Runner:
    """A server that is sent the same file again and again."""

    name: str
    serving: Serving
    headers: Mapping[str, str]
    after: Callable[[], None]
    """Removes what came."""
    sent: list[Sent] = field(default_factory=list)

    @property
    def best(self) -> float:
        """Seconds of its fastest turn."""
        return min(one.seconds for one in self.sent)

    def turn(self, film: Path) -> None:
        """Sends it once more, to a disk that has nothing else to do."""
        os.sync()
        busy = self.busy()
        self.sent.append(send(self.serving.port, film, self.headers))
        busy, begun = self.busy() - busy, time.monotonic()
        os.sync()
        one, written = self.sent[-1], time.monotonic() - begun
        rate = film.stat().st_size / one.seconds / 1e6
        print(
            f"    {self.name:<16} {rate:5.0f} MB/s with {busy:.2f} s of the processor, "
            f"its last chunk {one.last:.2f} s, on the disk {written:.2f} s later",
            flush=True,
        )
        self.after()

    def busy(self) -> float:
        """Seconds that its processes have had of the processor."""
        return sum(_busy(pid) for pid in _all_below(self.serving.process.pid))

    def peak(self) -> int:
        """Bytes that its processes held at most, each at its own time."""
        return sum(_peak(pid) for pid in _all_below(self.serving.process.pid))


@contextmanager
def our_staff(folder: Path, film_hash: str, name: str = "ours", served: str | None = None) -> Iterator[Runner]:
    """Our server for staff, as it is deployed, with somebody signed in."""
    backend = Backend(folder)
    ann = StaffBrowser(backend, staff_app(backend))
    cookie = ann.client.get_cookie("storyshelf")
    assert cookie is not None
    headers = {"Cookie": f"storyshelf={cookie.value}", "X-CSRFToken": ann.csrf}

    def forget() -> None:
        newest = max(library.recordings(backend.db), key=lambda one: one.created_at)
        if served is None and newest.sha256 != film_hash:
            raise SystemExit("what came is not what was sent")
        shutil.rmtree(backend.settings.private / newest.id)

    with ours(backend, "staff", served=served) as serving:
        yield Runner(name, serving, headers, forget)
    backend.db.close()


@contextmanager
def peer(folder: Path) -> Iterator[Runner]:
    """tus's own server."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise SystemExit("Node.js is missing, which ours is measured against: apt-get install nodejs npm")
    if not (HERE / "node_modules").is_dir():
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=HERE, check=True)
    folder.mkdir()
    port = free_port()

    def forget() -> None:
        for path in folder.iterdir():
            path.unlink()

    with running([node, str(HERE / "peer.mjs"), str(folder), str(port)], port, dict(os.environ)) as serving:
        yield Runner("@tus/server", serving, {}, forget)


def main() -> None:
    """Everything."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.uploads")
    options.add_argument("--costs", action="store_true", help="also measure ours without what it promises")
    options.add_argument("--turns", type=int, default=TURNS)
    options.add_argument("--size", type=int, default=SIZE, help="bytes")
    asked = options.parse_args()
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        film = folder / "film"
        film_hash = _make(film, asked.size)
        mine = stack.enter_context(our_staff(folder / "ours", film_hash))
        theirs = stack.enter_context(peer(folder / "peer"))
        runners = [mine, theirs]
        if asked.costs:
            for less in ("unsynced", "unhashed", "neither"):
                runners.append(
                    stack.enter_context(
                        our_staff(folder / less, "", f"ours, {less}", f"tests.benchmarks.uploads.without:{less}()")
                    )
                )
        for turn in range(asked.turns):
            print(f"turn {turn + 1}", flush=True)
            for runner in runners if turn % 2 == 0 else reversed(runners):
                runner.turn(film)
        for runner in runners:
            line(f"{runner.name}: best turn", asked.size / runner.best / 1e6, unit="MB/s")
            line("    median", asked.size / statistics.median(one.seconds for one in runner.sent) / 1e6, unit="MB/s")
            line("    most memory", runner.peak() / 2**20, unit="MiB")
        line("speed, ours / @tus/server", theirs.best / mine.best, least=LEAST)


def _make(film: Path, size: int) -> str:
    """Writes bytes that nothing compresses; returns their SHA-256."""
    source, hashing = random.Random(7), sha256()
    with film.open("wb") as file:
        while left := size - file.tell():
            block = source.randbytes(min(1 << 20, left))
            hashing.update(block)
            file.write(block)
    return hashing.hexdigest()


def _all_below(pid: int) -> Iterator[int]:
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from _all_below(int(child))


def _busy(pid: int) -> float:
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(1024 * int(one.split()[1]) for one in lines if one.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
