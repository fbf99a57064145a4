"""Whether two files carry the same coded packets: what is proven of one is then true of the other."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

from media_pipeline.adapters.process import Door, Limits, Mounts
from media_pipeline.adapters.untrusted import UNTRUSTED_INPUT_FLAGS
from media_pipeline.core.errors import Fault
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.watch import Watch

_SHIFT = Fraction(1, 1000)
"""Seconds by which a copy may be early or late: sound and pictures, which are played from two files, stay together."""

_LONGEST_LINE = 1 << 12
"""Bytes of a line that ffmpeg prints for a packet: a hundred or two."""

_MOST_STREAMS = 8

_AAC_SAMPLES = 1024
"""Samples in a packet of AAC-LC."""

_LIMITS = Limits(cpu_seconds=3600, address_space=8 << 30, open_files=64)


@dataclass(slots=True)
class _Stream:
    """What one stream carries, in the order decoded."""

    codec: str = ""
    """Its own and ffmpeg's name of the coding."""

    setup: str = ""
    """Size and hash of what a decoder is set up with."""

    tick: Fraction = Fraction(1)
    """Seconds of one tick."""

    packets: Any = field(default_factory=sha256)
    """Running hash of each packet's size and hash."""

    times: array[int] = field(default_factory=lambda: array("q"))
    """When each packet is shown, in ticks."""

    def same_as(self, other: _Stream) -> bool:
        """Whether the packets are the same, and set up alike."""
        return (
            bool(self.times)
            and (self.codec, self.setup, len(self.times)) == (other.codec, other.setup, len(other.times))
            and self.packets.digest() == other.packets.digest()
        )

    def shifts(self, other: _Stream) -> tuple[Fraction, Fraction]:
        """The least and the greatest time (s) by which `other` shows a packet later."""
        moves = [b * other.tick - a * self.tick for a, b in zip(self.times, other.times, strict=True)]
        return min(moves), max(moves)


class PacketReader:
    """Lists packets with ffmpeg, behind the door, without decoding them."""

    def __init__(self, door: Door, ffmpeg: Path) -> None:
        self._door, self._ffmpeg = door, ffmpeg

    def same_streams(self, film: Path, other: Path, watch: Watch) -> bool:
        """Whether `other` carries one stream and nothing else, and that is the film's: its packets at its times.

        Raises Fault and Cancelled.
        """
        ours, theirs = self._streams(film, watch), self._streams(other, watch)
        if ours is None or theirs is None or len(theirs) != 1:
            return False
        twins = [stream for stream in ours if stream.same_as(theirs[0])]
        return len(twins) == 1 and max(map(abs, twins[0].shifts(theirs[0]))) <= _SHIFT

    def pictures(self, film: Path, ignore_edit_list: bool, watch: Watch) -> str | None:
        """A digest of the picture track's packets, of their times from the first on, and of which are not shown.

        Equal digests with and without the edit list mean that it hides nothing: decoding gives the same frames. None when
        the file cannot be read. Raises Fault and Cancelled.
        """
        listed = self._listed(film, "0:v:0", ignore_edit_list, watch)
        return None if listed is None else listed[0]

    def sound(self, film: Path, watch: Watch) -> tuple[str, Seconds] | None:
        """A digest of the sound track's packets and of when they are heard, and the seconds of sound in all packets.

        Those count what an edit list hides. None when the file cannot be read. Raises Fault and Cancelled.
        """
        heard = self._listed(film, "0:a:0", False, watch, absolute=True)
        whole = self._listed(film, "0:a:0", True, watch)
        return None if heard is None or whole is None else (heard[0], whole[1])

    def _listed(
        self, film: Path, stream: str, ignore_edit_list: bool, watch: Watch, *, absolute: bool = False
    ) -> tuple[str, Seconds] | None:
        """A digest of a track's packets, and how long they are at the least; None when the file cannot be read."""
        reading = ["-ignore_editlist", "1"] if ignore_edit_list else []
        argv = [*reading, *_input(_FILM), "-map", stream, "-c", "copy", "-f", "framecrc", "pipe:1"]
        digest, first, count, rate, length, tick = sha256(), None, 0, 0, 0, Fraction(1)
        try:
            for line in self._lines(argv, Mounts(inputs={"src": film}), watch):
                if line.startswith("#"):
                    rate = int(line.split()[-1]) if line.startswith("#sample_rate 0:") else rate
                    tick = Fraction(line.split()[-1]) if line.startswith("#tb 0:") else tick
                    continue
                _, dts, pts, duration, *rest = (part.strip() for part in line.split(","))
                first = (0 if absolute else int(dts)) if first is None else first
                digest.update(f"{int(dts) - first},{int(pts) - first},{duration},{','.join(rest)}\n".encode("ascii"))
                count, length = count + 1, length + int(duration)
        except (Fault, ValueError, ZeroDivisionError) as trouble:
            _only_unreadable(trouble)
            return None
        if not count:
            return None
        # a file may say that its packets are short: AAC's hold 1024 samples whatever it says
        return digest.hexdigest(), max(length * tick, Fraction(_AAC_SAMPLES * count, rate) if rate else Fraction(0))

    def _streams(self, path: Path, watch: Watch) -> list[_Stream] | None:
        """Every stream of a file, in the order of their numbers; None when it cannot be read."""
        # times as they are: otherwise every file's would begin at 0
        argv = ["-copyts", *_input(_FILM), "-map", "0", "-c", "copy", "-f", "framehash", "-hash", "sha256", "pipe:1"]
        mounts = Mounts(inputs={"src": path})
        streams: dict[int, _Stream] = {}
        try:
            for line in self._lines(argv, mounts, watch):
                _read_line(line, streams)
        except (Fault, ValueError, ZeroDivisionError) as trouble:
            _only_unreadable(trouble)
            return None
        return [streams[number] for number in sorted(streams)]

    def _lines(self, argv: list[str], mounts: Mounts, watch: Watch) -> Iterator[str]:
        """What ffmpeg prints. Raises ValueError for anything but short lines of ASCII."""
        flags = ["-loglevel", "error", "-xerror", *argv]
        with self._door.stream(self._ffmpeg, flags, mounts, _LIMITS, watch) as running:
            while line := running.stdout.readline(_LONGEST_LINE):
                if not line.endswith(b"\n"):
                    raise ValueError("a line without an end")
                yield line.decode("ascii")


_FILM: Mapping[str, str] = {**UNTRUSTED_INPUT_FLAGS, "f": "mov"}
"""Finished files are of the MP4 family, whatever their bytes look like."""


def _input(flags: Mapping[str, str]) -> list[str]:
    return [item for name, value in flags.items() for item in (f"-{name}", value)] + ["-i", "file:/in/src"]


def _read_line(line: str, streams: dict[int, _Stream]) -> None:
    """One line of `framehash`: a packet, or one of the facts that stand before the packets."""
    if not line.startswith("#"):
        number, _, pts, _, size, digest, *_ = (part.strip() for part in line.split(","))
        stream = streams[int(number)] if int(number) in streams else _unknown()
        stream.times.append(int(pts))
        stream.packets.update(f"{size},{digest}\n".encode("ascii"))
        return
    word, _, fact = line.removeprefix("#").partition(" ")
    if word not in ("extradata", "tb", "media_type", "codec_id"):
        return
    number, _, value = fact.partition(",") if word == "extradata" else fact.partition(":")
    if int(number) not in streams and len(streams) == _MOST_STREAMS:
        raise ValueError("too many streams")
    stream = streams.setdefault(int(number), _Stream())
    if word == "tb":
        stream.tick = Fraction(value.strip())
    elif word == "extradata":
        stream.setup = value.strip()
    else:
        stream.codec += value.strip() + " "


def _unknown() -> _Stream:
    raise ValueError("a packet of a stream that was not announced")


def _only_unreadable(trouble: Exception) -> None:
    """Goes on when a finished file is at fault, which is an answer; raises whatever is the machine's or a person's doing."""
    if isinstance(trouble, Fault) and trouble.code != "tool-failed":
        raise trouble
