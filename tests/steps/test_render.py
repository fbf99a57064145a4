"""The making of a film in pieces: what is done is never done again, whoever did it and however it ended."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import MediaFile
from media_pipeline.core.pieces import CHUNK_SECONDS, Chunk, chunk_name, chunks
from media_pipeline.core.plan import RenderPlan, make_plan
from media_pipeline.core.playlists import known_names, output_names
from media_pipeline.ports.renderer import FINISHED_SOUND
from media_pipeline.ports.watch import Unwatched, Watch
from media_pipeline.steps.render import Film, Places, render
from media_pipeline.steps.workroom import TRIES
from tests.core.values import media, sound_only

MINUTES = 5
WHOLE = media(Fraction(25), frames=25 * 60 * MINUTES)


class Scribe:
    """A renderer of no films: notes in a file what it was asked for, in a process of any kind."""

    def __init__(self, notes: Path, trouble: Callable[[str], None] | None = None) -> None:
        self._notes, self._trouble = notes, trouble

    @property
    def asked(self) -> list[str]:
        return self._notes.read_text().split() if self._notes.exists() else []

    def _note(self, what: str) -> None:
        with self._notes.open("a") as file:
            file.write(f"{what}\n")
        if self._trouble:
            self._trouble(what)

    def sound(self, source: Path, media: MediaFile, plan: RenderPlan, out: Path, watch: Watch) -> None:
        self._note("sound")
        (out / FINISHED_SOUND).write_text("sound")
        watch.progress(Fraction(1))

    def chunk(self, source: Path, media: MediaFile, plan: RenderPlan, chunk: Chunk, out: Path, watch: Watch) -> None:
        for size in plan.renditions:
            (out / chunk_name(size, chunk)).write_text("half ")
        self._note(f"chunk-{chunk.number}")
        for size in plan.renditions:
            (out / chunk_name(size, chunk)).write_text(f"chunk {chunk.number}")
        watch.progress(Fraction(1))

    def join(
        self, plan: RenderPlan, chunks: Sequence[Chunk], room: Path, finished: Path, out: Path, watch: Watch
    ) -> None:
        self._note("join")
        parts = [(room / chunk_name(size, chunk)).read_text() for size in plan.renditions for chunk in chunks]
        for name in output_names(plan):
            (out / name).parent.mkdir(exist_ok=True)
            (out / name).write_text(f"{name}: {', '.join(parts)}")


def plan_of(film: MediaFile = WHOLE, *cuts: Interval) -> RenderPlan:
    return make_plan(EditList(film.sha256, film.whole, tuple(Edit(Action.CUT, cut) for cut in cuts)), film)


def places(folder: Path) -> Places:
    return Places(folder / "room", folder / "out")


def made(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder / "out").as_posix(): path.read_text() for path in _files(folder / "out")}


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def run(folder: Path, scribe: Scribe, plan: RenderPlan, watch: Watch | None = None) -> None:
    render(Film(Path("none"), WHOLE, plan), places(folder), scribe, watch or Unwatched())


CHUNKS = [f"chunk-{number}" for number in range(MINUTES)]


def test_every_piece_is_made_once(tmp_path: Path) -> None:
    scribe = Scribe(tmp_path / "notes")
    run(tmp_path, scribe, plan_of())
    assert scribe.asked == ["sound", *CHUNKS, "join"]
    assert set(made(tmp_path)) == set(output_names(plan_of()))
    run(tmp_path, scribe, plan_of())
    assert scribe.asked.count("join") == 1, "what is finished is not made again"
    left = {path.name for path in _files(tmp_path / "room") if path.suffix != ".lock"}
    assert left == {"plan", FINISHED_SOUND}, "chunks are gone, the sound waits for other sizes"


def test_the_smallest_first_then_the_others_with_the_same_sound(tmp_path: Path) -> None:
    plan, scribe = plan_of(), Scribe(tmp_path / "notes")
    run(tmp_path, scribe, plan.only(plan.ladder[-1]))
    run(tmp_path, scribe, plan.only(*plan.ladder[:-1]))
    assert scribe.asked == ["sound", *CHUNKS, "join", *CHUNKS, "join"]
    assert (
        set(made(tmp_path)) == set(output_names(plan)) | {"poster-360.jpg", "hls/master-360.m3u8"} == known_names(plan)
    )


def test_another_plan_begins_anew(tmp_path: Path) -> None:
    scribe = Scribe(tmp_path / "notes")
    run(tmp_path, scribe, plan_of())
    before = made(tmp_path)
    shorter = plan_of(WHOLE, Interval(Fraction(0), Fraction(60)))
    run(tmp_path, scribe, shorter)
    assert scribe.asked[-6:] == ["sound", *CHUNKS[:-1], "join"]
    assert made(tmp_path) != before


def test_a_sound_recording_has_one_piece(tmp_path: Path) -> None:
    film, scribe = sound_only(), Scribe(tmp_path / "notes")
    plan = make_plan(EditList(film.sha256, film.whole, ()), film)
    render(Film(Path("none"), film, plan), places(tmp_path), scribe, Unwatched())
    assert scribe.asked == ["sound", "join"]
    assert set(made(tmp_path)) == {"audio.m4a"}


@pytest.mark.parametrize("code", ["tool-failed", "tool-killed"])
def test_a_piece_that_fails_is_tried_again(tmp_path: Path, code: str) -> None:
    left = [code] * (TRIES - 1)

    def trouble(what: str) -> None:
        if what == "chunk-2" and left:
            raise Fault(left.pop())

    scribe = Scribe(tmp_path / "notes", trouble)
    run(tmp_path, scribe, plan_of())
    assert scribe.asked.count("chunk-2") == TRIES
    assert all("half" not in text for text in made(tmp_path).values())


def test_a_piece_that_fails_three_times_stops_the_work_and_loses_nothing(tmp_path: Path) -> None:
    def trouble(what: str) -> None:
        if what == "chunk-3":
            raise Fault("tool-failed", "status 1")

    scribe = Scribe(tmp_path / "notes", trouble)
    with pytest.raises(Fault, match="chunk-failed"):
        run(tmp_path, scribe, plan_of())
    assert scribe.asked.count("chunk-3") == TRIES
    assert made(tmp_path) == {}, "no film with a hole"
    mended = Scribe(tmp_path / "later")
    run(tmp_path, mended, plan_of())
    assert mended.asked == ["chunk-3", "chunk-4", "join"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Fault("disk-full"), "disk-full"),
        (OSError(errno.ENOSPC, "full"), "disk-full"),
        (OSError(errno.EIO, "broken"), "store-failed"),
    ],
)
def test_a_full_disk_is_told_at_once_and_work_goes_on_later(tmp_path: Path, error: Exception, code: str) -> None:
    def trouble(what: str) -> None:
        if what == "chunk-1":
            raise error

    scribe = Scribe(tmp_path / "notes", trouble)
    with pytest.raises(Fault, match=code):
        run(tmp_path, scribe, plan_of())
    assert scribe.asked == ["sound", "chunk-0", "chunk-1"]
    later = Scribe(tmp_path / "later")
    run(tmp_path, later, plan_of())
    assert later.asked == [*CHUNKS[1:], "join"]


def test_cancelling_keeps_what_is_done(tmp_path: Path) -> None:
    def trouble(what: str) -> None:
        if what == "chunk-4":
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        run(tmp_path, Scribe(tmp_path / "notes", trouble), plan_of())
    later = Scribe(tmp_path / "later")
    run(tmp_path, later, plan_of())
    assert later.asked == ["chunk-4", "join"]


class Heard:
    """A watch that remembers."""

    def __init__(self) -> None:
        self.shares: list[Fraction] = []

    def progress(self, share: Fraction) -> None:
        self.shares.append(share)

    def cancelled(self) -> bool:
        return False


def test_progress_rises_by_film_time(tmp_path: Path) -> None:
    watch = Heard()
    run(tmp_path, Scribe(tmp_path / "notes"), plan_of(), watch)
    assert watch.shares == sorted(watch.shares)
    assert watch.shares[-1] == 1
    assert len(set(watch.shares)) >= MINUTES


FORK = multiprocessing.get_context("fork")


def _worker(folder: Path, notes: Path, seconds: float) -> None:
    run(folder, Scribe(notes, lambda _: time.sleep(seconds)), plan_of())


def _killed_in(folder: Path, notes: Path, piece: str) -> None:
    def trouble(what: str) -> None:
        if what == piece:
            os.kill(os.getpid(), signal.SIGKILL)

    run(folder, Scribe(notes, trouble), plan_of())


def test_two_workers_share_one_film(tmp_path: Path) -> None:
    notes = [tmp_path / "one", tmp_path / "other"]
    workers = [FORK.Process(target=_worker, args=(tmp_path, note, 0.1)) for note in notes]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0
    one, other = (Scribe(note).asked for note in notes)
    assert sorted(one + other) == sorted(["sound", *CHUNKS, "join"]), "nothing twice, nothing left out"
    assert one
    assert other
    assert set(made(tmp_path)) == set(output_names(plan_of()))


@pytest.mark.parametrize("piece", ["sound", "chunk-0", "chunk-2", "join"])
def test_kill_9_loses_one_piece_at_most(tmp_path: Path, piece: str) -> None:
    worker = FORK.Process(target=_killed_in, args=(tmp_path, tmp_path / "notes", piece))
    worker.start()
    worker.join(30)
    assert worker.exitcode == -signal.SIGKILL
    done = Scribe(tmp_path / "notes").asked[:-1]
    later = Scribe(tmp_path / "later")
    run(tmp_path, later, plan_of())
    assert done + later.asked == ["sound", *CHUNKS, "join"]
    untouched = tmp_path / "untouched"
    run(untouched, Scribe(tmp_path / "more"), plan_of())
    assert made(tmp_path) == made(untouched)


def test_chunks_are_a_minute() -> None:
    assert CHUNK_SECONDS == 60
    assert len(chunks(plan_of())) == MINUTES
