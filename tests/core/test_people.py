"""People are counted once each, and nobody is believed to be there for one doubtful look."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core.media import Box
from media_pipeline.core.people import SEEN_TWICE, SURE, Crowd, Sighting, count_people, most_people

WHOLE = Box(100, 100, 400, 600)
HEAD = Box(200, 120, 200, 250)
FACE = Box(250, 150, 80, 100)

boxes = st.builds(Box, *(st.integers(0, 600),) * 2, *(st.integers(1, 400),) * 2)
sightings = st.builds(Sighting, boxes, st.integers(200, 1000))
crowds = st.builds(Crowd, *(st.lists(sightings, max_size=4).map(tuple),) * 2)


def face(at: int, permille: int) -> Sighting:
    return Sighting(Box(at, 10, 20, 20), permille)


def test_a_face_in_a_persons_box_is_that_person() -> None:
    assert count_people([FACE], [WHOLE]) == 1
    assert count_people([FACE, Box(700, 10, 20, 20)], [WHOLE]) == 2
    assert count_people([FACE, Box(150, 400, 40, 40)], [WHOLE]) == 2
    assert count_people([], []) == 0


def test_a_person_found_twice_is_one() -> None:
    assert count_people([FACE], [WHOLE, HEAD]) == 1
    assert count_people([FACE], [HEAD, WHOLE, WHOLE]) == 1


def test_a_child_in_a_lap_is_another_one() -> None:
    lap = Box(220, 350, 200, 300)
    assert count_people([FACE, Box(290, 380, 60, 70)], [WHOLE, lap]) == 2
    assert count_people([FACE], [WHOLE, lap]) == 2, "seen from behind"
    assert count_people([], [WHOLE, lap]) == 2
    assert count_people([], [WHOLE, WHOLE]) == 2


def test_two_beside_each_other_are_two_though_their_boxes_overlap() -> None:
    assert count_people([FACE], [WHOLE, Box(240, 100, 500, 600)]) == 2


@given(st.lists(boxes, max_size=5), st.lists(boxes, max_size=5))
def test_no_face_is_lost_and_nobody_is_made_up(faces: list[Box], persons: list[Box]) -> None:
    count = count_people(faces, persons)
    assert len(faces) <= count <= len(faces) + len(persons)
    assert count > 0 or not persons, "somebody is there"
    assert count == count_people(faces[::-1], persons[::-1])


def test_one_doubtful_look_is_not_believed() -> None:
    usual = Crowd((face(0, 900),), ())
    doubtful, likely = (Crowd((face(0, 900), face(300, permille)), ()) for permille in (SURE - 1, SURE))
    assert most_people([usual, doubtful, usual]) == 1
    assert most_people([usual, likely, usual]) == 2
    assert most_people([doubtful, usual, doubtful]) == 2
    weak = Crowd((face(0, 900), face(300, SEEN_TWICE - 1)), ())
    assert most_people([weak, weak]) == 1
    assert most_people([weak, usual, weak, usual, weak]) == 2, "whoever is there is there in many looks"
    assert most_people([weak] * 3 + [usual] * 6) == 2
    assert most_people([weak] * 3 + [usual] * 7) == 1, "a plant is taken for somebody now and then"
    assert most_people([weak]) == 2, "a shot of one look has no other to ask"
    assert most_people([]) == 0


@given(st.lists(crowds, min_size=1, max_size=5), crowds)
def test_a_further_look_never_makes_fewer_of_those_who_are_sure(seen: list[Crowd], more: Crowd) -> None:
    sure = max(crowd.count(SURE) for crowd in seen)
    assert sure <= most_people([*seen, more]) <= max(len(crowd.boxes) for crowd in [*seen, more])


@given(crowds, boxes)
def test_everybody_is_within_or_beside(crowd: Crowd, part: Box) -> None:
    within, beside = crowd.within(part), crowd.beside(part)
    assert sorted(map(repr, within.boxes + beside.boxes)) == sorted(map(repr, crowd.boxes))
    assert all(part.holds_middle_of(box) for box in within.boxes)
