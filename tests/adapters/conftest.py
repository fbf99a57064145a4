"""The tools behind their door, as the tests of adapters share them."""

from __future__ import annotations

from pathlib import Path

import pytest

from media_pipeline.adapters.damage import DamageSurvey
from media_pipeline.adapters.ffmpeg import FfmpegRenderer
from media_pipeline.adapters.ffprobe import FfprobeProber
from media_pipeline.adapters.process import Door, Sandbox
from tests.adapters.hostile import Room, Watched
from tests.film_reading import ffmpeg, ffprobe


@pytest.fixture(scope="session")
def door() -> Door:
    return Door(Sandbox.BUBBLEWRAP)


@pytest.fixture(scope="session")
def prober(door: Door) -> FfprobeProber:
    return FfprobeProber(door, ffprobe(), ffmpeg())


@pytest.fixture(scope="session")
def renderer(door: Door) -> FfmpegRenderer:
    return FfmpegRenderer(door, ffmpeg(), DamageSurvey(door, ffprobe()))


@pytest.fixture(scope="session")
def watched() -> Watched:
    return Watched(Sandbox.BUBBLEWRAP)


@pytest.fixture
def room(tmp_path: Path, watched: Watched) -> Room:
    """Where a file made to harm is tried."""
    watched.limits.clear()
    return Room(tmp_path, watched)
