"""Whether two files carry the same coded packets: what is proven of one is then true of the other."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from hashlib import sha256
from math import lcm
from pathlib import Path
from typing import Any

from media_pipeline.adapters.process import Door, Limits, Mounts
from media_pipeline.adapters.proof.decoding import FileState, file_state
from media_pipeline.adapters.untrusted import UNTRUSTED_INPUT_FLAGS
from media_pipeline.core.errors import Fault
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.watch import Watch

_SHIFT = Fraction(1, 1000)
"""Seconds by which a copy may be early or late: sound and pictures, which are played from two files, stay together."""

_LONGEST_LINE = 1 << 12
"""Bytes of a line that ffmpeg prints for a packet: a hundred or two."""

_MOST_STREAMS = 8

_HASH = 16
"""Bytes of a MurmurHash3: a quarter of the time that SHA-256 takes. Both files are ours, and nobody has made a packet to fit."""

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

    packets: bytearray = field(default_factory=bytearray)
    """Each packet's hash."""

    times: array[int] = field(default_factory=lambda: array("q"))
    """When each packet is shown, in ticks."""

    @property
    def from_zero(self) -> _Stream:
        """The same without what lies before time 0."""
        later = [place for place, time in enumerate(self.times) if time >= 0]
        hashes = (self.packets[_HASH * place : _HASH * (place + 1)] for place in later)
        times = array("q", (self.times[place] for place in later))
        return replace(self, packets=bytearray(b"").join(hashes), times=times)

    def same_as(self, other: _Stream) -> bool:
        """Whether the packets are the same, and set up alike."""
        return (
            bool(self.times)
            and (self.codec, self.setup, len(self.times)) == (other.codec, other.setup, len(other.times))
            and self.packets == other.packets
        )

    def shifts(self, other: _Stream) -> tuple[Fraction, Fraction]:
        """The least and the greatest time (s) by which `other` shows a packet later."""
        # in whole numbers of a tick that divides both: fractions cost a hundred times as much
        common = lcm(self.tick.denominator, other.tick.denominator)
        ours, theirs = int(self.tick * common), int(other.tick * common)
        moves = [b * theirs - a * ours for a, b in zip(self.times, other.times, strict=True)]
        return Fraction(min(moves), common), Fraction(max(moves), common)


@dataclass(slots=True)
class _Listed:
    """What is listed of one track, in the order stored."""

    digest: Any = field(default_factory=sha256)
    """Running hash of its packets and of their times from the first on."""

    first: int | None = None
    """When its first packet is decoded, in ticks."""

    rate: int = 0
    """Hz, of sound."""

    tick: Fraction = Fraction(1)
    """Seconds of one tick."""

    count: int = 0
    """Packets."""

    ticks: int = 0
    """How long they say they are."""

    def note(self, dts: int, pts: int, duration: str, rest: list[str]) -> None:
        """One packet more."""
        self.first = dts if self.first is None else self.first
        line = f"{dts - self.first},{pts - self.first},{duration},{','.join(rest)}\n"
        self.digest.update(line.encode("ascii"))
        self.count, self.ticks = self.count + 1, self.ticks + int(duration)

    @property
    def length(self) -> Seconds:
        """Seconds at the least: a file may say that its packets are short, but AAC's hold 1024 samples whatever it says."""
        coded = Fraction(_AAC_SAMPLES * self.count, self.rate) if self.rate else Fraction(0)
        return max(self.ticks * self.tick, coded)


class PacketReader:
    """Lists packets with ffmpeg, behind the door, without decoding them; each file once until `forget`."""

    def __init__(self, door: Door, ffmpeg: Path) -> None:
        self._door, self._ffmpeg = door, ffmpeg
        self.forget()

    def forget(self) -> None:
        """Files may have changed."""
        self._carried: dict[FileState, list[_Stream] | None] = {}
        self._listed: dict[tuple[FileState, bool], dict[str, _Listed] | None] = {}

    def same_streams(self, film: Path, other: Path, watch: Watch) -> bool:
        """Whether `other` carries one stream and nothing else, and that is the film's: its packets at its times.

        A track file has none of the time before 0, in which sound has its priming and pictures nothing. Raises Fault and Cancelled.
        """
        ours, theirs = self._streams(film, watch), self._streams(other, watch)
        if ours is None or theirs is None or len(theirs) != 1:
            return False
        if other.suffix == ".m4s":
            ours = [stream.from_zero for stream in ours]
        twins = [stream for stream in ours if stream.same_as(theirs[0])]
        return len(twins) == 1 and max(map(abs, twins[0].shifts(theirs[0]))) <= _SHIFT

    def pictures(self, film: Path, ignore_edit_list: bool, watch: Watch) -> str | None:
        """A digest of the picture track's packets, of their times from the first on, and of which are not shown.

        Equal digests with and without the edit list mean that it hides nothing: decoding gives the same frames. None when
        the file cannot be read. Raises Fault and Cancelled.
        """
        listed = self._tracks(film, ignore_edit_list, watch).get("video")
        return None if listed is None else str(listed.digest.hexdigest())

    def sound(self, film: Path, watch: Watch) -> tuple[str, Seconds] | None:
        """A digest of the sound track's packets and of when they are heard, and the seconds of sound in all packets.

        Those count what an edit list hides. None when the file cannot be read. Raises Fault and Cancelled.
        """
        heard, whole = (self._tracks(film, ignore, watch).get("audio") for ignore in (False, True))
        carried = [stream for stream in self._streams(film, watch) or () if "audio" in stream.codec]
        if heard is None or whole is None or not carried:
            return None
        # what was listened to once is not listened to again: a checksum of 32 bits would not be enough
        packets = sha256(carried[0].packets).hexdigest()
        return f"{heard.first} {heard.digest.hexdigest()} {packets}", whole.length

    def _tracks(self, film: Path, ignore_edit_list: bool, watch: Watch) -> dict[str, _Listed]:
        """The first track of each kind ("video", "audio"); none when the file cannot be read."""
        known = file_state(film), ignore_edit_list
        if known not in self._listed:
            reading = ["-ignore_editlist", "1"] if ignore_edit_list else []
            argv = [*reading, *_input(_FILM), "-map", "0", "-c", "copy", *_MANY_LINES, "-f", "framecrc", "pipe:1"]
            try:
                self._listed[known] = _read_tracks(self._lines(argv, Mounts(inputs={"src": film}), watch))
            except (Fault, ValueError, ZeroDivisionError) as trouble:
                _only_unreadable(trouble)
                self._listed[known] = None
        return self._listed[known] or {}

    def _streams(self, path: Path, watch: Watch) -> list[_Stream] | None:
        """Every stream of a file, in the order of their numbers; None when it cannot be read."""
        known = file_state(path)
        if known not in self._carried:
            # times as they are: otherwise every file's would begin at 0
            argv = [
                "-copyts",
                *_input(_FILM),
                "-map",
                "0",
                "-c",
                "copy",
                *_MANY_LINES,
                "-f",
                "framehash",
                "-hash",
                "murmur3",
                "pipe:1",
            ]
            try:
                self._carried[known] = _read_streams(self._lines(argv, Mounts(inputs={"src": path}), watch))
            except (Fault, ValueError, ZeroDivisionError) as trouble:
                _only_unreadable(trouble)
                self._carried[known] = None
        return self._carried[known]

    def _lines(self, argv: list[str], mounts: Mounts, watch: Watch) -> Iterator[str]:
        """What ffmpeg prints. Raises ValueError for anything but short lines of ASCII."""
        flags = ["-loglevel", "error", "-xerror", *argv]
        with self._door.stream(self._ffmpeg, flags, mounts, _LIMITS, watch) as running:
            while line := running.stdout.readline(_LONGEST_LINE):
                if not line.endswith(b"\n"):
                    raise ValueError("a line without an end")
                yield line.decode("ascii")


_MANY_LINES = ("-flush_packets", "0")
"""Lines are written many at once."""

_FILM: Mapping[str, str] = {**UNTRUSTED_INPUT_FLAGS, "f": "mov"}
"""Finished files are of the MP4 family, whatever their bytes look like."""


def _input(flags: Mapping[str, str]) -> list[str]:
    return [item for name, value in flags.items() for item in (f"-{name}", value)] + ["-i", "file:/in/src"]


def _read_streams(lines: Iterator[str]) -> list[_Stream]:
    """What `framehash` prints: facts of every stream, then the packets."""
    streams: dict[int, _Stream] = {}
    for line in lines:
        if line.startswith("#"):
            _note_fact(line, streams)
            continue
        number, _, pts, _, _, digest, *_ = line.split(",")
        stream = streams[int(number)] if int(number) in streams else _unknown()
        stream.times.append(int(pts))
        stream.packets += bytes.fromhex(digest.strip())
    return [streams[number] for number in sorted(streams)]


def _note_fact(line: str, streams: dict[int, _Stream]) -> None:
    """A line before the packets."""
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


def _read_tracks(lines: Iterator[str]) -> dict[str, _Listed]:
    """What `framecrc` prints, of the first track of each kind."""
    kinds: dict[str, str] = {}
    facts: defaultdict[str, dict[str, str]] = defaultdict(dict)
    tracks: dict[str, _Listed] = {}
    for line in lines:
        if line.startswith("#"):
            word, _, fact = line.removeprefix("#").partition(" ")
            number, _, value = fact.partition(":")
            facts[number][word] = value.strip()
            if word == "media_type" and value.strip() not in kinds.values():
                kinds[number] = value.strip()
            continue
        number, dts, pts, duration, *rest = line.split(",")
        if number not in kinds:
            continue
        track = tracks.setdefault(kinds[number], _Listed())
        track.note(int(dts), int(pts), duration, rest)
    for number, kind in kinds.items():
        if kind in tracks:
            tracks[kind].tick = Fraction(facts[number].get("tb", "1"))
            tracks[kind].rate = int(facts[number].get("sample_rate", "0"))
    return tracks


def _unknown() -> _Stream:
    raise ValueError("a packet of a stream that was not announced")


def _only_unreadable(trouble: Exception) -> None:
    """Goes on when a finished file is at fault, which is an answer; raises whatever is the machine's or a person's doing."""
    if isinstance(trouble, Fault) and trouble.code != "tool-failed":
        raise trouble
