"""Making the finished files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from media_pipeline.core.media import MediaFile
from media_pipeline.core.pieces import Chunk
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.preview import Preview
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.watch import Watch

FINISHED_SOUND = "sound.m4a"
"""The whole finished sound, on its way."""


class Renderer(Protocol):
    """Decodes and encodes anew; nothing of the source is ever stream-copied.

    Sound and chunks can be made in any order, by different processes and more than once. All raise Refused("damaged")
    when what is kept cannot be read, Fault (tool-failed, tool-killed, disk-full) and Cancelled; what is in `out` is then
    of no worth.
    """

    def sound(self, source: Path, media: MediaFile, plan: RenderPlan, out: Path, watch: Watch) -> None:
        """`out/sound.m4a`: all that is heard, at the loudness that families are used to."""

    def chunk(self, source: Path, media: MediaFile, plan: RenderPlan, chunk: Chunk, out: Path, watch: Watch) -> None:
        """`out/<chunk_name>` for each of the plan's renditions, from one decoding: the chunk's pictures."""

    def join(
        self, plan: RenderPlan, chunks: Sequence[Chunk], room: Path, finished: Path, out: Path, watch: Watch
    ) -> None:
        """Every file of `output_names(plan)` below the empty folder `out`, by copying.

        `room` holds the sound and every chunk, and may be written to; `finished` holds the files of the renditions that
        were joined before.
        """


class Previewer(Protocol):
    """Makes what staff look at while they decide. Never public: it shows the whole recording."""

    def proxy(self, source: Path, media: MediaFile, out: Path, watch: Watch) -> Preview:
        """`out/proxy.mp4`: the whole film, clean of metadata, at most 360 lines, seekable, same clock as the source."""

    def contact_sheets(
        self, source: Path, media: MediaFile, moments: Sequence[Seconds], out: Path, watch: Watch
    ) -> None:
        """`out/sheet-0000.jpg` …: the frames on screen at `moments`, 24 to a sheet, 6 columns of 320 × 180 pixels.

        `out/strip.jpg`: at most `STRIP_PICTURES` of them, evenly spaced from the first, 12 columns of 96 × 54 pixels.
        """
