"""An edit as the review page shows it and as it comes back: plain JSON, times in seconds, boxes in pixels of the recording."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flask import abort

from app.services.opened import Review
from app.web import words
from app.web.staff.sayings import ACTIONS, OWN, WHYS
from media_pipeline.core.edits import Action, Edit, EditList, read_edit
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.timebase import clock

_MOST_EDITS = 2000
"""More than staff make by hand; a longer list is a mistake or an attack."""


def read_edits(untrusted: Any) -> tuple[list[Edit], int]:
    """`{"version": n, "edits": […]}`; aborts with 400 for anything else."""
    version = read_version(untrusted)
    try:
        rows = untrusted["edits"]
        if type(rows) is not list or len(rows) > _MOST_EDITS:
            abort(400)
        return [read_edit(row) for row in rows], version
    except (KeyError, TypeError, ValueError, ArithmeticError):
        abort(400)


def read_version(untrusted: Any) -> int:
    """`{"version": n}`; aborts with 400 for anything else."""
    version = untrusted.get("version") if isinstance(untrusted, dict) else None
    if type(version) is not int:
        abort(400)
    return version


def edit_rows(opened: Review) -> list[dict[str, Any]]:
    """Every edit in force, and the cuts that were proposed and taken out, by start."""
    cut = opened.edits.cut
    rows = [_row(opened, edit, on=True) for edit in opened.edits.edits]
    off = (p.span for p in opened.proposal.cuts if not IntervalSet((p.span,)) & cut)
    rows += [_row(opened, Edit(Action.CUT, span), on=False) for span in off]
    return sorted(rows, key=lambda row: (row["start"], row["end"]))


def edits_say(edits: EditList) -> str:
    """What is done besides cutting, in words: `2 stretches (14 s) are covered, …`; empty for nothing."""
    said = []
    for action, what in ((Action.COVER, "covered"), (Action.CROP, "cropped"), (Action.MUTE, "muted")):
        spans = IntervalSet.of(edit.span for edit in edits.edits if edit.action is action) & edits.keep
        if spans:
            count = len(spans)
            said.append(f"{words.stretch(spans.length)} {what} ({count} stretch{'es' if count != 1 else ''})")
    return "" if not said else f"Of what stays, {words.listed(said)}."


def _row(opened: Review, edit: Edit, *, on: bool) -> dict[str, Any]:
    reasons = set() if edit.action is not Action.CUT else _reasons(opened, edit.span)
    box = edit.box
    return {
        "action": edit.action.value,
        "start": number(edit.span.start),
        "end": number(edit.span.end),
        "box": None if box is None else [box.x, box.y, box.width, box.height],
        "from": clock(edit.span.start),
        "to": clock(edit.span.end),
        "says": ACTIONS[edit.action],
        "on": on,
        "why": ", ".join(sorted(reasons)) or OWN[edit.action],
        "proposed": bool(reasons),
    }


def _reasons(opened: Review, span: Interval) -> set[str]:
    return {WHYS[reason.why] for p in opened.proposal.cuts if p.span.overlaps(span) for reason in p.reasons}


def number(moment: Fraction) -> float:
    """Seconds to the microsecond: finer than a frame, and exact again within the millisecond that edges are given."""
    return round(float(moment), 6)
