"""Whatever staff bring: read, cut, shown and proven, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from media_pipeline.core.media import Light
from media_pipeline.ports.tools import Toolbox
from media_pipeline.ports.watch import Unwatched
from media_pipeline.run import probe, render, verify
from media_pipeline.toolbox import ToolChoice, open_toolbox
from tests.film_reading import av_error_at_joints, ffprobe, read_barcodes
from tests.films import BarcodeFilm, Timing, barcode_film
from tests.rendering import plan_of, planned_frames

pytestmark = pytest.mark.slow

WATCH = Unwatched()
CUT = (Fraction(1), Fraction(17, 10))
MOST_APART = 20.0
"""Milliseconds between picture and sound at a joint."""


@dataclass(frozen=True)
class Kind:
    """One kind of film, and what a prober must say of it."""

    suffix: str
    made: dict[str, Any] = field(default_factory=dict)
    """How `barcode_film` is to make it."""

    light: Light = Light.SDR
    interlaced: bool = False
    constant: bool = True
    tracks: int = 1


HEVC, VP9, AV1, MPEG4 = ({"codec": codec} for codec in ("libx265", "libvpx-vp9", "libsvtav1", "mpeg4"))
OPUS = {"audio_codec": "libopus"}

KINDS = {
    "plain": Kind("mp4"),
    "h264-10-bit": Kind("mp4", {"depth": 10}),
    "hevc-10-bit": Kind("mp4", {**HEVC, "depth": 10}),
    "hevc-open-gop": Kind("mp4", {**HEVC, "open_gop": True, "gop": 20}),
    "pq-hevc": Kind("mp4", {**HEVC, "light": Light.PQ}, light=Light.PQ),
    "hlg-phone": Kind("mov", {**HEVC, "light": Light.HLG, "rotation": 90, "size": (180, 320)}, light=Light.HLG),
    "hlg-vp9": Kind("webm", {**VP9, **OPUS, "light": Light.HLG}, light=Light.HLG),
    "pq-av1": Kind("mkv", {**AV1, "light": Light.PQ}, light=Light.PQ),
    "top-first": Kind("mp4", {"first_half": "top"}, interlaced=True),
    "bottom-first": Kind("mkv", {"first_half": "bottom"}, interlaced=True),
    "interlaced-mpeg4": Kind("mp4", {**MPEG4, "first_half": "top"}, interlaced=True),
    "60-fps": Kind("mp4", {"rate": Fraction(60), "frames": 180}),
    "59.94-fps-mkv": Kind("mkv", {"rate": Fraction(60000, 1001), "frames": 180}),
    "odd-size": Kind("webm", {**VP9, **OPUS, "size": (321, 181)}),
    "odd-size-mpeg4": Kind("mp4", {**MPEG4, "size": (321, 181)}),
    "av1": Kind("mp4", AV1),
    "vp9-webm": Kind("webm", {**VP9, **OPUS}),
    "mpeg4": Kind("mp4", {**MPEG4, "gop": 12}),
    "turned-90": Kind("mov", {"rotation": 90, "size": (180, 320)}),
    "turned-180": Kind("mov", {"rotation": 180}),
    "turned-270": Kind("mov", {"rotation": 270, "size": (180, 320)}),
    "obs-mkv": Kind("mkv", {"rate": Fraction(30), "frames": 90, "gop": 60}),
    "mono": Kind("mp4", {"channels": 1}),
    "surround": Kind("mp4", {"channels": 6}),
    "two-sound-tracks": Kind("mp4", {"audio_tracks": 2}, tracks=2),
    "late-sound": Kind("mp4", {"audio_start": Fraction(1, 2)}),
    "late-pictures": Kind("mkv", {"video_start": Fraction(2, 5)}),
    "silent": Kind("mp4", {"audio": False}, tracks=0),
    "webex-gaps": Kind("mp4", {"timing": Timing.GAPS}, constant=False),
    "teams-jitter": Kind("mp4", {"timing": Timing.JITTER}, constant=False),
    "jitter-webm": Kind("webm", {**VP9, **OPUS, "timing": Timing.JITTER}, constant=False),
}


@pytest.fixture(scope="module")
def tools() -> Toolbox:
    """All of them, in the sandbox."""
    return open_toolbox(ToolChoice())


def made(name: str, folder: Path) -> tuple[BarcodeFilm, Kind]:
    """A film of this kind, three seconds."""
    kind = KINDS[name]
    return barcode_film(folder / f"film.{kind.suffix}", **{"frames": 75, "gop": 25, **kind.made}), kind


@pytest.mark.parametrize("name", KINDS)
def test_it_is_read_cut_and_proven(name: str, tools: Toolbox, tmp_path: Path) -> None:
    """The whole road, with a cut in the middle."""
    film, kind = made(name, tmp_path)
    media = probe(film.path, tools, WATCH)
    assert media.video is not None
    video = media.video
    assert (video.light, video.interlaced) == (kind.light, kind.interlaced)
    assert (video.constant_rate, video.frames) == (kind.constant, len(film.times))
    assert media.audio_tracks == kind.tracks
    plan, out = plan_of(media, [CUT]), tmp_path / "out"
    render(film.path, media, plan, out, tools, WATCH)
    top = out / "video.mp4"
    assert read_barcodes(top) == planned_frames(plan, film)
    assert colours(top) <= {"", "unknown", "bt709", "tv", "smpte170m", "bt470bg"}
    if media.audio is not None:
        joints = av_error_at_joints(top, plan.keep, film.rate, film.times)
        late = kind.made.get("audio_start")
        for error in joints[1:] if late else joints:  # before late sound there is none to hear
            assert abs(error) <= MOST_APART, joints
    report = verify(film.path, media, plan, out, tools, WATCH)
    assert report.broken == (), "the proof cries wolf"


def colours(path: Path) -> set[str]:
    """What a film says of its colours."""
    import json
    import subprocess

    entries = "stream=color_transfer,color_primaries,color_space,color_range"
    argv = [str(ffprobe()), "-v", "error", "-select_streams", "v", "-show_entries", entries, "-of", "json", str(path)]
    [track] = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)["streams"]
    return set(track.values())
