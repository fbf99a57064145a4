"""A transcript that comes with its upload waits, without names, until it is known how long the film is."""

from __future__ import annotations

import io
import threading
from fractions import Fraction

import pytest

from app.db.kinds import StepName
from app.db.models import Recording
from app.services import captions, intake
from app.services.opened import open_review
from app.services.values import PrivateFolder
from app.uploads.names import NameHint
from app.worker.steps import Job, Steps
from app.worker.workflows import ANALYSIS
from media_pipeline.core.errors import Refused, Stale
from media_pipeline.core.proposal import Why
from media_pipeline.toolbox import caption_reader
from tests.app.backend import Backend
from tests.app.services.crashing import crashes_at

pytestmark = pytest.mark.both_databases

VTT = b"""WEBVTT

00:00:01.000 --> 00:00:04.000
Dana Reader: Hello friends.

00:00:05.000 --> 00:00:12.000
Dana Reader: A bear comes.

00:00:18.000 --> 00:00:19.000
Zanzibar Quill: Me too!

00:00:20.000 --> 00:00:21.000
Zanzibar Quill: And me!

09:00:00.000 --> 09:00:01.000
Dana Reader: Long after its end.
"""


def uploaded(backend: Backend, owner: str) -> tuple[str, str]:
    """A recording that came as uploads do, and its upload."""
    upload = backend.store.create(6, owner, NameHint.NONE)
    backend.store.append(upload.id, 0, io.BytesIO(b"a film"), None)
    return intake.accept(backend.db, backend.settings, backend.store, backend.jobs, upload.id), upload.id


def attach(backend: Backend, upload_id: str, user_id: str, content: bytes = VTT) -> None:
    captions.attach(backend.db, backend.settings, upload_id, user_id, caption_reader().read(content))


def fit(backend: Backend, recording_id: str) -> None:
    with backend.db.writing() as session:
        captions.fit(session, backend.settings, recording_id)


def ready(backend: Backend, recording_id: str) -> None:
    backend.analyse(recording_id)
    fit(backend, recording_id)


def test_it_is_kept_without_names_and_fits_the_film_afterwards(backend: Backend) -> None:
    who = backend.staff()
    recording_id, upload_id = uploaded(backend, who.user_id)
    attach(backend, upload_id, who.user_id)
    folder = PrivateFolder(backend.settings, recording_id)
    kept = folder.captions.read_text()
    assert "Dana" not in kept
    assert "Zanzibar" not in kept
    ready(backend, recording_id)
    given = folder.given()
    assert [" ".join(said.cue.lines) for said in given.said] == [
        "Hello friends.",
        "A bear comes.",
        "Me too!",
        "And me!",
    ]
    review = open_review(backend.db, backend.settings, recording_id)
    spoken = [cut for cut in review.proposal.cuts if any(r.why is Why.SOMEONE_SPEAKS for r in cut.reasons)]
    assert any(cut.span.holds(Fraction(37, 2)) for cut in spoken), "when somebody else speaks is proposed to be cut"
    fit(backend, recording_id)
    assert folder.given() == given


def test_nothing_changes_where_nothing_was_attached(backend: Backend) -> None:
    who = backend.staff()
    recording_id, _ = uploaded(backend, who.user_id)
    ready(backend, recording_id)
    version = open_review(backend.db, backend.settings, recording_id).version
    fit(backend, recording_id)
    assert open_review(backend.db, backend.settings, recording_id).version == version


def test_what_lies_wholly_after_the_film_leaves_no_captions(backend: Backend) -> None:
    who = backend.staff()
    recording_id, upload_id = uploaded(backend, who.user_id)
    attach(backend, upload_id, who.user_id, b"WEBVTT\n\n09:00:00.000 --> 09:00:01.000\nLong after.\n")
    ready(backend, recording_id)
    assert PrivateFolder(backend.settings, recording_id).given().said == ()


def test_it_is_of_an_upload_of_ones_own(backend: Backend) -> None:
    who, other = backend.staff(), backend.staff("bo")
    _, upload_id = uploaded(backend, who.user_id)
    for wrong, user in ((upload_id, other.user_id), ("0" * 32, who.user_id)):
        with pytest.raises(Refused, match="no-upload"):
            attach(backend, wrong, user)


def test_one_that_comes_late_is_given_as_ever_or_not_at_all(backend: Backend) -> None:
    who = backend.staff()
    recording_id, upload_id = uploaded(backend, who.user_id)
    ready(backend, recording_id)
    attach(backend, upload_id, who.user_id)
    assert len(PrivateFolder(backend.settings, recording_id).given().said) == 4
    with backend.db.writing() as session:
        row = session.get(Recording, recording_id)
        assert row is not None
        row.state = type(row.state)("publishing")
    with pytest.raises(Stale, match="moved-on"):
        attach(backend, upload_id, who.user_id)


def test_killed_as_it_is_given_it_is_given_in_the_end(backend: Backend) -> None:
    who, steps = backend.staff(), Steps(backend.settings, backend.db, backend.pipeline, threading.Event())
    recording_id, upload_id = uploaded(backend, who.user_id)
    attach(backend, upload_id, who.user_id)
    job = Job(recording_id, 1)
    for step in ANALYSIS[:-1]:
        assert steps.perform(step, job)["ok"]
    with crashes_at(captions, "hear_others"):
        steps.perform(StepName.READY, job)
    assert steps.perform(StepName.READY, job)["ok"]
    review = open_review(backend.db, backend.settings, recording_id)
    assert any(r.why is Why.SOMEONE_SPEAKS for cut in review.proposal.cuts for r in cut.reasons)
    assert len(review.given.said) == 4
