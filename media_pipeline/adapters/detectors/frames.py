"""Frames of a recording for the detectors: one decode by ffmpeg at full rate, small, with exact times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from media_pipeline.adapters.as_shown import as_shown_text
from media_pipeline.adapters.damage import DamageSurvey, complains
from media_pipeline.adapters.detectors.fragments import FRAGMENTED_FLAGS, read_fragments
from media_pipeline.adapters.detectors.planes import split_planes
from media_pipeline.adapters.process import Door, Limits, Mounts, Running
from media_pipeline.adapters.untrusted import untrusted_input_flags
from media_pipeline.core.errors import Fault
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.media import AudioTrack, MediaFile, VideoTrack
from media_pipeline.core.timebase import Seconds, frame_time
from media_pipeline.ports.detector import Damage, Frame
from media_pipeline.ports.watch import Watch

LONGEST_SIDE = 640
"""Pixels. In galleries of up to 7 × 7 tiles faces were found as often at 640 as at 960, for half the time."""

_MISCOUNT = 1
"""Frames that a container may count otherwise than its decoder before we refuse to believe either."""

_OFF_GRID = Fraction(2, 5)
"""Frames between a frame and its place on the grid: containers round by a quarter at the most."""


class FfmpegFrames:
    """The `FrameReader` that uses ffmpeg. Decoding and scaling 720p takes some 0.06 CPU s a second of film."""

    def __init__(self, door: Door, ffmpeg: Path, damage: DamageSurvey) -> None:
        """`ffmpeg` is an ffmpeg 9; `damage` is asked when it complains, or leaves frames out."""
        self._door, self._ffmpeg, self._damage = door, ffmpeg, damage

    @contextmanager
    def frames(self, source: Path, media: MediaFile, watch: Watch) -> Iterator[Iterator[Frame | Damage]]:
        """Every frame in order, each new in memory, none of a sound recording; then every span that cannot be read.

        Raises Fault when ffmpeg fails, when frames are missing or surplus that no damage explains (but for one, of
        which containers and decoders may differ), or when they do not lie where `media` says: frames that nobody saw
        are not safe. Raises Cancelled when the watch says so.
        """
        with self._door.stream(
            self._ffmpeg,
            decode_flags(media),
            Mounts(inputs={"src": source}),
            _limits(media.whole.length),
            watch,
            film_length=media.whole.length,
        ) as running:
            yield self._read(running, source, media, watch)

    def _read(self, running: Running, source: Path, media: MediaFile, watch: Watch) -> Iterator[Frame | Damage]:
        decoded, shown, last = 0, 0, media.whole.start - 1
        for frame in _frames(running, media.video):
            decoded += 1
            if frame.moment > last:  # after damage, decoders give one frame's time to several
                shown, last = shown + 1, frame.moment
                yield frame
        finished = running.finish()
        if finished.exit_status:
            raise Fault("tool-failed", f"the decoder ended with status {finished.exit_status}")
        missing = media.video.frames - shown if media.video is not None else 0
        damaged = IntervalSet()
        if complains(finished.untrusted_stderr) or missing > _MISCOUNT or decoded > shown:
            damaged = self._damage.damaged(source, media, watch)
        if missing < -_MISCOUNT or (not damaged and (missing > _MISCOUNT or decoded > shown)):
            raise Fault("tool-failed", f"{decoded} frames were decoded, {missing} fewer are shown than were counted")
        for span in damaged:
            yield Damage(span)


def small_size(width: int, height: int) -> tuple[int, int]:
    """Width and height (pixels, even) of a picture made to fit `LONGEST_SIDE`; never larger than it was."""
    scale = min(Fraction(1), Fraction(LONGEST_SIDE, max(width, height)))
    across, down = (max(2, int(side * scale) // 2 * 2) for side in (width, height))
    return across, down


def decode_flags(media: MediaFile) -> list[str]:
    """What to tell ffmpeg. The picture's rotation is undone by it before our filter, which is its default."""
    return [
        *("-loglevel", "error"),  # what is read of stderr are faults only
        *untrusted_input_flags(),  # no format, codec or protocol that we did not name
        *("-i", "file:/in/src"),
        *("-max_error_rate", "1"),  # how much is damaged is for us to judge
        *(_picture_flags(media.video) if media.video is not None else []),
        *(_sound_flags(media.audio) if media.audio is not None else []),
    ]


def _picture_flags(video: VideoTrack) -> list[str]:
    width, height = size = small_size(video.width, video.height)
    # the same pixels and colours for every source; "area" averages, so that nothing small falls between pixels
    small = f"scale={width}:{height}:flags=area:out_color_matrix=bt601:out_range=tv,format=yuv420p"
    return [
        *("-map", f"0:{video.index}"),  # the one picture track that is published
        *("-vf", as_shown_text(video, size) + small),
        *("-fps_mode", "passthrough"),  # every decoded frame once: none doubled, none dropped
        *("-enc_time_base", "demux"),  # times in the file's own ticks, so that none is rounded
        *("-c:v", "rawvideo"),
        *FRAGMENTED_FLAGS,
        "pipe:1",
    ]


def _sound_flags(audio: AudioTrack) -> list[str]:
    """The sound is decoded only for what the decoder says of it."""
    return [*("-map", f"0:{audio.index}"), *("-f", "null"), "-"]


def _frames(running: Running, video: VideoTrack | None) -> Iterator[Frame]:
    """What is decoded, as it comes; nothing of a sound recording."""
    if video is None:
        return
    size = small_size(video.width, video.height)
    zero: Seconds | None = None
    for time, raw in read_fragments(running.stdout, size[0] * size[1] * 3 // 2):
        zero = time if zero is None else zero
        yield Frame(_moment(video, time - zero), split_planes(raw, *size))


def _moment(video: VideoTrack, since_first: Seconds) -> Seconds:
    """When a frame is shown: by the grid where there is one, else by its own time."""
    if not video.constant_rate:
        return video.start + since_first
    number = round(since_first * video.rate)
    if number > video.frames - 1 + _MISCOUNT or abs(since_first - number / video.rate) * video.rate >= _OFF_GRID:
        raise Fault("tool-failed", "a frame does not lie on the film's grid")
    return frame_time(number, video.rate, video.start)


def _limits(length: Seconds) -> Limits:
    """Room for 2304 lines of HEVC on the slowest machine we know, and an end for work that never ends."""
    return Limits(
        cpu_seconds=600 + 20 * round(length),
        address_space=16 << 30,  # a decoder reserves some 64 MiB a thread, and has one or two for each processor
    )
