"""The rules of tus, as a table: a request's head and what it asks for."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.uploads.asks import (
    LONGEST_METADATA,
    MOST_PAIRS,
    Ask,
    Create,
    Delete,
    Head,
    Options,
    Patch,
    Refusal,
    parse,
    parse_metadata,
)
from app.uploads.names import NameHint

ID = "0" * 32
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
GALLERY = "filename " + b64encode(b"GMT_gallery_1920x900.mp4").decode()

ASKED: list[tuple[str, dict[str, str], str | None, Ask]] = [
    ("OPTIONS", {}, None, Options()),
    ("OPTIONS", {"Tus-Resumable": "0.2.2"}, ID, Options()),
    ("POST", {**TUS, "Upload-Length": "100"}, None, Create(100, NameHint.NONE, False, None)),
    ("POST", {**TUS, "Upload-Length": "0", "Content-Length": "0"}, None, Create(0, NameHint.NONE, False, 0)),
    ("POST", {**TUS, "upload-length": "7", "UPLOAD-METADATA": ""}, None, Create(7, NameHint.NONE, False, None)),
    ("POST", {**TUS, "Upload-Length": "7", "Upload-Metadata": GALLERY}, None, Create(7, NameHint.GALLERY, False, None)),
    ("POST", {**BYTES, "Upload-Length": "7", "Content-Length": "3"}, None, Create(7, NameHint.NONE, True, 3)),
    ("POST", {**BYTES, "Upload-Length": "7", "Content-Length": ""}, None, Create(7, NameHint.NONE, True, None)),
    ("HEAD", TUS, ID, Head(ID)),
    ("PATCH", {**BYTES, "Upload-Offset": "70", "Content-Length": "30"}, ID, Patch(ID, 70, 30)),
    ("PATCH", {**BYTES, "Upload-Offset": "0"}, ID, Patch(ID, 0, None)),
    ("DELETE", TUS, ID, Delete(ID)),
    ("POST", {**BYTES, "Upload-Offset": "1", "X-HTTP-Method-Override": "PATCH"}, ID, Patch(ID, 1, None)),
    ("POST", {**TUS, "X-HTTP-Method-Override": "DELETE"}, ID, Delete(ID)),
]

REFUSED = [
    ("no version", "HEAD", {}, ID, 412),
    ("an old version", "PATCH", {**BYTES, "Tus-Resumable": "0.2.2", "Upload-Offset": "0"}, ID, 412),
    ("a longer version", "HEAD", {"Tus-Resumable": "1.0.0,1.0.0"}, ID, 412),
    ("reading is not offered", "GET", TUS, ID, 405),
    ("an override of reading", "GET", {**TUS, "X-HTTP-Method-Override": "DELETE"}, ID, 405),
    ("an override to reading", "POST", {**TUS, "X-HTTP-Method-Override": "GET"}, ID, 400),
    ("creating at an upload", "POST", {**TUS, "Upload-Length": "1"}, ID, 405),
    ("writing at the root", "PATCH", {**BYTES, "Upload-Offset": "0"}, None, 405),
    ("deleting the root", "DELETE", TUS, None, 405),
    ("no length", "POST", TUS, None, 400),
    ("a length told later", "POST", {**TUS, "Upload-Defer-Length": "1"}, None, 400),
    ("both lengths", "POST", {**TUS, "Upload-Length": "1", "Upload-Defer-Length": "1"}, None, 400),
    ("parts to join", "POST", {**TUS, "Upload-Length": "1", "Upload-Concat": "partial"}, None, 400),
    ("a checksum", "PATCH", {**BYTES, "Upload-Offset": "0", "Upload-Checksum": "sha1 AA=="}, ID, 400),
    ("a negative length", "POST", {**TUS, "Upload-Length": "-1"}, None, 400),
    ("a length in other digits", "POST", {**TUS, "Upload-Length": "١٢"}, None, 400),
    ("an underscored length", "POST", {**TUS, "Upload-Length": "1_0"}, None, 400),
    ("two lengths", "POST", {**TUS, "Upload-Length": "1,2"}, None, 400),
    ("an endless length", "POST", {**TUS, "Upload-Length": "9" * 17}, None, 400),
    ("no offset", "PATCH", BYTES, ID, 400),
    ("a negative offset", "PATCH", {**BYTES, "Upload-Offset": "-1"}, ID, 400),
    ("a strange body length", "PATCH", {**BYTES, "Upload-Offset": "0", "Content-Length": "x"}, ID, 400),
    ("another content type", "PATCH", {**BYTES, "Upload-Offset": "0", "Content-Type": "video/mp4"}, ID, 415),
    ("no content type", "PATCH", {**TUS, "Upload-Offset": "0"}, ID, 415),
    ("a body of another type", "POST", {**TUS, "Upload-Length": "5", "Content-Length": "5"}, None, 415),
    ("bad metadata", "POST", {**TUS, "Upload-Length": "5", "Upload-Metadata": "filename %%"}, None, 400),
]


@pytest.mark.parametrize(("method", "headers", "upload_id", "ask"), ASKED)
def test_what_is_asked(method: str, headers: dict[str, str], upload_id: str | None, ask: Ask) -> None:
    assert parse(method, headers, upload_id) == ask


@pytest.mark.parametrize(
    ("method", "headers", "upload_id", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_refused(method: str, headers: dict[str, str], upload_id: str | None, status: int) -> None:
    ask = parse(method, headers, upload_id)
    assert isinstance(ask, Refusal)
    assert ask.status == status
    assert ask.sentence.endswith("Please ask IT.")


def test_a_wrong_version_is_told_the_right_one_and_a_wrong_method_the_allowed() -> None:
    other, get = parse("HEAD", {}, ID), parse("GET", TUS, ID)
    assert isinstance(other, Refusal)
    assert other.headers == (("Tus-Version", "1.0.0"),)
    assert isinstance(get, Refusal)
    assert get.headers == (("Allow", "OPTIONS, HEAD, PATCH, DELETE"),)


def test_metadata_is_read_within_bounds() -> None:
    assert parse_metadata("filename d29ybGQ=,is_confidential, empty ") == {
        "filename": b"world",
        "is_confidential": b"",
        "empty": b"",
    }
    assert parse_metadata("") == {}
    assert len(parse_metadata(",".join(f"k{n}" for n in range(MOST_PAIRS)))) == MOST_PAIRS


@pytest.mark.parametrize(
    "untrusted_header",
    [
        "filename d29ybGQ",
        "filename d29y bGQ=",
        "filename d29y\nbGQ=",
        "filename é",
        "a,a",
        "a,,b",
        ",",
        "ключ d29ybGQ=",
        "k" * 65,
        "a " + "A" * LONGEST_METADATA,
        ",".join(f"k{n}" for n in range(MOST_PAIRS + 1)),
    ],
)
def test_metadata_out_of_bounds_is_refused_without_its_text(untrusted_header: str) -> None:
    with pytest.raises(ValueError, match=r"too long|a key is|not Base64") as refused:
        parse_metadata(untrusted_header)
    assert refused.value.__cause__ is None


@given(
    st.sampled_from(["OPTIONS", "POST", "HEAD", "PATCH", "DELETE", "GET", "X"]),
    st.dictionaries(
        st.sampled_from(
            [
                "Tus-Resumable",
                "Upload-Length",
                "Upload-Offset",
                "Upload-Metadata",
                "Content-Type",
                "Content-Length",
                "X-HTTP-Method-Override",
            ]
        ),
        st.sampled_from(["1.0.0", "application/offset+octet-stream", "0", "PATCH"]) | st.text(max_size=20),
    ),
    st.none() | st.text(max_size=40),
)
def test_nothing_a_client_sends_raises(method: str, headers: dict[str, str], upload_id: str | None) -> None:
    ask = parse(method, headers, upload_id)
    if isinstance(ask, Create | Patch):
        assert headers["Tus-Resumable"].strip() == "1.0.0"
