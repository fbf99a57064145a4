"""Whole answers of tus, against a real store."""

from __future__ import annotations

import hashlib
import io
import tempfile
from base64 import b64encode
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from app.uploads import store as store_module
from app.uploads.names import NameHint
from app.uploads.protocol import EXTENSIONS, STATUS, Response, handle
from app.uploads.store import IncomingStore
from media_pipeline.core.errors import StoryshelfError

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
FILM = bytes(range(256)) * 4
NEEDLE = "JohnSmithNeedle"


@pytest.fixture
def store(tmp_path: Path) -> IncomingStore:
    return IncomingStore(tmp_path / "incoming", max_size=10**6, reserve=0)


def ask(
    store: IncomingStore,
    method: str,
    headers: dict[str, str],
    upload_id: str | None = None,
    body: bytes = b"",
    owner: str = "staff-1",
) -> Response:
    told = {**headers, "Content-Length": str(len(body))}
    return handle(method, Headers(told), upload_id, io.BytesIO(body), store, owner, base="/staff/uploads/")


def create(store: IncomingStore, length: int = len(FILM)) -> str:
    answer = ask(store, "POST", {**TUS, "Upload-Length": str(length)})
    assert answer.status == 201
    return dict(answer.headers)["Location"].removeprefix("/staff/uploads/")


def patch(store: IncomingStore, upload_id: str, offset: int, body: bytes, owner: str = "staff-1") -> Response:
    return ask(store, "PATCH", {**BYTES, "Upload-Offset": str(offset)}, upload_id, body, owner)


def test_what_the_server_can_do(store: IncomingStore) -> None:
    answer = ask(store, "OPTIONS", {})
    assert (answer.status, answer.body) == (204, b"")
    assert dict(answer.headers) == {
        "Tus-Resumable": "1.0.0",
        "Cache-Control": "no-store",
        "Tus-Version": "1.0.0",
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": "1000000",
    }


def test_a_whole_conversation(store: IncomingStore) -> None:
    upload_id = create(store)
    head = ask(store, "HEAD", TUS, upload_id)
    assert (head.status, head.body, head.complete) == (200, b"", None)
    told = dict(head.headers)
    assert (told["Upload-Offset"], told["Upload-Length"], told["Cache-Control"]) == ("0", "1024", "no-store")
    assert parsedate_to_datetime(told["Upload-Expires"]).timestamp() == store.get(upload_id).expires

    first = patch(store, upload_id, 0, FILM[:1000])
    assert (first.status, dict(first.headers)["Upload-Offset"], first.complete) == (204, "1000", None)
    assert "Upload-Expires" in dict(first.headers)
    last = patch(store, upload_id, 1000, FILM[1000:])
    assert (last.status, dict(last.headers)["Upload-Offset"], last.complete) == (204, "1024", upload_id)
    assert "Upload-Expires" not in dict(last.headers)
    assert store.finish(upload_id).sha256 == hashlib.sha256(FILM).hexdigest()


def test_one_who_missed_the_last_answer_learns_that_all_has_come(store: IncomingStore, tmp_path: Path) -> None:
    upload_id = create(store)
    patch(store, upload_id, 0, FILM)
    assert ask(store, "HEAD", TUS, upload_id).complete == upload_id
    store.take(upload_id, tmp_path / "kept.bin")
    head = ask(store, "HEAD", TUS, upload_id)
    assert (head.status, dict(head.headers)["Upload-Offset"], head.complete) == (200, "1024", None)
    assert patch(store, upload_id, 1024, b"").status == 204


@pytest.mark.parametrize(
    ("offset", "body", "status"),
    [(0, b"x", 409), (11, b"x", 409), (10, FILM, 413), (10, b"", 204), (10, FILM[10:], 204)],
)
def test_where_bytes_may_go(store: IncomingStore, offset: int, body: bytes, status: int) -> None:
    upload_id = create(store)
    patch(store, upload_id, 0, FILM[:10])
    answer = patch(store, upload_id, offset, body)
    assert answer.status == status
    assert store.get(upload_id).offset == (len(FILM) if status == 204 and body else 10)
    assert bool(answer.body) is (status >= 400)


def test_bytes_may_come_with_the_creation(store: IncomingStore) -> None:
    answer = ask(store, "POST", {**BYTES, "Upload-Length": "1024"}, body=FILM[:600])
    assert (answer.status, dict(answer.headers)["Upload-Offset"]) == (201, "600")
    whole = ask(store, "POST", {**BYTES, "Upload-Length": "1024"}, body=FILM)
    assert whole.complete == dict(whole.headers)["Location"].rpartition("/")[2]


def test_a_creation_with_too_many_bytes_leaves_nothing(store: IncomingStore) -> None:
    assert ask(store, "POST", {**BYTES, "Upload-Length": "5"}, body=b"123456").status == 413
    untold = {**BYTES, "Upload-Length": "5"}
    answer = handle("POST", untold, None, io.BytesIO(b"123456"), store, "staff-1", base="/")
    assert answer.status == 413
    assert list(store.root.iterdir()) == []


def test_other_peoples_uploads_do_not_exist(store: IncomingStore) -> None:
    upload_id = create(store)
    nowhere = "0" * 32
    for method, headers in (("HEAD", TUS), ("PATCH", {**BYTES, "Upload-Offset": "0"}), ("DELETE", TUS)):
        answer = ask(store, method, headers, upload_id, owner="staff-2")
        assert answer == ask(store, method, headers, nowhere)
        assert answer.status == 404
    assert store.get(upload_id).offset == 0


def test_a_deleted_upload_is_gone(store: IncomingStore) -> None:
    upload_id = create(store)
    assert ask(store, "DELETE", TUS, upload_id).status == 204
    assert ask(store, "HEAD", TUS, upload_id).status == 404
    assert list(store.root.iterdir()) == []


def test_too_big_too_empty_and_no_room_are_told_before_a_byte_is_sent(
    store: IncomingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "free_bytes", lambda _folder: 1000)
    for length, status, word in (("1000001", 413, "larger"), ("1001", 507, "full"), ("0", 422, "empty")):
        answer = ask(store, "POST", {**TUS, "Upload-Length": length})
        assert (answer.status, word in answer.body.decode()) == (status, True)
        assert dict(answer.headers)["Content-Type"] == "text/plain; charset=utf-8"


def test_a_disk_that_fills_up_during_the_creation_still_tells_where_it_is(
    store: IncomingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = iter([10**9, -1])
    monkeypatch.setattr(store_module, "free_bytes", lambda _folder: next(free))
    answer = ask(store, "POST", {**BYTES, "Upload-Length": "1024"}, body=FILM)
    assert (answer.status, dict(answer.headers)["Upload-Offset"]) == (201, "0")


@pytest.mark.parametrize(
    ("untrusted_name", "word"),
    [
        ("double_click_to_convert_01.zoom", "Zoom"),
        ("a.arf", "Webex"),
        ("chat.txt", "chat"),
        (f"audio{NEEDLE}1.m4a", "single participant"),
    ],
)
def test_what_the_name_gives_away_is_refused_and_not_kept(store: IncomingStore, untrusted_name: str, word: str) -> None:
    metadata = "filename " + b64encode(untrusted_name.encode()).decode()
    answer = ask(store, "POST", {**BYTES, "Upload-Length": "4", "Upload-Metadata": metadata}, body=b"text")
    assert answer.status == 422
    assert word in answer.body.decode()
    assert NEEDLE not in repr(answer)
    assert list(store.root.iterdir()) == []


def test_a_name_is_nowhere_but_its_hint_is_kept(store: IncomingStore) -> None:
    metadata = "filename " + b64encode(f"{NEEDLE}_gallery_1920x900.mp4".encode()).decode()
    answer = ask(store, "POST", {**BYTES, "Upload-Length": "9", "Upload-Metadata": metadata}, body=b"bytes")
    (upload,) = store.uploads()
    assert upload.hint is NameHint.GALLERY
    kept = [str(path).encode() + (path.read_bytes() if path.is_file() else b"") for path in store.root.rglob("*")]
    for needle in (NEEDLE, b64encode(NEEDLE.encode()).decode()[:16]):
        assert not any(needle.encode() in one for one in kept)
        assert needle not in repr(answer) + repr(ask(store, "HEAD", TUS, upload.id))


def test_every_status_is_of_a_code_that_exists() -> None:
    def codes(kind: type[StoryshelfError]) -> set[str]:
        return set(kind.sentences).union(*(codes(one) for one in kind.__subclasses__()))

    assert set(STATUS) <= codes(StoryshelfError)


class Torn(io.BytesIO):
    """A body that breaks off where its bytes end."""

    def read(self, size: int | None = -1, /) -> bytes:
        if block := super().read(size):
            return block
        raise ConnectionResetError


Turn = tuple[int, int, bool]
"""Bytes announced, bytes that come, whether the offset is asked for first (otherwise it is guessed)."""


@settings(max_examples=40, deadline=None)
@given(
    st.binary(min_size=1, max_size=3000), st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900), st.booleans()))
)
def test_any_chunks_any_breaks_and_any_offsets_make_the_same_file(film: bytes, turns: list[Turn]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = IncomingStore(Path(folder) / "incoming", max_size=10**6, reserve=0)
        upload_id, guess = create(store, len(film)), 0
        for announced, coming, asks in (*turns, (len(film), len(film), True)):
            here = int(dict(ask(store, "HEAD", TUS, upload_id).headers)["Upload-Offset"])
            offset = here if asks else guess
            body = film[offset : offset + announced]
            told = {**BYTES, "Upload-Offset": str(offset), "Content-Length": str(len(body))}
            answer = handle("PATCH", told, upload_id, Torn(body[:coming]), store, "staff-1", base="/")
            if offset != here:
                assert answer.status == 409
            else:
                assert answer.status == 204
                assert int(dict(answer.headers)["Upload-Offset"]) == here + min(len(body), coming)
            guess = offset + len(body)
        whole = store.finish(upload_id)
        assert whole.path.read_bytes() == film
        assert whole.sha256 == hashlib.sha256(film).hexdigest()
