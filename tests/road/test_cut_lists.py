"""Exactness: whatever is cut, the finished film has the kept frames in order and nothing else, and sound stays with them."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest

from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.plan import make_plan
from media_pipeline.ports.tools import Toolbox
from media_pipeline.ports.watch import Unwatched
from media_pipeline.run import Places, probe, render, verify
from media_pipeline.toolbox import ToolChoice, open_toolbox
from tests.film_reading import av_error_at_joints, read_barcodes
from tests.films import barcode_film

FRAMES, RATE = 250, Fraction(25)
MOST_APART = 20.0
"""Milliseconds between picture and sound at a joint."""

LONG_ENOUGH_TO_HEAR = Fraction(12, 100)
"""Seconds of a span whose sound can be told: 60 ms away from both faded ends."""


@pytest.fixture(scope="module")
def tools() -> Toolbox:
    return open_toolbox(ToolChoice())


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "barcode.mp4"
    barcode_film(path, frames=FRAMES, rate=RATE)
    return path


def random_cuts(seed: int, most: int) -> list[Interval]:
    """Up to `most` cuts of 1 frame to 2 seconds, on and off the frames' grid."""
    chance = random.Random(seed)
    cuts = []
    for _ in range(chance.randint(1, most)):
        start = (
            Fraction(chance.randrange(FRAMES * 4), 4) / RATE
            if chance.random() < 0.5
            else Fraction(chance.randrange(FRAMES)) / RATE
        )
        cuts.append(Interval(start, start + Fraction(chance.randint(1, 200), 4) / RATE))
    return cuts


def kept_frames(cuts: list[Interval]) -> list[int]:
    """The rule, said once more and apart from the product: a frame goes when a cut touches the time it is on screen."""
    return [n for n in range(FRAMES) if not any(n < cut.end * RATE and n + 1 > cut.start * RATE for cut in cuts)]


def check(seed: int, most: int, film: Path, tools: Toolbox, tmp_path: Path) -> None:
    cuts = random_cuts(seed, most)
    expected = kept_frames(cuts)
    if not expected:
        return
    media = probe(film, tools, Unwatched())
    edits = tuple(Edit(Action.CUT, cut) for cut in cuts if cut.overlaps(media.whole))
    plan = make_plan(EditList(media.sha256, media.whole, edits), media)
    out = tmp_path / "out"
    render(film, media, plan, Places(tmp_path / "room", out), tools, Unwatched(), chunk_seconds=None)
    top = out / "video.mp4"
    assert read_barcodes(top) == expected
    hidden = set(read_barcodes(top, ignore_editlist=True)) - set(expected)
    assert not hidden, "frames stand behind an edit list"
    assert IntervalSet.of(plan.keep) == plan_of(expected)
    assert verify(film, media, plan, out, tools, Unwatched()).broken == (), "the proof cries wolf"
    for joint, error in enumerate(av_error_at_joints(top, plan.keep, RATE)):
        beside = plan.keep[max(0, joint - 1) : joint + 1]
        if all(span.length >= LONG_ENOUGH_TO_HEAR for span in beside):
            assert abs(error) <= MOST_APART, f"joint {joint}"


def plan_of(frames: list[int]) -> IntervalSet:
    return IntervalSet.of(Interval(n / RATE, (n + 1) / RATE) for n in frames)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_random_cut_lists_are_exact(seed: int, film: Path, tools: Toolbox, tmp_path: Path) -> None:
    check(seed, 12, film, tools, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(30, 130))
def test_many_random_cut_lists_are_exact(seed: int, film: Path, tools: Toolbox, tmp_path: Path) -> None:
    check(seed, 40, film, tools, tmp_path)
