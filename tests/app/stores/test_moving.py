"""A shelf's files go to a bucket and come back, each compared; a move that breaks goes on, and nobody else's store is touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import storyshelf
from app.db.engine import now
from app.services import retention, shelf
from app.services.resettling import resettle
from app.services.values import PrivateFolder
from app.settings import Settings
from app.settings.kinds import StoreChoice
from app.stores import files, open_store
from app.stores.s3 import S3
from media_pipeline.core.errors import Fault, Refused
from tests.app.backend import Backend
from tests.app.stores.machines import copies
from tests.app.web.desk import published
from tests.s3_server import Server

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket(s3: Server) -> Server:
    return s3.with_bucket(versioned=True)


@pytest.fixture
def full(bucket: Server, tmp_path: Path) -> Iterator[Backend]:
    """A shelf on a disk whose settings name a bucket that is not used yet: one public recording, one to review."""
    machine = Backend(tmp_path / "data", **bucket.settings(store="disk"))
    published(machine)
    machine.analysed(b"another film")
    yield machine
    machine.db.close()


def content(settings: Settings) -> dict[str, bytes]:
    store = open_store(settings)
    names = {f"{root}/{name}" for root in ("private", "public") for name in store.names(root)}
    return {name: store.read(name) for name in names if "/render/" not in name}


def in_bucket(settings: Settings) -> Settings:
    return settings.model_copy(update={"store": StoreChoice.S3})


def test_there_and_back(full: Backend, bucket: Server) -> None:
    before = content(full.settings)
    assert resettle(full.settings, StoreChoice.S3) == len(before)
    assert content(full.settings) == before
    there = in_bucket(full.settings)
    assert content(there) == before
    retention.sweep(full.db, there, full.store, now())
    assert copies(there) == frozenset()
    assert content(there) == before
    assert len(shelf.entries(full.db)) == 1
    assert resettle(there, StoreChoice.DISK) == len(before)
    assert content(full.settings) == before
    assert {key.removeprefix("maple/shelf/") for key in bucket.everything()} == set(before)


def test_a_move_that_breaks_goes_on(full: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    put = S3.put

    def breaks(store: S3, name: str, source: Path, sha256: str) -> bool:
        if name.startswith("public/"):
            raise Fault("store-failed")
        return put(store, name, source, sha256)

    with monkeypatch.context() as patch:
        patch.setattr(S3, "put", breaks)
        with pytest.raises(Fault):
            resettle(full.settings, StoreChoice.S3)
    assert resettle(full.settings, StoreChoice.S3)
    assert content(in_bucket(full.settings)) == content(full.settings)


def test_nothing_moves_where_it_should_not(full: Backend, bucket: Server) -> None:
    def code(settings: Settings, choice: StoreChoice) -> str:
        with pytest.raises((Refused, Fault)) as caught:
            resettle(settings, choice)
        return caught.value.code

    assert code(full.settings, StoreChoice.DISK) == "settings-unfit"
    assert code(full.settings.model_copy(update={"store_bucket": ""}), StoreChoice.S3) == "settings-unfit"
    bucket.client.put_object(Bucket=bucket.bucket, Key="maple/shelf/private/x/original", Body=b"another shelf's")
    assert code(full.settings, StoreChoice.S3) == "store-taken"
    assert bucket.everything() == {"maple/shelf/private/x/original"}
    full.upload(b"a third film")
    assert code(full.settings, StoreChoice.S3) == "at-work"


def test_what_changed_on_its_way_is_told(full: Backend, bucket: Server) -> None:
    resettle(full.settings, StoreChoice.S3)
    (original, *_) = sorted(key for key in bucket.everything() if key.endswith("/original"))
    meta = bucket.client.head_object(Bucket=bucket.bucket, Key=original)["Metadata"]
    bucket.client.put_object(Bucket=bucket.bucket, Key=original, Body=b"changed on its way", Metadata=meta)
    there = in_bucket(full.settings)
    files.remove(PrivateFolder(there, original.split("/")[3]).path)
    with pytest.raises(Fault):
        resettle(there, StoreChoice.DISK)


def test_the_command(full: Backend, bucket: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYSHELF_DATA", str(full.settings.data))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
    for name, value in bucket.settings(store="disk").items():
        monkeypatch.setenv(f"STORYSHELF_{name.upper()}", str(value))
    told = CliRunner().invoke(storyshelf, ["move", "--to-store", "s3"], catch_exceptions=False)
    assert told.exit_code == 0
    assert f"{len(content(full.settings))} files copied" in told.output
    for wrong in ([], ["--to-store", "s3", "--to-database", "sqlite:////x"], ["--to-store", "tape"]):
        assert CliRunner().invoke(storyshelf, ["move", *wrong]).exit_code == 2
