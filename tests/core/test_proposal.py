"""Default-deny: what is not proven safe is cut."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core.findings import DetectorName, Finding, FindingKind, Findings, Shot
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.looks import group_looks, setting_distance
from media_pipeline.core.policy import Policy
from media_pipeline.core.proposal import Proposal, ProposedCut, Why, propose
from tests.core.values import face, findings, media, shot, sound_only


def proposal(seen: Findings) -> Proposal:
    return propose(media(), seen, group_looks(seen), Policy())


def seconds_cut(made: Proposal) -> Fraction:
    return sum((cut.span.length for cut in made.cuts), Fraction(0))


def whys(made: Proposal) -> set[Why]:
    return {reason.why for cut in made.cuts for reason in cut.reasons}


def test_a_look_that_dominates_alone_is_kept() -> None:
    made = proposal(findings(shot(0, 40, 100, faces=1), shot(40, 60, 200, faces=4), found=(face(40, 41, 900),)))
    assert made.presenter_look == 1
    assert [cut.span for cut in made.cuts] == [Interval(Fraction(40) - Fraction(12, 100), Fraction(60))]
    assert whys(made) == {Why.SEVERAL_FACES, Why.UNKNOWN_LOOK}
    assert {reason.permille for reason in made.cuts[0].reasons} == {900}
    assert seconds_cut(made) == 20 + Fraction(12, 100)


def test_two_looks_that_could_be_the_presenters_are_both_cut() -> None:
    made = proposal(findings(shot(0, 32, 100, faces=1), shot(32, 60, 200, faces=1)))
    assert made.presenter_look == 0
    assert seconds_cut(made) == 60
    assert whys(made) == {Why.FACE_ELSEWHERE}


def test_no_look_that_dominates_means_nothing_is_safe() -> None:
    made = proposal(findings(*(shot(at, at + 10, 40 * at // 10) for at in range(0, 60, 10))))
    assert made.presenter_look == 0
    assert seconds_cut(made) == 60


def test_a_second_face_cuts_even_the_presenters_look() -> None:
    seen = findings(shot(0, 50, 100, faces=1), shot(50, 60, 200), found=(face(10, 11),))
    assert whys(proposal(seen)) == {Why.UNKNOWN_LOOK}
    made = proposal(findings(shot(0, 50, 100, faces=2), shot(50, 60, 200)))
    assert made.presenter_look == 0
    assert seconds_cut(made) == 60


def test_a_failed_detector_never_means_nothing_found() -> None:
    failed = Finding(FindingKind.FAILED, DetectorName.CENTERFACE, Interval(Fraction(5), Fraction(6)), None, 1000)
    made = proposal(findings(shot(0, 30, 100), shot(30, 60, 100), found=(failed,)))
    assert made.presenter_look == 1
    assert Why.NOT_LOOKED_AT in whys(made)
    assert made.cuts[0].span.end == 30 + Fraction(12, 100)


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


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 255), st.integers(0, 3), st.booleans()), max_size=12))
def test_only_what_was_proven_safe_is_kept(rows: list[tuple[int, int, int, bool]]) -> None:
    at, shots = 0, []
    for length, setting, faces, looked in rows:
        shots.append(shot(at, at + length, setting, faces, looked))
        at += length
    seen = Findings("a" * 64, tuple(shots), ())
    film = media(frames=25 * max(1, at))
    looks = group_looks(seen)
    made = propose(film, seen, looks, Policy())
    kept = IntervalSet((film.whole,)) - IntervalSet.of(cut.span for cut in made.cuts)
    safe = [s for look in looks if look.number == made.presenter_look for s in (shots[i] for i in look.shots)]
    proven = IntervalSet.of(s.span for s in safe if s.most_faces <= 1 and s.looked_at)
    assert not kept - proven
    assert sorted(index for look in looks for index in look.shots) == list(range(len(shots)))
    assert sum((look.share for look in looks), Fraction(0)) == (1 if shots else 0)


def test_looks_are_settings() -> None:
    looks = group_looks(findings(shot(0, 10, 100), shot(10, 30, 200, faces=2), shot(30, 35, 104)))
    assert [(look.number, look.shots, look.most_faces) for look in looks] == [(1, (1,), 2), (2, (0, 2), 0)]
    assert looks[1].examples == (Fraction(5), Fraction(65, 2))


def test_an_unmeasured_setting_is_like_no_other() -> None:
    assert setting_distance((), ()) == 255
    unmeasured = Shot(Interval(Fraction(0), Fraction(1)), (), (), 0)
    assert len(group_looks(findings(unmeasured, unmeasured))) == 2


@pytest.mark.parametrize("numbers", [{"margin": Fraction(-1)}, {"shortest_keep": Fraction(-1)}])
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


def test_of_a_sound_recording_damage_alone_is_proposed() -> None:
    seen = Findings("b" * 64, (), (damage(10, 11),))
    made = propose(sound_only(), seen, (), Policy())
    assert whys(made) == {Why.DAMAGED}
    assert seconds_cut(made) == 1 + Fraction(24, 100)
