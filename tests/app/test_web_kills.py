"""kill -9 of the staff's server, and of everything at once, at random moments of what staff do: nothing is lost or done twice."""

from __future__ import annotations

import hashlib
import json
import os
import random
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from app.db.engine import now
from app.db.kinds import RecordingState
from app.db.models import Approval, Publication, Recording
from app.services import library, retention, shelf
from app.services.opened import open_review
from app.services.values import PrivateFolder
from app.stores import files
from tests.app.backend import WHY, Backend
from tests.app.fake_pipeline import LARGE
from tests.app.house import Answer, Gone, House, Person, ask, two_ports
from tests.app.kills import BOTH, shelf_on
from tests.app.worker_seen import wait_for

pytestmark = pytest.mark.slow

KILLS = 50
PIECE = 128 << 10
TUS = {"Tus-Resumable": "1.0.0"}


@dataclass
class Desk:
    """Somebody at work on a shelf whose programs may die."""

    backend: Backend
    house: House
    who: str
    """What dies: "web" or "group"."""
    dice: random.Random
    person: Person = field(init=False)
    killed: int = 0
    back: list[float] = field(default_factory=list)
    """Seconds until the servers answered again."""

    def __post_init__(self) -> None:
        self.person = Person(self.backend, self.house.staff)

    def while_killed(self, within: float, deed: Callable[[], None]) -> None:
        """Does it until it is done; meanwhile, once, somebody is killed."""
        death = self.house.kill_after(self.who, self.dice.uniform(0, within))
        self.killed += 1
        while True:
            try:
                deed()
                break
            except Gone:
                death.join()
                self.back.append(self.house.up())
        death.join()
        self.back.append(self.house.up())

    def to_review(self) -> str:
        """A recording that the worker has looked through."""
        recording_id = self.backend.upload(LARGE + os.urandom(8))
        wait_for(lambda: self.row(recording_id).state is RecordingState.TO_REVIEW)
        with self.backend.db.writing() as session:
            session.merge(self.row(recording_id)).rights_told = True
        return recording_id

    def row(self, recording_id: str) -> Recording:
        """As it is now."""
        return self.backend.row(recording_id)


@contextmanager
def desk(database: str, who: str, tmp_path: Path) -> Iterator[Desk]:
    with shelf_on(database, tmp_path / "data") as backend:
        house = House(backend.settings, two_ports())
        try:
            house.up()
            yield Desk(backend, house, who, random.Random())
        finally:
            house.end()


def uploads(at: Desk) -> None:
    """In pieces, going on from wherever it was."""
    film = LARGE + os.urandom(4 * PIECE)
    sha256, before = hashlib.sha256(film).hexdigest(), len(library.recordings(at.backend.db))
    where: list[str] = []

    def send() -> None:
        if not where:
            named = {"Upload-Length": str(len(film)), "Upload-Metadata": f"filename {b64encode(b'a.mp4').decode()}"}
            made = at.person.ask("POST", "/uploads", headers=TUS | named)
            assert made.status == 201, made
            where.append(urlsplit(made.headers["Location"]).path)
        offset = int(at.person.ask("HEAD", where[0], headers=TUS).headers["Upload-Offset"])
        while offset < len(film):
            told = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            sent = at.person.ask("PATCH", where[0], film[offset : offset + PIECE], TUS | told)
            assert sent.status == 204, sent
            offset = int(sent.headers["Upload-Offset"])

    at.while_killed(0.4, send)
    wait_for(lambda: len(library.recordings(at.backend.db)) == before + 1)
    (made,) = (one for one in library.recordings(at.backend.db) if one.sha256 == sha256)
    wait_for(lambda: at.row(made.id).state is RecordingState.TO_REVIEW)
    assert files.sha256_of(PrivateFolder(at.backend.settings, made.id).original) == sha256
    assert at.row(made.id).attempt == 1
    assert len(library.recordings(at.backend.db)) == before + 1


def approves(at: Desk) -> None:
    """And it is made by a worker, which may have died with the others."""
    recording_id = at.to_review()
    at.backend.look_at_all(recording_id, at.person.who)
    said = {"uncaptioned": WHY.value, "version": open_review(at.backend.db, at.backend.settings, recording_id).version}

    def approve() -> None:
        answer = at.person.ask(
            "POST",
            f"/recordings/{recording_id}/approve",
            json.dumps(said).encode(),
            {"Content-Type": "application/json"},
        )
        assert answer.status == 200 or (answer.status == 409 and "moved on" in answer.text), answer

    at.while_killed(0.6, approve)
    wait_for(lambda: at.row(recording_id).state is RecordingState.PUBLISHED)
    with at.backend.db.reading() as session:
        for kind in (Approval, Publication):
            here = select(func.count()).select_from(kind).where(kind.recording_id == recording_id)
            assert session.scalar(here) == 1
    place = _place(at.backend, recording_id)
    (entry,) = (entry for entry in shelf.entries(at.backend.db) if entry.publication_id == place)
    public = at.backend.settings.public / entry.publication_id
    assert {file.name: file.sha256 for file in entry.files} == {
        str(name): files.sha256_of(public / name) for name in files.names_below(public)
    }


def takes_down(at: Desk) -> None:
    """From the moment in which staff read that it is done, and whatever dies, nobody is shown it."""
    backend = at.backend
    recording_id = at.to_review()
    backend.approved(recording_id)
    wait_for(lambda: at.row(recording_id).state is RecordingState.PUBLISHED)
    place = _place(backend, recording_id)
    (slug,) = (entry.slug for entry in shelf.entries(backend.db) if entry.publication_id == place)
    answers: list[Answer] = []

    def take_down() -> None:
        answer = at.person.ask("POST", f"/recordings/{recording_id}/unpublish")
        assert answer.status in (302, 303) or (answer.status == 409 and "moved on" in answer.text), answer
        answers.append(ask(at.house.public, "GET", f"/s/{slug}"))

    at.while_killed(0.3, take_down)
    assert ask(at.house.public, "GET", f"/s/{slug}").status == 410
    assert [answer.status for answer in answers] == [410]
    assert at.row(recording_id).state is RecordingState.UNPUBLISHED
    retention.sweep(backend.db, backend.settings, backend.store, now())
    assert not (backend.settings.public / place).exists()


def _place(backend: Backend, recording_id: str) -> str:
    with backend.db.reading() as session:
        place = session.scalar(select(Publication.id).where(Publication.recording_id == recording_id))
    assert place is not None
    return place


DEEDS: dict[str, Callable[[Desk], None]] = {"upload": uploads, "approval": approves, "takedown": takes_down}


def test_everything_dies_now_and_then(tmp_path: Path) -> None:
    with desk("sqlite", "group", tmp_path) as at:
        for deed in (uploads, takes_down):
            deed(at)


@pytest.mark.full
@pytest.mark.parametrize("database", BOTH)
@pytest.mark.parametrize("who", ["web", "group"])
@pytest.mark.parametrize("deed", DEEDS)
def test_fifty_kills(tmp_path: Path, database: str, who: str, deed: str) -> None:
    begun = time.monotonic()
    with desk(database, who, tmp_path) as at:
        for _ in range(KILLS):
            DEEDS[deed](at)
        print(
            f"{database}, {who}, {deed}: {at.killed} kills; answering again after {max(at.back):.1f} s at most; "
            f"{time.monotonic() - begun:.0f} s in all"
        )
