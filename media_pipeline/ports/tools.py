"""Every tool that the story needs, by its port."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from media_pipeline.ports.captions import CaptionReader
from media_pipeline.ports.detector import Detector, FrameReader, SceneMeter, ShotMeter
from media_pipeline.ports.inspector import Inspector
from media_pipeline.ports.prober import Prober
from media_pipeline.ports.renderer import Previewer, Renderer
from media_pipeline.ports.trial import TrialFilmMaker


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Every tool that the story needs."""

    prober: Prober
    frames: FrameReader
    shots: Callable[[], ShotMeter]
    """A new meter for each film: it remembers the film's last frame."""

    detectors: Sequence[Detector]
    """They look at every frame that is looked at."""

    once: Sequence[Detector]
    """They look at the first frame of each shot."""

    scenes: SceneMeter
    renderer: Renderer
    previewer: Previewer
    inspector: Inspector
    trial_films: TrialFilmMaker
    captions: CaptionReader
