"""Where a recording can go from where: the whole state machine, as one table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.db.kinds import RecordingState
from app.db.models import Recording
from media_pipeline.core.errors import Stale

S = RecordingState


class Event(StrEnum):
    """What happens to a recording."""

    START = "start"
    """The worker begins to analyse it."""

    ANALYSED = "analysed"
    """The proposal and what staff look at are there."""

    REFUSE = "refuse"
    """It is not something we publish."""

    FAIL = "fail"
    """The work on it failed or was stopped."""

    DISPROVE = "disprove"
    """The finished files are not proven clean."""

    RETRY = "retry"
    """Staff pressed "Try again"."""

    APPROVE = "approve"
    """A person decided to publish it."""

    SCHEDULE = "schedule"
    """A person decided to publish it, later."""

    RELEASE = "release"
    """Its time has come."""

    CALL_OFF = "call-off"
    """Staff do not want it published after all."""

    PUBLISH_FIRST = "publish-first"
    """Its smallest size is public from now on; the others are on their way."""

    PUBLISH = "publish"
    """It is public in every size."""

    WITHDRAW = "withdraw"
    """Staff took it down."""


TABLE: Mapping[tuple[RecordingState, Event], RecordingState] = MappingProxyType(
    {
        (S.UPLOADED, Event.START): S.ANALYSING,
        (S.UPLOADED, Event.FAIL): S.ANALYSIS_FAILED,
        (S.ANALYSING, Event.ANALYSED): S.TO_REVIEW,
        (S.ANALYSING, Event.REFUSE): S.REFUSED,
        (S.ANALYSING, Event.FAIL): S.ANALYSIS_FAILED,
        (S.ANALYSIS_FAILED, Event.RETRY): S.UPLOADED,
        (S.TO_REVIEW, Event.APPROVE): S.PUBLISHING,
        (S.PUBLISHING, Event.PUBLISH_FIRST): S.PUBLISHING_MORE,
        (S.PUBLISHING, Event.PUBLISH): S.PUBLISHED,
        (S.PUBLISHING, Event.DISPROVE): S.PROOF_FAILED,
        (S.PUBLISHING, Event.FAIL): S.PUBLISH_FAILED,
        (S.PROOF_FAILED, Event.APPROVE): S.PUBLISHING,
        (S.PUBLISH_FAILED, Event.APPROVE): S.PUBLISHING,
        (S.PUBLISH_FAILED, Event.RETRY): S.PUBLISHING,
        (S.PUBLISHING_MORE, Event.PUBLISH): S.PUBLISHED,
        # what only a larger picture shows means that nothing of it is safe: all of it is taken down
        (S.PUBLISHING_MORE, Event.DISPROVE): S.PROOF_FAILED,
        (S.PUBLISHING_MORE, Event.FAIL): S.MORE_FAILED,
        (S.PUBLISHING_MORE, Event.WITHDRAW): S.UNPUBLISHED,
        (S.MORE_FAILED, Event.RETRY): S.PUBLISHING_MORE,
        (S.MORE_FAILED, Event.WITHDRAW): S.UNPUBLISHED,
        (S.PUBLISHED, Event.WITHDRAW): S.UNPUBLISHED,
        (S.UNPUBLISHED, Event.APPROVE): S.PUBLISHING,
        **{(s, Event.SCHEDULE): S.SCHEDULED for s in (S.TO_REVIEW, S.PROOF_FAILED, S.PUBLISH_FAILED, S.UNPUBLISHED)},
        (S.SCHEDULED, Event.RELEASE): S.PUBLISHING,
        (S.SCHEDULED, Event.CALL_OFF): S.TO_REVIEW,
        (S.SCHEDULED, Event.FAIL): S.PUBLISH_FAILED,
    }
)
"""Everything that may happen. What is not here is refused."""

REVIEWABLE = frozenset(state for state, event in TABLE if event is Event.APPROVE)
"""States in which the edit may change and be approved."""

PUBLIC = frozenset(state for state, event in TABLE if event is Event.WITHDRAW)
"""States in which families can watch it."""

RETRYABLE = frozenset(state for state, event in TABLE if event is Event.RETRY)
"""States in which staff may have the work taken up again."""

PUBLISHING = frozenset({S.PUBLISHING, S.PUBLISHING_MORE})
"""States in which the worker carries out an approval."""

WORKING = frozenset({S.UPLOADED, S.ANALYSING}) | PUBLISHING
"""States that the worker brings to an end."""

PROMISED = WORKING | {S.SCHEDULED}
"""States in which the original is still needed, whatever its time."""

IN_PIECES = WORKING | {S.ANALYSIS_FAILED, S.PUBLISH_FAILED, S.MORE_FAILED}
"""States in which what was seen or made of a film is kept, so that the work goes on from there."""

REMOVABLE = frozenset(S) - {S.ANALYSING, S.PUBLISHING} - PUBLIC
"""States in which staff may remove a recording: work is stopped first, and public pages taken down first."""


def move(recording: Recording, event: Event, at: datetime, code: str | None = None) -> None:
    """Lets `event` happen to a recording. Raises Stale("moved-on") when the table does not know it there."""
    after = TABLE.get((recording.state, event))
    if after is None:
        raise Stale("moved-on")
    recording.state, recording.state_at, recording.code = after, at, code
    recording.step, recording.permille, recording.cancel_asked = None, 0, False
