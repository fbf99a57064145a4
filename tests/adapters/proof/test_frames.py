"""Finished pictures held against the plan: right films pass, and each way of going wrong is seen."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from media_pipeline.adapters.proof.inspector import FfmpegInspector
from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.ports.inspector import Comparison
from media_pipeline.ports.watch import Unwatched
from tests.adapters.proof.making import CUTS, SCENES, Recording, finish, luma_of, presented, record, write_film
from tests.film_reading import run_ffmpeg
from tests.films import Timing, barcode_film, copied_cut
from tests.rendering import media_of, plan_of

pytestmark = pytest.mark.slow

WATCH = Unwatched()
Numbers = Callable[[list[int]], list[int]]


def look(inspector: FfmpegInspector, recording: Recording, finished: Path, hidden: bool = False) -> Comparison:
    return inspector.frames(recording.path, recording.media, recording.plan, finished, hidden, WATCH)


@pytest.mark.parametrize("scene", SCENES)
def test_right_films_pass(
    scene: str, inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    recording = recordings[scene]
    finished = finish(recording, tmp_path / "film.mp4")
    for hidden in (False, True):
        found = look(inspector, recording, finished, hidden)
        assert (found.compared, found.wrong, found.places) == (len(recording.numbers), 0, ())


@pytest.mark.parametrize("scene", ["barcodes", "panned", "presented", "dark"])
@pytest.mark.parametrize("upright", [False, True])
def test_a_smaller_rendition_of_the_right_film_passes(
    scene: str, upright: bool, inspector: FfmpegInspector, tmp_path: Path
) -> None:
    pictures = SCENES[scene]()[:40]
    pictures = pictures[:, :, 110:212] if upright else pictures
    recording = record(tmp_path / "source.mp4", pictures, cuts=[(Fraction(1, 2), Fraction(1))], height=600)
    finished = finish(recording, tmp_path / "film.mp4", height=360)
    assert look(inspector, recording, finished).wrong == 0
    if scene in ("barcodes", "panned"):  # in the others a frame of so little later looks the same
        shown = [*recording.numbers[:20], 18, *recording.numbers[21:]]
        wrong = look(inspector, recording, finish(recording, tmp_path / "wrong.mp4", shown, height=360))
        assert wrong.places == ("frame 20",)


def test_on_a_still_page_nobody_can_tell_and_the_proof_says_so(
    inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    page, moving = recordings["still"], recordings["panned"]
    found = look(inspector, page, finish(page, tmp_path / "page.mp4"))
    assert (found.wrong, found.undecided) == (0, found.compared)
    assert look(inspector, moving, finish(moving, tmp_path / "moving.mp4")).undecided < 10


def _with_removed(kept: list[int]) -> list[int]:
    return [*kept[:40], 62, *kept[41:]]


WRONG: dict[str, tuple[Numbers, int]] = {
    "a removed frame in the middle": (_with_removed, 1),
    "all one frame late": (lambda kept: [max(0, n - 1) for n in kept], 3),
    "all one frame early": (lambda kept: [n + 1 if n < 149 else n for n in kept], 3),
    "one removed frame after a joint": (lambda kept: [39 if n == 40 else n for n in kept], 1),
    "one removed frame before a joint": (lambda kept: [112 if n == 111 else n for n in kept], 1),
    "a frame missing at the end": (lambda kept: kept[:-1], 1),
    "a frame too many at the end": (lambda kept: [*kept, 149], 1),
    "a removed frame at the end": (lambda kept: [*kept, 60], 1),
    "a frame left out, the last one twice": (lambda kept: [*kept[:30], *kept[31:], kept[-1]], 1),
    "spans in the wrong order": (lambda kept: [*kept[25:], *kept[:25]], 75),
    "nothing cut": (lambda kept: list(range(150)), 40),
}


FLICKERING = ("a removed frame in the middle", "all one frame late", "one removed frame after a joint")


@pytest.mark.parametrize(
    ("fault", "scene"), [*((fault, "panned") for fault in WRONG), *((fault, "barcodes") for fault in FLICKERING)]
)
def test_wrong_films_are_seen(
    fault: str, scene: str, inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    change, least = WRONG[fault]
    recording = recordings[scene]
    finished = finish(recording, tmp_path / "film.mp4", change(recording.numbers))
    for hidden in (False, True):
        assert look(inspector, recording, finished, hidden).wrong >= least


def test_the_place_is_told(inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path) -> None:
    recording = recordings["panned"]
    finished = finish(recording, tmp_path / "film.mp4", _with_removed(recording.numbers))
    assert look(inspector, recording, finished).places == ("frame 40",)
    shorter = finish(recording, tmp_path / "shorter.mp4", recording.numbers[:-2])
    assert look(inspector, recording, shorter).places == ("2 frames missing",)


@pytest.mark.parametrize("scene", ["presented", "dark", "faded"])
@pytest.mark.parametrize("step", [-1, 1])
def test_even_a_slow_film_shows_that_it_runs_early_or_late(
    scene: str, step: int, inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    recording = recordings[scene]
    moved = [min(149, max(0, number + step)) for number in recording.numbers]
    assert look(inspector, recording, finish(recording, tmp_path / "film.mp4", moved)).wrong >= 40


def test_a_small_face_that_was_cut_from_a_page_is_seen(inspector: FfmpegInspector, tmp_path: Path) -> None:
    pictures = presented()
    pictures[65:105, 20:44, 20:40] = 200 - pictures[65:105, 20:44, 20:40] // 2  # looks in for 1.6 s, all of it cut
    recording = record(tmp_path / "source.mp4", pictures, cuts=[(Fraction(12, 5), Fraction(22, 5))])
    right = finish(recording, tmp_path / "right.mp4")
    assert look(inspector, recording, right).wrong == 0
    shown = recording.numbers
    shown[50] = 70
    wrong = look(inspector, recording, finish(recording, tmp_path / "wrong.mp4", shown))
    assert wrong.places == ("frame 50",)


def test_frames_that_an_edit_list_hides_are_seen(inspector: FfmpegInspector, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "source.mp4", frames=100, gop=100, audio=False)
    media = media_of(film, sound=False)
    plan = plan_of(media, [(Fraction(0), Fraction(2))])
    copied_cut(film.path, tmp_path / "film.mp4", Fraction(2))
    shown = inspector.frames(film.path, media, plan, tmp_path / "film.mp4", False, WATCH)
    hidden = inspector.frames(film.path, media, plan, tmp_path / "film.mp4", True, WATCH)
    assert (shown.compared, shown.wrong) == (50, 0)
    assert hidden.wrong >= 50


@pytest.mark.parametrize("timing", [Timing.JITTER, Timing.GAPS])
def test_uneven_films(
    timing: Timing, inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    film = barcode_film(tmp_path / "source.mkv", frames=120, timing=timing, audio=False)
    media = media_of(film, constant=False, sound=False)
    plan = plan_of(media, [(Fraction(1), Fraction(2)), (Fraction(31, 10), Fraction(4))])
    pictures, numbers = luma_of(film.path), []
    for span in plan.keep:
        inside = [n for n, moment in enumerate(film.times) if span.start <= moment < span.end - Fraction(1, 50)]
        for place in range(round(span.length * film.rate)):
            begun = [n for n in inside if film.times[n] - span.start < (place + Fraction(1, 2)) / film.rate]
            numbers.append((begun or inside)[-1] if begun else inside[0])
    silence = np.zeros(len(numbers) * 1920, dtype=np.float32)
    write_film(tmp_path / "right.mp4", pictures[numbers], silence)
    found = inspector.frames(film.path, media, plan, tmp_path / "right.mp4", False, WATCH)
    assert (found.compared, found.wrong) == (len(numbers), 0)
    removed = next(n for n, moment in enumerate(film.times) if moment >= 1)
    write_film(tmp_path / "wrong.mp4", pictures[[*numbers[:24], removed, *numbers[25:]]], silence)
    found = inspector.frames(film.path, media, plan, tmp_path / "wrong.mp4", False, WATCH)
    assert found.places == ("frame 24",)


def test_frames_at_the_wrong_time_are_seen(
    inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    recording = recordings["panned"]
    finish(recording, tmp_path / "film.mp4")
    slower = tmp_path / "slower.mp4"
    run_ffmpeg("-itsscale", "1.02", "-i", tmp_path / "film.mp4", "-map", "0:v", "-c", "copy", slower)
    assert look(inspector, recording, slower).wrong > 40


@pytest.mark.parametrize("rubbish", [b"", b"no film at all" * 100])
def test_a_finished_film_that_cannot_be_read_is_wrong(
    rubbish: bytes, inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    (tmp_path / "film.mp4").write_bytes(rubbish)
    for hidden in (False, True):
        assert look(inspector, recordings["panned"], tmp_path / "film.mp4", hidden).wrong


def test_a_damaged_finished_film_is_wrong(
    inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    recording = recordings["panned"]
    finished = finish(recording, tmp_path / "film.mp4")
    whole = bytearray(finished.read_bytes())
    whole[len(whole) // 3 : len(whole) // 3 + 2000] = bytes(2000)
    finished.write_bytes(whole)
    assert look(inspector, recording, finished).wrong


def test_a_source_that_cannot_be_read_is_a_fault(
    inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    recording = recordings["panned"]
    finished = finish(recording, tmp_path / "film.mp4")
    (tmp_path / "source.mp4").write_bytes(b"gone")
    with pytest.raises(Fault, match="tool-failed"):
        inspector.frames(tmp_path / "source.mp4", recording.media, recording.plan, finished, False, WATCH)


class Impatient(Unwatched):
    """Wants the work to stop at the given look."""

    def __init__(self, patience: int) -> None:
        self._patience = patience

    def cancelled(self) -> bool:
        self._patience -= 1
        return self._patience < 0


@pytest.mark.parametrize("patience", [0, 3])
def test_it_stops_when_it_is_asked_to(
    patience: int, inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    recording = recordings["dark"]
    finished = finish(recording, tmp_path / "film.mp4")
    inspector.forget()
    with pytest.raises(Cancelled):
        inspector.frames(recording.path, recording.media, recording.plan, finished, False, Impatient(patience))


def test_a_film_that_changes_on_disk_is_read_again(
    inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    recording = recordings["barcodes"]
    finished = finish(recording, tmp_path / "film.mp4")
    assert look(inspector, recording, finished).wrong == 0
    finish(recording, finished, _with_removed(recording.numbers))
    assert look(inspector, recording, finished).wrong == 1
    assert look(inspector, recording, finished, hidden=True).wrong == 1


def test_another_plan_is_another_comparison(
    inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    recording = recordings["barcodes"]
    finished = finish(recording, tmp_path / "film.mp4")
    assert look(inspector, recording, finished).wrong == 0
    other = plan_of(recording.media, CUTS[1:])
    assert inspector.frames(recording.path, recording.media, other, finished, False, WATCH).wrong > 20


def test_a_plan_without_a_frame_is_never_right(inspector: FfmpegInspector, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "source.mkv", frames=30, timing=Timing.GAPS, audio=False)
    media = media_of(film, constant=False, sound=False)
    # the seventh frame is on screen for three places: the last two of them are kept
    begins = film.times[6]
    plan = plan_of(media, [(Fraction(0), begins + 1 / film.rate), (begins + 3 / film.rate, film.length)])
    assert inspector.frames(film.path, media, plan, film.path, False, WATCH).wrong
