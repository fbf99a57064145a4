"""What the boxes of one finished film say, as plain values: filled by the readers, compared by the cross-checks."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from media_pipeline.adapters.inspect.h264 import ParameterSets

MOST_SAMPLES = 5_000_000
"""Samples that a track may have: more than a day of film. A guard of memory, not a rule of the format."""


class Kind(StrEnum):
    """The two kinds of track that are published."""

    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """One track in numbers, for checks against what the render plan promised."""

    kind: Kind
    """Pictures or sound."""

    width: int
    """Pixels across; 0 for sound."""

    height: int
    """Pixels down; 0 for sound."""

    channels: int
    """1 mono, 2 stereo; 0 for pictures."""

    rate: int
    """Hz; 0 for pictures."""

    samples: int
    """Coded frames, of pictures or of sound."""

    timescale: int
    """Ticks a second of the track's clock."""

    duration: Fraction
    """Seconds of all samples, whatever an edit shows of them."""

    edit: tuple[Fraction, Fraction] | None
    """The one edit: seconds of the track that are skipped first, seconds that are shown. None without an edit list."""


@dataclass(slots=True)
class Entry:
    """A sample description: H.264 when it has parameter sets, otherwise AAC."""

    width: int = 0
    height: int = 0
    channels: int = 0
    rate: int = 0
    parameter_sets: ParameterSets | None = None
    bit_rates: list[tuple[str, int, int, int]] = field(default_factory=list)
    """Of esds: place, offset, highest and mean bits a second."""


@dataclass(slots=True)
class Track:
    """One trak box, and what its fragments add."""

    number: int
    path: str
    offset: int
    kind: Kind | None = None
    header_duration: int = 0
    """Ticks of the movie's clock, of tkhd."""
    shown: tuple[int, int] = (0, 0)
    """Width and height, of tkhd."""
    edits: list[tuple[int, int]] = field(default_factory=list)
    """Duration (ticks of the movie's clock) and start (ticks of the track's clock), of elst."""
    timescale: int = 0
    media_duration: int = 0
    """Ticks of the track's clock, of mdhd."""
    entry: Entry = field(default_factory=Entry)
    sizes: array[int] = field(default_factory=lambda: array("I"))
    """Bytes of each sample, in decoding order."""
    offsets: array[int] = field(default_factory=lambda: array("Q"))
    """Where each sample starts in the file."""
    durations: array[int] = field(default_factory=lambda: array("I"))
    """Ticks that each sample lasts."""
    shifts: array[int] = field(default_factory=lambda: array("I"))
    """Ticks from when each sample is decoded to when it is shown."""
    sync: bytearray = field(default_factory=bytearray)
    """1 for each sample that the tables call a key frame."""
    lead: int | None = None
    """Ticks from the first sample's decoding until the first picture is shown, or the first sound after the encoder's priming is heard."""

    def facts(self, movie_timescale: int) -> TrackFacts | None:
        """The track in numbers; None when it is too broken to have any."""
        if self.kind is None or not self.timescale:
            return None
        edit = None
        if len(self.edits) == 1 and movie_timescale:
            shown, start = self.edits[0]
            edit = (Fraction(start, self.timescale), Fraction(shown, movie_timescale))
        return TrackFacts(
            kind=self.kind,
            width=self.entry.width,
            height=self.entry.height,
            channels=self.entry.channels,
            rate=self.entry.rate,
            samples=len(self.sizes),
            timescale=self.timescale,
            duration=Fraction(sum(self.durations), self.timescale),
            edit=edit,
        )


@dataclass(slots=True)
class Movie:
    """The moov box."""

    timescale: int = 0
    duration: int = 0
    """Ticks of the movie's clock, of mvhd."""
    next_track: int = 0
    tracks: list[Track] = field(default_factory=list)

    @property
    def facts(self) -> tuple[TrackFacts, ...]:
        """Every track that has any, in order."""
        found = (track.facts(self.timescale) for track in self.tracks)
        return tuple(facts for facts in found if facts)
