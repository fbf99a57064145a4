"""What staff say of a look: what the page is told, and what it may say."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.web import words
from tests.app.web.desk import WHY, StaffBrowser
from tests.app.web.test_review import GALLERY, look_at, save, state_of

ROOM, CROWD = 1, 2


def answer(ann: StaffBrowser, base: str, look: object, kind: object, version: object) -> Any:
    return ann.send("PUT", f"{base}/looks/{look}", json={"kind": kind, "version": version})


def test_the_page_is_told_of_every_look(ann: StaffBrowser, base: str) -> None:
    state = state_of(ann, base)
    assert state["proposed"] == 1
    assert state["looks"] == [
        {
            "number": ROOM,
            "share_says": "87 % of the film",
            "kind": "presenter",
            "answered": False,
            "stays_cut": False,
            "first": True,
            "examples": [0, 14.0],
        },
        {
            "number": CROWD,
            "share_says": "13 % of the film",
            "kind": None,
            "answered": False,
            "stays_cut": False,
            "first": True,
            "examples": [10.0],
        },
    ]


def test_an_answer_changes_the_cuts_at_once_and_can_be_taken_back(ann: StaffBrowser, base: str) -> None:
    before = state_of(ann, base)
    told = answer(ann, base, CROWD, "page", before["version"]).get_json()
    assert (told["looks"][1]["kind"], told["looks"][1]["answered"]) == ("page", True)
    assert (told["proposed"], told["edits"], told["kept"]) == (0, [], [[0, 30]])
    assert told == state_of(ann, base)
    back = answer(ann, base, CROWD, None, told["version"]).get_json()
    assert [back["edits"][0]["start"], back["edits"][0]["end"]] == GALLERY
    assert back | {"version": 0, "undoable": False} == before | {"version": 0}
    assert back["version"] == before["version"] + 2


def test_what_comes_back_must_be_looked_at(ann: StaffBrowser, base: str) -> None:
    state = state_of(ann, base)
    look_at(ann, state, 0, 1, 2)
    told = answer(ann, base, CROWD, "page", state["version"]).get_json()
    assert (told["seen_sheets"], told["unseen"]) == ([2], [[0, 24]])
    assert ann.send("POST", f"{base}/approve", json={**WHY, "version": told["version"]}).status_code == 409
    assert ann.send("POST", f"{base}/approve", json={**WHY, "version": state["version"]}).status_code == 409


def test_own_cuts_stay(ann: StaffBrowser, base: str) -> None:
    state = save(ann, base, [[1, 2], GALLERY], state_of(ann, base)["version"]).get_json()
    told = answer(ann, base, CROWD, "page", state["version"]).get_json()
    assert [(row["start"], row["end"], row["why"]) for row in told["edits"]] == [(1, 2, "your own cut")]


def test_an_older_page_answers_nothing(ann: StaffBrowser, base: str) -> None:
    version = state_of(ann, base)["version"]
    saved = save(ann, base, [[1, 2]], version).get_json()
    late = answer(ann, base, CROWD, "page", version)
    assert late.status_code == 409
    assert late.text.startswith("Someone else has changed this edit.")
    assert state_of(ann, base) == saved


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"7",
        b'"x"',
        b"{",
        b"{}",
        b'{"kind": "page"}',
        b'{"version": 1}',
        b'{"kind": "child", "version": 1}',
        b'{"kind": ["page"], "version": 1}',
        b'{"kind": "", "version": 1}',
        b'{"kind": "page", "version": "1"}',
        b'{"kind": "page", "version": true}',
    ],
)
def test_what_is_no_answer_is_refused(ann: StaffBrowser, base: str, body: bytes) -> None:
    before = state_of(ann, base)
    told = ann.send("PUT", f"{base}/looks/{CROWD}", data=body, content_type="application/json")
    assert told.status_code == 400
    assert state_of(ann, base) == before


@pytest.mark.parametrize(
    ("look", "status"), [(0, 409), (3, 409), (10**9 - 1, 409), (10**30, 404), (-1, 404), ("x", 404)]
)
def test_a_look_that_there_is_not(ann: StaffBrowser, base: str, look: object, status: int) -> None:
    assert answer(ann, base, look, "page", state_of(ann, base)["version"]).status_code == status


def test_a_sound_recording_has_no_looks(ann: StaffBrowser) -> None:
    assert state_of(ann, f"/recordings/{ann.backend.analysed(b'sound of a storytime')}")["looks"] == []


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (Fraction(41, 100), "41 %"),
        (Fraction(1, 1000), "less than 1 %"),
        (Fraction(999, 1000), "99 %"),
        (Fraction(1), "100 %"),
    ],
)
def test_how_much_of_a_film_is_said(part: Fraction, said: str) -> None:
    assert words.share(part) == f"{said} of the film"
