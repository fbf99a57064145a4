"""Decodes sound to be compared: stereo, at 8 kHz, each sample at its moment on the film's clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import numpy.typing as npt

from media_pipeline.adapters.process import Door, Mounts
from media_pipeline.adapters.proof.decoding import complains, limits
from media_pipeline.adapters.untrusted import untrusted_input
from media_pipeline.core.errors import Fault
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.watch import Watch

RATE = 8000
"""Hz at which sound is compared."""

Samples = npt.NDArray[np.int16]
"""Samples × 2 channels; sample 0 is the film clock's 0. In a nameless temporary file that is gone with the array."""

Waves = npt.NDArray[np.float64]


class SoundReader:
    """Decodes sound with ffmpeg, behind the door."""

    def __init__(self, door: Door, ffmpeg: Path) -> None:
        self._door, self._ffmpeg = door, ffmpeg

    def read(self, path: Path, stream: str, length: Seconds, watch: Watch) -> tuple[Samples, bool]:
        """The sound of `stream` (as for `-map`) in stereo at `RATE`, and whether the decoder found fault with anything.

        `length` (s) is for progress. Raises Fault ("tool-failed" when it cannot be decoded to its end) and Cancelled.
        """
        complaints: list[bool] = []
        with TemporaryFile() as file:
            size = 0
            for piece in self._pieces(path, stream, length, watch, complaints):
                try:
                    size += file.write(piece)
                    file.flush()
                except OSError:
                    raise Fault("disk-full", "no room for temporary sound") from None
            count = size // 4
            if not count:
                return np.zeros((0, 2), dtype=np.int16), any(complaints)
            return np.memmap(file, dtype="<i2", mode="r", shape=(count, 2)), any(complaints)

    def _pieces(
        self, path: Path, stream: str, length: Seconds, watch: Watch, complaints: list[bool]
    ) -> Iterator[bytes]:
        # silence fills what is missing at the start and gaps of more than 10 ms, so that places are moments
        timed = f"aresample={RATE}:async=1:first_pts=0:min_hard_comp=0.01:ochl=stereo"
        argv = [
            *("-loglevel", "error"),  # what is read of stderr are faults only
            *("-max_error_rate", "1"),  # how much is lost is for us to judge
            *untrusted_input("src"),
            *("-map", stream),
            *("-af", timed),
            *("-f", "s16le"),
            "pipe:1",
        ]
        mounts = Mounts(inputs={"src": path})
        with self._door.stream(self._ffmpeg, argv, mounts, limits(length), watch, film_length=length) as running:
            while piece := running.stdout.read(1 << 18):
                yield piece
            finished = running.finish()
        if finished.exit_status:
            raise Fault("tool-failed", f"the decoder ended with status {finished.exit_status}")
        complaints.append(complains(finished.untrusted_stderr))


def waves_of(samples: Samples, start: int, size: int) -> Waves:
    """`size` samples from `start` on, 1 is full scale; silence where there are none."""
    waves = np.zeros((max(0, size), 2))
    first, end = max(0, start), min(len(samples), start + size)
    if first < end:
        waves[first - start : end - start] = samples[first:end] / 32768
    return waves
