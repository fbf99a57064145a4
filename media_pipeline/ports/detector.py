"""Seeing frames, and finding in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from media_pipeline.core.findings import DetectorName, Setting
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.stretches import Account, Stretch
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.watch import Watch


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame, small, as planes that only adapters open."""

    moment: Seconds
    """When it is shown, on the film's clock."""

    planes: Any
    """The adapter's own picture (an array); nothing above the adapters looks inside."""


class FrameReader(Protocol):
    """Decodes once, for every detector."""

    def frames(
        self, source: Path, media: MediaFile, watch: Watch, stretch: Stretch
    ) -> AbstractContextManager[Iterator[Frame | Account]]:
        """Every frame of `media.video` in the stretch that can be decoded, in order, in bounded memory; then their account.

        First comes the frame before the stretch, if there is one. Moments and pictures are the same whichever stretch
        they are read for. Raises `Fault`; `Cancelled` when the watch says so.
        """

    def damaged(self, source: Path, media: MediaFile, watch: Watch) -> IntervalSet:
        """Every span of `media.whole` that cannot be read: frames or sound are missing there, or were made up by the decoder.

        Reads the whole recording once more. Raises `Fault` and `Cancelled`.
        """


@dataclass(frozen=True, slots=True)
class Sighting:
    """A face in one frame."""

    box: Box
    """Where, in pixels of the picture as shown (`media.video` width × height)."""

    permille: int
    """How sure, 0 to 1000."""


class ShotMeter(Protocol):
    """Tells where one shot ends, frame by frame; made anew for each film, or stretch of one."""

    def starts_shot(self, frame: Frame) -> bool:
        """Whether `frame` begins a new shot; frames come in order, and the first always does."""


class Detector(Protocol):
    """Finds faces in a frame. Keeps nothing between frames."""

    name: DetectorName

    version: str
    """Another one whenever it may see something else in the same frame: then what is half done is done anew."""

    def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
        """Every face in the frame. Raises `Fault` when it cannot look: then the span is unknown, never empty."""


class SettingMeter(Protocol):
    """Measures the camera's setting away from what was found."""

    def setting(self, frame: Frame, media: MediaFile, away_from: Sequence[Box]) -> Setting:
        """The `Setting` of one frame (8 × 5 cells, three means each), measured away from these boxes.

        A cell mostly under them takes its row's mean. Empty when they leave nothing to measure.
        """
