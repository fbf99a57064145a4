"""The privacy receipt as a page to print and as JSON."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template

from app.services import receipt as receipts
from app.services.receipt import Receipt
from app.web import words
from app.web.room import staff_room
from app.web.staff.sayings import CHECKED, DONE, FINDINGS, ROLES
from media_pipeline.core.errors import Stale
from media_pipeline.core.hearing import Hearing
from media_pipeline.core.report import PrivacyReport

receipt = Blueprint("receipt", __name__, url_prefix="/recordings/<recording_id>")


@receipt.get("/receipt")
def page(recording_id: str) -> str:
    """The page."""
    return render_template("staff/receipt.html", receipt=described(_found(recording_id)), recording_id=recording_id)


@receipt.get("/receipt.json")
def plain(recording_id: str) -> Response:
    """The same for scripts."""
    return jsonify(described(_found(recording_id)))


def _found(recording_id: str) -> Receipt:
    room = staff_room()
    try:
        return receipts.receipt(room.db, room.settings, recording_id)
    except Stale:
        abort(404)


def described(found: Receipt) -> dict[str, Any]:
    """A receipt as the page and scripts are told of it."""
    return {
        "title": found.recording.title,
        "published": words.moment(found.publication.published_at),
        "withdrawn": words.moment(found.publication.withdrawn_at) if found.publication.withdrawn_at else "",
        "approved": words.moment(found.approval.at),
        "approver": found.approver,
        "hurried": found.approval.hurried,
        "role": ROLES[found.approval.role],
        "found": None if found.found is None else [[says, found.found[kind]] for kind, says in FINDINGS.items()],
        "done": [
            {
                "action": action.value,
                "says": says,
                "count": sum(edit.action is action for edit in found.edits),
                "length": words.stretch(found.spans(action).length),
            }
            for action, says in DONE.items()
        ],
        "sound": _heard(found.hearing),
        "proofs": [_proof(report) for report in found.reports],
        "source": found.recording.sha256,
        "digests": {
            "proposal": found.approval.proposal_digest,
            "edits": found.approval.edits_digest,
            "plan": found.publication.plan_digest,
            "reports": list(found.report_digests),
        },
        "files": [{"name": file.name, "size": words.size(file.size), "sha256": file.sha256} for file in found.files],
    }


def _heard(told: Hearing) -> dict[str, Any] | None:
    """What the approver heard; None for a recording without sound, or one that was approved before that was counted."""
    if not told.stays:
        return None
    return {
        "stays": words.stretch(told.stays.length),
        "had_to": words.stretch(told.due.length),
        "heard": words.stretch((told.stays & told.heard).length),
        "unheard": words.stretch(told.unheard.length),
        "participants_muted": told.participants_muted,
    }


def _proof(report: PrivacyReport) -> dict[str, Any]:
    sizes = report.plan.renditions
    return {
        "size": words.lines(sizes[0].height if sizes else 0),
        "checks": [
            {
                "name": check.name.value,
                "says": CHECKED[check.name],
                "outcome": check.outcome.value,
                "compared": check.compared,
                "wrong": check.wrong,
            }
            for check in report.checks
        ],
    }
