"""A shelf with something of everything on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services.values import PrivateFolder
from tests.app.backend import Backend
from tests.app.services.test_retention import published


@pytest.fixture
def full(tmp_path: Path, databases: dict[str, str]) -> Iterator[Backend]:
    """A shelf with a ledger: one recording that is public, one to review, and what a step has half made."""
    backend = Backend(tmp_path / "data", ledger=tmp_path / "ledger", **databases)
    published(backend)
    waiting = backend.analysed(b"another film")
    making = PrivateFolder(backend.settings, waiting).making
    making.mkdir()
    (making / "chunk-0000.mp4").write_bytes(b"half made")
    yield backend
    backend.db.close()
