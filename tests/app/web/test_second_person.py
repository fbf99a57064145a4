"""A second pair of eyes, where the library wants one, and until when approving makes something public."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.db.engine import now
from app.db.models import Approval
from app.services import holds
from app.web import words
from tests.app.backend import Backend
from tests.app.web.desk import WHY, StaffBrowser, staff_app

SRT = b"1\n00:00:01,000 --> 00:00:02,000\nOnce upon a time\n"
VTT = b"WEBVTT\n\n00:00.000 --> 00:05.000\nSong\n"

Change = Callable[[StaffBrowser, str, dict[str, Any]], TestResponse]


def file_sent(path: str, body: bytes) -> Change:
    return lambda who, base, _: who.client.post(
        f"{base}/{path}",
        data={"csrf_token": who.csrf, "file": (BytesIO(body), "captions.vtt")},
        content_type="multipart/form-data",
    )


CHANGES: dict[str, Change] = {
    "edits": lambda who, base, state: who.send(
        "PUT",
        f"{base}/edits",
        json={"version": state["version"], "edits": [{"action": "cut", "start": 9, "end": 15}]},
    ),
    "undo": lambda who, base, state: who.send("POST", f"{base}/edits/undo", json={"version": state["version"]}),
    "redo": lambda who, base, state: who.send("POST", f"{base}/edits/redo", json={"version": state["version"]}),
    "look": lambda who, base, state: who.send(
        "PUT", f"{base}/looks/1", json={"version": state["version"], "kind": "presenter"}
    ),
    "sound": lambda who, base, state: who.send(
        "PUT", f"{base}/sound", json={"version": state["version"], "participants_muted": True}
    ),
    "captions": file_sent("captions", SRT),
    "choice": lambda who, base, state: who.submit(f"{base}/captions/choice", said=said_on(who, base)),
    "chapters": file_sent("chapters", VTT),
    "captions gone": lambda who, base, state: who.submit(f"{base}/captions/removal"),
    "chapters gone": lambda who, base, state: who.submit(f"{base}/chapters/removal"),
}


def said_on(who: StaffBrowser, base: str) -> str:
    page = who.get(base).text
    return page.split('name="said" value="')[1].split('"')[0]


def state_of(who: StaffBrowser, base: str) -> dict[str, Any]:
    state: dict[str, Any] = who.send("GET", f"{base}/review").get_json()
    return state


def approve(who: StaffBrowser, base: str) -> TestResponse:
    who.backend.look_at_all(base.rsplit("/", 1)[1], who.who)
    digest = who.get(base).text.split('data-texts="')[1].split('"')[0]
    body = {**WHY, "version": state_of(who, base)["version"], "texts": digest}
    return who.send("POST", f"{base}/approve", json=body)


@pytest.fixture
def careful(tmp_path: Path) -> Backend:
    return Backend(tmp_path / "careful", second_person=True)


def test_whoever_changed_it_last_does_not_approve_it(careful: Backend) -> None:
    """Each change that a page or a script can make, by Ann, over one by Bob."""
    recording_id = careful.analysed()
    base = f"/recordings/{recording_id}"
    ann = StaffBrowser(careful, staff_app(careful))
    assert approve_refused(ann, base) == "", "nobody has changed it"
    for name, change in CHANGES.items():
        as_if_by_bob(careful, recording_id)
        assert state_of(ann, base)["another_says"] == "", name
        assert change(ann, base, state_of(ann, base)).status_code in (200, 302), name
        assert state_of(ann, base)["another_says"].startswith("You were the last to change"), name
        assert "You were the last to change" in approve_refused(ann, base), name
    as_if_by_bob(careful, recording_id)
    assert approve(ann, base).status_code == 200
    careful.db.close()


def as_if_by_bob(backend: Backend, recording_id: str) -> None:
    bob = backend.staff("bob").user_id
    with backend.db.writing() as session:
        session.merge(backend.row(recording_id)).edited_by = bob


def approve_refused(ann: StaffBrowser, base: str) -> str:
    """What a request to approve is refused with, before anything is looked at; empty when that is not the reason."""
    digest = ann.get(base).text.split('data-texts="')[1].split('"')[0]
    answer = ann.send(
        "POST", f"{base}/approve", json={**WHY, "version": state_of(ann, base)["version"], "texts": digest}
    )
    assert answer.status_code == 409
    return answer.text if "somebody else" in answer.text else ""


def test_one_person_is_enough_where_the_library_has_not_asked_for_two(ann: StaffBrowser, base: str) -> None:
    assert CHANGES["edits"](ann, base, state_of(ann, base)).status_code == 200
    assert state_of(ann, base)["another_says"] == ""
    assert approve(ann, base).status_code == 200


def test_approving_says_until_when_it_will_be_public(ann: StaffBrowser, base: str, recording_id: str) -> None:
    last = holds.last_day(now() + timedelta(days=ann.backend.settings.published_days))
    said = "Families can then watch it until the end of {}."
    assert state_of(ann, base)["until_says"] == said.format(words.day(last))
    holds.set_end(ann.backend.db, recording_id, date(2099, 12, 31))
    assert state_of(ann, base)["until_says"] == said.format("31 December 2099")
    assert approve(ann, base).status_code == 200
    with ann.backend.db.reading() as session:
        approval_id = session.scalars(select(Approval.id)).one()
    ann.backend.make_public(recording_id, approval_id, ann.backend.rendered(recording_id, approval_id))
    assert ann.backend.row(recording_id).ends_at == datetime(2100, 1, 1, tzinfo=UTC)
