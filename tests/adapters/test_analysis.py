"""A real film, looked through in stretches by real processes: they share it, go on after a kill, and find what one would."""

from __future__ import annotations

import multiprocessing
import os
import signal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from media_pipeline.core import canonical
from media_pipeline.core.findings import Findings
from media_pipeline.core.looks import group_looks
from media_pipeline.core.media import MediaFile
from media_pipeline.core.policy import Policy
from media_pipeline.core.proposal import propose
from media_pipeline.core.scenes import same_camera
from media_pipeline.ports.tools import Toolbox
from media_pipeline.ports.watch import Unwatched
from media_pipeline.run import probe
from media_pipeline.steps.analyse import Sight, analyse
from media_pipeline.steps.detect import Eyes
from media_pipeline.toolbox import ToolChoice, open_toolbox
from tests.films import storytime_film

pytestmark = pytest.mark.slow

SECONDS = 2
PROCESS = multiprocessing.get_context("spawn")


def sight_of(tools: Toolbox) -> Sight:
    return Sight(tools.frames, tools.shots, Eyes(tools.detectors, tools.once, tools.scenes))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "storytime.mp4"
    storytime_film(path, 12)
    return path


@pytest.fixture(scope="module")
def tools() -> Toolbox:
    return open_toolbox(ToolChoice())


@pytest.fixture(scope="module")
def media(film: Path, tools: Toolbox) -> MediaFile:
    return probe(film, tools, Unwatched())


@pytest.fixture(scope="module")
def in_one(film: Path, media: MediaFile, tools: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """What is found when nothing is divided."""
    return analyse(film, media, tmp_path_factory.mktemp("room"), sight_of(tools), Unwatched(), None)


class Mortal(Unwatched):
    """Ends this process in the middle of the stretch after so many that are done."""

    def __init__(self, room: Path, after: int) -> None:
        self._room, self._after = room, after

    def progress(self, share: Fraction) -> None:
        if len(list(self._room.glob("seen-*.json"))) == self._after:
            os.kill(os.getpid(), signal.SIGKILL)


def _live(film: Path, media: str, room: Path, found: Path, dies_after: int) -> None:
    watch = Mortal(room, dies_after) if dies_after else Unwatched()
    sight = sight_of(open_toolbox(ToolChoice()))
    findings = analyse(film, canonical.loads(MediaFile, media), room, sight, watch, SECONDS)
    found.write_text(canonical.dumps(findings), "ascii")


def cuts(media: MediaFile, found: Findings) -> list[tuple[Fraction, Fraction]]:
    looks = group_looks(found)
    return [(cut.span.start, cut.span.end) for cut in propose(media, found, looks, Policy()).cuts]


def same(media: MediaFile, found: Findings, in_one: Findings) -> None:
    """All that one reading finds, and at most what two further looks a stretch add to it."""
    assert [shot.span for shot in found.shots] == [shot.span for shot in in_one.shots]
    assert [shot.most_faces for shot in found.shots] == [shot.most_faces for shot in in_one.shots]
    for one, other in zip(found.shots, in_one.shots, strict=True):
        assert same_camera(one.scene, other.scene) or one.scene.plain > 0.9
    looks = [look for shot in found.shots for look in shot.looked_at]
    assert max(later - look for look, later in pairwise(looks)) <= 1
    assert cuts(media, found) == cuts(media, in_one)


def test_after_a_kill_it_goes_on_with_the_stretch_that_was_lost(
    film: Path, media: MediaFile, in_one: Findings, tmp_path: Path
) -> None:
    room, found = tmp_path / "room", tmp_path / "found"
    for after, code in ((2, -signal.SIGKILL), (4, -signal.SIGKILL), (0, 0)):
        before = {path: path.stat().st_mtime_ns for path in room.glob("seen-*.json")}
        worker = PROCESS.Process(target=_live, args=(film, canonical.dumps(media), room, found, after))
        worker.start()
        worker.join(240)
        assert worker.exitcode == code
        assert {path: path.stat().st_mtime_ns for path in before} == before, "what is done is not done again"
        assert not after or len(list(room.glob("seen-*.json"))) == after
    same(media, canonical.loads(Findings, found.read_text("ascii")), in_one)


def test_two_processes_share_it(film: Path, media: MediaFile, in_one: Findings, tmp_path: Path) -> None:
    places = [tmp_path / "one", tmp_path / "other"]
    workers = [
        PROCESS.Process(target=_live, args=(film, canonical.dumps(media), tmp_path / "room", place, 0))
        for place in places
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(240)
        assert worker.exitcode == 0
    one, other = (canonical.loads(Findings, place.read_text("ascii")) for place in places)
    assert one == other
    same(media, one, in_one)
