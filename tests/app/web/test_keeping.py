"""How long a recording is kept: what the page says and what staff do about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState
from app.db.models import Recording
from app.services.values import PrivateFolder
from app.web import words
from tests.app.web.desk import StaffBrowser, published


def old(ann: StaffBrowser, recording_id: str, days: int) -> None:
    with ann.backend.db.writing() as session:
        session.merge(ann.backend.row(recording_id)).created_at = now() - timedelta(days=days)


def row(ann: StaffBrowser, recording_id: str) -> Recording:
    return ann.backend.row(recording_id)


def test_a_draft_says_when_it_goes_and_warns_in_its_last_week(ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    page = ann.get(f"/recordings/{recording_id}").text
    assert f"not published by <strong>{words.day((now() + timedelta(days=60)).astimezone())}" in page
    assert "Deleted on" not in ann.get("/").text
    old(ann, recording_id, 54)
    assert "unless it is published or put on hold" in ann.get("/").text


def test_the_last_day_is_chosen(ann: StaffBrowser) -> None:
    recording_id, _ = published(ann.backend)
    last = (now() + timedelta(days=40)).date()
    ann.submit(f"/recordings/{recording_id}/end", last=last.isoformat())
    page = ann.get(f"/recordings/{recording_id}").text
    assert f'value="{last.isoformat()}"' in page
    assert f"until the end of <strong>{words.day(last)}" in page


@pytest.mark.parametrize("untrusted_day", ["", "soon", "2001-01-01", "9999-12-31"])
def test_a_day_that_is_none_changes_nothing(ann: StaffBrowser, untrusted_day: str) -> None:
    recording_id, _ = published(ann.backend)
    before = row(ann, recording_id).ends_at
    ann.submit(f"/recordings/{recording_id}/end", last=untrusted_day)
    assert row(ann, recording_id).ends_at == before
    assert "still to come" in ann.get(f"/recordings/{recording_id}").text


def test_an_original_is_deleted_now_and_families_still_watch(ann: StaffBrowser) -> None:
    recording_id, _ = published(ann.backend)
    assert "Yes, delete the original" in ann.get(f"/recordings/{recording_id}").text
    ann.submit(f"/recordings/{recording_id}/delete-original")
    assert not PrivateFolder(ann.backend.settings, recording_id).path.exists()
    page = ann.get(f"/recordings/{recording_id}").text
    assert "Yes, delete the original" not in page
    assert "The original has been deleted." in page
    assert row(ann, recording_id).state is RecordingState.PUBLISHED


def test_a_hold_is_put_and_lifted(ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    ann.submit(f"/recordings/{recording_id}/hold", reason=" ")
    assert row(ann, recording_id).held_reason is None
    ann.submit(f"/recordings/{recording_id}/hold", reason="A request <for> records")
    page = ann.get(f"/recordings/{recording_id}").text
    assert "A request &lt;for&gt; records" in page
    assert "Yes, remove it for good" not in page
    assert ann.submit(f"/recordings/{recording_id}/remove").status_code == 409
    ann.submit(f"/recordings/{recording_id}/release")
    assert "Yes, remove it for good" in ann.get(f"/recordings/{recording_id}").text


@pytest.mark.parametrize("act", ["end", "hold", "release", "delete-original"])
def test_what_is_gone_is_said_so(ann: StaffBrowser, act: str) -> None:
    day = (now() + timedelta(days=40)).date().isoformat()
    answer = ann.submit(f"/recordings/gone/{act}", last=day, reason="x")
    assert answer.status_code == 409


def test_more_is_cut_out_of_what_is_public_once_its_original_is_gone(ann: StaffBrowser) -> None:
    recording_id, _ = published(ann.backend)
    base = f"/recordings/{recording_id}"
    assert "Cut more out of it" not in ann.get(base).text
    ann.submit(f"{base}/delete-original")
    assert "Cut more out of it" in ann.get(base).text
    answer = ann.submit(f"{base}/anew")
    assert answer.status_code == 302
    copy = ann.get(answer.location)
    assert "This is a copy of what is public." in copy.text
    assert "Bears" in copy.text
    assert row(ann, recording_id).state is RecordingState.PUBLISHED
