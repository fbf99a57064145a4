"""The renderer: sound in one go, pictures chunk by chunk, then everything else by copying what was encoded."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from shutil import copyfile

from media_pipeline.adapters.damage import DamageSurvey, complains, refuse_damage
from media_pipeline.adapters.ffmpeg_args.command import Command
from media_pipeline.adapters.ffmpeg_args.finishing import (
    chunk_list,
    join_command,
    pictures_track_command,
    poster_command,
    sound_track_command,
    storyboard_command,
    write_chunk_list,
)
from media_pipeline.adapters.ffmpeg_args.pictures import chunk_command
from media_pipeline.adapters.ffmpeg_args.sound import KEPT, errors_of, gain, kept_command, read_loudness, sound_command
from media_pipeline.adapters.process import Door, Limits, Mounts
from media_pipeline.adapters.track_files import read_track_file
from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.core.hls import TrackFile, write_media_playlist, write_multivariant
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.media import MediaFile
from media_pipeline.core.pieces import Chunk
from media_pipeline.core.plan import FrameClock, RenderPlan
from media_pipeline.core.playlists import (
    MASTER,
    SOUND,
    SOUND_FRAGMENTS,
    SOUND_PLAYLIST,
    STORYBOARD_CUES,
    multivariant_name,
    multivariant_sizes,
    output_names,
    rendition_files,
    write_storyboard_cues,
)
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.renderer import FINISHED_SOUND, Renderer
from media_pipeline.ports.watch import Part, Watch


class Ffmpeg:
    """Runs ffmpeg on one file, through the door."""

    def __init__(self, door: Door, tool: Path) -> None:
        self._door, self._tool = door, tool

    def run(self, command: Command, source: Path, out: Path, watch: Watch, *, reads: Seconds, writes: Seconds) -> bytes:
        """Reads `source`, which lasts `reads` (s), and writes `writes` (s) of film below `out`. Returns its untrusted words.

        Raises Fault (tool-failed, tool-killed, tool-missing, disk-full) and Cancelled.
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
        return finished.untrusted_stderr


class FfmpegRenderer(Renderer):
    """The `Renderer` that uses ffmpeg."""

    def __init__(self, door: Door, tool: Path, damage: DamageSurvey) -> None:
        """`tool` is an ffmpeg 9 with libx264; `damage` is asked when it complains of a recording."""
        self._ffmpeg, self._damage = Ffmpeg(door, tool), damage
        self._surveyed: tuple[str, IntervalSet] = "", IntervalSet()

    def sound(self, source: Path, media: MediaFile, plan: RenderPlan, out: Path, watch: Watch) -> None:
        """As `ports.renderer.Renderer.sound`. Loudness is measured first; a limiter holds what would then clip."""
        if media.audio is None:
            raise ValueError("a silent film has no sound")
        half = Fraction(1, 2)
        taking, encoding = Part(watch, Fraction(0), half), Part(watch, half, Fraction(1))
        command = kept_command(media.audio, plan)
        words = self._ffmpeg.run(command, source, out, taking, reads=media.whole.end, writes=plan.length)
        self._refuse_damage(source, media, plan, complains(errors_of(words)), watch)
        try:
            louder = gain(read_loudness(words))
        except ValueError:
            raise Fault("tool-failed", "the loudness was not told") from None
        command = sound_command(plan, louder)
        self._ffmpeg.run(command, out / KEPT, out, encoding, reads=plan.length, writes=plan.length)

    def chunk(self, source: Path, media: MediaFile, plan: RenderPlan, chunk: Chunk, out: Path, watch: Watch) -> None:
        """As `ports.renderer.Renderer.chunk`."""
        if plan.clock is None:
            raise ValueError("a sound recording has no chunks")
        writes = (chunk.end - chunk.first) / plan.clock.rate
        words = self._ffmpeg.run(
            chunk_command(media, plan, chunk), source, out, watch, reads=media.whole.end, writes=writes
        )
        self._refuse_damage(source, media, plan, complains(words), watch)

    def _refuse_damage(self, source: Path, media: MediaFile, plan: RenderPlan, complained: bool, watch: Watch) -> None:
        """After damage ffmpeg goes on, and only its words tell of it: then the whole film is looked through, once."""
        if complained and self._surveyed[0] != media.sha256:
            self._surveyed = media.sha256, self._damage.damaged(source, media, watch)
        if complained:
            refuse_damage(plan, self._surveyed[1])

    def join(
        self, plan: RenderPlan, chunks: Sequence[Chunk], room: Path, finished: Path, out: Path, watch: Watch
    ) -> None:
        """As `ports.renderer.Renderer.join`."""
        if plan.clock is None:
            with _disk():
                copyfile(room / FINISHED_SOUND, out / SOUND)
        else:
            self._finish(plan, plan.clock, chunks, room, finished, out, watch)
        found = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir()}
        if found != set(output_names(plan)):
            raise Fault("tool-failed", f"{len(found ^ set(output_names(plan)))} files missing or surplus")
        watch.progress(Fraction(1))

    def _finish(
        self,
        plan: RenderPlan,
        clock: FrameClock,
        chunks: Sequence[Chunk],
        room: Path,
        finished: Path,
        out: Path,
        watch: Watch,
    ) -> None:
        """Films, HLS and pictures."""
        with _disk():
            (out / MASTER).parent.mkdir()
        films = {size: out / rendition_files(plan, size).mp4 for size in plan.renditions}
        jobs: list[tuple[Command, Path]] = []
        for size in plan.renditions:
            jobs += [(join_command(plan, size), room), (pictures_track_command(plan, size), films[size])]
        if plan.sound and plan.brings_shared:
            jobs.append((sound_track_command(), room))
        if plan.brings_shared or plan.brings_top:
            jobs.append((poster_command(plan), films[plan.renditions[0]]))
        if plan.brings_shared:
            jobs.append((storyboard_command(plan), films[plan.renditions[-1]]))
        with _disk():
            for size in plan.renditions:
                (room / chunk_list(size)).write_text(write_chunk_list(size, chunks, clock), "ascii")
        for place, (command, read) in enumerate(jobs):
            part = Part(watch, Fraction(place, len(jobs)), Fraction(place + 1, len(jobs)))
            self._ffmpeg.run(command, read, out, part, reads=plan.length, writes=plan.length)
        if watch.cancelled():
            raise Cancelled("cancelled")
        with _disk():
            if plan.brings_shared:
                (out / STORYBOARD_CUES).write_text(write_storyboard_cues(plan.length), "ascii")
                if plan.sound:
                    copyfile(room / FINISHED_SOUND, out / SOUND)
            _write_playlists(plan, clock.rate, out, finished)


def _write_playlists(plan: RenderPlan, rate: Fraction, out: Path, finished: Path) -> None:
    """A playlist for each track file, and one for all. What was made with another part of the ladder is in `finished`."""

    def read(name: str) -> TrackFile:
        try:
            return read_track_file((out if (out / name).exists() else finished) / name)
        except ValueError as trouble:
            raise Fault("tool-failed", f"a track file: {trouble}") from None

    named = [(files.playlist, files.fragments) for files in (rendition_files(plan, size) for size in plan.renditions)]
    if plan.sound and plan.brings_shared:
        named.append((SOUND_PLAYLIST, SOUND_FRAGMENTS))
    for playlist, fragments in named:
        (out / playlist).write_text(write_media_playlist(read(fragments), Path(fragments).name), "ascii")
    name = multivariant_name(plan)
    if name:
        films = [(size, read(rendition_files(plan, size).fragments)) for size in multivariant_sizes(plan)]
        (out / name).write_text(write_multivariant(films, read(SOUND_FRAGMENTS) if plan.sound else None, rate), "ascii")


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
