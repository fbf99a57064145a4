"""Public is only what is proven and approved, byte for byte; and what is taken down is gone at once, bytes too."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from app.db.engine import now
from app.db.kinds import AgeGroup, PublicationState, RecordingState
from app.services import editing, intake, library, publish, retention, shelf
from app.services.opened import open_review
from app.services.values import PrivateFolder
from app.stores import files
from media_pipeline.core.errors import Cancelled, NotReviewed, ProofFailed, Stale
from media_pipeline.core.report import Outcome, PrivacyReport
from tests.app.backend import Backend
from tests.app.services.crashing import crashes_at

pytestmark = pytest.mark.both_databases


def to_publish(backend: Backend) -> tuple[str, str, PrivacyReport]:
    """A recording with its approval and finished files, about to be public."""
    recording_id = backend.analysed()
    approval_id = backend.approved(recording_id)
    return recording_id, approval_id, backend.rendered(recording_id, approval_id)


def make_public(backend: Backend, recording_id: str, approval_id: str, report: PrivacyReport) -> str:
    return backend.make_public(recording_id, approval_id, report)


def nothing_is_public(backend: Backend, recording_id: str) -> bool:
    return shelf.entries(backend.db) == () and backend.row(recording_id).state is not RecordingState.PUBLISHED


def test_what_families_see(backend: Backend) -> None:
    recording_id, approval_id, report = to_publish(backend)
    details = library.Details("Bears", "Spring", AgeGroup.TODDLER, "es-MX", "Two bears.")
    library.save_details(backend.db, recording_id, details)
    slug = make_public(backend, recording_id, approval_id, report)
    (entry,) = shelf.entries(backend.db)
    assert shelf.by_slug(backend.db, slug) == entry
    assert (entry.title, entry.age_group, entry.has_video, entry.has_sound) == ("Bears", AgeGroup.TODDLER, True, True)
    assert (entry.top_width, entry.top_height, entry.demo) == (320, 180, False)
    assert entry.files == report.outputs
    for file in entry.files:
        served = shelf.media_file(backend.db, backend.settings, entry.publication_id, file.name)
        assert not isinstance(served, shelf.Absent)
        with served.kept.open(0, file.size) as sent:
            assert hashlib.sha256(sent.read()).hexdigest() == file.sha256 == served.sha256
    assert backend.row(recording_id).state is RecordingState.PUBLISHED


@pytest.mark.parametrize("name", ["report.json", "../../shelf.sqlite", "/etc/passwd", "", "VIDEO.MP4", "hls"])
def test_only_proven_names_are_served(backend: Backend, name: str) -> None:
    make_public(backend, *to_publish(backend))
    (entry,) = shelf.entries(backend.db)
    assert shelf.media_file(backend.db, backend.settings, entry.publication_id, name) is shelf.Absent.UNKNOWN


@pytest.mark.parametrize("missing", ["privacy_officer_name", "privacy_officer_contact"])
def test_nothing_goes_public_while_families_cannot_be_told_whom_to_ask(backend: Backend, missing: str) -> None:
    recording_id, approval_id, report = to_publish(backend)
    named = backend.settings
    backend.settings = named.model_copy(update={missing: " "})
    with pytest.raises(NotReviewed, match="no-officer"):
        make_public(backend, recording_id, approval_id, report)
    assert nothing_is_public(backend, recording_id)
    with backend.db.writing() as session:
        session.merge(backend.row(recording_id)).demo = True
    publish.refuse_without_officer(backend.db, backend.settings, recording_id)  # nobody is in a demonstration
    backend.settings = named
    make_public(backend, recording_id, approval_id, report)


def test_addresses_that_never_were(backend: Backend) -> None:
    assert shelf.by_slug(backend.db, "nothing") is shelf.Absent.UNKNOWN
    assert shelf.media_file(backend.db, backend.settings, "..", "video.mp4") is shelf.Absent.UNKNOWN


def test_a_report_that_has_not_passed(backend: Backend) -> None:
    recording_id, approval_id, report = to_publish(backend)
    broken = replace(report.checks[0], outcome=Outcome.BROKEN, wrong=1)
    for unproven in (
        replace(report, checks=(broken, *report.checks[1:])),
        replace(report, checks=report.checks[1:]),
        replace(report, checks=()),
    ):
        with pytest.raises(ProofFailed):
            make_public(backend, recording_id, approval_id, unproven)
    assert nothing_is_public(backend, recording_id)


@pytest.mark.parametrize("change", ["other bytes", "a file less"])
def test_files_that_are_not_the_proven_ones(backend: Backend, change: str) -> None:
    recording_id, approval_id, report = to_publish(backend)
    render = PrivateFolder(backend.settings, recording_id).render
    if change == "other bytes":
        (render / "video.mp4").write_bytes(b"X" + (render / "video.mp4").read_bytes()[1:])
    else:
        (render / "poster.jpg").unlink()
    with pytest.raises(ProofFailed, match="report-elsewhere"):
        make_public(backend, recording_id, approval_id, report)
    assert nothing_is_public(backend, recording_id)
    assert list(backend.settings.public.iterdir()) == []


def test_a_report_of_another_edit(backend: Backend) -> None:
    recording_id, approval_id, report = to_publish(backend)
    other = replace(report, plan=replace(report.plan, edits_digest="0" * 64))
    with pytest.raises(ProofFailed, match="report-elsewhere"):
        make_public(backend, recording_id, approval_id, other)
    other = replace(report, plan=replace(report.plan, media_sha256="0" * 64))
    with pytest.raises(ProofFailed, match="report-elsewhere"):
        make_public(backend, recording_id, approval_id, other)
    assert nothing_is_public(backend, recording_id)


def test_an_approval_of_another_recording(backend: Backend) -> None:
    recording_id, _, report = to_publish(backend)
    other = backend.approved(backend.analysed(b"another film"))
    for approval_id in (other, "no such"):
        with pytest.raises(NotReviewed, match="not-approved"):
            make_public(backend, recording_id, approval_id, report)
    assert nothing_is_public(backend, recording_id)


def test_an_attempt_that_counts_no_longer(backend: Backend) -> None:
    recording_id, approval_id, report = to_publish(backend)
    with pytest.raises(Stale, match="moved-on"):
        publish.make_public(backend.db, backend.settings, recording_id, 1, approval_id, report)
    assert nothing_is_public(backend, recording_id)


def test_stopped_at_the_last_moment(backend: Backend) -> None:
    recording_id, approval_id, report = to_publish(backend)
    with backend.db.writing() as session:
        session.merge(backend.row(recording_id)).cancel_asked = True
    with pytest.raises(Cancelled):
        make_public(backend, recording_id, approval_id, report)
    assert nothing_is_public(backend, recording_id)


def test_a_crash_after_the_files_moved(backend: Backend) -> None:
    recording_id, approval_id, report = to_publish(backend)

    with crashes_at(publish, "_add"):
        make_public(backend, recording_id, approval_id, report)
    assert nothing_is_public(backend, recording_id)
    # The sweep keeps what is just being published, and the step can be taken again.
    retention.sweep(backend.db, backend.settings, backend.store, now())
    slug = make_public(backend, recording_id, approval_id, report)
    assert make_public(backend, recording_id, approval_id, report) == slug
    assert len(shelf.entries(backend.db)) == 1


def test_unpublishing_takes_the_bytes(backend: Backend) -> None:
    recording_id, approval_id, report = to_publish(backend)
    slug = make_public(backend, recording_id, approval_id, report)
    (entry,) = shelf.entries(backend.db)
    publish.unpublish(backend.db, backend.settings, recording_id)
    assert shelf.entries(backend.db) == ()
    assert shelf.by_slug(backend.db, slug) is shelf.Absent.WITHDRAWN
    gone = shelf.media_file(backend.db, backend.settings, entry.publication_id, "video.mp4")
    assert gone is shelf.Absent.WITHDRAWN
    assert list(backend.settings.public.iterdir()) == []
    publication = publish.publication_of(backend.db, recording_id)
    assert publication is not None
    assert publication.state is PublicationState.WITHDRAWN
    with pytest.raises(Stale):
        publish.unpublish(backend.db, backend.settings, recording_id)


def test_a_takedown_cut_off_by_a_crash(backend: Backend) -> None:
    recording_id, approval_id, report = to_publish(backend)
    slug = make_public(backend, recording_id, approval_id, report)

    with crashes_at(files, "remove"):
        publish.unpublish(backend.db, backend.settings, recording_id)
    assert shelf.by_slug(backend.db, slug) is shelf.Absent.WITHDRAWN
    assert list(backend.settings.public.iterdir()) != []
    retention.sweep(backend.db, backend.settings, backend.store, now())
    assert list(backend.settings.public.iterdir()) == []


def test_gone_stays_gone_after_removal(backend: Backend) -> None:
    recording_id, approval_id, report = to_publish(backend)
    slug = make_public(backend, recording_id, approval_id, report)
    publish.unpublish(backend.db, backend.settings, recording_id)
    intake.remove(backend.db, backend.settings, recording_id)
    assert shelf.by_slug(backend.db, slug) is shelf.Absent.WITHDRAWN


def test_published_anew_it_has_a_new_address(backend: Backend) -> None:
    recording_id, approval_id, report = to_publish(backend)
    old = make_public(backend, recording_id, approval_id, report)
    publish.unpublish(backend.db, backend.settings, recording_id)
    who = backend.staff()
    backend.look_at_all(recording_id, who)
    editing.save_edits(
        backend.db,
        backend.settings,
        recording_id,
        open_review(backend.db, backend.settings, recording_id).edits.edits,
        open_review(backend.db, backend.settings, recording_id).version,
    )
    again = backend.approved(recording_id)
    new = make_public(backend, recording_id, again, backend.rendered(recording_id, again))
    assert new != old
    assert shelf.by_slug(backend.db, old) is shelf.Absent.WITHDRAWN
    assert not isinstance(shelf.by_slug(backend.db, new), shelf.Absent)


def test_the_demonstration_says_so(backend: Backend) -> None:
    recording_id, approval_id, report = to_publish(backend)
    with backend.db.writing() as session:
        session.merge(backend.row(recording_id)).demo = True
    make_public(backend, recording_id, approval_id, report)
    assert shelf.entries(backend.db)[0].demo
