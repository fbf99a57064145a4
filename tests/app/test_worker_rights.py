"""Publishing without a book, with the real pipeline: none of its frames, words or credit is in anything that families get."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from app.db.kinds import RecordingState, WorkKind
from app.services import captions, editing, rights, shelf, works
from app.services.about import About, save_about
from app.services.opened import open_review
from app.services.works import Record
from media_pipeline.core.intervals import Interval
from media_pipeline.core.rights import Basis, Right, Scope
from media_pipeline.toolbox import caption_reader
from tests.app.backend import Backend
from tests.app.web.desk import families
from tests.app.worker_child import working
from tests.app.worker_seen import finished, life_of
from tests.film_reading import read_barcodes
from tests.films import barcode_film

pytestmark = pytest.mark.slow

BOOK = Interval(Fraction(2, 5), Fraction(4, 5))
"""When it is read."""

VTT = b"""WEBVTT

00:00:00.000 --> 00:00:00.200
Hello friends.

00:00:00.450 --> 00:00:00.700
Quokkasaurus, what do you see?

00:00:00.900 --> 00:00:01.100
Now we sing.
"""


def test_nothing_is_left_of_a_book_that_is_left_out(backend: Backend, tmp_path: Path) -> None:
    path = tmp_path / "barcode.mp4"
    film = barcode_film(path, frames=15, rate=Fraction(25, 2), size=(640, 480))  # each frame is looked at as a shot
    life = life_of(backend, "real")
    recording_id = backend.upload(path.read_bytes())
    with working(life):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
        captions.give_captions(backend.db, backend.settings, recording_id, caption_reader().read(VTT))
        save_about(backend.db, recording_id, About(books="Quokkasaurus by Ada Lane\nA rhyme"))
        closed = Right(Basis.PERMISSION, Scope.CLOSED)
        record = Record(WorkKind.BOOK, "Quokkasaurus", closed, author="Ada Lane", credit="By kind permission.")
        work_id = works.save(backend.db, record)
        rights.add(backend.db, recording_id, work_id, BOOK)
        version = editing.save_edits(
            backend.db,
            backend.settings,
            recording_id,
            [],
            open_review(backend.db, backend.settings, recording_id).version,
        )
        rights.publish_without(backend.db, backend.settings, recording_id, work_id, version, None)
        backend.approved(recording_id)
        assert finished(backend, recording_id) is RecordingState.PUBLISHED
    (entry,) = shelf.entries(backend.db)
    read = [n for n in range(len(film.times)) if not BOOK.start * film.rate <= n < BOOK.end * film.rate]
    for file in entry.files:
        place = backend.settings.public / entry.publication_id / file.name
        if file.name.startswith("video") and file.name.endswith(".mp4"):
            assert list(read_barcodes(place)) == read, file.name
        for word in (b"Quokkasaurus", b"Ada Lane", b"kind permission"):
            assert word not in place.read_bytes(), file.name
    assert "Now we sing." in (backend.settings.public / entry.publication_id / "captions.vtt").read_text()
    viewer = families(backend).test_client()
    for address in ("/", f"/s/{entry.slug}", f"/es/s/{entry.slug}", f"/s/{entry.slug}/transcript", "/feeds/video.xml"):
        text = viewer.get(address).text
        assert "Quokkasaurus" not in text, address
        assert "kind permission" not in text, address
    assert "A rhyme" in viewer.get(f"/s/{entry.slug}").text
