"""A backup of a shelf whose files lie in a store, and its return: to another store, or to a disk."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.kinds import Deleted
from app.services import backup, restore, shelf
from app.services.ledger import Line
from app.stores import open_store
from app.stores.s3 import S3
from media_pipeline.core.errors import Fault, Refused
from tests.app.backend import Backend, make_settings
from tests.app.stores.machines import WorkersMachine, copies, uploaded, web_machine
from tests.s3_server import Server

pytestmark = pytest.mark.slow


@pytest.fixture
def web(s3: Server, tmp_path: Path) -> Iterator[Backend]:
    """One recording that is public, and one to review."""
    machine = web_machine(tmp_path / "web", s3.with_bucket(versioned=False))
    one = WorkersMachine(machine, tmp_path / "one")
    public, waiting = uploaded(machine, b"a film"), uploaded(machine, b"another film")
    for recording_id in (public, waiting):
        one.analyse(machine, recording_id)
    approval_id = machine.approved(public)
    one.publish(machine, public, approval_id, sizes=1)
    yield machine
    machine.db.close()


def content(machine: Backend) -> dict[str, bytes]:
    store = open_store(machine.settings)
    return {
        f"{root}/{name}": store.read(f"{root}/{name}") for root in ("private", "public") for name in store.names(root)
    }


def test_a_shelf_comes_back_into_another_store_and_onto_a_disk(web: Backend, s3: Server, tmp_path: Path) -> None:
    out = io.BytesIO()
    counted = backup.write(web.db, web.settings, out)
    assert counted.files == len(content(web)) + 1
    elsewhere = make_settings(tmp_path / "again", **s3.with_bucket(versioned=True).settings())
    for settings in (elsewhere, make_settings(tmp_path / "disk")):
        settings.make_folders()
        assert restore.restore(settings, io.BytesIO(out.getvalue()), ()).hashes == counted.hashes
        back = Backend(settings.data, **settings.model_dump(exclude={"data"}))
        assert content(back) == content(web)
        assert [entry.files for entry in shelf.entries(back.db)] == [entry.files for entry in shelf.entries(web.db)]
        assert bool(copies(settings)) == (settings is not elsewhere)
        back.db.close()


def test_what_was_taken_down_since_does_not_come_back_into_a_store(web: Backend, s3: Server, tmp_path: Path) -> None:
    (entry,) = shelf.entries(web.db)
    out = io.BytesIO()
    backup.write(web.db, web.settings, out)
    bucket = s3.with_bucket(versioned=True)
    settings = make_settings(tmp_path / "again", **bucket.settings())
    settings.make_folders()
    restore.restore(settings, io.BytesIO(out.getvalue()), (Line(Deleted.PUBLICATION, entry.publication_id),))
    assert not any("/public/" in key for key in bucket.everything())
    with pytest.raises(Refused) as caught:
        restore.restore(settings, io.BytesIO(out.getvalue()), ())
    assert caught.value.code == "not-empty"


def test_a_return_that_breaks_leaves_the_store_empty(
    web: Backend, s3: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, bucket, put = io.BytesIO(), s3.with_bucket(versioned=True), S3.put
    backup.write(web.db, web.settings, out)
    settings = make_settings(tmp_path / "again", **bucket.settings())
    settings.make_folders()

    def full(store: S3, name: str, source: Path, sha256: str) -> bool:
        if name.startswith("public/"):
            raise Fault("store-full")
        return put(store, name, source, sha256)

    with monkeypatch.context() as patch:
        patch.setattr(S3, "put", full)
        with pytest.raises(Fault):
            restore.restore(settings, io.BytesIO(out.getvalue()), ())
    assert bucket.everything() == set()
    assert not (settings.data / backup.DATABASE).exists()
    restore.restore(settings, io.BytesIO(out.getvalue()), ())
    assert bucket.everything()
