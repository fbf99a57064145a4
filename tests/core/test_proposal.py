"""Default-deny: what is not proven safe is cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core.findings import STILL, DetectorName, Finding, FindingKind, Findings, Movement
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.layouts import Layout
from media_pipeline.core.looks import LookKind, group_looks
from media_pipeline.core.policy import Policy
from media_pipeline.core.proposal import Proposal, ProposedCut, Taken, Why, propose
from tests.core.values import ALL_MOVES, PERSON_MOVES, findings, media, shifted, shot, sound_only


def proposal(seen: Findings) -> Proposal:
    return propose(media(), seen, group_looks(seen), Policy())


def answered(seen: Findings, answers: Mapping[int, LookKind]) -> Proposal:
    return propose(media(), seen, group_looks(seen), Policy(), answers)


def seconds_cut(made: Proposal) -> Fraction:
    return sum((cut.span.length for cut in made.cuts), Fraction(0))


def whys(made: Proposal) -> set[Why]:
    return {reason.why for cut in made.cuts for reason in cut.reasons}


def test_a_look_that_dominates_alone_is_kept() -> None:
    made = proposal(findings(shot(0, 40, 1, faces=1), shot(40, 60, 2, faces=4)))
    assert made.kinds == (Taken(1, LookKind.PRESENTER, answered=False),)
    assert [cut.span for cut in made.cuts] == [Interval(Fraction(40) - Fraction(12, 100), Fraction(60))]
    assert whys(made) == {Why.SEVERAL_PEOPLE}
    assert seconds_cut(made) == 20 + Fraction(12, 100)


def test_two_looks_that_could_be_the_presenters_are_both_cut() -> None:
    made = proposal(findings(shot(0, 32, 1, faces=1), shot(32, 60, 2, faces=1)))
    assert made.kinds == ()
    assert seconds_cut(made) == 60
    assert whys(made) == {Why.SOMEONE_ELSEWHERE}


def test_no_look_that_dominates_means_nothing_is_safe() -> None:
    made = proposal(findings(*(shot(at, at + 10, at) for at in range(0, 60, 10))))
    assert seconds_cut(made) == 60
    assert whys(made) == {Why.UNKNOWN_LOOK}


def test_a_second_person_is_cut_before_the_presenters_camera_too() -> None:
    made = proposal(findings(shot(0, 50, 1, faces=1), shot(50, 60, 1, faces=2)))
    assert whys(made) == {Why.SEVERAL_PEOPLE}
    assert seconds_cut(made) == 10 + Fraction(12, 100)


def test_more_is_cut_where_somebody_came_or_went_bit_by_bit() -> None:
    """But not across an abrupt cut."""
    alone = shot(0, 30, 1, faces=1)
    made = proposal(findings(alone, shot(30, 40, 1, faces=2, abrupt=False), shot(40, 60, 1, faces=1)))
    assert [cut.span for cut in made.cuts] == [
        Interval(Fraction(30) - Fraction(262, 100), Fraction(40) + Fraction(12, 100))
    ]
    made = proposal(findings(alone, shot(30, 40, 1, faces=2), shot(40, 60, 1, faces=1, abrupt=False)))
    assert [cut.span for cut in made.cuts] == [
        Interval(Fraction(30) - Fraction(12, 100), Fraction(40) + Fraction(262, 100))
    ]


def test_what_came_bit_by_bit_did_not_come_before_an_abrupt_cut() -> None:
    shots = [shot(0, 30, 1, faces=1), shot(30, 31, 2, faces=3), shot(31, 32, 2, faces=4, abrupt=False)]
    made = proposal(findings(*shots, shot(32, 60, 1, faces=1)))
    margin = Fraction(12, 100)
    assert [cut.span for cut in made.cuts] == [Interval(Fraction(30) - margin, Fraction(32) + margin)]


def test_what_moves_as_a_whole_is_cut_whatever_staff_say() -> None:
    seen = findings(shot(0, 40, 1, faces=1), shot(40, 60, 2, movement=Movement((), 144)))
    assert whys(proposal(seen)) == {Why.UNSTEADY}
    assert whys(answered(seen, {2: LookKind.PRESENTER})) == {Why.UNSTEADY}


def test_staff_know_better_than_a_guess() -> None:
    seen = findings(shot(0, 40, 1, faces=1), shot(40, 50, 2, faces=1), shot(50, 60, 1, faces=2))
    assert seconds_cut(answered(seen, {2: LookKind.PRESENTER})) > 49, "then the guess was wrong"
    assert seconds_cut(answered(seen, {1: LookKind.PRESENTER, 2: LookKind.PRESENTER})) < 11
    assert seconds_cut(answered(seen, {1: LookKind.PRESENTER, 3: LookKind.PRESENTER})) < 11
    assert answered(seen, {1: LookKind.PARTICIPANTS}).kinds == (Taken(1, LookKind.PARTICIPANTS, answered=True),)
    assert whys(answered(seen, {1: LookKind.PARTICIPANTS})) == {
        Why.PARTICIPANTS,
        Why.SOMEONE_ELSEWHERE,
        Why.SEVERAL_PEOPLE,
    }


def test_pages_stay_taken_for_pages_while_staff_answer() -> None:
    seen = findings(shot(0, 40, 1, faces=1), shot(40, 60, 2, movement=STILL))
    assert answered(seen, {1: LookKind.PRESENTER}).cuts == ()
    assert answered(seen, {2: LookKind.PAGE}).cuts == ()
    assert seconds_cut(answered(seen, {2: LookKind.PARTICIPANTS})) == 20 + Fraction(12, 100)


@pytest.mark.parametrize("word", ["participants", "nobody", "presenters"])
def test_whatever_is_no_word_for_safe_is_cut(word: str) -> None:
    """Also when it comes as a plain word."""
    seen = findings(shot(0, 40, 1, faces=1), shot(40, 60, 2, faces=1))
    said = cast("Mapping[int, LookKind]", {1: word, 2: "presenter"})
    assert [cut.span for cut in answered(seen, said).cuts] == [Interval(Fraction(0), 40 + Fraction(12, 100))]


def test_a_failed_detector_never_means_nothing_found() -> None:
    failed = Finding(FindingKind.FAILED, DetectorName.CENTERFACE, Interval(Fraction(5), Fraction(6)), None, 1000)
    made = proposal(findings(shot(0, 30, 100), shot(30, 60, 100), found=(failed,)))
    assert Why.NOT_LOOKED_AT in whys(made)
    assert made.cuts[0].span.end == 30 + Fraction(12, 100)


@given(
    st.lists(
        st.tuples(st.integers(-10, 60), st.integers(1, 20)).map(lambda a: Interval(Fraction(a[0]), Fraction(sum(a))))
    )
)
def test_when_others_speak_is_cut_and_says_so(spans: list[Interval]) -> None:
    others = IntervalSet.of(spans)
    seen = findings(shot(0, 60, 1, faces=1))
    made = propose(media(), seen, group_looks(seen), Policy(), others=others)
    inside = others.grown(Policy().said_margin) & IntervalSet((media().whole,))
    assert not inside - IntervalSet.of(cut.span for cut in made.cuts)
    assert whys(made) <= {Why.SOMEONE_SPEAKS, Why.TOO_SHORT}
    assert (Why.SOMEONE_SPEAKS in whys(made)) == bool(inside)


def test_of_a_sound_recording_too() -> None:
    others = IntervalSet((Interval(Fraction(2), Fraction(3)),))
    made = propose(sound_only(), Findings("b" * 64, (), ()), (), Policy(), others=others)
    assert whys(made) == {Why.SOMEONE_SPEAKS}


def test_frames_without_a_shot_and_shots_without_a_look_are_cut() -> None:
    made = proposal(findings(shot(0, 40, 100), shot(40, 50, 100, looked=False)))
    assert whys(made) == {Why.NOT_LOOKED_AT}
    assert [cut.span.end for cut in made.cuts] == [60]


def test_slivers_between_cuts_go() -> None:
    made = proposal(findings(shot(0, 30, 100), shot(30, 31, 0), shot(31, 32, 100), shot(32, 33, 0), shot(33, 60, 100)))
    assert len(made.cuts) == 1
    assert Why.TOO_SHORT in whys(made)


def test_nothing_to_cut_is_a_proposal_too() -> None:
    assert proposal(findings(shot(0, 60, 100))).cuts == ()


def test_sound_recordings_are_for_ears() -> None:
    made = propose(sound_only(), Findings("b" * 64, (), ()), (), Policy())
    assert made.cuts == ()


def test_a_film_in_which_nothing_was_seen_is_cut_whole() -> None:
    made = proposal(findings())
    assert seconds_cut(made) == 60


def test_a_camera_that_moves_stays_only_when_staff_have_said_what_it_shows() -> None:
    pan = [replace(shot(30 + n, 31 + n, 3, 1, movement=ALL_MOVES), scene=shifted(3, 2 * n, 1)) for n in range(6)]
    seen = findings(shot(0, 30, 1, 1), *pan, shot(36, 60, 1, 1))
    assert whys(proposal(seen)) == {Why.UNSTEADY}
    assert whys(answered(seen, {2: LookKind.PARTICIPANTS})) == {Why.PARTICIPANTS}
    assert answered(seen, {2: LookKind.PRESENTER}).cuts == ()


def test_what_is_cut_reaches_into_a_camera_that_moves_even_where_that_looks_like_a_cut() -> None:
    """Every shot of a quick pan may seem to begin abruptly, and whoever it goes to is at the picture's edge before."""
    pan = [replace(shot(30 + n, 31 + n, 3, 1, movement=ALL_MOVES), scene=shifted(3, 2 * n, 1)) for n in range(7)]
    child = replace(pan[6], span=Interval(Fraction(36), Fraction(40)), most_people=2)
    elsewhere = shot(36, 40, 4, 2, movement=ALL_MOVES)
    for last, begins in ((child, Fraction(67, 2)), (elsewhere, Fraction(36))):
        seen = findings(shot(0, 30, 1, 1), *pan[:6], last, shot(40, 60, 1, 1))
        (look,) = (look for look in group_looks(seen) if look.layout is Layout.MOVING)
        (cut,) = answered(seen, {look.number: LookKind.PRESENTER}).cuts
        assert cut.span.start == begins - Policy().margin


KINDS = st.sampled_from([None, *LookKind])
MOVEMENTS = st.sampled_from([STILL, PERSON_MOVES, ALL_MOVES])


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5), st.integers(0, 3), st.booleans(), MOVEMENTS), max_size=12),
    st.lists(KINDS, max_size=12),
)
def test_only_what_was_proven_safe_is_kept(
    rows: list[tuple[int, int, int, bool, Movement]], told: list[LookKind | None]
) -> None:
    at, shots = 0, []
    for length, room, people, looked, movement in rows:
        shots.append(shot(at, at + length, room, people, looked, movement=movement))
        at += length
    seen = Findings("a" * 64, tuple(shots), ())
    film = media(frames=25 * max(1, at))
    looks = group_looks(seen)
    answers = {number: kind for number, kind in enumerate(told, start=1) if kind is not None}
    made = propose(film, seen, looks, Policy(), answers)
    kept = IntervalSet((film.whole,)) - IntervalSet.of(cut.span for cut in made.cuts)
    taken = {one.look: one.kind for one in made.kinds}
    safe = [look for look in looks if taken.get(look.number) in (LookKind.PRESENTER, LookKind.PAGE)]
    proven = IntervalSet.of(
        shots[index].span
        for look in safe
        for index in look.shots
        if look.layout is not Layout.OTHER and shots[index].looked_at
    )
    assert not kept - proven
    assert all(taken[number] is kind for number, kind in answers.items() if number <= len(looks))
    assert all(look.alone or look.number in answers or look.layout is Layout.PAGE for look in safe)
    assert sorted(index for look in looks for index in look.shots) == list(range(len(shots)))
    assert sum((look.share for look in looks), Fraction(0)) == (1 if shots else 0)
    assert all(look.alone or look.layout is Layout.OTHER or len(look.examples) == len(look.shots) for look in looks)
    moving = [look for look in looks if look.layout is Layout.MOVING]
    assert all(look.number in answers for look in moving if look in safe)
    assert all(shots[index].most_people <= 1 and shots[index].looked_at for look in moving for index in look.shots)


@pytest.mark.parametrize(
    "numbers", [{"margin": Fraction(-1)}, {"approach": Fraction(-1)}, {"shortest_keep": Fraction(-1)}]
)
def test_policies_only_err_towards_cutting(numbers: dict[str, Fraction]) -> None:
    with pytest.raises(ValueError, match="never shrink"):
        Policy(**numbers)


def test_a_cut_has_a_reason() -> None:
    with pytest.raises(ValueError, match="has a reason"):
        ProposedCut(Interval(Fraction(0), Fraction(1)), ())


def damage(start: int, end: int) -> Finding:
    """What cannot be read for some seconds."""
    return Finding(FindingKind.DAMAGED, DetectorName.DECODER, Interval(Fraction(start), Fraction(end)), None, 1000)


def test_damage_is_cut_out_of_a_safe_shot_and_the_rest_of_it_stays() -> None:
    made = proposal(findings(shot(0, 60, 100, faces=1), found=(damage(20, 22),)))
    assert [cut.span for cut in made.cuts] == [
        Interval(Fraction(20) - Fraction(12, 100), Fraction(22) + Fraction(12, 100))
    ]
    assert whys(made) == {Why.DAMAGED}


def test_damage_outside_the_film_cuts_nothing() -> None:
    assert propose(sound_only(), Findings("b" * 64, (), (damage(10_000, 10_001),)), (), Policy()).cuts == ()


def test_of_a_sound_recording_damage_alone_is_proposed() -> None:
    seen = Findings("b" * 64, (), (damage(10, 11),))
    made = propose(sound_only(), seen, (), Policy())
    assert whys(made) == {Why.DAMAGED}
    assert seconds_cut(made) == 1 + Fraction(24, 100)
