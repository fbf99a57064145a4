"""The review room: what the page is told, what it saves, and that nothing is approved which was not shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.services.values import PrivateFolder
from tests.app.web.desk import WHY, StaffBrowser

GALLERY = [9.88, 14.12]
"""What is proposed of the film of no pictures: its gallery and the margins around it."""


def state_of(ann: StaffBrowser, base: str) -> dict[str, Any]:
    answer = ann.send("GET", f"{base}/review")
    assert answer.status_code == 200
    state: dict[str, Any] = answer.get_json()
    return state


def save(ann: StaffBrowser, base: str, cuts: Iterable[Sequence[float]], version: object) -> Any:
    edits = [{"action": "cut", "start": start, "end": end} for start, end in cuts]
    return put(ann, base, edits, version)


def put(ann: StaffBrowser, base: str, edits: object, version: object) -> Any:
    return ann.send("PUT", f"{base}/edits", json={"edits": edits, "version": version})


def look_at(ann: StaffBrowser, state: dict[str, Any], *sheets: int) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for sheet in sheets:
        ann.send("GET", state["sheets"][sheet], buffered=True)
        answer = ann.send("POST", state["sheets"][sheet].replace(".jpg", "/seen"))
        assert answer.status_code == 200
        seen = answer.get_json()
    return seen


def test_the_page_is_told_everything_it_needs(ann: StaffBrowser, base: str, recording_id: str) -> None:
    state = state_of(ann, base)
    assert (state["start"], state["end"], state["sound_only"]) == (0, 30, False)
    (row,) = state["edits"]
    assert [row["start"], row["end"]] == GALLERY
    assert (row["from"], row["to"], row["on"], row["proposed"]) == ("0:09.8", "0:14.1", True, True)
    assert "several people at once" in row["why"]
    assert state["kept"] == [[0, 9.88], [14.12, 30]]
    assert len(state["moments"]) == 60
    assert state["moments"][:3] == [0, 0.5, 1]
    assert state["per_sheet"] == 24
    assert state["sheets"] == [f"{base}/sheets/{sheet}.jpg" for sheet in range(3)]
    assert state["proxy"] == f"{base}/proxy.mp4"
    assert state["unseen"] == state["kept"]
    assert (state["kept_says"], state["cut_says"], state["unseen_says"]) == ("26 s", "4 s", "26 s")
    assert state["seen_sheets"] == []


def test_cuts_are_switched_off_and_on_moved_and_added(ann: StaffBrowser, base: str) -> None:
    version = state_of(ann, base)["version"]
    off = save(ann, base, [], version).get_json()
    assert [(row["on"], row["proposed"]) for row in off["edits"]] == [(False, True)]
    assert off["kept"] == [[0, 30]]
    added = save(ann, base, [GALLERY, [20, 21.5]], off["version"]).get_json()
    assert [(row["start"], row["on"], row["why"]) for row in added["edits"]] == [
        (9.88, True, added["edits"][0]["why"]),
        (20, True, "your own cut"),
    ]
    moved = save(ann, base, [[9, 14.12]], added["version"]).get_json()
    assert [row["start"] for row in moved["edits"]] == [9]
    assert moved["version"] == version + 3
    assert state_of(ann, base) == moved


def test_an_older_page_changes_nothing(ann: StaffBrowser, base: str) -> None:
    version = state_of(ann, base)["version"]
    saved = save(ann, base, [[1, 2]], version).get_json()
    late = save(ann, base, [], version)
    assert late.status_code == 409
    assert late.text.startswith("Someone else has changed this edit.")
    assert state_of(ann, base) == saved


NO_SPANS: list[tuple[object, object]] = [(2, 1), (1, 1), ("a", "b"), (1, None), ([], 1), (1, float("inf"))]
NO_EDITS: list[object] = [
    *([], "", None, 5),
    *({"action": "cut", "start": start, "end": end} for start, end in NO_SPANS),
    *({"action": action, "start": 1, "end": 2} for action in ("cover", "crop", "blur", None)),
    {"action": "cut", "start": 1, "end": 2, "box": [0, 0, 8, 8]},
    *({"action": "cover", "start": 1, "end": 2, "box": box} for box in ([0, 0, 8], [0, 0, 0, 8], [-1, 0, 8, 8], "8")),
    {"action": "cut", "start": 1, "end": 2, "name": "Ann"},
    {"action": "cut", "start": 1},
]
TOO_LONG = [{"action": "cut", "start": n, "end": n + 0.5} for n in range(2001)]


@pytest.mark.parametrize("edits", [None, "1-2", {"a": 1}, [[1, 2]], TOO_LONG, *([edit] for edit in NO_EDITS)])
def test_what_is_no_list_of_edits_is_refused(ann: StaffBrowser, base: str, edits: object) -> None:
    version = state_of(ann, base)["version"]
    assert put(ann, base, edits, version).status_code == 400
    assert state_of(ann, base)["version"] == version


def test_covers_crops_and_mutes_are_saved_undone_and_done_again(ann: StaffBrowser, base: str) -> None:
    state = state_of(ann, base)
    assert (state["picture"], state["rate"], state["has_sound"], state["undoable"]) == ([320, 180], 25, True, False)
    edits = [
        {"action": "cover", "start": 1, "end": 5, "box": [0, 120, 320, 60]},
        {"action": "crop", "start": 6, "end": 8, "box": [0, 0, 160, 90]},
        {"action": "mute", "start": 7, "end": 8.5},
    ]
    told = put(ann, base, edits, state["version"]).get_json()
    shown = [{name: row[name] for name in ("action", "start", "end", "box")} for row in told["edits"] if row["on"]]
    assert shown == [{"box": None, **edit} for edit in edits]
    assert told["edits_say"] == (
        "Of what stays, 4 s covered (1 stretch), 2 s cropped (1 stretch) and 2 s muted (1 stretch)."
    )
    assert (told["undoable"], told["redoable"]) == (True, False)
    undone = ann.send("POST", f"{base}/edits/undo", json={"version": told["version"]}).get_json()
    assert (undone["edits"], undone["undoable"], undone["redoable"]) == (state["edits"], False, True)
    assert ann.send("POST", f"{base}/edits/undo", json={"version": undone["version"]}).status_code == 409
    again = ann.send("POST", f"{base}/edits/redo", json={"version": undone["version"]}).get_json()
    assert again == told | {"version": state["version"] + 3}
    for verb in ("undo", "redo"):
        assert ann.send("POST", f"{base}/edits/{verb}", json=[]).status_code == 400


def test_a_cut_outside_of_the_recording_is_refused_with_a_sentence(ann: StaffBrowser, base: str) -> None:
    answer = save(ann, base, [[31, 32]], state_of(ann, base)["version"])
    assert answer.status_code == 422
    assert "outside the recording" in answer.text


def test_a_sheet_counts_only_for_the_browser_it_was_sent_to(ann: StaffBrowser, staff: Flask, base: str) -> None:
    state = state_of(ann, base)
    unsent = ann.send("POST", f"{base}/sheets/0/seen")
    assert unsent.status_code == 409
    ann.send("HEAD", state["sheets"][0], buffered=True)
    assert ann.send("POST", f"{base}/sheets/0/seen").status_code == 409
    look_at(ann, state, 0, 1, 2)
    other = StaffBrowser(ann.backend, staff)
    assert state_of(other, base)["seen_sheets"] == []
    assert other.send("POST", f"{base}/sheets/0/seen").status_code == 409
    assert other.send("POST", f"{base}/approve", json={**WHY, "version": state["version"]}).status_code == 409


def test_private_pictures_and_films(ann: StaffBrowser, base: str, recording_id: str) -> None:
    folder = PrivateFolder(ann.backend.settings, recording_id)
    sheet = ann.send("GET", f"{base}/sheets/1.jpg", buffered=True)
    assert sheet.data == folder.sheet(1).read_bytes()
    assert sheet.content_type == "image/jpeg"
    assert ann.send("GET", f"{base}/sheets/3.jpg").status_code == 409
    assert ann.send("GET", f"{base}/sheets/x.jpg").status_code == 404
    part = ann.send("GET", f"{base}/proxy.mp4", headers={"Range": "bytes=2-5"}, buffered=True)
    assert (part.status_code, part.data) == (206, folder.proxy.read_bytes()[2:6])
    assert "ETag" not in part.headers
    folder.proxy.unlink()
    assert ann.send("GET", f"{base}/proxy.mp4").status_code == 409


def test_seconds_that_were_played_count_once_they_were_sent(ann: StaffBrowser, base: str) -> None:
    state = state_of(ann, base)
    told = ann.send("POST", state["watched"], json={"seconds": [0, 1, 2]}).get_json()
    assert told["unseen"] == state["unseen"]
    ann.send("GET", state["proxy"], headers={"Range": "bytes=0-3"}, buffered=True)
    told = ann.send("POST", state["watched"], json={"seconds": [0, 1, 2, 3]}).get_json()
    assert told["unseen"] == [[3, 9.88], [14.12, 30]]
    bodies: list[object] = [
        [],
        {"seconds": "1"},
        {"seconds": [True]},
        {"seconds": [1.5]},
        {"seconds": [0] * 1001},
        {"heard": 1},
    ]
    bodies += [{"heard": [0.5]}, {"seconds": [1], "names": []}]
    for body in bodies:
        assert ann.send("POST", state["watched"], json=body).status_code == 400


def test_the_timeline_is_told_what_was_found_and_how_loud_it_is(
    ann: StaffBrowser, base: str, recording_id: str
) -> None:
    state = state_of(ann, base)
    told = ann.send("GET", state["timeline"]).get_json()
    assert told["findings"] == [{"kind": "face", "says": "Faces", "spans": [[10, 14]]}]
    assert told["looks"] == [{"number": 1, "spans": [[0, 10], [14, 30]]}, {"number": 2, "spans": [[10, 14]]}]
    assert (len(told["peaks"]), told["peaks_a_second"]) == (300, 10)
    assert told["strip_moments"] == [n / 2 for n in range(60)]
    assert ann.send("GET", told["strip"], buffered=True).content_type == "image/jpeg"
    assert state_of(ann, base)["unseen"] == state["unseen"]
    folder = PrivateFolder(ann.backend.settings, recording_id)
    folder.strip.unlink()
    (folder.path / "values" / "preview.json").unlink()  # as analysed before there were any
    before = ann.send("GET", state["timeline"]).get_json()
    assert (before["strip"], before["strip_moments"], before["peaks"]) == (None, [], [])


def test_nothing_private_is_answered_once_the_review_is_over(ann: StaffBrowser, base: str, recording_id: str) -> None:
    ann.backend.look_at_all(recording_id, ann.who)
    ann.send("POST", f"{base}/approve", json={**WHY, "version": state_of(ann, base)["version"]})
    for path in ("review", "review/timeline", "proxy.mp4", "strip.jpg", "sheets/0.jpg"):
        answer = ann.send("GET", f"{base}/{path}")
        assert answer.status_code == 409
        assert "This recording has moved on" in answer.text


def test_the_page_says_that_only_the_first_sound_track_is_used(ann: StaffBrowser, base: str, recording_id: str) -> None:
    assert state_of(ann, base)["tracks_says"] == ""
    folder = PrivateFolder(ann.backend.settings, recording_id)
    folder.save(replace(folder.media(), audio_tracks=3), "media")
    assert state_of(ann, base)["tracks_says"] == "This recording has 3 sound tracks; only the first of them is used."
