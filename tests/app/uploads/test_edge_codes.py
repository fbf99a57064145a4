"""The text of tus 1.0, code by code: what a request outside its rules is answered with, and that it changes nothing."""

from __future__ import annotations

import io
from base64 import b64encode
from datetime import timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha1
from pathlib import Path

import pytest
from werkzeug.datastructures import Headers

from app.uploads.protocol import EXTENSIONS, Response, handle
from app.uploads.store import IncomingStore
from tests.app.uploads.senders import NOWHERE, age

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
FILM = bytes(range(256)) * 4
HERE = 10
"""Bytes of it that have come."""

LIMIT = 10**6
AT = {**BYTES, "Upload-Offset": str(HERE)}
SUM = f"sha1 {b64encode(sha1(FILM[HERE:20]).digest()).decode()}"  # noqa: S324 - the protocol's own
OTHER_SUM = f"sha1 {b64encode(sha1(FILM).digest()).decode()}"  # noqa: S324
BEGUN = {**TUS, "Upload-Length": "100"}


@pytest.fixture
def store(tmp_path: Path) -> IncomingStore:
    return IncomingStore(tmp_path / "incoming", max_size=LIMIT, reserve=0)


@pytest.fixture
def upload_id(store: IncomingStore) -> str:
    """An upload of which some bytes have come."""
    made = ask(store, "POST", {**TUS, "Upload-Length": str(len(FILM))})
    upload_id = dict(made.headers)["Location"].rpartition("/")[2]
    assert ask(store, "PATCH", {**BYTES, "Upload-Offset": "0"}, upload_id, FILM[:HERE]).status == 204
    return upload_id


def ask(
    store: IncomingStore, method: str, headers: dict[str, str], upload_id: str | None = None, body: bytes = b""
) -> Response:
    told = Headers({**headers, "Content-Length": str(len(body))})
    return handle(method, told, upload_id, io.BytesIO(body), store, "staff-1", base="/uploads")


def on_disk(store: IncomingStore) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in store.root.rglob("*") if path.is_file()}


ROOT, UPLOAD, ELSEWHERE = None, "the upload", NOWHERE
REFUSED = [
    # another version must be answered with 412 and Tus-Version, and the request must not be processed
    ("another version: its bytes", "PATCH", {**AT, "Tus-Resumable": "0.2.2"}, UPLOAD, FILM[HERE:], 412),
    ("another version: its end", "DELETE", {"Tus-Resumable": "2.0.0"}, UPLOAD, b"", 412),
    ("another version: a beginning", "POST", {**BEGUN, "Tus-Resumable": "0.2.2"}, ROOT, b"", 412),
    ("no version: a beginning", "POST", {"Upload-Length": "100"}, ROOT, b"", 412),
    ("no version: a question", "HEAD", {}, UPLOAD, b"", 412),
    # another offset must be answered with 409, and the upload must stay as it is
    ("bytes that are here already", "PATCH", {**AT, "Upload-Offset": "0"}, UPLOAD, FILM, 409),
    ("one byte too early", "PATCH", {**AT, "Upload-Offset": "9"}, UPLOAD, FILM[9:], 409),
    ("one byte too late", "PATCH", {**AT, "Upload-Offset": "11"}, UPLOAD, FILM[11:], 409),
    ("at the end", "PATCH", {**AT, "Upload-Offset": "1024"}, UPLOAD, b"", 409),
    ("past the end", "PATCH", {**AT, "Upload-Offset": "1025"}, UPLOAD, b"x", 409),
    # bytes must have the one type, otherwise 415
    ("bytes of no type", "PATCH", {**TUS, "Upload-Offset": "10"}, UPLOAD, FILM[HERE:], 415),
    ("a film's type", "PATCH", {**AT, "Content-Type": "video/mp4"}, UPLOAD, FILM[HERE:], 415),
    ("a form", "PATCH", {**AT, "Content-Type": "multipart/form-data; boundary=x"}, UPLOAD, FILM[HERE:], 415),
    ("a beginning with a film's type", "POST", {**BEGUN, "Content-Type": "video/mp4"}, ROOT, b"x", 415),
    # what is not there: 404 (or 410, from those who keep track of what was there)
    ("bytes for nothing", "PATCH", {**BYTES, "Upload-Offset": "0"}, ELSEWHERE, FILM, 404),
    ("a question about nothing", "HEAD", TUS, ELSEWHERE, b"", 404),
    ("the end of nothing", "DELETE", TUS, ELSEWHERE, b"", 404),
    ("a name that is none of ours", "HEAD", TUS, "../incoming", b"", 404),
    # more than Tus-Max-Size must be answered with 413; more than an upload's own length is not in the text
    ("larger than the largest", "POST", {**TUS, "Upload-Length": str(LIMIT + 1)}, ROOT, b"", 413),
    ("more than was told", "PATCH", AT, UPLOAD, FILM, 413),
    ("more than was told, with the beginning", "POST", {**BYTES, "Upload-Length": "3"}, ROOT, b"1234", 413),
    # a beginning must tell its length; one that is told later is creation-defer-length, which is not offered
    ("no length", "POST", TUS, ROOT, b"", 400),
    ("a length told later", "POST", {**TUS, "Upload-Defer-Length": "1"}, ROOT, b"", 400),
    ("both", "POST", {**BEGUN, "Upload-Defer-Length": "1"}, ROOT, b"", 400),
    ("a length with the bytes", "PATCH", {**AT, "Upload-Defer-Length": "1"}, UPLOAD, b"x", 400),
    ("a length below nothing", "POST", {**TUS, "Upload-Length": "-1"}, ROOT, b"", 400),
    ("an offset below nothing", "PATCH", {**AT, "Upload-Offset": "-1"}, UPLOAD, b"x", 400),
    ("no offset", "PATCH", BYTES, UPLOAD, b"x", 400),
    ("a key twice", "POST", {**BEGUN, "Upload-Metadata": "filename eA==,filename eQ=="}, ROOT, b"", 400),
    # checksum is not offered: what would not be checked is not taken, whether it would be right (204) or wrong (460)
    ("a checksum that is right", "PATCH", {**AT, "Upload-Checksum": SUM}, UPLOAD, FILM[HERE:20], 400),
    ("a checksum that is wrong", "PATCH", {**AT, "Upload-Checksum": OTHER_SUM}, UPLOAD, FILM[HERE:20], 400),
    ("a checksum of a beginning", "POST", {**BYTES, **BEGUN, "Upload-Checksum": SUM}, ROOT, b"x", 400),
    # concatenation is not offered
    ("a part", "POST", {**BEGUN, "Upload-Concat": "partial"}, ROOT, b"", 400),
    ("parts joined", "POST", {**TUS, "Upload-Concat": f"final;/uploads/{NOWHERE}"}, ROOT, b"", 400),
    # X-HTTP-Method-Override is the method; ours is deaf to it in anything but a POST, which has passed the guards of writing
    ("read instead of written", "POST", {**TUS, "X-HTTP-Method-Override": "GET"}, UPLOAD, b"", 400),
    ("written in the name of reading", "GET", {**TUS, "X-HTTP-Method-Override": "DELETE"}, UPLOAD, b"", 405),
    ("the beginnings deleted", "POST", {**TUS, "X-HTTP-Method-Override": "DELETE"}, ROOT, b"", 405),
    ("bytes without an upload", "PATCH", {**BYTES, "Upload-Offset": "0"}, ROOT, FILM, 405),
    ("a beginning at an upload", "POST", BEGUN, UPLOAD, b"", 405),
    ("a download", "GET", TUS, UPLOAD, b"", 405),
]


@pytest.mark.parametrize(
    ("method", "headers", "at", "body", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_outside_the_rules(
    store: IncomingStore, upload_id: str, method: str, headers: dict[str, str], at: str | None, body: bytes, status: int
) -> None:
    before = on_disk(store)
    answer = ask(store, method, headers, upload_id if at == UPLOAD else at, body)
    told = dict(answer.headers)
    assert answer.status == status
    assert on_disk(store) == before
    # every answer must tell its version; only an upload that is there has an offset
    assert told["Tus-Resumable"] == "1.0.0"
    assert told["Cache-Control"] == "no-store"
    assert ("Tus-Version" in told) is (status == 412)
    assert ("Allow" in told) is (status == 405)
    assert not {"Upload-Offset", "Upload-Length", "Upload-Expires", "Location"} & told.keys()
    assert ask(store, "PATCH", AT, upload_id, FILM[HERE:]).status == 204


@pytest.mark.parametrize("told", [{}, TUS, {"Tus-Resumable": "0.2.2"}])
@pytest.mark.parametrize("at", [ROOT, NOWHERE])
def test_the_offer_is_told_whatever_the_version(store: IncomingStore, told: dict[str, str], at: str | None) -> None:
    """OPTIONS: Tus-Resumable must be ignored, Tus-Version must be told."""
    answer = ask(store, "OPTIONS", told, at)
    offered = dict(answer.headers)
    assert (answer.status, answer.body, offered["Tus-Version"], offered["Tus-Max-Size"]) == (
        204,
        b"",
        "1.0.0",
        "1000000",
    )
    assert not {"checksum", "concatenation", "creation-defer-length"} & set(EXTENSIONS.split(","))
    assert "Tus-Checksum-Algorithm" not in offered


def test_a_beginning_tells_of_no_bytes_before_the_first_came(store: IncomingStore) -> None:
    """HEAD: Upload-Offset must always be told, even if it is 0, and the answer must not be cached."""
    made = ask(store, "POST", BEGUN)
    answer = ask(store, "HEAD", TUS, dict(made.headers)["Location"].rpartition("/")[2])
    told = dict(answer.headers)
    assert (answer.status, answer.body) == (200, b"")
    assert (told["Upload-Offset"], told["Upload-Length"], told["Cache-Control"]) == ("0", "100", "no-store")


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
def test_what_was_ended_is_not_there(store: IncomingStore, upload_id: str, method: str) -> None:
    """DELETE: 204, and 404 for ever after."""
    ended = ask(store, "DELETE", TUS, upload_id)
    assert (ended.status, ended.body) == (204, b"")
    assert ask(store, method, AT, upload_id).status == 404
    assert on_disk(store) == {}


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
def test_what_has_expired_is_not_there(store: IncomingStore, upload_id: str, method: str) -> None:
    """Upload-Expires has HTTP's own form of a time; what was removed after it is 404."""
    told = dict(ask(store, "HEAD", TUS, upload_id).headers)["Upload-Expires"]
    assert told.endswith(" GMT")
    assert parsedate_to_datetime(told).timestamp() == store.get(upload_id).expires
    age(store, upload_id, days=store.lifetime / timedelta(days=1) + 1)
    assert store.expire() == 1
    assert ask(store, method, AT, upload_id).status == 404


def test_every_part_tells_until_when_the_rest_may_come(store: IncomingStore, upload_id: str) -> None:
    """Upload-Expires must be in every answer to PATCH."""
    age(store, upload_id, days=2)
    before = store.get(upload_id).expires
    told = dict(ask(store, "PATCH", AT, upload_id, FILM[HERE:20]).headers)
    assert parsedate_to_datetime(told["Upload-Expires"]).timestamp() > before


def test_another_method_in_the_name_of_post(store: IncomingStore, upload_id: str) -> None:
    """For those whose network knows only GET and POST."""
    override = "X-HTTP-Method-Override"
    assert ask(store, "POST", {**TUS, override: "HEAD"}, upload_id).status == 200
    answer = ask(store, "POST", {**AT, override: "PATCH"}, upload_id, FILM[HERE:20])
    assert (answer.status, dict(answer.headers)["Upload-Offset"]) == (204, "20")
    assert ask(store, "POST", {**AT, override: "PATCH"}, upload_id, FILM[HERE:20]).status == 409
    assert ask(store, "POST", {**TUS, override: "DELETE"}, upload_id).status == 204
    assert on_disk(store) == {}


def test_what_was_told_of_a_file_is_not_told_again(store: IncomingStore) -> None:
    """Here we leave the text, which wants Upload-Metadata in answers to HEAD: a name may be somebody's, so none is kept."""
    made = ask(store, "POST", {**BEGUN, "Upload-Metadata": "filename RmlsbS5tcDQ=,private"})
    answer = ask(store, "HEAD", TUS, dict(made.headers)["Location"].rpartition("/")[2])
    assert (answer.status, "Upload-Metadata" in dict(answer.headers)) == (200, False)


def test_nothing_is_no_recording(store: IncomingStore) -> None:
    """A length of 0 is one in tus; an empty recording is refused with a sentence, before anything is made."""
    answer = ask(store, "POST", {**TUS, "Upload-Length": "0"})
    assert (answer.status, answer.body) == (422, b"This file is empty. Please upload the recording again.")
    assert on_disk(store) == {}
