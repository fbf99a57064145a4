"""Recordings and the inspector that the proof's tests share: made once, never written to."""

from __future__ import annotations

import pytest

from media_pipeline.adapters.process import Door, Sandbox
from media_pipeline.adapters.proof.inspector import FfmpegInspector
from tests.adapters.proof.making import SCENES, Recording, record
from tests.film_reading import ffmpeg


@pytest.fixture(scope="session")
def inspector() -> FfmpegInspector:
    return FfmpegInspector(Door(Sandbox.BUBBLEWRAP), ffmpeg())


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recording]:
    """One recording of each kind."""
    room = tmp_path_factory.mktemp("recordings")
    return {name: record(room / f"{name}.mp4", draw()) for name, draw in SCENES.items()}
