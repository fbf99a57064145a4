"""The renderer: one decode and one encode, then everything else by copy from the finished MP4s."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from media_pipeline.adapters.damage import DamageSurvey, refuse_damage
from media_pipeline.adapters.ffmpeg_args import (
    Command,
    hls_command,
    poster_command,
    render_command,
    sound_command,
    storyboard_command,
)
from media_pipeline.adapters.process import Door, Limits, Mounts
from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.playlists import (
    MASTER,
    STORYBOARD_CUES,
    output_names,
    peak_bandwidth,
    rendition_files,
    write_master,
    write_storyboard_cues,
)
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.renderer import Renderer
from media_pipeline.ports.watch import Part, Watch

_ENCODED = Fraction(9, 10)
"""How much of the work the one pass over the source is; the rest only copies."""


class Ffmpeg:
    """Runs ffmpeg on one file, through the door."""

    def __init__(self, door: Door, tool: Path) -> None:
        self._door, self._tool = door, tool

    def run(self, command: Command, source: Path, out: Path, watch: Watch, *, reads: Seconds, writes: Seconds) -> bool:
        """Reads `source`, which lasts `reads` (s), and writes `writes` (s) of film below `out`.

        Whether it went without complaint: after damage ffmpeg goes on, and only its words tell of it. Raises Fault (tool-failed, tool-killed, tool-missing, disk-full) and Cancelled.
        """
        finished = self._door.run(
            self._tool,
            command.argv,
            Mounts(inputs={"src": source}, outputs=out),
            _limits(reads),
            watch,
            film_length=writes,
            feed=command.graph,
        )
        if finished.exit_status:
            raise Fault("tool-failed", f"ffmpeg ended with status {finished.exit_status}")
        watch.progress(Fraction(1))
        return not finished.untrusted_stderr.strip()


class FfmpegRenderer(Renderer):
    """The `Renderer` that uses ffmpeg."""

    def __init__(self, door: Door, tool: Path, damage: DamageSurvey) -> None:
        """`tool` is an ffmpeg 9 with libx264; `damage` is asked when it complains of a recording."""
        self._ffmpeg, self._damage = Ffmpeg(door, tool), damage

    def render(self, source: Path, media: MediaFile, plan: RenderPlan, out: Path, watch: Watch) -> None:
        """As `ports.renderer.Renderer.render`."""
        encoding = Part(watch, Fraction(0), _ENCODED)
        command = render_command(media, plan)
        if not self._ffmpeg.run(command, source, out, encoding, reads=media.whole.end, writes=plan.length):
            refuse_damage(plan, self._damage.damaged(source, media, watch))
        if plan.clock is not None:
            self._package(plan, out, Part(watch, _ENCODED, Fraction(1)))
        found = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir()}
        if found != set(output_names(plan)):
            raise Fault("tool-failed", f"{len(found ^ set(output_names(plan)))} files missing or surplus")
        watch.progress(Fraction(1))

    def _package(self, plan: RenderPlan, out: Path, watch: Watch) -> None:
        """HLS, sound and pictures from the finished MP4s."""
        top = out / rendition_files(plan, plan.renditions[0]).mp4
        smallest = out / rendition_files(plan, plan.renditions[-1]).mp4
        with _disk():
            (out / MASTER).parent.mkdir()
        jobs = [(hls_command(plan, size), out / rendition_files(plan, size).mp4) for size in plan.renditions]
        jobs += [(sound_command(), top)] if plan.sound else []
        jobs += [(poster_command(), top), (storyboard_command(plan), smallest)]
        for place, (command, finished) in enumerate(jobs):
            part = Part(watch, Fraction(place, len(jobs)), Fraction(place + 1, len(jobs)))
            self._ffmpeg.run(command, finished, out, part, reads=plan.length, writes=plan.length)
        if watch.cancelled():
            raise Cancelled("cancelled")
        with _disk():
            playlists = [(out / rendition_files(plan, size).playlist).read_text("ascii") for size in plan.renditions]
            (out / MASTER).write_text(write_master(plan, tuple(map(peak_bandwidth, playlists))), "ascii")
            (out / STORYBOARD_CUES).write_text(write_storyboard_cues(plan.length), "ascii")


@contextmanager
def _disk() -> Iterator[None]:
    """Trouble with our own files becomes a `Fault`, without their names."""
    try:
        yield
    except OSError as trouble:
        code = "disk-full" if trouble.errno in (errno.ENOSPC, errno.EDQUOT) else "unexpected"
        raise Fault(code, f"a file failed ({errno.errorcode.get(trouble.errno or 0, 'unknown')})") from None


def _limits(reads: Seconds) -> Limits:
    """Room for the slowest machine we know, and an end for work that never ends."""
    return Limits(
        cpu_seconds=600 + 60 * round(reads),  # the whole ladder takes 0.8 s a second of 720p
        address_space=(4 + (os.cpu_count() or 1)) << 30,  # decoder and encoders reserve 0.5 GiB a core for threads
        file_size=(1 << 30) + round(reads) * (8 << 20),  # 64 Mbit/s: far above what 1080p takes
    )
