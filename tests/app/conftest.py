"""A shelf of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.backend import Backend


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    shelf = Backend(tmp_path / "data")
    yield shelf
    shelf.db.close()
