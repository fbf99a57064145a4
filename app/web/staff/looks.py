"""The looks of a recording as the review page shows them, and what staff say of one."""

from __future__ import annotations

from typing import Any

from app.services.opened import Review
from app.web import words
from media_pipeline.core.guesses import guess, to_ask
from media_pipeline.core.looks import Look, LookKind
from media_pipeline.core.policy import Policy

SHOWN_FIRST = 8
"""Looks that are shown at once of those that an answer helps, beside those that are taken for something already."""


def look_rows(opened: Review) -> list[dict[str, Any]]:
    """Every look, the biggest first, those last that stay cut whatever they are called: what it is taken for, whether staff said so,
    whether it is to be shown at once, and moments (s) that show it."""
    asked, guessed = to_ask(opened.looks, Policy()), set(guess(opened.looks, Policy()))
    first = guessed | {look.number for look in [look for look in asked if look.number not in guessed][:SHOWN_FIRST]}
    return [
        _row(opened, look, look.number in first)
        for look in sorted(asked, key=lambda look: (look.stays_cut, look.number))
    ]


def _row(opened: Review, look: Look, first: bool) -> dict[str, Any]:
    taken = next((one for one in opened.proposal.kinds if one.look == look.number), None)
    return {
        "number": look.number,
        "share_says": words.share(look.share),
        "kind": taken and taken.kind,
        "answered": taken is not None and taken.answered,
        "stays_cut": look.stays_cut,
        "first": first,
        "examples": [round(float(moment), 6) for moment in look.examples],
    }


def read_answer(untrusted: Any) -> tuple[LookKind | None, int]:
    """`{"kind": "presenter" | "page" | "participants" | null, "version": n}`. Raises ValueError, TypeError, KeyError."""
    kind, version = untrusted["kind"], untrusted["version"]
    if type(version) is not int:
        raise ValueError("a version is a whole number")
    return None if kind is None else LookKind(kind), version
