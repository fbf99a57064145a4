"""The worker is stopped, by staff or at an end of its own, and keeps its place; there is one, and it calls nobody."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.db.kinds import RecordingState, StepName
from app.services import library, publish, shelf, work
from app.services.jobs import DbosJobs
from app.services.values import PrivateFolder
from app.worker import run_worker
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend
from tests.app.fake_pipeline import LARGE
from tests.app.lives import PACE, Death, Life
from tests.app.worker_child import dies, start, working
from tests.app.worker_seen import ended, finished, wait_for

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("what", ["unpublish", "cancel"])
def test_staff_stop_the_larger_sizes(backend: Backend, what: str) -> None:
    recording_id = backend.upload(b"large, slowly")
    life = Life(backend.settings.data, pipeline="trouble")
    with working(life):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
        backend.approved(recording_id)
        wait_for(lambda: life.marks[-1:] == ["begin render 1"] and backend.row(recording_id).permille > 300)
        (entry,) = shelf.entries(backend.db)
        assert entry.more_coming
        if what == "unpublish":
            publish.unpublish(backend.db, backend.settings, recording_id)
            assert list(backend.settings.public.iterdir()) == []
        else:
            library.cancel(backend.db, recording_id)
        ended(life, "tidied")
    state = backend.row(recording_id).state
    assert state is (RecordingState.UNPUBLISHED if what == "unpublish" else RecordingState.MORE_FAILED)
    assert len(shelf.entries(backend.db)) == (what == "cancel")
    assert PrivateFolder(backend.settings, recording_id).has_pieces == (what == "cancel")
    assert "end verify 1" not in life.marks
    assert life.remembered == ["True, then False"], "the film's pictures stay in the worker"


def test_work_of_another_version_is_begun_anew(backend: Backend) -> None:
    """What was begun before an upgrade whose steps are others is neither lost nor taken for the new one's."""
    recording_id = backend.upload(LARGE)
    older = Life(backend.settings.data, version="storyshelf-0")
    with working(older):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
        backend.approved(recording_id)
        assert finished(backend, recording_id) is RecordingState.PUBLISHED
    other = backend.upload(LARGE + b" of another day")
    dies(Life(older.data, Death(StepName.DETECT, "leaving"), version=older.version))
    with working(Life(older.data)):
        assert finished(backend, other) is RecordingState.TO_REVIEW
        assert backend.row(other).attempt == 2
        backend.approved(other)
        assert finished(backend, other) is RecordingState.PUBLISHED
    jobs = DbosJobs(backend.settings)
    assert jobs.look("analyse", other, 1) == (True, True)
    assert jobs.left_behind() == ()
    jobs.close()


def test_staff_stop_it_and_try_again(backend: Backend) -> None:
    recording_id = backend.upload(b"slow")
    with working(Life(backend.settings.data, pipeline="trouble")):
        wait_for(lambda: backend.row(recording_id).permille > 0)
        library.cancel(backend.db, recording_id)
        assert finished(backend, recording_id) is RecordingState.ANALYSIS_FAILED
        assert backend.row(recording_id).code == "cancelled"
        PrivateFolder(backend.settings, recording_id).original.write_bytes(b"quick")
        library.retry(backend.db, backend.settings, backend.jobs, recording_id)
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW


def test_told_to_end_it_keeps_its_place(backend: Backend) -> None:
    life = Life(backend.settings.data, pipeline="trouble")
    recording_id = backend.upload(b"slow")
    with working(life):
        wait_for(lambda: backend.row(recording_id).permille > 0)
    row = backend.row(recording_id)
    assert (row.state, row.code) == (RecordingState.ANALYSING, None)
    PrivateFolder(backend.settings, recording_id).original.write_bytes(b"slow".swapcase())
    with working(life):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
    assert life.marks.count("begin probe") == 1
    assert life.marks.count("begin detect") == 2


def test_work_removed_meanwhile_ends_quietly(backend: Backend) -> None:
    recording_id, other = backend.upload(), backend.upload(b"another")
    jobs = DbosJobs(backend.settings)
    for waiting in work.waiting(backend.db):
        jobs.analyse(waiting.recording_id, waiting.attempt)
    with backend.db.writing() as session:
        session.delete(session.merge(backend.row(recording_id)))
    with working(Life(backend.settings.data)):
        assert finished(backend, other) is RecordingState.TO_REVIEW
        wait_for(lambda: jobs.look("analyse", recording_id, 1) == (True, True))
    jobs.close()


def test_work_that_was_given_up_is_not_left_hanging(backend: Backend) -> None:
    recording_id = backend.upload()
    jobs = DbosJobs(backend.settings)
    jobs.analyse(recording_id, 1)
    jobs.close()
    rows = sqlite3.connect(backend.settings.data / "work.sqlite")
    rows.execute("UPDATE workflow_status SET status = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'")
    rows.commit()
    rows.close()
    with working(Life(backend.settings.data)):
        assert finished(backend, recording_id) is RecordingState.ANALYSIS_FAILED
    assert backend.row(recording_id).code == "unexpected"


def test_there_is_one_worker(backend: Backend) -> None:
    life = Life(backend.settings.data)
    recording_id = backend.upload()
    with working(life):
        finished(backend, recording_id)
        second = start(life)
        second.join(60)
        assert second.exitcode == 1
    assert life.log.read_text().count("already-running") == 1


def test_nothing_listens_and_nothing_calls(backend: Backend) -> None:
    recording_id = backend.upload()
    with working(Life(backend.settings.data)) as process:
        finished(backend, recording_id)
        assert process.pid is not None
        links = [str(path.readlink()) for path in Path(f"/proc/{process.pid}/fd").iterdir()]
        sockets = {link[8:-1] for link in links if link.startswith("socket:")}
        internet = set()
        for table in ("tcp", "tcp6", "udp", "udp6"):
            lines = Path(f"/proc/{process.pid}/net/{table}").read_text().splitlines()[1:]
            internet |= {line.split()[9] for line in lines}
        assert not sockets & internet


def test_variables_that_would_let_dbos_call_home_are_refused(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBOS__CLOUD", "true")
    with pytest.raises(Fault, match="settings-unfit"):
        run_worker(backend.settings, backend.pipeline, PACE)
    assert not (backend.settings.data / "work.sqlite").exists()


_WAITS_SHORTLY = """
import os, signal, threading, time
from app.worker.main import _stop_on_signals

ended = 0
for _ in range(20):
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        stopping = threading.Event()
        _stop_on_signals(stopping)
        os.write(tell, b"x")
        while not stopping.wait(0):
            pass
        os._exit(0)
    os.read(ready, 1)
    os.kill(child, signal.SIGTERM)
    end = time.monotonic() + 5
    while not (gone := os.waitpid(child, os.WNOHANG)[0]) and time.monotonic() < end:
        time.sleep(0.01)
    if not gone:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        break
    ended += 1
print(ended)
"""


def test_a_signal_at_any_moment_of_a_wait_ends_it() -> None:
    """A handler runs amid what the main thread is at, also while it holds the lock of what it waits for."""
    told = subprocess.run([sys.executable, "-c", _WAITS_SHORTLY], check=True, capture_output=True, text=True)
    assert told.stdout == "20\n"
