"""What the inspector remembers, and how it says what it found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from media_pipeline.adapters.proof.announced import Announced, Times
from media_pipeline.adapters.proof.decoding import FileState
from media_pipeline.adapters.proof.frames import FrameProof
from media_pipeline.adapters.proof.hearing import Samples
from media_pipeline.adapters.proof.thumbs import Thumbs
from media_pipeline.core.errors import Fault
from media_pipeline.ports.inspector import Comparison

MOST_PLACES = 20
"""Places that one comparison names."""


@dataclass(slots=True)
class Memory:
    """What was decoded of one source, and of the films made from it. Dropped as soon as another source is asked for."""

    source: FileState
    pictures: Thumbs | None = None
    announced: Announced | None = None
    clean: Times = field(default_factory=lambda: np.zeros(0))
    """When frames are shown that no decoder had to patch up (s)."""
    sound: Samples | None = None
    complained: bool = False
    """Whether the decoder of the sound found fault with it."""
    heard: dict[tuple[str, str], Comparison] = field(default_factory=dict)
    """Of a whole plan and of sound packets, as all sizes have the same."""
    proof: tuple[str, FrameProof] | None = None
    """Of the whole plan with this digest."""
    lost: dict[tuple[str, bool], tuple[str, ...]] = field(default_factory=dict)
    """What of the whole plan's frames (or sound) cannot be read."""


def told_seconds(what: str, moments: list[float]) -> tuple[str, ...]:
    """One place for each second of the recording at which something is lost."""
    return tuple(dict.fromkeys(f"{what} lost at second {int(moment)} of the recording" for moment in moments))


def with_lost(found: Comparison, lost: tuple[str, ...]) -> Comparison:
    """The comparison, wrong in what was lost as well."""
    return replace(found, wrong=found.wrong + len(lost), places=(*lost, *found.places)[:MOST_PLACES]) if lost else found


def unreadable() -> Comparison:
    """Of a finished file that no decoder can read."""
    return Comparison(0, 1, places=("unreadable",))


def only_unreadable(trouble: Fault) -> None:
    """Goes on when a finished file is at fault, which is an answer; raises whatever is the machine's or a person's doing."""
    if trouble.code != "tool-failed":
        raise trouble
