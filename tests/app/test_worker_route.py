"""Which step follows which, and how much of the whole each is."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.db.kinds import StepName
from app.services.sizes import parts, renders
from app.worker.route import OF_SIZES, publication, share
from media_pipeline.core.edits import EditList
from media_pipeline.core.plan import RenderPlan, make_plan
from tests.app.fake_pipeline import LARGE, media_of


def plan_of(film: bytes) -> RenderPlan:
    media = media_of(film)
    return make_plan(EditList(media.sha256, media.whole, ()), media)


def test_families_can_watch_before_anything_larger_is_made() -> None:
    steps = [f"{step} {number}" for step, number in publication(3)]
    assert steps[:5] == ["render 0", "verify 0", "package 0", "publish 0", "render 1"]
    assert steps[5:] == [f"{step} {size}" for size in (1, 2) for step in ("verify", "package", "publish")]
    assert publication(1) == publication(0) == publication(3)[:4]


@pytest.mark.parametrize("film", [LARGE, b"small", b"sound"])
def test_the_shares_fill_the_whole_in_order(film: bytes) -> None:
    plan = plan_of(film)
    at = Fraction(0)
    for stop in publication(len(plan.ladder)):
        start, end = share(plan, stop)
        assert start == at <= end
        assert (start < end) == (stop[0] in (StepName.RENDER, StepName.VERIFY))
        at = end
    assert at == 1
    with pytest.raises(ValueError, match="not on the way"):
        share(plan, (StepName.PLAN, 0))


def test_families_can_watch_when_a_small_part_of_the_work_is_done() -> None:
    assert share(plan_of(LARGE), (StepName.PUBLISH, 0))[1] < Fraction(3, 10)


def test_every_size_is_made_once_and_proven_once() -> None:
    plan = plan_of(LARGE)
    made = [size for part in renders(plan) for size in part.renditions]
    assert sorted(made, key=lambda size: size.height) == [part.renditions[0] for part in parts(plan)]
    assert [part.renditions[0].height for part in parts(plan)] == [360, 480, 720]
    assert [len(part.renditions) for part in renders(plan)] == [1, 2]
    sound = plan_of(b"sound")
    assert parts(sound) == renders(sound) == (sound,)
    assert StepName.PLAN not in OF_SIZES
