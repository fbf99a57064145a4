"""The pictures that films are made of, whoever drew or photographed them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.benchmarks.finder.imaging import Box, Pixels
from tests.benchmarks.finder.script import Side


class Pose(StrEnum):
    """How a head in a photograph is held."""

    FACE = "face"
    PROFILE = "profile"
    COVERED = "covered"


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Somebody's head in a picture."""

    picture: Pixels
    """The whole picture."""

    box: Box
    """Around the head, in its pixels."""

    pose: Pose
    """How it is held."""


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """Somebody without what was behind them: red, green, blue, cover."""

    picture: Pixels
    """No larger than they are."""

    head: float
    """The head's height as a share of the picture's."""


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """One side's pictures. No picture, and nobody, is in both."""

    name: str
    """Names the stock's very pictures, as part of a film's name."""

    evidence: bool
    """Whether they are photographs: drawings only test the bench."""

    presenters: Sequence[Cutout]
    children: Sequence[Cutout]
    backs: Sequence[Cutout]
    """People from behind."""

    heads: Sequence[Head]
    pages: Sequence[Pixels]
    """Picture-book pages."""

    rooms: Sequence[Pixels]
    """Photographs to be seen as rooms, far out of focus; none makes all rooms drawn."""


def side_of(scene: str) -> Side:
    """Which side the pictures of a scene are on: two fifths are kept aside, by the hash of its name."""
    lot = int.from_bytes(hashlib.sha256(f"storytime 2:{scene}".encode()).digest()[:4])
    return Side.KEPT_ASIDE if lot % 5 < 2 else Side.DESIGN
