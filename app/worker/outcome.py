"""How a step ended, in our own words: the only thing that is remembered of it outside its recording's private folder."""

from __future__ import annotations

from enum import StrEnum

from media_pipeline.core.errors import (
    Cancelled,
    Hostile,
    NotReviewed,
    ProofFailed,
    Refused,
    Stale,
    StoryshelfError,
)

Outcome = dict[str, str | bool | int]
"""`{"ok": true, "digest": …}`, for a plan with `"sizes"` too, or `{"ok": false, "kind": …, "code": …}`."""


class Kind(StrEnum):
    """Why a step did not bring what it was to bring."""

    HOSTILE = "hostile"
    REFUSED = "refused"
    UNPROVEN = "unproven"
    UNDECIDED = "undecided"
    """The approval does not hold."""

    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    """Another attempt counts by now, or the recording is gone."""

    FAULT = "fault"
    """Worth another try."""


class Superseded(Exception):
    """This attempt counts no longer."""


class Stopping(BaseException):
    """The worker ends. It passes DBOS by, which writes down only `Exception`s, so the step is taken anew at the next start."""


_KINDS: tuple[tuple[type[Exception], Kind], ...] = (
    (Superseded, Kind.SUPERSEDED),
    (Hostile, Kind.HOSTILE),
    (Refused, Kind.REFUSED),
    (ProofFailed, Kind.UNPROVEN),
    (Stale, Kind.UNDECIDED),
    (NotReviewed, Kind.UNDECIDED),
    (Cancelled, Kind.CANCELLED),
    (Exception, Kind.FAULT),
)
"""The first that fits."""


def done(digest: str = "", **numbers: int) -> Outcome:
    """The step brought its value; `digest` is the value's."""
    return {"ok": True, "digest": digest, **numbers}


def failed(error: Exception) -> Outcome:
    """What of an error may be kept: its kind, and its code if it is one of ours. Never its text."""
    kind = next(kind for type_, kind in _KINDS if isinstance(error, type_))
    code = error.code if isinstance(error, StoryshelfError) else "unexpected"
    if kind is Kind.SUPERSEDED:
        code = "moved-on"
    return {"ok": False, "kind": kind.value, "code": code}
