"""A publication grows by one proven size after another, and never by anything else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState, StepName
from app.db.models import Publication
from app.services import library, publish, retention, shelf, work
from app.services.states import Event
from app.services.values import PrivateFolder
from app.stores import files
from media_pipeline.core.errors import Cancelled, Fault, ProofFailed, Stale
from media_pipeline.core.playlists import output_names
from media_pipeline.core.report import PrivacyReport
from tests.app.backend import Backend
from tests.app.fake_pipeline import LARGE
from tests.app.services.crashing import crashes_at

Reports = tuple[PrivacyReport, ...]


def to_publish(backend: Backend) -> tuple[str, str, Reports]:
    """A recording of three sizes with its approval and finished files, about to be public."""
    recording_id = backend.analysed(LARGE)
    approval_id = backend.approved(recording_id)
    return recording_id, approval_id, backend.all_rendered(recording_id, approval_id)


def state(backend: Backend, recording_id: str) -> RecordingState:
    return backend.row(recording_id).state


def test_each_size_adds_its_own_files(backend: Backend) -> None:
    recording_id, approval_id, reports = to_publish(backend)
    named: set[str] = set()
    expected = (RecordingState.PUBLISHING_MORE, RecordingState.PUBLISHING_MORE, RecordingState.PUBLISHED)
    slugs = set()
    for report, after in zip(reports, expected, strict=True):
        slugs.add(backend.make_public(recording_id, approval_id, report))
        assert state(backend, recording_id) is after
        (entry,) = shelf.entries(backend.db)
        named |= set(output_names(report.plan))
        assert {file.name for file in entry.files} == named
        assert set(report.outputs) <= set(entry.files)
        assert files.names_below(backend.settings.public / entry.publication_id) == named
        assert entry.more_coming == (after is RecordingState.PUBLISHING_MORE)
        assert (entry.top_width, entry.top_height) == (1280, 720)
    assert len(slugs) == 1
    publication = publish.publication_of(backend.db, recording_id)
    assert publication is not None
    assert publication.reports_json.count(",") == 2


def test_twice_is_once(backend: Backend) -> None:
    recording_id, approval_id, reports = to_publish(backend)
    for report in reports:
        backend.make_public(recording_id, approval_id, report, report)
    (entry,) = shelf.entries(backend.db)
    before = entry.files
    backend.make_public(recording_id, approval_id, reports[0], reports[2])
    assert shelf.entries(backend.db)[0].files == before


def test_a_page_begins_with_what_all_sizes_share(backend: Backend) -> None:
    recording_id, approval_id, (_, middle, _) = to_publish(backend)
    with pytest.raises(ProofFailed, match="report-elsewhere"):
        backend.make_public(recording_id, approval_id, middle)
    assert list(backend.settings.public.iterdir()) == []


def test_a_size_of_another_plan_is_not_added(backend: Backend) -> None:
    recording_id, approval_id, (first, second, _) = to_publish(backend)
    backend.make_public(recording_id, approval_id, first)
    other = replace(second, plan=replace(second.plan, mutes=second.plan.keep[:1]))
    with pytest.raises(ProofFailed, match="report-elsewhere"):
        backend.make_public(recording_id, approval_id, other)
    (entry,) = shelf.entries(backend.db)
    assert files.names_below(backend.settings.public / entry.publication_id) == set(output_names(first.plan))


def test_no_file_takes_the_place_of_an_earlier_one(backend: Backend) -> None:
    recording_id, approval_id, (first, second, _) = to_publish(backend)
    backend.make_public(recording_id, approval_id, first)
    (entry,) = shelf.entries(backend.db)
    again = replace(second, outputs=(replace(first.outputs[0], sha256="0" * 64), *second.outputs))
    with pytest.raises(ProofFailed, match="report-elsewhere"):
        backend.make_public(recording_id, approval_id, again)
    assert shelf.entries(backend.db) == (entry,)


def test_other_bytes_of_a_larger_size_are_not_added(backend: Backend) -> None:
    recording_id, approval_id, (first, second, _) = to_publish(backend)
    backend.make_public(recording_id, approval_id, first)
    (PrivateFolder(backend.settings, recording_id).render / "video-480.mp4").write_bytes(b"other")
    with pytest.raises(ProofFailed, match="report-elsewhere"):
        backend.make_public(recording_id, approval_id, second)
    (entry,) = shelf.entries(backend.db)
    assert files.names_below(backend.settings.public / entry.publication_id) == {file.name for file in entry.files}


def test_a_disk_that_knows_no_links_gets_copies(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id, approval_id, reports = to_publish(backend)

    def no_links(*_: object) -> None:
        raise PermissionError(1, "no links")

    monkeypatch.setattr("app.stores.files.os.link", no_links)
    backend.make_public(recording_id, approval_id, *reports)
    assert state(backend, recording_id) is RecordingState.PUBLISHED


def test_a_disk_that_is_full_leaves_what_was_there(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id, approval_id, (first, second, third) = to_publish(backend)
    backend.make_public(recording_id, approval_id, first)

    def full(*_: object) -> None:
        raise OSError(28, "full")

    with monkeypatch.context() as patch:
        patch.setattr("app.stores.files.os.link", full)
        with pytest.raises(Fault, match="disk-full"):
            backend.make_public(recording_id, approval_id, second)
    (entry,) = shelf.entries(backend.db)
    assert files.names_below(backend.settings.public / entry.publication_id) == {file.name for file in entry.files}
    backend.make_public(recording_id, approval_id, second, third)
    assert state(backend, recording_id) is RecordingState.PUBLISHED


@pytest.mark.parametrize("what", ["unpublished", "stopped"])
def test_a_size_that_comes_too_late_leaves_no_bytes(backend: Backend, what: str) -> None:
    recording_id, approval_id, (first, second, _) = to_publish(backend)
    backend.make_public(recording_id, approval_id, first)
    attempt = backend.row(recording_id).attempt
    assert work.begin(backend.db, recording_id, attempt, StepName.RENDER)
    if what == "unpublished":
        publish.unpublish(backend.db, backend.settings, recording_id)
    else:
        library.cancel(backend.db, recording_id)
    with pytest.raises(Stale if what == "unpublished" else Cancelled):
        backend.make_public(recording_id, approval_id, second)
    here = files.names_below(backend.settings.public)
    assert here == {
        f"{entry.publication_id}/{file.name}" for entry in shelf.entries(backend.db) for file in entry.files
    }
    assert bool(here) == (what == "stopped")


def test_a_proof_that_fails_later_takes_all_of_it_down(backend: Backend) -> None:
    recording_id, approval_id, (first, _, _) = to_publish(backend)
    slug = backend.make_public(recording_id, approval_id, first)
    attempt = backend.row(recording_id).attempt
    publish.disprove(backend.db, backend.settings, recording_id, attempt - 1, "checks-failed")
    assert state(backend, recording_id) is RecordingState.PUBLISHING_MORE  # an older attempt has nothing to say
    for _ in range(2):
        publish.disprove(backend.db, backend.settings, recording_id, attempt, "checks-failed")
        assert state(backend, recording_id) is RecordingState.PROOF_FAILED
    assert shelf.by_slug(backend.db, slug) is shelf.Absent.WITHDRAWN
    assert list(backend.settings.public.iterdir()) == []
    again = backend.approved(recording_id)
    publish.disprove(backend.db, backend.settings, recording_id, attempt, "checks-failed")
    assert state(backend, recording_id) is RecordingState.PUBLISHING
    assert backend.make_public(recording_id, again, *backend.all_rendered(recording_id, again)) != slug


def test_a_takedown_after_a_failed_proof_that_a_crash_cut_off(backend: Backend) -> None:
    recording_id, approval_id, (first, _, _) = to_publish(backend)
    backend.make_public(recording_id, approval_id, first)
    attempt = backend.row(recording_id).attempt

    with crashes_at(files, "remove"):
        publish.disprove(backend.db, backend.settings, recording_id, attempt, "checks-failed")
    assert shelf.entries(backend.db) == ()
    publish.disprove(backend.db, backend.settings, recording_id, attempt, "checks-failed")
    assert list(backend.settings.public.iterdir()) == []


def failed_later(backend: Backend) -> tuple[str, str, Reports]:
    """A recording that is public in its smallest size; the others met a fault."""
    recording_id, approval_id, reports = to_publish(backend)
    backend.make_public(recording_id, approval_id, reports[0])
    work.end(backend.db, recording_id, backend.row(recording_id).attempt, Event.FAIL, "chunk-failed")
    assert state(backend, recording_id) is RecordingState.MORE_FAILED
    return recording_id, approval_id, reports


def test_a_fault_later_leaves_what_is_public_and_its_pieces(backend: Backend) -> None:
    recording_id, approval_id, reports = failed_later(backend)
    folder = PrivateFolder(backend.settings, recording_id)
    work.tidy(backend.db, backend.settings, recording_id)
    retention.sweep(backend.db, backend.settings, backend.store, now())
    assert folder.has_pieces
    assert len(shelf.entries(backend.db)) == 1
    library.retry(backend.db, backend.settings, backend.jobs, recording_id)
    assert backend.jobs.said[-1] == ("publish", recording_id, approval_id, str(backend.row(recording_id).attempt))
    assert work.waiting(backend.db)[0].approval_id == approval_id
    backend.make_public(recording_id, approval_id, *reports)
    assert state(backend, recording_id) is RecordingState.PUBLISHED
    work.tidy(backend.db, backend.settings, recording_id)
    assert not folder.has_pieces


def test_what_failed_later_can_be_taken_down_with_its_pieces(backend: Backend) -> None:
    recording_id, _, _ = failed_later(backend)
    publish.unpublish(backend.db, backend.settings, recording_id)
    assert state(backend, recording_id) is RecordingState.UNPUBLISHED
    assert not PrivateFolder(backend.settings, recording_id).has_pieces
    assert list(backend.settings.public.iterdir()) == []


def test_the_sweep_takes_what_no_row_names(backend: Backend) -> None:
    recording_id, _, _ = failed_later(backend)
    (entry,) = shelf.entries(backend.db)
    place = backend.settings.public / entry.publication_id
    for stray in ("video.mp4", "hls/480.m4s.coming"):
        (place / stray).write_bytes(b"left by a crash")
    assert retention.sweep(backend.db, backend.settings, backend.store, now()).strays == 1
    assert files.names_below(place) == {file.name for file in entry.files}
    with backend.db.writing() as session:
        session.merge(backend.row(recording_id)).state = RecordingState.PUBLISHED
    assert retention.sweep(backend.db, backend.settings, backend.store, now()).strays == 1
    assert not PrivateFolder(backend.settings, recording_id).has_pieces


def test_the_broken_checks_of_the_size_that_failed(backend: Backend) -> None:
    recording_id, _, (first, second, _) = to_publish(backend)
    folder = PrivateFolder(backend.settings, recording_id)
    assert library.broken_checks(backend.settings, recording_id) == ()
    folder.save_report(replace(second, checks=second.checks[1:]))
    (broken,) = library.broken_checks(backend.settings, recording_id)
    assert (broken.name, broken.height, broken.places, broken.wrong) == (second.checks[0].name.value, 480, (), 0)
    folder.discard_reports()
    assert library.broken_checks(backend.settings, recording_id) == ()
    folder.save_report(first)
    assert library.broken_checks(backend.settings, recording_id) == ()


def test_of_an_older_release_all_is_public(backend: Backend) -> None:
    recording_id, approval_id, reports = to_publish(backend)
    backend.make_public(recording_id, approval_id, *reports)
    with backend.db.writing() as session:
        publication = session.get(Publication, shelf.entries(backend.db)[0].publication_id)
        assert publication is not None
        publication.plan_digest = ""
    assert publish.is_public(backend.db, approval_id, reports[0].plan)
    assert not publish.is_public(backend.db, "no such", reports[0].plan)
