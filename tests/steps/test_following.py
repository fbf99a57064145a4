"""Whoever is before a camera is followed from look to look, and a shot ends where that fails."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from media_pipeline.core.findings import STILL, FindingKind, Findings, Movement
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.people import Sighting
from media_pipeline.core.presence import came_in
from media_pipeline.core.scenes import Scene
from media_pipeline.ports.detector import Frame
from media_pipeline.steps.detect import Eyes, detect
from tests.core.values import PERSON_MOVES, scene
from tests.steps.test_detect import FILM, NONE, Cuts, Faces, Room, frames, seconds

AWAY = IntervalSet.of((Interval(Fraction(1), Fraction(3)), Interval(Fraction(13, 2), Fraction(8))))


def followed(*cuts: int, crossed: IntervalSet = AWAY, abrupt: bool = True) -> Findings:
    """Somebody until 3 s, nobody until 7 s, somebody again."""
    eyes = Eyes([Faces(seconds((0, 3), (7, 10)))], [], Room())
    return detect(FILM, frames(FILM), Cuts(*cuts, crossed=crossed, abrupt=abrupt), eyes)


def came(seen: Findings) -> list[Interval]:
    return [finding.span for finding in seen.findings if finding.kind is FindingKind.CAME]


def test_a_shot_ends_with_whoever_was_followed_in_it() -> None:
    """At the last look that shows them: from there on somebody else may come."""
    seen = followed()
    after = Fraction(2, 25)  # looks are a second apart, from the one two frames after the first
    assert [shot.span for shot in seen.shots] == [
        Interval(Fraction(0), 2 + after),
        Interval(2 + after, 6 + after),
        Interval(6 + after, Fraction(10)),
    ]
    assert came(seen) == [Interval(2 + after, 3 + after), Interval(6 + after, 7 + after)]
    assert [shot.most_people for shot in seen.shots] == [2, 0, 2]
    assert [shot.abrupt for shot in seen.shots] == [True, False, False]
    assert [shot.looked_at[0] for shot in seen.shots] == [0, 3 + after, 7 + after]
    assert sum(shot.frames for shot in seen.shots) in range(247, 251)
    # until the next look nobody knows when they left: what is shown of their face is no surprise
    assert [shot.most_faces for shot in seen.shots] == [2, 2, 2]


def test_who_is_hidden_and_seen_again_was_there_where_nothing_crossed_the_side() -> None:
    seen = followed(crossed=NONE)
    assert len(seen.shots) == 1
    assert not came(seen)


def test_who_comes_with_a_shot_of_the_same_room_came_bit_by_bit() -> None:
    """However much the picture changes by it."""
    seen = followed(75, crossed=seconds((1, 3)))
    assert [(shot.span.start, shot.abrupt) for shot in seen.shots] == [(Fraction(0), True), (Fraction(3), False)]
    assert came(seen) == [Interval(Fraction(52, 25), Fraction(3))]


def test_nobody_came_where_a_cut_shows_another_place() -> None:
    class Elsewhere(Room):
        def scene(self, frame: Frame, media: MediaFile, people: Sequence[Box], part: Box | None) -> Scene:
            return scene(1 if frame.moment < 3 else 4)

    eyes = Eyes([Faces(seconds((0, 3), (7, 10)))], [], Elsewhere())
    crossed = seconds((1, 3))
    assert not came(detect(FILM, frames(FILM), Cuts(75, crossed=crossed), eyes))
    # but what comes bit by bit is no cut
    assert came(detect(FILM, frames(FILM), Cuts(75, crossed=crossed, abrupt=False), eyes))


def in_tile(*spans: tuple[int, int], movement: Movement) -> Findings:
    """Somebody in a tile from some second to another; beside it somebody is always seen, as on a page."""

    class Beside(Faces):
        def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
            return [Sighting(Box(600, 300, 90, 90), 900), *super().look(frame, media)[:1]]

    class Still(Cuts):
        def movement(self) -> Movement:
            return movement

    eyes = Eyes([Beside(seconds(*spans))], [], Room(Box(0, 0, 20, 20)))
    return detect(FILM, frames(FILM), Still(), eyes)


def test_whoever_takes_the_presenters_place_in_a_tile_was_not_followed_there() -> None:
    seen = in_tile((0, 3), (7, 10), movement=STILL)
    after = Fraction(2, 25)
    assert came(seen) == [Interval(2 + after, 3 + after), Interval(6 + after, 7 + after)]
    assert {finding.box for finding in seen.findings if finding.kind is FindingKind.CAME} == {Box(0, 0, 20, 20)}
    tiles = [shot.tile for shot in seen.shots if shot.tile is not None]
    assert [(tile.most_people, tile.most_beside) for tile in tiles] == [(1, 1), (0, 1), (1, 1)]
    assert not came(in_tile((0, 10), movement=STILL))


def test_where_a_tile_is_none_of_a_page_no_shot_ends_with_anybody() -> None:
    assert len(in_tile((0, 3), (7, 10), movement=PERSON_MOVES).shots) == 1


def test_whoever_sits_before_a_window_is_followed_in_all_of_the_picture() -> None:
    """What looks like a tile's edges around them changes nothing: it is beside no page."""
    eyes = Eyes([Faces(seconds((0, 3), (7, 10)))], [], Room(Box(0, 0, 20, 20)))
    seen = detect(FILM, frames(FILM), Cuts(crossed=AWAY), eyes)
    assert len(seen.shots) == 3
    assert all(shot.tile is not None for shot in seen.shots)
    assert came_in(seen, [1, 1, 1]) == [0, 1, 2]
