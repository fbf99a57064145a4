"""Makes the demo's storytime: a drawn room in which a book is read, and spans that show drawn participants.

    python deploy/demo_film.py storytime.mp4

Needs numpy and an ffmpeg, nothing else: no font, no picture file, no network. The film carries a title, a name and a
place among its tags, as recordings do, so that the demo can show that they are gone afterwards.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from functools import cache
from importlib.resources import files
from math import pi, sin
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import numpy.typing as npt

if not __package__:  # run as a script, Python looks for modules in this folder only, not in the one above
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deploy.demo_drawing import PEOPLE, camera_off, tile
from deploy.demo_room import HEIGHT, WIDTH, Pixels, pixels, room

RATE = 25
"""Frames per second."""

SOUND_RATE = 48000
"""Hz."""

Span = tuple[Fraction, Fraction]
"""From (s), to (s, no longer inside)."""

Sound = npt.NDArray[np.float32]

PLANTED = {
    "title": "Storytime with Kim, raw recording",
    "artist": "Kim Example",
    "comment": "Recorded at home, call 555 0100",
    "location": "+51.5000-000.1200/",
}
"""Tags of the film that must not be in what is published."""

TILE_WIDTH, TILE_HEIGHT, GAP = 408, 224, 12

TILE_STATES = 16
"""Pictures in a participant's little cycle of swaying, talking and blinking, each shown for three frames."""


def participant_spans(seconds: int) -> tuple[Span, Span, Span]:
    """When participants are on screen: a gallery, a flash of one of them (0.6 s), another gallery; on whole frames."""
    if seconds < 10:
        raise ValueError("the demo's film is at least 10 seconds long")
    tenth = Fraction(seconds, 10)

    def span(start: Fraction, length: Fraction) -> Span:
        first = Fraction(round(start * RATE), RATE)
        return first, first + Fraction(round(length * RATE), RATE)

    return (
        span(Fraction(5, 2) * tenth, Fraction(8, 10) * tenth),
        span(Fraction(11, 2) * tenth, Fraction(3, 5)),
        span(Fraction(78, 10) * tenth, Fraction(5, 10) * tenth),
    )


@cache
def _tile(person: int, state: int, width: int, height: int, head: float) -> Pixels:
    turn = 2 * pi * state / TILE_STATES
    talk = max(0.0, sin(3 * turn + person)) if person % 3 == 1 else 0.1
    blinks = state == (5 * person) % TILE_STATES
    return pixels(tile(PEOPLE[person], width, height, sway=sin(turn + person), blink=blinks, talk=talk, head=head))


@cache
def _card(person: int) -> Pixels:
    return pixels(camera_off(PEOPLE[person], TILE_WIDTH, TILE_HEIGHT))


def _gallery(frame: int, first: int, off: int | None) -> Pixels:
    """Three rows of three participants, beginning with the `first`; the one numbered `off` has the camera off."""
    picture = np.full((HEIGHT, WIDTH, 3), 28, np.uint8)
    for place in range(9):
        person = (place + first) % 9
        row, column = divmod(place, 3)
        y, x = GAP + row * (TILE_HEIGHT + GAP), 16 + column * (TILE_WIDTH + GAP)
        state = (frame // 3 + 5 * person) % TILE_STATES
        shown = _card(person) if person == off else _tile(person, state, TILE_WIDTH, TILE_HEIGHT, 0.27)
        picture[y : y + TILE_HEIGHT, x : x + TILE_WIDTH] = shown
    return picture


def _pictures(seconds: int) -> Iterator[bytes]:
    """Every frame of the film as rows of red, green and blue."""
    opening, flash, closing = (range(int(a * RATE), int(b * RATE)) for a, b in participant_spans(seconds))
    for frame in range(seconds * RATE):
        if frame in opening:
            yield _gallery(frame, 0, None).tobytes()
        elif frame in flash:
            yield _tile(1, frame // 3 % TILE_STATES, WIDTH, HEIGHT, 0.22).tobytes()
        elif frame in closing:
            yield _gallery(frame, 4, 6).tobytes()
        else:
            yield room(frame / RATE, frame / (seconds * RATE)).tobytes()


def _bell(pitch: float, length: float, loudness: float) -> Sound:
    """A music box's note: a tone and two fainter, shorter ones above it."""
    moment = np.arange(int(length * SOUND_RATE)) / SOUND_RATE
    note = np.zeros_like(moment)
    for partial, share, fade in ((1, 1.0, 2.2), (2, 0.35, 3.5), (5.4, 0.08, 9.0)):
        note += share * np.sin(2 * pi * pitch * partial * moment) * np.exp(-fade * moment)
    note *= np.minimum(1, moment / 0.006) * np.minimum(1, (length - moment) / 0.05)
    return np.asarray(loudness * note, dtype=np.float32)


_MELODY = (7, 4, 2, 4, 0, 2, 4, 7, 9, 7, 4, 2, 0, 2, -3, 0)
"""Half tones above C, four to a bar: a five-note scale cannot sound wrong."""


def _lullaby(seconds: int) -> Sound:
    beat = 0.75
    sound = np.zeros((seconds + 4) * SOUND_RATE, np.float32)
    for count in range(int(seconds / beat)):
        at = int(count * beat * SOUND_RATE)
        if count % 8 != 7:
            note = _bell(523.25 * 2 ** (_MELODY[count % 16] / 12), 2.2, 0.16)
            sound[at : at + len(note)] += note
        if count % 4 == 0:
            bass = _bell((130.81, 110.0, 174.61, 98.0)[count // 4 % 4], 3.0, 0.13)
            sound[at : at + len(bass)] += bass
    return sound[: seconds * SOUND_RATE]


def _chatter(length: int) -> Sound:
    """Noise in the band of voices that swells and falls like many people talking; `length` in samples."""
    chance = np.random.default_rng(7)
    spectrum = np.fft.rfft(chance.standard_normal(length))
    hertz = np.fft.rfftfreq(length, 1 / SOUND_RATE)
    spectrum *= np.exp(-(((np.log(np.maximum(hertz, 1)) - np.log(700)) / 0.7) ** 2))
    noise = np.fft.irfft(spectrum, length)
    moment = np.arange(length) / SOUND_RATE
    syllables = 0.55 + 0.45 * np.sin(2 * pi * 4.3 * moment) * np.sin(2 * pi * 0.9 * moment + 1)
    return np.asarray(0.16 * noise / np.std(noise) * syllables, dtype=np.float32)


def _sound(seconds: int) -> Sound:
    """The lullaby, and chatter instead of it while participants are shown."""
    sound = _lullaby(seconds)
    for start, end in participant_spans(seconds):
        first, last = int(start * SOUND_RATE), int(end * SOUND_RATE)
        sound[first:last] = np.clip(_chatter(last - first), -0.8, 0.8)
    return sound


def make_demo_film(path: Path, ffmpeg: Path, seconds: int = 30) -> list[Span]:
    """Writes the film (MP4, 1280 × 720, 25 frames a second) and returns the spans that show participants.

    Raises ValueError below 10 seconds, `subprocess.CalledProcessError` when ffmpeg fails.
    """
    spans = list(participant_spans(seconds))
    with NamedTemporaryFile(suffix=".f32", dir=path.parent) as sound:
        sound.write(_sound(seconds).tobytes())
        sound.flush()
        command = [
            str(ffmpeg), "-hide_banner", "-loglevel", "error", "-y",
            "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-",
            "-f", "f32le", "-ar", str(SOUND_RATE), "-i", sound.name,
            "-vf", "scale=out_color_matrix=bt709,format=yuv420p",  # what players take 720p for
            "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
            "-c:v", "libx264", "-preset", "veryfast", "-crf", "20",
            "-c:a", "aac", "-ac", "2", "-b:a", "128k",
            *(part for tag, value in PLANTED.items() for part in ("-metadata", f"{tag}={value}")),
            str(path),
        ]  # fmt: skip
        # our own words and our own pictures only: nothing untrusted comes near this process
        with subprocess.Popen(command, stdin=subprocess.PIPE) as tool:  # noqa: S603 (a list, no shell)
            assert tool.stdin is not None  # noqa: S101 (for the type checker: PIPE was asked for)
            with suppress(BrokenPipeError):  # it gave up: its exit status, below, tells
                for picture in _pictures(seconds):
                    tool.stdin.write(picture)
        if tool.returncode:
            raise subprocess.CalledProcessError(tool.returncode, command[0])
    return spans


def wheel_ffmpeg() -> Path:
    """The ffmpeg that the installed imageio-ffmpeg wheel carries."""
    [binary] = sorted(Path(str(files("imageio_ffmpeg"))).joinpath("binaries").glob("ffmpeg-*"))
    return binary


def main() -> None:
    """Makes the film and prints the participants' spans (s) as JSON."""
    parser = argparse.ArgumentParser(description="Makes the demo's storytime film.")
    parser.add_argument("path", type=Path, help="the MP4 to write")
    parser.add_argument("--seconds", type=int, default=30, help="how long (default: 30)")
    parser.add_argument("--ffmpeg", type=Path, default=None, help="which ffmpeg (default: the installed wheel's)")
    wanted = parser.parse_args()
    spans = make_demo_film(wanted.path, wanted.ffmpeg or wheel_ffmpeg(), wanted.seconds)
    sys.stdout.write(json.dumps([[float(start), float(end)] for start, end in spans]) + "\n")


if __name__ == "__main__":
    main()
