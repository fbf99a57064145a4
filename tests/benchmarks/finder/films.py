"""Scripts made into recordings: composed, sent through a meeting's poor encoding, then recorded. Made once, kept by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from tests.benchmarks.finder.imaging import Planes
from tests.benchmarks.finder.rooms import set_stage
from tests.benchmarks.finder.scenes import scene_of
from tests.benchmarks.finder.script import Script
from tests.benchmarks.finder.stock import Stock
from tests.benchmarks.finder.truth import Shown, Truth, read_truth, write_truth
from tests.film_reading import run_ffmpeg
from tests.films import moments, timing_filter

VERSION = 5
"""Raised when the same script would make another film: films of other versions are not taken from the folder."""

SOUND_RATE = 16000
"""Hz of the films' sound."""

MEETING_BITS = 0.022
"""Bits a pixel and frame that the meeting's encoder has: some 500 kbit/s at 720 lines, as meetings send."""


@dataclass(frozen=True, slots=True)
class Film:
    """A recording and the truth about it."""

    script: Script
    path: Path
    truth: Truth


def film(script: Script, stock: Stock, folder: Path) -> Film:
    """The recording of a script, out of the folder if it is there. Takes some 0.4 CPU s a second of 720 lines."""
    name = f"{script.seed}-v{VERSION}-{stock.name}-{sha256(repr(script).encode()).hexdigest()[:8]}"
    path, told = folder / f"{name}.mp4", folder / f"{name}.json"
    if not told.exists():
        shown: list[Shown] = []
        with TemporaryDirectory(dir=folder) as room:
            recorded = Path(room, "film.mp4")
            _record(script, _frames(script, stock, shown), Path(room), recorded)
            recorded.rename(path)
        write_truth(_truth(script, shown), told)  # last, so that it tells that the film is whole
    return Film(script, path, read_truth(told))


def _truth(script: Script, shown: list[Shown]) -> Truth:
    times = tuple(moments(len(shown), script.rate, script.timing))
    return Truth(times, times[-1] + 1 / script.rate, tuple(shown))


def _frames(script: Script, stock: Stock, shown: list[Shown]) -> Iterator[bytes]:
    """Every frame's planes; what it shows is added to `shown`."""
    stage = set_stage(script, stock)
    width, height = script.size
    out = Planes(*(np.zeros((height // step, width // step), np.uint8) for step in (1, 2, 2)))
    times = moments(sum(take.frames for take in script.takes), script.rate, script.timing)
    first = 0
    for number, take in enumerate(script.takes):
        scene = scene_of(take, stage)
        for frame in range(take.frames):
            t = float(times[first + frame] - times[first])
            scene.draw(out, t, frame)
            shown.append(Shown(number, take.kind, scene.visible(t, frame)))
            yield b"".join(plane.tobytes() for plane in out)
        first += take.frames


def _record(script: Script, frames: Iterator[bytes], room: Path, path: Path) -> None:
    """Encodes twice: as a meeting does, in haste, without B-frames and with few bits; then as a recording."""
    width, height = script.size
    count = sum(take.frames for take in script.takes)
    end = moments(count, script.rate, script.timing)[-1] + 1 / script.rate
    meeting, sound = room / "meeting.mkv", room / "sound"
    sound.write_bytes(_voices(script.seed, end).tobytes())
    tick, timing = timing_filter(script.rate, script.timing, Fraction(0))
    colours = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
    bits = round(width * height * float(script.rate) * MEETING_BITS)
    run_ffmpeg(
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", str(script.rate), "-i", "-"),
        *("-vf", colours, "-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-bf", "0"),
        *("-b:v", str(bits), "-maxrate", str(2 * bits), "-bufsize", str(2 * bits), "-g", "600", meeting),
        frames=frames,
    )
    run_ffmpeg(
        *("-nostdin", "-i", meeting, "-f", "f32le", "-ar", str(SOUND_RATE), "-i", sound, "-map", "0:v", "-map", "1:a"),
        *("-vf", timing, "-fps_mode", "passthrough", "-enc_time_base:v", str(tick)),
        *("-c:v", "libx264", "-preset", "superfast", "-crf", "24", "-g", "250"),
        *("-c:a", "aac", "-b:a", "48k", "-video_track_timescale", str((1 / tick).numerator), path),
    )


def _voices(seed: int, seconds: Fraction) -> npt.NDArray[np.float32]:
    """Noise that swells and falls like syllables and pauses like sentences."""
    lots = np.random.default_rng(seed)
    count = int(seconds * SOUND_RATE)
    t = np.arange(count, dtype=np.float32) / SOUND_RATE
    hum = np.sin(2 * np.pi * 140 * t) + 0.5 * np.sin(2 * np.pi * 610 * t) + 0.3 * lots.standard_normal(count)
    syllables = np.clip(np.sin(2 * np.pi * 3.7 * t), 0, 1)
    spoken = lots.random(int(seconds) // 2 + 1) > 0.25
    sentences = spoken[(t / 2).astype(np.intp)]
    return np.asarray(0.15 * hum * syllables * sentences, np.float32)
