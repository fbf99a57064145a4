"""What is public is cut again after its original is gone: it stays until the new one has its place, and its address."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState, Rule, WorkKind
from app.db.models import Deletion, Publication
from app.services import anew, library, publish, retention, review, rights, schedule, shelf, work, works
from app.services.about import About, save_about
from app.services.opened import open_review
from app.services.states import Event
from app.services.values import PrivateFolder
from app.services.works import Record
from app.stores import files
from media_pipeline.core import canonical
from media_pipeline.core.errors import NotReviewed, Stale
from media_pipeline.core.intervals import Interval
from media_pipeline.core.report import OutputFile
from media_pipeline.core.rights import Basis, Right, Scope
from media_pipeline.toolbox import caption_reader
from tests.app.backend import WHY, Backend

pytestmark = pytest.mark.both_databases

VTT = b"WEBVTT\n\n00:00:20.000 --> 00:00:21.000\nTwo bears.\n"


def old(backend: Backend, film: bytes = b"a film") -> str:
    """A public recording whose original is gone."""
    recording_id = backend.analysed(film)
    library.save_details(backend.db, recording_id, library.Details("Bears", "Spring", description="Two bears."))
    save_about(backend.db, recording_id, About(books="A rhyme", branch="Elm Street"))
    work_id = works.save(backend.db, Record(WorkKind.BOOK, "Brown Bear", Right(Basis.OWN, Scope.OPEN_WEB)))
    rights.add(backend.db, recording_id, work_id, Interval(Fraction(20), Fraction(22)))
    approval_id = backend.approved(recording_id)
    backend.make_public(recording_id, approval_id, *backend.all_rendered(recording_id, approval_id))
    retention.delete_original(backend.db, backend.settings, recording_id)
    return recording_id


def begin(backend: Backend, recording_id: str) -> str:
    read = caption_reader().read
    return anew.begin(backend.db, backend.settings, backend.jobs, recording_id, backend.staff().user_id, read)


def test_the_copy_is_the_finished_film_with_what_was_told_of_it(backend: Backend) -> None:
    recording_id = old(backend)
    (entry,) = shelf.entries(backend.db)
    new_id = begin(backend, recording_id)
    row, before = backend.row(new_id), backend.row(recording_id)
    (film,) = [file for file in entry.files if file.name == "video.mp4"]
    assert files.sha256_of(PrivateFolder(backend.settings, new_id).original) == row.sha256 == film.sha256
    assert (row.title, row.series, row.books, row.branch) == ("Bears", "Spring", "A rhyme", "Elm Street")
    assert (row.rights_told, row.credits, row.ends_at) == (True, "Brown Bear", before.ends_at)
    (use,) = rights.shown_in(backend.db, new_id)
    assert use.use.span is not None
    assert use.use.span.length == 2
    assert use.use.span.start < 20  # a cut lies before it
    assert backend.jobs.said[-1] == ("analyse", new_id, "1")
    assert shelf.entries(backend.db) == (entry,)


def test_it_takes_the_place_and_the_address_when_it_is_public_and_not_before(backend: Backend) -> None:
    recording_id = old(backend)
    (entry,) = shelf.entries(backend.db)
    new_id = begin(backend, recording_id)
    backend.analyse(new_id)
    approval_id = backend.approved(new_id)
    reports = backend.all_rendered(new_id, approval_id)
    assert shelf.by_slug(backend.db, entry.slug) == entry
    assert backend.make_public(new_id, approval_id, *reports) == entry.slug
    (now_public,) = shelf.entries(backend.db)
    assert now_public.slug == entry.slug
    assert now_public.publication_id != entry.publication_id
    assert backend.row(recording_id).state is RecordingState.UNPUBLISHED
    assert not (backend.settings.public / entry.publication_id).exists()
    assert shelf.media_file(backend.db, backend.settings, entry.publication_id, "video.mp4") is shelf.Absent.WITHDRAWN
    with backend.db.reading() as session:
        assert (entry.publication_id, Rule.STAFF) in {(one.place, one.rule) for one in session.query(Deletion)}
    assert {folder.name for folder in backend.settings.public.iterdir()} == {now_public.publication_id}


def test_once_at_a_time_and_only_of_what_has_no_original(backend: Backend) -> None:
    recording_id = old(backend)
    begin(backend, recording_id)
    with pytest.raises(Stale, match="moved-on"):
        begin(backend, recording_id)
    other = backend.analysed(b"another film")
    for wrong in (other, "none"):
        with pytest.raises(Stale, match="moved-on"):
            begin(backend, wrong)
    approval_id = backend.approved(other)
    backend.make_public(other, approval_id, *backend.all_rendered(other, approval_id))
    with pytest.raises(
        Stale, match="moved-on"
    ):  # its original is there: it is taken down, changed and approved as ever
        begin(backend, other)


def test_a_takedown_stops_what_was_to_come_in_its_place(backend: Backend) -> None:
    recording_id = old(backend)
    new_id = begin(backend, recording_id)
    backend.analyse(new_id)
    approval_id = backend.approved(new_id)
    reports = backend.all_rendered(new_id, approval_id)
    publish.unpublish(backend.db, backend.settings, recording_id)
    with pytest.raises(NotReviewed, match="not-approved"):
        backend.make_public(new_id, approval_id, *reports)
    work.end(backend.db, new_id, backend.row(new_id).attempt, Event.FAIL, "not-approved")
    with pytest.raises(NotReviewed, match="not-approved"):  # "Try again" is no new decision
        library.retry(backend.db, backend.settings, backend.jobs, new_id)
    assert shelf.entries(backend.db) == ()
    assert backend.row(new_id).replaces is None


def test_a_takedown_calls_off_what_was_to_come_later(backend: Backend) -> None:
    recording_id = old(backend)
    new_id, who = begin(backend, recording_id), backend.staff()
    backend.analyse(new_id)
    backend.look_at_all(new_id, who)
    version = open_review(backend.db, backend.settings, new_id).version
    later = now() + timedelta(days=2)
    review.approve(backend.db, backend.settings, backend.jobs, new_id, who, version, uncaptioned=WHY, publish_at=later)
    publish.unpublish(backend.db, backend.settings, recording_id)
    assert backend.row(new_id).state is RecordingState.TO_REVIEW
    assert schedule.release(backend.db, now() + timedelta(days=3)) == 0


def test_captions_that_were_published_are_given_again(backend: Backend) -> None:
    recording_id = old(backend)
    (entry,) = shelf.entries(backend.db)
    with backend.db.writing() as session:  # as if it had been published with captions
        public = session.get(Publication, entry.publication_id)
        assert public is not None
        named = (*entry.files, OutputFile("captions.vtt", "0" * 64, len(VTT)))
        public.files_json = canonical.dumps(tuple(sorted(named, key=lambda file: file.name)))
    (backend.settings.public / entry.publication_id / "captions.vtt").write_bytes(VTT)
    given = PrivateFolder(backend.settings, begin(backend, recording_id)).given()
    assert [(said.cue.lines, said.speaker) for said in given.said] == [(("Two bears.",), 0)]
    assert given.kept == (0,)
