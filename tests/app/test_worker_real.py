"""The worker with the real pipeline, killed in the midst of its work."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from app.db.kinds import RecordingState, StepName
from app.services import editing
from app.services.opened import open_review
from app.services.values import PrivateFolder
from app.worker.workflows import ANALYSIS
from media_pipeline.core.edits import Action, Edit
from media_pipeline.core.intervals import Interval
from tests.app.backend import Backend
from tests.app.lives import Death, Life
from tests.app.worker_child import dies, name_of, working
from tests.app.worker_seen import ended, finished, life_of, result, wait_for, way
from tests.films import barcode_film

pytestmark = pytest.mark.slow

MIDDLES = (StepName.DETECT, StepName.PREVIEW, StepName.RENDER, StepName.VERIFY)
"""Steps with so much to do that they tell of their progress."""


def real_road(backend: Backend, film: bytes, deaths: bool) -> str:
    """The whole road with the real pipeline, by workers that die in every step or by one that does not."""
    life = life_of(backend, "real")
    recording_id = backend.upload(film)
    for stops, before, after, mark in (
        (way(*ANALYSIS), RecordingState.UPLOADED, RecordingState.TO_REVIEW, "end ready"),
        (way(sizes=2), RecordingState.PUBLISHING, RecordingState.PUBLISHED, "tidied"),
    ):
        assert backend.row(recording_id).state is before
        for step, number in stops if deaths else ():
            for moment in ("entering", *(["middle"] if step in MIDDLES else []), "leaving"):
                dies(replace(life, death=Death(step, moment, number)))
        with working(life):
            assert finished(backend, recording_id) is after
            ended(life, mark)
        if after is RecordingState.TO_REVIEW:
            cut_and_approve(backend, recording_id)
    return recording_id


def cut_and_approve(backend: Backend, recording_id: str) -> None:
    page = open_review(backend.db, backend.settings, recording_id)
    cut = Edit(Action.CUT, Interval(Fraction(1), Fraction(2)))
    editing.save_edits(backend.db, backend.settings, recording_id, [cut], page.version)
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


@pytest.mark.full
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
