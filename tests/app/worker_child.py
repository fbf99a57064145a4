"""Workers for tests, each a process of its own that can be killed: with a pipeline of no films, or with the real one."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from unittest.mock import patch

import pytest

from app.db.kinds import StepName
from app.services.values import PrivateFolder
from app.worker import run_worker, watch
from app.worker.outcome import Outcome
from app.worker.pipeline import Pipeline, open_pipeline
from app.worker.route import OF_SIZES
from app.worker.steps import Job, Steps
from media_pipeline.core.captions import NO_TEXTS, Texts
from media_pipeline.core.errors import Cancelled, Fault, Hostile, Refused, StoryshelfError
from media_pipeline.core.findings import Findings
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.report import Check
from media_pipeline.ports.watch import Watch
from media_pipeline.run import Places
from tests.app import clock
from tests.app.fake_pipeline import FakePipeline
from tests.app.lives import PACE, Death, Life, Upset

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.app.worker_child"])


class Trouble(FakePipeline):
    """A pipeline in which things go wrong, by what the film begins with."""

    def probe(self, source: Path, watch: Watch) -> MediaFile:
        film = source.read_bytes()
        tries = source.with_name("tries")
        tries.write_bytes((tries.read_bytes() if tries.exists() else b"") + b".")
        if film.startswith(b"hostile"):
            raise Hostile("playlist")
        if film.startswith(b"refused"):
            raise Refused("truncated")
        if film.startswith(b"unforeseen"):
            raise KeyError(film.decode())
        if film.startswith(b"fault") or (film.startswith(b"once") and tries.stat().st_size == 1):
            raise Fault("tool-failed")
        return super().probe(source, watch)

    def detect(self, source: Path, media: MediaFile, room: Path, watch: Watch) -> Findings:
        if source.read_bytes().startswith(b"slow"):
            for share in range(200):
                watch.progress(Fraction(share, 200))
                if watch.cancelled():
                    raise Cancelled("cancelled")
                time.sleep(0.05)
        return super().detect(source, media, room, watch)

    def render(
        self, source: Path, media: MediaFile, plan: RenderPlan, places: Places, watch: Watch, texts: Texts = NO_TEXTS
    ) -> None:
        film = source.read_bytes()
        if not plan.brings_shared and b"slowly" in film:
            for share in range(200):
                watch.progress(Fraction(share, 200))
                if watch.cancelled():
                    raise Cancelled("cancelled")
                time.sleep(0.05)
        if not plan.brings_shared and b"faulty" in film:
            (source.parent / "renders").open("ab").write(b".")
            raise Fault("chunk-failed" if b"chunk" in film else "disk-full")
        super().render(source, media, plan, places, watch, texts)

    def checks(self, film: bytes, plan: RenderPlan) -> tuple[Check, ...]:
        unproven = film.startswith(b"unproven") or (plan.brings_top and b"unproven above" in film)
        return super().checks(film, plan)[1:] if unproven else super().checks(film, plan)


def _live(life: Life) -> None:
    os.dup2(os.open(life.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    faulthandler.register(signal.SIGUSR1)  # where it stands, when it does not end
    patch("app.worker.main.Steps", _steps(life)).start()
    patch("app.worker.workflows.MOST_STARTS", 200).start()
    patch("app.worker.keeping.LOST_SECONDS", life.lost).start()
    if life.clock is not None:
        clock.follow(life.clock, pytest.MonkeyPatch())
    if life.answers:
        for seconds in ("ANSWER_SECONDS", "PATIENT_SECONDS"):
            patch(f"app.stores.s3_client.{seconds}", life.answers).start()
        patch("app.stores.s3_client.TRIES", 2).start()
    for place in ("app.worker.main.VERSION", "app.services.jobs.VERSION"):
        patch(place, life.version).start()
    pipelines: dict[str, type[FakePipeline]] = {"fake": FakePipeline, "trouble": Trouble}
    settings = life.settings
    pipeline: Pipeline | None = pipelines[life.pipeline]() if life.pipeline in pipelines else None
    if life.pipeline == "chunks":
        pipeline = open_pipeline(settings, chunk_seconds=2)
    try:
        again = timedelta(seconds=life.again)
        run_worker(settings, pipeline, replace(PACE, look_seconds=life.look, again=again))
    except StoryshelfError as error:
        sys.exit(error.code)


def upset(what: Upset) -> None:
    """The first time that a worker comes there."""
    if what.server:
        with suppress(ProcessLookupError):
            os.kill(what.server, signal.SIGQUIT)
    if what.filler is not None and not (what.filler.exists() or what.filler.with_suffix(".over").exists()):
        fill(what.filler)
    if what.clock is not None:
        clock.move(what.clock, timedelta(seconds=what.by))


def fill(path: Path) -> None:
    """Writes until nothing more fits on the disk."""
    with path.open("wb", buffering=0) as file:
        for block in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while file.write(b"x" * block):
                    pass


def _steps(life: Life) -> type[Steps]:
    current: list[tuple[StepName, Job, int]] = []

    def mark(words: str) -> None:
        with (life.told / "marks").open("a") as file:
            file.write(f"{words}\n")

    def die(step: StepName | str, moment: str, number: int = 0) -> None:
        if life.death == Death(step, moment, number):
            os.kill(os.getpid(), signal.SIGKILL)

    class Marked(Steps):
        def perform(self, step: StepName, job: Job, number: int = 0) -> Outcome:
            current[:] = [(step, job, number)]
            name = name_of(step, number)
            mark(f"begin {name}")
            with (life.told / "began").open("a") as file:
                file.write(f"{name} {time.monotonic()}\n")
            die(step, "entering", number)
            if life.death and life.death == replace(Death(step, "later", number), seconds=life.death.seconds):
                signal.setitimer(
                    signal.ITIMER_REAL, max(life.death.seconds, 1e-6)
                )  # the system ends it, whatever it is at
            if life.upset and (life.upset.step, life.upset.number) == (step, number):
                upset(life.upset)
            outcome = super().perform(step, job, number)
            die(step, "leaving", number)
            mark(f"end {name}")
            return outcome

        def tidy(self, job: Job) -> Outcome:
            die("tidy", "entering")
            outcome = super().tidy(job)
            die("tidy", "leaving")
            mark("tidied")
            return outcome

        def forget(self) -> None:
            before = getattr(self._pipeline, "remembers", False)
            super().forget()
            with (life.told / "remembered").open("a") as file:
                file.write(f"{before}, then {getattr(self._pipeline, 'remembers', False)}\n")

    class Mortal(watch.RecordingWatch):
        def progress(self, share: Fraction) -> None:
            super().progress(share)
            step, job, number = current[0]
            if share > 0:
                die(step, "middle", number)
            room = PrivateFolder(life.settings, job.recording_id).making
            if life.death and life.death.moment == "chunks" and len([*room.glob("*-*.mp4")]) >= 2:
                die(step, "chunks", number)

    patch("app.worker.steps.RecordingWatch", Mortal).start()
    return Marked


def name_of(step: StepName, number: int) -> str:
    """`detect`, or `render 1` for those that are taken for one size after another."""
    return f"{step} {number}" if step in OF_SIZES else str(step)


def start(life: Life) -> ForkServerProcess:
    """Starts a worker; it lives until it is killed or told to end."""
    process = _SERVER.Process(target=_live, args=(life,), daemon=True)
    process.start()
    return process


def starts(life: Life) -> int:
    """How often a worker has begun to work there."""
    return life.log.read_text().count('"event": "started"') if life.log.exists() else 0


@contextmanager
def working(life: Life) -> Iterator[ForkServerProcess]:
    """A worker that is told to end afterwards, and must then end cleanly."""
    before, process = starts(life), start(life)
    try:
        yield process
    finally:
        end = time.monotonic() + 20
        while starts(life) == before and process.is_alive() and time.monotonic() < end:
            time.sleep(0.05)  # before it has begun it cannot be told to end, only be ended
        process.terminate()
        process.join(120)
        if process.is_alive():
            told = life.log.stat().st_size
            os.kill(process.pid or 0, signal.SIGUSR1)
            process.join(2)
            process.kill()
            process.join()
            print(life.log.read_text()[told:])
    assert process.exitcode == 0, f"it ended with {process.exitcode}"


def ending_of(process: ForkServerProcess) -> int | None:
    """How a worker ended by itself; None when it did not, and was killed."""
    process.join(300)
    code = process.exitcode
    if code is None:
        process.kill()
        process.join()
    return code


def dies(life: Life) -> None:
    """A worker that must die where it was told to."""
    code = ending_of(start(life))
    assert code == -signal.SIGKILL, f"the worker went past its death: {life.marks}"


if __name__ == "__main__":
    databases = tuple((name, os.environ[f"STORYSHELF_{name.upper()}"]) for name in ("database_url", "work_url"))
    _live(Life(Path(sys.argv[1]), databases=tuple((name, address) for name, address in databases if address)))
