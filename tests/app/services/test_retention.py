"""The end of everything's time: each rule once, on time, after a crash and after downtime too, and nothing is found afterwards."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from app.cli.ending import deletions as deletions_command
from app.cli.ending import withdraw
from app.db.engine import now
from app.db.kinds import Deleted, PublicationState, RecordingState, Rule, StepName
from app.db.models import StaffSession
from app.services import arriving, deletions, holds, intake, publish, retention, shelf, work
from app.services.opened import open_review
from app.services.states import Event
from app.services.values import PrivateFolder
from media_pipeline.core.errors import Fault, Refused, Stale
from tests.app.backend import Backend
from tests.app.services.crashing import crashes_at
from tests.app.services.test_publish import make_public, to_publish

pytestmark = pytest.mark.both_databases


def published(backend: Backend) -> str:
    recording_id, approval_id, report = to_publish(backend)
    make_public(backend, recording_id, approval_id, report)
    return recording_id


def sweep(backend: Backend, days: int) -> retention.Swept:
    return retention.sweep(backend.db, backend.settings, backend.store, now() + timedelta(days=days))


def test_originals_end_after_publication(backend: Backend) -> None:
    recording_id = published(backend)
    folder = PrivateFolder(backend.settings, recording_id).path
    assert sweep(backend, 13).originals == 0
    assert folder.exists()
    assert sweep(backend, 15).originals == 1
    assert not folder.exists()
    assert backend.row(recording_id).original_deleted_at is not None
    assert len(shelf.entries(backend.db)) == 1
    assert sweep(backend, 15) == retention.Swept()
    publish.unpublish(backend.db, backend.settings, recording_id)
    with pytest.raises(Refused, match="original-gone"):
        open_review(backend.db, backend.settings, recording_id)


def records(backend: Backend) -> list[tuple[Deleted, Rule, bool]]:
    return [(Deleted(what), Rule(rule), bool(gone)) for what, _, rule, _, _, gone in deletions.rows(backend.db)]


def test_what_was_never_published_ends_too_and_is_warned_of(backend: Backend) -> None:
    waiting = backend.analysed()
    assert sweep(backend, 59) == retention.Swept()
    ends = retention.draft_ends(backend.settings, backend.row(waiting))
    assert ends is not None
    assert timedelta(days=59) < ends - now() <= timedelta(days=60)
    assert sweep(backend, 61) == retention.Swept(drafts=1)
    assert not PrivateFolder(backend.settings, waiting).path.exists()
    assert records(backend) == [(Deleted.RECORDING, Rule.DRAFTS, True)]
    assert sweep(backend, 61) == retention.Swept()


def test_a_refused_original_goes_before_its_row(backend: Backend) -> None:
    refused = backend.upload()
    assert work.begin(backend.db, refused, 1, StepName.PROBE)
    work.end(backend.db, refused, 1, Event.REFUSE, "truncated")
    assert sweep(backend, 13) == retention.Swept()
    assert sweep(backend, 15) == retention.Swept(originals=1)
    assert backend.row(refused).state is RecordingState.REFUSED
    assert sweep(backend, 61) == retention.Swept(drafts=1)
    assert records(backend) == [(Deleted.ORIGINAL, Rule.ORIGINALS, True), (Deleted.RECORDING, Rule.DRAFTS, True)]


def test_work_that_goes_on_is_no_draft(backend: Backend) -> None:
    recording_id = backend.upload()
    work.begin(backend.db, recording_id, 1, StepName.DETECT)
    assert sweep(backend, 1000) == retention.Swept()


def test_what_is_public_is_taken_down_at_its_end(backend: Backend) -> None:
    recording_id = published(backend)
    assert sweep(backend, 364).ended == 0
    assert sweep(backend, 366).ended == 1
    assert backend.row(recording_id).state is RecordingState.UNPUBLISHED
    assert shelf.entries(backend.db) == ()
    assert list(backend.settings.public.iterdir()) == []
    assert (Deleted.PUBLICATION, Rule.END, True) in records(backend)
    assert sweep(backend, 400).ended == 0


def test_staff_choose_the_end(backend: Backend) -> None:
    recording_id = published(backend)
    last = (now() + timedelta(days=30)).date()
    holds.set_end(backend.db, recording_id, last)
    assert sweep(backend, 29).ended == 0
    assert sweep(backend, 32).ended == 1
    with pytest.raises(ValueError, match="to come"):
        holds.set_end(backend.db, recording_id, (now() - timedelta(days=2)).date())


def test_an_end_that_was_before_is_not_the_end_of_the_next_publication(backend: Backend) -> None:
    recording_id, approval_id, report = to_publish(backend)
    with backend.db.writing() as session:
        session.merge(backend.row(recording_id)).ends_at = now() - timedelta(days=3)
    make_public(backend, recording_id, approval_id, report)
    assert sweep(backend, 1).ended == 0
    assert sweep(backend, 366).ended == 1


def test_what_was_public_before_there_were_ends_is_not_surprised(backend: Backend) -> None:
    recording_id = published(backend)
    with backend.db.writing() as session:
        row = session.merge(backend.row(recording_id))
        row.ends_at, row.published_at = None, now() - timedelta(days=1000)
    assert sweep(backend, 0).ended == 0
    ends = backend.row(recording_id).ends_at
    assert ends is not None
    assert ends >= now() + timedelta(days=6)
    assert sweep(backend, 8).ended == 1


def test_a_hold_stops_every_deletion_and_no_takedown(backend: Backend) -> None:
    public, draft = published(backend), backend.analysed(b"another")
    who = backend.staff()
    for recording_id in (public, draft):
        holds.hold(backend.db, recording_id, who.user_id, " a request for records ")
        row = backend.row(recording_id)
        assert (row.held_reason, row.held_by) == ("a request for records", who.user_id)
        assert (retention.draft_ends(backend.settings, row), retention.original_ends(backend.settings, row)) == (
            None,
            None,
        )
    swept = sweep(backend, 400)
    assert (swept.originals, swept.drafts, swept.ended) == (0, 0, 1)
    for recording_id in (public, draft):
        assert PrivateFolder(backend.settings, recording_id).original.exists()
        with pytest.raises(Stale, match="held"):
            retention.delete_original(backend.db, backend.settings, recording_id)
        with pytest.raises(Stale, match="held"):
            intake.remove(backend.db, backend.settings, recording_id)
        holds.release(backend.db, recording_id)
    swept = sweep(backend, 400)
    assert (swept.originals, swept.drafts) == (1, 1)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "two\nlines"])
def test_a_hold_has_a_reason(backend: Backend, reason: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        holds.hold(backend.db, backend.upload(), backend.staff().user_id, reason)


def test_what_is_gone_is_not_held(backend: Backend) -> None:
    with pytest.raises(Stale, match="moved-on"):
        holds.release(backend.db, "none")


def test_staff_delete_an_original_at_once_and_the_film_stays(backend: Backend) -> None:
    recording_id = published(backend)
    retention.delete_original(backend.db, backend.settings, recording_id)
    assert not PrivateFolder(backend.settings, recording_id).path.exists()
    assert len(shelf.entries(backend.db)) == 1
    sweep(backend, 0)
    assert records(backend) == [(Deleted.ORIGINAL, Rule.STAFF, True)]
    with pytest.raises(Stale, match="moved-on"):
        retention.delete_original(backend.db, backend.settings, recording_id)


def test_a_rule_and_staff_at_once_delete_once(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id = published(backend)
    real = retention._unheld

    def staff_are_quicker(*where: object) -> object:
        found = real(*where)  # type: ignore[arg-type]
        if found:
            retention.delete_original(backend.db, backend.settings, recording_id)
        return found

    monkeypatch.setattr(retention, "_unheld", staff_are_quicker)
    assert sweep(backend, 15).originals == 0
    assert records(backend) == [(Deleted.ORIGINAL, Rule.STAFF, True)]


def needles(backend: Backend) -> Iterator[Path]:
    """Every file that still holds the title or the film's bytes, while the shelf is in use: its log is not written back."""
    for path in backend.settings.data.rglob("*"):
        held = path.read_bytes().lower() if path.is_file() else b""  # the index of words keeps small letters
        if b"wolverhampton" in held or b"canary-film-larkrise" in held:
            yield path


@pytest.mark.sqlite_alone
def test_nothing_is_found_of_what_was_deleted(backend: Backend) -> None:
    recording_id = backend.analysed(b"fine Canary-Film-Larkrise")
    with backend.db.writing() as session:
        row = session.merge(backend.row(recording_id))
        row.title, row.description = "Wolverhampton", "Wolverhampton " * 100
    assert {path.name for path in needles(backend)} >= {"original", "shelf.sqlite-wal"}
    sweep(backend, 61)
    assert list(needles(backend)) == []


def test_what_is_still_there_is_not_noted_as_gone(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id = published(backend)
    with monkeypatch.context() as stubborn:
        stubborn.setattr("app.services.publish._remove", lambda *_: None)
        publish.unpublish(backend.db, backend.settings, recording_id)
        assert deletions.settle(backend.db, backend.settings) == 1
    assert records(backend) == [(Deleted.PUBLICATION, Rule.STAFF, False)]
    assert sweep(backend, 0).strays == 1
    assert records(backend) == [(Deleted.PUBLICATION, Rule.STAFF, True)]


def test_the_commands(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id = published(backend)
    monkeypatch.setenv("STORYSHELF_DATA", str(backend.settings.data))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
    monkeypatch.setenv("STORYSHELF_DATABASE_URL", backend.settings.database_url)
    monkeypatch.setenv("STORYSHELF_WORK_URL", backend.settings.work_url)
    (entry,) = shelf.entries(backend.db)
    taken = CliRunner().invoke(withdraw, [f"https://library.example/s/{entry.slug}"], catch_exceptions=False)
    assert taken.output.startswith("Taken down.")
    latest = publish.publication_of(backend.db, recording_id)
    assert latest is not None
    assert latest.state is PublicationState.WITHDRAWN
    sweep(backend, 0)
    listed = CliRunner().invoke(deletions_command, catch_exceptions=False).output
    header, row = csv.reader(listed.splitlines())
    assert header == list(deletions.COLUMNS)
    assert (row[0], row[1], row[2]) == ("publication", entry.publication_id, "staff")
    with pytest.raises(Refused, match="not-public"):
        CliRunner().invoke(withdraw, [entry.slug], catch_exceptions=False)


def test_deleting_cut_off_by_a_crash_is_finished(backend: Backend) -> None:
    recording_id = published(backend)

    with crashes_at(retention, "destroy_private"):
        sweep(backend, 15)
    assert PrivateFolder(backend.settings, recording_id).original.exists()
    sweep(backend, 15)
    assert not PrivateFolder(backend.settings, recording_id).path.exists()


def test_ended_sessions_go(backend: Backend) -> None:
    backend.staff()
    assert sweep(backend, 0).sessions == 0
    assert sweep(backend, 1).sessions == 1
    with backend.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 0


def test_who_left_to_sign_in_elsewhere_and_never_came_back_is_forgotten(backend: Backend) -> None:
    arriving.begin(backend.db)
    assert sweep(backend, 0).sessions == 0
    assert sweep(backend, 1).sessions == 1


def test_a_disk_that_keeps_something_is_a_fault(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id = backend.upload()
    monkeypatch.setattr("app.stores.files.shutil.rmtree", lambda _: None)
    with pytest.raises(Fault, match="store-failed"):
        intake.destroy_private(backend.settings, recording_id)
