"""A store that fails is a fault with one plain sentence; nothing is lost, and the same again does it once the store is well."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.stores import Store, open_store, s3_client, s3_turns
from media_pipeline.core.errors import Fault
from tests.app.backend import make_settings
from tests.s3_server import Server
from tests.troubled_server import Trouble, Troubled, troubled

FILM = os.urandom(3 << 20)
NAME = "private/abc/original"
ALWAYS = [Trouble.ERROR, pytest.param(Trouble.SILENT, marks=pytest.mark.slow), Trouble.CLOSED, Trouble.FULL]


@pytest.fixture
def road(s3: Server) -> Iterator[Troubled]:
    with troubled(s3.endpoint) as server:
        yield server


@pytest.fixture
def bucket(s3: Server) -> Server:
    return s3.with_bucket(versioned=True)


@pytest.fixture
def store(bucket: Server, road: Troubled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    for name in ("ANSWER_SECONDS", "PATIENT_SECONDS"):
        monkeypatch.setattr(s3_client, name, 0.5)
    monkeypatch.setattr(s3_client, "TRIES", 2)
    return opened(bucket, road, tmp_path / "data")


def opened(bucket: Server, road: Troubled, folder: Path) -> Store:
    """The store at the end of the road."""
    settings = make_settings(folder, **bucket.settings(store_endpoint=road.url))
    settings.make_folders()
    return open_store(settings)


@pytest.fixture
def film(tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "film"
    path.write_bytes(FILM)
    return path, hashlib.sha256(FILM).hexdigest()


DEEDS: dict[str, Callable[[Store, tuple[Path, str]], object]] = {
    "put": lambda store, film: store.put("private/abc/proxy.mp4", *film),
    "write": lambda store, film: store.write("private/abc/values/media.json", "{}"),
    "read": lambda store, film: store.read(NAME),
    "here": lambda store, film: store.here(NAME),
    "range": lambda store, film: store.kept(NAME).open(5, 1 << 20).close(),
    "names": lambda store, film: store.names("private"),
    "remove": lambda store, film: store.remove("private/abc"),
}


@pytest.mark.parametrize("trouble", ALWAYS)
@pytest.mark.parametrize("deed", DEEDS)
def test_trouble_is_a_fault_and_passes(
    store: Store, road: Troubled, film: tuple[Path, str], deed: str, trouble: Trouble
) -> None:
    assert store.put(NAME, *film)
    road.trouble = trouble
    with pytest.raises(Fault) as caught:
        DEEDS[deed](store, film)
    assert caught.value.code == ("store-full" if trouble is Trouble.FULL else "store-failed")
    assert "127.0.0.1" not in caught.value.detail
    assert "abc" not in caught.value.detail
    road.trouble = Trouble.NONE
    road.over.set()
    assert store.read(NAME) == FILM
    DEEDS[deed](store, film)
    assert store.anything(NAME) == (deed != "remove")


@pytest.mark.parametrize("large", [False, True])
def test_a_file_that_breaks_off_once_is_read_on_from_there(
    store: Store, road: Troubled, film: tuple[Path, str], large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:  # handed on as it comes
        monkeypatch.setattr("app.stores.s3.SPOOLED", 1 << 20)
    store.put(NAME, *film)
    road.trouble = Trouble.BREAKS_ONCE
    got = b""
    with store.kept(NAME).open(1, len(FILM)) as file:
        while block := file.read(65536):
            got += block
    assert got == FILM[1:]
    assert road.trouble is Trouble.NONE


def test_a_store_that_breaks_off_again_and_again_gives_nothing_that_is_not_whole(
    store: Store, road: Troubled, film: tuple[Path, str]
) -> None:
    store.put(NAME, *film)
    road.trouble, road.only = Trouble.BREAKS, ("GET",)
    for ask in (lambda: store.kept(NAME).open(0, len(FILM)), lambda: store.here(NAME), lambda: store.read(NAME)):
        with pytest.raises(Fault):
            ask()
    assert not store.place(NAME).exists()
    assert list(store.place("private/abc").iterdir()) == []


def test_what_does_not_read_back_as_it_was_written_is_not_kept(
    store: Store, bucket: Server, film: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stores.s3.S3._sha256_there", lambda *_: "another")
    with pytest.raises(Fault):
        store.put(NAME, *film)
    assert bucket.everything() == set()


def test_an_upload_in_parts_that_breaks_leaves_no_part(
    store: Store, road: Troubled, bucket: Server, film: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stores.s3.PART", 1 << 20)
    road.trouble, road.only = Trouble.ERROR, ("PUT",)
    with pytest.raises(Fault):
        store.put(NAME, *film)
    assert "DELETE" in road.asked
    assert bucket.everything() == set()
    road.trouble, road.only = Trouble.ERROR, ("PUT", "DELETE")  # then nor can it be tidied, which removing does
    with pytest.raises(Fault):
        store.put(NAME, *film)
    road.trouble = Trouble.NONE
    assert store.traces("private/abc") == {"original"}
    assert store.names("private/abc") == frozenset()
    store.remove("private/abc")
    assert bucket.everything() == set()


def test_what_cannot_be_removed_is_told(store: Store, film: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(NAME, *film)
    monkeypatch.setattr("app.stores.s3_removing.Remover._delete", lambda *_: None)
    with pytest.raises(Fault):
        store.remove("private/abc")


def test_no_keys_and_wrong_keys_are_told_apart(bucket: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    s3_client._session.cache_clear()
    settings = make_settings(tmp_path / "data", **bucket.settings(store_access_key="", store_secret_key=""))
    with pytest.raises(Fault) as caught:
        open_store(settings).names("private")
    assert caught.value.code == "settings-unfit"


@pytest.mark.parametrize("large", [False, True])
def test_every_file_is_private_also_where_a_bucket_knows_no_rights(
    store: Store, road: Troubled, film: tuple[Path, str], large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        monkeypatch.setattr("app.stores.s3.PART", 5 << 20)
        film[0].write_bytes(2 * FILM)
        film = film[0], hashlib.sha256(2 * FILM).hexdigest()
    assert store.put(NAME, *film)
    store.write("private/abc/values/media.json", "{}")
    assert road.rights == ["private", "private"]
    road.knows_no_rights = True
    assert store.put("private/abc/proxy.mp4", *film)
    assert road.rights[2:] == ["private", None]
    store.write("private/abc/values/media.json", "{}")
    assert road.rights[4:] == [None]


def test_a_store_that_knows_no_ranges_gives_none(store: Store, road: Troubled, film: tuple[Path, str]) -> None:
    store.put(NAME, *film)
    road.ignores_ranges = True
    with pytest.raises(Fault):
        store.kept(NAME).open(5, 10)
    road.trouble = Trouble.BREAKS_ONCE  # and it cannot go on where it broke
    with pytest.raises(Fault):
        store.read(NAME)


def test_a_file_that_changed_where_the_line_broke_is_not_read_on(
    store: Store, road: Troubled, bucket: Server, film: tuple[Path, str]
) -> None:
    store.put(NAME, *film)
    road.trouble = Trouble.BREAKS_ONCE
    key = f"maple/shelf/{NAME}"
    road.at_break = lambda: bucket.client.put_object(Bucket=bucket.bucket, Key=key, Body=FILM[::-1])
    with pytest.raises(Fault):
        store.kept(NAME).open(0, len(FILM))


def test_whole_films_leave_threads_for_others(
    store: Store, film: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stores.s3.SPOOLED", 1 << 20)
    store.put(NAME, *film)
    held = [store.kept(NAME).open(0, len(FILM)) for _ in range(s3_turns.STREAMS)]
    with pytest.raises(Fault):
        store.kept(NAME).open(0, len(FILM))
    with store.kept(NAME).open(0, 10) as short:
        assert short.read(10) == FILM[:10]
    for file in held:
        file.close()
        file.close()
    for _ in range(2 * s3_turns.AT_ONCE):  # also one that is not there gives its turn back
        with pytest.raises(FileNotFoundError):
            store.kept("private/abc/none.mp4").open(0, len(FILM))
    store.kept(NAME).open(0, len(FILM)).close()


def test_a_store_that_says_nothing_keeps_few_waiting(
    store: Store, road: Troubled, film: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_turns, "WELL_SECONDS", 0.0)
    monkeypatch.setattr(s3_turns, "AWAY_SECONDS", 0.1)
    store.put(NAME, *film)
    road.trouble = Trouble.SILENT
    waited: list[float] = []

    def ask() -> None:
        began = time.monotonic()
        with pytest.raises(Fault) as caught:
            store.kept(NAME).open(0, 10)
        if caught.value.detail == "too many wait for the store":
            waited.append(time.monotonic() - began)

    with ThreadPoolExecutor(s3_turns.AT_ONCE + 8) as many:
        for asked in [many.submit(ask) for _ in range(s3_turns.AT_ONCE + 8)]:
            asked.result()
    assert len(waited) == 8
    road.trouble = Trouble.NONE
    road.over.set()
    store.kept(NAME).open(0, 10).close()


def test_a_store_that_answers_is_waited_for(
    bucket: Server, road: Troubled, tmp_path: Path, film: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow the machine is that all of this shares."""
    monkeypatch.setattr(s3_turns, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr(s3_turns, "WAIT_SECONDS", 60.0)
    store = opened(bucket, road, tmp_path / "data")
    store.put(NAME, *film)

    def ask() -> bool:
        with store.kept(NAME).open(0, len(FILM)) as file:
            return file.read() == FILM

    with ThreadPoolExecutor(3 * s3_turns.AT_ONCE) as many:
        assert all(asked.result() for asked in [many.submit(ask) for _ in range(3 * s3_turns.AT_ONCE)])
