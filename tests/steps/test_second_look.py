"""The second look stops what staff were not shown, does not stop for a flicker, and there is a way out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path

import pytest

from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.core.findings import DetectorName, FindingKind, Findings
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.people import SEEN_TWICE, SURE, Sighting
from media_pipeline.core.plan import RenderPlan, ShownFaces, make_plan
from media_pipeline.core.report import Check, CheckName, Outcome
from media_pipeline.core.stretches import Account, Stretch
from media_pipeline.ports.detector import Frame
from media_pipeline.ports.watch import Unwatched, Watch
from media_pipeline.steps.analyse import Sight
from media_pipeline.steps.detect import Eyes
from media_pipeline.steps.second_look import second_look
from tests.core.values import cuts_of, media, shot
from tests.steps.test_detect import NONE, Cuts, Room

FILM = media(frames=500)
"""20 seconds, of which 5 to 7 are cut."""

CUT = cuts_of(FILM, IntervalSet((Interval(Fraction(5), Fraction(7)),)))


class Seen:
    """Finds faces of these scores from one moment of the finished film to another, and nothing elsewhere."""

    name, version = DetectorName.CENTERFACE, "1"
    finds = FindingKind.FACE

    def __init__(self, *spans: tuple[str, str, Sequence[int]], broken: bool = False) -> None:
        self._spans, self._broken = spans, broken

    def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
        if self._broken:
            raise Fault("tool-failed")
        return [
            Sighting(Box(0, 0, 9, 9), score)
            for start, end, scores in self._spans
            if Fraction(start) <= frame.moment < Fraction(end)
            for score in scores
        ]


class Reel:
    """Frames of whatever it is told the film is."""

    @contextmanager
    def frames(
        self, source: Path, media: MediaFile, watch: Watch, stretch: Stretch
    ) -> Iterator[Iterator[Frame | Account]]:
        if watch.cancelled():
            raise Cancelled("cancelled")
        assert media.video is not None
        assert stretch.of == 1
        frames = (Frame(number / media.video.rate, None) for number in range(media.video.frames))
        yield chain(frames, [Account(media.video.frames)])

    def damaged(self, source: Path, media: MediaFile, watch: Watch) -> IntervalSet:
        return IntervalSet()


def sight(
    *spans: tuple[str, str, Sequence[int]],
    broken: bool = False,
    cuts: tuple[int, ...] = (),
    crossed: IntervalSet = NONE,
) -> Sight:
    return Sight(Reel(), lambda: Cuts(*cuts, crossed=crossed), Eyes([Seen(*spans, broken=broken)], [], Room()))


def plan_of(*shown: int, safe: tuple[tuple[int, int], ...] = ()) -> RenderPlan:
    """Staff were shown so many faces from 0 to 10 s, and from 10 to 20 s."""
    shots = tuple(shot(10 * place, 10 * place + 10, 0, faces=faces) for place, faces in enumerate(shown))
    spans = IntervalSet.of(Interval(Fraction(a), Fraction(b)) for a, b in safe)
    return make_plan(CUT, FILM, Findings(FILM.sha256, shots, ()), spans)


def looked(plan: RenderPlan, seen: Sight) -> Check:
    return second_look(plan, Path("unused"), seen, Unwatched())


def test_what_staff_were_shown_may_be_there() -> None:
    held = looked(plan_of(1, 0), sight(("0", "7.9", [900])))
    assert (held.name, held.outcome, held.wrong) == (CheckName.SECOND_LOOK, Outcome.HELD, 0)
    assert held.compared >= 18


def test_a_face_that_staff_were_not_shown_stops_it_and_the_place_is_told() -> None:
    broken = looked(plan_of(1, 0), sight(("9.9", "10.1", [SURE])))
    assert (broken.outcome, broken.wrong, broken.codes) == (Outcome.BROKEN, 1, ("10.080",))
    one_more = looked(plan_of(1, 0), sight(("2.9", "3.1", [950, SURE])))
    assert one_more.codes == ("3.080",)


def test_moments_are_those_of_the_recording() -> None:
    # 7.9 s of the finished film is 9.9 s of the recording, and 8.1 s is in the next shot
    assert not looked(plan_of(1, 0), sight(("6.9", "7.9", [900]))).wrong
    assert looked(plan_of(1, 0), sight(("8.5", "9.5", [900]))).wrong
    assert not looked(plan_of(0, 1), sight(("8.5", "9.5", [900]))).wrong


def test_near_the_edge_of_a_shot_either_may_be_meant() -> None:
    cut = round(Fraction(79, 10) * 25)
    edge = ("7.88", "8.0", [900])
    assert not looked(plan_of(0, 1), sight(edge, cuts=(cut + 1,))).wrong
    assert looked(plan_of(0, 1), sight(("7.7", "7.9", [900]), cuts=(cut - 4,))).wrong


def test_a_flicker_is_no_face_but_a_faint_face_that_stays_is() -> None:
    faint = SURE - 100
    assert not looked(plan_of(0, 0), sight(("2.9", "3.1", [faint]))).wrong
    stays = looked(plan_of(0, 0), sight(("2.9", "4.1", [faint])))
    assert stays.codes == ("4.080",)
    assert not looked(plan_of(0, 0), sight(("2.9", "9.1", [SEEN_TWICE - 1]))).wrong


def test_what_was_declared_safe_is_no_reason_to_stop() -> None:
    seen = sight(("9.9", "10.1", [900, 900, 900]))
    assert looked(plan_of(0, 0), seen).wrong
    assert not looked(plan_of(0, 0, safe=((11, 13),)), seen).wrong
    assert looked(plan_of(0, 0, safe=((13, 14),)), seen).wrong
    assert ShownFaces(Interval(Fraction(11), Fraction(13)), None) in (plan_of(0, 0, safe=((11, 13),)).shown or ())


def test_who_comes_and_goes_in_what_staff_kept_is_no_reason_to_stop() -> None:
    comes = sight(("0", "4", [900]), ("8", "9", [900]), crossed=IntervalSet((Interval(Fraction(2), Fraction(12)),)))
    assert not looked(plan_of(1, 1), comes).wrong


def test_a_detector_that_fails_has_not_seen_nothing() -> None:
    failed = looked(plan_of(2, 2), sight(broken=True))
    assert failed.wrong == failed.compared > 10
    assert len(failed.codes) == 20 or failed.wrong < 20


def test_without_a_decision_there_is_nothing_to_hold_it_against() -> None:
    with pytest.raises(ValueError, match="nothing was shown"):
        looked(make_plan(CUT, FILM), sight())
    assert not looked(replace(plan_of(0), shown=()), sight()).wrong


class Done(Unwatched):
    """Wants all work to stop."""

    def cancelled(self) -> bool:
        """From the start."""
        return True


def test_it_stops_when_it_is_asked_to() -> None:
    with pytest.raises(Cancelled):
        second_look(plan_of(0), Path("unused"), sight(), Done())
