"""What the machine is doing: the worker's lock tells whether it runs, and nothing of a recording is told but its id."""

from __future__ import annotations

import io

import pytest
from click.testing import CliRunner
from flask import Flask

from app.cli import storyshelf
from app.db.kinds import RecordingState, StepName
from app.db.models import Recording
from app.services.operating import machine
from app.services.seats import take_seat
from app.uploads.names import NameHint
from tests.app.backend import Backend
from tests.app.web.desk import StaffBrowser, staff_app


def at_work(backend: Backend) -> str:
    recording_id = backend.upload()
    with backend.db.writing() as session:
        row = session.get(Recording, recording_id)
        assert row is not None
        row.state, row.step, row.permille, row.attempt = RecordingState.ANALYSING, StepName.DETECT, 250, 2
    return recording_id


def test_the_lock_tells_whether_a_worker_runs(backend: Backend) -> None:
    assert not machine(backend.db, backend.settings).worker
    with take_seat(backend.settings):
        assert machine(backend.db, backend.settings).worker
    assert not machine(backend.db, backend.settings).worker
    with take_seat(backend.settings):  # looking has taken nothing from it
        pass


def test_what_it_is_at_and_what_comes(backend: Backend) -> None:
    first, second = at_work(backend), backend.upload(b"another")
    backend.analysed(b"one that waits for people")
    begun = backend.store.create(100, "ann", NameHint.NONE)
    backend.store.append(begun.id, 0, io.BytesIO(b"some"), None)
    now = machine(backend.db, backend.settings)
    assert [(task.id, task.step, task.permille, task.attempt) for task in now.tasks] == [
        (first, StepName.DETECT, 250, 2),
        (second, None, 0, 1),
    ]
    assert now.uploads == 1
    assert now.free > 0


def test_a_page_and_a_command_tell_it(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYSHELF_DATA", str(backend.settings.data))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
    recording_id = at_work(backend)
    told = CliRunner().invoke(storyshelf, ["jobs"], catch_exceptions=False).output
    assert told.startswith("No worker runs.")
    assert f"{recording_id}  analysing        detect      250" in told
    app: Flask = staff_app(backend)
    page = StaffBrowser(backend, app).get("/work").text
    assert "No worker runs" in page
    assert "Looking for participants" in page
    assert recording_id in page
    for text in (told, page):
        assert "Bears" not in text
    with take_seat(backend.settings):
        assert CliRunner().invoke(storyshelf, ["jobs"], catch_exceptions=False).output.startswith("The worker runs.")
