"""What staff answer of a look changes the proposal and what they did not change by hand, and nothing that they did."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.kinds import RecordingState
from app.db.models import Recording
from app.services import editing, eyes, library, review, work
from app.services.captions import give_captions, remove_captions
from app.services.looks import answer_look
from app.services.opened import Review, open_review
from app.services.values import PrivateFolder
from media_pipeline.core.edits import Action, Edit
from media_pipeline.core.errors import Fault, NotReviewed, Refused, Stale
from media_pipeline.core.intervals import Interval
from media_pipeline.core.looks import LookKind
from media_pipeline.core.speakers import UntrustedCue
from tests.app.backend import WHY, Backend
from tests.app.fake_pipeline import GALLERY

ROOM, CROWD = 1, 2
"""The looks of the film of no pictures: 26 seconds of a room, and the gallery."""

CROWD_CUT = GALLERY.start - Fraction(12, 100), GALLERY.end + Fraction(12, 100)
"""What is proposed of it."""


def opened(backend: Backend, recording_id: str) -> Review:
    return open_review(backend.db, backend.settings, recording_id)


def answer(backend: Backend, recording_id: str, look: int, kind: LookKind | None, version: int | None = None) -> int:
    version = opened(backend, recording_id).version if version is None else version
    return answer_look(backend.db, backend.settings, recording_id, look, kind, version)


def save(backend: Backend, recording_id: str, *cuts: tuple[Fraction | int, Fraction | int]) -> None:
    spans = [Edit(Action.CUT, Interval(Fraction(start), Fraction(end))) for start, end in cuts]
    editing.save_edits(backend.db, backend.settings, recording_id, spans, opened(backend, recording_id).version)


def cuts(backend: Backend, recording_id: str) -> list[tuple[Fraction | int, Fraction | int]]:
    return [(span.start, span.end) for span in opened(backend, recording_id).edits.cut]


def proposals(backend: Backend, recording_id: str) -> list[Path]:
    return sorted(PrivateFolder(backend.settings, recording_id).path.glob("values/proposal-*.json"))


def test_an_answer_proposes_anew_and_taking_it_back_brings_back_what_was(backend: Backend) -> None:
    recording_id = backend.analysed()
    before = opened(backend, recording_id)
    assert answer(backend, recording_id, CROWD, LookKind.PAGE) == before.version + 1
    page = opened(backend, recording_id)
    assert page.answered.kinds == {CROWD: LookKind.PAGE}
    assert (page.version, page.proposal.cuts, page.edits.edits) == (before.version + 1, (), ())
    assert answer(backend, recording_id, ROOM, LookKind.PARTICIPANTS) == before.version + 2
    assert cuts(backend, recording_id)[0][0] == 0
    answer(backend, recording_id, ROOM, None)
    answer(backend, recording_id, CROWD, None)
    after = opened(backend, recording_id)
    assert (after.answered, after.proposal, after.edits) == (before.answered, before.proposal, before.edits)
    assert backend.row(recording_id).answers_json is None


def cue(start: float, name: str, words: str) -> UntrustedCue:
    return UntrustedCue(Fraction(start), Fraction(start) + 1, name, (words,))


TALK = [cue(second, "Ann Quillon", "once upon a time") for second in range(9)] + [cue(20, "Kit", "Me too!")]
KIT_CUT = Fraction(2038, 100) - 1, Fraction(2162, 100)
"""When Kit speaks, half a second and the margin more on either side."""


def test_when_others_speak_is_proposed_to_be_cut_and_answers_keep_it(backend: Backend) -> None:
    recording_id = backend.analysed()
    before = opened(backend, recording_id)
    give_captions(backend.db, backend.settings, recording_id, TALK)
    assert cuts(backend, recording_id) == [CROWD_CUT, KIT_CUT]
    assert opened(backend, recording_id).version == before.version + 1
    answer(backend, recording_id, CROWD, LookKind.PAGE)
    assert cuts(backend, recording_id) == [KIT_CUT]
    answer(backend, recording_id, CROWD, None)
    assert cuts(backend, recording_id) == [CROWD_CUT, KIT_CUT]
    save(backend, recording_id, CROWD_CUT, (2, 3))
    remove_captions(backend.db, backend.settings, recording_id)
    after = opened(backend, recording_id)
    assert after.proposal == before.proposal
    assert cuts(backend, recording_id) == [(2, 3), CROWD_CUT]
    assert backend.row(recording_id).answers_json is None


def test_what_staff_keep_of_others_words_stays_kept(backend: Backend) -> None:
    recording_id = backend.analysed()
    give_captions(backend.db, backend.settings, recording_id, TALK)
    save(backend, recording_id, CROWD_CUT)
    answer(backend, recording_id, CROWD, LookKind.PARTICIPANTS)
    assert cuts(backend, recording_id) == [CROWD_CUT]


def test_an_answer_that_changes_nothing_is_no_change(backend: Backend) -> None:
    recording_id = backend.analysed()
    version = answer(backend, recording_id, CROWD, LookKind.PARTICIPANTS)
    assert answer(backend, recording_id, CROWD, LookKind.PARTICIPANTS) == version
    assert answer(backend, recording_id, ROOM, None) == version


def test_what_staff_did_by_hand_stays(backend: Backend) -> None:
    recording_id = backend.analysed()
    save(backend, recording_id, (2, 3), (12, CROWD_CUT[1]))  # one of their own, and a part of the proposed one is kept
    answer(backend, recording_id, ROOM, LookKind.PARTICIPANTS)
    assert cuts(backend, recording_id) == [(0, CROWD_CUT[0]), (12, 30)]
    answer(backend, recording_id, CROWD, LookKind.PAGE)
    answer(backend, recording_id, ROOM, LookKind.PRESENTER)
    assert cuts(backend, recording_id) == [(2, 3)]
    answer(backend, recording_id, CROWD, None)
    assert cuts(backend, recording_id) == [(2, 3), (12, CROWD_CUT[1])]  # kept by hand while it was proposed


def test_what_staff_undid_since_is_not_brought_back(backend: Backend) -> None:
    recording_id = backend.analysed()
    save(backend, recording_id, (2, 3), CROWD_CUT)
    answer(backend, recording_id, CROWD, LookKind.PAGE)
    save(backend, recording_id)
    answer(backend, recording_id, CROWD, None)
    assert cuts(backend, recording_id) == [CROWD_CUT]


spans = st.tuples(st.integers(0, 299), st.integers(1, 60)).map(
    lambda drawn: (Fraction(drawn[0], 10), Fraction(sum(drawn), 10))
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(spans, max_size=4), st.sampled_from(LookKind), st.sampled_from((ROOM, CROWD)))
def test_taking_back_brings_back_any_edit(
    backend: Backend, own: list[tuple[Fraction, Fraction]], kind: LookKind, look: int
) -> None:
    recording_id = backend.analysed()
    save(backend, recording_id, *own)
    before = cuts(backend, recording_id)
    answer(backend, recording_id, look, kind)
    answer(backend, recording_id, look, None)
    assert cuts(backend, recording_id) == before


def test_edges_that_were_rounded_on_the_page_are_no_change_of_staff(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    backend.look_at_all(recording_id, who)
    third = Fraction(1, 3_000_000)
    save(backend, recording_id, (CROWD_CUT[0] - third, CROWD_CUT[1] - third))
    assert eyes.sheets_seen(backend.db, recording_id, who.session_id) == {0, 1, 2}
    answer(backend, recording_id, CROWD, LookKind.PARTICIPANTS)  # cut all the same
    assert cuts(backend, recording_id) == [CROWD_CUT]
    answer(backend, recording_id, CROWD, LookKind.PAGE)
    assert cuts(backend, recording_id) == []


def test_what_comes_back_is_looked_at_again(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    backend.look_at_all(recording_id, who)
    answer(backend, recording_id, CROWD, LookKind.PARTICIPANTS)
    assert eyes.sheets_seen(backend.db, recording_id, who.session_id) == {0, 1, 2}
    version = answer(backend, recording_id, CROWD, LookKind.PAGE)
    assert eyes.sheets_seen(backend.db, recording_id, who.session_id) == {2}
    with pytest.raises(NotReviewed, match="unseen"):
        review.approve(backend.db, backend.settings, backend.jobs, recording_id, who, version, uncaptioned=WHY)


def test_only_the_edit_on_the_page_is_answered_and_approved(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    before = opened(backend, recording_id).version
    answer(backend, recording_id, CROWD, LookKind.PARTICIPANTS)
    with pytest.raises(Stale, match="edit-changed"):
        answer(backend, recording_id, CROWD, LookKind.PAGE, before)
    with pytest.raises(Stale, match="edit-changed"):
        editing.save_edits(backend.db, backend.settings, recording_id, [], before)
    backend.look_at_all(recording_id, who)
    with pytest.raises(Stale, match="edit-changed"):
        review.approve(backend.db, backend.settings, backend.jobs, recording_id, who, before, uncaptioned=WHY)


def test_somebody_who_saves_meanwhile_comes_first(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id, written = backend.analysed(), PrivateFolder.save_proposal

    def meanwhile(folder: PrivateFolder, proposal: object) -> str:
        save(backend, recording_id, (1, 2))
        return written(folder, proposal)  # type: ignore[arg-type] # handed on as it is

    monkeypatch.setattr(PrivateFolder, "save_proposal", meanwhile)
    with pytest.raises(Stale, match="edit-changed"):
        answer(backend, recording_id, CROWD, LookKind.PAGE)
    assert cuts(backend, recording_id) == [(1, 2)]
    assert not opened(backend, recording_id).answered.answers


def test_an_approval_names_the_new_proposal_and_an_older_one_is_void(backend: Backend) -> None:
    recording_id = backend.analysed()
    answer(backend, recording_id, ROOM, LookKind.PARTICIPANTS)
    save(backend, recording_id, CROWD_CUT)
    backend.approved(recording_id)
    with backend.db.writing() as session:
        session.merge(backend.row(recording_id)).state = RecordingState.PUBLISH_FAILED
    answer(backend, recording_id, ROOM, None)  # what is cut is the same, what is proposed is not
    assert cuts(backend, recording_id) == [CROWD_CUT]
    with pytest.raises(Stale, match="proposal-changed"):
        library.retry(backend.db, backend.settings, backend.jobs, recording_id)
    approval_id = backend.approved(recording_id)
    (report,) = backend.all_rendered(recording_id, approval_id)
    assert report.passed


@pytest.mark.parametrize("look", [0, 3, -1])
def test_a_look_that_there_is_not(backend: Backend, look: int) -> None:
    with pytest.raises(Stale, match="moved-on"):
        answer(backend, backend.analysed(), look, LookKind.PAGE)


def test_nothing_is_answered_of_a_sound_recording_or_after_the_review(backend: Backend) -> None:
    with pytest.raises(Stale, match="moved-on"):
        answer(backend, backend.analysed(b"sound of a storytime"), ROOM, LookKind.PAGE)
    recording_id = backend.analysed()
    version = opened(backend, recording_id).version
    backend.approved(recording_id)
    with pytest.raises(Stale, match="moved-on"):
        answer(backend, recording_id, ROOM, LookKind.PAGE, version)


def test_only_proposals_that_can_be_gone_back_to_are_kept_beside_the_analysis(backend: Backend) -> None:
    recording_id = backend.analysed()
    for kind in (LookKind.PAGE, LookKind.PARTICIPANTS, LookKind.PRESENTER, None):
        answer(backend, recording_id, CROWD, kind)
    assert len(proposals(backend, recording_id)) == 3
    for _ in range(3):
        version = opened(backend, recording_id).version
        editing.undo(backend.db, backend.settings, recording_id, version)
        assert opened(backend, recording_id).proposal.media_sha256
    assert opened(backend, recording_id).answered.kinds == {CROWD: LookKind.PAGE}
    answer(backend, recording_id, ROOM, LookKind.PRESENTER)
    assert len(proposals(backend, recording_id)) == 2


def test_a_crash_before_the_row_is_written_changes_nothing(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id = backend.analysed()
    answer(backend, recording_id, CROWD, LookKind.PARTICIPANTS)
    before = opened(backend, recording_id)
    tidied = PrivateFolder.keep_proposals

    def crash(folder: PrivateFolder, digests: frozenset[str]) -> None:
        tidied(folder, digests)
        raise KeyboardInterrupt

    monkeypatch.setattr(PrivateFolder, "keep_proposals", crash)
    with pytest.raises(KeyboardInterrupt):
        answer(backend, recording_id, CROWD, LookKind.PAGE)
    after = opened(backend, recording_id)
    assert (after.proposal, after.edits, after.version) == (before.proposal, before.edits, before.version)


def test_answers_that_cannot_be_read_stop_the_review(backend: Backend) -> None:
    recording_id = backend.analysed()
    with backend.db.writing() as session:
        row = session.get(Recording, recording_id)
        assert row is not None
        row.answers_json = "{}"
    with pytest.raises(Fault, match="store-failed"):
        opened(backend, recording_id)


def test_a_look_is_not_answered_once_the_original_is_gone(backend: Backend) -> None:
    recording_id = backend.analysed()
    version = opened(backend, recording_id).version
    with backend.db.writing() as session:
        row = session.get(Recording, recording_id)
        assert row is not None
        row.original_deleted_at = row.created_at
    with pytest.raises(Refused, match="original-gone"):
        answer(backend, recording_id, ROOM, LookKind.PAGE, version)


def test_a_new_analysis_knows_of_no_answer(backend: Backend) -> None:
    recording_id = backend.analysed()
    answer(backend, recording_id, CROWD, LookKind.PAGE)
    with backend.db.writing() as session:
        session.merge(backend.row(recording_id)).state = RecordingState.ANALYSING
    row = backend.row(recording_id)
    work.ready(backend.db, recording_id, row.attempt, PrivateFolder(backend.settings, recording_id).media())
    assert cuts(backend, recording_id) == [CROWD_CUT]
