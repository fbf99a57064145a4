"""What of the preview was watched and heard: a second counts for a signed-in browser once the browser says that it was played
to its end, all bytes of it were sent to that browser, and time enough has passed to play it at twice its speed. It was heard
where the browser says that it was played aloud."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from math import ceil, floor

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.db.engine import Database, now
from app.db.models import BytesSent, SecondHeard, SecondWatched
from app.services.values import PrivateFolder
from app.settings import Settings
from media_pipeline.core.errors import Fault
from media_pipeline.core.intervals import Interval, IntervalSet

_FASTEST = 2
"""Seconds of film that can be played in one second, for eyes and ears to follow."""

_SLACK = 4
"""Seconds of film more: what was played before the first report, and clocks that round."""

_FIRST = timedelta(seconds=10)
"""How long somebody may have played before the first report."""

_Account = type[SecondWatched] | type[SecondHeard]


def mark_played(
    db: Database,
    settings: Settings,
    recording_id: str,
    session_id: str,
    *,
    untrusted_watched: Iterable[int] = (),
    untrusted_heard: Iterable[int] = (),
) -> None:
    """The browser says which seconds it has shown, and which it has played aloud. What cannot have been is not counted.

    Raises Fault.
    """
    places = _places(PrivateFolder(settings, recording_id))
    with db.writing() as session:
        sent = _sent(session, recording_id, session_id)
        accounts: tuple[tuple[_Account, Iterable[int]], ...]
        accounts = (SecondWatched, untrusted_watched), (SecondHeard, untrusted_heard)
        for account, untrusted_seconds in accounts:
            known = set(_counted(session, account, recording_id, session_id))
            played = sorted({second for second in untrusted_seconds if 0 <= second < len(places)} - known)
            at = now()
            for second in played[: _possible(session, account, recording_id, session_id)]:
                start, end = places[second]
                if any(first <= start and end <= last for first, last in sent):
                    session.add(account(recording_id=recording_id, session_id=session_id, second=second, at=at))


def watched(session: Session, recording_id: str, session_id: str) -> IntervalSet:
    """Every second that this signed-in browser has watched."""
    return _spans(_counted(session, SecondWatched, recording_id, session_id))


def heard(session: Session, recording_id: str, session_id: str) -> IntervalSet:
    """Every second that it has heard."""
    return _spans(_counted(session, SecondHeard, recording_id, session_id))


def forget_watched(session: Session, recording_id: str, spans: IntervalSet) -> None:
    """Nobody has watched these moments: they were cut or hidden when they were played."""
    _forget(session, SecondWatched, recording_id, spans)


def forget_heard(session: Session, recording_id: str, spans: IntervalSet) -> None:
    """Nobody has heard these moments: they were cut or muted when they were played."""
    _forget(session, SecondHeard, recording_id, spans)


def _places(folder: PrivateFolder) -> tuple[tuple[int, int], ...]:
    """Where each second lies. Of what was analysed before that was known, all of the file is each second's place."""
    known = folder.preview().seconds
    if known:
        return known
    try:
        size = folder.kept(folder.proxy).size()
    except OSError:
        raise Fault("store-failed", "the proxy is not there") from None
    return ceil(folder.media().whole.end) * ((0, size),)


def _forget(session: Session, account: _Account, recording_id: str, spans: IntervalSet) -> None:
    for span in spans:
        inside = account.second >= floor(span.start), account.second < ceil(span.end)
        session.execute(delete(account).where(account.recording_id == recording_id, *inside))


def _possible(session: Session, account: _Account, recording_id: str, session_id: str) -> int:
    """How many seconds may have been played since the last report."""
    mine = account.recording_id == recording_id, account.session_id == session_id
    last = session.scalar(select(func.max(account.at)).where(*mine))
    since = _FIRST if last is None else now() - last
    return _SLACK + int(_FASTEST * since.total_seconds())


def _counted(session: Session, account: _Account, recording_id: str, session_id: str) -> Iterable[int]:
    mine = account.recording_id == recording_id, account.session_id == session_id
    return session.scalars(select(account.second).where(*mine)).all()


def _spans(seconds: Iterable[int]) -> IntervalSet:
    return IntervalSet.of(Interval(Fraction(second), Fraction(second + 1)) for second in seconds)


def _sent(session: Session, recording_id: str, session_id: str) -> list[tuple[int, int]]:
    mine = BytesSent.recording_id == recording_id, BytesSent.session_id == session_id
    return [(stretch.start, stretch.end) for stretch in session.scalars(select(BytesSent).where(*mine))]
