"""Presence: whoever comes before a camera while it is looking is not taken for whoever was there."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core.findings import DetectorName, Finding, FindingKind, Findings, Shot
from media_pipeline.core.guesses import guess
from media_pipeline.core.intervals import Interval
from media_pipeline.core.looks import LookKind, group_looks
from media_pipeline.core.media import Box
from media_pipeline.core.people import Crowd, Sighting
from media_pipeline.core.policy import Policy
from media_pipeline.core.presence import Follower, came_in
from media_pipeline.core.proposal import Why, propose
from media_pipeline.core.scenes import COLUMNS
from tests.core.test_looks import beside, people_in
from tests.core.values import findings, media, shot

PRESENTER, LEANING, CHILD = Box(450, 280, 360, 440), Box(520, 280, 340, 430), Box(860, 330, 370, 390)

PLANT = Sighting(Box(20, 300, 90, 200), 300)


def one(*boxes: Box) -> Crowd:
    """Somebody in each of these places, seen surely."""
    return Crowd((), tuple(Sighting(box, 800) for box in boxes))


def lost(*looks: tuple[Crowd, bool]) -> list[bool]:
    """In which looks those who are seen were not followed; with each, whether anything moved at the sides since the one before."""
    follower = Follower()
    return [follower.loses(crowd, crossed) for crowd, crossed in looks]


crowds = st.builds(
    Crowd,
    st.just(()),
    st.lists(
        st.builds(Sighting, st.sampled_from((PRESENTER, LEANING, CHILD, PLANT.box)), st.integers(200, 1000)), max_size=3
    ).map(tuple),
)


@given(st.lists(crowds, max_size=12))
def test_nobody_comes_without_crossing_the_pictures_side(looks: list[Crowd]) -> None:
    assert not any(lost(*((crowd, False) for crowd in looks)))


@given(st.lists(st.tuples(st.sampled_from((PRESENTER, LEANING)), st.booleans()), max_size=12))
def test_whoever_stays_in_place_is_followed_whatever_moves_at_the_sides(looks: list[tuple[Box, bool]]) -> None:
    assert not any(lost(*((one(box), crossed) for box, crossed in looks)))


@given(st.lists(st.tuples(crowds, st.booleans()), max_size=6), st.lists(st.booleans(), min_size=1, max_size=4))
def test_whoever_appears_elsewhere_is_never_followed_where_anything_crossed(
    before: list[tuple[Crowd, bool]], hidden: list[bool]
) -> None:
    """However long nobody is seen in between, and whatever was before."""
    gone = [(one(), crossed) for crossed in hidden]
    told = lost(*before, (one(PRESENTER), False), *gone, (one(CHILD), True))
    assert told[-1]


def test_a_child_who_comes_while_the_presenter_is_away_is_somebody_else() -> None:
    here, away, came = (one(PRESENTER), False), (one(), True), (one(CHILD), True)
    assert lost(here, here, away, came, (one(CHILD), False)) == [False, False, True, True, False]
    # also at the presenter's place, at once, and when nobody was ever seen before
    assert lost(here, away, (one(PRESENTER), True))[1:] == [True, True]
    assert lost(here, came) == [False, True]
    assert lost((one(), False), came) == [False, True]
    # whenever it was that something crossed the side
    assert lost((one(), False), away, (one(CHILD), False)) == [False, False, True]
    # an empty room stays what it is, whatever moves
    assert lost(here, away, away, away) == [False, True, False, False]


def test_a_book_hides_the_presenter_who_is_there_still() -> None:
    here, hidden = (one(PRESENTER), False), (one(), False)
    assert lost(here, hidden, hidden, here) == [False] * 4
    assert lost(here, hidden, (one(), True), here) == [False, False, True, False]
    assert lost(here, hidden, (one(PRESENTER), True)) == [False, False, True]


def test_what_is_always_seen_at_its_place_follows_nobody() -> None:
    """A plant that a detector takes for somebody."""
    here, away, came = (Crowd((), (*one(*who).persons, PLANT)) for who in ((PRESENTER,), (), (CHILD,)))
    assert lost((here, False), (away, True), (came, True)) == [False, True, True]


def test_what_is_hardly_seen_follows_nobody_either() -> None:
    """A chair where the presenter sat, and a shadow where the child comes."""
    chair, shadow = Sighting(PRESENTER, 220), Sighting(CHILD, 220)
    here, came = Crowd((), (*one(PRESENTER).persons, shadow)), Crowd((), (*one(CHILD).persons, chair))
    assert lost((here, False), (came, True)) == [False, True]


def came_at(*seconds: int) -> tuple[Finding, ...]:
    return tuple(
        Finding(FindingKind.CAME, DetectorName.SHOTS, Interval(Fraction(at - 1), Fraction(at)), None, 1000)
        for at in seconds
    )


def numbers(*shots: Shot, cameras: list[int], found: tuple[Finding, ...] = ()) -> list[int]:
    return came_in(findings(*shots, found=found), cameras)


def test_who_came_is_counted_until_a_cut_shows_something_else() -> None:
    shots = [shot(at, at + 4, 1, 1, abrupt=False) for at in range(0, 24, 4)]
    shots[5] = shot(20, 24, 1, 1)
    shots[4] = shot(16, 20, 5, 1)
    assert numbers(*shots, cameras=[1, 1, 1, 1, 2, 1], found=came_at(4, 12)) == [0, 1, 1, 2, 0, 0]
    assert numbers(*shots, cameras=[1, 1, 1, 1, 2, 1]) == [0] * 6
    # what looks alike is one camera's, also where nothing tells which
    assert numbers(*shots, cameras=[1, 0, 0, 0, 2, 1], found=came_at(4)) == [0, 1, 1, 1, 0, 0]


def test_who_comes_out_of_another_picture_bit_by_bit_has_come() -> None:
    """A child whose face filled the picture steps back: the cameras differ, and nothing was cut."""
    film = [shot(0, 10, 1, 1), shot(10, 12, 7, 1, abrupt=False), shot(12, 20, 1, 1, abrupt=False), shot(20, 30, 1, 1)]
    assert numbers(*film, cameras=[1, 2, 1, 1]) == [0, 1, 2, 2]


def test_a_face_that_fills_the_picture_is_no_cut_to_something_else() -> None:
    """However fast it came and goes: nothing tells that the camera is another."""
    filled = replace(shot(12, 14, 1, 1), scene=people_in(range(2, COLUMNS), top=0))
    film = [shot(0, 10, 1, 1), shot(10, 12, 1, 1, abrupt=False), filled, shot(14, 20, 1, 1), shot(20, 30, 4, 1)]
    assert numbers(*film, cameras=[1, 1, 2, 1, 3], found=came_at(10)) == [0, 1, 1, 1, 0]


@pytest.fixture
def visited() -> Findings:
    """The presenter alone, then nobody, then a child alone before the same camera, who comes closer, then after a page the presenter."""
    shots = [
        shot(0, 30, 1, 1),
        shot(30, 32, 1, 0, abrupt=False),
        shot(32, 40, 1, 1, abrupt=False),
        shot(40, 44, 1, 1, abrupt=False),
        shot(44, 50, 9, 0),
        shot(50, 60, 1, 1),
    ]
    return findings(*shots, found=came_at(30, 32))


def test_who_came_is_not_guessed_to_be_the_presenter_and_is_a_look_of_their_own(visited: Findings) -> None:
    looks = group_looks(visited)
    of = {shots: look for look in looks for shots in [look.shots]}
    assert set(of) == {(0,), (1,), (2, 3), (4,), (5,)}
    assert not of[2, 3].alone
    assert of[2, 3].examples == (Fraction(32), Fraction(40))
    guessed = guess(looks, Policy())
    assert {of[0,].number, of[5,].number} == {n for n, kind in guessed.items() if kind is LookKind.PRESENTER}


def test_who_came_is_cut_until_staff_have_said_who_it_is(visited: Findings) -> None:
    looks = group_looks(visited)
    (child,) = (look.number for look in looks if look.shots == (2, 3))
    before = propose(media(), visited, looks, Policy())
    assert {reason.why for cut in before.cuts for reason in cut.reasons if reason.look == child} == {
        Why.SOMEONE_ELSEWHERE
    }
    named = propose(media(), visited, looks, Policy(), {child: LookKind.PRESENTER})
    assert not any(reason.look == child for cut in named.cuts for reason in cut.reasons)
    # the child's look speaks for nobody else before that camera
    told = propose(media(), visited, looks, Policy(), {child: LookKind.PARTICIPANTS})
    assert [cut.span for cut in told.cuts] == [cut.span for cut in before.cuts]


def test_who_came_into_a_tile_keeps_no_page_and_each_time_is_an_example() -> None:
    shots = [shot(0, 30, 1, 1), *(beside(at, at + 6, 5, camera=1) for at in (30, 36, 42)), shot(48, 60, 1, 1)]
    shots[2:4] = [replace(part, abrupt=False) for part in shots[2:4]]
    film = findings(*shots)
    box = shots[1].tile.box if shots[1].tile is not None else None
    came = tuple(replace(finding, box=box) for finding in came_at(36))
    assert [look.shots for look in group_looks(film)] == [(0, 4), (1, 2, 3)]
    looks = group_looks(replace(film, findings=came))
    assert [(look.shots, look.alone, look.certain) for look in looks] == [
        ((0,), True, False),
        ((2, 3), False, False),
        ((4,), False, False),
        ((1,), True, True),
    ]
    assert looks[1].examples == (Fraction(36), Fraction(42))
    assert guess(looks, Policy()) == {1: LookKind.PRESENTER, 4: LookKind.PAGE}
    # of many shots each is an example, of several looks
    many = [replace(beside(at, at + 6, 5, camera=1), abrupt=False) for at in range(36, 84, 6)]
    looks = group_looks(findings(*shots[:2], *many, found=came))
    assert sorted(len(look.examples) for look in looks if not look.alone) == [2, 6]
    # what comes and goes at the picture's own sides says nothing of the tile
    assert group_looks(replace(film, findings=came_at(36))) == group_looks(film)
