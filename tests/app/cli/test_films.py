"""Films on the command line: how they are made."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import films
from media_pipeline.core.errors import Fault
from media_pipeline.core.intervals import Interval
from media_pipeline.core.pieces import LONGEST_CHUNK_SECONDS
from tests.films import barcode_film
from tests.road.running import write_cuts


def test_a_film_is_made_some_minutes_at_a_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An hour of many cuts in one piece takes more memory than a library's server may have left."""
    told: list[Any] = []

    def render(*_: object, **named: object) -> None:
        told.append(named["chunk_seconds"])
        raise Fault("tool-failed", "only asked how")

    monkeypatch.setattr("media_pipeline.run.render", render)
    film = barcode_film(tmp_path / "film.mp4", frames=50, size=(160, 96))
    arguments = [
        str(film.path),
        "--edits",
        str(write_cuts(tmp_path / "e.json", [Interval(Fraction(0), Fraction(1))])),
        "--out",
        str(tmp_path / "out"),
    ]
    done = CliRunner().invoke(films.render, arguments)
    assert isinstance(done.exception, Fault)
    assert told == [LONGEST_CHUNK_SECONDS]
    assert not (tmp_path / "out").exists()
