"""Making the finished files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.watch import Watch


class Renderer(Protocol):
    """Decodes and encodes anew; nothing of the source is ever stream-copied."""

    def render(self, source: Path, media: MediaFile, plan: RenderPlan, out: Path, watch: Watch) -> None:
        """Every file of `output_names(plan)`, below the folder `out`, which exists and is empty.

        Raises Refused("damaged") when what is kept cannot be read, Fault (tool-failed, tool-killed, disk-full) and
        Cancelled; what is in `out` is then of no worth.
        """


class Previewer(Protocol):
    """Makes what staff look at while they decide. Never public: it shows the whole recording."""

    def proxy(self, source: Path, media: MediaFile, out: Path, watch: Watch) -> None:
        """`out/proxy.mp4`: the whole film, clean of metadata, at most 360 lines, seekable, same clock as the source."""

    def contact_sheets(
        self, source: Path, media: MediaFile, moments: Sequence[Seconds], out: Path, watch: Watch
    ) -> None:
        """`out/sheet-0000.jpg` …: the frames on screen at `moments`, 24 to a sheet, 6 columns of 320 × 180 pixels."""
