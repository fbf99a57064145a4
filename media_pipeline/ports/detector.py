"""Seeing frames, and finding in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from media_pipeline.core.findings import DetectorName, FindingKind, Movement
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.people import Sighting
from media_pipeline.core.scenes import Scene
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


class ShotMeter(Protocol):
    """Tells where one shot ends, frame by frame, and how it moved; made anew for each film, or stretch of one."""

    def starts_shot(self, frame: Frame) -> bool:
        """Whether `frame` begins a new shot; frames come in order, and the first always does."""

    def shows_same(self, frame: Frame, known: Frame) -> bool:
        """Whether nobody who can be found is in `frame` and not in `known`: both are alike, but for what is smaller."""

    def shows_more(self, frame: Frame, before: Frame, known: Frame, media: MediaFile, people: Sequence[Box]) -> bool:
        """Whether anything is in `frame` and was in `before`, but not in `known`, beside the people in these boxes: a name, or a line
        of chat, that came into the picture and stays a while."""

    def crossed(self) -> bool:
        """Whether anything has moved at the picture's left or right side since this was asked before, as whoever comes or goes must."""

    def is_abrupt(self) -> bool:
        """Whether the latest shot began with a frame that differs as a whole from the one before; so does the first."""

    def movement(self) -> Movement:
        """How the shot moves, from its first frame to the one before the latest, or to that one if it began no shot.

        When the latest frame began a shot, it is the shot before that is told of.
        """


class Detector(Protocol):
    """Finds one kind of thing in a frame. Keeps nothing between frames."""

    name: DetectorName
    """What its findings are signed with."""

    finds: FindingKind
    """What each of its sightings is."""

    version: str
    """Another one whenever it may see something else in the same frame: then what is half done is done anew."""

    def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
        """Every such thing in the frame. Raises `Fault` when it cannot look: then the span is unknown, never empty."""


class SceneMeter(Protocol):
    """Sees surroundings, and the tiles in them."""

    def scene(self, frame: Frame, media: MediaFile, people: Sequence[Box], part: Box | None) -> Scene:
        """The surroundings in one frame, or in a part of its picture, without the people in these boxes."""

    def tiles(self, frame: Frame, media: MediaFile, movement: Movement, people: Sequence[Box]) -> Sequence[Box]:
        """Where cameras' small pictures may be in a picture that is else still: around what moves, around these people, who may sit
        still, and at its rim, where cards of cameras that are off may be."""
