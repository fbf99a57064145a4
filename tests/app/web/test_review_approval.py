"""Nothing is approved that was not shown, and nothing that was not said to be so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.db.engine import now
from app.db.kinds import RecordingState
from app.db.models import SecondHeard, SecondWatched, SheetShown
from tests.app.web.desk import WHY, StaffBrowser
from tests.app.web.test_review import look_at, save, state_of


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b'{"version": "1"}', b'{"version": true}', b"{}", b"{"])
def test_what_is_no_approval_is_refused(ann: StaffBrowser, base: str, body: bytes) -> None:
    answer = ann.send("POST", f"{base}/approve", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert ann.send("PUT", f"{base}/edits", data=body, content_type="application/json").status_code == 400


def test_approving_needs_every_kept_second_on_the_screen(ann: StaffBrowser, base: str, recording_id: str) -> None:
    state = state_of(ann, base)
    version = state["version"]

    def approve() -> Any:
        return ann.send("POST", f"{base}/approve", json={**WHY, "version": version})

    assert approve().status_code == 409
    assert "not been shown to you" in approve().text
    seen = look_at(ann, state, 0, 2)
    assert seen["unseen"] == [[14.12, 24]]
    assert seen["seen_sheets"] == [0, 2]
    assert approve().status_code == 409
    assert look_at(ann, state, 1)["unseen"] == []
    unheard = approve()
    assert unheard.status_code == 409
    assert "Some of the sound that must be heard" in unheard.text
    ann.backend.hear_all(recording_id, ann.who)
    answer = approve()
    assert answer.status_code == 200
    assert answer.get_json() == {"url": base}
    assert ann.backend.row(recording_id).state is RecordingState.PUBLISHING
    assert ann.backend.jobs.said[-1][:2] == ("publish", recording_id)


def test_what_is_kept_after_all_must_be_looked_at(ann: StaffBrowser, base: str) -> None:
    state = state_of(ann, base)
    look_at(ann, state, 0, 1, 2)
    kept = save(ann, base, [], state["version"]).get_json()
    assert kept["seen_sheets"] == [2]
    assert kept["unseen"] == [[0, 24]]
    assert ann.send("POST", f"{base}/approve", json={**WHY, "version": kept["version"]}).status_code == 409
    looked = look_at(ann, kept, 0, 1)
    assert (looked["unseen"], looked["to_look_at"]) == ([[10, 14]], [])  # there somebody was found
    assert (looked["to_watch"], looked["to_watch_says"]) == ([[10, 14]], "4 s")
    assert ann.send("POST", f"{base}/approve", json={**WHY, "version": kept["version"]}).status_code == 409
    ann.send("GET", kept["proxy"], buffered=True)
    assert ann.send("POST", kept["watched"], json={"seconds": [10, 11, 12, 13]}).get_json()["unseen"] == []
    cut = save(ann, base, [[0, 5]], kept["version"]).get_json()
    assert (cut["unseen"], cut["seen_sheets"]) == ([], [0, 1, 2])


def test_approving_needs_a_title_and_something_that_stays(ann: StaffBrowser, base: str, recording_id: str) -> None:
    state = state_of(ann, base)
    look_at(ann, state, 0, 1, 2)
    everything = save(ann, base, [[0, 30]], state["version"]).get_json()
    nothing_left = ann.send("POST", f"{base}/approve", json={**WHY, "version": everything["version"]})
    assert nothing_left.status_code == 422
    assert "nothing of the recording is left" in nothing_left.text
    assert ann.backend.row(recording_id).state is RecordingState.TO_REVIEW


def test_a_sound_recording_is_heard_to_its_last_second(ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed(b"sound of a storytime")
    base = f"/recordings/{recording_id}"
    state = state_of(ann, base)
    assert (state["sound_only"], state["sheets"], state["moments"], state["edits"]) == (True, [], [], [])
    assert (state["unseen"], state["owed"], state["sounding"]) == ([], [[0, 30]], [[0, 30]])

    def fetch(asked: str, **more: Any) -> TestResponse:
        return ann.send("GET", f"{base}/proxy.mp4", headers={"Range": asked}, **more)

    def listen(*seconds: int) -> Any:
        return ann.send("POST", state["watched"], json={"heard": list(seconds)}).get_json()["owed"]

    ann.send("HEAD", f"{base}/proxy.mp4", buffered=True)
    fetch("bytes=0-").close()  # the browser went away before the first byte
    assert listen(0, 1, 2) == [[0, 30]]
    fetch("bytes=0-9", buffered=True)  # second n lies in the bytes n and n + 1
    assert listen(*range(20)) == [[9, 30]]
    refused = ann.send("POST", f"{base}/approve", json={**WHY, "version": state["version"]})
    assert refused.status_code == 409
    ann.backend.hear_all(recording_id, ann.who)
    assert ann.send("POST", f"{base}/approve", json={**WHY, "version": state["version"]}).status_code == 200


def one_second_left(ann: StaffBrowser, recording_id: str, state: dict[str, Any], account: type) -> dict[str, Any]:
    """The browser has seen and heard all but the second from 20 s on, which is in no report yet."""
    ann.backend.look_at_all(recording_id, ann.who)
    with ann.backend.db.writing() as session:
        if account is SecondHeard:
            session.delete(session.get_one(SecondHeard, (recording_id, ann.who.session_id, 20)))
        else:
            session.delete(session.get_one(SheetShown, (recording_id, ann.who.session_id, 1)))
            for second in (*range(12, 20), *range(21, 24)):
                at = session.get_one(SecondHeard, (recording_id, ann.who.session_id, second)).at
                session.add(
                    SecondWatched(recording_id=recording_id, session_id=ann.who.session_id, second=second, at=at)
                )
    return state_of(ann, f"/recordings/{recording_id}")


@pytest.mark.parametrize(
    ("account", "left", "kind"), [(SecondWatched, "unseen", "seconds"), (SecondHeard, "owed", "heard")]
)
def test_nothing_is_approved_with_one_second_left(
    ann: StaffBrowser, base: str, recording_id: str, account: type, left: str, kind: str
) -> None:
    state = one_second_left(ann, recording_id, state_of(ann, base), account)
    assert state[left] == [[20, 21]]
    assert {"unseen": state["unseen"], "owed": state["owed"]} == {"unseen": [], "owed": [], left: [[20, 21]]}

    def approve() -> TestResponse:
        return ann.send("POST", f"{base}/approve", json={**WHY, "version": state["version"]})

    assert approve().status_code == 409
    assert ann.backend.row(recording_id).state is RecordingState.TO_REVIEW
    ann.send("GET", state["proxy"], buffered=True)
    with ann.backend.db.writing() as session:  # as the last report was a while ago
        for table in (SecondWatched, SecondHeard):
            session.execute(update(table).values(at=now() - timedelta(seconds=9)))
    assert ann.send("POST", state["watched"], json={kind: [20]}).get_json()[left] == []
    assert approve().status_code == 200


def test_participants_are_declared_muted_once(ann: StaffBrowser, base: str, recording_id: str) -> None:
    state = state_of(ann, base)
    assert (state["participants_muted"], state["owed"]) == (False, state["kept"])
    assert state["sound_says"] == "Of the sound that stays, 26 s were not heard by whoever approves."
    bodies: list[Any] = [[], {}, {"version": state["version"]}, {"version": 1, "participants_muted": 1}]
    for body in bodies:
        assert ann.send("PUT", state["sound"], json=body).status_code == 400
    declared = {"version": state["version"], "participants_muted": True}
    told = ann.send("PUT", state["sound"], json=declared).get_json()
    assert (told["participants_muted"], told["owed"], told["unheard"]) == (True, [], state["kept"])
    assert told["sound_says"].startswith("It was declared that participants were muted. Of the sound that stays, 26 s")
    assert ann.send("PUT", state["sound"], json=declared).status_code == 409
    look_at(ann, told, 0, 1, 2)
    assert ann.send("POST", f"{base}/approve", json={**WHY, "version": state["version"]}).status_code == 409
    assert ann.send("POST", f"{base}/approve", json={**WHY, "version": told["version"]}).status_code == 200
