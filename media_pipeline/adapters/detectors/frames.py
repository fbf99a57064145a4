"""Frames of a recording for the detectors: one decode by ffmpeg at full rate, small, with exact times."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path

from media_pipeline.adapters.as_shown import as_shown_text
from media_pipeline.adapters.damage import DamageSurvey, complains
from media_pipeline.adapters.detectors.fragments import FRAGMENTED_FLAGS, Fragments
from media_pipeline.adapters.detectors.planes import split_planes, weights_of
from media_pipeline.adapters.ffmpeg_flags import decimal
from media_pipeline.adapters.process import Door, Limits, Mounts, Running
from media_pipeline.adapters.untrusted import untrusted_input_flags
from media_pipeline.core.errors import Fault
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.media import AudioTrack, MediaFile, VideoTrack
from media_pipeline.core.stretches import MISCOUNT, Account, Stretch
from media_pipeline.core.timebase import Seconds, frame_time
from media_pipeline.ports.detector import Frame
from media_pipeline.ports.watch import Watch

LONGEST_SIDE = 640
"""Pixels. In galleries of up to 7 × 7 tiles faces were found as often at 640 as at 960, for half the time."""

_OFF_GRID = Fraction(2, 5)
"""Frames between a frame and its place on the grid: containers round by a quarter at the most."""

_RUN_UP = Fraction(1)
"""Seconds before a stretch at which reading begins: at the key frame before that. Pictures are decoded in another order
than shown, and containers look key frames up by the former."""

_RUN_OUT = Fraction(1)
"""Seconds after a stretch at which reading ends: frames lie up to half a frame from their places on the grid."""

_LARGE = 1920 * 1088
"""Pixels above which one thread could not keep up with the detectors."""

_FROM_THE_START = Seconds(0)

_SEEK_FROM = Fraction(10)
"""Seconds into the recording under which reading begins at its start: there is nothing to gain."""


class FfmpegFrames:
    """The `FrameReader` that uses ffmpeg. Decoding and scaling 720p takes a tenth more than decoding it as ffmpeg does by itself."""

    def __init__(self, door: Door, ffmpeg: Path, damage: DamageSurvey) -> None:
        """`ffmpeg` is an ffmpeg 9; `damage` is asked when it complains, or leaves frames out."""
        self._door, self._ffmpeg, self._damage = door, ffmpeg, damage

    @contextmanager
    def frames(
        self, source: Path, media: MediaFile, watch: Watch, stretch: Stretch
    ) -> Iterator[Iterator[Frame | Account]]:
        """Every frame of the stretch in order, each new in memory, after the one before; none of a sound recording.

        Raises Fault when ffmpeg fails or frames do not lie where `media` says; Cancelled when the watch says so.
        """
        with closing(self._read(source, media, watch, stretch)) as frames:
            yield frames

    def damaged(self, source: Path, media: MediaFile, watch: Watch) -> IntervalSet:
        """As `DamageSurvey.damaged`."""
        return self._damage.damaged(source, media, watch)

    def _read(
        self, source: Path, media: MediaFile, watch: Watch, stretch: Stretch
    ) -> Generator[Frame | Account, None, None]:
        # a container whose key frames lie elsewhere than it says is read from its start
        for seek in dict.fromkeys((_seek(media, stretch), _FROM_THE_START)):
            with self._decoding(source, media, watch, stretch, seek) as running:
                pictures = _Pictures(running, media.video, stretch)
                if pictures.begin_early_enough() or not seek:
                    yield from pictures
                    yield _account(running, pictures)
                    return

    def _decoding(
        self, source: Path, media: MediaFile, watch: Watch, stretch: Stretch, seek: Seconds
    ) -> AbstractContextManager[Running]:
        return self._door.stream(
            self._ffmpeg,
            decode_flags(media, stretch, seek),
            Mounts(inputs={"src": source}),
            _limits(media.whole.length),
            watch,
            film_length=stretch.span.length,
        )


class _Pictures:
    """A stretch's frames, after the one before it."""

    def __init__(self, running: Running, video: VideoTrack | None, stretch: Stretch) -> None:
        self.shown = self.doubled = 0
        self._stretch = stretch
        self._before: list[Frame] = []
        self._first: list[Frame] = []
        self._coming = _frames(running, video, stretch)

    def begin_early_enough(self) -> bool:
        """Whether the frame before the stretch came, or none is before it. Reads up to the first frame inside."""
        for frame in self._coming:
            if not self._stretch.is_after(frame.moment):
                self._first = [frame]
                break
            self._before = [frame]
        return self._stretch.is_first or bool(self._before)

    def __iter__(self) -> Iterator[Frame]:
        yield from self._before
        last: Seconds | None = None
        for frame in chain(self._first, self._coming):
            if last is not None and frame.moment <= last:
                self.doubled += 1
            elif self._stretch.holds(frame.moment):
                self.shown, last = self.shown + 1, frame.moment
                yield frame


def _account(running: Running, pictures: _Pictures) -> Account:
    """When all frames have come. Raises Fault when the decoder failed."""
    finished = running.finish()
    if finished.exit_status:
        raise Fault("tool-failed", f"the decoder ended with status {finished.exit_status}")
    return Account(pictures.shown, pictures.doubled, complains(finished.untrusted_stderr))


def small_size(width: int, height: int) -> tuple[int, int]:
    """Width and height (pixels, even) of a picture made to fit `LONGEST_SIDE`; never larger than it was."""
    scale = min(Fraction(1), Fraction(LONGEST_SIDE, max(width, height)))
    across, down = (max(2, int(side * scale) // 2 * 2) for side in (width, height))
    return across, down


def decode_flags(media: MediaFile, stretch: Stretch, seek: Seconds = _FROM_THE_START) -> list[str]:
    """What to tell ffmpeg. The picture's rotation is undone by it before our filter, which is its default."""
    until = "" if stretch.is_last else f"trim=end={decimal(stretch.span.end + _RUN_OUT)}"
    return [
        *("-loglevel", "error"),  # what is read of stderr are faults only
        *untrusted_input_flags(),  # no format, codec or protocol that we did not name
        *_thread_flags(media.video),
        *("-copyts", "-start_at_zero"),  # times as when all of the film is read, wherever reading begins
        *(_seek_flags(seek) if seek else []),
        *("-i", "file:/in/src"),
        *("-max_error_rate", "1"),  # how much is damaged is for us to judge
        *(_picture_flags(media.video, until) if media.video is not None else []),
        *(_sound_flags(media.audio, until) if media.audio is not None else []),
    ]


def _thread_flags(video: VideoTrack | None) -> list[str]:
    if video is None or video.width * video.height > _LARGE:
        return []
    return [
        *("-threads", "1"),  # decoding in two takes a third more of the processor, and detectors are busy meanwhile
        *("-filter_threads", "1"),
    ]


def _seek(media: MediaFile, stretch: Stretch) -> Seconds:
    """Where reading is to begin so that the frame before the stretch is surely decoded."""
    if media.video is None or stretch.is_first:
        return _FROM_THE_START
    early = stretch.span.start - max(_RUN_UP, 20 / media.video.rate)
    return early if early > _SEEK_FROM else _FROM_THE_START


def _seek_flags(seek: Seconds) -> list[str]:
    return [
        "-noaccurate_seek",  # hands over all from the key frame on: the frame before may have been shown for long
        *("-ss", decimal(seek)),  # where that key frame is looked for
    ]


def _picture_flags(video: VideoTrack, until: str) -> list[str]:
    width, height = size = small_size(video.width, video.height)
    # "area" averages, so that nothing small falls between pixels. The film's own matrix stays, and is handed on: ffmpeg's
    # bringing every frame to one cost as much as making it small, and few are looked at
    small = f"scale={width}:{height}:flags=area:out_range=tv,format=yuv420p"
    small += ",setparams=color_primaries=bt709:color_trc=bt709"  # else the matrix is not told of; the pixels stay
    return [
        *("-map", f"0:{video.index}"),  # the one picture track that is published
        # what is after the stretch is not even made smaller
        *("-vf", until + "," * bool(until) + as_shown_text(video, size) + small),
        *("-fps_mode", "passthrough"),  # every decoded frame once: none doubled, none dropped
        *("-enc_time_base", "demux"),  # times in the file's own ticks, so that none is rounded
        *("-c:v", "rawvideo"),
        *FRAGMENTED_FLAGS,
        "pipe:1",
    ]


def _sound_flags(audio: AudioTrack, until: str) -> list[str]:
    """The sound is decoded only for what the decoder says of it."""
    return [
        *("-map", f"0:{audio.index}"),
        *(["-af", f"a{until}"] if until else []),  # else it would be read to its end, and the pictures with it
        *("-f", "null"),
        "-",
    ]


def _frames(running: Running, video: VideoTrack | None, stretch: Stretch) -> Iterator[Frame]:
    """What is decoded, as it comes; nothing of a sound recording."""
    if video is None:
        return
    size = small_size(video.width, video.height)
    # of a film in one stretch only the times since its first frame are asked for: nobody else's must agree
    zero: Seconds | None = None if stretch.is_last and stretch.is_first else video.start
    is_first = True
    coming = Fragments(running.stdout, size[0] * size[1] * 3 // 2)
    for time, raw in coming:
        zero = time if zero is None else zero
        moment = _moment(video, time - zero)
        if stretch.is_first and is_first and moment != video.start:
            raise Fault("tool-failed", "the film does not begin when it was said to: its stretches would not fit")
        is_first = False
        yield Frame(moment, split_planes(raw, *size, weights_of(coming.matrix)))


def _moment(video: VideoTrack, since_first: Seconds) -> Seconds:
    """When a frame is shown: by the grid where there is one, else by its own time."""
    if not video.constant_rate:
        return video.start + since_first
    number = round(since_first * video.rate)
    if number > video.frames - 1 + MISCOUNT or abs(since_first - number / video.rate) * video.rate >= _OFF_GRID:
        raise Fault("tool-failed", "a frame does not lie on the film's grid")
    return frame_time(number, video.rate, video.start)


def _limits(length: Seconds) -> Limits:
    """Room for 2304 lines of HEVC on the slowest machine we know, and an end for work that never ends."""
    return Limits(
        cpu_seconds=600 + 20 * round(length),
        address_space=16 << 30,  # a decoder reserves some 64 MiB a thread, and has one or two for each processor
    )
