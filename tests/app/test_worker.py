"""The worker goes on where it was killed, with the same result; says why it could not; keeps no word it should not."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState
from app.services import library, publish, retention, shelf
from app.services.sizes import parts
from app.services.values import PrivateFolder
from app.worker.workflows import ANALYSIS
from media_pipeline.core.playlists import known_names, output_names
from tests.app.backend import Backend
from tests.app.fake_pipeline import LARGE
from tests.app.lives import Death, Life
from tests.app.worker_child import dies, working
from tests.app.worker_seen import ended, finished, marks_of, result, wait_for, way, whole_road

pytestmark = pytest.mark.slow


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
        # put away a moment after staff can read of it
        wait_for(lambda: not PrivateFolder(backend.settings, recording_id).has_pieces)
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
        wait_for(lambda: life.remembered == ["True, then False"])
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
