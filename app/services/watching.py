"""What of the preview was watched: a second counts for a signed-in browser once the browser says that it was played to its
end, all bytes of it were sent to that browser, and time enough has passed to watch it at twice its speed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from math import ceil, floor

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.db.engine import Database, now
from app.db.models import BytesSent, SecondWatched
from app.services.values import PrivateFolder
from app.settings import Settings
from media_pipeline.core.intervals import Interval, IntervalSet

_FASTEST = 2
"""Seconds of film that can be watched in one second."""

_SLACK = 4
"""Seconds of film more: what was watched before the first report, and clocks that round."""

_FIRST = timedelta(seconds=10)
"""How long somebody may have watched before the first report."""


def mark_watched(
    db: Database, settings: Settings, recording_id: str, session_id: str, untrusted_seconds: Iterable[int]
) -> None:
    """The browser says which seconds it has played. What cannot have been watched is not counted. Raises Fault."""
    places = PrivateFolder(settings, recording_id).preview().seconds
    with db.writing() as session:
        sent = _sent(session, recording_id, session_id)
        known = set(_watched(session, recording_id, session_id))
        played = sorted({second for second in untrusted_seconds if 0 <= second < len(places)} - known)
        at = now()
        for second in played[: _possible(session, recording_id, session_id)]:
            start, end = places[second]
            if any(first <= start and end <= last for first, last in sent):
                session.add(SecondWatched(recording_id=recording_id, session_id=session_id, second=second, at=at))


def watched(session: Session, recording_id: str, session_id: str) -> IntervalSet:
    """Every second that counts for this signed-in browser."""
    seconds = _watched(session, recording_id, session_id)
    return IntervalSet.of(Interval(Fraction(second), Fraction(second + 1)) for second in seconds)


def forget_watched(session: Session, recording_id: str, spans: IntervalSet) -> None:
    """Nobody has watched these moments: they were cut or hidden when they were played."""
    for span in spans:
        inside = SecondWatched.second >= floor(span.start), SecondWatched.second < ceil(span.end)
        session.execute(delete(SecondWatched).where(SecondWatched.recording_id == recording_id, *inside))


def _possible(session: Session, recording_id: str, session_id: str) -> int:
    """How many seconds may have been watched since the last report."""
    mine = SecondWatched.recording_id == recording_id, SecondWatched.session_id == session_id
    last = session.scalar(select(func.max(SecondWatched.at)).where(*mine))
    since = _FIRST if last is None else now() - last
    return _SLACK + int(_FASTEST * since.total_seconds())


def _watched(session: Session, recording_id: str, session_id: str) -> Iterable[int]:
    mine = SecondWatched.recording_id == recording_id, SecondWatched.session_id == session_id
    return session.scalars(select(SecondWatched.second).where(*mine)).all()


def _sent(session: Session, recording_id: str, session_id: str) -> list[tuple[int, int]]:
    mine = BytesSent.recording_id == recording_id, BytesSent.session_id == session_id
    return [(stretch.start, stretch.end) for stretch in session.scalars(select(BytesSent).where(*mine))]
