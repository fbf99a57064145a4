"""Made storytimes show participants in exactly the frames that their truth says, on drawn pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.benchmarks.finder.drawn import drawn
from tests.benchmarks.finder.films import Film, film
from tests.benchmarks.finder.kinds import SAFE, Kind
from tests.benchmarks.finder.script import Script, Side, Take
from tests.film_reading import read_frame_times, run_ffmpeg
from tests.films import Timing

pytestmark = pytest.mark.slow

SIZE = (320, 180)

MOVING = {Kind.WALK_IN, Kind.COMES_ALONE, Kind.PAN_TO}
"""Here a participant comes in pixel by pixel: the encoder may smear their edge by one frame."""

LONG = {Kind.WALK_IN: 60, Kind.COMES_ALONE: 150, Kind.PAN_TO: 60, Kind.FADE: 36}
"""Frames of the kinds that need time; the others have eight."""


def _made(folder: Path, timing: Timing, kinds: list[Kind], side: Side = Side.DESIGN) -> Film:
    """A film of these kinds, each after some safe one."""
    safe = sorted(SAFE)
    pairs = [(safe[place % len(safe)], kind) for place, kind in enumerate(kinds)]
    shots = [kind for pair in pairs for kind in pair]
    takes = tuple(Take(kind, LONG.get(kind, 8), 77 + place) for place, kind in enumerate(shots))
    return film(Script(side, 7, SIZE, Fraction(25), timing, True, takes), drawn(side), folder)


def _pixels(path: Path) -> npt.NDArray[np.int16]:
    width, height = SIZE
    raw = run_ffmpeg(*("-nostdin", "-i", path, "-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"))
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3).astype(np.int16)


def _magenta(pixels: npt.NDArray[np.int16]) -> npt.NDArray[np.intp]:
    """How many pixels of each frame are redder and bluer than green, as only drawn participants are."""
    coloured = np.minimum(pixels[..., 0], pixels[..., 2]) - pixels[..., 1] > 40
    return np.asarray(np.count_nonzero(coloured, axis=(1, 2)), np.intp)


MAGENTA = [kind for kind in Kind if kind not in {*SAFE, Kind.CARD, Kind.DARK, Kind.FADE}]
"""Kinds whose participants are of that colour as soon as they are in sight."""


@pytest.mark.parametrize(
    ("timing", "kinds"), [(Timing.CONSTANT, MAGENTA), (Timing.GAPS, MAGENTA[:2]), (Timing.JITTER, MAGENTA[-3:])]
)
def test_participants_are_seen_exactly_when_the_truth_says(timing: Timing, kinds: list[Kind], tmp_path: Path) -> None:
    made = _made(tmp_path, timing, kinds)
    assert read_frame_times(made.path) == list(made.truth.times)
    seen = _magenta(_pixels(made.path)) > 40
    told = np.array([shown.visible for shown in made.truth.frames])
    wrong = [
        (number, made.truth.frames[number].kind)
        for number, same in enumerate((seen == told).tolist())
        if not same and not (made.truth.frames[number].kind in MOVING and told[max(0, number - 1)] != told[number + 1])
    ]
    assert not wrong
    assert {shown.kind for shown in made.truth.frames if shown.visible} == set(kinds)


def test_a_shot_changes_on_its_very_frame(tmp_path: Path) -> None:
    made = _made(tmp_path, Timing.CONSTANT, [Kind.CARD, Kind.DARK, Kind.CLOSE, Kind.CARD, Kind.GALLERY, Kind.CARD])
    pixels = _pixels(made.path)
    changes = np.abs(np.diff(pixels, axis=0)).mean(axis=(1, 2, 3))
    takes = np.array([shown.take for shown in made.truth.frames])
    edges = np.flatnonzero(np.diff(takes))
    assert len(edges) == 11
    assert changes[edges].min() > 3 * np.delete(changes, edges).max()
    assert all(shown.visible == (shown.kind not in SAFE) for shown in made.truth.frames)


def test_a_fade_counts_from_its_faintest_trace(tmp_path: Path) -> None:
    made = _made(tmp_path, Timing.CONSTANT, [Kind.FADE])
    fade = [shown.visible for shown in made.truth.frames if shown.kind is Kind.FADE]
    assert fade == [False, *[True] * (LONG[Kind.FADE] - 2), False]
    seen = _magenta(_pixels(made.path))[-LONG[Kind.FADE] :]
    assert seen[0] == 0
    assert seen[-1] == 0
    assert np.all(seen[len(seen) // 3 : -len(seen) // 3] > 1000)


def test_safe_kinds_move_and_show_nobody_else(tmp_path: Path) -> None:
    made = _made(tmp_path, Timing.CONSTANT, sorted(SAFE), Side.KEPT_ASIDE)
    pixels = _pixels(made.path)
    assert not made.truth.participants
    assert _magenta(pixels).max() < 40
    still = {Kind.PAGE}
    changes = np.abs(np.diff(pixels, axis=0)).max(axis=(1, 2, 3))
    kinds = [shown.kind for shown in made.truth.frames]
    assert all(change > 0 for change, kind in zip(changes, kinds[1:], strict=True) if kind not in still)


def test_a_film_is_made_once(tmp_path: Path) -> None:
    made = _made(tmp_path, Timing.CONSTANT, [Kind.CLOSE])
    made.path.write_bytes(b"kept")
    again = _made(tmp_path, Timing.CONSTANT, [Kind.CLOSE])
    assert again == made
    assert again.path.read_bytes() == b"kept"


def test_whoever_comes_in_is_out_of_sight_at_first(tmp_path: Path) -> None:
    made = _made(tmp_path, Timing.CONSTANT, sorted(MOVING) * 3)
    for take in {shown.take for shown in made.truth.frames if shown.kind in MOVING}:
        seen = [shown.visible for shown in made.truth.frames if shown.take == take]
        assert seen == sorted(seen)
        assert not seen[0]
        assert seen[-1]
