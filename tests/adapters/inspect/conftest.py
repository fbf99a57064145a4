"""Clean films, small ones, made once a run by the flags that the product uses."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from media_pipeline.adapters.ffmpeg_flags import (
    AAC,
    CLEAN,
    COPY,
    JPEG,
    MP4,
    PICTURES_TRACK,
    SOUND_FILE,
    SOUND_TRACK,
    Flags,
    h264,
)
from tests.film_reading import run_ffmpeg

SPANS = ((4, 31), (40, 41), (50, 85))
"""Frames [start, end) that are kept, so that every film has joints."""

FRAMES = sum(end - start for start, end in SPANS)
"""Frames of every film."""


@dataclass(frozen=True, slots=True)
class CleanFilms:
    """Finished files, each of which must pass."""

    film: Path
    """320 × 180 at 30 fps with B-frames, and sound."""

    uneven: Path
    """322 × 182 at 30000/1001 fps with B-frames, weighted prediction, colour tags and sound."""

    silent: Path
    """No sound track, no B-frames, so no ctts either."""

    quiet: Path
    """Digital silence: all AAC frames are of one size."""

    sound: Path
    """The film's sound alone."""

    fragments: tuple[Path, ...]
    """Track files of the four films' pictures, in several segments each, the last of a single frame in one of them."""

    sound_tracks: tuple[Path, ...]
    """The same of the sound of the first and of the quiet one."""

    pictures: tuple[Path, ...]
    """A poster and a storyboard."""

    @property
    def films(self) -> tuple[Path, ...]:
        """All MP4s with pictures."""
        return (self.film, self.uneven, self.silent, self.quiet)


def arguments(*groups: Flags) -> list[str]:
    """Flags as ffmpeg takes them."""
    merged = {name: value for group in groups for name, value in group.items()}
    return [word for name, value in merged.items() for word in (f"-{name}", value) if word is not None]


def _cut(rate: str, sound: str, look: str) -> str:
    """A graph that joins `SPANS` of a test picture and of `sound`; without sound when that is empty."""
    parts, pairs = [], ""
    for number, (start, end) in enumerate(SPANS):
        parts.append(f"testsrc2=r={rate},trim=start_frame={start}:end_frame={end},setpts=PTS-STARTPTS{look}[v{number}]")
        pairs += f"[v{number}]"
        if sound:
            samples = round(Fraction(end - start) / Fraction(rate) * 48000)
            parts.append(
                f"{sound},atrim=start_sample={start * 1600},asetpts=PTS-STARTPTS,atrim=end_sample={samples}[a{number}]"
            )
            pairs += f"[a{number}]"
    joined = f"concat=n={len(SPANS)}:v=1:a={int(bool(sound))}[film]" + ("[sound]" if sound else "")
    tail = f"[film]setpts=N/({rate})/TB,fps={rate},sidedata=mode=delete,metadata=mode=delete,setsar=1,format=yuv420p[v]"
    return ";".join([*parts, pairs + joined, tail])


def _film(path: Path, rate: str, sound: str, look: str = "", extra: Flags | None = None) -> Path:
    tracks = ["-map", "[v]", *(["-map", "[sound]"] if sound else [])]
    flags = arguments(CLEAN, MP4, h264(Fraction(rate)), AAC if sound else {}, extra or {})
    run_ffmpeg("-filter_complex", _cut(rate, sound, look), *tracks, *flags, path)
    return path


def _track(film: Path, stream: str, path: Path) -> Path:
    # segments of one key frame or half a second each
    made: Flags = (
        {**PICTURES_TRACK, "min_frag_duration": "500000"}
        if stream == "0:v"
        else {**SOUND_TRACK, "frag_duration": "500000"}
    )
    run_ffmpeg("-i", film, "-map", stream, *arguments(CLEAN, COPY, made), path)
    return path


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> CleanFilms:
    """The clean films. Nobody writes to them."""
    folder = tmp_path_factory.mktemp("clean")
    tone = "sine=r=48000:b=3,aformat=channel_layouts=stereo"
    look = ",scale=322:182,noise=alls=9:allf=t,fade=in:0:20," + (
        "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
    )
    film = _film(folder / "film.mp4", "30", tone, ",scale=320:180")
    uneven = _film(folder / "uneven.mp4", "30000/1001", tone, look)
    # two key frames: the second one is the last frame
    silent = _film(
        folder / "silent.mp4",
        "25",
        "",
        ",scale=176:144",
        {"bf": "0", "g": str(FRAMES - 1), "keyint_min": str(FRAMES - 1)},
    )
    quiet = _film(folder / "quiet.mp4", "15", "anullsrc=r=48000:cl=stereo", ",scale=176:144")
    sound = folder / "sound.m4a"
    run_ffmpeg("-i", film, "-map", "0:a", *arguments(CLEAN, COPY, SOUND_FILE), sound)
    poster, storyboard = folder / "poster.jpg", folder / "storyboard.jpg"
    one: Flags = {"frames:v": "1", "update": "1"}
    full = "scale=out_range=full,format=yuvj420p"
    run_ffmpeg("-i", uneven, "-vf", f"select=gte(n\\,30),{full}", *arguments(CLEAN, JPEG, one), poster)
    run_ffmpeg(
        "-i", film, "-vf", f"fps=5,scale=80:44,setsar=1,tile=3x2,{full}", *arguments(CLEAN, JPEG, one), storyboard
    )
    tracks = tuple(_track(path, "0:v", path.with_suffix(".m4s")) for path in (film, uneven, silent, quiet))
    sound_tracks = tuple(_track(path, "0:a", folder / f"{path.stem}-sound.m4s") for path in (film, quiet))
    return CleanFilms(film, uneven, silent, quiet, sound, tracks, sound_tracks, (poster, storyboard))
