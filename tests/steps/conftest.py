"""A room to work in, and a file of notes."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def room(tmp_path: Path) -> Path:
    return tmp_path / "room"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"
