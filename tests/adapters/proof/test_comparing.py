"""The judgement over small pictures, without any film: what counts as the planned frame, another one, or undecided."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from media_pipeline.adapters.proof.edited import EditedFrames
from media_pipeline.adapters.proof.frames import FAR, NEAR, SAME, FrameProof
from media_pipeline.adapters.proof.pictures import Pictures, apart, block_means, flat, nearest
from media_pipeline.adapters.proof.planned import planned_frames
from media_pipeline.adapters.proof.thumbs import Thumbs
from media_pipeline.core.errors import Cancelled
from media_pipeline.core.intervals import Interval
from media_pipeline.core.ladder import Rendition
from media_pipeline.core.plan import FrameClock, RenderPlan
from media_pipeline.ports.inspector import Comparison
from media_pipeline.ports.watch import Unwatched, Watch

pytestmark = pytest.mark.slow

WATCH = Unwatched()
NONE = np.zeros(0, dtype=np.int64)
COUNT = 30
PLAN = RenderPlan(
    media_sha256="0" * 64,
    edits_digest="0" * 64,
    keep=(Interval(Fraction(0), Fraction(1)), Interval(Fraction(2), Fraction(3))),
    clock=FrameClock(Fraction(0), Fraction(10), True),
    ladder=(Rendition(640, 360),),
    renditions=(Rendition(640, 360),),
    sound=False,
)
KEPT = [*range(10), *range(20, 30)]


def _thumbs(pictures: Pictures) -> Thumbs:
    return Thumbs(pictures, np.arange(len(pictures)) / 10)


def _moving() -> Pictures:
    """Frames that are all quite different."""
    return np.random.default_rng(1).integers(40, 200, (COUNT, 36, 64)).astype(np.uint8)


def _bumped(pictures: Pictures, levels: float) -> Pictures:
    """The same, with one block of 4 × 4 pixels lighter."""
    bumped = pictures.copy()
    bumped[..., 8:12, 20:24] += np.uint8(levels)
    return bumped


def _proof(source: Thumbs, watch: Watch = WATCH) -> FrameProof:
    assert PLAN.clock
    planned = planned_frames(PLAN, PLAN.clock, source.times)
    return FrameProof(source, planned, EditedFrames(planned, (), len(source)), PLAN.clock, watch)


def _compare(source: Pictures, finished: Pictures) -> Comparison:
    return _proof(_thumbs(source)).compare(_thumbs(finished), NONE, WATCH)


def test_the_right_frames_are_right() -> None:
    source = _moving()
    assert _compare(source, source[KEPT]) == Comparison(20, 0)


def test_the_bounds_are_in_order() -> None:
    assert NEAR < SAME < FAR
    assert NEAR >= SAME / 2


@pytest.mark.parametrize("levels", [SAME + 1, FAR - 1, FAR + 1, 60])
def test_a_removed_frame_that_differs_in_one_block_is_seen(levels: float) -> None:
    source = _moving()
    source[15] = _bumped(source[4], levels)
    finished = source[KEPT]
    finished[4] = source[15]
    found = _compare(source, finished)
    assert (found.wrong, found.places) == (1, ("frame 4",))
    assert _compare(source, source[KEPT]).wrong == 0


def test_a_removed_frame_that_looks_the_same_leaves_it_undecided() -> None:
    source = _moving()
    source[15] = _bumped(source[4], SAME - 2)
    finished = source[KEPT]
    assert _compare(source, finished) == Comparison(20, 0, undecided=1)
    finished[4] = source[15]
    assert _compare(source, finished) == Comparison(20, 0, undecided=1)


@pytest.mark.parametrize(("levels", "wrong"), [(NEAR + 2, 0), (FAR - 2, 0), (FAR + 2, 1)])
def test_coding_noise_is_no_other_frame_but_a_changed_picture_is(levels: float, wrong: int) -> None:
    source = _moving()
    finished = source[KEPT]
    finished[4] = _bumped(finished[4], levels)
    assert _compare(source, finished).wrong == wrong


def test_it_is_not_a_removed_frame_just_because_one_is_a_little_nearer() -> None:
    source = _moving()
    source[15] = _bumped(source[4], SAME + 3)
    finished = source[KEPT]
    finished[4] = _bumped(source[4], SAME / 2 + 1)  # just less than half-way
    assert _compare(source, finished).wrong == 0


def test_missing_and_surplus_frames_are_counted() -> None:
    source = _moving()
    assert _compare(source, source[KEPT][:-3]) == Comparison(17, 3, places=("3 frames missing",))
    more = _compare(source, np.concatenate((source[KEPT], source[10:12])))
    assert more == Comparison(20, 2, places=("2 frames too many",))
    nothing = _compare(source, source[:0])
    assert (nothing.compared, nothing.wrong) == (0, 20)


def test_places_are_few() -> None:
    source = _moving()
    found = _compare(source, 255 - source[KEPT])
    assert (found.wrong, len(found.places)) == (20, 20)


def test_the_distance_is_that_of_the_worst_block() -> None:
    pictures = _moving()[:3]
    assert apart(pictures, _bumped(pictures, 7)).tolist() == pytest.approx([7, 7, 7])
    assert apart(pictures, pictures).tolist() == [0, 0, 0]
    assert block_means(_bumped(pictures, 8)).sum() - block_means(pictures).sum() == pytest.approx(24, abs=0.1)


def test_the_nearest_is_found_across_pieces() -> None:
    lots = np.random.default_rng(2)
    pictures = lots.integers(0, 255, (5000, 8, 8)).astype(np.uint8)
    wanted = lots.permutation(5000)[:2500]
    assert nearest(flat(pictures[wanted]) + 1, pictures, np.arange(5000), WATCH).tolist() == wanted.tolist()
    odd = np.arange(1, 5000, 2)
    assert set(nearest(flat(pictures[wanted]), pictures, odd, WATCH) % 2) == {1}


class Done(Unwatched):
    """Wants all work to stop."""

    def cancelled(self) -> bool:
        """From the start."""
        return True


def test_long_sums_heed_the_watch() -> None:
    source = _thumbs(_moving())
    proof = _proof(source)
    with pytest.raises(Cancelled):
        _proof(source, Done())
    with pytest.raises(Cancelled):
        proof.compare(_thumbs(source.pictures[KEPT]), NONE, Done())
