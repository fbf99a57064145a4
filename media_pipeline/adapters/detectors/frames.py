"""Frames of a recording for the detectors: one decode by ffmpeg at full rate, small, with exact times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from media_pipeline.adapters.detectors.fragments import FRAGMENTED_FLAGS, read_fragments
from media_pipeline.adapters.detectors.planes import split_planes
from media_pipeline.adapters.process import Door, Limits, Mounts, Running
from media_pipeline.adapters.untrusted import untrusted_input_flags
from media_pipeline.core.errors import Fault
from media_pipeline.core.media import MediaFile, VideoTrack
from media_pipeline.core.timebase import Seconds, frame_time
from media_pipeline.ports.detector import Frame
from media_pipeline.ports.watch import Watch

LONGEST_SIDE = 640
"""Pixels. In galleries of up to 7 × 7 tiles faces were found as often at 640 as at 960, for half the time."""

_MISCOUNT = 1
"""Frames that a container may count otherwise than its decoder before we refuse to believe either."""


class FfmpegFrames:
    """The `FrameReader` that uses ffmpeg. Decoding and scaling 720p takes some 0.06 CPU s a second of film."""

    def __init__(self, door: Door, ffmpeg: Path) -> None:
        """`ffmpeg` is an ffmpeg 9."""
        self._door, self._ffmpeg = door, ffmpeg

    @contextmanager
    def frames(self, source: Path, media: MediaFile, watch: Watch) -> Iterator[Iterator[Frame]]:
        """Every frame in order, each new in memory; none of a sound recording.

        Raises Fault when ffmpeg fails, when the frames are more than one fewer or more than `media` counts, or when
        they do not lie where it says: frames that nobody saw are not safe. Raises Cancelled when the watch says so.
        """
        if media.video is None:
            yield iter(())
            return
        size = small_size(media.video.width, media.video.height)
        with self._door.stream(
            self._ffmpeg,
            decode_flags(media.video.index, size),
            Mounts(inputs={"src": source}),
            _limits(media.whole.length),
            watch,
            film_length=media.whole.length,
        ) as running:
            yield _read(running, media.video, size)


def small_size(width: int, height: int) -> tuple[int, int]:
    """Width and height (pixels, even) of a picture made to fit `LONGEST_SIDE`; never larger than it was."""
    scale = min(Fraction(1), Fraction(LONGEST_SIDE, max(width, height)))
    across, down = (max(2, int(side * scale) // 2 * 2) for side in (width, height))
    return across, down


def decode_flags(stream: int, size: tuple[int, int]) -> list[str]:
    """What to tell ffmpeg. The picture's rotation is undone by it before our filter, which is its default."""
    width, height = size
    return [
        *("-loglevel", "error"),  # what is read of stderr are faults only
        *untrusted_input_flags(),  # no format, codec or protocol that we did not name
        *("-i", "file:/in/src"),
        *("-map", f"0:{stream}"),  # the one picture track that is published
        # the same pixels and colours for every source; "area" averages, so that nothing small falls between pixels
        *("-vf", f"scale={width}:{height}:flags=area:out_color_matrix=bt601:out_range=tv,format=yuv420p"),
        *("-fps_mode", "passthrough"),  # every decoded frame once: none doubled, none dropped
        *("-enc_time_base", "demux"),  # times in the file's own ticks, so that none is rounded
        *("-c:v", "rawvideo"),
        *FRAGMENTED_FLAGS,
        "pipe:1",
    ]


def _read(running: Running, video: VideoTrack, size: tuple[int, int]) -> Iterator[Frame]:
    count, zero = 0, Fraction(0)
    last = video.start - 1
    for time, raw in read_fragments(running.stdout, size[0] * size[1] * 3 // 2):
        zero = zero if count else time
        moment = _moment(video, count, time - zero)
        if moment <= last:
            raise Fault("tool-failed", "two frames are shown at one moment")
        last = moment
        yield Frame(moment, split_planes(raw, *size))
        count += 1
    status = running.finish().exit_status
    if status:
        raise Fault("tool-failed", f"the decoder ended with status {status}")
    if abs(count - video.frames) > _MISCOUNT:
        raise Fault("tool-failed", f"{count} frames were decoded and {video.frames} counted")


def _moment(video: VideoTrack, number: int, since_first: Seconds) -> Seconds:
    """When frame `number` is shown: by the grid where there is one, else by its own time."""
    if not video.constant_rate:
        return video.start + since_first
    if abs(since_first - number / video.rate) * video.rate >= Fraction(1, 2):
        raise Fault("tool-failed", "a frame does not lie on the film's grid")
    return frame_time(number, video.rate, video.start)


def _limits(length: Seconds) -> Limits:
    """Room for 2304 lines of HEVC on the slowest machine we know, and an end for work that never ends."""
    return Limits(
        cpu_seconds=600 + 20 * round(length),
        address_space=16 << 30,  # a decoder reserves some 64 MiB a thread, and has one or two for each processor
    )
