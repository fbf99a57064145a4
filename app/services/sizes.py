"""A publication in parts: one a size, the smallest first; each is made, proven and published by itself."""

from __future__ import annotations

from media_pipeline.core.ladder import batches
from media_pipeline.core.plan import RenderPlan


def parts(plan: RenderPlan) -> tuple[RenderPlan, ...]:
    """What is proven and published by itself: each size, the smallest first; a sound recording as a whole."""
    return tuple(plan.only(size) for size in reversed(plan.ladder)) or (plan,)


def renders(plan: RenderPlan) -> tuple[RenderPlan, ...]:
    """What is made together, from one decoding: the smallest size, then all others; a sound recording as a whole."""
    return tuple(plan.only(*batch) for batch in batches(plan.ladder, first_alone=True)) or (plan,)
