"""The looks of a recording as the review page shows them, and what staff say of one."""

from __future__ import annotations

from typing import Any

from app.services.opened import Review
from app.web import words
from media_pipeline.core.looks import Look, LookKind


def look_rows(opened: Review) -> list[dict[str, Any]]:
    """Every look, the biggest first: what it is taken for, whether staff said so, and moments (s) that show it."""
    return [_row(opened, look) for look in opened.looks]


def _row(opened: Review, look: Look) -> dict[str, Any]:
    taken = next((one for one in opened.proposal.kinds if one.look == look.number), None)
    return {
        "number": look.number,
        "share_says": words.share(look.share),
        "kind": taken and taken.kind,
        "answered": taken is not None and taken.answered,
        "examples": [round(float(moment), 6) for moment in look.examples],
    }


def read_answer(untrusted: Any) -> tuple[LookKind | None, int]:
    """`{"kind": "presenter" | "page" | "participants" | null, "version": n}`. Raises ValueError, TypeError, KeyError."""
    kind, version = untrusted["kind"], untrusted["version"]
    if type(version) is not int:
        raise ValueError("a version is a whole number")
    return None if kind is None else LookKind(kind), version
