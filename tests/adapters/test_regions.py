"""What is covered is black, what is cropped away is not there, what is muted is silent: to the frame and to the sample."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from media_pipeline.adapters.ffmpeg import FfmpegRenderer
from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.plan import make_plan
from media_pipeline.ports.watch import Unwatched
from media_pipeline.steps.render import Film, Places, render
from tests.film_reading import ffmpeg, run_ffmpeg
from tests.films import barcode_film
from tests.rendering import media_of

pytestmark = pytest.mark.slow

Pictures = npt.NDArray[np.uint8]
"""Pictures × rows × columns."""

WIDTH, HEIGHT = 320, 180
RATE = Fraction(25)

LEFT, RIGHT = 60, 190
"""Luma of the two halves of the picture."""


def halves_film(path: Path, frames: int = 100, sound: str = "sine=frequency=440:sample_rate=48000") -> Path:
    """Left dark, right light, in the middle of the right half a white square of 40 × 40; a tone."""
    picture = np.full((HEIGHT, WIDTH), LEFT, dtype=np.uint8)
    picture[:, WIDTH // 2 :] = RIGHT
    picture[70:110, 220:260] = 235
    run_ffmpeg(
        *("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-"),
        *("-f", "lavfi", "-i", sound, "-t", str(float(frames / RATE))),
        *("-vf", "scale=in_range=full:out_range=full,setrange=limited,format=yuv420p"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "12", "-c:a", "aac", "-b:a", "128k", path),
        frames=(picture.tobytes() for _ in range(frames)),
    )
    return path


def film_of(path: Path, frames: int = 100) -> MediaFile:
    film = barcode_film(path.with_name("facts.mp4"), frames=frames)
    return media_of(film)


def finished(renderer: FfmpegRenderer, source: Path, media: MediaFile, *edits: Edit, chunk: int | None = 2) -> Path:
    plan = make_plan(EditList(media.sha256, media.whole, edits), media)
    out = source.parent / "out"
    render(Film(source, media, plan), Places(source.parent / "room", out), renderer, Unwatched(), chunk)
    return out


def pictures_of(path: Path) -> Pictures:
    raw = run_ffmpeg(
        "-i", path, "-map", "0:v", "-fps_mode", "passthrough", "-vf", "extractplanes=y", "-f", "rawvideo", "-"
    )
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, HEIGHT, WIDTH)


def sound_of(path: Path) -> npt.NDArray[np.float32]:
    return np.frombuffer(run_ffmpeg("-i", path, "-map", "0:a", "-ac", "1", "-f", "f32le", "-"), dtype=np.float32)


def span(start: str, end: str) -> Interval:
    return Interval(Fraction(start), Fraction(end))


def test_a_cover_hides_its_box_and_nothing_else(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    source, media = halves_film(tmp_path / "film.mp4"), film_of(tmp_path / "film.mp4")
    cut = Edit(Action.CUT, span("0.4", "0.8"))
    cover = Edit(Action.COVER, span("1", "2.81"), Box(210, 60, 61, 61))  # over the joint of two chunks, off the grid
    shown = pictures_of(finished(renderer, source, media, cut, cover) / "video.mp4")
    covered = [n for n, picture in enumerate(shown) if picture[60:121, 210:271].max() < 40]
    assert covered == list(range(15, 61)), "25 to 70 of the recording, of which ten are cut before"
    for number, picture in enumerate(shown):
        assert abs(float(picture[:50].mean()) - (LEFT + RIGHT) / 2) < 3, number
        assert (picture[85:95, 235:245].mean() > 200) == (number not in covered), number


def test_a_crop_shows_the_inside_as_large_as_fits(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    source, media = halves_film(tmp_path / "film.mp4"), film_of(tmp_path / "film.mp4")
    crop = Edit(Action.CROP, span("1", "3"), Box(161, 3, 91, 91))  # of the light half alone, at odd pixels
    shown = pictures_of(finished(renderer, source, media, crop) / "video.mp4")
    assert len(shown) == 100
    for number, picture in enumerate(shown):
        if 25 <= number < 75:
            assert picture[:, :60].max() < 40, number
            assert picture[:, -60:].max() < 40, number
            assert abs(float(picture[:100, 80:240].mean()) - RIGHT) < 4, number
        else:
            assert abs(float(picture[:, :140].mean()) - LEFT) < 3, number


def test_what_is_covered_stays_covered_in_a_crop(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    source, media = halves_film(tmp_path / "film.mp4"), film_of(tmp_path / "film.mp4")
    crop = Edit(Action.CROP, span("1", "3"), Box(160, 0, 160, 180))
    cover = Edit(Action.COVER, span("0", "4"), Box(220, 70, 40, 40))
    shown = pictures_of(finished(renderer, source, media, crop, cover) / "video.mp4")
    assert all(picture.max() < 215 for picture in shown), "the white square is nowhere"
    assert all(picture[80:100, 150:170].max() < 40 for picture in shown[25:75]), "it is in the middle, and black"


def test_a_mute_is_silent_to_the_sample(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    source, media = halves_film(tmp_path / "film.mp4"), film_of(tmp_path / "film.mp4")
    cut, mute = Edit(Action.CUT, span("0.4", "0.8")), Edit(Action.MUTE, span("1.5", "2.25"))
    heard = sound_of(finished(renderer, source, media, cut, mute) / "video.mp4")
    silent = slice(round(1.1 * 48000) + 512, round(1.85 * 48000) - 512)  # coding spreads a fade over half a frame
    assert np.abs(heard[silent]).max() < 0.002
    beside = (slice(round(0.5 * 48000), round(1.09 * 48000)), slice(round(1.87 * 48000), round(3.5 * 48000)))
    for part in beside:
        windows = np.abs(heard[part][: len(heard[part]) // 960 * 960]).reshape(-1, 960).max(axis=1)
        assert windows.min() > 0.05, "nothing else is silent"
    assert len(heard) == 48000 * 36 // 10


@pytest.mark.parametrize(
    ("sound", "louder"),
    [("sine=frequency=440:sample_rate=48000,volume=-9dB", True), ("anoisesrc=r=48000:a=0.9:c=pink:s=1", False)],
)
def test_sound_comes_out_as_loud_as_families_are_used_to(
    renderer: FfmpegRenderer, tmp_path: Path, sound: str, louder: bool
) -> None:
    source, media = halves_film(tmp_path / "film.mp4", sound=sound), film_of(tmp_path / "film.mp4")
    out = finished(renderer, source, media, Edit(Action.CUT, span("1", "2")))
    assert abs(loudness(out / "video.mp4") + 16) < 0.6
    assert (loudness(source) < -16.6) == louder
    assert np.abs(sound_of(out / "audio.m4a")).max() < 0.95, "nothing clips"


def test_silence_stays_silence(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    source = halves_film(tmp_path / "film.mp4", sound="anullsrc=r=48000:cl=stereo")
    out = finished(renderer, source, film_of(source), Edit(Action.CUT, span("1", "2")))
    assert np.abs(sound_of(out / "video.mp4")).max() < 0.001


def loudness(path: Path) -> float:
    """LUFS, as another filter than the renderer's has it."""
    command = [
        str(ffmpeg()),
        "-nostdin",
        "-i",
        str(path),
        "-map",
        "0:a",
        "-af",
        "loudnorm=print_format=json",
        "-f",
        "null",
        "-",
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(said.split('"input_i" : "')[1].split('"')[0])
