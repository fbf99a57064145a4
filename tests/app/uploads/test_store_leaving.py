"""Files that leave the store: taken, deleted or expired; and what lies there until then."""

from __future__ import annotations

import fcntl
import io
import json
import stat
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from app.uploads.names import NameHint
from app.uploads.store import IncomingStore
from media_pipeline.core.errors import Fault, Refused, StoryshelfError
from tests.app.uploads.senders import FILM, NOWHERE, SHA, age, arrived, begin


def test_a_file_comes_in_pieces_and_leaves_whole(store: IncomingStore, tmp_path: Path) -> None:
    upload = begin(store)
    assert (upload.offset, upload.length, upload.hint, upload.owner) == (0, len(FILM), NameHint.GALLERY, "staff-1")
    upload = store.append(upload.id, 0, io.BytesIO(FILM[:1000]), 1000)
    assert (upload.offset, upload.complete) == (1000, False)
    upload = store.append(upload.id, 1000, io.BytesIO(FILM[1000:]), None)
    assert upload.complete
    whole = store.finish(upload.id)
    assert (whole.sha256, whole.size, whole.path.read_bytes()) == (SHA, len(FILM), FILM)

    target = tmp_path / "kept.bin"
    assert store.take(upload.id, target).path == target
    assert target.read_bytes() == FILM
    assert store.take(upload.id, target).sha256 == SHA
    assert store.finish(upload.id).sha256 == SHA
    after = store.get(upload.id)
    assert (after.taken, after.complete, after.offset) == (True, True, len(FILM))


def test_everything_is_private(store: IncomingStore, tmp_path: Path) -> None:
    upload = arrived(store)
    store.finish(upload.id)
    paths = [store.root, *store.root.rglob("*")]
    assert len(paths) == 5
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    store.take(upload.id, tmp_path / "kept.bin")
    assert stat.S_IMODE((tmp_path / "kept.bin").stat().st_mode) == 0o600


def test_the_record_holds_ids_numbers_and_enumerations_only(store: IncomingStore) -> None:
    upload = arrived(store)
    store.finish(upload.id)
    record = json.loads((store.root / upload.id / "record.json").read_text())
    assert record == {
        "owner": "staff-1",
        "length": len(FILM),
        "hint": "gallery-view",
        "created": upload.created,
        "sha256": SHA,
    }


def test_names_are_on_the_disk_too(store: IncomingStore, synced: list[tuple[int, int]], tmp_path: Path) -> None:
    upload = arrived(store)
    assert store.root.stat().st_ino in {inode for inode, _ in synced}
    synced.clear()
    kept = tmp_path / "kept"
    kept.mkdir()
    store.take(upload.id, kept / "film.bin")
    folder = store.root / upload.id
    assert [inode for inode, _ in synced][-2:] == [kept.stat().st_ino, folder.stat().st_ino]
    synced.clear()
    store.delete(upload.id)
    assert [inode for inode, _ in synced] == [store.root.stat().st_ino]


def test_who_waits_for_an_upload_that_is_being_removed_finds_none(store: IncomingStore) -> None:
    upload, caught = begin(store), list[StoryshelfError]()

    def look() -> None:
        try:
            store.get(upload.id)
        except StoryshelfError as error:
            caught.append(error)

    with (store.root / upload.id / "lock").open("rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(0.1)  # it either waits for the lock by now or comes later: the answer is the same
        (store.root / upload.id).rename(store.root / f"gone-{upload.id}")
    thread.join()
    assert [error.code for error in caught] == ["no-upload"]


@pytest.mark.parametrize(
    "upload_id", [NOWHERE, "", "..", "../incoming", "A" * 32, NOWHERE + "\n", f"new-{NOWHERE}", f"gone-{NOWHERE}"]
)
@pytest.mark.parametrize("ask", ["get", "append", "finish", "take", "delete"])
def test_what_is_not_there_is_refused(store: IncomingStore, tmp_path: Path, upload_id: str, ask: str) -> None:
    for half in ("new-", "gone-"):
        (store.root / begin(store).id).rename(store.root / f"{half}{NOWHERE}")
    asks: dict[str, Callable[[], object]] = {
        "get": lambda: store.get(upload_id),
        "append": lambda: store.append(upload_id, 0, io.BytesIO(b"x"), 1),
        "finish": lambda: store.finish(upload_id),
        "take": lambda: store.take(upload_id, tmp_path / "kept"),
        "delete": lambda: store.delete(upload_id),
    }
    with pytest.raises(Refused, match="no-upload"):
        asks[ask]()


def test_what_is_not_whole_is_not_finished(store: IncomingStore) -> None:
    with pytest.raises(ValueError, match="all of it"):
        store.finish(begin(store).id)


def test_taking_never_overwrites_and_never_invents(store: IncomingStore, tmp_path: Path) -> None:
    upload, target = arrived(store), tmp_path / "kept.bin"
    target.write_bytes(b"another's")
    with pytest.raises(Fault, match="store-failed"):
        store.take(upload.id, target)
    assert target.read_bytes() == b"another's"
    with pytest.raises(Fault, match="store-failed") as failed:
        store.take(upload.id, tmp_path / "no-such-folder" / "kept.bin")
    assert failed.value.detail == "the disk met ENOENT"
    store.take(upload.id, tmp_path / "right.bin")
    with pytest.raises(Fault, match="store-failed"):
        store.take(upload.id, tmp_path / "elsewhere.bin")


def test_a_deleted_upload_leaves_nothing(store: IncomingStore) -> None:
    upload = arrived(store)
    store.delete(upload.id)
    assert list(store.root.iterdir()) == []
    with pytest.raises(Refused, match="no-upload"):
        store.delete(upload.id)


def test_old_uploads_expire_but_whole_ones_wait(store: IncomingStore, tmp_path: Path) -> None:
    fresh, stale, whole, taken = begin(store), begin(store), arrived(store), arrived(store)
    store.take(taken.id, tmp_path / "kept.bin")
    (store.root / f"gone-{NOWHERE}").mkdir()
    (store.root / f"gone-{NOWHERE}" / "data").write_bytes(b"left by a crash")
    (store.root / f"new-{NOWHERE}").mkdir()
    for one in (stale.id, whole.id, taken.id, f"new-{NOWHERE}"):
        age(store, one, days=8)
    assert store.expire() == 2
    assert {one.id for one in store.uploads()} == {fresh.id, whole.id}
    assert {path.name for path in store.root.iterdir()} == {fresh.id, whole.id}
    assert (tmp_path / "kept.bin").read_bytes() == FILM
    age(store, fresh.id, days=2)
    assert store.expire(timedelta(days=3)) == 0
    assert store.expire(timedelta(days=1)) == 1


def test_a_byte_gives_an_upload_another_life(store: IncomingStore) -> None:
    upload = begin(store)
    age(store, upload.id, days=6)
    before = store.get(upload.id).expires
    after = store.append(upload.id, 0, io.BytesIO(FILM[:10]), 10).expires
    assert after - before >= 6 * 86400 - 1


def test_an_unreadable_record_is_told_and_stops_no_other(store: IncomingStore) -> None:
    broken, stale = begin(store), begin(store)
    (store.root / broken.id / "record.json").write_text("{")
    age(store, stale.id, days=8)
    assert [one.id for one in store.uploads()] == [stale.id]
    with pytest.raises(Fault, match="store-failed"):
        store.expire()
    assert [path.name for path in store.root.iterdir()] == [broken.id]
