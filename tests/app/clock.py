"""A clock that is moved while programs run: by the seconds that a file holds, for whoever reads that file."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.db import engine


def follow(file: Path, patch: pytest.MonkeyPatch) -> None:
    """From now on this process has that clock. What only goes on, `time.monotonic`, stays as it is, as it does on a machine."""
    real_time, real_now = time.time, engine.now

    def now() -> datetime:
        return real_now() + timedelta(seconds=moved(file))

    patch.setattr(time, "time", lambda: real_time() + moved(file))
    for module in [*sys.modules.values()]:
        if getattr(module, "now", None) is real_now:
            patch.setattr(module, "now", now)


def move(file: Path, by: timedelta) -> None:
    """For everybody who follows that file."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(str(by.total_seconds()))
    new.replace(file)


def moved(file: Path) -> float:
    """Seconds by which it is ahead."""
    return float(file.read_text()) if file.exists() else 0.0
