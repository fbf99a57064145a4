"""Workers for tests, each a process of its own that can be killed: with a pipeline of no films, or with the real one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from unittest.mock import patch

from app.db.kinds import StepName
from app.services.jobs import VERSION
from app.services.values import PrivateFolder
from app.settings import Settings
from app.worker import Pace, run_worker, watch
from app.worker.keeping import LOST_SECONDS
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
from tests.app.backend import make_settings
from tests.app.fake_pipeline import FakePipeline

PACE = Pace(queue_seconds=0.05, look_seconds=0.2, pauses=(0, 0, 0))

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.app.worker_child"])


@dataclass(frozen=True)
class Death:
    """Where a worker kills itself, as if the power had gone."""

    step: StepName | str
    """One of the workflows' steps, or "tidy"."""

    moment: str
    """"entering" it, in its "middle", when two "chunks" are there, or "leaving" it: done, but not yet remembered as done."""

    number: int = 0
    """For which size, from the smallest."""


@dataclass(frozen=True)
class Life:
    """What a worker is to do."""

    data: Path
    death: Death | None = None
    pipeline: str = "fake"
    version: str = VERSION
    others: tuple[tuple[str, object], ...] = ()
    """More settings."""

    databases: tuple[tuple[str, str], ...] = ()
    """Settings that name databases of PostgreSQL, and their values."""

    look: float = PACE.look_seconds
    """How often it looks for work that nobody announced."""

    lost: float = LOST_SECONDS
    """Without its database for so long, it ends."""

    @property
    def settings(self) -> Settings:
        """The worker's."""
        return make_settings(self.data, **dict(self.databases), **dict(self.others))

    @property
    def marks(self) -> list[str]:
        """Every beginning and end of a step, in order."""
        path = self.data / "marks"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def remembered(self) -> list[str]:
        """Of every publication that ended here: whether something of its film was remembered then, and afterwards."""
        path = self.data / "remembered"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def log(self) -> Path:
        """What the workers on this shelf have written on stderr."""
        return self.data / "log"


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
    patch("app.worker.main.Steps", _steps(life)).start()
    patch("app.worker.workflows.MOST_STARTS", 200).start()
    patch("app.worker.keeping.LOST_SECONDS", life.lost).start()
    for place in ("app.worker.main.VERSION", "app.services.jobs.VERSION"):
        patch(place, life.version).start()
    pipelines: dict[str, type[FakePipeline]] = {"fake": FakePipeline, "trouble": Trouble}
    settings = life.settings
    pipeline: Pipeline | None = pipelines[life.pipeline]() if life.pipeline in pipelines else None
    if life.pipeline == "chunks":
        pipeline = open_pipeline(settings, chunk_seconds=2)
    try:
        run_worker(settings, pipeline, replace(PACE, look_seconds=life.look))
    except StoryshelfError as error:
        sys.exit(error.code)


def _steps(life: Life) -> type[Steps]:
    current: list[tuple[StepName, Job, int]] = []

    def mark(words: str) -> None:
        with (life.data / "marks").open("a") as file:
            file.write(f"{words}\n")

    def die(step: StepName | str, moment: str, number: int = 0) -> None:
        if life.death == Death(step, moment, number):
            os.kill(os.getpid(), signal.SIGKILL)

    class Marked(Steps):
        def perform(self, step: StepName, job: Job, number: int = 0) -> Outcome:
            current[:] = [(step, job, number)]
            name = name_of(step, number)
            mark(f"begin {name}")
            die(step, "entering", number)
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
            with (life.data / "remembered").open("a") as file:
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


@contextmanager
def working(life: Life) -> Iterator[ForkServerProcess]:
    """A worker that is told to end afterwards, and must then end cleanly."""
    process = start(life)
    try:
        yield process
    finally:
        process.terminate()
        process.join(120)
        if process.is_alive():
            process.kill()
            process.join()
    assert process.exitcode == 0, f"it ended with {process.exitcode}"


def dies(life: Life) -> None:
    """A worker that must die where it was told to."""
    process = start(life)
    process.join(300)
    code = process.exitcode
    if code is None:
        process.kill()
        process.join()
    assert code == -signal.SIGKILL, f"the worker went past its death: {life.marks}"
