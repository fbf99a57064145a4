"""A reader of frames and a film to read."""

from __future__ import annotations

import pytest

from media_pipeline.adapters.damage import DamageSurvey
from media_pipeline.adapters.detectors.frames import FfmpegFrames
from media_pipeline.adapters.process import Door, Sandbox
from tests.film_reading import ffmpeg, ffprobe
from tests.films import BarcodeFilm, barcode_film

FRAMES = 30


@pytest.fixture(scope="module")
def reader() -> FfmpegFrames:
    """The reader, in its sandbox."""
    door = Door(Sandbox.BUBBLEWRAP)
    return FfmpegFrames(door, ffmpeg(), DamageSurvey(door, ffprobe()))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> BarcodeFilm:
    """A plain film of 25 frames a second."""
    return barcode_film(tmp_path_factory.mktemp("films") / "plain.mp4", frames=FRAMES)
