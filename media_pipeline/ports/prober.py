"""Reading what a file is, without trusting it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from media_pipeline.core.media import MediaFile
from media_pipeline.ports.watch import Watch


class Prober(Protocol):
    """Opens untrusted files, in a sandbox."""

    def probe(self, source: Path, watch: Watch) -> MediaFile:
        """What the file holds. Raises `Refused` or `Hostile` with the sentence that fits, `Fault` for our own trouble."""

    def untrusted_texts(self, source: Path) -> frozenset[bytes]:
        """Every text of 6 bytes or more that the file's tags, chapters and subtitles hold, as UTF-8.

        For searching the finished files in memory: never stored, logged or shown. Raises `Fault`.
        """
