"""Nothing goes public that others have not allowed; and publishing without a book leaves neither the book nor its name."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState, Rule, WorkKind
from app.db.models import Deletion
from app.services import editing, intake, retention, rights, shelf, works
from app.services.about import About, save_about
from app.services.finding import Choices, look
from app.services.opened import open_review
from app.services.works import Record
from media_pipeline.core.errors import NotReviewed, Stale
from media_pipeline.core.intervals import Interval
from media_pipeline.core.rights import AtEnd, Bar, Basis, Right, Scope
from tests.app.backend import Backend

pytestmark = pytest.mark.both_databases

OPEN = Right(Basis.PERMISSION, Scope.OPEN_WEB)
CLOSED = Right(Basis.PERMISSION, Scope.CLOSED)
SPAN = Interval(Fraction(2), Fraction(9, 2))


def record(backend: Backend, right: Right = OPEN, title: str = "Brown Bear") -> str:
    return works.save(backend.db, Record(WorkKind.BOOK, title, right, author="Ada Lane"))


def book(backend: Backend, recording_id: str, right: Right = OPEN, span: Interval | None = SPAN) -> str:
    work_id = record(backend, right)
    rights.add(backend.db, recording_id, work_id, span)
    return work_id


def published(backend: Backend, right: Right = OPEN) -> tuple[str, str]:
    recording_id = backend.analysed()
    work_id = book(backend, recording_id, right)
    approval_id = backend.approved(recording_id)
    backend.make_public(recording_id, approval_id, backend.rendered(recording_id, approval_id))
    return recording_id, work_id


def sweep(backend: Backend, days: int) -> retention.Swept:
    return retention.sweep(backend.db, backend.settings, backend.store, now() + timedelta(days=days))


def last_day(days: int) -> date:
    return rights.today() + timedelta(days=days)


def test_nothing_is_approved_until_staff_said_what_is_in_it(backend: Backend) -> None:
    recording_id = backend.analysed()
    rights.tell(backend.db, recording_id, told=False)
    with pytest.raises(NotReviewed, match="rights-untold"):
        backend.approved(recording_id)
    rights.tell(backend.db, recording_id, told=True)
    backend.approved(recording_id)


@pytest.mark.parametrize(
    "right",
    [
        CLOSED,
        Right(Basis.OWN, Scope.LIVE),
        Right(Basis.FAIR_USE, Scope.OPEN_WEB),
        Right(Basis.LICENCE, Scope.OPEN_WEB, date(2020, 1, 1)),
        Right(Basis.LICENCE, Scope.OPEN_WEB, date(2020, 1, 1), AtEnd.STAY),
    ],
)
def test_what_may_not_be_shown_is_not_approved(backend: Backend, right: Right) -> None:
    recording_id = backend.analysed()
    book(backend, recording_id, right)
    with pytest.raises(NotReviewed, match="rights-barred"):
        backend.approved(recording_id)
    assert backend.row(recording_id).state is RecordingState.TO_REVIEW


def test_what_ends_between_approval_and_publication_is_not_published(backend: Backend) -> None:
    recording_id = backend.analysed()
    work_id = book(backend, recording_id)
    approval_id = backend.approved(recording_id)
    report = backend.rendered(recording_id, approval_id)
    works.save(backend.db, Record(WorkKind.BOOK, "Brown Bear", CLOSED), work_id)
    with pytest.raises(NotReviewed, match="rights-barred"):
        backend.make_public(recording_id, approval_id, report)
    assert shelf.entries(backend.db) == ()


def test_publishing_without_a_book_takes_it_and_its_name_and_nothing_else(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    work_id = book(backend, recording_id, CLOSED)
    song = works.save(backend.db, Record(WorkKind.SONG, "The Honey Song", OPEN))
    rights.add(backend.db, recording_id, song)
    save_about(backend.db, recording_id, About(books="BROWN BEAR by Ada Lane\nA rhyme"))
    before = open_review(backend.db, backend.settings, recording_id)
    done = rights.publish_without(backend.db, backend.settings, recording_id, work_id, before.version, who.user_id)
    after = open_review(backend.db, backend.settings, recording_id)
    assert (done.version, done.lines, done.named) == (after.version, 1, False)
    assert after.edits.cut == before.edits.cut | type(before.edits.cut)((SPAN,))
    approval_id = backend.approved(recording_id)
    backend.make_public(recording_id, approval_id, backend.rendered(recording_id, approval_id))
    (entry,) = shelf.entries(backend.db)
    assert entry.books == ("The Honey Song", "A rhyme")
    (left_out,) = [one for one in rights.shown_in(backend.db, recording_id) if one.work.id == work_id]
    within = Interval(SPAN.start + Fraction(1, 2), SPAN.end)
    rights.set_times(backend.db, recording_id, left_out.id, within)  # put right afterwards: still cut, still unnamed
    assert shelf.entries(backend.db)[0].books == ("The Honey Song", "A rhyme")
    assert sweep(backend, 1).rights == 0


def test_publishing_without_it_can_be_undone_and_then_is_barred_again(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    work_id = book(backend, recording_id, CLOSED)
    version = open_review(backend.db, backend.settings, recording_id).version
    done = rights.publish_without(backend.db, backend.settings, recording_id, work_id, version, who.user_id)
    editing.undo(backend.db, backend.settings, recording_id, done.version)
    with pytest.raises(NotReviewed, match="rights-barred"):
        backend.approved(recording_id)


def test_publishing_without_needs_to_know_where_it_is_and_the_latest_edit(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    work_id = book(backend, recording_id, CLOSED, span=None)
    version = open_review(backend.db, backend.settings, recording_id).version

    def without(work: str, version: int) -> rights.Without:
        return rights.publish_without(backend.db, backend.settings, recording_id, work, version, who.user_id)

    with pytest.raises(NotReviewed, match="rights-when"):
        without(work_id, version)
    with pytest.raises(Stale, match="edit-changed"):
        without(work_id, version + 1)
    with pytest.raises(Stale, match="moved-on"):
        without("none", version)


def test_a_title_that_still_names_it_is_told_of(backend: Backend) -> None:
    recording_id = backend.analysed()
    with backend.db.writing() as session:
        session.merge(backend.row(recording_id)).title = "Brown Bear and friends"
    work_id = book(backend, recording_id, CLOSED)
    version = open_review(backend.db, backend.settings, recording_id).version
    assert rights.publish_without(backend.db, backend.settings, recording_id, work_id, version, None).named


def test_a_right_that_ends_takes_the_recording_down_once_after_its_last_day(backend: Backend) -> None:
    recording_id, _ = published(backend, Right(Basis.PERMISSION, Scope.OPEN_WEB, last_day(40)))
    assert sweep(backend, 40).rights == 0
    assert len(shelf.entries(backend.db)) == 1
    assert sweep(backend, 41).rights == 1
    assert shelf.entries(backend.db) == ()
    assert backend.row(recording_id).state is RecordingState.UNPUBLISHED
    assert sweep(backend, 42).rights == 0
    with backend.db.reading() as session:
        rules = [deletion.rule for deletion in session.query(Deletion)]
    assert rules.count(Rule.RIGHTS) == 1


def test_downtime_does_not_keep_it_public(backend: Backend) -> None:
    published(backend, Right(Basis.PERMISSION, Scope.OPEN_WEB, last_day(3)))
    assert sweep(backend, 300).rights == 1


def test_a_right_that_lets_it_stay_takes_nothing_down(backend: Backend) -> None:
    published(backend, Right(Basis.PERMISSION, Scope.OPEN_WEB, last_day(3), AtEnd.STAY))
    assert sweep(backend, 300).rights == 0
    assert len(shelf.entries(backend.db)) == 1


def test_what_is_left_out_takes_nothing_down(backend: Backend) -> None:
    recording_id = backend.analysed()
    work_id = book(backend, recording_id, Right(Basis.PERMISSION, Scope.OPEN_WEB, last_day(3)))
    version = open_review(backend.db, backend.settings, recording_id).version
    rights.publish_without(backend.db, backend.settings, recording_id, work_id, version, None)
    approval_id = backend.approved(recording_id)
    backend.make_public(recording_id, approval_id, backend.rendered(recording_id, approval_id))
    assert rights.ending(backend.db) == {}
    assert sweep(backend, 300).rights == 0


def test_staff_are_told_before_it_ends(backend: Backend) -> None:
    for film, days in ((b"one", 31), (b"two", 30), (b"three", 0), (b"four", -1)):
        recording_id = backend.analysed(film)
        title = str(days)
        work_id = works.save(backend.db, Record(WorkKind.BOOK, title, Right(Basis.OWN, Scope.OPEN_WEB, last_day(days))))
        rights.add(backend.db, recording_id, work_id, SPAN)
        told = rights.ending(backend.db, recording_id)
        assert [work.title for found in told.values() for work in found] == ([] if days == 31 else [title])
    assert len(rights.ending(backend.db)) == 3


def test_what_is_not_to_be_saved_is_said_with_it(backend: Backend) -> None:
    recording_id, work_id = published(backend)
    assert shelf.entries(backend.db)[0].downloadable
    works.save(
        backend.db, Record(WorkKind.BOOK, "Brown Bear", Right(Basis.OWN, Scope.OPEN_WEB, download=False)), work_id
    )
    assert not shelf.entries(backend.db)[0].downloadable
    (one,) = rights.shown_in(backend.db, recording_id)
    rights.remove(backend.db, recording_id, one.id)
    assert shelf.entries(backend.db)[0].downloadable
    assert shelf.entries(backend.db)[0].books == ()


def test_times_are_changed_and_a_note_of_another_recording_is_not(backend: Backend) -> None:
    recording_id, other = backend.analysed(), backend.analysed(b"another")
    book(backend, recording_id, CLOSED, span=None)
    (one,) = rights.shown_in(backend.db, recording_id)
    rights.set_times(backend.db, recording_id, one.id, SPAN)
    (one,) = rights.shown_in(backend.db, recording_id)
    assert one.use.span == SPAN
    edits = open_review(backend.db, backend.settings, recording_id).edits
    assert rights.bars([one], edits, rights.today()) == {one.id: Bar.SCOPE}
    rights.set_times(backend.db, recording_id, one.id, None)
    assert rights.shown_in(backend.db, recording_id)[0].use.span is None
    with pytest.raises(Stale, match="moved-on"):
        rights.set_times(backend.db, other, one.id, SPAN)
    with pytest.raises(Stale, match="moved-on"):
        rights.remove(backend.db, other, one.id)
    for recording, work in (("none", one.work.id), (recording_id, "none")):
        with pytest.raises(Stale, match="moved-on"):
            rights.add(backend.db, recording, work)
    with pytest.raises(Stale, match="moved-on"):
        rights.tell(backend.db, "none", told=True)


def test_what_is_in_a_recording_goes_with_it_and_the_record_stays(backend: Backend) -> None:
    recording_id = backend.analysed()
    work_id = book(backend, recording_id)
    intake.remove(backend.db, backend.settings, recording_id)
    assert rights.shown_in(backend.db, recording_id) == ()
    works.remove(backend.db, backend.settings, work_id)


def test_families_find_a_storytime_by_its_book(backend: Backend) -> None:
    published(backend)
    assert look(backend.db, Choices(), "brown lane").count == 1
    assert look(backend.db, Choices(), "polar").count == 0
