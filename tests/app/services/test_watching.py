"""A second counts as watched only where it was sent to, and only as fast as anybody can watch."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from app.db.engine import now
from app.services import editing, eyes, review, watching
from app.services.opened import open_review
from app.services.people import SignedIn
from media_pipeline.core.edits import Action, Edit
from media_pipeline.core.errors import NotReviewed
from media_pipeline.core.intervals import Interval, IntervalSet
from tests.app.backend import WHY, Backend


def span(start: int, end: int) -> Interval:
    return Interval(Fraction(start), Fraction(end))


def seen(backend: Backend, recording_id: str, who: SignedIn) -> list[tuple[int, int]]:
    shown = eyes.seen(backend.db, backend.settings, recording_id, who.session_id)
    return [(int(part.start), int(part.end)) for part in shown]


def watch(backend: Backend, recording_id: str, who: SignedIn, *seconds: int) -> None:
    watching.mark_played(backend.db, backend.settings, recording_id, who.session_id, untrusted_watched=seconds)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every report comes a minute after the one before."""
    monkeypatch.setattr(watching, "_FIRST", timedelta(minutes=1))
    real, calls = now, iter(range(10_000))
    monkeypatch.setattr(watching, "now", lambda: real() + timedelta(minutes=next(calls)))


@pytest.mark.usefixtures("waits")
def test_only_what_was_sent_to_that_browser_counts(backend: Backend) -> None:
    recording_id, who, other = backend.analysed(), backend.staff(), backend.staff()
    watch(backend, recording_id, who, *range(30))
    assert seen(backend, recording_id, who) == []
    eyes.mark_sent(backend.db, recording_id, who.session_id, 3, 12)  # second n lies in the bytes n and n + 1
    watch(backend, recording_id, who, *range(-5, 40))
    assert seen(backend, recording_id, who) == [(3, 11)]
    watch(backend, recording_id, other, *range(30))
    assert seen(backend, recording_id, other) == []


def test_nobody_watches_faster_than_at_twice_the_speed(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    eyes.mark_sent(backend.db, recording_id, who.session_id, 0, 100)
    watch(backend, recording_id, who, *range(30))
    assert seen(backend, recording_id, who) == [(0, 24)]  # ten seconds may have passed before the first report
    watch(backend, recording_id, who, *range(30))
    assert seen(backend, recording_id, who) == [(0, 28)]


@pytest.mark.usefixtures("waits")
def test_what_was_watched_and_what_stood_on_the_screen_add_up(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    backend.hear_all(recording_id, who)
    eyes.mark_sent(backend.db, recording_id, who.session_id, 0, 100)
    watch(backend, recording_id, who, *range(24))
    page = open_review(backend.db, backend.settings, recording_id)

    def approve() -> None:
        review.approve(backend.db, backend.settings, backend.jobs, recording_id, who, page.version, uncaptioned=WHY)

    with pytest.raises(NotReviewed, match="unseen"):
        approve()
    eyes.mark_issued(backend.db, backend.settings, recording_id, who.session_id, 2)
    eyes.mark_seen(backend.db, recording_id, who.session_id, 2)
    assert seen(backend, recording_id, who) == [(0, 30)]
    approve()


@pytest.mark.usefixtures("waits")
def test_what_is_kept_again_was_not_watched(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    eyes.mark_sent(backend.db, recording_id, who.session_id, 0, 100)
    watch(backend, recording_id, who, *range(30))
    version = open_review(backend.db, backend.settings, recording_id).version
    cut = Edit(Action.CUT, span(11, 14))
    editing.save_edits(backend.db, backend.settings, recording_id, [cut], version)
    assert seen(backend, recording_id, who) == [(0, 9), (11, 14), (15, 30)]
    assert eyes.unseen(backend.db, backend.settings, recording_id, who.session_id) == IntervalSet(
        (span(9, 11), span(14, 15))
    )
