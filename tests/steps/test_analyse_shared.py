"""Several processes look through one recording, and any of them may be killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from tests.steps.test_analyse import STRETCHES, Reel, run

FORK = multiprocessing.get_context("fork")


def _worker(room: Path, notes: Path, pause: float) -> None:
    run(room, Reel(notes, lambda _: time.sleep(pause)))


def _killed_in(room: Path, notes: Path, stretch: str) -> None:
    def trouble(what: str) -> None:
        if what == stretch:
            os.kill(os.getpid(), signal.SIGKILL)

    run(room, Reel(notes, trouble))


def test_two_workers_share_one_film(room: Path, tmp_path: Path) -> None:
    notes = [tmp_path / "one", tmp_path / "other"]
    workers = [FORK.Process(target=_worker, args=(room, note, 0.3)) for note in notes]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    one, other = (Reel(note).asked for note in notes)
    assert sorted(one + other) == STRETCHES, "nothing twice, nothing left out"
    assert one
    assert other


@pytest.mark.parametrize("stretch", [STRETCHES[0], STRETCHES[3]])
def test_kill_9_loses_one_stretch_at_most(room: Path, notes: Path, stretch: str) -> None:
    worker = FORK.Process(target=_killed_in, args=(room, notes, stretch))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL
    done = Reel(notes).asked[:-1]
    later = Reel(notes.with_name("later"))
    found = run(room, later)
    assert done + later.asked == STRETCHES
    assert found == run(room.with_name("untouched"), Reel(notes.with_name("more")))
