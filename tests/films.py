"""Makes every film the tests need; none is ever committed.

    barcode_film   every frame shows its number, every 30 ms of its sound say which moment they are of
    clock_film     brightness and pitch tell the second
    copied_cut     a film cut without encoding: what was cut stays in it, behind an edit list
    dirty_film     canaries in every channel that can carry text
    storytime_film the demo's storytime with participants in known spans

`film_reading` reads them back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from deploy.demo_film import make_demo_film
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import Light
from tests.film_dirt import Canaries, dirty_film, leaks
from tests.film_reading import (
    CELLS_ACROSS,
    CELLS_DOWN,
    Samples,
    barcode_cells,
    barcode_sound,
    ffmpeg,
    read_sound,
    run_ffmpeg,
)

__all__ = [
    "BarcodeFilm",
    "Canaries",
    "Timing",
    "barcode_film",
    "clock_film",
    "copied_cut",
    "dirty_film",
    "leaks",
    "moments",
    "read_clock",
    "storytime_film",
    "timing_filter",
]

FILM_SOUND_RATE = 48000
"""Hz of the sound in every film made here."""


class Timing(StrEnum):
    """When frames are shown."""

    CONSTANT = "constant"
    """Frame n at n / rate."""

    JITTER = "jitter"
    """Up to 0.4 frames early or late, in whole milliseconds, as phones do."""

    GAPS = "gaps"
    """After every seventh frame the next two moments have no frame, as screen recordings do."""


@dataclass(frozen=True, slots=True)
class BarcodeFilm:
    """A barcode film and the truth about it."""

    path: Path
    """The file."""

    rate: Fraction
    """Nominal frames per second."""

    times: tuple[Fraction, ...]
    """When each frame is shown (s), before the container rounds it (Matroska: to milliseconds)."""

    length: Fraction
    """Seconds, from 0 to the end of the last frame."""

    def numbers_in(self, kept: Interval) -> list[int]:
        """The frames that are shown for the first time inside a span."""
        return [number for number, moment in enumerate(self.times) if kept.holds(moment)]


def moments(frames: int, rate: Fraction, timing: Timing) -> list[Fraction]:
    """When each frame is shown; `timing_filter` says the same sums in ffmpeg's words."""
    if timing is Timing.GAPS:
        return [(n + 2 * (n // 7)) / rate for n in range(frames)]
    if timing is Timing.JITTER:
        uneven = [n + Fraction(8, 100) * ((7 * n + 5) % 11 - 5) for n in range(frames)]
        return [Fraction(int(1000 * n / rate), 1000) for n in uneven]
    return [n / rate for n in range(frames)]


def timing_filter(rate: Fraction, timing: Timing, start: Fraction) -> tuple[Fraction, str]:
    """The clock's tick (s) and the filter that gives every frame its moment on it."""
    tick = Fraction(1, 1000) if timing is Timing.JITTER else 1 / rate
    if (start / tick).denominator != 1:
        raise ValueError("pictures start on a tick of their own clock")
    # 1/16 ms is added because 0.08 is not exact in binary and floor() would fall to the millisecond before
    moment = {
        Timing.CONSTANT: "N",
        Timing.JITTER: f"floor((N+0.08*(mod(7*N+5,11)-5))*1000/({rate})+1/16)",
        Timing.GAPS: "N+2*floor(N/7)",
    }[timing]
    return tick, f"settb={tick},setpts='{moment}+{start / tick}'"


def _into(transfer: str) -> str:
    """The filters that make an SDR picture one of high dynamic range, with 203 nits as white."""
    return (
        "format=yuv444p,setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709,"
        "zscale=t=linear:npl=203,format=gbrpf32le,"
        f"zscale=p=bt2020:t={transfer}:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
    )


_LIGHTS = {Light.PQ: _into("smpte2084"), Light.HLG: _into("arib-std-b67")}


def _encoder(codec: str, gop: int, open_gop: bool, crf: int) -> list[str]:
    """One codec's flags: key frames only where `gop` says, so that cuts fall between them."""
    closed = {"libx264": "open-gop=0", "libx265": "open-gop=0:log-level=error"}
    opened = {"libx264": "open-gop=1:bframes=3", "libx265": "open-gop=1:log-level=error:bframes=3"}
    flags = ["-c:v", codec, "-g", str(gop)]
    if codec in closed:
        name = codec.removeprefix("lib")
        settings = f"{(opened if open_gop else closed)[codec]}:scenecut=0:keyint={gop}:min-keyint={gop}"
        return [*flags, "-preset", "veryfast", "-crf", str(crf), f"-{name}-params", settings]
    if codec == "libsvtav1":
        return [*flags, "-preset", "12", "-crf", str(crf)]
    if codec == "libvpx-vp9":
        return [*flags, "-deadline", "realtime", "-cpu-used", "8", "-crf", str(crf), "-b:v", "0"]
    return [*flags, "-q:v", "3"]


def barcode_film(
    path: Path,
    *,
    frames: int = 250,
    rate: Fraction = Fraction(25),
    size: tuple[int, int] = (320, 180),
    codec: str = "libx264",
    gop: int = 250,
    open_gop: bool = False,
    crf: int = 20,
    timing: Timing = Timing.CONSTANT,
    rotation: int = 0,
    video_start: Fraction = Fraction(0),
    audio: bool = True,
    audio_codec: str = "aac",
    channels: int = 2,
    audio_start: Fraction = Fraction(0),
    audio_tracks: int = 1,
    depth: int = 8,
    light: Light = Light.SDR,
    first_half: str = "",
) -> BarcodeFilm:
    """Makes a barcode film; the container follows from the path's suffix.

    `size` is as shown. `rotation` (0, 90, 180, 270, degrees counter-clockwise) is left to the player, by a matrix.
    A track that starts late (`video_start`, `audio_start`, s) begins with what belongs to that moment. Further audio
    tracks are silent. `depth` is in bits; films of high dynamic range have 10. `first_half` makes an interlaced film:
    `top` or `bottom`, which half picture comes first.
    """
    times = tuple(video_start + moment for moment in moments(frames, rate, timing))
    length = times[-1] + 1 / rate
    tick, timed = timing_filter(rate, timing, video_start)
    stored = size if rotation % 180 == 0 else size[::-1]
    flags: list[str | Path] = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{stored[0]}x{stored[1]}", "-i", "-"]
    with TemporaryDirectory(dir=path.parent) as room:
        if audio:
            sound = Path(room, "sound")
            sound.write_bytes(_barcode_pcm(audio_start, length))
            flags += ["-f", "f32le", "-ar", str(FILM_SOUND_RATE), "-i", sound]
            flags += ["-map", "0", *["-map", "1"] * audio_tracks]
            for track in range(audio_tracks):
                # -itsoffset is not heeded for raw sound
                flags += [f"-filter:a:{track}", f"asetpts=PTS+{audio_start}/TB,volume={0 if track else 1}"]
            flags += ["-c:a", audio_codec, "-ac", str(channels), "-b:a", "96k"]
        pixels = _LIGHTS.get(light, "format=yuv420p10le" if depth == 10 else "format=yuv420p")
        flags += ["-vf", f"{timed},{pixels}", "-fps_mode", "passthrough", "-enc_time_base:v", str(tick)]
        flags += _encoder(codec, gop, open_gop, crf)
        if first_half:
            flags += ["-flags:v", "+ildct+ilme"]
            flags += ["-x264-params", "tff=1" if first_half == "top" else "bff=1"] if codec == "libx264" else []
        if path.suffix in {".mp4", ".mov"}:
            flags += ["-video_track_timescale", str((1 / tick).numerator)]
        upright = path if rotation == 0 else Path(room, "upright").with_suffix(path.suffix)
        run_ffmpeg(*flags, upright, frames=_barcode_frames(frames, size, rotation))
        if rotation:
            run_ffmpeg("-display_rotation:v:0", str(rotation), "-i", upright, "-map", "0", "-c", "copy", path)
    return BarcodeFilm(path, rate, times, length)


def _barcode_frames(frames: int, size: tuple[int, int], rotation: int) -> Iterator[bytes]:
    width, height = size
    rows, columns = np.arange(height) * CELLS_DOWN // height, np.arange(width) * CELLS_ACROSS // width
    for number in range(frames):
        levels = 16 + 219 * barcode_cells(number)
        yield np.rot90(levels[rows][:, columns], -rotation // 90).tobytes()


def _barcode_pcm(start: Fraction, end: Fraction) -> bytes:
    return barcode_sound(float(start), float(end - start), FILM_SOUND_RATE).tobytes()


def _decimal(moment: Fraction) -> str:
    return f"{float(moment):.6f}"


def copied_cut(film: Path, path: Path, start: Fraction) -> None:
    """Cuts what is before `start` off by copying, as quick editors do: the frames since the last key frame stay inside."""
    run_ffmpeg("-ss", _decimal(start), "-i", film, "-map", "0", "-c", "copy", path)


def clock_film(path: Path, seconds: int = 10, rate: Fraction = Fraction(25)) -> None:
    """Second s (at most 20) is a flat picture of luma 20 + 10 s with a tone of 300 + 100 s Hz; 320 × 180."""
    if not 1 <= seconds <= 20:
        raise ValueError("brightness has room for 20 seconds")
    grey = (f"{20 + 10 * (n / rate).__floor__():c}".encode("latin-1") for n in range(int(seconds * rate)))
    moment = np.arange(FILM_SOUND_RATE) / FILM_SOUND_RATE
    tones = [0.3 * np.sin(2 * np.pi * (300 + 100 * second) * moment) for second in range(seconds)]
    with TemporaryDirectory(dir=path.parent) as room:
        sound = Path(room, "sound")
        sound.write_bytes(np.concatenate(tones).astype(np.float32).tobytes())
        run_ffmpeg(
            *("-f", "rawvideo", "-pix_fmt", "gray", "-s", "320x180", "-r", str(rate), "-i", "-"),
            *("-f", "f32le", "-ar", str(FILM_SOUND_RATE), "-i", sound),
            *("-vf", "scale=out_range=full:in_range=full,format=yuv420p", "-c:v", "libx264", "-preset", "veryfast"),
            *("-c:a", "aac", path),
            frames=(level * (320 * 180) for level in grey),
        )


def read_clock(path: Path) -> tuple[list[int], list[int]]:
    """A clock film's seconds: as each frame's brightness says, and as each 100 ms of the sound says (-1: silent)."""
    raw = run_ffmpeg(
        *("-nostdin", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough"),
        *("-vf", "scale=1:1:flags=area,format=yuv420p,extractplanes=y", "-f", "rawvideo", "-"),
    )
    return [round((level - 20) / 10) for level in raw], _seconds_by_pitch(read_sound(path))


def _seconds_by_pitch(sound: Samples) -> list[int]:
    size = 1600
    pieces = sound[: len(sound) // size * size].reshape(-1, size)
    spectra = np.abs(np.fft.rfft(pieces * np.hanning(size), axis=1))
    pitch = np.argmax(spectra, axis=1) * 10  # 100 ms resolve 10 Hz
    return [
        round((hz - 300) / 100) if np.max(np.abs(piece)) > 0.02 else -1 for hz, piece in zip(pitch, pieces, strict=True)
    ]


def storytime_film(path: Path, seconds: int = 30) -> list[tuple[Fraction, Fraction]]:
    """The demo's film; returns the spans (s) that show participants."""
    return make_demo_film(path, ffmpeg(), seconds)
