"""Nothing is approved that was not shown to the very browser that approves; and only the edit that was on the page."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import select

from app.db.kinds import RecordingState
from app.db.models import Approval
from app.services import editing, eyes, intake, library, review
from app.services.opened import Review, open_review
from app.services.people import SignedIn
from app.services.values import PrivateFolder
from media_pipeline.core import canonical
from media_pipeline.core.edits import Action, Edit
from media_pipeline.core.errors import NotReviewed, Refused, Stale
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.review import ReviewDecision, Role
from tests.app.backend import WHY, Backend
from tests.app.fake_pipeline import GALLERY, SECONDS

WHOLE = Interval(Fraction(0), Fraction(SECONDS))


def approve(backend: Backend, recording_id: str, who: SignedIn, version: int | None = None) -> Approval:
    version = opened(backend, recording_id).version if version is None else version
    return review.approve(backend.db, backend.settings, backend.jobs, recording_id, who, version, uncaptioned=WHY)


def opened(backend: Backend, recording_id: str) -> Review:
    return open_review(backend.db, backend.settings, recording_id)


def save(backend: Backend, recording_id: str, *cuts: tuple[int, int]) -> int:
    spans = [Edit(Action.CUT, Interval(Fraction(start), Fraction(end))) for start, end in cuts]
    return editing.save_edits(backend.db, backend.settings, recording_id, spans, opened(backend, recording_id).version)


def test_the_edit_begins_as_proposed(backend: Backend) -> None:
    page = opened(backend, backend.analysed())
    assert page.sheets == 3
    (cut,) = page.edits.cut
    assert cut.start < GALLERY.start
    assert cut.end > GALLERY.end
    assert page.proposal.cuts[0].reasons


def test_sheets_count_once_sent_and_seen(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()

    def seen() -> IntervalSet:
        return eyes.seen(backend.db, backend.settings, recording_id, who.session_id)

    with pytest.raises(NotReviewed):
        eyes.mark_seen(backend.db, recording_id, who.session_id, 0)
    eyes.mark_issued(backend.db, backend.settings, recording_id, who.session_id, 0)
    assert not seen()
    eyes.mark_seen(backend.db, recording_id, who.session_id, 0)
    assert seen() == IntervalSet((Interval(Fraction(0), Fraction(12)),))
    assert eyes.sheets_seen(backend.db, recording_id, who.session_id) == {0}


@pytest.mark.parametrize("sheet", [-1, 3, 10**9])
def test_sheets_that_are_not_there(backend: Backend, sheet: int) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    with pytest.raises(Stale):
        eyes.mark_issued(backend.db, backend.settings, recording_id, who.session_id, sheet)


def test_approving_needs_every_kept_second_seen(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    backend.hear_all(recording_id, who)
    for sheet in range(3):
        with pytest.raises(NotReviewed, match="unseen"):
            approve(backend, recording_id, who)
        eyes.mark_issued(backend.db, backend.settings, recording_id, who.session_id, sheet)
        eyes.mark_seen(backend.db, recording_id, who.session_id, sheet)
    assert not eyes.unseen(backend.db, backend.settings, recording_id, who.session_id)
    approval = approve(backend, recording_id, who)
    assert backend.row(recording_id).state is RecordingState.PUBLISHING
    assert backend.jobs.said[-1] == ("publish", recording_id, approval.id, "2")
    decision = canonical.loads(ReviewDecision, approval.decision_json)
    assert (decision.role, decision.seen) == (Role.STAFF, IntervalSet((WHOLE,)))
    assert (approval.user_id, approval.role) == (who.user_id, "staff")


def test_what_is_cut_need_not_be_seen(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    save(backend, recording_id, (9, 30))
    backend.hear_all(recording_id, who)
    eyes.mark_issued(backend.db, backend.settings, recording_id, who.session_id, 0)
    eyes.mark_seen(backend.db, recording_id, who.session_id, 0)
    approve(backend, recording_id, who)


def test_where_somebody_was_found_pictures_are_not_enough(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    save(backend, recording_id)
    backend.hear_all(recording_id, who)
    for sheet in range(3):
        eyes.mark_issued(backend.db, backend.settings, recording_id, who.session_id, sheet)
        eyes.mark_seen(backend.db, recording_id, who.session_id, sheet)
    left = eyes.unseen(backend.db, backend.settings, recording_id, who.session_id)
    assert left == IntervalSet((GALLERY,)) == open_review(backend.db, backend.settings, recording_id).watch
    with pytest.raises(NotReviewed, match="unseen"):
        approve(backend, recording_id, who)
    backend.watch_all(recording_id, who)
    approve(backend, recording_id, who)


def test_a_cut_that_is_taken_back_must_be_seen(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    save(backend, recording_id, (12, 30))
    eyes.mark_issued(backend.db, backend.settings, recording_id, who.session_id, 0)
    eyes.mark_seen(backend.db, recording_id, who.session_id, 0)
    save(backend, recording_id, (13, 30))
    with pytest.raises(NotReviewed, match="unseen"):
        approve(backend, recording_id, who)


def test_nothing_carries_over_to_another_browser(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    backend.look_at_all(recording_id, who)
    for other in (backend.staff(), backend.staff("bob")):
        with pytest.raises(NotReviewed, match="unseen"):
            approve(backend, recording_id, other)


def test_a_new_analysis_must_be_looked_at_anew(backend: Backend) -> None:
    from app.db.kinds import StepName
    from app.services import work

    recording_id, who = backend.analysed(), backend.staff()
    backend.look_at_all(recording_id, who)
    with backend.db.writing() as session:
        row = session.merge(backend.row(recording_id))
        row.state = RecordingState.UPLOADED
    media = PrivateFolder(backend.settings, recording_id).media()
    assert work.begin(backend.db, recording_id, row.attempt, StepName.READY)
    work.ready(backend.db, recording_id, row.attempt, media)
    assert not eyes.seen(backend.db, backend.settings, recording_id, who.session_id)


def test_only_the_edit_on_the_page_is_approved(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    before = opened(backend, recording_id).version
    assert save(backend, recording_id, (5, 14)) == before + 1
    with pytest.raises(Stale, match="edit-changed"):
        approve(backend, recording_id, who, before)
    with pytest.raises(Stale, match="edit-changed"):
        editing.save_edits(backend.db, backend.settings, recording_id, [], before)
    backend.look_at_all(recording_id, who)
    approve(backend, recording_id, who, before + 1)


def test_what_is_kept_again_is_looked_at_again(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    save(backend, recording_id, (10, 16))
    backend.look_at_all(recording_id, who)
    save(backend, recording_id, (10, 15))
    assert eyes.sheets_seen(backend.db, recording_id, who.session_id) == {0, 2}
    with pytest.raises(NotReviewed, match="unseen"):
        approve(backend, recording_id, who)
    save(backend, recording_id, (5, 20))
    assert eyes.sheets_seen(backend.db, recording_id, who.session_id) == {0, 2}


def test_edits_are_merged_and_clipped_but_never_outside(backend: Backend) -> None:
    recording_id = backend.analysed()
    save(backend, recording_id, (4, 6), (5, 8), (29, 40))
    assert [(int(span.start), int(span.end)) for span in opened(backend, recording_id).edits.cut] == [(4, 8), (29, 30)]
    with pytest.raises(Refused, match="edit-outside"):
        save(backend, recording_id, (31, 32))


def test_nothing_left_is_said_at_once(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    save(backend, recording_id, (0, 30))
    with pytest.raises(Refused, match="nothing-left"):
        approve(backend, recording_id, who)
    assert backend.row(recording_id).state is RecordingState.TO_REVIEW
    with backend.db.reading() as session:
        assert session.scalars(select(Approval)).all() == []


def test_a_recording_without_a_title_is_not_approved(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    backend.look_at_all(recording_id, who)
    library.save_details(backend.db, recording_id, library.Details(title="  "))
    with pytest.raises(NotReviewed, match="untitled"):
        approve(backend, recording_id, who)


def test_while_it_is_published_nothing_is_decided(backend: Backend) -> None:
    recording_id = backend.analysed()
    backend.approved(recording_id)
    for decide in (lambda: opened(backend, recording_id), lambda: approve(backend, recording_id, backend.staff(), 1)):
        with pytest.raises(Stale, match="moved-on"):
            decide()


def test_the_demonstration_approves_only_its_own_film(backend: Backend) -> None:
    recording_id = backend.analysed()
    with pytest.raises(NotReviewed, match="not-approved"):
        review.approve_demo(backend.db, backend.settings, backend.jobs, recording_id)
    with backend.db.writing() as session:
        session.merge(backend.row(recording_id)).demo = True
    approval = review.approve_demo(backend.db, backend.settings, backend.jobs, recording_id)
    assert (approval.role, approval.user_id) == ("demo", None)


def test_only_the_demonstrations_intake_makes_a_demonstration(backend: Backend) -> None:
    film = backend.settings.data / "generated"
    film.write_bytes(b"film")
    recording_id = intake.accept_demo(backend.db, backend.settings, backend.jobs, film)
    assert backend.row(recording_id).demo
    assert not film.exists()
