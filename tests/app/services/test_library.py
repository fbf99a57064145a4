"""The staff's list, stopping and trying again; and the end of everything's time."""

from __future__ import annotations

from typing import Any

import pytest

from app.db.engine import now
from app.db.kinds import AgeGroup, RecordingState, StepName
from app.services import editing, library, retention, work
from app.services.opened import open_review
from app.services.states import Event
from app.services.values import PrivateFolder
from media_pipeline.core.errors import Fault, NotReviewed, Stale, StoryshelfError
from tests.app.backend import Backend
from tests.app.services.test_publish import make_public, to_publish


def published(backend: Backend) -> str:
    recording_id, approval_id, report = to_publish(backend)
    make_public(backend, recording_id, approval_id, report)
    return recording_id


def test_progress(backend: Backend) -> None:
    recording_id = backend.upload()
    assert work.begin(backend.db, recording_id, 1, StepName.DETECT)
    work.tell(backend.db, recording_id, 1, 420)
    (progress,) = library.progress(backend.db)
    assert (progress.state, progress.step, progress.permille) == (RecordingState.ANALYSING, StepName.DETECT, 420)


@pytest.mark.parametrize(
    "unfit",
    [
        {"title": "x" * 121},
        {"title": "a\nb"},
        {"title": "a\x00b"},
        {"title": "a", "description": "x" * 2001},
        {"title": "a", "language": "english please"},
        {"title": "a", "language": "e"},
    ],
)
def test_unfit_details_are_refused(unfit: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"text|language"):
        library.Details(**unfit)


def test_details_are_kept(backend: Backend) -> None:
    recording_id = backend.upload()
    library.save_details(
        backend.db, recording_id, library.Details(" Bears ", "Spring", AgeGroup.BABY, "en", "Two\nlines")
    )
    row = backend.row(recording_id)
    assert (row.title, row.series, row.age_group, row.language) == ("Bears", "Spring", AgeGroup.BABY, "en")


def test_a_public_recording_keeps_its_title(backend: Backend) -> None:
    recording_id = published(backend)
    with pytest.raises(NotReviewed, match="untitled"):
        library.save_details(backend.db, recording_id, library.Details(""))


def test_stopping_what_waits_is_at_once(backend: Backend) -> None:
    recording_id = backend.upload()
    library.cancel(backend.db, recording_id)
    row = backend.row(recording_id)
    assert (row.state, row.code) == (RecordingState.ANALYSIS_FAILED, "cancelled")
    assert not work.begin(backend.db, recording_id, 1, StepName.PROBE)


def test_stopping_what_runs_is_asked_for(backend: Backend) -> None:
    recording_id = backend.upload()
    work.begin(backend.db, recording_id, 1, StepName.PROBE)
    assert not work.cancel_asked(backend.db, recording_id, 1)
    library.cancel(backend.db, recording_id)
    assert work.cancel_asked(backend.db, recording_id, 1)


def test_trying_again_begins_a_new_attempt(backend: Backend) -> None:
    recording_id = backend.upload()
    library.cancel(backend.db, recording_id)
    library.retry(backend.db, backend.settings, backend.jobs, recording_id)
    assert backend.jobs.said[-1] == ("analyse", recording_id, "2")
    assert backend.row(recording_id).state is RecordingState.UPLOADED
    # The old attempt has nothing to say any more.
    assert not work.begin(backend.db, recording_id, 1, StepName.PROBE)
    work.tell(backend.db, recording_id, 1, 999)
    work.end(backend.db, recording_id, 1, Event.FAIL, "unexpected")
    assert (backend.row(recording_id).state, backend.row(recording_id).permille) == (RecordingState.UPLOADED, 0)
    with pytest.raises(Stale):
        library.retry(backend.db, backend.settings, backend.jobs, recording_id)


def test_what_was_seen_so_far_is_kept_while_an_analysis_may_go_on(backend: Backend) -> None:
    recording_id = backend.upload()
    folder = PrivateFolder(backend.settings, recording_id)
    folder.looking.mkdir()
    for happens in (
        lambda: work.begin(backend.db, recording_id, 1, StepName.DETECT),
        lambda: work.end(backend.db, recording_id, 1, Event.FAIL, "disk-full"),
        lambda: library.retry(backend.db, backend.settings, backend.jobs, recording_id),
        lambda: work.begin(backend.db, recording_id, 2, StepName.DETECT),
    ):
        retention.sweep(backend.db, backend.settings, backend.store, now())
        assert folder.looking.is_dir()
        happens()
    work.end(backend.db, recording_id, 2, Event.REFUSE, "truncated")
    assert retention.sweep(backend.db, backend.settings, backend.store, now()).strays == 1
    assert not folder.has_pieces


def test_publishing_again_needs_the_edit_that_was_approved(backend: Backend) -> None:
    recording_id = backend.analysed()
    approval_id = backend.approved(recording_id)
    work.end(backend.db, recording_id, 2, Event.FAIL, "disk-full")
    library.retry(backend.db, backend.settings, backend.jobs, recording_id)
    assert backend.jobs.said[-1] == ("publish", recording_id, approval_id, "3")
    work.end(backend.db, recording_id, 3, Event.FAIL, "disk-full")
    page = open_review(backend.db, backend.settings, recording_id)
    editing.save_edits(backend.db, backend.settings, recording_id, [], page.version)
    with pytest.raises(Stale, match="edit-changed"):
        library.retry(backend.db, backend.settings, backend.jobs, recording_id)
    assert backend.row(recording_id).state is RecordingState.PUBLISH_FAILED


def test_every_code_has_a_sentence() -> None:
    for kind in library._kinds(StoryshelfError):
        for code, sentence in kind.sentences.items():
            assert library.sentence(code) == sentence
    assert library.sentence("of another release") == Fault.sentences["unexpected"]
