"""Whatever staff bring: read, cut, shown and proven, frame by frame."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media_pipeline.adapters.ffmpeg_args.previews import SHEET_COLUMNS, SHEET_TILE
from media_pipeline.core.media import Light
from media_pipeline.core.review import sheet_moments
from media_pipeline.core.stretches import Account, stretches
from media_pipeline.ports.detector import Frame
from media_pipeline.ports.tools import Toolbox
from media_pipeline.ports.watch import Unwatched
from media_pipeline.run import preview, probe, render, verify
from media_pipeline.toolbox import ToolChoice, open_toolbox
from tests.film_reading import UNREADABLE, av_error_at_joints, ffprobe, read_barcodes, read_sound_times, run_ffmpeg
from tests.films import BarcodeFilm, Timing, barcode_film
from tests.rendering import places, plan_of, planned_frames, read_tiles

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
    render(film.path, media, plan, places(out), tools, WATCH)
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


@pytest.mark.parametrize("half", ["top", "bottom"])
def test_of_two_half_pictures_the_earlier_is_shown(tools: Toolbox, tmp_path: Path, half: str) -> None:
    """The halves of a frame show two barcodes: mixed, neither could be read."""
    twice = barcode_film(tmp_path / "twice.mp4", frames=150, rate=Fraction(50), crf=5)
    film = tmp_path / "film.mp4"
    order = "tff=1" if half == "top" else "bff=1"
    halves = ("-vf", f"tinterlace=interleave_{half}", "-flags:v", "+ildct+ilme", "-x264-params", order, "-crf", "10")
    run_ffmpeg("-i", twice.path, *halves, "-c:v", "libx264", "-c:a", "copy", film)
    assert UNREADABLE in read_barcodes(film)
    media = probe(film, tools, WATCH)
    plan, out = plan_of(media, [(Fraction(1), Fraction(2))]), tmp_path / "out"
    render(film, media, plan, places(out), tools, WATCH)
    assert read_barcodes(out / "video.mp4") == [2 * n for n in range(75) if not 25 <= n < 50]
    assert verify(film, media, plan, out, tools, WATCH).broken == ()


def test_detectors_and_staff_see_what_is_published(tools: Toolbox, tmp_path: Path) -> None:
    """An HLG film of a phone held upright, interlaced film: upright, in SDR's levels, each frame once."""
    for name in ("hlg-phone", "bottom-first"):
        folder = tmp_path / name
        folder.mkdir()
        film, kind = made(name, folder)
        media = probe(film.path, tools, WATCH)
        [whole] = stretches(media, None)
        with tools.frames.frames(film.path, media, WATCH, whole) as items:
            *frames, account = items
        assert account == Account(75), "no damage is seen where none is"
        assert [frame.moment for frame in frames if isinstance(frame, Frame)] == list(film.times)
        lightest = max(int(frame.planes.luma.max()) for frame in frames[:5] if isinstance(frame, Frame))
        assert lightest > (200 if kind.light is Light.SDR else 180), "white is no grey"
        preview(film.path, media, folder, tools, WATCH)
        assert read_barcodes(folder / "proxy.mp4") == list(range(75))
        sheet = read_tiles(folder / "sheet-0000.jpg", SHEET_COLUMNS, SHEET_TILE)
        if kind.light is Light.SDR:  # upright pictures have black beside them, where no barcode is
            assert sheet[:6] == [int(moment * film.rate) for moment in sheet_moments(media.whole)]


@pytest.mark.parametrize(("codec", "suffix"), [("aac", "m4a"), ("aac", "mkv"), ("libopus", "webm"), ("flac", "mkv")])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_sound_alone_goes_the_whole_road(
    tools: Toolbox, tmp_path: Path, codec: str, suffix: str, channels: int
) -> None:
    """Each moment of what is kept is heard where it belongs."""
    film = barcode_film(tmp_path / "film.mp4", frames=75)
    source = tmp_path / f"sound.{suffix}"
    run_ffmpeg("-i", film.path, "-vn", "-c:a", codec, "-ac", str(channels), source)
    media = probe(source, tools, WATCH)
    assert (media.video, media.audio is not None and media.audio.channels) == (None, channels)
    plan, out = plan_of(media, [CUT]), tmp_path / "out"
    render(source, media, plan, places(out), tools, WATCH)
    heard = read_sound_times(out / "audio.m4a", float(film.length))
    gone = float(CUT[1] - CUT[0])
    for at, moment in heard:
        if abs(at - float(CUT[0])) > 0.07 and at < float(plan.length) - 0.1:
            assert moment == pytest.approx(at if at < CUT[0] else at + gone, abs=MOST_APART / 1000)
    assert verify(source, media, plan, out, tools, WATCH).broken == ()


def test_six_loud_channels_do_not_clip(tools: Toolbox, tmp_path: Path) -> None:
    """Full in all of them at once, as film mixes are."""
    film = tmp_path / "loud.mkv"
    six = "sine=f=300:d=3:r=48000,volume=8,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"
    run_ffmpeg("-f", "lavfi", "-i", six, "-c:a", "flac", film)
    media = probe(film, tools, WATCH)
    render(film, media, plan_of(media, [CUT]), places(tmp_path / "out"), tools, WATCH)
    raw = run_ffmpeg("-i", tmp_path / "out" / "audio.m4a", "-f", "f32le", "-")
    peak = float(np.abs(np.frombuffer(raw, dtype=np.float32)).max())
    assert 0.1 < peak < 0.95


def colours(path: Path) -> set[str]:
    """What a film says of its colours."""
    entries = "stream=color_transfer,color_primaries,color_space,color_range"
    argv = [str(ffprobe()), "-v", "error", "-select_streams", "v", "-show_entries", entries, "-of", "json", str(path)]
    [track] = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)["streams"]
    return set(track.values())
