"""From upload to the last deleted byte, on several machines with one bucket: moto's, unless the environment names another."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState, StepName
from app.services import deletions, intake, publish, retention, shelf
from app.services.values import PrivateFolder
from app.uploads.names import NameHint
from app.worker.steps import Job
from media_pipeline.core.errors import Hostile
from tests.app.backend import Backend
from tests.app.fake_pipeline import LARGE, FakePipeline
from tests.app.services.crashing import crashes_at
from tests.app.stores.machines import WorkersMachine, copies, lose, uploaded, web_machine
from tests.app.web.desk import StaffBrowser, families, staff_app
from tests.s3_server import Server
from tests.troubled_server import troubled

pytestmark = pytest.mark.slow


@pytest.fixture(params=[True, False], ids=["versions", "bucket"])
def bucket(request: pytest.FixtureRequest, s3: Server) -> Server:
    return s3.with_bucket(versioned=request.param)


@pytest.fixture
def web(bucket: Server, tmp_path: Path) -> Iterator[Backend]:
    machine = web_machine(tmp_path / "web", bucket)
    yield machine
    machine.db.close()


@pytest.fixture
def one(web: Backend, tmp_path: Path) -> WorkersMachine:
    return WorkersMachine(web, tmp_path / "one")


@pytest.fixture
def other(web: Backend, tmp_path: Path) -> WorkersMachine:
    return WorkersMachine(web, tmp_path / "other")


def sweep(web: Backend, days: int) -> retention.Swept:
    return retention.sweep(web.db, web.settings, web.store, now() + timedelta(days=days))


def public(web: Backend, one: WorkersMachine, film: bytes = LARGE) -> tuple[str, shelf.Entry]:
    recording_id = uploaded(web, film)
    one.analyse(web, recording_id)
    approval_id = web.approved(recording_id)
    one.publish(web, recording_id, approval_id, sizes=3 if film is LARGE else 1)
    (entry,) = shelf.entries(web.db)
    return recording_id, entry


def test_the_whole_road(web: Backend, one: WorkersMachine, other: WorkersMachine, bucket: Server) -> None:
    recording_id = uploaded(web, LARGE)
    private = f"maple/shelf/private/{recording_id}"
    assert bucket.everything() == {f"{private}/original"}
    assert copies(web.settings) == frozenset()
    one.analyse(web, recording_id)
    assert one.copies == frozenset()

    ann = StaffBrowser(web, staff_app(web))
    base = f"/recordings/{recording_id}"
    state = ann.send("GET", f"{base}/review").get_json()
    sheet = ann.send("GET", state["sheets"][0], buffered=True)
    assert (sheet.data, sheet.headers["Cache-Control"]) == (b"sheet 0", "no-store")
    part = ann.send("GET", f"{base}/proxy.mp4", headers={"Range": "bytes=2-5"}, buffered=True)
    assert (part.status_code, part.data) == (206, b"oxy ")
    told = ann.send("POST", state["watched"], json={"seconds": [2, 3], "heard": []}).get_json()
    assert [2.0, 4.0] not in told["unseen"]
    assert ann.send("GET", f"{base}/strip.jpg", buffered=True).data == b"strip"
    approval_id = web.approved(recording_id)

    job = Job(recording_id, web.row(recording_id).attempt, approval_id)
    for step in (StepName.PLAN, StepName.RENDER):
        assert one.perform(step, job)["ok"]
    assert shelf.entries(web.db) == ()
    lose(PrivateFolder(one.settings, recording_id))  # that machine is no more, and another one goes on
    for step in (StepName.VERIFY, StepName.PACKAGE, StepName.PUBLISH):
        assert other.perform(step, job)["ok"]
    (entry,) = shelf.entries(web.db)
    assert entry.more_coming
    other.publish(web, recording_id, approval_id, sizes=3)
    (entry,) = shelf.entries(web.db)
    assert web.row(recording_id).state is RecordingState.PUBLISHED
    assert copies(web.settings) == other.copies == frozenset()
    assert not PrivateFolder(web.settings, recording_id).has_pieces

    viewer, film = families(web).test_client(), next(f for f in entry.files if f.name == "video.mp4")
    address = f"/media/{entry.publication_id}/{film.name}"
    for file in entry.files:
        got = viewer.get(f"/media/{entry.publication_id}/{file.name}", buffered=True)
        assert hashlib.sha256(got.data).hexdigest() == file.sha256
    whole = viewer.get(address, buffered=True)
    assert (whole.status_code, whole.headers["ETag"]) == (200, f'"{film.sha256}"')
    assert "Location" not in whole.headers
    part = viewer.get(address, headers={"Range": "bytes=3-9"}, buffered=True)
    assert (part.status_code, part.data) == (206, whole.data[3:10])
    assert part.headers["Content-Range"] == f"bytes 3-9/{film.size}"
    head = viewer.head(address)
    assert (head.status_code, head.headers["Content-Length"], head.data) == (200, str(film.size), b"")
    assert viewer.get(address, headers={"Range": f"bytes={film.size}-"}).status_code == 416
    assert viewer.get(address, headers={"If-None-Match": f'"{film.sha256}"'}).status_code == 304
    other_state = {"Range": "bytes=3-9", "If-Range": '"another"'}
    assert viewer.get(address, headers=other_state, buffered=True).data == whole.data
    assert viewer.get(f"/s/{entry.slug}").status_code == 200

    publish.unpublish(web.db, web.settings, recording_id)
    for gone in (address, f"/s/{entry.slug}"):
        assert viewer.get(gone).status_code == 410
    assert {key for key in bucket.everything() if "/public/" in key} == set()
    assert sweep(web, 13).originals == 0
    assert f"{private}/original" in bucket.everything()
    assert sweep(web, 15).originals == 1
    assert bucket.everything() == set()
    assert deletions.settle(web.db, web.settings) == 0
    assert not sweep(web, 15).any


def test_nothing_is_public_of_bytes_that_are_not_the_proven_ones(
    web: Backend, one: WorkersMachine, bucket: Server
) -> None:
    recording_id = uploaded(web, b"a film")
    one.analyse(web, recording_id)
    approval_id = web.approved(recording_id)
    job = Job(recording_id, web.row(recording_id).attempt, approval_id)
    for step in (StepName.PLAN, StepName.RENDER, StepName.VERIFY, StepName.PACKAGE):
        assert one.perform(step, job)["ok"]
    (render,) = [key for key in bucket.everything() if key.endswith("/render/video.mp4")]
    bucket.client.put_object(Bucket=bucket.bucket, Key=render, Body=b"another film")
    lose(PrivateFolder(one.settings, recording_id))
    assert not one.perform(StepName.PUBLISH, job)["ok"]
    assert shelf.entries(web.db) == ()
    assert not any("/public/" in key for key in bucket.everything())


@pytest.mark.usefixtures("one")
def test_what_a_crash_leaves_of_an_upload_is_taken_in_once(web: Backend, bucket: Server) -> None:
    with crashes_at(web.store, "take"):
        uploaded(web, b"a film")
    assert intake.resume(web.db, web.settings, web.store, web.jobs) == 1
    assert intake.resume(web.db, web.settings, web.store, web.jobs) == 0
    ((_, recording_id, _),) = web.jobs.said
    assert bucket.everything() == {f"maple/shelf/private/{recording_id}/original"}
    body = bucket.client.get_object(Bucket=bucket.bucket, Key=f"maple/shelf/private/{recording_id}/original")["Body"]
    assert body.read() == b"a film"


def test_two_who_take_in_the_same_upload_send_it_once(s3: Server, tmp_path: Path) -> None:
    with troubled(s3.endpoint) as road:
        web = web_machine(tmp_path / "web", s3.with_bucket(versioned=False), store_endpoint=road.url)
        upload = web.store.create(6, "nobody", NameHint.NONE)
        web.store.append(upload.id, 0, io.BytesIO(b"a film"), None)

        def accept() -> str:
            return intake.accept(web.db, web.settings, web.store, web.jobs, upload.id)

        with ThreadPoolExecutor(4) as many:
            assert len({done.result() for done in [many.submit(accept) for _ in range(4)]}) == 1
        assert road.asked.count("PUT") == 1
        web.db.close()


def test_the_demonstrations_film_is_taken_in_too(web: Backend, one: WorkersMachine, bucket: Server) -> None:
    recording_id = web.upload(b"a film")
    assert bucket.everything() == {f"maple/shelf/private/{recording_id}/original"}
    one.analyse(web, recording_id)


def test_a_hostile_film_is_destroyed_in_the_store_at_once(
    web: Backend, one: WorkersMachine, bucket: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording_id = uploaded(web, b"a film")

    def hostile(*_: object) -> None:
        raise Hostile("playlist")

    monkeypatch.setattr(FakePipeline, "probe", hostile)
    job = Job(recording_id, web.row(recording_id).attempt)
    assert one.perform(StepName.PROBE, job)["kind"] == "hostile"
    intake.destroy_private(one.settings, recording_id)
    assert bucket.everything() == set()
    assert one.copies == frozenset()


def test_drafts_and_removed_recordings_leave_nothing(web: Backend, one: WorkersMachine, bucket: Server) -> None:
    draft, removed = uploaded(web, b"a film"), uploaded(web, b"another film")
    for recording_id in (draft, removed):
        one.analyse(web, recording_id)
    intake.remove(web.db, web.settings, removed)
    assert {key.split("/")[3] for key in bucket.everything()} == {draft}
    assert sweep(web, 61).drafts == 1
    assert bucket.everything() == set()


def test_strays_go_and_what_is_public_stays(web: Backend, one: WorkersMachine, bucket: Server) -> None:
    _, entry = public(web, one)
    before = bucket.everything()
    put, begin = bucket.client.put_object, bucket.client.create_multipart_upload
    here = f"maple/shelf/public/{entry.publication_id}"
    put(Bucket=bucket.bucket, Key="maple/shelf/private/forgotten123/original", Body=b"x")
    put(Bucket=bucket.bucket, Key=f"{here}/left.mp4", Body=b"x")
    begin(Bucket=bucket.bucket, Key=f"{here}/half.mp4")
    begin(Bucket=bucket.bucket, Key="maple/shelf/public/forgotten456/video.mp4")
    put(Bucket=bucket.bucket, Key="maple/another/private/x/original", Body=b"not ours")
    (web.settings.private / entry.publication_id).mkdir()
    assert sweep(web, 0).strays == 4
    assert bucket.everything() == before | {"maple/another/private/x/original"}


def test_copies_go_when_no_work_needs_them(web: Backend, one: WorkersMachine) -> None:
    recording_id = uploaded(web, b"a film")
    job = Job(recording_id, web.row(recording_id).attempt)
    assert one.perform(StepName.PROBE, job)["ok"]
    retention.sweep(web.db, one.settings, web.store, now())
    assert not retention.sweep_here(web.db, one.settings, web.store).any
    assert one.copies == {f"{recording_id}/original"}
    one.analyse(web, recording_id)
    folder = PrivateFolder(one.settings, recording_id)
    folder.here(folder.original)
    assert one.copies
    assert retention.sweep_here(web.db, one.settings, web.store).strays == 1
    assert one.copies == frozenset()
    folder = PrivateFolder(web.settings, recording_id)
    assert folder.has(folder.original)


def test_replaced_captions_leave_no_older_version(web: Backend, one: WorkersMachine, bucket: Server) -> None:
    recording_id = uploaded(web, b"a film")
    one.analyse(web, recording_id)
    folder = PrivateFolder(web.settings, recording_id)
    folder.save(folder.media(), "media")
    folder.save(folder.media(), "media")
    listed = bucket.client.list_object_versions(
        Bucket=bucket.bucket, Prefix=f"maple/shelf/private/{recording_id}/values"
    )
    keys = [one["Key"] for one in listed["Versions"]]
    assert sorted(set(keys)) == sorted(keys)
    assert "DeleteMarkers" not in listed
