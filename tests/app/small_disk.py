"""What is done on a disk that is soon full: a script of its own, because its disk is mounted for it alone.

python -m tests.app.small_disk SHELF NOTES STEP [NUMBER]
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.db.kinds import RecordingState, StepName
from app.services import intake, library, publish, shelf
from app.services.going_on import PASSING
from app.uploads.disk import is_full
from app.uploads.names import NameHint
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend
from tests.app.fake_pipeline import LARGE
from tests.app.kills import HALVES, effects
from tests.app.lives import Life, Upset
from tests.app.web.desk import StaffBrowser, families, staff_app
from tests.app.worker_child import fill, working
from tests.app.worker_seen import ended, wait_for, whole_road

FULL_SECONDS = 4.0
"""How long it stays full at least."""


def work(backend: Backend, notes: Path, upset: Upset) -> None:
    """The whole road; the disk is full from the beginning of one of its steps, for a while."""
    filler = upset.filler
    assert filler is not None
    recording_id, said, seen = backend.upload(LARGE), set[str | None](), set[bool]()
    ann = StaffBrowser(backend, staff_app(backend))
    for stops, state, mark in HALVES:
        life = Life(backend.settings.data, notes=notes, again=1.0, upset=upset)
        with working(life):
            if (upset.step, upset.number) in stops:
                wait_for(lambda: filler.exists() and is_full(filler.parent))
                end = time.monotonic() + FULL_SECONDS
                while time.monotonic() < end:
                    said.add(backend.row(recording_id).code)
                    seen.add(library.sentence("disk-full") in ann.get(f"/recordings/{recording_id}").text)
                    time.sleep(0.1)
                filler.unlink()
                filler.with_suffix(".over").touch()
                freed = time.monotonic()
                wait_for(lambda: backend.row(recording_id).state is state)  # noqa: B023 - at once
                print(f"on again after {time.monotonic() - freed:.1f} s; noted: {said - {None}}")
            wait_for(lambda: backend.row(recording_id).state is state)  # noqa: B023 - at once
            ended(life, mark)
        if state is RecordingState.TO_REVIEW:
            backend.approved(recording_id)
    assert said <= PASSING | {None}
    assert seen == {True}, "staff read what is wrong"
    other = Backend(notes / "untouched")
    expected, brought = effects(other, whole_road(other, film=LARGE)), effects(backend, recording_id)
    for name in expected.keys() - {"recording"}:
        assert brought[name] == expected[name], name


def upload(backend: Backend, filler: Path) -> None:
    """It stops where the disk was full, and goes on from there."""
    film = b"x" * (3 << 20)
    sent = backend.store.create(len(film), "nobody", NameHint.NONE)
    fill(filler)
    with filler.open("r+b") as file:
        file.truncate(filler.stat().st_size - (1 << 20))
    with suppress(Fault):
        backend.store.append(sent.id, 0, io.BytesIO(film), None)
    offset = backend.store.get(sent.id).offset
    assert 0 <= offset < len(film)
    filler.unlink()
    backend.store.append(sent.id, offset, io.BytesIO(film[offset:]), None)
    fill(filler)
    with suppress(Fault):  # a row, and a name in another folder
        intake.accept(backend.db, backend.settings, backend.store, backend.jobs, sent.id)
    filler.unlink()
    intake.resume(backend.db, backend.settings, backend.store, backend.jobs)
    ((recording,)) = library.recordings(backend.db)
    assert (backend.settings.private / recording.id / "original").read_bytes() == film


def takedown(backend: Backend, filler: Path) -> None:
    """Nobody is shown it any more, however full the disk is."""
    recording_id = backend.analysed(LARGE)
    approval = backend.approved(recording_id)
    slug = backend.make_public(recording_id, approval, *backend.all_rendered(recording_id, approval))
    (entry,) = shelf.entries(backend.db)
    (backend.settings.public / entry.publication_id / "film").write_bytes(b"x" * (1 << 20))  # as large as films are
    backend.db.compact()
    fill(filler)
    publish.unpublish(backend.db, backend.settings, recording_id)
    viewer = families(backend).test_client()
    for gone in (f"/s/{slug}", *(f"/media/{entry.publication_id}/{file.name}" for file in entry.files)):
        assert viewer.get(gone).status_code == 410
    assert list(backend.settings.public.iterdir()) == []


def start(backend: Backend, filler: Path) -> None:
    """A worker that is started on a full disk waits for room, and does not end."""
    recording_id = backend.upload(LARGE)
    fill(filler)
    life = Life(backend.settings.data, notes=filler.parent.with_name("notes"))
    with working(life):
        wait_for(lambda: life.log.exists() and life.log.read_text().count('"event": "disk-full"') > 1)
        filler.unlink()
        wait_for(lambda: backend.row(recording_id).state is RecordingState.TO_REVIEW)


OTHERS: dict[str, Callable[[Backend, Path], None]] = {"upload": upload, "takedown": takedown, "start": start}


def main(place: str, notes: str, step: str, number: str = "0") -> None:
    """All of it. Fails with a traceback."""
    filler, backend = Path(place) / "filler", Backend(Path(place) / "data")
    if step in OTHERS:
        OTHERS[step](backend, filler)
    else:
        work(backend, Path(notes), Upset(StepName(step), int(number), filler=filler))
    backend.db.close()
    print("nothing is lost")


if __name__ == "__main__":
    main(*sys.argv[1:])
