"""The grammar of HLS playlists (RFC 8216) over CMAF track files: what is written is all that is ever published.

The proof writes each playlist anew, from its own reading of the track files, and accepts no other text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from media_pipeline.core.ladder import Rendition
from media_pipeline.core.timebase import Seconds

SOUND_CODEC = "mp4a.40.2"
"""AAC-LC, as RFC 6381 names it."""

_HEAD = ("#EXTM3U", "#EXT-X-VERSION:7")
_SOUND_GROUP = "sound"


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a track file that players ask for by itself: it begins at a key frame."""

    size: int
    """Bytes."""

    length: Seconds
    """How long it is shown or heard."""


@dataclass(frozen=True, slots=True)
class TrackFile:
    """A CMAF track file: one track, a header and then segment after segment."""

    codec: str
    """As RFC 6381 names it, down to profile and level."""

    header: int
    """Bytes before the first segment."""

    segments: tuple[Segment, ...]
    """At least one, first to last."""

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self.header + sum(segment.size for segment in self.segments)

    @property
    def length(self) -> Seconds:
        """How long all of it is shown or heard."""
        return sum((segment.length for segment in self.segments), Fraction(0))

    @property
    def target(self) -> int:
        """Seconds of the longest segment, rounded, as EXT-X-TARGETDURATION has it."""
        return max(1, *(floor(segment.length + Fraction(1, 2)) for segment in self.segments))

    @property
    def average(self) -> int:
        """Bits a second of all segments, rounded up."""
        return _rate(self.segments)

    @property
    def peak(self) -> int:
        """Bits a second, rounded up, of the heaviest run of segments that lasts half to one and a half times the target;
        of a film that is shorter than that, all of it."""
        return max((_rate(run) for run in self._runs()), default=self.average)

    def _runs(self) -> Iterator[Sequence[Segment]]:
        shortest, longest = Fraction(self.target, 2), Fraction(self.target * 3, 2)
        for first in range(len(self.segments)):
            lasts = Fraction(0)
            for end in range(first + 1, len(self.segments) + 1):
                lasts += self.segments[end - 1].length
                if lasts > longest:
                    break
                if lasts >= shortest:
                    yield self.segments[first:end]


def write_media_playlist(track: TrackFile, name: str) -> str:
    """The playlist of one track; `name` is its file's, in the same folder."""
    lines = [
        *_HEAD,
        f"#EXT-X-TARGETDURATION:{track.target}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{name}",BYTERANGE="{track.header}@0"',
    ]
    at = track.header
    for segment in track.segments:
        lines += [f"#EXTINF:{_decimal(segment.length, 6)},", f"#EXT-X-BYTERANGE:{segment.size}@{at}", name]
        at += segment.size
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def write_multivariant(films: Sequence[tuple[Rendition, TrackFile]], sound: TrackFile | None, rate: Fraction) -> str:
    """The playlist of the same film in several sizes, at `rate` frames a second, and of the sound that they share."""
    lines = [*_HEAD, "#EXT-X-INDEPENDENT-SEGMENTS"]
    if sound:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{_SOUND_GROUP}",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,'
            f'CHANNELS="2",URI="{_SOUND_GROUP}.m3u8"'
        )
    for size, film in films:
        tracks = [film, sound] if sound else [film]
        facts = [
            f"BANDWIDTH={sum(track.peak for track in tracks)}",
            f"AVERAGE-BANDWIDTH={sum(track.average for track in tracks)}",
            f'CODECS="{",".join(track.codec for track in tracks)}"',
            f"RESOLUTION={size.width}x{size.height}",
            f"FRAME-RATE={_decimal(rate, 3)}",
            *([f'AUDIO="{_SOUND_GROUP}"'] if sound else []),
            "CLOSED-CAPTIONS=NONE",
        ]
        lines += [f"#EXT-X-STREAM-INF:{','.join(facts)}", f"{size.height}.m3u8"]
    return "\n".join([*lines, ""])


def _rate(segments: Sequence[Segment]) -> int:
    length = sum((segment.length for segment in segments), Fraction(0))
    return ceil(8 * sum(segment.size for segment in segments) / length)


def _decimal(value: Fraction, places: int) -> str:
    """Rounded to so many places."""
    whole, part = divmod(round(value * 10**places), 10**places)
    return f"{whole}.{part:0{places}d}"
