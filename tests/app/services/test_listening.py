"""Sound has an account of its own: what must be heard stops an approval, and what staff bring back is heard anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState
from app.services import declaring, ears, editing, eyes, looks, review, watching
from app.services.opened import open_review
from app.services.people import SignedIn
from app.services.values import PrivateFolder
from app.services.work import decision_of
from media_pipeline.core.edits import Action, Edit
from media_pipeline.core.errors import NotReviewed, Stale
from media_pipeline.core.hearing import Hearing
from media_pipeline.core.intervals import Interval
from media_pipeline.core.looks import LookKind
from media_pipeline.core.preview import Preview
from tests.app.backend import WHY, Backend
from tests.core.values import shot

SOUND = b"sound of a storytime"


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every report comes a minute after the one before."""
    monkeypatch.setattr(watching, "_FIRST", timedelta(minutes=1))
    real, calls = now, iter(range(10_000))
    monkeypatch.setattr(watching, "now", lambda: real() + timedelta(minutes=next(calls)))


def account(backend: Backend, recording_id: str, who: SignedIn) -> Hearing:
    return ears.hearing(backend.db, open_review(backend.db, backend.settings, recording_id), who.session_id)


def owed(backend: Backend, recording_id: str, who: SignedIn) -> list[tuple[float, float]]:
    return [(float(span.start), float(span.end)) for span in account(backend, recording_id, who).owed]


def hear(backend: Backend, recording_id: str, who: SignedIn, *seconds: int) -> None:
    watching.mark_played(backend.db, backend.settings, recording_id, who.session_id, untrusted_heard=seconds)


def ready(backend: Backend, film: bytes = b"a film") -> tuple[str, SignedIn]:
    """A recording of which every byte was sent and every picture seen."""
    recording_id, who = backend.analysed(film), backend.staff()
    eyes.mark_sent(backend.db, recording_id, who.session_id, 0, 10**6)
    for sheet in range(open_review(backend.db, backend.settings, recording_id).sheets):
        eyes.mark_issued(backend.db, backend.settings, recording_id, who.session_id, sheet)
        eyes.mark_seen(backend.db, recording_id, who.session_id, sheet)
    return recording_id, who


def version(backend: Backend, recording_id: str) -> int:
    return backend.row(recording_id).edit_version


def approve(backend: Backend, recording_id: str, who: SignedIn) -> Hearing:
    latest = version(backend, recording_id)
    approval = review.approve(backend.db, backend.settings, backend.jobs, recording_id, who, latest, uncaptioned=WHY)
    return decision_of(approval).hearing


def save(backend: Backend, recording_id: str, *edits: tuple[Action, int, int]) -> None:
    listed = [Edit(action, Interval(Fraction(start), Fraction(end))) for action, start, end in edits]
    editing.save_edits(backend.db, backend.settings, recording_id, listed, version(backend, recording_id))


@pytest.mark.parametrize("film", [b"a film", SOUND])
def test_one_second_unheard_stops_it(backend: Backend, film: bytes) -> None:
    recording_id, who = ready(backend, film)
    with pytest.raises(NotReviewed, match="unheard"):
        approve(backend, recording_id, who)
    hear(backend, recording_id, who, *(second for second in range(30) if second != 20))
    assert owed(backend, recording_id, who) == [(20, 21)]
    with pytest.raises(NotReviewed, match="unheard"):
        approve(backend, recording_id, who)
    assert backend.row(recording_id).state is RecordingState.TO_REVIEW
    hear(backend, recording_id, who, 20)
    told = approve(backend, recording_id, who)
    assert not told.unheard
    assert told.due == told.stays


def test_nobody_hears_for_another_browser_what_was_not_sent_or_faster_than_ears_can(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    hear(backend, recording_id, who, *range(30))
    assert not account(backend, recording_id, who).heard
    eyes.mark_sent(backend.db, recording_id, who.session_id, 0, 10)  # second n lies in the bytes n and n + 1
    hear(backend, recording_id, who, *range(-3, 40))
    assert owed(backend, recording_id, who) == [(9, 9.88), (14.12, 30)]
    assert not account(backend, recording_id, backend.staff()).heard
    watching.mark_played(backend.db, backend.settings, recording_id, who.session_id, untrusted_watched=range(30))
    assert owed(backend, recording_id, who) == [(9, 9.88), (14.12, 30)]  # eyes are no ears


def test_a_first_report_tells_of_no_more_than_can_have_been_played(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording_id, who = ready(backend)
    monkeypatch.setattr(watching, "_FIRST", timedelta(seconds=10))
    hear(backend, recording_id, who, *range(30))
    assert owed(backend, recording_id, who) == [(24, 30)]


def test_only_what_was_brought_back_is_heard_anew(backend: Backend) -> None:
    for film in (b"a film", SOUND):
        recording_id, who = ready(backend, film)
        save(backend, recording_id, (Action.CUT, 5, 7), (Action.MUTE, 20, 22))
        hear(backend, recording_id, who, *range(30))
        assert owed(backend, recording_id, who) == []
        save(backend, recording_id, (Action.CUT, 5, 7), (Action.MUTE, 21, 22))
        assert owed(backend, recording_id, who) == [(20, 21)]
        save(backend, recording_id, (Action.CUT, 5, 6), (Action.MUTE, 20, 25))
        assert owed(backend, recording_id, who) == [(6, 7)]
        save(backend, recording_id)
        editing.undo(backend.db, backend.settings, recording_id, version(backend, recording_id))
        assert owed(backend, recording_id, who) == [(6, 7)]
        save(backend, recording_id)
        assert owed(backend, recording_id, who) == [(5, 7), (20, 25)]


def test_once_participants_are_declared_muted_no_more_needs_to_be_heard(backend: Backend) -> None:
    recording_id, who = ready(backend)
    hear(backend, recording_id, who, 0, 1)
    before = version(backend, recording_id)
    for muted, count in ((True, 1), (True, 1), (False, 2), (True, 3)):
        declaring.declare_participants_muted(
            backend.db, backend.settings, recording_id, muted, version(backend, recording_id)
        )
        assert version(backend, recording_id) == before + count
        assert bool(owed(backend, recording_id, who)) is not muted
    with pytest.raises(Stale, match="edit-changed"):
        declaring.declare_participants_muted(backend.db, backend.settings, recording_id, False, before)
    told = approve(backend, recording_id, who)
    assert told.participants_muted
    assert told.unheard.length == Fraction(2376, 100)  # all but the gallery and two seconds


def test_a_sound_recording_is_heard_whatever_is_declared(backend: Backend) -> None:
    recording_id, who = ready(backend, SOUND)
    declaring.declare_participants_muted(
        backend.db, backend.settings, recording_id, True, version(backend, recording_id)
    )
    assert owed(backend, recording_id, who) == [(0, 30)]
    with pytest.raises(NotReviewed, match="unheard"):
        approve(backend, recording_id, who)


def test_in_a_long_film_the_greetings_are_heard_and_what_is_loud_while_no_presenter_is_seen(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    folder = PrivateFolder(backend.settings, recording_id)
    media = folder.media()
    assert media.video is not None
    whole = Interval(Fraction(0), Fraction(900))
    folder.save(replace(media, whole=whole, video=replace(media.video, frames=25 * 900)), "media")
    edges = ((0, 400, 0), (400, 600, 1), (600, 900, 0))
    found = replace(folder.findings(), shots=tuple(shot(start, end, room, 1) for start, end, room in edges))
    folder.save(found, "findings")
    folder.save((replace(folder.looks()[0], shots=(0, 2)), replace(folder.looks()[1], shots=(1,))), "looks")
    folder.save(Preview(tuple(4500 * [9] + 200 * [0] + 4300 * [9])), "preview")
    proposal = replace(folder.proposal(), whole=whole, cuts=())
    folder.save(proposal, "proposal")
    assert owed(backend, recording_id, who) == [(0, 180), (400, 451), (469, 600), (720, 900)]
    for look in (2, 1):
        now_at = version(backend, recording_id)
        looks.answer_look(backend.db, backend.settings, recording_id, look, LookKind.PRESENTER, now_at)
    save(backend, recording_id)  # both are the presenter's now, and nothing is cut
    assert owed(backend, recording_id, who) == [(0, 180), (720, 900)]


def test_a_new_analysis_is_heard_anew(backend: Backend) -> None:
    from app.db.kinds import StepName
    from app.services import work

    recording_id, who = ready(backend)
    hear(backend, recording_id, who, *range(30))
    with backend.db.writing() as session:
        row = session.merge(backend.row(recording_id))
        row.state = RecordingState.UPLOADED
    assert work.begin(backend.db, recording_id, row.attempt, StepName.READY)
    work.ready(backend.db, recording_id, row.attempt, PrivateFolder(backend.settings, recording_id).media())
    assert not account(backend, recording_id, who).heard
