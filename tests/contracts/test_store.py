"""Every store keeps, gives back and forgets the same: this disk, and a bucket with and without versions.

The bucket is moto's, in a full run OpenStack Swift's too, and another server's if the environment names one: see `tests/s3_server.py`.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from app.stores import Store, open_store
from app.stores.port import keep_only
from media_pipeline.core.errors import Fault
from tests.app.backend import make_settings
from tests.s3_server import Server

ORIGINAL, VALUE = "private/abc/original", "private/abc/values/media.json"
LARGE = os.urandom((16 << 20) + 12_345)
"""More than one part, and more than is fetched at once."""


MARKS: dict[str, list[pytest.MarkDecorator]] = {"s3": [], "swift": [pytest.mark.full]}

BUCKETS = {
    "versions": ("s3", True),
    "bucket": ("s3", False),
    "swift versions": ("swift", True),
    "swift bucket": ("swift", False),
}
"""Whose server, and whether it keeps versions."""


@pytest.fixture(params=["disk", *(pytest.param(name, marks=MARKS[whose]) for name, (whose, _) in BUCKETS.items())])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    others: dict[str, object] = {}
    if request.param != "disk":
        whose, versioned = BUCKETS[request.param]
        server: Server = request.getfixturevalue(whose)
        others = server.with_bucket(versioned=versioned).settings()
    settings = make_settings(tmp_path / "data", **others)
    settings.make_folders()
    return open_store(settings)


def film(folder: Path, body: bytes = b"a film") -> tuple[Path, str]:
    path = folder / "film"
    path.write_bytes(body)
    return path, hashlib.sha256(body).hexdigest()


def content(store: Store, name: str, start: int, end: int) -> bytes:
    got = b""
    with store.kept(name).open(start, end) as file:
        while len(got) < end - start and (block := file.read(min(65536, end - start - len(got)))):
            got += block
    return got


@pytest.mark.parametrize("body", [b"", b"a film", LARGE], ids=["empty", "small", "large"])
def test_what_is_put_comes_back_to_the_byte(store: Store, tmp_path: Path, body: bytes) -> None:
    assert store.put(ORIGINAL, *film(tmp_path, body))
    store.settle("private/abc")
    assert store.kept(ORIGINAL).size() == len(body)
    assert content(store, ORIGINAL, 0, len(body)) == body
    if body:
        assert content(store, ORIGINAL, 2, len(body) - 1) == body[2:-1]
    store.let_go("private/abc")
    assert store.here(ORIGINAL).read_bytes() == body
    assert store.here(ORIGINAL) == store.place(ORIGINAL)


def test_what_is_not_what_it_should_be_is_not_taken(store: Store, tmp_path: Path) -> None:
    path, _ = film(tmp_path)
    assert not store.put(ORIGINAL, path, hashlib.sha256(b"another").hexdigest())
    assert store.names("private") == store.traces("private") == frozenset()


def test_a_copy_that_is_another_is_not_used(store: Store, tmp_path: Path) -> None:
    store.put(ORIGINAL, *film(tmp_path))
    if store.elsewhere:
        store.place(ORIGINAL).parent.mkdir(parents=True)
        store.place(ORIGINAL).write_bytes(b"A FILM")
    assert store.here(ORIGINAL).read_bytes() == b"a film"


def test_what_was_made_at_its_place_is_kept(store: Store) -> None:
    sheets = store.place("private/abc/sheets")
    (sheets / "deep").mkdir(parents=True)
    (sheets / "sheet-0000.jpg").write_bytes(b"one")
    (sheets / "deep" / "sheet-0001.jpg").write_bytes(b"two")
    (store.place("private/abc/proxy.mp4")).write_bytes(b"proxy")
    store.keep("private/abc/sheets")
    store.keep("private/abc/proxy.mp4")
    store.let_go("private/abc")
    assert store.names("private/abc") == {"sheets/sheet-0000.jpg", "sheets/deep/sheet-0001.jpg", "proxy.mp4"}
    store.bring("private/abc/sheets")
    assert (sheets / "deep" / "sheet-0001.jpg").read_bytes() == b"two"


def test_a_value_is_replaced_and_nothing_of_the_old_one_stays(store: Store) -> None:
    assert store.stamp(VALUE) == ""
    store.write(VALUE, "Canary-One")
    before = store.stamp(VALUE)
    store.write(VALUE, "Canary-Two")
    assert store.stamp(VALUE) not in ("", before)
    assert store.read(VALUE) == b"Canary-Two"
    assert store.traces("private/abc") == {"values/media.json"}


def test_what_is_not_there_is_not_there(store: Store) -> None:
    for ask in (store.read, lambda name: store.kept(name).size(), lambda name: store.kept(name).open(0, 1)):
        with pytest.raises(FileNotFoundError):
            ask(ORIGINAL)
    with pytest.raises(Fault) as caught:
        store.here(ORIGINAL)
    assert caught.value.code == "store-failed"
    assert store.names("private") == store.traces("private") == store.folders("nothing") == frozenset()
    assert not store.anything("private/abc")
    store.remove("private/abc")
    store.bring("private/abc")


def test_removing_takes_what_it_names_and_nothing_else(store: Store, tmp_path: Path) -> None:
    path, sha256 = film(tmp_path)
    for name in (ORIGINAL, VALUE, "private/abcd/original", "private/ab/original", "public/abc/video.mp4"):
        assert store.put(name, path, sha256)
    assert store.folders("private") == {"ab", "abc", "abcd"}
    store.remove("private/abc")
    assert store.folders("private") == {"ab", "abcd"}
    assert store.names("private") == {"ab/original", "abcd/original"}
    assert store.names("public") == {"abc/video.mp4"}
    assert not store.anything("private/abc")
    assert not store.place("private/abc").exists()
    store.remove("private/ab/original")
    assert not store.anything("private/ab/original")


def test_only_what_is_named_stays(store: Store, tmp_path: Path) -> None:
    path, sha256 = film(tmp_path)
    for name in ("video.mp4", "hls/a.m4s", "hls/b.m4s"):
        store.put(f"public/abc/{name}", path, sha256)
    keep_only(store, "public/abc", frozenset({"video.mp4", "hls/b.m4s"}))
    assert store.names("public/abc") == {"video.mp4", "hls/b.m4s"}
    keep_only(store, "public/abc", frozenset())
    assert not store.anything("public/abc")


@pytest.mark.parametrize("name", ["private/../x", "private//x", "/etc/passwd", "private/.x", "private/Ä", ""])
def test_a_name_that_is_not_ours_is_not_put(store: Store, tmp_path: Path, name: str) -> None:
    with pytest.raises(Fault):
        store.put(name, *film(tmp_path))
