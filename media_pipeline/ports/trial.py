"""A film for trying the tools out."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class TrialFilmMaker(Protocol):
    """Makes a small film whose tags hold a secret."""

    def make(self, folder: Path) -> Path:
        """The film, in `folder`. Raises Fault."""
