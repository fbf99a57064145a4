"""Needles in all that comes from outside: none is found in what is kept of the work, in any database or in the log."""

from __future__ import annotations

import io
import sqlite3
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.db.kinds import RecordingState
from app.services import captions, editing, intake, library, publish
from app.services.opened import open_review
from app.services.values import PrivateFolder
from app.uploads.protocol import handle
from deploy.demo_drawing import label, tile
from media_pipeline.core.edits import Action, Edit
from media_pipeline.core.errors import Stale
from media_pipeline.core.findings import FindingKind
from media_pipeline.core.intervals import Interval
from media_pipeline.toolbox import caption_reader
from tests.adapters.detectors.pictures import someone
from tests.app.backend import Backend
from tests.app.lives import Life
from tests.app.worker_child import working
from tests.app.worker_seen import ended, finished
from tests.film_dirt import Canaries, dirty_film
from tests.film_reading import run_ffmpeg

pytestmark = pytest.mark.slow

NAME = b"Canary-Name-Quillon"
TAG = b"Canary-Tag-Ferncastle"
CUE = b"Canary-Cue-Brindlewood"


def send(backend: Backend, film: bytes) -> str:
    """A film from a browser, with a name that tells of somebody."""
    name = b64encode(NAME + b"_gallery_1920x900.mp4").decode()
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(film)),
        "Upload-Metadata": f"filename {name}",
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(len(film)),
    }
    answer = handle("POST", headers, None, io.BytesIO(film), backend.store, backend.staff().user_id, base="/uploads")
    assert answer.complete is not None
    recording_id = intake.accept(backend.db, backend.settings, backend.store, backend.jobs, answer.complete)
    with backend.db.writing() as session:
        row = session.merge(backend.row(recording_id))
        row.title, row.rights_told = "Bears", True
    return recording_id


def kept(backend: Backend) -> dict[str, bytes]:
    """Every file of the shelf but the original and what is made of its pictures and sound."""
    backend.db.close()
    pictures = {"original", "proxy.mp4"}
    files = {
        str(path.relative_to(backend.settings.data)): path.read_bytes()
        for path in backend.settings.data.rglob("*")
        if path.is_file() and path.name not in pictures
    }
    for name in ("shelf.sqlite", "work.sqlite"):
        packed = backend.settings.data / f"{name}.packed"
        rows = sqlite3.connect(backend.settings.data / name)
        rows.execute("VACUUM INTO ?", (str(packed),))
        rows.close()
        files[packed.name] = packed.read_bytes()
    return files


def assert_none_in(files: dict[str, bytes], *needles: bytes) -> None:
    assert {"shelf.sqlite", "work.sqlite", "log"} <= files.keys()
    for needle in needles:
        for form in (needle, needle.lower(), needle.decode("latin-1").encode("utf-16-le"), b64encode(needle)[:-4]):
            assert [name for name, text in files.items() if form in text] == []


@pytest.mark.parametrize("begins", [b"fine", b"unforeseen", b"refused", b"fault"])
def test_nothing_from_outside_is_kept(backend: Backend, begins: bytes) -> None:
    recording_id = send(backend, begins + b" " + TAG + b" " + CUE)
    with working(Life(backend.settings.data, pipeline="trouble")):
        if finished(backend, recording_id) is RecordingState.TO_REVIEW:
            backend.approved(recording_id)
            assert finished(backend, recording_id) is RecordingState.PUBLISHED
    files = kept(backend)
    assert any("/report-" in name for name in files) == (begins == b"fine")
    assert TAG in PrivateFolder(backend.settings, recording_id).original.read_bytes()
    assert_none_in(files, NAME, TAG, CUE)


@pytest.mark.full
def test_nothing_of_a_dirty_film_is_kept(backend: Backend, tmp_path: Path) -> None:
    film, canaries = tmp_path / "dirty.mp4", Canaries()
    dirty_film(film, canaries)
    recording_id = send(backend, film.read_bytes())
    with working(Life(backend.settings.data, pipeline="real")):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
        page = open_review(backend.db, backend.settings, recording_id)
        start = page.media.whole.start
        cuts = [Edit(Action.CUT, Interval(start, start + page.media.whole.length / 4))]
        editing.save_edits(backend.db, backend.settings, recording_id, cuts, page.version)
        backend.approved(recording_id)
        assert finished(backend, recording_id) is RecordingState.PUBLISHED
    assert_none_in(kept(backend), NAME, *(text for _, text in canaries.planted))


GREETED = "SILVERTOES"
"""A name on a label that stands below a drawn child: the drawing's letters are capitals."""


def labelled_film(path: Path) -> None:
    """Two seconds of a gallery of nine who all bear the name, with somebody's sound."""
    sheet = np.full((720, 1280, 3), 26, np.float32)
    for number in range(9):
        top, left = 3 + 240 * (number // 3), 3 + 426 * (number % 3)
        sheet[top : top + 234, left : left + 420] = tile(
            someone(number), 420, 234, sway=0.0, blink=False, talk=0.0, head=0.2
        )
        label(sheet, GREETED, left, top + 234, 4)
    frame = np.rint(sheet).clip(0, 255).astype(np.uint8).tobytes()
    run_ffmpeg(
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "1280x720", "-r", "25", "-i", "-"),
        *("-f", "lavfi", "-i", "sine=300:duration=2", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-shortest", path),
        frames=[frame] * 50,
    )


@pytest.mark.full
def test_a_label_is_found_and_nothing_of_it_or_of_anybody_is_kept(backend: Backend, tmp_path: Path) -> None:
    """No name, and no picture but the sheets and the strip of whole frames that staff look at."""
    film = tmp_path / "gallery.mp4"
    labelled_film(film)
    recording_id = send(backend, film.read_bytes())
    with working(Life(backend.settings.data, pipeline="real")):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
    seen = {finding.kind for finding in PrivateFolder(backend.settings, recording_id).findings().findings}
    assert seen >= {FindingKind.TEXT, FindingKind.FACE}, "or there was nothing to keep"
    files = kept(backend)
    assert_none_in(files, GREETED.encode(), NAME)
    pictures = {name for name, held in files.items() if held.startswith((b"\xff\xd8\xff", b"\x89PNG", b"RIFF"))}
    others = {Path(name).name for name in pictures if Path(name).parent.name != "sheets"}
    assert len(pictures) > len(others)
    assert others == {"strip.jpg"}


LABEL, OTHER, LATE, KEPT = (
    b"Canary-Speaker-Hollowmere",
    b"Canary-Other-Ashgrove",
    b"Canary-Late-Thornbury",
    b"Canary-Kept-Willowdale",
)
"""Names of speakers, what another says, what the presenter says where something is cut, and what is published."""


def said() -> bytes:
    """The film of no pictures is cut from 9.88 to 14.12 s."""
    rows = [
        *((at, LABEL + b" One: on it went") for at in range(8)),
        (8, LABEL + b" One: " + KEPT),
        (10, LABEL + b" One: " + LATE),
        (15, LABEL + b" Two: " + OTHER),
        (16, LABEL + b" Two: " + OTHER),
    ]
    return b"WEBVTT\n\n" + b"".join(b"00:%02d.000 --> 00:%02d.900\n%b\n\n" % (at, at, row) for at, row in rows)


def test_words_that_were_given_are_in_one_private_file_and_in_what_was_approved(backend: Backend) -> None:
    recording_id = send(backend, b"fine film")
    with working(Life(backend.settings.data, pipeline="fake")):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
        captions.give_captions(backend.db, backend.settings, recording_id, caption_reader().read(said()))
        backend.approved(recording_id)
        assert finished(backend, recording_id) is RecordingState.PUBLISHED
        ended(Life(backend.settings.data), "tidied")
    files = kept(backend)
    private = f"private/{recording_id}/captions.json"
    published = {name for name in files if name.startswith("public/") and name.endswith((".vtt", ".txt"))}
    assert {name.rsplit("/", 1)[1] for name in published} >= {"captions.vtt", "transcript.txt"}
    assert_none_in(files, LABEL)
    assert {name for name, text in files.items() if KEPT in text} == {
        private,
        *(name for name in published if not name.endswith("storyboard.vtt")),
    }
    del files[private]
    assert_none_in(files, OTHER, LATE)
    publish.unpublish(backend.db, backend.settings, recording_id)
    intake.remove(backend.db, backend.settings, recording_id)
    for old in backend.settings.data.glob("*.packed"):
        old.unlink()
    assert_none_in(kept(backend), LABEL, OTHER, LATE, KEPT)


def test_words_that_changed_after_the_approval_are_not_published(backend: Backend) -> None:
    recording_id = send(backend, b"fine film")
    with working(Life(backend.settings.data, pipeline="fake")):
        assert finished(backend, recording_id) is RecordingState.TO_REVIEW
    captions.give_captions(backend.db, backend.settings, recording_id, caption_reader().read(said()))
    backend.approved(recording_id)
    folder = PrivateFolder(backend.settings, recording_id)
    folder.save_given(replace(folder.given(), left_out=(0,)))
    with working(Life(backend.settings.data, pipeline="fake")):
        assert finished(backend, recording_id) is RecordingState.PUBLISH_FAILED
    assert backend.row(recording_id).code == "captions-changed"
    with pytest.raises(Stale, match="captions-changed"):
        library.retry(backend.db, backend.settings, backend.jobs, recording_id)
    assert backend.row(recording_id).state is RecordingState.PUBLISH_FAILED
