"""Asks ffprobe and ffmpeg about one untrusted file, within a purse of processor time that grows with the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from media_pipeline.adapters.frame_times import Packets
from media_pipeline.adapters.process import Door, Finished, Limits, Mounts, Over
from media_pipeline.adapters.untrusted import untrusted_input, untrusted_probe_input
from media_pipeline.core.errors import Cancelled, Fault, Hostile, Refused
from media_pipeline.ports.watch import Watch

_PURSE_SECONDS = 3
"""Processor seconds for any file: a phone's film takes 0.3."""

_BYTES_A_SECOND = 20_000_000
"""And a second more for each of these: reading the packets of a gigabyte takes about 3."""

_MOST_FRAMES = 2_000_000
"""Nine hours at 60 frames a second."""

_LONGEST_LINE = 1000
"""Bytes; ffprobe's are under 60."""

_PROGRESS_EVERY = 2000
"""Packets between two words to the watch."""

_LOOKED_AT = 12
"""Frames that are decoded to see whether they are interlaced."""

_NONSENSE = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading an answer raises that no sound tool gives."""

_HEADER = (
    "format=duration"
    ":stream=index,codec_type,codec_name,codec_tag_string,width,height,sample_rate,channels"
    ",r_frame_rate,avg_frame_rate,time_base,nb_frames,duration_ts,color_transfer,field_order"
    ":stream_disposition=attached_pic,still_image,timed_thumbnails"
    ":stream_tags=enc_key_id"
)
"""What ffprobe is asked for: numbers and names of codings, and of the tags only Matroska's mark of encryption."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A track as the container describes it."""

    index: int
    """Its number in the file."""

    kind: str
    """`video`, `audio`, `subtitle`, `data` …"""

    codec: str
    """ffprobe's name of its coding; empty when unknown."""

    tag: str
    """The container's own name of its coding."""

    tick: Fraction
    """Seconds a tick of its clock."""

    claimed_rates: tuple[Fraction, ...]
    """Frames a second, as the container and ffprobe's first look have it."""

    claimed_count: int
    """Frames that the index speaks of; 0 when it does not."""

    claimed_end: int
    """Ticks that it is said to last; 0 when that is not said."""

    pixels: int
    """Width × height as the container has it; 0 for other than pictures."""

    sample_rate: int
    """Hz; 0 for other than sound."""

    channels: int
    """Channels of sound."""

    transfer: str
    """ffprobe's name of what levels mean as light; empty when nothing says so."""

    field_order: str
    """`progressive`, `tt`, `bb`, `tb`, `bt`; empty when nothing says so."""

    is_picture: bool
    """Whether this is a cover or a thumbnail, not a film."""

    is_locked: bool
    """Whether it is encrypted."""


@dataclass(frozen=True, slots=True)
class FirstFrame:
    """The first that a decoder makes of a track: a frame, or a piece of sound."""

    moment: Fraction
    """Seconds."""

    width: int
    """Pixels across after rotation; 0 for sound."""

    height: int
    """Pixels down after rotation; 0 for sound."""

    pixel_shape: Fraction
    """Width of a pixel by its height, after rotation."""


class Probing:
    """One file, its tools and what is left in its purse."""

    def __init__(self, door: Door, ffprobe: Path, ffmpeg: Path, source: Path, watch: Watch) -> None:
        self._door, self._ffprobe, self._ffmpeg, self._watch = door, ffprobe, ffmpeg, watch
        self._mounts = Mounts({"src": source})
        self._size = source.stat().st_size
        self._purse = _PURSE_SECONDS + self._size / _BYTES_A_SECOND

    def header(self) -> tuple[tuple[Stream, ...], Fraction]:
        """The tracks, and how many seconds they are said to last (0: unknown). Raises `Refused` or `Hostile`."""
        argv = ["-v", "error", "-show_entries", _HEADER, "-of", "json", *untrusted_probe_input("src")]
        finished = self._run(self._ffprobe, argv)
        if finished.exit_status:
            raise _why(finished.untrusted_stderr)
        with self._judging():
            answer = json.loads(finished.untrusted_stdout)
            streams = tuple(_stream(raw) for raw in answer.get("streams", ()))
            film_length = _fraction(answer.get("format", {}).get("duration"))
        if any(stream.claimed_count > self._size for stream in streams):
            raise Hostile("bomb")  # a frame is at least a byte
        return streams, film_length

    def first_frame(self, stream: Stream, *, container_clock: bool) -> FirstFrame | None:
        """Decodes until the first frame. None when there is none to decode, though nothing is damaged.

        `moment` is on the film's clock, where ffmpeg puts it when it reads the file plainly, or on the container's own.
        Raises `Refused` for a damaged track.
        """
        argv = [
            *("-v", "error"),
            "-nostdin",
            *(["-copyts"] if container_clock else []),
            *untrusted_input("src"),
            *("-map", f"0:{stream.index}"),
            *("-frames", "1"),
            # neither repeats nor drops a frame to come to a rate, and keeps the track's own ticks
            *(["-fps_mode", "passthrough", "-enc_time_base", "demux"] if stream.kind == "video" else []),
            *("-f", "framecrc", "pipe:1"),  # one line a frame: track, dts, pts, duration, size, checksum
        ]
        finished = self._run(self._ffmpeg, argv)
        with self._judging():
            frame = _first_frame(finished.untrusted_stdout.decode("ascii", "replace"))
        if frame is None and finished.exit_status:
            raise _why(finished.untrusted_stderr)
        return frame

    def any_interlaced(self, stream: Stream) -> bool:
        """Whether a decoder finds two half pictures in one of the first frames."""
        argv = [
            *("-v", "error"),
            *("-select_streams", str(stream.index)),
            *("-read_intervals", f"%+#{_LOOKED_AT}"),
            *("-show_entries", "frame=interlaced_frame"),
            *("-of", "json"),
            *untrusted_probe_input("src"),
        ]
        finished = self._run(self._ffprobe, argv)
        with self._judging():
            frames = json.loads(finished.untrusted_stdout).get("frames", ())
            return any(frame.get("interlaced_frame") for frame in frames)

    def packets(self, stream: Stream, film_length: Fraction, watch: Watch) -> Packets:
        """When each packet that is shown is shown. Raises `Refused` when data is missing, `Hostile` for absurd counts."""
        argv = [
            *("-v", "error"),
            *("-select_streams", str(stream.index)),
            *("-show_entries", "packet=pts,duration,flags"),
            *("-of", "csv=p=0"),  # a line a packet
            *untrusted_probe_input("src"),
        ]
        packets = Packets()
        with (
            self._judging(),
            self._door.stream(self._ffprobe, argv, self._mounts, self._limits(), self._watch) as running,
        ):
            lines = iter(lambda: running.stdout.readline(_LONGEST_LINE), b"")
            for number, line in enumerate(lines):
                if number > self._size:
                    raise Hostile("bomb")
                if number > _MOST_FRAMES:
                    raise Refused("too-long")
                pts, duration, flags, *_ = *line.rstrip().split(b","), b"", b""
                if b"C" in flags or not pts.lstrip(b"-").isdigit():  # only a part of it is there, or it has no time
                    raise Refused("truncated")
                if b"D" not in flags:  # else an edit list hides it
                    packets.add(int(pts), int(duration) if duration.isdigit() else 0)
                if number % _PROGRESS_EVERY == 0 and film_length > 0:
                    watch.progress(min(Fraction(1), max(Fraction(0), int(pts) * stream.tick / film_length)))
            finished = running.finish()
        self._purse -= finished.cpu_seconds
        if finished.exit_status:
            raise Refused("truncated")
        return packets

    def _run(self, tool: Path, argv: list[str]) -> Finished:
        with self._judging():
            finished = self._door.run(tool, argv, self._mounts, self._limits(), self._watch)
        self._purse -= finished.cpu_seconds
        return finished

    def _limits(self) -> Limits:
        # by the clock there is much more: a busy machine or a slow disk is not the file's fault
        return Limits(cpu_seconds=max(1, int(self._purse)), wall_seconds=120 + 20 * self._purse)

    @contextmanager
    def _judging(self) -> Iterator[None]:
        """Tells a file that would exhaust or confuse us from trouble of our own."""
        try:
            yield
        except Cancelled:
            raise
        except _NONSENSE:
            raise Refused("not-a-film") from None
        except Fault as fault:
            if fault.detail == Over.CPU:
                raise Refused("too-slow-to-read") from None
            if fault.detail == Over.OUTPUT:
                raise Hostile("bomb") from None
            raise


def _why(untrusted_words: bytes) -> Refused | Fault:
    """What to say of a file that a tool could not read."""
    if b"max_streams" in untrusted_words:
        return Hostile("bomb")
    if b"max pixel count" in untrusted_words:
        return Refused("too-large-picture")
    if b"not on whitelist" in untrusted_words:
        return Refused("codec")
    if b"Permission denied" in untrusted_words:
        return Fault("tool-failed", "the sandbox may not read the file; run this as the file's owner")
    return Refused("truncated")


def _stream(raw: dict[str, Any]) -> Stream:
    rates = (_fraction(raw.get("r_frame_rate")), _fraction(raw.get("avg_frame_rate")))
    disposition = raw.get("disposition", {})
    return Stream(
        index=int(raw["index"]),
        kind=str(raw.get("codec_type", "")),
        codec=str(raw.get("codec_name", "")),
        tag=str(raw.get("codec_tag_string", "")),
        tick=_fraction(raw.get("time_base")) or Fraction(1, 1000),
        claimed_rates=tuple(rate for rate in rates if rate > 0),
        claimed_count=int(raw.get("nb_frames", 0)),
        claimed_end=int(raw.get("duration_ts", 0)),
        pixels=int(raw.get("width", 0)) * int(raw.get("height", 0)),
        sample_rate=int(raw.get("sample_rate", 0)),
        channels=int(raw.get("channels", 0)),
        transfer=str(raw.get("color_transfer", "")),
        field_order=str(raw.get("field_order", "")),
        is_picture=any(disposition.get(key) for key in ("attached_pic", "still_image", "timed_thumbnails")),
        is_locked="enc_key_id" in raw.get("tags", {}),
    )


def _first_frame(untrusted_lines: str) -> FirstFrame | None:
    """Reads framecrc: `#name 0: value` lines, then one line a frame."""
    heads: dict[str, str] = {}
    for line in untrusted_lines.splitlines():
        if line.startswith("#"):
            name, _, value = line.removeprefix("#").partition(" 0: ")
            heads[name] = value
            continue
        pts = int(line.split(",")[2])
        width, _, height = heads.get("dimensions", "0x0").partition("x")
        shape = _fraction(heads.get("sar")) or Fraction(1)  # 0/1: unknown, so square
        return FirstFrame(pts * _fraction(heads.get("tb")), int(width), int(height), shape)
    return None


def _fraction(text: str | None) -> Fraction:
    """A number of ffprobe's: `30000/1001`, `4.010000`; 0 for `0/0`, `N/A` and nothing."""
    if not text or text == "N/A" or text.endswith("/0"):
        return Fraction(0)
    return Fraction(text)
