"""Reading finished files afresh. Whoever implements this shares no code with the renderer below the core."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from media_pipeline.core.hls import TrackFile
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.watch import Watch


class FileKind(StrEnum):
    """What a finished file must be."""

    MP4 = "mp4"
    SOUND = "m4a"
    PICTURES_TRACK = "pictures-track"
    SOUND_TRACK = "sound-track"
    JPEG = "jpeg"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison of a finished file with its plan found."""

    compared: int
    """Frames, pictures or stretches of sound that were held against the plan."""

    wrong: int
    """How many were not what the plan says, missing and surplus ones included."""

    undecided: int = 0
    """How many a removed frame matches as well as the planned one, because the two look the same."""

    places: tuple[str, ...] = ()
    """Up to 20 places, in our own words: "frame 120"."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """One thing in a finished file that the allow-list does not name."""

    code: str
    """Our own word for it."""

    where: str
    """Our own path to it; never bytes of the file."""


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """What a finished file's own boxes say of a track."""

    handler: str
    """`vide` or `soun`."""

    width: int
    """Pixels; 0 for sound."""

    height: int
    """Pixels; 0 for sound."""

    samples: int
    """How many samples (frames, or AAC frames)."""

    length: Seconds
    """Presented length, edit list applied."""


class Inspector(Protocol):
    """Distrusts the renderer."""

    def oddities(self, path: Path, kind: FileKind) -> tuple[Oddity, ...]:
        """Everything that the allow-list of this kind of file does not name. Empty is clean."""

    def tracks(self, path: Path) -> tuple[TrackFacts, ...]:
        """The tracks of an MP4. Empty when it cannot be read."""

    def track_file(self, path: Path) -> TrackFile | None:
        """What playlists must say of a CMAF track file. None when it cannot be read."""

    def frames(
        self, source: Path, media: MediaFile, plan: RenderPlan, finished: Path, ignore_edit_list: bool, watch: Watch
    ) -> Comparison:
        """Holds every frame of a finished MP4 against the planned source frame and against all removed ones."""

    def poster(self, finished: Path, plan: RenderPlan, poster: Path, watch: Watch) -> Comparison:
        """Holds a poster against the frames of the (proven) finished MP4, of which it must show one."""

    def storyboard(self, finished: Path, plan: RenderPlan, storyboard: Path, watch: Watch) -> Comparison:
        """Holds the storyboard against the frames of the (proven) finished MP4 that it must show."""

    def sound(self, source: Path, media: MediaFile, plan: RenderPlan, finished: Path, watch: Watch) -> Comparison:
        """Holds each quarter of a second of the finished sound against the planned stretch of the source."""

    def same_streams(self, one: Path, other: Path, watch: Watch) -> bool:
        """Whether `other` (a track file or a sound file) carries one stream of the MP4 `one`: its packets at its times."""

    def holds_any(self, path: Path, needles: frozenset[bytes]) -> bool:
        """Whether any needle stands in the file's bytes (as it is, or as UTF-16)."""

    def forget(self, *, keep_source: bool = False) -> None:
        """Lets go of all that was decoded of recordings and finished files. Called when a proof is over, however it ended.

        With `keep_source` what was decoded of the recording stays, in nameless temporary files, for the proof of another
        part of the same ladder: whoever asks for that calls it again without.
        """
