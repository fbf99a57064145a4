"""A tiny film with a secret in its tags, made by the tools of this machine: for trying out whether they can be clean."""

from __future__ import annotations

import secrets
from pathlib import Path

from media_pipeline.adapters.process import OUT, Door, Limits, Mounts
from media_pipeline.core.errors import Fault
from media_pipeline.ports.watch import Unwatched

_LIMITS = Limits(cpu_seconds=60, file_size=64 << 20, wall_seconds=60)


class TrialFilms:
    """Makes `trial.mp4`: four seconds of a moving test picture and a tone, 320 × 180, with a random canary as its title."""

    def __init__(self, door: Door, ffmpeg: Path) -> None:
        self._door, self._ffmpeg = door, ffmpeg

    def make(self, folder: Path) -> Path:
        """The film's path below `folder`. Raises Fault when this build of ffmpeg cannot make it."""
        argv = [
            "-hide_banner",
            *("-f", "lavfi"),
            *("-i", "testsrc2=size=320x180:rate=25:duration=4"),
            *("-f", "lavfi"),
            *("-i", "sine=frequency=440:sample_rate=48000:duration=4"),
            *("-c:v", "libx264"),
            *("-preset", "ultrafast"),
            *("-c:a", "aac"),
            *("-metadata", f"title={secrets.token_hex(16)}"),  # the proof looks for it in the finished bytes
            *("-f", "mp4"),
            f"{OUT}/trial.mp4",
        ]
        if self._door.run(self._ffmpeg, argv, Mounts(outputs=folder), _LIMITS, Unwatched()).exit_status:
            raise Fault("tool-failed", "ffmpeg cannot make the trial film")
        return folder / "trial.mp4"
