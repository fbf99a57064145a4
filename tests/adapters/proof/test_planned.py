"""The plan in frame numbers: by the proof's sums over arrays, and by those that the tests make frame by frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest

from media_pipeline.adapters.proof.planned import planned_frames
from media_pipeline.core.plan import FrameClock, RenderPlan
from tests.films import BarcodeFilm
from tests.rendering import TOLERANCE, media_of, plan_of, random_cuts
from tests.rendering import planned_frames as counted_frames

NTSC = Fraction(30000, 1001)


def _film(rate: Fraction, times: list[Fraction]) -> BarcodeFilm:
    return BarcodeFilm(Path("unused"), rate, tuple(times), times[-1] + 1 / rate)


def _even(rate: Fraction, start: Fraction) -> BarcodeFilm:
    return _film(rate, [start + n / rate for n in range(200)])


def _uneven(seed: int) -> BarcodeFilm:
    lots, rate = Random(seed), Fraction(30)
    places = sorted(lots.sample(range(300), 150))
    return _film(rate, [Fraction(round(1000 * (place + lots.uniform(-0.4, 0.4)) / 30), 1000) + 1 for place in places])


def _clock(plan: RenderPlan) -> FrameClock:
    assert plan.clock
    return plan.clock


def _since_first(film: BarcodeFilm) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([float(moment - film.times[0]) for moment in film.times])


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("rate", [Fraction(25), NTSC])
def test_on_an_even_clock_every_place_has_one_frame(rate: Fraction, seed: int) -> None:
    film = _even(rate, Fraction(seed % 3, 5))
    plan = plan_of(media_of(film), random_cuts(seed, media_of(film)))
    planned = planned_frames(plan, _clock(plan), _since_first(film))
    assert planned.shown.tolist() == counted_frames(plan, film)
    assert planned.earlier.tolist() == planned.later.tolist() == planned.shown.tolist()
    assert np.flatnonzero(planned.kept).tolist() == sorted(set(planned.shown.tolist()))


@pytest.mark.parametrize("seed", range(30))
def test_on_an_uneven_clock_each_place_shows_the_frame_of_its_moment_and_no_removed_one(seed: int) -> None:
    film = _uneven(seed)
    media = media_of(film, constant=False)
    plan = plan_of(media, random_cuts(seed, media))
    planned = planned_frames(plan, _clock(plan), _since_first(film))
    assert planned.shown.tolist() == counted_frames(plan, film)
    assert planned.kept[planned.shown].all()
    assert planned.kept[planned.earlier].all()
    assert planned.kept[planned.later].all()
    begun_in_a_cut = [not any(s.start - TOLERANCE <= t < s.end for s in plan.keep) for t in film.times]
    assert not planned.kept[begun_in_a_cut].any()


def test_where_no_frame_begins_the_kept_one_before_stays() -> None:
    film = _film(Fraction(10), [Fraction(n) for n in range(6)])
    plan = plan_of(media_of(film, constant=False), [(Fraction(3, 2), Fraction(21, 10)), (Fraction(14, 5), Fraction(4))])
    planned = planned_frames(plan, _clock(plan), _since_first(film))
    # 0 to 1.5 s, then 2.1 to 2.8 s, in which none begins, then from 4 s on
    assert planned.shown.tolist() == [0] * 10 + [1] * 5 + [1] * 7 + [4] * 10 + [5]


def test_a_plan_that_keeps_no_frame_is_no_plan() -> None:
    film = _film(Fraction(10), [Fraction(0), Fraction(2)])
    plan = plan_of(media_of(film, constant=False), [(Fraction(0), Fraction(1, 2)), (Fraction(1), Fraction(21, 10))])
    with pytest.raises(ValueError, match="no frame"):
        planned_frames(plan, _clock(plan), _since_first(film))
