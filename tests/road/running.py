"""The command as people run it: a process with an exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from media_pipeline.core.intervals import Interval


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    said: str
    """Standard error: sentences for people."""

    printed: str
    """Standard output."""


def storyshelf(*arguments: str | Path, folder: Path | None = None) -> Ran:
    """Runs `storyshelf` with no setting but the defaults."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STORYSHELF_")}
    command = [sys.executable, "-W", "error", "-c", "from app.cli import main; main()", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, timeout=600)
    return Ran(done.returncode, done.stderr, done.stdout)


def write_cuts(path: Path, cuts: Sequence[Interval]) -> Path:
    """An edits file, in decimal seconds as people write them."""
    rows = [{"action": "cut", "start": _decimal(cut.start), "end": _decimal(cut.end)} for cut in cuts]
    path.write_text(json.dumps({"edits": rows}))
    return path


def _decimal(moment: Fraction) -> float:
    return round(float(moment), 6)
