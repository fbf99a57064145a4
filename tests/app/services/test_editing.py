"""Every change of an edit is kept, told of, and can be undone and done again."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.services import editing, eyes
from app.services.looks import answer_look
from app.services.opened import Review, open_review
from media_pipeline.core.edits import Action, Edit
from media_pipeline.core.errors import Refused, Stale
from media_pipeline.core.intervals import Interval
from media_pipeline.core.looks import LookKind
from media_pipeline.core.media import Box
from tests.app.backend import Backend

pytestmark = pytest.mark.both_databases

BOX = Box(0, 120, 320, 60)
CROWD = 2
"""The look of the gallery."""


def edit(action: Action, start: int, end: int, box: Box | None = None) -> Edit:
    return Edit(action, Interval(Fraction(start), Fraction(end)), box)


def opened(backend: Backend, recording_id: str) -> Review:
    return open_review(backend.db, backend.settings, recording_id)


def save(backend: Backend, recording_id: str, *edits: Edit) -> int:
    version = opened(backend, recording_id).version
    return editing.save_edits(backend.db, backend.settings, recording_id, edits, version)


def undo(backend: Backend, recording_id: str) -> int:
    return editing.undo(backend.db, backend.settings, recording_id, opened(backend, recording_id).version)


def redo(backend: Backend, recording_id: str) -> int:
    return editing.redo(backend.db, backend.settings, recording_id, opened(backend, recording_id).version)


@pytest.mark.slow
def test_a_hundred_changes_are_undone_and_done_again(backend: Backend) -> None:
    recording_id, states = backend.analysed(), []
    for number in range(100):
        states.append(opened(backend, recording_id).edits)
        save(backend, recording_id, edit(Action.MUTE, number % 29, number % 29 + 1))
    last = opened(backend, recording_id).edits
    for state in reversed(states):
        undo(backend, recording_id)
        assert opened(backend, recording_id).edits == state
    with pytest.raises(Stale, match="moved-on"):
        undo(backend, recording_id)
    for state in (*states[1:], last):
        redo(backend, recording_id)
        assert opened(backend, recording_id).edits == state
    with pytest.raises(Stale, match="moved-on"):
        redo(backend, recording_id)


def test_a_change_takes_the_place_of_what_was_undone(backend: Backend) -> None:
    recording_id = backend.analysed()
    for end in (2, 3, 4):
        save(backend, recording_id, edit(Action.CUT, 1, end))
    undo(backend, recording_id)
    undo(backend, recording_id)
    save(backend, recording_id, edit(Action.CUT, 1, 9))
    with pytest.raises(Stale, match="moved-on"):
        redo(backend, recording_id)
    undo(backend, recording_id)
    assert opened(backend, recording_id).edits.edits == (edit(Action.CUT, 1, 2),)


def test_an_answer_is_undone_like_any_change_and_what_is_not_a_cut_stays_with_it(backend: Backend) -> None:
    recording_id = backend.analysed()
    cover = edit(Action.COVER, 1, 5, BOX)
    version = save(backend, recording_id, *opened(backend, recording_id).edits.edits, cover)
    before = opened(backend, recording_id)
    answer_look(backend.db, backend.settings, recording_id, CROWD, LookKind.PAGE, version)
    assert opened(backend, recording_id).edits.edits == (cover,)
    undo(backend, recording_id)
    page = opened(backend, recording_id)
    assert (page.edits, page.proposal, page.answered) == (before.edits, before.proposal, before.answered)
    redo(backend, recording_id)
    assert opened(backend, recording_id).answered.kinds == {CROWD: LookKind.PAGE}


def test_only_the_edit_on_the_page_is_undone(backend: Backend) -> None:
    recording_id = backend.analysed()
    version = save(backend, recording_id, edit(Action.CUT, 1, 2))
    save(backend, recording_id, edit(Action.CUT, 1, 3))
    for go in (editing.undo, editing.redo):
        with pytest.raises(Stale, match="edit-changed"):
            go(backend.db, backend.settings, recording_id, version)


def test_what_an_undo_shows_again_has_to_be_seen_again(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    save(backend, recording_id, edit(Action.COVER, 15, 16, BOX))
    save(backend, recording_id, edit(Action.COVER, 15, 16, BOX), edit(Action.CUT, 25, 26))
    backend.look_at_all(recording_id, who)
    undo(backend, recording_id)
    assert eyes.sheets_seen(backend.db, recording_id, who.session_id) == {0, 1}
    undo(backend, recording_id)
    assert eyes.sheets_seen(backend.db, recording_id, who.session_id) == {0}


@pytest.mark.parametrize(
    ("code", "film", "edits"),
    [
        ("box-outside", b"a film", [edit(Action.COVER, 1, 2, Box(300, 0, 30, 30))]),
        ("crops-overlap", b"a film", [edit(Action.CROP, 1, 3, BOX), edit(Action.CROP, 2, 4, BOX)]),
        ("no-picture", b"sound", [edit(Action.COVER, 1, 2, BOX)]),
        ("edit-outside", b"a film", [edit(Action.MUTE, 30, 31)]),
    ],
)
def test_what_cannot_be_made_is_not_saved(backend: Backend, code: str, film: bytes, edits: list[Edit]) -> None:
    recording_id = backend.analysed(film)
    before = opened(backend, recording_id)
    with pytest.raises(Refused, match=code):
        save(backend, recording_id, *edits)
    assert opened(backend, recording_id).version == before.version
    save(backend, recording_id, edit(Action.CUT, 0, 30))  # nothing is left, for now
