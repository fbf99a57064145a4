"""Sounds of eight seconds for the proof: of every kind, written as a recording or as the renderer would."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import AudioCodec, AudioTrack, MediaFile
from tests.adapters.proof.making import SOUND_RATE, Sound
from tests.film_reading import barcode_sound, run_ffmpeg

SECONDS = 8

MEDIA = MediaFile(
    "0" * 64,
    1,
    Interval(Fraction(0), Fraction(SECONDS)),
    None,
    AudioTrack(0, AudioCodec.AAC, 2, SOUND_RATE, Fraction(0)),
    1,
)


def _moment() -> Sound:
    return (np.arange(SECONDS * SOUND_RATE) / SOUND_RATE).astype(np.float32)


def sweeps() -> Sound:
    return barcode_sound(0, SECONDS, SOUND_RATE)


def voice() -> Sound:
    """Syllables of a gliding pitch with many overtones, and pauses between sentences."""
    moment, lots = _moment(), np.random.default_rng(8)
    pitch = 170 + 40 * np.sin(2.1 * moment) + 25 * np.sin(5.3 * moment)
    turns = np.cumsum(pitch) / SOUND_RATE
    tone = np.stack([np.sin(2 * np.pi * k * turns + k) / k for k in range(1, 15)]).sum(axis=0)
    syllables = np.interp(moment, np.arange(0, SECONDS, 0.11), lots.uniform(0, 1, len(np.arange(0, SECONDS, 0.11))))
    pauses = (moment % 2.3) < 1.9
    sound: Sound = (0.2 * tone * syllables * pauses).astype(np.float32)
    return sound


def noise() -> Sound:
    return np.random.default_rng(9).normal(0, 0.1, SECONDS * SOUND_RATE).astype(np.float32)


def tone() -> Sound:
    sound: Sound = (0.3 * np.sin(2 * np.pi * 440 * _moment())).astype(np.float32)
    return sound


def whisper() -> Sound:
    return (voice() / 100).astype(np.float32)


def silence() -> Sound:
    return np.zeros(SECONDS * SOUND_RATE, dtype=np.float32)


SOUNDS: dict[str, Callable[[], Sound]] = {
    "sweeps": sweeps,
    "voice": voice,
    "noise": noise,
    "tone": tone,
    "whisper": whisper,
    "silence": silence,
}


def write_sound(path: Path, sound: Sound) -> Path:
    raw = path.with_suffix(".f32")
    raw.write_bytes(sound.astype(np.float32).tobytes())
    run_ffmpeg("-f", "f32le", "-ar", str(SOUND_RATE), "-i", raw, "-c:a", "aac", "-b:a", "96k", "-ac", "2", path)
    return path


def part(sound: Sound, start: float, end: float) -> Sound:
    return sound[round(start * SOUND_RATE) : round(end * SOUND_RATE)]


def faded(sound: Sound) -> Sound:
    ramp = np.minimum(1, np.arange(len(sound)) / 384)
    return (sound * ramp * ramp[::-1]).astype(np.float32)
