"""Covers and crops: right films pass, and whatever should be hidden and is not is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from media_pipeline.adapters.proof.inspector import FfmpegInspector
from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import Box
from media_pipeline.core.plan import RenderPlan, make_plan
from media_pipeline.ports.inspector import Comparison
from media_pipeline.ports.watch import Unwatched
from tests.adapters.proof.making import WIDTH, Pictures, Recording, write_film

pytestmark = pytest.mark.slow

WATCH = Unwatched()
BLACK = 16

FACE = Box(40, 31, 16, 18)
"""As large as a face in a gallery of the smallest film: a little less than a block of the comparison."""

WIDE = Box(150, 60, 80, 70)
CROP = Box(101, 40, 80, 90)
"""Is shown twice as large, at 80 to 240 across."""

COVERED, CROPPED = (40, 60), (90, 120)
"""Source frames; those from 65 to 84 are cut."""


def _edit(action: Action, frames: tuple[int, int], box: Box | None = None) -> Edit:
    return Edit(action, Interval(Fraction(frames[0], 25), Fraction(frames[1], 25)), box)


EDITS = (
    _edit(Action.COVER, COVERED, FACE),
    _edit(Action.CUT, (65, 85)),
    _edit(Action.CROP, CROPPED, CROP),
    _edit(Action.COVER, (100, 130), WIDE),
)


def planned(recording: Recording) -> RenderPlan:
    media = recording.media
    return make_plan(EditList(media.sha256, media.whole, EDITS), media)


def cover(pictures: Pictures, frames: tuple[int, int], box: Box) -> None:
    pictures[frames[0] : frames[1], box.y : box.y + box.height, box.x : box.x + box.width] = BLACK


def crop(pictures: Pictures, frames: tuple[int, int], box: Box) -> None:
    inside = pictures[frames[0] : frames[1], box.y : box.y + box.height, box.x : box.x + box.width]
    large = np.kron(inside, np.ones((1, 2, 2), dtype=np.uint8))
    pictures[frames[0] : frames[1]] = BLACK
    left = (WIDTH - large.shape[2]) // 2
    pictures[frames[0] : frames[1], :, left : left + large.shape[2]] = large


def kept(pictures: Pictures) -> Pictures:
    return np.concatenate((pictures[:65], pictures[85:]))


def right(pictures: Pictures) -> Pictures:
    """What the plan asks for, of a copy of the source's frames."""
    cover(pictures, COVERED, FACE)
    cover(pictures, (100, 130), WIDE)
    crop(pictures, CROPPED, CROP)
    return kept(pictures)


def look(inspector: FfmpegInspector, recording: Recording, shown: Pictures, path: Path) -> Comparison:
    write_film(path, shown, np.zeros(len(shown) * 1920, dtype=np.float32))
    plan = planned(recording)
    return inspector.frames(recording.path, recording.media, plan, path, False, WATCH)


@pytest.mark.parametrize("scene", ["barcodes", "panned", "presented", "dark", "faded", "still"])
def test_right_films_pass(
    scene: str, inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    recording = recordings[scene]
    found = look(inspector, recording, right(recording.pictures.copy()), tmp_path / "film.mp4")
    assert (found.compared, found.wrong, found.places) == (130, 0, ())


def _uncovered(pictures: Pictures) -> Pictures:
    cover(pictures, (100, 130), WIDE)
    crop(pictures, CROPPED, CROP)
    return kept(pictures)


def _late(pictures: Pictures) -> Pictures:
    cover(pictures, (COVERED[0] + 1, COVERED[1]), FACE)
    return _uncovered(pictures)


def _ends_early(pictures: Pictures) -> Pictures:
    cover(pictures, (COVERED[0], COVERED[1] - 1), FACE)
    return _uncovered(pictures)


def _small(pictures: Pictures) -> Pictures:
    cover(pictures, COVERED, Box(FACE.x, FACE.y, FACE.width - 6, FACE.height))
    return _uncovered(pictures)


def _beside(pictures: Pictures) -> Pictures:
    cover(pictures, COVERED, replace(FACE, x=FACE.x + 8))
    return _uncovered(pictures)


def _too_much(pictures: Pictures) -> Pictures:
    cover(pictures, (10, 12), WIDE)
    return right(pictures)


def _uncropped(pictures: Pictures) -> Pictures:
    cover(pictures, COVERED, FACE)
    cover(pictures, (100, 130), WIDE)
    return kept(pictures)


def _cropped_late(pictures: Pictures) -> Pictures:
    cover(pictures, COVERED, FACE)
    cover(pictures, (100, 130), WIDE)
    crop(pictures, (CROPPED[0] + 1, CROPPED[1]), CROP)
    return kept(pictures)


def _shows_outside(pictures: Pictures) -> Pictures:
    shown, other = right(pictures.copy()), kept(pictures)
    shown[80, :, 20:40] = other[80, :, 20:40]  # source frame 100
    return shown


def _uncovered_in_crop(pictures: Pictures) -> Pictures:
    cover(pictures, COVERED, FACE)
    crop(pictures, CROPPED, CROP)
    cover(pictures, (CROPPED[1], 130), WIDE)
    return kept(pictures)


def _other_crop(pictures: Pictures) -> Pictures:
    cover(pictures, COVERED, FACE)
    cover(pictures, (100, 130), WIDE)
    crop(pictures, CROPPED, replace(CROP, x=CROP.x + 12))
    return kept(pictures)


def _removed_in_crop(pictures: Pictures) -> Pictures:
    shown = pictures.copy()
    shown[95] = pictures[75]
    return right(shown)


WRONG: dict[str, tuple[Callable[[Pictures], Pictures], str, int]] = {
    "not covered": (_uncovered, "frame 40", 20),
    "covered a frame late": (_late, "frame 40", 1),
    "covered until a frame too early": (_ends_early, "frame 59", 1),
    "covered too little": (_small, "frame 40", 15),
    "covered beside it": (_beside, "frame 40", 15),
    "covered what was not planned": (_too_much, "frame 10", 2),
    "not cropped": (_uncropped, "frame 70", 30),
    "cropped a frame late": (_cropped_late, "frame 70", 1),
    "outside of the crop": (_shows_outside, "frame 80", 1),
    "not covered in the crop": (_uncovered_in_crop, "frame 80", 15),
    "another crop": (_other_crop, "frame 70", 20),
    "a removed frame in the crop": (_removed_in_crop, "frame 75", 1),
}


ON_A_PAGE = ("not covered", "covered a frame late", "covered too little", "not cropped", "another crop")


@pytest.mark.parametrize(
    ("fault", "scene"), [*((fault, "panned") for fault in WRONG), *((fault, "presented") for fault in ON_A_PAGE)]
)
def test_wrong_films_are_seen(
    fault: str, scene: str, inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    change, place, least = WRONG[fault]
    recording = recordings[scene]
    found = look(inspector, recording, change(recording.pictures.copy()), tmp_path / "film.mp4")
    assert found.places[0] == place
    assert found.wrong >= least


@pytest.mark.parametrize("step", [-1, 1])
def test_a_film_that_is_cropped_throughout_shows_that_it_runs_early_or_late(
    step: int, inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    recording = recordings["panned"]
    media = recording.media
    whole = Edit(Action.CROP, media.whole, CROP)
    plan = make_plan(EditList(media.sha256, media.whole, (whole, _edit(Action.CUT, (65, 85)))), media)
    shown = recording.pictures.copy()
    crop(shown, (0, 150), CROP)
    silence = np.zeros(130 * 1920, dtype=np.float32)
    for name, film, wrong in (("right", shown, False), ("moved", np.roll(shown, step, axis=0), True)):
        write_film(tmp_path / f"{name}.mp4", kept(film), silence)
        found = inspector.frames(recording.path, media, plan, tmp_path / f"{name}.mp4", False, WATCH)
        assert (found.wrong >= 100) is wrong
        assert bool(found.wrong) is wrong


def test_a_cover_of_nine_pixels_is_proven_too(
    inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    recording, tiny = recordings["panned"], Box(203, 41, 9, 9)
    media = recording.media
    plan = make_plan(EditList(media.sha256, media.whole, (_edit(Action.COVER, COVERED, tiny),)), media)
    shown = recording.pictures.copy()
    silence = np.zeros(150 * 1920, dtype=np.float32)
    for first, places in ((COVERED[0] + 1, ("frame 40",)), (COVERED[0], ())):
        cover(shown, (first, COVERED[1]), tiny)
        write_film(tmp_path / f"{first}.mp4", shown, silence)
        found = inspector.frames(recording.path, media, plan, tmp_path / f"{first}.mp4", False, WATCH)
        assert found.places == places
