"""Files and ranges of them: what a player may ask for, and what it gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app.services import publish
from app.stores.disk import OnDisk
from app.web.media import BLOCK, MOST, MOST_OF_FRAGMENTS, byte_range, send, send_whole
from tests.app.backend import Backend
from tests.app.web.desk import published

SIZE = MOST + 1000
FRAGMENTS = MOST_OF_FRAGMENTS + 1000


@given(st.integers(0, 10**13), st.integers(0, 10**13), st.integers(0, 10**13))
def test_a_range_is_the_asked_one_within_the_file_and_the_cap(size: int, first: int, last: int) -> None:
    if last < first:
        with pytest.raises(ValueError, match="ends after"):
            byte_range(f"bytes={first}-{last}", size)
        return
    got = byte_range(f"bytes={first}-{last}", size)
    assert got == ((first, min(last + 1, size, first + MOST)) if first < size else None)
    assert byte_range(f"bytes={first}-", size) == ((first, min(size, first + MOST)) if first < size else None)


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_a_suffix_is_the_end_of_the_file(size: int, length: int) -> None:
    start = max(0, size - length)
    expected = (start, min(size, start + MOST)) if start < size else None
    assert byte_range(f"bytes=-{length}", size) == expected


@given(st.text("bytes=-, 0123456789x\n", max_size=20), st.integers(0, 5000))
def test_no_header_gets_anything_outside_of_the_file(header: str, size: int) -> None:
    try:
        got = byte_range(header, size, most=100)
    except ValueError:
        return
    assert got is None or (0 <= got[0] < got[1] <= size and got[1] - got[0] <= 100)


@pytest.mark.parametrize(
    "odd", ["", "bytes=", "bytes=-", "bytes=a-b", "bytes=0-1,4-5", "chunks=0-1", "bytes=1", "bytes=٣-٤"]
)
def test_what_is_not_one_range_gets_the_whole_file(odd: str) -> None:
    with pytest.raises(ValueError, match="not one range"):
        byte_range(odd, 100)


@pytest.fixture
def films(tmp_path: Path) -> Path:
    (tmp_path / "film.mp4").write_bytes((bytes(range(251)) * (SIZE // 251 + 1))[:SIZE])
    (tmp_path / "film.m4s").write_bytes(bytes(FRAGMENTS))
    (tmp_path / "sheet.jpg").write_bytes(b"a picture")
    return tmp_path


@pytest.fixture
def told() -> list[tuple[int, int]]:
    return []


@pytest.fixture
def client(films: Path, told: list[tuple[int, int]]) -> Iterator[FlaskClient]:
    app = Flask(__name__)

    def rule(path: str, answer: Callable[[Path], Response]) -> None:
        app.add_url_rule(path, endpoint=path, view_func=lambda name: answer(films / name))

    rule("/<name>", lambda path: send(OnDisk(path), "no-cache", f"v-{path.name}"))
    rule("/private/<name>", lambda path: send(OnDisk(path), "no-store"))
    rule("/whole/<name>", lambda path: send_whole(OnDisk(path), "no-store"))
    rule("/told/<name>", lambda path: send(OnDisk(path), "no-store", told=lambda *span: told.append(span)))
    with app.test_client() as client:
        yield client


def test_without_a_range_all_of_it_comes(client: FlaskClient, films: Path) -> None:
    answer = client.get("/film.mp4", buffered=True)
    assert answer.status_code == 200
    assert answer.data == (films / "film.mp4").read_bytes()
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_an_open_range_is_cut_and_says_where_it_ends(client: FlaskClient, films: Path) -> None:
    answer = client.get("/film.mp4", headers={"Range": "bytes=0-"}, buffered=True)
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes 0-{MOST - 1}/{SIZE}"
    assert answer.headers["Content-Length"] == str(MOST)
    assert answer.data == (films / "film.mp4").read_bytes()[:MOST]
    rest = client.get("/film.mp4", headers={"Range": f"bytes={MOST}-"}, buffered=True)
    assert answer.data + rest.data == (films / "film.mp4").read_bytes()


def test_fragments_come_in_whole_segments(client: FlaskClient) -> None:
    answer = client.get("/film.m4s", headers={"Range": f"bytes=10-{MOST + 100}"}, buffered=True)
    assert len(answer.data) == MOST + 91
    answer = client.get("/film.m4s", headers={"Range": "bytes=0-"}, buffered=True)
    assert len(answer.data) == MOST_OF_FRAGMENTS


def test_a_suffix_comes_from_the_end(client: FlaskClient, films: Path) -> None:
    answer = client.get("/film.mp4", headers={"Range": "bytes=-10"}, buffered=True)
    assert answer.data == (films / "film.mp4").read_bytes()[-10:]


def test_what_is_past_the_end_cannot_be_had(client: FlaskClient) -> None:
    for asked in (f"bytes={SIZE}-", "bytes=-0"):
        answer = client.get("/film.mp4", headers={"Range": asked}, buffered=True)
        assert answer.status_code == 416
        assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
        assert answer.data == b""


def test_a_range_of_another_state_gets_the_whole_file(client: FlaskClient) -> None:
    for state, status in (('"v-film.mp4"', 206), ('"older"', 200), ("Mon, 23 Nov 2026 10:00:00 GMT", 200)):
        headers = {"Range": "bytes=0-9", "If-Range": state}
        assert client.get("/film.mp4", headers=headers, buffered=True).status_code == status
    # what has no name for its state cannot be the same as anything
    assert (
        client.get("/private/film.mp4", headers={"Range": "bytes=0-9", "If-Range": '""'}, buffered=True).status_code
        == 200
    )
    assert client.get("/private/film.mp4", headers={"Range": "bytes=0-9"}, buffered=True).status_code == 206


@pytest.mark.parametrize("known", ['"v-film.mp4"', '"x", W/"v-film.mp4"', "*"])
def test_what_the_browser_has_is_not_sent_again(client: FlaskClient, known: str) -> None:
    answer = client.get("/film.mp4", headers={"If-None-Match": known}, buffered=True)
    assert answer.status_code == 304
    assert answer.data == b""
    assert answer.headers["ETag"] == '"v-film.mp4"'


def test_a_look_at_the_head_ignores_ranges(client: FlaskClient) -> None:
    answer = client.head("/film.mp4", headers={"Range": "bytes=0-9"}, buffered=True)
    assert (answer.status_code, answer.headers["Content-Length"], answer.data) == (200, str(SIZE), b"")


def test_contact_sheets_come_whole(client: FlaskClient) -> None:
    answer = client.get("/whole/sheet.jpg", headers={"Range": "bytes=0-0"}, buffered=True)
    assert (answer.status_code, answer.data) == (200, b"a picture")


def test_what_has_left_is_told_and_no_byte_more(client: FlaskClient, told: list[tuple[int, int]]) -> None:
    answer = client.get("/told/film.mp4", headers={"Range": "bytes=100-"})
    taken = next(answer.iter_encoded())
    assert len(taken) == BLOCK
    answer.close()  # the browser went away, and nobody knows whether it has these
    assert told == []
    answer = client.get("/told/film.mp4", headers={"Range": "bytes=100-"})
    blocks = answer.iter_encoded()
    assert [len(next(blocks)) for _ in range(3)] == 3 * [BLOCK]
    answer.close()  # whoever asks for a third block has been given two
    assert told == [(100, 100 + 2 * BLOCK)]
    told.clear()
    client.get("/told/film.mp4", headers={"Range": "bytes=100-"}, buffered=True)
    client.head("/told/film.mp4", buffered=True)
    assert told == [(100, 100 + MOST)]


def test_what_was_lost_on_the_way_is_not_told(client: FlaskClient, films: Path, told: list[tuple[int, int]]) -> None:
    answer = client.get("/told/film.mp4", headers={"Range": "bytes=0-99999"})
    with (films / "film.mp4").open("r+b") as film:
        film.truncate(70_000)
    assert len(b"".join(answer.iter_encoded())) == 70_000
    answer.close()
    assert told == [(0, 70_000)]


class TestPublicFiles:
    """Which files there are at all."""

    def test_only_names_that_the_proof_named(self, backend: Backend, viewer: FlaskClient) -> None:
        _, entry = published(backend)
        place = backend.settings.public / entry.publication_id
        (place / "stray.mp4").write_bytes(b"not in the report")
        for file in entry.files:
            answer = viewer.get(f"/media/{entry.publication_id}/{file.name}", buffered=True)
            assert answer.status_code == 200
            assert answer.data == (place / file.name).read_bytes()
        for name in ("stray.mp4", "report.json", "../video.mp4", "%2e%2e/shelf.sqlite", "hls/../video.mp4", "hls"):
            assert viewer.get(f"/media/{entry.publication_id}/{name}").status_code == 404
        assert viewer.get("/media/aaaaaaaaaaaaaaaa/video.mp4").status_code == 404

    def test_a_browser_keeps_bytes_by_what_the_proof_found_them_to_be(
        self, backend: Backend, viewer: FlaskClient
    ) -> None:
        _, entry = published(backend)
        for file in entry.files:
            answer = viewer.get(f"/media/{entry.publication_id}/{file.name}", buffered=True)
            assert answer.headers["ETag"] == f'"{file.sha256}"'

    def test_taken_down_means_gone_bytes_included(self, backend: Backend, viewer: FlaskClient) -> None:
        recording_id, entry = published(backend)
        url = f"/media/{entry.publication_id}/video.mp4"
        etag = viewer.get(url, buffered=True).headers["ETag"]
        publish.unpublish(backend.db, backend.settings, recording_id)
        for path in (f"/s/{entry.slug}", url):
            answer = viewer.get(path)
            assert answer.status_code == 410
            assert "taken down" in answer.text
        assert viewer.get(url, headers={"If-None-Match": etag}).status_code == 410
        assert not list((backend.settings.public).rglob("*.mp4"))
        assert "Bears" not in viewer.get("/").text

    def test_bytes_that_are_gone_before_the_row_is_read_are_gone(self, backend: Backend, viewer: FlaskClient) -> None:
        _, entry = published(backend)
        (backend.settings.public / entry.publication_id / "video.mp4").unlink()
        assert viewer.get(f"/media/{entry.publication_id}/video.mp4").status_code == 410


def test_for_a_look_at_the_head_nothing_is_opened(
    client: FlaskClient, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert films.is_dir()
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("opened"))
    assert client.head("/film.mp4").headers["Content-Length"] == str(SIZE)
