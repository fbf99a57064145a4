"""The scorer's arithmetic, on made-up truths."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from media_pipeline.core.intervals import Interval
from media_pipeline.core.layouts import Layout
from media_pipeline.core.looks import Look, LookKind, group_looks
from media_pipeline.core.proposal import Proposal, ProposedCut, Reason, Why
from tests.benchmarks.finder.__main__ import by_presenters
from tests.benchmarks.finder.answers import MOST_ANSWERS, answers_to, proposal
from tests.benchmarks.finder.kinds import Kind, Sort
from tests.benchmarks.finder.score import judge, merged, total
from tests.benchmarks.finder.table import table
from tests.benchmarks.finder.truth import Shown, Truth, read_truth, write_truth
from tests.core.values import findings, media, shot

RATE = 10


def _truth(*runs: tuple[Kind, bool, int]) -> Truth:
    """Runs of a kind, whether a participant is visible, and frames; ten a second. A kind that goes on is one shot."""
    frames: list[Shown] = []
    take = -1
    for kind, visible, count in runs:
        take += not frames or frames[-1].kind is not kind
        frames += [Shown(take, kind, visible)] * count
    times = tuple(Fraction(number, RATE) for number in range(len(frames)))
    return Truth(times, Fraction(len(frames), RATE), tuple(frames))


def _proposal(*cuts: tuple[float, float]) -> Proposal:
    spans = [Interval(Fraction(str(start)), Fraction(str(end))) for start, end in cuts]
    made = tuple(ProposedCut(span, (Reason(Why.UNKNOWN_LOOK, span, 1),)) for span in spans)
    return Proposal("0" * 64, Interval(Fraction(0), Fraction(100)), made, ())


FILM = _truth(
    (Kind.SPEAKER, False, 50), (Kind.FLASH, True, 5), (Kind.PAGE, False, 20), (Kind.WALK_IN, False, 10),
    (Kind.WALK_IN, True, 15),
)  # fmt: skip
"""Five seconds, a flash of half a second, two seconds of a page, then a child who comes in after one second."""


def test_nothing_cut_lets_all_survive() -> None:
    judged = judge(_proposal(), FILM)
    assert judged.total.surviving == judged.total.participant == FILM.participants.length == 2
    assert (judged.total.segments, judged.total.leaking) == (2, 2)
    assert judged.total.safe == 8
    assert judged.total.cut == 0
    assert judged.survivors == FILM.participants.spans


def test_an_answer_is_what_staff_would_say() -> None:
    seen = findings(shot(0, 40, 1, faces=1), shot(40, 60, 2, faces=1))
    made = proposal(media(), seen, group_looks(seen), {1: Sort.PRESENTER, 2: Sort.PARTICIPANTS})
    assert [(cut.span.start, cut.span.end) for cut in made.cuts] == [(40 - Fraction(12, 100), Fraction(60))]
    assert [(taken.look, taken.kind) for taken in made.kinds] == [(1, LookKind.PRESENTER), (2, LookKind.PARTICIPANTS)]
    assert all(isinstance(taken.kind, LookKind) for taken in made.kinds)


def test_nothing_survives_after_the_recording_s_own_end() -> None:
    """Its last frame may be shorter in it than one frame of its rate."""
    made = _proposal((5, 5.5), (8.5, 9.98))
    assert judge(replace(made, whole=Interval(Fraction(0), Fraction("9.98"))), FILM).total.surviving == 0
    assert judge(made, FILM).total.surviving == Fraction("0.1")


def test_all_cut_lets_none_survive_and_cuts_all_that_is_safe() -> None:
    judged = judge(_proposal((0, 10)), FILM)
    assert judged.total.surviving == judged.total.leaking == 0
    assert judged.total.false_cut == 1
    assert judged.survivors == ()


def test_the_truth_cut_exactly_is_perfect() -> None:
    judged = judge(_proposal((5, 5.5), (8.5, 10)), FILM)
    assert judged.total.surviving == judged.total.cut == 0


@pytest.mark.parametrize(("cut", "surviving"), [((5.01, 5.5), "0.1"), ((5, 5.49), "0.1"), ((5.15, 5.35), "0.4")])
def test_a_frame_survives_whole_when_any_of_it_is_kept(cut: tuple[float, float], surviving: str) -> None:
    judged = judge(_proposal(cut), FILM)
    assert judged.kinds[Kind.FLASH].surviving == Fraction(surviving)
    assert judged.kinds[Kind.FLASH].leaking == 1


def test_a_margin_counts_as_cut_in_vain_of_the_shot_it_is_in() -> None:
    judged = judge(_proposal((4.88, 5.62), (8.4, 10)), FILM)
    assert judged.total.surviving == 0
    assert judged.kinds[Kind.SPEAKER].cut == judged.kinds[Kind.PAGE].cut == Fraction("0.12")
    assert judged.kinds[Kind.WALK_IN].cut == Fraction("0.1")
    assert judged.kinds[Kind.SPEAKER].false_cut == Fraction("0.024")


def test_a_participant_who_goes_and_comes_again_is_one_shot() -> None:
    film = _truth((Kind.PAN_TO, True, 5), (Kind.PAN_TO, False, 5), (Kind.PAN_TO, True, 5))
    assert (judge(_proposal(), film).total.segments, judge(_proposal(), film).total.leaking) == (1, 1)


def test_films_add_up_and_the_worst_kind_is_named() -> None:
    two = [judge(_proposal((0, 2)), FILM), judge(_proposal((5, 5.5)), FILM)]
    assert total(merged(two).values()).surviving == 2 + Fraction("1.5")
    assert merged(two)[Kind.SPEAKER].false_cut == Fraction(1, 5)
    *_, flashes, worst = table("a side", two)
    assert flashes == "flashes that leak: 1 of 2"
    assert worst == "most survives of “child walks in”; most is cut in vain of “speaker” (2 s, 20 %)"


def test_films_with_two_presenters_are_told_of_apart() -> None:
    judged = [judge(_proposal((0, 2)), FILM), judge(_proposal((0, 4)), FILM), judge(_proposal(), FILM)]
    told = list(by_presenters(judged, [1, 2, 1]))
    safe = float(judged[0].total.safe)
    assert told == [
        f"cut in vain with 1 presenter: {100 / safe:.1f} % of 2 films",
        f"cut in vain with 2 presenters: {400 / safe:.1f} % of 1 films",
    ]


def _look(number: int, share: Fraction, *examples: str) -> Look:
    return Look(number, Layout.CAMERA, 1, True, False, (number - 1,), share, tuple(map(Fraction, examples)))


def test_staff_answer_what_the_examples_show() -> None:
    looks = (
        _look(1, Fraction(1, 2), "0", "4.9", "6"),
        _look(2, Fraction(1, 4), "6", "7", "1"),
        _look(3, Fraction(1, 8), "1", "2", "5.45"),
        _look(4, Fraction(1, 16), "8"),
    )
    told = answers_to(looks, FILM)
    assert told == {1: Sort.PRESENTER, 2: Sort.PAGE, 3: Sort.PARTICIPANTS, 4: Sort.PRESENTER}


def test_staff_are_asked_about_the_first_looks_only() -> None:
    looks = tuple(_look(number, Fraction(1, 11), "1") for number in range(1, 12))
    assert set(answers_to(looks, FILM)) == set(range(1, MOST_ANSWERS + 1))


def test_a_truth_can_be_kept(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("kept") / "truth.json"
    write_truth(FILM, path)
    assert read_truth(path) == FILM
