"""The worker goes on where it was killed, with the same result; says why it could not; keeps no word it should not."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from app.db.models import RecordingState, StepName
from app.services import library, publish, review, work
from app.services.jobs import DbosJobs
from app.services.values import PrivateFolder
from app.worker import run_worker
from app.worker.workflows import ANALYSIS, PUBLICATION
from media_pipeline.core import canonical
from media_pipeline.core.errors import Fault
from media_pipeline.core.intervals import Interval
from media_pipeline.core.report import OutputFile
from tests.app.backend import Backend
from tests.app.worker_child import PACE, Death, Life, dies, start, working
from tests.films import barcode_film

pytestmark = pytest.mark.slow

DONE_WITHIN = 60.0
"""Seconds after which a test gives up; none of them is held to a time."""


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    shelf = Backend(tmp_path / "data")
    yield shelf
    shelf.db.close()


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + DONE_WITHIN
    while not what():
        assert time.monotonic() < end, "what was waited for did not come"
        time.sleep(0.05)


def finished(backend: Backend, recording_id: str) -> RecordingState:
    """Waits until the worker has brought a recording to an end, whatever that is."""
    busy = (RecordingState.UPLOADED, RecordingState.ANALYSING, RecordingState.PUBLISHING)
    wait_for(lambda: backend.row(recording_id).state not in busy)
    return backend.row(recording_id).state


def ended(life: Life, step: StepName) -> None:
    """Waits until a step has been taken to its end, and is the last one that was."""
    wait_for(lambda: life.marks[-1:] == [f"end {step}"])


def result(backend: Backend, recording_id: str) -> tuple[str, str, tuple[OutputFile, ...]]:
    """What a run brought: plan, report and every public byte."""
    (entry,) = publish.shelf(backend.db)
    folder = PrivateFolder(backend.settings, recording_id)
    assert publish.by_slug(backend.db, entry.slug) == entry
    return folder.plan().digest, canonical.digest(folder.report()), entry.files


def whole_road(backend: Backend, pipeline: str = "fake", film: bytes = b"a storytime") -> str:
    """A recording from upload to publication, by a worker that nothing happens to."""
    recording_id = backend.upload(film)
    with working(Life(backend.settings.data, pipeline=pipeline)):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
        backend.approved(recording_id)
        assert finished(backend, recording_id) is RecordingState.PUBLISHED
    return recording_id


def marks_of(steps: tuple[StepName, ...], tries: int) -> list[str]:
    """Each step begun `tries` times and ended once, before the next one begins."""
    return [mark for step in steps for mark in [f"begin {step}"] * tries + [f"end {step}"]]


def test_the_whole_road(backend: Backend) -> None:
    recording_id = whole_road(backend)
    assert Life(backend.settings.data).marks == marks_of(ANALYSIS, 1) + marks_of(PUBLICATION, 1)
    row = backend.row(recording_id)
    assert (row.length_ms, row.code, row.step) == (30_000, None, None)
    assert not PrivateFolder(backend.settings, recording_id).render.exists()


@pytest.mark.slow
def test_killed_in_every_step_it_goes_on_there_with_the_same_result(backend: Backend, tmp_path: Path) -> None:
    """Power goes as each step begins, and again when it is done but nobody has noted that yet."""
    life = Life(backend.settings.data)
    recording_id = backend.upload(b"a storytime")
    for step in ANALYSIS:
        dies(Life(life.data, Death(step, "entering")))
        dies(Life(life.data, Death(step, "leaving")))
    with working(life):
        ended(life, StepName.READY)
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
    assert life.marks == marks_of(ANALYSIS, 3)
    backend.approved(recording_id)
    for step in PUBLICATION:
        dies(Life(life.data, Death(step, "entering")))
        dies(Life(life.data, Death(step, "leaving")))
    with working(life):
        ended(life, StepName.PUBLISH)
        assert finished(backend, recording_id) is RecordingState.PUBLISHED
    assert life.marks == marks_of(ANALYSIS, 3) + marks_of(PUBLICATION, 3)

    untouched = Backend(tmp_path / "untouched")
    assert result(backend, recording_id) == result(untouched, whole_road(untouched))
    untouched.db.close()


@pytest.mark.parametrize(
    ("film", "state", "code", "tries"),
    [
        (b"refused", RecordingState.REFUSED, "truncated", 1),
        (b"hostile", RecordingState.REFUSED, "playlist", 0),
        (b"fault", RecordingState.ANALYSIS_FAILED, "tool-failed", 4),
        (b"unforeseen", RecordingState.ANALYSIS_FAILED, "unexpected", 4),
        (b"once", RecordingState.TO_REVIEW, None, 2),
    ],
)
def test_how_an_analysis_ends(
    backend: Backend, film: bytes, state: RecordingState, code: str | None, tries: int
) -> None:
    recording_id = backend.upload(film)
    with working(Life(backend.settings.data, pipeline="trouble")):
        assert finished(backend, recording_id) is state
    row, folder = backend.row(recording_id), PrivateFolder(backend.settings, recording_id).path
    assert row.code == code
    # A hostile file is destroyed at once; any other stays until staff remove it.
    assert folder.exists() == (tries > 0)
    assert (row.original_deleted_at is None) == (tries > 0)
    if tries:
        assert (folder / "tries").stat().st_size == tries


def test_what_is_not_proven_is_not_public(backend: Backend) -> None:
    recording_id = backend.upload(b"unproven")
    with working(Life(backend.settings.data, pipeline="trouble")):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
        backend.approved(recording_id)
        assert finished(backend, recording_id) is RecordingState.PROOF_FAILED
    assert backend.row(recording_id).code == "checks-failed"
    assert publish.shelf(backend.db) == ()
    assert list(backend.settings.public.iterdir()) == []
    assert not PrivateFolder(backend.settings, recording_id).render.exists()


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


MIDDLES = (StepName.DETECT, StepName.PREVIEW, StepName.RENDER, StepName.VERIFY)
"""Steps with so much to do that they tell of their progress."""


def real_road(backend: Backend, film: bytes, deaths: bool) -> str:
    """The whole road with the real pipeline, by workers that die in every step or by one that does not."""
    life = Life(backend.settings.data, pipeline="real")
    recording_id = backend.upload(film)
    for steps, before, after in (
        (ANALYSIS, RecordingState.UPLOADED, RecordingState.TO_REVIEW),
        (PUBLICATION, RecordingState.PUBLISHING, RecordingState.PUBLISHED),
    ):
        assert backend.row(recording_id).state is before
        for step in steps if deaths else ():
            for moment in ("entering", *(["middle"] if step in MIDDLES else []), "leaving"):
                dies(Life(life.data, Death(step, moment), "real"))
        with working(life):
            assert finished(backend, recording_id) is after
            ended(life, steps[-1])
        if after is RecordingState.TO_REVIEW:
            page = review.open_review(backend.db, backend.settings, recording_id)
            cut = Interval(Fraction(1), Fraction(2))
            review.save_edits(backend.db, backend.settings, recording_id, [cut], page.version)
            backend.approved(recording_id)
    return recording_id


@pytest.mark.full
def test_the_real_pipeline_killed_in_every_step(backend: Backend, tmp_path: Path) -> None:
    path = tmp_path / "barcode.mp4"
    barcode_film(path, frames=100)
    killed = real_road(backend, path.read_bytes(), deaths=True)
    untouched = Backend(tmp_path / "untouched")
    assert result(backend, killed) == result(untouched, real_road(untouched, path.read_bytes(), deaths=False))
    untouched.db.close()
    marks = Life(backend.settings.data).marks
    begun = {step: marks.count(f"begin {step}") for step in (*ANALYSIS, *PUBLICATION)}
    assert begun == {step: 4 if step in MIDDLES else 3 for step in begun if begun[step]}
