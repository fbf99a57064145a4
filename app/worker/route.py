"""The way of a publication through its sizes: which step follows which, and what share of the whole each has."""

from __future__ import annotations

from fractions import Fraction

from app.db.kinds import StepName
from app.services.sizes import parts, renders
from media_pipeline.core.plan import RenderPlan

Stop = tuple[StepName, int]
"""A step, and which of the sizes it is for, from 0: the smallest. `RENDER` 1 makes all that are larger."""

_PROVEN = (StepName.VERIFY, StepName.PACKAGE, StepName.PUBLISH)

OF_SIZES = frozenset({StepName.RENDER, *_PROVEN})
"""Steps that are taken for one size after another."""

_DECODING = Fraction(1, 6)
"""What decoding a film costs, where encoding it in the same size costs 1 (18.6 s and 121 s of CPU for 300 s of 720p)."""

_PROOF = Fraction(1, 3)
"""What proving a size costs, where making it costs 1."""


def publication(sizes: int) -> tuple[Stop, ...]:
    """The steps after the plan: the smallest size until families can watch it, then the others from one decoding."""
    first: tuple[Stop, ...] = ((StepName.RENDER, 0), *((step, 0) for step in _PROVEN))
    if sizes < 2:
        return first
    return (*first, (StepName.RENDER, 1), *((step, size) for size in range(1, sizes) for step in _PROVEN))


def share(plan: RenderPlan, stop: Stop) -> tuple[Fraction, Fraction]:
    """Where a step begins and ends in the work on the whole publication, 0 to 1, by film time and size of the picture."""
    work = {at: _work(plan, at) for at in publication(len(plan.ladder))}
    before = Fraction(0)
    for at, cost in work.items():
        if at == stop:
            whole = sum(work.values(), Fraction(0))
            return before / whole, (before + cost) / whole
        before += cost
    raise ValueError("this step is not on the way")


def _work(plan: RenderPlan, stop: Stop) -> Fraction:
    step, number = stop
    if step is StepName.RENDER:
        return _making(plan, renders(plan)[number])
    if step is StepName.VERIFY:
        return _PROOF * _making(plan, parts(plan)[number])
    return Fraction(0)


def _making(plan: RenderPlan, part: RenderPlan) -> Fraction:
    """Pixels to encode, and those to decode in what they cost of encoding; 1 for sound alone."""
    if not plan.ladder:
        return Fraction(1)
    encoded = sum(size.width * size.height for size in part.renditions)
    return encoded + _DECODING * plan.ladder[0].width * plan.ladder[0].height
