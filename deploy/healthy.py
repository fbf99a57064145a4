"""Whether the program of this container is well: asked by the container's healthcheck, and answered by the exit status.

A server is asked as anybody may ask it; the worker is well while its shelf knows that somebody works.
"""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

PORTS = {b"public": 8080, b"staff": 8081}
"""Where `deploy/compose.yaml` lets the two servers listen."""

_ANSWER_SECONDS = 10


def main(first: Path = Path("/proc/1/cmdline"), ports: Mapping[bytes, int] = PORTS) -> int:
    """0 when it is well, else 1. `first` tells the command that the container was started with."""
    command = first.read_bytes()
    port = next((port for name, port in ports.items() if name in command), None)
    if port is None:
        told = subprocess.run(["storyshelf", "jobs"], capture_output=True, timeout=25, check=False)  # noqa: S607 - our own
        return 0 if told.stdout.startswith(b"The worker runs.") else 1
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=_ANSWER_SECONDS) as answer:
            return 0 if answer.status == 200 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
