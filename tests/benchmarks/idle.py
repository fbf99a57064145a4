"""What Storyshelf takes of a machine while nobody does anything: the memory of all that `deploy/start` runs.

    python -m tests.benchmarks.idle     some forty seconds

Every process has its proportional share (PSS) of what it holds together with others, so that the sum counts each page once.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.deliver.servers import free_port
from tests.benchmarks.measuring import line

LIMIT_MB = 250
"""Mebibytes of all processes together."""

_SETTLED_SECONDS = 25
"""After the servers answer: the worker has then looked for work twice."""

_NAMES = {"app.worker": "worker", "app.wsgi:public()": "families' server", "app.wsgi:staff()": "staff's server"}


def main() -> None:
    """Starts all of it on an empty shelf, waits, and adds up."""
    with TemporaryDirectory() as folder:
        ports = free_port(), free_port()
        own = {name: value for name, value in os.environ.items() if not name.startswith("STORYSHELF_")}
        settings = {
            "STORYSHELF_DATA": f"{folder}/data",
            "STORYSHELF_SECRET_KEY": secrets.token_hex(24),
            "STORYSHELF_PUBLIC_BIND": f"127.0.0.1:{ports[0]}",
            "STORYSHELF_STAFF_BIND": f"127.0.0.1:{ports[1]}",
        }
        command = [str(Path(sys.executable).with_name("storyshelf")), "serve"]
        with subprocess.Popen(command, env=own | settings, stdout=subprocess.PIPE, text=True) as process:
            try:
                _wait_until_it_says(process, "Ctrl-C ends it.")
                time.sleep(_SETTLED_SECONDS)
                _tell(process.pid)
            finally:
                process.terminate()


def _wait_until_it_says(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdout is not None
    for said in process.stdout:
        if words in said:
            return
    raise SystemExit("it does not come up")


def _tell(first: int) -> None:
    whole = 0.0
    for pid in _all_below(first):
        held = _share(pid) / 2**20
        command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        line(
            f"  {next((name for sign, name in _NAMES.items() if sign in command), 'watches over all')}",
            held,
            unit="MiB",
        )
        whole += held
    line("all processes at rest, no demo", whole, LIMIT_MB, "MiB")


def _all_below(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _all_below(int(child))


def _share(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(1024 * int(entry.split()[1]) for entry in lines if entry.startswith("Pss:"))


if __name__ == "__main__":
    main()
