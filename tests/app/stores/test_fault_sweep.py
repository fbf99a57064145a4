"""A store in every kind of trouble at every step: staff read a sentence, nothing is lost, and it goes on by itself afterwards."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from app.db.kinds import RecordingState
from app.services import intake, library, shelf
from app.services.resettling import resettle
from app.services.values import PrivateFolder
from app.settings.kinds import StoreChoice
from app.stores import open_store, s3_client
from app.uploads.names import NameHint
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend
from tests.app.lives import Life
from tests.app.stores.machines import uploaded, web_machine
from tests.app.web.desk import StaffBrowser, families, published, staff_app
from tests.app.worker_child import working
from tests.app.worker_seen import ended, wait_for
from tests.s3_server import Server
from tests.troubled_server import Trouble, Troubled, troubled

pytestmark = [pytest.mark.slow, pytest.mark.logs_errors]  # moto fails where a list and a deletion meet

FILM = b"a film of some storytime"
SAID = {"store-failed", "store-full"}
HARD = [Trouble.ERROR, Trouble.BUSY, Trouble.FULL, Trouble.SILENT, Trouble.CLOSED, Trouble.RESETS, Trouble.BREAKS]
SOFT = [Trouble.SLOW, Trouble.TRICKLES]
"""What is waited for, so that nobody reads of it."""


@dataclass
class Scene:
    """A machine that serves and works, and a store whose trouble a test makes and ends."""

    web: Backend
    bucket: Server
    road: Troubled
    trouble: Trouble
    life: Life

    def begins(self, at: str = "") -> None:
        """From now on, or from the first request whose method and path that pattern fits."""
        self.road.begins_at, self.road.trouble = at, self.trouble

    def keys(self, part: str) -> set[str]:
        """Of everything in the bucket, what has that in its key."""
        return {key for key in self.bucket.everything() if part in key}

    def looked_in_vain(self) -> bool:
        """Whether the worker has met the trouble on its rounds."""
        return self.life.log.exists() and '"event": "look-failed"' in self.life.log.read_text()

    def state(self, recording_id: str) -> RecordingState:
        """Its state."""
        return self.web.row(recording_id).state

    def fails(self, deed: Callable[[], object]) -> None:
        """A deed of the servers' that the trouble keeps from its end, in one of our sentences."""
        if self.trouble in SOFT:
            deed()
            return
        with pytest.raises(Fault) as caught:
            deed()
        assert caught.value.code in SAID

    def worker_fails(self, recording_id: str, until: RecordingState) -> None:
        """The worker is kept from a step, says so to staff and is well again; or does not let itself be kept from it."""
        if self.trouble in SOFT:
            wait_for(lambda: self.state(recording_id) is until)
        else:
            wait_for(lambda: self.web.row(recording_id).code in SAID)
            code = self.web.row(recording_id).code
            assert code is None or library.sentence(code).endswith(".")
            assert shelf.entries(self.web.db) == ()
        self.road.ends()
        wait_for(lambda: self.state(recording_id) is until)


@pytest.fixture
def scene(s3: Server, trouble: Trouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    for name in ("ANSWER_SECONDS", "PATIENT_SECONDS"):
        monkeypatch.setattr(s3_client, name, 0.5)
    monkeypatch.setattr(s3_client, "TRIES", 2)
    bucket = s3.with_bucket(versioned=True)
    with troubled(s3.endpoint) as road:
        web = web_machine(tmp_path / "data", bucket, store_endpoint=road.url)
        others = tuple(bucket.settings(store_endpoint=road.url).items())
        yield Scene(web, bucket, road, trouble, Life(web.settings.data, others=others, again=1.0, answers=0.5))
        road.ends()
        web.db.close()


def is_whole(scene: Scene) -> None:
    """What is public is what was proven, every byte of it."""
    (entry,) = shelf.entries(scene.web.db)
    viewer = families(scene.web).test_client()
    for file in entry.files:
        got = viewer.get(f"/media/{entry.publication_id}/{file.name}", buffered=True)
        assert hashlib.sha256(got.data).hexdigest() == file.sha256
    assert len(scene.keys("/public/")) == len(entry.files)


def take_in(scene: Scene) -> None:
    upload = scene.web.store.create(len(FILM), "nobody", NameHint.NONE)
    scene.web.store.append(upload.id, 0, io.BytesIO(FILM), None)
    scene.begins()
    web = scene.web
    scene.fails(lambda: intake.accept(web.db, web.settings, web.store, web.jobs, upload.id))
    ((recording,)) = library.recordings(web.db)
    with working(scene.life):
        if scene.trouble not in SOFT:
            wait_for(scene.looked_in_vain)
        scene.road.ends()
        wait_for(lambda: scene.state(recording.id) is RecordingState.TO_REVIEW)
    assert PrivateFolder(web.settings, recording.id).kept(
        web.settings.private / recording.id / "original"
    ).size() == len(FILM)
    assert [row.id for row in library.recordings(web.db)] == [recording.id]


def analysis(scene: Scene) -> None:
    recording_id = uploaded(scene.web, FILM)
    scene.begins("^GET .*/original")
    with working(scene.life):
        scene.worker_fails(recording_id, RecordingState.TO_REVIEW)


def publication(scene: Scene, at: str) -> None:
    recording_id = uploaded(scene.web, FILM)
    with working(scene.life):
        wait_for(lambda: scene.state(recording_id) is RecordingState.TO_REVIEW)
        scene.begins(at)
        scene.web.approved(recording_id)
        scene.worker_fails(recording_id, RecordingState.PUBLISHED)
        ended(scene.life, "tidied")
    is_whole(scene)


def on_the_shelf(scene: Scene) -> tuple[str, shelf.Entry]:
    recording_id = uploaded(scene.web, FILM)
    with working(scene.life):
        wait_for(lambda: scene.state(recording_id) is RecordingState.TO_REVIEW)
        scene.web.approved(recording_id)
        wait_for(lambda: scene.state(recording_id) is RecordingState.PUBLISHED)
        ended(scene.life, "tidied")
    (entry,) = shelf.entries(scene.web.db)
    return recording_id, entry


def serving(scene: Scene) -> None:
    _, entry = on_the_shelf(scene)
    viewer = families(scene.web).test_client()
    scene.begins()
    for file in entry.files:
        got = viewer.get(f"/media/{entry.publication_id}/{file.name}", buffered=True)
        whole = got.status_code == 200 and hashlib.sha256(got.data).hexdigest() == file.sha256
        assert whole or (got.status_code == 503 and "The shelf does not answer at the moment" in got.text)
        assert whole or scene.trouble not in SOFT
    assert viewer.get(f"/s/{entry.slug}").status_code == 200
    scene.road.ends()
    is_whole(scene)


def takedown(scene: Scene) -> None:
    ann = StaffBrowser(scene.web, staff_app(scene.web))
    recording_id, entry = on_the_shelf(scene)
    viewer = families(scene.web).test_client()
    scene.begins()
    said = ann.submit(f"/recordings/{recording_id}/unpublish")
    assert said.status_code in ((302, 303) if scene.trouble in SOFT else (302, 303, 503))
    for gone in (f"/s/{entry.slug}", *(f"/media/{entry.publication_id}/{file.name}" for file in entry.files)):
        assert viewer.get(gone).status_code == 410
    with working(scene.life):
        if scene.trouble not in SOFT:
            wait_for(scene.looked_in_vain)
        for gone in (f"/s/{entry.slug}", *(f"/media/{entry.publication_id}/{file.name}" for file in entry.files)):
            assert viewer.get(gone).status_code == 410
        scene.road.ends()
        wait_for(lambda: not scene.keys("/public/"))
    assert scene.state(recording_id) is RecordingState.UNPUBLISHED


def removal(scene: Scene) -> None:
    recording_id = uploaded(scene.web, FILM)
    with working(scene.life):
        wait_for(lambda: scene.state(recording_id) is RecordingState.TO_REVIEW)
    scene.begins()
    web = scene.web
    scene.fails(lambda: intake.remove(web.db, web.settings, recording_id))
    assert library.recordings(web.db) == ()
    with working(scene.life):
        if scene.trouble not in SOFT:
            wait_for(scene.looked_in_vain)
        scene.road.ends()
        wait_for(lambda: not scene.bucket.everything())


def moving(scene: Scene) -> None:
    disk = Backend(
        scene.web.settings.data.with_name("disk"), **scene.bucket.settings(store="disk", store_endpoint=scene.road.url)
    )
    published(disk, FILM)
    here = open_store(disk.settings)
    names = {f"{root}/{name}" for root in ("private", "public") for name in here.names(root)}
    before = {name: here.read(name) for name in names if "/render/" not in name}
    scene.begins()
    scene.fails(lambda: resettle(disk.settings, StoreChoice.S3))
    scene.road.ends()
    resettle(disk.settings, StoreChoice.S3)  # again, by whoever moves it
    there = open_store(disk.settings.model_copy(update={"store": StoreChoice.S3}))
    assert {name: there.read(name) for name in before} == before
    assert {name: here.read(name) for name in before} == before
    disk.db.close()


STEPS: dict[str, Callable[[Scene], None]] = {
    "taking in": take_in,
    "analysis": analysis,
    "render": lambda scene: publication(scene, "/render/"),
    "publish": lambda scene: publication(scene, "/public/"),
    "serving": serving,
    "takedown": takedown,
    "removal": removal,
    "moving": moving,
}
USUAL = [(Trouble.RESETS, "taking in"), (Trouble.BUSY, "publish")]


def cells() -> Iterator[object]:
    for trouble, step in product([*HARD, *SOFT], STEPS):
        marks = () if (trouble, step) in USUAL else pytest.mark.full
        yield pytest.param(trouble, step, marks=marks, id=f"{trouble.value}-{step}")


@pytest.mark.parametrize(("trouble", "step"), list(cells()))
def test_it_goes_on_by_itself(scene: Scene, step: str) -> None:
    STEPS[step](scene)
    log = scene.life.log.read_text() if scene.life.log.exists() else ""
    assert scene.bucket.bucket not in log
    assert "127.0.0.1" not in log
