"""An empty store, and a list of what the disk was waited for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.uploads.store import IncomingStore


@pytest.fixture
def store(tmp_path: Path) -> IncomingStore:
    return IncomingStore(tmp_path / "incoming", max_size=10**9, reserve=0)


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Inode and size of everything that the disk was waited for, in order."""
    waits: list[tuple[int, int]] = []

    def noted(real: Callable[[int], None]) -> Callable[[int], None]:
        def sync(descriptor: int) -> None:
            status = os.fstat(descriptor)
            real(descriptor)
            waits.append((status.st_ino, status.st_size))

        return sync

    for name in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, name, noted(getattr(os, name)))
    return waits
