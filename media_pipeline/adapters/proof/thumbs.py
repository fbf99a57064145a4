"""Every frame of a film as a picture of 64 × 36 grey pixels, with its time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import numpy.typing as npt

from media_pipeline.adapters.detectors.fragments import FRAGMENTED_FLAGS, Fragments
from media_pipeline.adapters.process import Door, Mounts
from media_pipeline.adapters.proof.decoding import ALONE, complains, limits
from media_pipeline.adapters.proof.pictures import Pictures, Size
from media_pipeline.adapters.untrusted import untrusted_input
from media_pipeline.core.errors import Fault
from media_pipeline.core.media import Light, VideoTrack
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.watch import Watch

_LONG, _SHORT = 64, 36
"""Pixels along the longer and the shorter side of a small picture, whatever the film's exact shape."""


@dataclass(frozen=True, slots=True)
class Thumbs:
    """All frames of a film, in the order shown."""

    pictures: Pictures
    """The frames; in a nameless temporary file that is gone with this object."""

    times: npt.NDArray[np.float64]
    """Seconds from the first frame to each."""

    complained: bool = False
    """Whether the decoder found fault with anything."""

    def __len__(self) -> int:
        return len(self.pictures)


class ThumbReader:
    """Decodes films and pictures with ffmpeg, behind the door."""

    def __init__(self, door: Door, ffmpeg: Path) -> None:
        self._door, self._ffmpeg = door, ffmpeg

    def film(
        self,
        path: Path,
        stream: str,
        size: Size,
        length: Seconds,
        watch: Watch,
        reading: tuple[str, ...] = (),
        shown: str = "",
    ) -> Thumbs:
        """Every frame of `stream` (as for `-map`), made `size`; `reading` are flags for the input, `shown` as by `as_seen`.

        `length` (s) is for progress and limits. Raises Fault ("tool-failed" when the film cannot be decoded to its end) and Cancelled.
        """
        argv = [
            *("-loglevel", "error"),  # what is read of stderr are faults only
            *("-max_error_rate", "1"),  # how much is lost is for us to judge
            *ALONE,
            *reading,
            *untrusted_input("src"),
            *("-map", stream),
            *("-vf", shown + _small(size)),
            *("-fps_mode", "passthrough"),  # every decoded frame once: none doubled, none dropped
            *("-enc_time_base", "demux"),  # times in the file's own ticks, so that none is rounded
            *("-c:v", "rawvideo"),
            *FRAGMENTED_FLAGS,
            "pipe:1",
        ]
        mounts = Mounts(inputs={"src": path})
        with self._door.stream(self._ffmpeg, argv, mounts, limits(length), watch, film_length=length) as running:
            thumbs = _gather(Fragments(running.stdout, size[0] * size[1] * 3 // 2), size)
            finished = running.finish()
        if finished.exit_status:
            raise Fault("tool-failed", f"the decoder ended with status {finished.exit_status}")
        return replace(thumbs, complained=complains(finished.untrusted_stderr))

    def numbered(
        self,
        path: Path,
        stream: str,
        size: Size,
        wanted: Sequence[tuple[int, int]],
        length: Seconds,
        watch: Watch,
        reading: tuple[str, ...] = (),
        shown: str = "",
    ) -> Iterator[tuple[int, Pictures]]:
        """The luma (rows × columns) of the frames from (first, end) to the last of `wanted`, sorted and apart, each with its
        number from 0 on, made `shown` by filters and `size`. Raises Fault, also when one is missing, and Cancelled.
        """
        chosen = _few(wanted)
        terms = "+".join(rf"between(n\,{first}\,{end - 1})" for first, end in chosen)
        argv = [
            *("-loglevel", "error"),
            *ALONE,
            *reading,
            *untrusted_input("src"),
            *("-map", stream),
            *("-vf", f"select={terms},{shown}scale={size[0]}:{size[1]}:flags=area:out_range=full,format=yuv420p"),
            *("-fps_mode", "passthrough"),
            *("-frames:v", str(sum(end - first for first, end in chosen))),  # nothing is decoded after the last of them
            *("-f", "rawvideo"),
            "pipe:1",
        ]
        width, height = size
        luma, whole = width * height, width * height + 2 * ((width + 1) // 2) * ((height + 1) // 2)
        mounts = Mounts(inputs={"src": path})
        with self._door.stream(self._ffmpeg, argv, mounts, limits(length), watch, film_length=length) as running:
            for number in (number for first, end in chosen for number in range(first, end)):
                raw = running.stdout.read(whole)
                if len(raw) != whole:
                    raise Fault("tool-failed", "frames are missing in a second decoding")
                if any(first <= number < end for first, end in wanted):
                    yield number, np.frombuffer(raw, dtype=np.uint8, count=luma).reshape(height, width)

    def still(self, path: Path, size: Size, watch: Watch, *, scaled: bool) -> Pictures | None:
        """A JPEG's luma, rows × columns: made `size`, or as it is if it is not to be `scaled`.

        None when it cannot be decoded or has another size than `size`. Raises Fault and Cancelled.
        """
        width, height = size
        argv = [
            *("-loglevel", "error"),
            *("-protocol_whitelist", "file"),
            *("-f", "jpeg_pipe"),  # nothing but JPEG, whatever the bytes look like
            *("-codec_whitelist", "mjpeg"),
            *("-max_pixels", str(_MOST_STILL_PIXELS)),
            *("-i", "file:/in/src"),
            *("-vf", _small(size) if scaled else _LUMA),
            *("-f", "rawvideo"),
            "pipe:1",
        ]
        mounts, most = Mounts(inputs={"src": path}), 2 * _MOST_STILL_PIXELS
        finished = self._door.run(self._ffmpeg, argv, mounts, limits(Fraction(1)), watch, keep_stdout=most)
        luma, chroma = width * height, 2 * ((width + 1) // 2) * ((height + 1) // 2)
        if finished.exit_status or len(finished.untrusted_stdout) != luma + chroma:
            return None
        return np.frombuffer(finished.untrusted_stdout, dtype=np.uint8, count=luma).reshape(height, width)


_LUMA = "scale=out_range=full,format=yuv420p"
"""One range of brightness for every source: a full-range phone film and its finished copy would else be apart."""

_BEFORE_LIGHT = 16
"""Pixels across and down that become one, when light has been weighed."""

_MOST_TERMS = 50
"""Of an expression: with a hundred it fails."""

_MOST_STILL_PIXELS = 4096 * 2304


def small_size(plan: RenderPlan) -> Size:
    """How large the small pictures of a film are: lying or upright as the film itself."""
    upright = any(rendition.width < rendition.height for rendition in plan.renditions[:1])
    return (_SHORT, _LONG) if upright else (_LONG, _SHORT)


def worked_size(shown: Size) -> Size:
    """How large source frames are when the plan's boxes are drawn into them: as they are shown, 1080p at the most."""
    scale = min(1.0, 1920 / max(shown))
    return max(1, round(shown[0] * scale)), max(1, round(shown[1] * scale))


def _small(size: Size) -> str:
    # "area" averages all pixels under a small one: nothing falls between them, and coding noise cancels out.
    # Colours come along unused: scaled to grey alone, levels are up to 10 away from the true mean (measured), else 1
    return f"scale={size[0]}:{size[1]}:flags=area:out_range=full,format=yuv420p"


def as_seen(video: VideoTrack, size: Size) -> str:
    """Filters for the source before it is made `size`, so that its levels are those of an ordinary screen; often none.

    Said apart from the renderer, which must come to the same: of two half pictures the earlier, and high dynamic range
    with 203 nits as white, bent into SDR from 0.6 of that on, up to five times as bright.
    """
    whole = "separatefields,framestep=2," if video.interlaced else ""
    if video.light is Light.SDR:
        return whole
    transfer = {Light.PQ: "smpte2084", Light.HLG: "arib-std-b67"}[video.light]
    return whole + (
        # some way down first: weighing light costs ten times as much as averaging
        f"scale='min(iw,{_BEFORE_LIGHT * size[0]})':'min(ih,{_BEFORE_LIGHT * size[1]})':flags=area,"
        f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc,"
        "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,"
        "tonemap=mobius:param=0.6:peak=5:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p,"
    )


def _few(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same, with as many gaps filled, the shortest first, as one expression of ffmpeg can't hold."""
    gaps = sorted((later[0] - earlier[1], place) for place, (earlier, later) in enumerate(pairwise(ranges)))
    filled = {place for _, place in gaps[: max(0, len(ranges) - _MOST_TERMS)]}
    few: list[tuple[int, int]] = []
    for place, (first, end) in enumerate(ranges):
        if place - 1 in filled:
            few[-1] = few[-1][0], end
        else:
            few.append((first, end))
    return few


def _gather(frames: Iterable[tuple[Fraction, bytes]], size: Size) -> Thumbs:
    """The frames' luma in a file without a name: an hour of 30 fps is 249 MB, which need not stay in memory."""
    times: list[float] = []
    width, height = size
    try:
        with TemporaryFile() as file:
            for time, raw in frames:
                times.append(float(time))
                file.write(memoryview(raw)[: width * height])
            file.flush()
            pictures = np.zeros((0, height, width), dtype=np.uint8)
            if times:
                pictures = np.memmap(file, dtype=np.uint8, mode="r", shape=(len(times), height, width))
    except OSError:
        raise Fault("disk-full", "no room for temporary pictures") from None
    since_first = np.array(times, dtype=np.float64)
    return Thumbs(pictures, since_first - since_first[:1] if times else since_first)
