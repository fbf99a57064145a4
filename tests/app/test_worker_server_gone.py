"""PostgreSQL ends in the middle of everything, at each step and while pages are asked for: nothing is lost, and it goes on by itself."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from app.db.kinds import RecordingState, StepName
from app.services import intake, publish
from app.uploads.names import NameHint
from app.worker.route import Stop
from app.worker.workflows import ANALYSIS
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend
from tests.app.fake_pipeline import LARGE
from tests.app.kills import HALVES, SIZES, effects
from tests.app.lives import Upset
from tests.app.server import Server
from tests.app.web.desk import StaffBrowser, families, staff_app
from tests.app.worker_child import start, working
from tests.app.worker_seen import ended, life_of, wait_for, way, whole_road

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]

AWAY_SECONDS = 2.0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One that crashes, and loses nothing that it said was kept."""
    made = Server(crashes=True)
    yield made
    made.end()


@pytest.fixture
def backend(server: Server, tmp_path: Path) -> Iterator[Backend]:
    addresses = {"database_url": server.make(server.empty_shelf), "work_url": server.make()}
    shelf = Backend(tmp_path / "data", **addresses)
    yield shelf
    shelf.db.close()
    for address in addresses.values():
        server.remove(address)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    shelf = Backend(tmp_path_factory.mktemp("untouched") / "data")
    yield effects(shelf, whole_road(shelf, film=LARGE))
    shelf.db.close()


def arrives(backend: Backend, recording_id: str, state: RecordingState) -> None:
    """In the end, whatever it is meanwhile."""

    def there() -> bool:
        with suppress(Fault):
            return backend.row(recording_id).state is state
        return False

    wait_for(there)


def road(backend: Backend, server: Server, crash_at: Stop, lost: float) -> str:
    """The whole road, on which the server ends as a worker enters that step, and is started again a little later."""
    life = replace(life_of(backend), again=1.0, lost=lost)
    recording_id = backend.upload(LARGE)
    for stops, state, mark in HALVES:
        upset = Upset(crash_at[0], crash_at[1], server=server.pid) if crash_at in stops else None
        worker = start(replace(life, upset=upset))
        try:
            if upset is not None:
                server.wait()
                if lost < AWAY_SECONDS:
                    worker.join(60)
                    assert worker.exitcode == 1
                time.sleep(AWAY_SECONDS)
                server.start()
                if lost < AWAY_SECONDS:  # whoever watches over it starts it again
                    worker = start(life)
            arrives(backend, recording_id, state)
            ended(life, mark)
        finally:
            worker.terminate()
            worker.join(60)
        if state is RecordingState.TO_REVIEW:
            backend.approved(recording_id)
    return recording_id


STOPS = [*way(*ANALYSIS), *way(sizes=SIZES)]
USUAL = [(StepName.PREVIEW, 0), (StepName.PUBLISH, 0)]


@pytest.mark.parametrize(
    "crash_at",
    [pytest.param(at, marks=() if at in USUAL else pytest.mark.full, id="-".join(map(str, at))) for at in STOPS],
)
def test_the_server_ends_as_a_step_begins(
    server: Server, backend: Backend, untouched: dict[str, object], crash_at: Stop
) -> None:
    recording_id = road(backend, server, crash_at, lost=20.0)
    assert all_but_attempts(effects(backend, recording_id)) == all_but_attempts(untouched)


@pytest.mark.full
@pytest.mark.parametrize("crash_at", [(StepName.DETECT, 0), (StepName.RENDER, 1), (StepName.PUBLISH, 2)])
def test_so_long_that_the_worker_ends_too(
    server: Server, backend: Backend, untouched: dict[str, object], crash_at: Stop
) -> None:
    recording_id = road(backend, server, crash_at, lost=0.0)
    assert all_but_attempts(effects(backend, recording_id)) == all_but_attempts(untouched)


def all_but_attempts(brought: dict[str, object]) -> dict[str, object]:
    """A step that met no database was tried again, perhaps in a further attempt: that alone may be another."""
    recording = brought["recording"]
    assert isinstance(recording, tuple)
    return brought | {"recording": (recording[0], *recording[2:])}


def test_an_upload_goes_on_after_it(server: Server, backend: Backend) -> None:
    upload = backend.store.create(len(LARGE), "nobody", NameHint.NONE)
    backend.store.append(upload.id, 0, io.BytesIO(LARGE[:5]), 5)
    server.crash()
    backend.store.append(upload.id, 5, io.BytesIO(LARGE[5:]), len(LARGE) - 5)  # what has come needs no database
    with pytest.raises(Fault, match="database-away"):
        intake.accept(backend.db, backend.settings, backend.store, backend.jobs, upload.id)
    server.start()
    life = life_of(backend)
    with working(life):
        wait_for(lambda: life.marks[-1:] == ["end ready"])


@pytest.mark.full
def test_pages_while_it_ends_and_comes_back(server: Server, backend: Backend) -> None:
    """Every answer is a page or one sentence; what was taken down stays so, and nobody reads of a database in its words."""
    ann = StaffBrowser(backend, staff_app(backend))
    recording_id = backend.analysed(LARGE)
    approval = backend.approved(recording_id)
    slug = backend.make_public(recording_id, approval, *backend.all_rendered(recording_id, approval))
    gone = backend.analysed(b"another")
    approval = backend.approved(gone)
    gone_slug = backend.make_public(gone, approval, *backend.all_rendered(gone, approval))
    publish.unpublish(backend.db, backend.settings, gone)
    viewer = families(backend).test_client()
    stop, seen = threading.Event(), dict[str, set[int]]()

    def ask() -> None:
        while not stop.is_set():
            for path in ("/", f"/s/{slug}", f"/s/{gone_slug}"):
                got = viewer.get(path)
                seen.setdefault(path, set()).add(got.status_code)
                assert "psycopg" not in got.text
            got = ann.get("/")
            seen.setdefault("staff", set()).add(got.status_code)
            assert "psycopg" not in got.text

    asking = threading.Thread(target=ask)
    asking.start()
    for _ in range(5):
        time.sleep(1)
        server.crash()
        time.sleep(1)
        server.start()
    time.sleep(1)
    stop.set()
    asking.join(60)
    assert seen == {"/": {200, 503}, f"/s/{slug}": {200, 503}, f"/s/{gone_slug}": {410, 503}, "staff": {200, 503}}
