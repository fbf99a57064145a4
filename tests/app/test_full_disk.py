"""A disk that is full at an upload, at each step of the worker, and at a takedown: nothing is lost, and it goes on by itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.db.kinds import StepName
from app.worker.route import Stop
from app.worker.workflows import ANALYSIS
from tests.app.kills import SIZES
from tests.app.worker_seen import way

pytestmark = pytest.mark.slow

BYTES = 24 << 20

STOPS = [*way(*ANALYSIS), *way(sizes=SIZES)]
USUAL = [(StepName.DETECT, 0)]


def on_a_small_disk(tmp_path: Path, *words: str) -> str:
    """Does it where a disk of its own is mounted; returns what it said."""
    place, notes = tmp_path / "small", tmp_path / "notes"
    place.mkdir()
    notes.mkdir()
    mounted = ["bwrap", "--dev-bind", "/", "/", "--size", str(BYTES), "--tmpfs", str(place), "--die-with-parent", "--"]
    done = subprocess.run(
        [*mounted, sys.executable, "-m", "tests.app.small_disk", place, notes, *words],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    log = notes / "log"
    assert done.returncode == 0, done.stderr + (log.read_text() if log.exists() else "")
    assert done.stdout.endswith("nothing is lost\n")
    return done.stdout


@pytest.mark.parametrize(
    "at",
    [pytest.param(at, marks=() if at in USUAL else pytest.mark.full, id="-".join(map(str, at))) for at in STOPS],
)
def test_the_worker_goes_on(tmp_path: Path, at: Stop) -> None:
    step, number = at
    print(on_a_small_disk(tmp_path, step.value, str(number)))


@pytest.mark.parametrize("what", ["upload", "takedown", "start"])
def test_whoever_else_writes_goes_on(tmp_path: Path, what: str) -> None:
    on_a_small_disk(tmp_path, what)
