"""Makes recordings and finished films out of any pictures and any sound: right ones, and wrong ones of every kind.

Nothing here asks the renderer: a finished film is whatever frames and samples a test puts into it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan
from tests.film_reading import barcode_cells, barcode_sound, run_ffmpeg
from tests.films import BarcodeFilm
from tests.rendering import media_of, plan_of

Pictures = npt.NDArray[np.uint8]
"""Pictures × 180 × 320 luma, 16 to 235."""

Sound = npt.NDArray[np.float32]
"""Mono, 1 is full scale."""

WIDTH, HEIGHT = 320, 180
RATE = Fraction(25)
SOUND_RATE = 48000
FRAMES = 150

CUTS = ((Fraction(1), Fraction(8, 5)), (Fraction(9, 5), Fraction(5, 2)), (Fraction(9, 2), Fraction(5)))
"""Leaves 0 to 1 s, 1.6 to 1.8 s (0.2 s), 2.5 to 4.5 s and 5 to 6 s of the recording."""


@dataclass(frozen=True)
class Recording:
    """A recording of six seconds, and all that it was made of."""

    path: Path
    pictures: Pictures
    sound: Sound
    media: MediaFile
    plan: RenderPlan

    @property
    def numbers(self) -> list[int]:
        """The frames that stay."""
        return [round(s.start * RATE) + n for s in self.plan.keep for n in range(round(s.length * RATE))]

    @property
    def samples(self) -> Sound:
        """The sound that stays."""
        return np.concatenate([self.heard(span.start, span.end) for span in self.plan.keep])

    def heard(self, start: Fraction, end: Fraction) -> Sound:
        """A stretch of the sound (s)."""
        return self.sound[round(start * SOUND_RATE) : round(end * SOUND_RATE)]


def record(
    path: Path,
    pictures: Pictures,
    sound: Sound | None = None,
    cuts: Sequence[tuple[Fraction, Fraction]] = CUTS,
    height: int = HEIGHT,
) -> Recording:
    """Writes a recording of so many lines; its sound is the barcode film's unless another is given."""
    length = len(pictures) / RATE
    heard = barcode_sound(0, float(length), SOUND_RATE) if sound is None else sound
    write_film(path, pictures, heard, crf=20, gop=250, height=height)
    film = BarcodeFilm(path, RATE, tuple(n / RATE for n in range(len(pictures))), length)
    media = media_of(film, size=(2 * round(pictures.shape[2] * height / HEIGHT / 2), height))
    return Recording(path, pictures, heard, media, plan_of(media, cuts))


def write_film(
    path: Path, pictures: Pictures, sound: Sound, *, crf: int = 23, gop: int = 50, height: int = HEIGHT
) -> None:
    """Encodes a film as the renderer would: x264 veryfast, AAC of 96 kbit/s."""
    with TemporaryDirectory(dir=path.parent) as room:
        heard = Path(room, "sound")
        heard.write_bytes(np.clip(sound, -1, 1).astype(np.float32).tobytes())
        run_ffmpeg(
            *("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{pictures.shape[2]}x{HEIGHT}", "-r", str(RATE), "-i", "-"),
            *("-f", "f32le", "-ar", str(SOUND_RATE), "-i", heard),
            # the levels are those of limited range already
            *("-vf", f"scale=-2:{height}:in_range=full:out_range=full,setrange=limited,format=yuv420p"),
            *("-c:v", "libx264", "-preset", "veryfast", "-crf", str(crf), "-g", str(gop), "-sc_threshold", "0"),
            *("-c:a", "aac", "-b:a", "96k", "-ac", "2", path),
            frames=(picture.tobytes() for picture in pictures),
        )


def finish(
    recording: Recording,
    path: Path,
    numbers: Sequence[int] | None = None,
    sound: Sound | None = None,
    height: int = HEIGHT,
) -> Path:
    """A finished film of these frames and this sound; of the planned ones when none are given."""
    shown = recording.numbers if numbers is None else numbers
    heard = recording.samples if sound is None else sound
    write_film(path, recording.pictures[shown], heard, height=height)
    return path


def luma_of(path: Path) -> Pictures:
    """The luma of every frame of a film of 320 × 180."""
    planes = ("-vf", "format=yuv420p,extractplanes=y", "-fps_mode", "passthrough", "-f", "rawvideo", "-")
    raw = run_ffmpeg("-i", path, "-map", "0:v", *planes)
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, HEIGHT, WIDTH)


def _canvas(seed: int) -> npt.NDArray[np.float64]:
    """A large picture with detail of every size, as photographs have: 300 × 520, mean 120."""
    lots = np.random.default_rng(seed)
    canvas = np.zeros((300, 520))
    for grain in (4, 10, 20, 50):
        coarse = lots.normal(size=(300 // grain + 2, 520 // grain + 2))
        canvas += 12 * np.log2(grain) * np.kron(coarse, np.ones((grain, grain)))[:300, :520] / 4
    return np.clip(120 + canvas, 20, 230)


def barcodes(frames: int = FRAMES) -> Pictures:
    """Every frame differs in large blocks."""
    rows, columns = np.arange(HEIGHT) * 4 // HEIGHT, np.arange(WIDTH) * 8 // WIDTH
    return np.stack([(16 + 219 * barcode_cells(number))[rows][:, columns] for number in range(frames)]).astype(np.uint8)


def panned(frames: int = FRAMES) -> Pictures:
    """A photograph over which the camera sways."""
    canvas, moment = _canvas(1), np.arange(frames) / float(RATE)
    left = (100 + 90 * np.sin(1.3 * moment)).astype(int)
    top = (60 + 50 * np.cos(1.7 * moment)).astype(int)
    return np.stack([canvas[t : t + HEIGHT, x : x + WIDTH] for x, t in zip(left, top, strict=True)]).astype(np.uint8)


def presented(frames: int = FRAMES) -> Pictures:
    """A still page, and in one corner a presenter who moves a little."""
    page, person, lots = _canvas(2), _canvas(3), np.random.default_rng(4)
    pictures = np.empty((frames, HEIGHT, WIDTH), dtype=np.uint8)
    for number in range(frames):
        moment = number / float(RATE)
        left, top = round(230 + 12 * np.sin(2 * moment)), round(90 + 8 * np.sin(3.1 * moment))
        picture = page[:HEIGHT, :WIDTH].copy()
        picture[top : top + 70, left : left + 60] = person[:70, :60]
        pictures[number] = np.clip(picture + lots.normal(0, 1.5, picture.shape), 16, 235)
    return pictures


def dark(frames: int = FRAMES) -> Pictures:
    """The swaying photograph in a dark room, with the noise of a small camera."""
    lots = np.random.default_rng(5)
    dim = 16 + (panned(frames).astype(float) - 20) * 0.12
    return np.clip(dim + lots.normal(0, 3, dim.shape), 16, 60).astype(np.uint8)


def faded(frames: int = FRAMES) -> Pictures:
    """A photograph that comes and goes, two seconds each way."""
    light = np.abs((np.arange(frames) / float(RATE) + 2) % 4 - 2) / 2
    photograph = _canvas(6)[:HEIGHT, :WIDTH] - 16
    return np.stack([16 + photograph * share for share in light]).astype(np.uint8)


def still(frames: int = FRAMES) -> Pictures:
    """A page that nobody turns."""
    return np.repeat(_canvas(7)[None, :HEIGHT, :WIDTH].astype(np.uint8), frames, axis=0)


SCENES: dict[str, Callable[[], Pictures]] = {
    "barcodes": barcodes,
    "panned": panned,
    "presented": presented,
    "dark": dark,
    "faded": faded,
    "still": still,
}
"""Kinds of film by name."""
