"""tus behind the staff's door: for whoever is signed in, with the form token, and nothing of a name is kept."""

from __future__ import annotations

from base64 import b64encode

import pytest
from argon2 import PasswordHasher
from flask import Flask
from werkzeug.test import TestResponse

from app.db.engine import now
from app.db.models import User
from app.services import library
from tests.app.web.desk import PASSWORD, SCRIPT, StaffBrowser

FILM = b"a recording of a storytime" * 100
BYTES = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


def create(ann: StaffBrowser, length: int = len(FILM), name: str = "Ada Lovelace.mp4") -> str:
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(length),
        "Upload-Metadata": f"filename {b64encode(name.encode()).decode()}",
    }
    answer = ann.send("POST", "/uploads", headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"].startswith("/uploads/")
    return answer.headers["Location"]


def begin(ann: StaffBrowser, name: str) -> TestResponse:
    named = f"filename {b64encode(name.encode()).decode()}"
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(FILM)), "Upload-Metadata": named}
    return ann.send("POST", "/uploads", headers=headers)


def append(ann: StaffBrowser, url: str, offset: int, block: bytes) -> int:
    answer = ann.send("PATCH", url, headers=BYTES | {"Upload-Offset": str(offset)}, data=block)
    return answer.status_code


def test_a_recording_comes_in_parts_and_is_taken_in(ann: StaffBrowser) -> None:
    url = create(ann)
    assert append(ann, url, 0, FILM[:1000]) == 204
    head = ann.send("HEAD", url, headers={"Tus-Resumable": "1.0.0"})
    assert (head.status_code, head.headers["Upload-Offset"]) == (200, "1000")
    assert append(ann, url, 500, b"x") == 409
    assert append(ann, url, 1000, FILM[1000:]) == 204
    (recording,) = library.recordings(ann.backend.db)
    assert recording.uploaded_by == ann.who.user_id
    assert (recording.size, recording.title) == (len(FILM), "")
    assert ann.backend.jobs.said == [("analyse", recording.id, "1")]
    again = ann.send("HEAD", url, headers={"Tus-Resumable": "1.0.0"})
    assert again.headers["Upload-Offset"] == str(len(FILM))
    assert len(library.recordings(ann.backend.db)) == 1


def test_the_name_is_nowhere(ann: StaffBrowser) -> None:
    append(ann, create(ann), 0, FILM)
    kept = [path for path in ann.backend.settings.data.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        assert b"Lovelace" not in path.read_bytes()
        assert "Lovelace" not in str(path)


def test_a_gallery_is_told_by_its_name(ann: StaffBrowser) -> None:
    append(ann, create(ann, name="GMT20260910-185700_Recording_gallery_1920x900.mp4"), 0, FILM)
    (recording,) = library.recordings(ann.backend.db)
    assert recording.hint == "gallery-view"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GMT20260910-185700_Recording_gvo_1280x720.mp4", "everyone is visible"),
        ("Screen Recording 2026-09-15 at 14.30.12.mov", "audio watermark"),
        ("Ada Lovelace.mp4", ""),
    ],
)
def test_what_a_name_warns_of_is_said_as_the_upload_begins(ann: StaffBrowser, name: str, said: str) -> None:
    answer = begin(ann, name)
    assert answer.status_code == 201
    assert said in answer.text
    assert bool(answer.text) == bool(said)
    assert name not in answer.text
    assert name not in str(answer.headers)
    url = answer.headers["Location"]
    assert ann.send("HEAD", url, headers={"Tus-Resumable": "1.0.0"}).status_code == 200
    assert ann.send("PATCH", url, headers=BYTES | {"Upload-Offset": "0"}, data=FILM[:10]).text == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("meeting_saved_chat.txt", "saved chat"),
        ("GMT20260910-185700_Recording.txt", "saved chat"),
        ("audioAdaLovelace11234.m4a", "a single participant"),
    ],
)
def test_what_holds_only_participants_is_refused_with_a_sentence(ann: StaffBrowser, name: str, said: str) -> None:
    answer = begin(ann, name)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Lovelace" not in answer.text
    assert [path for path in ann.backend.settings.incoming.rglob("*") if path.is_file()] == []


def test_more_than_a_form_may_hold_can_be_uploaded(ann: StaffBrowser) -> None:
    big = bytes(3 << 20)
    assert append(ann, create(ann, len(big)), 0, big) == 204
    assert ann.submit("/recordings/aaaaaaaaaaaa", title="x" * (2 << 20)).status_code == 413


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "POST"])
def test_writing_needs_the_form_token_in_the_header(ann: StaffBrowser, method: str) -> None:
    url = create(ann)
    headers = SCRIPT | BYTES | {"Upload-Offset": "0", "X-HTTP-Method-Override": "DELETE"}
    answer = ann.client.open(url, method=method, headers=headers, data=FILM)
    assert answer.status_code == 400
    assert "Please reload it" in answer.text
    assert ann.send("HEAD", url, headers={"Tus-Resumable": "1.0.0"}).headers["Upload-Offset"] == "0"


def test_the_door_speaks_tus_too(ann: StaffBrowser, staff: Flask) -> None:
    url, stranger = create(ann), staff.test_client()
    answers = [
        stranger.head(url, headers=SCRIPT | {"Tus-Resumable": "1.0.0"}),
        ann.client.patch(url, headers=SCRIPT | BYTES | {"Upload-Offset": "0"}, data=FILM),
        ann.send("HEAD", url, headers={"Tus-Resumable": "0.2.2"}),
        ann.send("HEAD", url, headers={"Tus-Resumable": "1.0.0"}),
    ]
    assert [answer.status_code for answer in answers] == [401, 400, 412, 200]
    for answer in answers:
        assert answer.headers.get_all("Tus-Resumable") == ["1.0.0"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert ("Upload-Offset" in answer.headers) is (answer.status_code == 200)
    assert answers[2].headers["Tus-Version"] == "1.0.0"


def test_a_proxy_that_knows_only_post_is_no_hindrance(ann: StaffBrowser) -> None:
    url = create(ann)
    headers = BYTES | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert ann.send("POST", url, headers=headers, data=FILM[:10]).status_code == 204
    assert ann.send("POST", url, headers=BYTES | {"X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert ann.send("HEAD", url, headers={"Tus-Resumable": "1.0.0"}).status_code == 404


def test_nobody_else_has_it(ann: StaffBrowser, staff: Flask) -> None:
    url = create(ann)
    with ann.backend.db.writing() as session:
        session.add(User(login="bob", password_hash=PasswordHasher().hash(PASSWORD), created_at=now()))
    bob = StaffBrowser(ann.backend, staff, "bob")
    assert bob.send("HEAD", url, headers={"Tus-Resumable": "1.0.0"}).status_code == 404
    assert append(bob, url, 0, FILM) == 404
    assert bob.send("DELETE", url, headers={"Tus-Resumable": "1.0.0"}).status_code == 404


def test_what_is_refused_is_a_sentence(ann: StaffBrowser) -> None:
    named = f"filename {b64encode(b'x.zoom').decode()}"
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": named}
    answer = ann.send("POST", "/uploads", headers=headers)
    assert answer.status_code == 422
    assert answer.content_type == "text/plain; charset=utf-8"
    assert "has not been converted yet" in answer.text


def test_options_tells_what_is_offered(ann: StaffBrowser) -> None:
    answer = ann.send("OPTIONS", "/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == str(ann.backend.settings.upload_limit_bytes)


def test_of_several_files_the_safest_is_told_and_no_name_comes_back(ann: StaffBrowser) -> None:
    names = [
        "Canary_gallery_1920x900.mp4",
        "Canary_avo_640x360.mp4",
        "meeting_saved_chat.txt",
        "said.vtt",
        "audioCanary1.m4a",
    ]
    answer = ann.send("POST", "/uploads/advice", json={"names": names})
    told = answer.get_json()
    assert told["best"] == 1
    assert [file["takes"] for file in told["files"]] == [True, True, False, False, False]
    assert "not taken" in told["files"][2]["says"]
    assert "captions" in told["files"][3]["says"]
    assert "Canary" not in answer.text
    wrongs: list[object] = [{}, [], {"names": "x"}, {"names": [1]}, {"names": ["x"] * 201}]
    for wrong in wrongs:
        assert ann.send("POST", "/uploads/advice", json=wrong).status_code == 400
    assert ann.send("POST", "/uploads/advice", data=b"x" * (2 << 20)).status_code in (400, 413)
