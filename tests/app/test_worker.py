"""The worker goes on where it was killed, with the same result; says why it could not; keeps no word it should not."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import pytest

from app.db.engine import now
from app.db.models import RecordingState, StepName
from app.services import files, library, publish, retention, review, shelf, work
from app.services.jobs import DbosJobs
from app.services.sizes import parts
from app.services.states import WORKING
from app.services.values import PrivateFolder
from app.worker import run_worker
from app.worker.route import Stop, publication
from app.worker.workflows import ANALYSIS
from media_pipeline.core import canonical
from media_pipeline.core.errors import Fault
from media_pipeline.core.intervals import Interval
from media_pipeline.core.playlists import known_names, output_names
from media_pipeline.core.report import OutputFile
from tests.app.backend import Backend
from tests.app.fake_pipeline import LARGE
from tests.app.worker_child import PACE, Death, Life, dies, name_of, start, working
from tests.films import barcode_film

pytestmark = pytest.mark.slow

DONE_WITHIN = 300.0
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
    wait_for(lambda: backend.row(recording_id).state not in WORKING)
    return backend.row(recording_id).state


def ended(life: Life, mark: str) -> None:
    """Waits until a step has been taken to its end, and is the last one that was."""
    wait_for(lambda: life.marks[-1:] == [mark])


def result(backend: Backend, recording_id: str) -> tuple[str, list[str], tuple[OutputFile, ...]]:
    """What a run brought: plan, reports and every public byte."""
    (entry,) = shelf.entries(backend.db)
    folder = PrivateFolder(backend.settings, recording_id)
    assert shelf.by_slug(backend.db, entry.slug) == entry
    assert not entry.more_coming
    public = backend.settings.public / entry.publication_id
    assert files.names_below(public) == {file.name for file in entry.files}
    assert all(files.sha256_of(public / file.name) == file.sha256 for file in entry.files)
    assert not folder.has_pieces
    reports = [canonical.digest(folder.report(part)) for part in parts(folder.plan())]
    return folder.plan().digest, reports, entry.files


def whole_road(backend: Backend, pipeline: str = "fake", film: bytes = b"a storytime") -> str:
    """A recording from upload to publication, by a worker that nothing happens to."""
    recording_id = backend.upload(film)
    life = Life(backend.settings.data, pipeline=pipeline)
    with working(life):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
        backend.approved(recording_id)
        assert finished(backend, recording_id) is RecordingState.PUBLISHED
        ended(life, "tidied")
    return recording_id


def way(*steps: StepName, sizes: int = 0) -> tuple[Stop, ...]:
    """Steps of an analysis, or all of a publication in some sizes."""
    return tuple((step, 0) for step in steps) or ((StepName.PLAN, 0), *publication(sizes))


def marks_of(stops: tuple[Stop, ...], tries: int) -> list[str]:
    """Each step begun `tries` times and ended once, before the next one begins."""
    names = [name_of(*stop) for stop in stops]
    return [mark for name in names for mark in [f"begin {name}"] * tries + [f"end {name}"]]


def test_the_whole_road(backend: Backend) -> None:
    recording_id = whole_road(backend)
    marks = marks_of(way(*ANALYSIS), 1) + marks_of(way(sizes=1), 1)
    assert Life(backend.settings.data).marks == [*marks, "tidied"]
    row = backend.row(recording_id)
    assert (row.length_ms, row.code, row.step) == (30_000, None, None)
    assert not PrivateFolder(backend.settings, recording_id).has_pieces


@pytest.mark.parametrize("film", [b"sound of a storytime", LARGE])
def test_the_whole_road_of_a_film_of_no_size_and_of_three(backend: Backend, film: bytes) -> None:
    recording_id = backend.upload(film)
    with working(Life(backend.settings.data)):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
        if film is LARGE:
            backend.approved(recording_id)
        else:
            backend.approved_by_ear(recording_id)
        assert finished(backend, recording_id) is RecordingState.PUBLISHED
        ended(Life(backend.settings.data), "tidied")
    _, reports, public = result(backend, recording_id)
    assert len(reports) == (3 if film is LARGE else 1)
    assert {file.name for file in public} == known_names(PrivateFolder(backend.settings, recording_id).plan())


def test_killed_in_every_step_it_goes_on_there_with_the_same_result(backend: Backend, tmp_path: Path) -> None:
    """Power goes as each step begins, and again when it is done but nobody has noted that yet."""
    life = Life(backend.settings.data)
    recording_id = backend.upload(LARGE)
    for step in ANALYSIS:
        dies(Life(life.data, Death(step, "entering")))
        dies(Life(life.data, Death(step, "leaving")))
    with working(life):
        ended(life, "end ready")
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
    assert life.marks == marks_of(way(*ANALYSIS), 3)
    backend.approved(recording_id)
    public_after = []
    for step, number in way(sizes=3):
        dies(Life(life.data, Death(step, "entering", number)))
        dies(Life(life.data, Death(step, "leaving", number)))
        public_after.append(sum(len(entry.files) for entry in shelf.entries(backend.db)))
    dies(Life(life.data, Death("tidy", "entering")))
    dies(Life(life.data, Death("tidy", "leaving")))
    with working(life):
        ended(life, "tidied")
        assert finished(backend, recording_id) is RecordingState.PUBLISHED
    assert life.marks == [*marks_of(way(*ANALYSIS), 3), *marks_of(way(sizes=3), 3), "tidied"]
    sizes = parts(PrivateFolder(backend.settings, recording_id).plan())
    one, two, three = accumulate(len(output_names(part)) for part in sizes)
    # plan and four steps of the smallest size; then the others are made, and published one by one
    assert public_after == [0, 0, 0, 0, one, one, one, one, two, two, two, three]
    untouched = Backend(tmp_path / "untouched")
    other = whole_road(untouched, film=LARGE)
    assert result(backend, recording_id) == result(untouched, other)
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
    assert shelf.entries(backend.db) == ()
    assert list(backend.settings.public.iterdir()) == []
    assert not PrivateFolder(backend.settings, recording_id).has_pieces


def test_what_only_the_larger_picture_shows_takes_all_of_it_down(backend: Backend) -> None:
    recording_id = backend.upload(b"large, unproven above")
    life = Life(backend.settings.data, pipeline="trouble")
    with working(life):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
        approval_id = backend.approved(recording_id)
        assert finished(backend, recording_id) is RecordingState.PROOF_FAILED
        ended(life, "tidied")
    assert "end publish 1" in life.marks  # two sizes were public
    row = backend.row(recording_id)
    assert (row.code, row.withdrawn_at) == ("checks-failed", row.state_at)
    assert shelf.entries(backend.db) == ()
    assert publish.begun(backend.db, approval_id)
    assert list(backend.settings.public.iterdir()) == []
    assert not PrivateFolder(backend.settings, recording_id).has_pieces
    (broken,) = library.broken_checks(backend.settings, recording_id)
    assert broken.height == 720


@pytest.mark.parametrize(("film", "code", "tries"), [(b"chunk", "chunk-failed", 1), (b"disk", "disk-full", 4)])
def test_a_fault_leaves_what_is_public_and_is_tried_again_from_there(
    backend: Backend, film: bytes, code: str, tries: int
) -> None:
    recording_id = backend.upload(b"large faulty " + film)
    folder = PrivateFolder(backend.settings, recording_id)
    life = Life(backend.settings.data, pipeline="trouble")
    with working(life):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
        backend.approved(recording_id)
        assert finished(backend, recording_id) is RecordingState.MORE_FAILED
        ended(life, "tidied")
        assert backend.row(recording_id).code == code
        assert (folder.path / "renders").stat().st_size == tries
        (entry,) = shelf.entries(backend.db)
        assert not entry.more_coming
        assert folder.has_pieces
        before = {path: path.stat().st_mtime_ns for path in folder.render.rglob("*") if path.is_file()}
        proven = (folder.path / "values" / "report-360.json").stat().st_mtime_ns
        retention.sweep(backend.db, backend.settings, backend.store, now())
        folder.original.write_bytes(b"large")
        library.retry(backend.db, backend.settings, backend.jobs, recording_id)
        assert finished(backend, recording_id) is RecordingState.PUBLISHED
        assert (folder.path / "values" / "report-360.json").stat().st_mtime_ns == proven
        assert before.keys() == {folder.render / file.name for file in entry.files}
    (grown,) = shelf.entries(backend.db)
    assert grown.slug == entry.slug
    assert set(entry.files) < set(grown.files)


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


MIDDLES = (StepName.DETECT, StepName.PREVIEW, StepName.RENDER, StepName.VERIFY)
"""Steps with so much to do that they tell of their progress."""


def real_road(backend: Backend, film: bytes, deaths: bool) -> str:
    """The whole road with the real pipeline, by workers that die in every step or by one that does not."""
    life = Life(backend.settings.data, pipeline="real")
    recording_id = backend.upload(film)
    for stops, before, after, mark in (
        (way(*ANALYSIS), RecordingState.UPLOADED, RecordingState.TO_REVIEW, "end ready"),
        (way(sizes=2), RecordingState.PUBLISHING, RecordingState.PUBLISHED, "tidied"),
    ):
        assert backend.row(recording_id).state is before
        for step, number in stops if deaths else ():
            for moment in ("entering", *(["middle"] if step in MIDDLES else []), "leaving"):
                dies(Life(life.data, Death(step, moment, number), "real"))
        with working(life):
            assert finished(backend, recording_id) is after
            ended(life, mark)
        if after is RecordingState.TO_REVIEW:
            cut_and_approve(backend, recording_id)
    return recording_id


def cut_and_approve(backend: Backend, recording_id: str) -> None:
    page = review.open_review(backend.db, backend.settings, recording_id)
    cut = Interval(Fraction(1), Fraction(2))
    review.save_edits(backend.db, backend.settings, recording_id, [cut], page.version)
    backend.approved(recording_id)


@pytest.mark.full
def test_the_real_pipeline_killed_in_every_step(backend: Backend, tmp_path: Path) -> None:
    path = tmp_path / "barcode.mp4"
    barcode_film(path, frames=100, size=(640, 480))
    killed = real_road(backend, path.read_bytes(), deaths=True)
    untouched = Backend(tmp_path / "untouched")
    assert result(backend, killed) == result(untouched, real_road(untouched, path.read_bytes(), deaths=False))
    untouched.db.close()
    marks = Life(backend.settings.data).marks
    begun = {stop: marks.count(f"begin {name_of(*stop)}") for stop in (*way(*ANALYSIS), *way(sizes=2))}
    assert begun == {(step, number): 4 if step in MIDDLES else 3 for step, number in begun}


def test_a_killed_worker_loses_at_most_one_chunk(backend: Backend, tmp_path: Path) -> None:
    """What was whole on the disk when the power went is there afterwards, untouched, and used."""
    path = tmp_path / "barcode.mp4"
    barcode_film(path, frames=180, size=(640, 480))
    life = Life(backend.settings.data, pipeline="chunks")
    recording_id = backend.upload(path.read_bytes())
    room = PrivateFolder(backend.settings, recording_id).making
    with working(life):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
    cut_and_approve(backend, recording_id)

    def whole() -> dict[str, tuple[int, int]]:
        found = {}
        for chunk in room.glob("*-*.mp4"):
            with suppress(FileNotFoundError):  # joined this moment
                found[chunk.name] = (chunk.stat().st_ino, chunk.stat().st_mtime_ns)
        return found

    dies(Life(life.data, Death(StepName.RENDER, "chunks", 0), "chunks"))
    first = whole()
    assert len(first) >= 2
    dies(Life(life.data, Death(StepName.RENDER, "chunks", 1), "chunks"))
    second = whole()
    assert len(second) >= 2
    assert not first.keys() & second.keys()  # the smallest is joined, its chunks are gone
    kept = {}

    def looked() -> bool:
        kept.update({name: where for name, where in whole().items() if name in second})
        return life.marks[-1] == "tidied"

    with working(life):
        wait_for(looked)
        assert finished(backend, recording_id) is RecordingState.PUBLISHED
    assert kept == second
    result(backend, recording_id)
