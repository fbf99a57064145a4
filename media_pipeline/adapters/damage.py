"""Which spans of a recording cannot be read: asked only about a recording of which a decoder has complained.

ffmpeg goes on after damage, and what it then leaves out shows in no exit status: in the finished film the frame before
would stand still, or sound fall silent. So ffprobe reads the whole file again, packet by packet, and tells of each
whether a frame came of it and what the decoder said meanwhile. Measured on films with a zeroed, a scrambled and a
sparsely changed fifth in the middle, with ffprobe 8:

    MP4, MOV         every lost packet is known from the index, and no frame comes of it
    MKV, WebM        the packets are gone too: bytes that belong to no packet tell where
    H.264, MPEG-4    frames that were patched up come with an error in the decoder's words
    HEVC, VP9, AV1   single changed bits are noticed by nobody: the picture is spoiled, and staff see it

What builds on a lost frame is lost as well, up to the next key frame. And damage seldom begins where it is first noticed:
HEVC, VP9 and AV1 make pictures of nonsense for some frames. So what is before it is lost too, back to the key frame, but
for a second at the most: in the zeroed and the scrambled films no broken frame was then left outside.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from media_pipeline.adapters.process import Door, Limits, Mounts
from media_pipeline.adapters.untrusted import untrusted_probe_input
from media_pipeline.core.errors import Fault, Refused
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.timebase import SNAP_TOLERANCE, Seconds
from media_pipeline.ports.watch import Watch

_LONGEST_LINE = 1 << 16
"""Bytes; a frame's line holds what its decoder said of it. A longer one is read as several, which mean nothing more."""

_MOST_LINES = 20_000_000
"""Of a film of two million frames, with sound."""

_OWNED_BY_NOBODY = 256
"""Bytes between two packets of a Matroska file: headers of clusters and blocks take some 60 at the most."""

_SPOILED_BEFORE = 4
"""Packets before such bytes that are lost with them: damage seldom begins between two."""

_UNNOTICED = Fraction(1)
"""Seconds for which decoders were seen to make pictures of nonsense before they noticed."""

_HARMLESS = (
    "mmco: unref short failure",  # a camera that forgets a frame twice
    "not on whitelist",  # of tracks that we do not read: covers, subtitles
    "rawvideo cannot be written to mov",  # said of every film by the writer of our own pipe, which we can read
    "Last message repeated",  # what is repeated is judged by itself
)
"""What is called an error and spoils no picture."""

_ENTRIES = (
    "packet=stream_index,pts,duration,size,pos,flags"
    ":frame=stream_index,best_effort_timestamp"
    ":log=level,message"
    ":stream=index,time_base"
    ":format=format_name"
)


@dataclass(slots=True)
class _Track:
    """One track, as it goes by. Times are ticks."""

    keys: array[int] = field(default_factory=lambda: array("q"))
    """When key frames are shown."""

    waiting: dict[int, int] = field(default_factory=dict)
    """Packets of which no frame has come yet: when they are shown, and for how long."""

    spoiled: list[tuple[int, int]] = field(default_factory=list)
    """From the frame that came with an error, to the packet that was read last."""

    torn: list[tuple[int, int]] = field(default_factory=list)
    """From what was read just before bytes that belong to nobody, to the packet after them."""

    first: int | None = None
    """When its first frame is shown."""

    last: int = 0
    """When its last frame is shown."""

    end: int = 0
    """When the latest packet ends."""

    latest: deque[int] = field(default_factory=lambda: deque(maxlen=_SPOILED_BEFORE))
    """When the packets that were read last are shown."""

    is_tearing: bool = False

    count: int = 0
    """How many packets have come."""

    def packet(self, pts: int, duration: int, flags: str) -> None:
        """One packet, in the order of decoding."""
        self.count += 1
        if self.is_tearing and pts > self.end:
            self.torn.append((min(self.latest, default=pts - 1), pts))
        self.is_tearing = False
        if "K" in flags:
            self.keys.append(pts)
        if "D" not in flags:  # else an edit list hides it
            self.waiting[pts] = duration
        self.end = max(self.end, pts + duration)
        self.latest.append(pts)

    def frame(self, pts: int, failed: bool) -> None:
        """One frame, in the order shown."""
        self.first = pts if self.first is None else self.first
        self.last = max(self.last, pts)
        if self.waiting.pop(pts, None) is None:  # sound may begin inside its packet
            inside = [start for start, length in self.waiting.items() if start <= pts < start + length]
            for start in inside:
                del self.waiting[start]
        if failed:
            self.spoiled.append((pts, max(pts, *list(self.latest)[-1:])))

    def missing(self) -> list[tuple[int, int]]:
        """When packets of which no frame came are shown, and for how long.

        Not those before the first frame, which need what is not there (a film cut inside an open group of pictures,
        sound before its priming), nor a single one after the last: containers and decoders may disagree on one.
        """
        first = self.first or 0
        lost = sorted((pts, length) for pts, length in self.waiting.items() if pts > first)
        behind = [pts for pts, _ in lost if pts > self.last]
        return [(pts, length) for pts, length in lost if len(behind) > 1 or pts not in behind]


class DamageSurvey:
    """Reads a recording once more, in the door's sandbox, to find what of it is lost."""

    def __init__(self, door: Door, ffprobe: Path) -> None:
        self._door, self._ffprobe = door, ffprobe

    def damaged(self, source: Path, media: MediaFile, watch: Watch) -> IntervalSet:
        """Every span of `media.whole` whose pictures or sound cannot be read. Raises Fault and Cancelled."""
        reading = self._read(source, media, watch)
        lost = [IntervalSet(())]
        if media.video is not None:
            lost.append(_lost_pictures(reading, media.video.index, media.video.start, media.whole.end))
        if media.audio is not None:
            lost.append(_lost_sound(reading, media.audio.index, media.audio.start))
        return IntervalSet.of(span for spans in lost for span in spans) & IntervalSet((media.whole,))

    def _read(self, source: Path, media: MediaFile, watch: Watch) -> _Reading:
        argv = [
            *("-v", "error"),
            *("-threads", "1"),  # else the words of one frame come with another
            *("-show_packets", "-show_frames"),
            *("-show_log", "16"),  # errors
            *("-show_entries", _ENTRIES),
            *("-of", "compact=nokey=1"),  # a line each, its kind first
            *untrusted_probe_input("src"),
        ]
        limits = Limits(cpu_seconds=600 + 20 * round(media.whole.length), address_space=16 << 30)
        reading = _Reading()
        with self._door.stream(self._ffprobe, argv, Mounts({"src": source}), limits, watch) as running:
            for number, line in enumerate(iter(lambda: running.stdout.readline(_LONGEST_LINE), b"")):
                if number > _MOST_LINES:
                    raise Fault("tool-failed", "the recording has too many packets to be read again")
                reading.line(line.decode("ascii", "replace").rstrip())
            # a track that may not be opened counts as failure too: then all packets of the pictures must have come
            if running.finish().exit_status and not reading.is_whole(media):
                raise Fault("tool-failed", "the recording could not be read again")
        return reading


def refuse_damage(plan: RenderPlan, damaged: IntervalSet) -> None:
    """Raises Refused("damaged") when the plan keeps anything of it; what is cut may be as it is."""
    # edges are only as exact as the container's clock
    if any(span.length > 2 * SNAP_TOLERANCE for span in damaged & IntervalSet.of(plan.keep)):
        raise Refused("damaged")


class _Reading:
    """What ffprobe says, line by line."""

    def __init__(self) -> None:
        self.tracks: dict[int, _Track] = {}
        self.ticks: dict[int, Fraction] = {}
        self.is_matroska = False
        self._owned = 0

    def line(self, untrusted: str) -> None:
        """One packet, frame, track or the format. Raises Fault for what ffprobe would not say."""
        kind, _, rest = untrusted.partition("|")
        try:
            if kind == "packet":
                self._packet(*rest.split("|")[:6])
            elif kind == "frame":
                head, *words = rest.split("|log|")
                self._frame(head.split("|"), any(_is_error(word) for word in words))
            elif kind == "stream":
                index, tick = rest.split("|")[:2]
                self.ticks[int(index)] = Fraction(tick)
            elif kind == "format":
                self.is_matroska = rest.startswith("matroska")
        except (ValueError, ZeroDivisionError):
            raise Fault("tool-failed", "packets are not listed as expected") from None

    def is_whole(self, media: MediaFile) -> bool:
        """Whether every packet of the pictures was read."""
        track = None if media.video is None else self.tracks.get(media.video.index)
        return track is not None and media.video is not None and track.count >= media.video.frames

    def _packet(self, index: str, pts: str, duration: str, size: str, position: str, flags: str) -> None:
        if position.isdigit():
            if self._owned and int(position) - self._owned > _OWNED_BY_NOBODY:
                for track in self.tracks.values():
                    track.is_tearing = True
            self._owned = max(self._owned, int(position) + int(size))
        if pts != "N/A":
            length = int(duration) if duration.isdigit() else 0
            self.tracks.setdefault(int(index), _Track()).packet(int(pts), length, flags)

    def _frame(self, fields: list[str], failed: bool) -> None:
        index, pts = fields[:2]
        if pts != "N/A":
            self.tracks.setdefault(int(index), _Track()).frame(int(pts), failed)


def complains(untrusted_words: bytes) -> bool:
    """Whether ffmpeg, told to say errors only, found fault with what it decoded."""
    lines = untrusted_words.decode("utf-8", "replace").splitlines()
    return any(_is_error(line) for line in lines if line.strip())


def _is_error(words: str) -> bool:
    return not any(harmless in words for harmless in _HARMLESS)


def _lost_pictures(reading: _Reading, index: int, start: Seconds, end: Seconds) -> IntervalSet:
    """What is lost of the picture track `index`, whose first frame is shown at `start` on the film's clock."""
    track, tick = reading.tracks.get(index), reading.ticks.get(index)
    if track is None or tick is None or track.first is None:
        raise Fault("tool-failed", "no picture could be read again")
    first, keys = track.first, sorted(track.keys)
    lost = [*track.spoiled, *((pts, pts) for pts, _ in track.missing())]
    if reading.is_matroska:
        # a key frame after the tear needs nothing of what is gone: so "after" is just before it
        lost += [(since, until - 1) for since, until in track.torn]
    spans = []
    for since, last in lost:
        since = max([since - int(_UNNOTICED / tick), *keys[: bisect_right(keys, since)][-1:]])
        place = bisect_right(keys, last)
        until = start + (keys[place] - first) * tick if place < len(keys) else end
        spans.append(_span(start + (since - first) * tick, max(until, start + (last + 1 - first) * tick)))
    return IntervalSet.of(spans)


def _lost_sound(reading: _Reading, index: int, start: Seconds) -> IntervalSet:
    """What is lost of the sound track `index`, whose first sample sounds at `start` on the film's clock."""
    track, tick = reading.tracks.get(index), reading.ticks.get(index)
    if track is None or tick is None or track.first is None:
        raise Fault("tool-failed", "no sound could be read again")
    # sound codings overlap: the packet before and the one after sound of the lost one
    lost = [(pts - length, pts + 2 * length) for pts, length in track.missing()]
    lost += [(since, last + 1) for since, last in track.spoiled]
    if reading.is_matroska:
        lost += track.torn
    first = track.first
    return IntervalSet.of(
        _span(start + (since - first) * tick, start + (until - first) * tick) for since, until in lost if until > since
    )


def _span(since: Seconds, until: Seconds) -> Interval:
    """At least a millisecond, so that nothing that is lost has no length."""
    since = max(Fraction(0), since)
    return Interval(since, max(until, since + SNAP_TOLERANCE))
