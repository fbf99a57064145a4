"""Every frame is in one stretch, and what the stretches say together is what the whole would have said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core.findings import STILL, DetectorName, Finding, FindingKind, Findings, Movement, Shot, Tile
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.scenes import same_camera
from media_pipeline.core.stretches import (
    STRETCH_SECONDS,
    Account,
    Seen,
    adds_up,
    is_doubtful,
    is_explained,
    merged,
    stretches,
)
from tests.core.values import PERSON_MOVES, films, media, scene, sound_only
from tests.core.values import shot as shot_of

PRESENTER, CHILD = Box(100, 100, 200, 200), Box(700, 200, 150, 150)

NOTHING = IntervalSet()
ROOM = 100


@given(films, st.integers(1, 50), st.data())
def test_every_frame_is_in_one_stretch(film: MediaFile, seconds: int, data: st.DataObject) -> None:
    assert film.video is not None
    division = stretches(film, seconds)
    assert [stretch.number for stretch in division] == list(range(len(division)))
    assert division[0].span.start == film.whole.start
    assert division[-1].span.end == film.whole.end
    assert all(one.span.end == other.span.start for one, other in pairwise(division))
    assert all(stretch.span.length == seconds for stretch in division[:-1])
    assert len(division) == 1 or Fraction(1, 2) <= division[-1].span.length / seconds < Fraction(3, 2)
    number = data.draw(st.integers(-1, film.video.frames + 1))  # containers and decoders may disagree on one
    moment = film.video.start + number / film.video.rate
    [inside] = [stretch for stretch in division if stretch.holds(moment)]
    assert [stretch.is_after(moment) for stretch in division] == [s.number > inside.number for s in division]


def test_what_is_short_is_one_and_so_is_sound() -> None:
    assert len(stretches(media(frames=25 * 179))) == 1
    assert len(stretches(media(frames=25 * 180))) == 2
    assert len(stretches(media(frames=25 * 3600))) == 3600 / STRETCH_SECONDS
    assert len(stretches(media(frames=25 * 3600), None)) == 1
    assert len(stretches(sound_only(Fraction(3600)))) == 1


def face(second: int, box: Box) -> Finding:
    """Seen in the look at that second."""
    span = Interval(Fraction(second), Fraction(second + 1))
    return Finding(FindingKind.FACE, DetectorName.CENTERFACE, span, box, 900)


def looked(film: MediaFile, cuts: Sequence[int], seconds: int | None) -> list[Seen]:
    """What is seen, a frame a second, of a film whose shots begin at these seconds: in each another room and a face."""
    assert film.video is not None
    seen = []
    for stretch in stretches(film, seconds):
        own = [number for number in range(film.video.frames) if stretch.holds(Fraction(number))]
        begins = [number for number in own if number in cuts or number == own[0]]
        ends: list[Fraction] = [*map(Fraction, begins[1:]), stretch.span.end]
        shots, faces = [], []
        for begin, end in zip(begins, ends, strict=True):
            place = sum(cut <= begin for cut in cuts)
            span, at = Interval(Fraction(begin), end), Fraction(begin)
            last = end if end.denominator == 1 else Fraction(film.video.frames)
            count = sum(begin <= number < last for number in own)
            some = shot_of(0, 1, 20 * place, place)
            shots.append(replace(some, span=span, looked_at=(at,), crowded=at, frames=count))
            faces.append(face(begin, PRESENTER))
        findings = Findings(film.sha256, tuple(shots), tuple(faces))
        seen.append(Seen(findings, bool(own) and own[0] not in cuts, Account(len(own))))
    return seen


@given(st.integers(1, 60), st.sets(st.integers(1, 59), max_size=6), st.integers(1, 70))
def test_the_findings_are_the_same_whatever_the_stretches(length: int, cuts: set[int], seconds: int) -> None:
    """Up to further looks at the beginning of each."""
    film, starts = media(Fraction(1), length), [0, *sorted(cut for cut in cuts if cut < length)]
    seen, whole = looked(film, starts, seconds), looked(film, starts, None)
    assert sum(part.account.shown for part in seen) == length
    assert adds_up(film, seen, NOTHING)
    assert not is_doubtful(film, seen)
    found, expected = merged(film, seen, NOTHING), merged(film, whole, NOTHING)
    assert expected == whole[0].findings
    further = {face(int(part.findings.shots[0].span.start), PRESENTER) for part in seen if part.findings.shots}
    assert set(found.findings) == {*expected.findings, *further}
    assert [replace(shot, looked_at=(), scene=scene(1)) for shot in found.shots] == [
        replace(shot, looked_at=(), scene=scene(1)) for shot in expected.shots
    ]
    assert all(same_camera(one.scene, other.scene) for one, other in zip(found.shots, expected.shots, strict=True))
    assert all(
        set(one.looked_at) >= set(other.looked_at) for one, other in zip(found.shots, expected.shots, strict=True)
    )


def half(start: int, end: int, room: int, looks: int = 1, faces: int = 0) -> Shot:
    """A shot that was looked at so often."""
    moments = tuple(Fraction(10 * start + look, 10) for look in range(looks))
    return replace(shot_of(start, end, room, faces), looked_at=moments)


def part(*shots: Shot, goes_on: bool = True, account: Account = Account()) -> Seen:  # noqa: B008 - a frozen value
    return Seen(Findings("a" * 64, shots, ()), goes_on, account)


FILM = media(Fraction(1), 60)


def test_halves_of_a_shot_are_one_and_what_was_in_any_was_in_all() -> None:
    lively = replace(half(20, 40, ROOM), movement=Movement((1, 2), 90))
    seen = [part(half(0, 20, ROOM, 3, 2), goes_on=False), part(lively), part(half(40, 60, ROOM, 2, 1))]
    [shot] = merged(FILM, seen, NOTHING).shots
    assert (shot.span, shot.most_faces, shot.most_people, len(shot.looked_at)) == (FILM.whole, 2, 2, 6)
    assert shot.crowded == 0
    assert {1, 2, 60} <= set(shot.movement.lively)
    assert shot.movement.restless == 90
    assert shot.scene.free == scene(ROOM, 2).free
    assert shot.frames == 25 * 60


def test_a_tile_is_one_if_it_stays_where_it_is() -> None:
    here, there = (
        Tile(Box(x, 0, 160, 90), scene(5, people), (0,), people, 1 - people) for x, people in ((0, 0), (9, 1))
    )
    more = replace(here, most_people=1)
    for tiles, expected in (
        ((here, more), replace(here, most_people=1)),
        ((here, there), None),
        ((here, None), None),
    ):
        shots = [replace(half(30 * n, 30 * n + 30, ROOM), tile=tile, movement=STILL) for n, tile in enumerate(tiles)]
        [shot] = merged(FILM, [part(shots[0], goes_on=False), part(shots[1])], NOTHING).shots
        assert shot.tile == expected


def test_a_boundary_in_which_the_scene_changes_begins_a_shot() -> None:
    """A slow fade may lie there: so it did not begin at once."""
    seen = [part(half(0, 20, ROOM), goes_on=False), part(half(20, 60, ROOM + 1))]
    shots = merged(FILM, seen, NOTHING).shots
    assert [int(shot.span.start) for shot in shots] == [0, 20]
    assert [shot.abrupt for shot in shots] == [True, False]


def met(before: Box | None, after: Box | None, *shots: Shot, goes_on: bool = True) -> Findings:
    """Two stretches; who is seen in the last look of the first, at 0 s, and in the first of the second, at 20 s."""
    one, other = (shots or (half(0, 20, ROOM), half(20, 60, ROOM)))[:2]
    seen = [part(one, goes_on=False), part(other, goes_on=goes_on)]
    boxes = ((0, before), (20, after))
    both = [
        replace(
            half, findings=replace(half.findings, findings=(face(second, box), face(second + 9, CHILD)) if box else ())
        )
        for half, (second, box) in zip(seen, boxes, strict=True)
    ]
    return merged(FILM, both, NOTHING)


def came(found: Findings) -> list[tuple[Interval, Box | None]]:
    return [(finding.span, finding.box) for finding in found.findings if finding.kind is FindingKind.CAME]


@pytest.mark.parametrize(("before", "after"), [(PRESENTER, CHILD), (PRESENTER, None), (None, CHILD)])
def test_who_takes_the_presenters_place_at_a_boundary_was_not_followed(before: Box | None, after: Box | None) -> None:
    """Nobody looked at the picture's sides there."""
    found = met(before, after)
    assert came(found) == [(Interval(Fraction(0), Fraction(20)), None)]
    assert [(int(shot.span.start), shot.abrupt) for shot in found.shots] == [(0, True), (20, False)]
    assert found.findings == tuple(sorted(found.findings, key=lambda finding: finding.span))
    # also where a cut shows the same room, and no other one
    cut = met(before, after, goes_on=False)
    assert came(cut)
    assert not cut.shots[1].abrupt
    assert not came(met(before, after, half(0, 20, ROOM), half(20, 60, ROOM + 1), goes_on=False))
    # nothing tells of a boundary without a cut that nobody came while the picture changed
    assert came(met(before, after, half(0, 20, ROOM), half(20, 60, ROOM + 1)))
    assert came(met(before, after, half(0, 20, ROOM), replace(half(20, 60, ROOM + 1), abrupt=False), goes_on=False))


@pytest.mark.parametrize("who", [PRESENTER, None])
def test_who_stays_and_who_is_not_there_is_followed_over_a_boundary(who: Box | None) -> None:
    found = met(who, who)
    assert len(found.shots) == 1
    assert not came(found)


def test_whoever_moves_in_a_stretch_is_followed_from_its_last_look() -> None:
    places = ((0, PRESENTER), (20, PRESENTER), (21, CHILD), (40, CHILD))
    shots = [half(0, 20, ROOM), half(20, 40, ROOM, 11), half(40, 60, ROOM)]
    seen = [part(shot, goes_on=number > 0) for number, shot in enumerate(shots)]
    faces = tuple(face(second, box) for second, box in places)
    seen[0] = replace(seen[0], findings=replace(seen[0].findings, findings=faces))
    [shot] = merged(FILM, seen, NOTHING).shots
    assert len(shot.looked_at) == 13


def test_a_label_follows_nobody_over_a_boundary() -> None:
    label = replace(face(20, PRESENTER), kind=FindingKind.TEXT)
    seen = [part(half(0, 20, ROOM), goes_on=False), part(half(20, 60, ROOM))]
    seen[1] = replace(seen[1], findings=replace(seen[1].findings, findings=(face(0, PRESENTER), label)))
    assert came(merged(FILM, seen, NOTHING))


def test_what_a_stretch_holds_apart_stays_apart() -> None:
    seen = [part(half(0, 20, ROOM), goes_on=False), part(half(20, 40, ROOM), half(40, 60, ROOM))]
    assert [int(shot.span.start) for shot in merged(FILM, seen, NOTHING).shots] == [0, 40]


def test_who_takes_the_presenters_place_in_a_tile_at_a_boundary_was_not_followed() -> None:
    tile = Tile(Box(600, 0, 400, 500), scene(5), (0,), 1, 0)
    shots = [replace(half(*span, ROOM), tile=tile, movement=STILL) for span in ((0, 20), (20, 60))]
    assert came(met(CHILD, None, *shots)) == [(Interval(Fraction(0), Fraction(20)), tile.box)]
    # figures on the page are nobody
    assert not came(met(PRESENTER, None, *shots))
    # around whoever is before a camera it is a window, say: they are followed in all of the picture
    rooms = [replace(shot, movement=PERSON_MOVES) for shot in shots]
    assert came(met(PRESENTER, None, *rooms)) == [(Interval(Fraction(0), Fraction(20)), None)]


def test_a_shot_lasts_until_the_next_begins_though_stretches_are_empty() -> None:
    seen = [part(half(3, 20, ROOM), goes_on=False), part(), part(half(45, 50, ROOM), goes_on=False), part()]
    spans = [shot.span for shot in merged(FILM, seen, NOTHING).shots]
    assert spans == [Interval(Fraction(3), Fraction(45)), Interval(Fraction(45), Fraction(60))]
    assert merged(FILM, [part()], NOTHING).shots == ()


def test_damage_is_a_finding_in_its_place() -> None:
    face = Finding(FindingKind.FACE, DetectorName.CENTERFACE, Interval(Fraction(30), Fraction(31)), None, 500)
    seen = replace(part(half(0, 60, ROOM)), findings=Findings("a" * 64, (half(0, 60, ROOM),), (face,)))
    span = Interval(Fraction(4), Fraction(5))
    found = merged(FILM, [seen], IntervalSet((span,))).findings
    assert [(finding.kind, finding.box) for finding in found] == [(FindingKind.DAMAGED, None), (FindingKind.FACE, None)]
    assert found[0].span == span


@pytest.mark.parametrize(
    ("accounts", "doubtful", "whole", "with_damage"),
    [
        ([Account(30), Account(30)], False, True, True),
        ([Account(30), Account(29)], False, True, True),
        ([Account(31), Account(30)], False, True, True),
        ([Account(30), Account(28)], True, False, True),
        ([Account(32), Account(30)], False, False, False),
        ([Account(30), Account(30, doubled=1)], True, False, True),
        ([Account(30), Account(30, complained=True)], True, True, True),
    ],
)
def test_frames_that_nobody_saw_are_not_safe(
    accounts: list[Account], doubtful: bool, whole: bool, with_damage: bool
) -> None:
    """Containers and decoders may disagree on one; only damage explains more."""
    seen = [part(account=account) for account in accounts]
    assert is_doubtful(FILM, seen) == doubtful
    assert adds_up(FILM, seen, NOTHING) == whole
    assert adds_up(FILM, seen, IntervalSet((Interval(Fraction(1), Fraction(2)),))) == with_damage


def test_a_sound_recording_has_no_frame_to_miss() -> None:
    assert adds_up(sound_only(), [part()], NOTHING)
    assert is_doubtful(sound_only(), [part(account=Account(complained=True))])


def test_a_complaint_is_explained_by_damage_in_its_stretch_or_from_the_films_start() -> None:
    first, second = stretches(FILM, 30)
    silent, loud = part(), part(account=Account(30, complained=True))
    there, elsewhere = (IntervalSet((Interval(Fraction(a), Fraction(a + 1)),)) for a in (40, 3))
    assert is_explained(NOTHING, first, loud)
    assert is_explained(NOTHING, second, silent)
    assert is_explained(there, second, loud)
    assert not is_explained(elsewhere, second, loud)
