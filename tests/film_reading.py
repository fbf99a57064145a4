"""Reads the generated films back: which frames a file shows, when, and which moment of the original its sound is of.

The readers share nothing with the product: they run ffmpeg plainly and decode what the film makers drew and played.
"""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_pipeline.core.intervals import Interval

Samples = npt.NDArray[np.float32]
"""Mono sound, -1 to 1."""

Picture = npt.NDArray[np.uint8]
"""A grey picture, rows × columns."""

CELLS_ACROSS, CELLS_DOWN = 8, 4
"""The barcode's grid: 20 bits of number, then 12 bits of its CRC-32, row by row; white is 1."""

NUMBER_BITS, CHECK_BITS = 20, 12

UNREADABLE = -1
"""What a frame reads as when its cells are grey or its check bits disagree: a mixture of frames, or no barcode."""

SOUND_RATE = 16000
"""Hz at which sound is compared; the signal stays under 3.5 kHz."""

KNOT = 0.005
"""Seconds from one turning point of the barcode sound's pitch to the next."""

SAME_SOUND = 0.75
"""How alike two 60 ms must be to be of one moment: after AAC the same are 0.95 or more, others 0.6 at most."""


@cache
def ffmpeg() -> Path:
    """The ffmpeg that the wheel carries."""
    [binary] = sorted(Path(str(files("imageio_ffmpeg"))).joinpath("binaries").glob("ffmpeg-*"))
    return binary


def run_ffmpeg(*arguments: str | Path, frames: Iterable[bytes] = ()) -> bytes:
    """Runs ffmpeg, writes `frames` to its standard input, returns its standard output. AssertionError when it fails."""
    command = [str(ffmpeg()), "-hide_banner", "-loglevel", "error", "-y", *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tool:
        assert tool.stdin is not None
        try:
            for frame in frames:
                tool.stdin.write(frame)
        except BrokenPipeError:
            pass  # it gave up reading: its own words, below, say why
        answer, complaint = tool.communicate()
    assert tool.returncode == 0, complaint.decode(errors="replace")[-2000:]
    return answer


def barcode_cells(number: int) -> Picture:
    """The 4 × 8 grid of bits (0 or 1) that stands for frame `number`, 0 to 2**20 - 1."""
    if not 0 <= number < 1 << NUMBER_BITS:
        raise ValueError("a barcode holds 20 bits")
    word = number << CHECK_BITS | zlib.crc32(number.to_bytes(3, "big")) & ((1 << CHECK_BITS) - 1)
    bits = [word >> place & 1 for place in reversed(range(NUMBER_BITS + CHECK_BITS))]
    return np.array(bits, dtype=np.uint8).reshape(CELLS_DOWN, CELLS_ACROSS)


def read_cells(levels: npt.NDArray[np.float64]) -> int:
    """The number that 4 × 8 mean levels (0 to 255) stand for, or `UNREADABLE`."""
    if np.any(np.abs(levels - 128) < 40):
        return UNREADABLE
    word = int("".join("1" if level > 128 else "0" for level in levels.flat), 2)
    number = word >> CHECK_BITS
    return number if np.array_equal(barcode_cells(number), levels > 128) else UNREADABLE


def read_barcodes(path: Path, ignore_editlist: bool = False) -> list[int]:
    """The number of every frame, in the order shown; `UNREADABLE` for one that is no whole barcode.

    With `ignore_editlist`, also the frames that an edit list hides.
    """
    raw = run_ffmpeg(
        *_reading(path, ignore_editlist),
        *("-map", "0:v:0", "-fps_mode", "passthrough"),
        *("-vf", f"scale={CELLS_ACROSS * 8}:{CELLS_DOWN * 8}:flags=area,format=gray"),
        *("-f", "rawvideo", "-"),
    )
    cells = np.frombuffer(raw, dtype=np.uint8).reshape(-1, CELLS_DOWN, 8, CELLS_ACROSS, 8)
    # the outer quarter of a cell is left out: that is where scaling and the codec smear
    levels = cells[:, :, 2:6, :, 2:6].mean(axis=(2, 4))
    return [read_cells(frame) for frame in levels]


def read_frame_times(path: Path, ignore_editlist: bool = False) -> list[Fraction]:
    """When every frame is shown (s), on the file's own clock."""
    text = run_ffmpeg(
        *_reading(path, ignore_editlist),
        *("-map", "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", "demux"),
        *("-vf", "scale=16:16", "-f", "framecrc", "-"),
    ).decode()
    lines = text.splitlines()
    [tick] = [Fraction(line.split()[-1]) for line in lines if line.startswith("#tb 0:")]
    return [int(line.split(",")[2]) * tick for line in lines if not line.startswith("#")]


def read_sound(path: Path, ignore_editlist: bool = False) -> Samples:
    """The first sound track as heard, mixed to mono at `SOUND_RATE`; sample 0 is the clock's 0."""
    raw = run_ffmpeg(
        *_reading(path, ignore_editlist),
        *("-map", "0:a:0", "-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", str(SOUND_RATE)),
        *("-f", "f32le", "-"),
    )
    return np.frombuffer(raw, dtype=np.float32)


def _reading(path: Path, ignore_editlist: bool) -> list[str | Path]:
    # timestamps stay the file's own, or pictures and sound would each be moved to begin at 0
    hidden_too = ["-ignore_editlist", "1"] if ignore_editlist and path.suffix in {".mp4", ".mov", ".m4a"} else []
    return ["-nostdin", "-copyts", *hidden_too, "-i", path]


def barcode_sound(start: float, length: float, rate: int = SOUND_RATE) -> Samples:
    """The barcode film's sound from `start` on (s), at `rate` Hz: a pitch that sweeps, never the same way twice.

    A function of time alone, so any 60 ms of it say which moment they are of. Silent before 0.
    """
    moment = start + np.arange(round(length * rate)) / rate
    knots = max(0, int((start + length) / KNOT)) + 3
    lots = np.random.default_rng(20).random(knots)
    low, high = 400 + 1100 * lots, 2000 + 1400 * lots
    pitch = np.where(np.arange(knots) % 2 == 0, low, high)
    # the phase is the pitch's integral: whole knots first, then the part inside one
    at_knots = np.concatenate(([0.0], np.cumsum((pitch[1:] + pitch[:-1]) / 2 * KNOT)))
    knot = (np.maximum(moment, 0) / KNOT).astype(np.int64)
    inside = moment - knot * KNOT
    slope = (pitch[knot + 1] - pitch[knot]) / KNOT
    turns = at_knots[knot] + pitch[knot] * inside + slope * inside**2 / 2
    return np.where(moment < 0, 0, 0.5 * np.sin(2 * np.pi * turns)).astype(np.float32)


def _find(piece: Samples, reference: Samples) -> tuple[float, float]:
    """Where in `reference` the `piece` is (in samples, with a fraction) and how alike they are there, 0 to 1."""
    size = 1 << (len(reference) + len(piece)).bit_length()
    spectrum = np.fft.rfft(reference, size) * np.conj(np.fft.rfft(piece, size))
    match = np.fft.irfft(spectrum, size)[: len(reference) - len(piece) + 1]
    best = int(np.argmax(match))
    strength = float(np.linalg.norm(piece) * np.linalg.norm(reference[best : best + len(piece)]))
    alike = float(match[best]) / strength if strength > 1e-6 else 0.0
    if not 0 < best < len(match) - 1:
        return float(best), alike
    before, peak, after = match[best - 1 : best + 2]
    # the top of the parabola through the three best
    return best + float((before - after) / (2 * (before - 2 * peak + after))), alike


def original_moment(piece: Samples, earliest: float, latest: float) -> float | None:
    """The moment of the barcode sound (s) that `piece` begins at, looked for in a span; None when it is not in there."""
    if np.sqrt(np.mean(piece**2)) < 0.01:
        return None
    place, alike = _find(piece, barcode_sound(earliest, latest - earliest + len(piece) / SOUND_RATE))
    return earliest + place / SOUND_RATE if alike > SAME_SOUND else None


def read_sound_times(
    path: Path, longest: float, step: float = 0.1, window: float = 0.06
) -> list[tuple[float, float | None]]:
    """For each moment of the file (every `step` s), which moment of the barcode film's sound is heard there.

    `longest` is the length of the original (s). None: silence, or a sound that is not the barcode film's.
    """
    sound, size = read_sound(path), round(window * SOUND_RATE)
    heard: list[tuple[float, float | None]] = []
    lead = 0.0
    for index in range(int((len(sound) - size) / (step * SOUND_RATE)) + 1):
        at = index * step
        piece = sound[round(at * SOUND_RATE) :][:size]
        # most often the sound just goes on: look there first, the whole original costs 50 times as much
        moment = original_moment(piece, at + lead - 0.03, at + lead + 0.03)
        if moment is None:
            moment = original_moment(piece, -window, longest)
        if moment is not None:
            lead = moment - at
        heard.append((at, moment))
    return heard


def av_error_at_joints(
    path: Path, kept: Sequence[Interval], rate: Fraction, times: Sequence[Fraction] | None = None
) -> list[float]:
    """How far sound runs ahead of pictures (ms, signed) beside each joint; the worse of both sides; inf when unrecognised.

    `kept` are the spans of the barcode film that `path` should be made of, each 80 ms or longer; `rate` is the film's,
    `times` when each of its frames was shown if that was not n / rate. The start and the end count as joints.
    """
    sound, numbers, shown = read_sound(path), read_barcodes(path), read_frame_times(path)
    edges: list[list[float]] = [[] for _ in range(len(kept) + 1)]
    at = Fraction(0)
    for index, span in enumerate(kept):
        ends = at + span.length
        frames = [
            (times[number] if times else number / rate) - moment
            for number, moment in zip(numbers, shown, strict=True)
            if at - 1 / (2 * rate) <= moment < ends - 1 / (2 * rate) and number != UNREADABLE
        ]
        # the median, because frames of an uneven film are each moved a little to an even grid
        lead = float(np.median(np.array(frames, dtype=float))) if frames else float("inf")
        for edge, start in ((index, at), (index + 1, ends - Fraction(8, 100))):
            edges[edge].append(sound_lead(sound, float(max(start, at)), float(span.start - at)) - lead)
        at = ends
    return [1000 * max(sides, key=abs) if np.all(np.isfinite(sides)) else float("inf") for sides in edges]


def sound_lead(sound: Samples, start: float, expected: float) -> float:
    """Original time less file time (s) of the 60 ms of sound after `start` + 10 ms; inf when it is another sound."""
    # 10 ms are left out at both ends: the joints are faded
    first = round((start + 0.01) * SOUND_RATE)
    piece = sound[first : first + round(0.06 * SOUND_RATE)]
    at = first / SOUND_RATE
    if len(piece) < 0.03 * SOUND_RATE:
        return float("inf")
    moment = original_moment(piece, at + expected - 0.3, at + expected + 0.3)
    return float("inf") if moment is None else moment - at
