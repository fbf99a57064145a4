"""The worker's parts by themselves: what is remembered of an error, and how a step tells and hears."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from fractions import Fraction
from types import SimpleNamespace
from typing import cast

import pytest

from app.db.kinds import RecordingState, StepName
from app.services import library, work
from app.services.job_words import Words
from app.services.states import Event
from app.settings import SandboxChoice, ToolSettings
from app.worker import watch
from app.worker.outcome import Kind, Superseded, done, failed
from app.worker.pipeline import RealPipeline, open_pipeline
from app.worker.watch import RecordingWatch
from media_pipeline.core.errors import Fault, StoryshelfError
from media_pipeline.ports.tools import Toolbox
from tests.app.backend import Backend
from tests.steps.believer import Believer


class Clock:
    """A time that only moves when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(watch.time, "monotonic", lambda: self.now)  # type: ignore[attr-defined]  # the module's own


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def kinds(root: type[StoryshelfError]) -> Iterator[type[StoryshelfError]]:
    for child in root.__subclasses__():
        yield child
        yield from kinds(child)


def test_every_error_of_the_tree_can_be_remembered() -> None:
    for kind in kinds(StoryshelfError):
        for code in kind.sentences:
            outcome = failed(kind(code, "Ann Smith"))
            assert outcome["code"] == code
            assert Kind(str(outcome["kind"]))
            assert "Ann" not in Words().serialize(outcome)


@pytest.mark.parametrize("error", [KeyError("Ann Smith"), OSError(2, "Ann Smith"), MemoryError(), Superseded()])
def test_of_any_other_error_only_that_there_was_one(error: Exception) -> None:
    outcome = failed(error)
    assert outcome["code"] == ("moved-on" if isinstance(error, Superseded) else "unexpected")
    assert json.loads(Words().serialize(outcome)) == outcome


def test_a_digest_can_be_remembered() -> None:
    assert json.loads(Words().serialize(done("a" * 64)))["digest"] == "a" * 64


def test_progress_is_told_at_most_twice_a_second(
    backend: Backend, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(work, "tell", lambda _db, _id, _attempt, permille: told.append(permille))
    step = RecordingWatch(backend.db, "abc", 1, threading.Event())
    for share in range(100):
        step.progress(Fraction(share, 100))
        clock.now += 0.125
    assert told == list(range(10, 1000, 40))
    clock.now += 1
    step.progress(Fraction(3, 2))
    assert told[-1] == 1000


def test_it_hears_that_it_should_stop(backend: Backend, clock: Clock) -> None:
    recording_id = backend.upload()
    work.begin(backend.db, recording_id, 1, StepName.PROBE)
    stopping = threading.Event()
    step = RecordingWatch(backend.db, recording_id, 1, stopping)
    assert not step.cancelled()
    library.cancel(backend.db, recording_id)
    assert not step.cancelled()  # the database is not asked again so soon
    clock.now += 0.6
    assert step.cancelled()
    assert not RecordingWatch(backend.db, backend.upload(b"b"), 1, stopping).cancelled()
    stopping.set()
    assert RecordingWatch(backend.db, backend.upload(b"c"), 1, stopping).cancelled()


def test_what_counts_no_longer_should_stop(backend: Backend) -> None:
    recording_id = backend.upload()
    assert RecordingWatch(backend.db, recording_id, 2, threading.Event()).cancelled()
    assert RecordingWatch(backend.db, "gone", 1, threading.Event()).cancelled()


def test_a_silent_database_does_not_stop_the_work(
    backend: Backend, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> None:
        raise Fault("store-failed")

    monkeypatch.setattr(work, "tell", silent)
    monkeypatch.setattr(work, "cancel_asked", silent)
    step = RecordingWatch(backend.db, "abc", 1, threading.Event())
    step.progress(Fraction(1, 2))
    assert not step.cancelled()


def test_only_the_latest_attempt_is_heard(backend: Backend) -> None:
    recording_id = backend.upload()
    for old in (0, 2):
        assert not work.begin(backend.db, recording_id, old, StepName.PROBE)
        work.end(backend.db, recording_id, old, Event.FAIL, "unexpected")
    assert backend.row(recording_id).state is RecordingState.UPLOADED


def test_both_sandbox_choices_are_known_to_the_toolbox(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[str] = []
    monkeypatch.setattr("app.worker.pipeline.open_toolbox", lambda choice: chosen.append(choice.sandbox.value))
    for choice in SandboxChoice:
        open_pipeline(ToolSettings(sandbox=choice))
    assert chosen == ["bubblewrap", "none"]


def test_the_real_pipeline_forgets_with_its_inspector() -> None:
    inspector = Believer()
    RealPipeline(cast(Toolbox, SimpleNamespace(inspector=inspector))).forget()
    assert inspector.forgot
