"""Publishing later, by page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState
from app.services.opened import open_review
from app.web import words
from tests.app.backend import Backend
from tests.app.web.desk import WHY, StaffBrowser, staff_app


def approve(ann: StaffBrowser, recording_id: str, publish_at: object) -> int:
    backend = ann.backend
    backend.look_at_all(recording_id, ann.who)
    version = open_review(backend.db, backend.settings, recording_id).version
    body = {"version": version, "publish_at": publish_at, **WHY}
    return ann.send("POST", f"/recordings/{recording_id}/approve", json=body).status_code


def test_a_page_says_when_and_it_can_be_called_off(ann: StaffBrowser, recording_id: str, base: str) -> None:
    later = (now() + timedelta(days=2)).astimezone()
    assert approve(ann, recording_id, f"{later:%Y-%m-%dT%H:%M}") == 200
    page = ann.get(base).text
    assert words.moment(later) in page
    assert "Approved, to be published later" in page
    assert "Approve and publish" not in page
    assert "Bears" in ann.get("/?show=scheduled").text
    ann.submit(f"{base}/call-off")
    assert ann.backend.row(recording_id).state is RecordingState.TO_REVIEW
    assert "Approve and publish" in ann.get(base).text


def test_it_can_be_published_before_its_time(ann: StaffBrowser, recording_id: str, base: str) -> None:
    later = now() + timedelta(days=2)
    assert approve(ann, recording_id, later.isoformat()) == 200
    assert "Why does it not wait?" not in ann.get(base).text
    ann.submit(f"{base}/publish-now")
    assert ann.backend.row(recording_id).state is RecordingState.PUBLISHING


@pytest.mark.parametrize(
    "untrusted", ["soon", 7, "2026-13-01", "x" * 50, "9999-12-31T23:59", "0001-01-01T00:00", ["2026-12-01"], True]
)
def test_what_is_no_moment_approves_nothing(ann: StaffBrowser, recording_id: str, untrusted: object) -> None:
    assert approve(ann, recording_id, untrusted) == 400
    assert ann.backend.row(recording_id).state is RecordingState.TO_REVIEW


def test_a_library_that_waits_says_so_and_asks_why_not(tmp_path: Path) -> None:
    backend = Backend(tmp_path / "data", waiting_hours=48)
    ann = StaffBrowser(backend, staff_app(backend))
    recording_id = backend.analysed()
    base = f"/recordings/{recording_id}"
    says = ann.send("GET", f"{base}/review").get_json()["waiting_says"]
    assert says == "This library waits 48 hours between approval and publication."
    assert approve(ann, recording_id, "") == 200
    assert "Why does it not wait?" in ann.get(base).text
    assert "Please say in one line why" in ann.submit(f"{base}/publish-now", reason=" ").text
    ann.submit(f"{base}/publish-now", reason="The branch asked")
    approval_id = backend.jobs.said[-1][2]
    backend.make_public(recording_id, approval_id, backend.rendered(recording_id, approval_id))
    assert "The branch asked" in ann.get(f"{base}/receipt").text
    backend.db.close()
