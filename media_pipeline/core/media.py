"""What a recording is, in numbers: its tracks, its clock, its size. No tag, name or text of the file is ever held here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from media_pipeline.core.intervals import Interval
from media_pipeline.core.timebase import Seconds


class VideoCodec(StrEnum):
    """Picture formats that we read."""

    H264 = "h264"
    HEVC = "hevc"
    VP8 = "vp8"
    VP9 = "vp9"
    AV1 = "av1"
    MPEG4 = "mpeg4"


class AudioCodec(StrEnum):
    """Sound formats that we read."""

    AAC = "aac"
    OPUS = "opus"
    MP3 = "mp3"
    VORBIS = "vorbis"
    AC3 = "ac3"
    ALAC = "alac"
    FLAC = "flac"
    PCM_S16LE = "pcm_s16le"
    PCM_S16BE = "pcm_s16be"


class Light(StrEnum):
    """What a picture's levels mean: which light a screen is to make of them."""

    SDR = "sdr"
    """As ordinary screens show it."""

    PQ = "pq"
    """High dynamic range after SMPTE ST 2084 (HDR10, Dolby Vision with an HDR10 base)."""

    HLG = "hlg"
    """High dynamic range after ARIB STD-B67, as phones record it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the picture as shown (after rotation), from the top left."""

    x: int
    """Pixels from the left edge."""

    y: int
    """Pixels from the top edge."""

    width: int
    """Pixels across, at least 1."""

    height: int
    """Pixels down, at least 1."""

    def __post_init__(self) -> None:
        if self.x < 0 or self.y < 0 or self.width < 1 or self.height < 1:
            raise ValueError("a box lies inside the picture and is not empty")

    def holds_middle_of(self, other: Box) -> bool:
        """Whether the middle of another box is inside: asked for every two boxes of a frame, in halves of a pixel."""
        across, down = 2 * (other.x - self.x) + other.width, 2 * (other.y - self.y) + other.height
        return 0 <= across < 2 * self.width and 0 <= down < 2 * self.height

    @property
    def area(self) -> int:
        """Pixels."""
        return self.width * self.height

    def shared(self, other: Box) -> int:
        """Pixels that are in both."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(0, across) * max(0, down)

    def covers(self, other: Box) -> bool:
        """Whether all of another box is inside."""
        across = self.x <= other.x and other.x + other.width <= self.x + self.width
        return across and self.y <= other.y and other.y + other.height <= self.y + self.height


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """The one picture track that is published."""

    index: int
    """The stream's number in the file."""

    codec: VideoCodec
    """How it is coded."""

    width: int
    """Pixels across as shown: after rotation, and with square pixels."""

    height: int
    """Pixels down as shown."""

    rate: Fraction
    """Nominal frames per second."""

    start: Seconds
    """When the first frame is shown, on the film's clock (0 = the earliest stream's start)."""

    frames: int
    """How many frames the track has."""

    constant_rate: bool
    """Whether every frame lies on the grid start + n / rate (within the container's rounding)."""

    light: Light = Light.SDR
    """What its levels mean. Shown to anybody, pictures of high dynamic range are first made SDR."""

    interlaced: bool = False
    """Whether a frame holds two half pictures of different moments. Shown to anybody, one is made of them first."""


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """The one sound track that is published: the file's first."""

    index: int
    """The stream's number in the file."""

    codec: AudioCodec
    """How it is coded."""

    channels: int
    """1 mono, 2 stereo, 6 for 5.1."""

    sample_rate: int
    """Hz."""

    start: Seconds
    """When its first sample sounds, on the film's clock."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A recording that was probed and accepted. At least one of `video` and `audio` is there."""

    sha256: str
    """SHA-256 of the whole file, hexadecimal: what every later value is bound to."""

    size: int
    """Bytes."""

    whole: Interval
    """All of the film that can be published: with pictures, from the first frame to the end of the last."""

    video: VideoTrack | None
    """The picture track, or None for a sound recording."""

    audio: AudioTrack | None
    """The sound track, or None for a silent film."""

    audio_tracks: int
    """How many sound tracks the file has; only the first is used."""

    def __post_init__(self) -> None:
        if self.video is None and self.audio is None:
            raise ValueError("a recording has pictures or sound")
