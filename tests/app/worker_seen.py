"""A worker as it is seen from outside: what it does, and what it has brought."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.db.kinds import RecordingState, StepName
from app.services import shelf
from app.services.sizes import parts
from app.services.states import WORKING
from app.services.values import PrivateFolder
from app.stores import files
from app.worker.route import Stop, publication
from media_pipeline.core import canonical
from media_pipeline.core.report import OutputFile
from tests.app.backend import Backend
from tests.app.lives import Life
from tests.app.worker_child import name_of, working

DONE_WITHIN = 300.0
"""Seconds after which a test gives up; none of them is held to a time."""


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


def life_of(backend: Backend, pipeline: str = "fake") -> Life:
    """A worker's on that shelf, whatever its databases."""
    addresses = {"database_url": backend.settings.database_url, "work_url": backend.settings.work_url}
    databases = tuple((name, address) for name, address in addresses.items() if address)
    return Life(backend.settings.data, pipeline=pipeline, databases=databases)


def whole_road(backend: Backend, pipeline: str = "fake", film: bytes = b"a storytime") -> str:
    """A recording from upload to publication, by a worker that nothing happens to."""
    recording_id = backend.upload(film)
    life = life_of(backend, pipeline)
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
