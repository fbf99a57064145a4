"""A program that ends by itself is started again, and none that keeps ending."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import servers
from app.cli.servers import MOST_RESTARTS, STEADY_SECONDS, Server, Servers
from media_pipeline.core.errors import Fault
from tests.app.backend import make_settings


@pytest.fixture
def watched(tmp_path: Path) -> Servers:
    """One program, which ends at once."""
    settings = make_settings(tmp_path)
    settings.make_folders()
    made = Servers(settings)
    made.servers = [Server("worker", [sys.executable, "-c", ""], None)]
    made._start(made.servers[0])
    return made


def ends(watched: Servers, clock: list[float], after: float) -> None:
    """The program ends that long after its start, and is seen to have ended."""
    process = watched.servers[0].process
    assert isinstance(process, subprocess.Popen)
    process.wait(30)
    clock[0] += after
    watched.pause(0)


def test_what_keeps_ending_is_given_up(watched: Servers) -> None:
    clock = [0.0]
    for _ in range(MOST_RESTARTS):
        ends(watched, clock, 1)
    with pytest.raises(Fault, match="tool-failed"):
        ends(watched, clock, 1)


def test_what_ran_for_long_is_not(watched: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a worker whose database was away for a while, now and then over the months."""
    clock = [servers.time.monotonic()]  # type: ignore[attr-defined]  # the module's own
    monkeypatch.setattr(servers.time, "monotonic", lambda: clock[0])  # type: ignore[attr-defined]  # the module's own
    for _ in range(3 * MOST_RESTARTS):
        ends(watched, clock, STEADY_SECONDS + 1)
    for _ in range(MOST_RESTARTS - 1):
        ends(watched, clock, 1)
    with pytest.raises(Fault, match="tool-failed"):
        ends(watched, clock, 1)
