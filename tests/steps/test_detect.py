"""Every shot is looked at, and a detector that cannot look is never one that saw nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import pytest

from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.core.findings import DetectorName, FindingKind, Findings, Movement
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.looks import group_looks
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.people import Sighting
from media_pipeline.core.policy import Policy
from media_pipeline.core.proposal import propose
from media_pipeline.core.scenes import Scene
from media_pipeline.ports.detector import Frame
from media_pipeline.steps.detect import Eyes, detect
from tests.core.values import PERSON_MOVES, media, scene, sound_only

FILM = media(Fraction(25), frames=250)


NONE = IntervalSet()


class Cuts:
    """Starts a shot at given frames; the pictures stay the same for a while, or somebody crosses their side, if told."""

    def __init__(
        self,
        *frames: int,
        still: IntervalSet = NONE,
        crossed: IntervalSet = NONE,
        abrupt: bool = True,
        more: IntervalSet = NONE,
    ) -> None:
        self._more = more
        self.compared: list[tuple[tuple[Fraction, ...], Sequence[Box]]] = []
        self._moments, self._still = {Fraction(frame, 25) for frame in frames}, still
        self._crossing, self._abrupt, self._crossed = crossed, abrupt, False

    def starts_shot(self, frame: Frame) -> bool:
        self._crossed = self._crossed or self._crossing.holds(frame.moment)
        return frame.moment in self._moments

    def shows_same(self, frame: Frame, known: Frame) -> bool:
        return self._still.holds(frame.moment)

    def shows_more(self, frame: Frame, before: Frame, known: Frame, media: MediaFile, people: Sequence[Box]) -> bool:
        self.compared.append(((frame.moment, before.moment, known.moment), people))
        return self._more.holds(frame.moment)

    def crossed(self) -> bool:
        told, self._crossed = self._crossed, False
        return told

    def is_abrupt(self) -> bool:
        return self._abrupt

    def movement(self) -> Movement:
        return PERSON_MOVES


class Faces:
    """Sees what it is told to; remembers when it looked."""

    name, version = DetectorName.CENTERFACE, "1"
    finds = FindingKind.FACE

    def __init__(
        self, spans: IntervalSet = NONE, broken: IntervalSet = NONE, finds: FindingKind = FindingKind.FACE
    ) -> None:
        self.spans, self.broken, self.looks, self.finds = spans, broken, list[Fraction](), finds

    def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
        self.looks.append(frame.moment)
        if self.broken.holds(frame.moment):
            raise Fault("tool-failed")
        return [Sighting(Box(0, 0, 9, 9), 800)] * 2 if self.spans.holds(frame.moment) else []


class Room:
    """Every scene is of one room; tiles are where they are told to be."""

    def __init__(self, *tiles: Box) -> None:
        self._tiles = tiles
        self.people: list[Sequence[Box]] = []

    def scene(self, frame: Frame, media: MediaFile, people: Sequence[Box], part: Box | None) -> Scene:
        return scene(1 if part is None else 2, min(3, len(people)))

    def tiles(self, frame: Frame, media: MediaFile, movement: Movement, people: Sequence[Box]) -> Sequence[Box]:
        self.people.append(people)
        return self._tiles


def frames(film: MediaFile) -> Iterator[Frame]:
    assert film.video is not None
    return (Frame(Fraction(index, 25), None) for index in range(film.video.frames))


def seconds(*pairs: tuple[int, int]) -> IntervalSet:
    return IntervalSet.of(Interval(Fraction(a), Fraction(b)) for a, b in pairs)


def found(faces: Faces, *cuts: int) -> Findings:
    return detect(FILM, frames(FILM), Cuts(*cuts), Eyes([faces], [], Room()))


def test_shots_cover_the_film_and_each_is_looked_at() -> None:
    faces = Faces()
    seen = found(faces, 50, 55, 56)
    assert [(shot.span.start, shot.span.end) for shot in seen.shots] == [
        (0, 2),
        (2, Fraction(55, 25)),
        (Fraction(55, 25), Fraction(56, 25)),
        (Fraction(56, 25), 10),
    ]
    for shot in seen.shots:
        assert shot.looked_at[0] == shot.span.start
    assert [shot.looked_at[1:2] for shot in seen.shots][:2] == [(Fraction(2, 25),), (Fraction(52, 25),)]


def test_no_second_passes_without_a_look() -> None:
    faces = Faces()
    found(faces)
    gaps = [b - a for a, b in zip(faces.looks, faces.looks[1:], strict=False)]
    assert max(gaps) <= 1


def test_faces_are_findings_and_counted() -> None:
    seen = found(Faces(seconds((4, 6))), 100, 150)
    assert [shot.most_faces for shot in seen.shots] == [0, 2, 0]
    assert {finding.kind for finding in seen.findings} == {FindingKind.FACE}
    assert all(finding.box is not None for finding in seen.findings)


def test_a_detector_that_fails_leaves_its_span_unproven() -> None:
    seen = found(Faces(broken=seconds((4, 5))))
    assert FindingKind.FAILED in {finding.kind for finding in seen.findings}
    proposal = propose(FILM, seen, group_looks(seen), Policy())
    cut = IntervalSet.of(proposed.span for proposed in proposal.cuts)
    assert not seconds((4, 5)) - cut


def test_what_shows_no_more_has_the_answers_of_before() -> None:
    """Nobody looks, and all is found as if they had."""
    eyes, others = Faces(seconds((0, 10))), Faces(seconds((0, 10)))
    still = detect(FILM, frames(FILM), Cuts(100, still=seconds((2, 9))), Eyes([eyes], [], Room()))
    assert still == detect(FILM, frames(FILM), Cuts(100), Eyes([others], [], Room()))
    assert [moment for moment in eyes.looks if moment >= 2] == [4, 9 + Fraction(2, 25)]
    assert len(others.looks) > len(eyes.looks) + 4


def test_what_comes_beside_people_and_stays_is_looked_at_by_those_who_look_once() -> None:
    """Letters are looked for in a shot's first frame, and where something came since."""
    letters, faces = Faces(seconds((0, 10)), finds=FindingKind.TEXT), Faces(seconds((0, 10)))
    shots = Cuts(100, more=seconds((2, 3), (6, 8)))
    seen = detect(FILM, frames(FILM), shots, Eyes([faces], [letters], Room()))
    after = Fraction(2, 25)
    assert letters.looks == [0, 2 + after, 4, 6 + after, 7 + after]
    starts = {finding.span.start for finding in seen.findings if finding.kind is FindingKind.TEXT}
    assert sorted(starts) == letters.looks
    # with the look before and with the latest that they looked at, whoever is seen in any of them
    assert [moments for moments, _ in shots.compared][:4] == [
        (after, 0, 0),
        (1 + after, after, 0),
        (2 + after, 1 + after, 0),
        (3 + after, 2 + after, 2 + after),
    ]
    assert {len(people) for _, people in shots.compared} == {6}
    # without anybody who looks once nothing is compared
    alone = Cuts(100, more=seconds((2, 3)))
    detect(FILM, frames(FILM), alone, Eyes([faces], [], Room()))
    assert not alone.compared
    assert (4 + after, Fraction(4), Fraction(4)) in [moments for moments, _ in shots.compared]


def test_who_failed_is_asked_again_though_nothing_changed() -> None:
    eyes = Faces(broken=seconds((4, 6)))
    seen = detect(FILM, frames(FILM), Cuts(still=seconds((1, 10))), Eyes([eyes], [], Room()))
    failed = [finding.span.start for finding in seen.findings if finding.kind is FindingKind.FAILED]
    assert failed == []
    eyes = Faces(broken=seconds((0, 2)))
    seen = detect(FILM, frames(FILM), Cuts(still=seconds((0, 10))), Eyes([eyes], [], Room()))
    failed = [finding.span.start for finding in seen.findings if finding.kind is FindingKind.FAILED]
    assert failed == [0, Fraction(2, 25), 1 + Fraction(2, 25)]
    assert max(eyes.looks) == 2 + Fraction(2, 25)


def test_stopping_is_not_a_failed_look() -> None:
    class Stopping(Faces):
        def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        found(Stopping())


def test_no_frame_is_no_shot() -> None:
    assert detect(FILM, iter(()), Cuts(), Eyes([Faces()], [], Room())).shots == ()


def test_people_are_counted_by_both_kinds_of_finder_and_apart_in_a_tile() -> None:
    """Two boxes of each kind at one place: two people, inside the tile or outside of it."""
    persons = Faces(seconds((2, 6)), finds=FindingKind.PERSON)
    faces = Faces(seconds((4, 5)))
    for tile, outside, inside in ((None, 2, None), (Box(0, 0, 20, 20), 0, 2), (Box(100, 100, 20, 20), 2, 0)):
        (seen,) = detect(FILM, frames(FILM), Cuts(0), Eyes([faces, persons], [], Room(*([tile] if tile else [])))).shots
        assert (seen.most_faces, seen.most_people) == (2, 2)
        told = None if seen.tile is None else (seen.tile.most_people, seen.tile.most_beside)
        assert told == (None if inside is None else (inside, outside))
        assert 2 <= seen.crowded < 6
        assert seen.frames == 250


def test_several_tiles_are_no_tile_and_are_never_taken_for_a_page() -> None:
    room = Room(Box(0, 0, 20, 20), Box(100, 100, 20, 20))
    (seen,) = detect(FILM, frames(FILM), Cuts(0), Eyes([Faces(seconds((4, 6)))], [], room)).shots
    assert seen.tile is None
    assert seen.alive
    assert len(room.people[0]) == 4, "everybody who was ever seen in the shot may be in a tile"


def test_a_scene_is_free_of_everybody_who_was_ever_before_it() -> None:
    (seen,) = detect(FILM, frames(FILM), Cuts(0), Eyes([Faces(seconds((4, 6)))], [], Room())).shots
    assert seen.scene.free == scene(1, 2).free


def test_a_sound_recording_has_no_shots() -> None:
    assert detect(sound_only(), iter(()), Cuts(), Eyes([], [], Room())).shots == ()


def test_texts_are_looked_for_once_a_shot_and_are_nobody() -> None:
    texts = Faces(seconds((0, 10)), finds=FindingKind.TEXT)
    seen = detect(FILM, frames(FILM), Cuts(0, 100), Eyes([Faces()], [texts], Room()))
    assert texts.looks == [Fraction(0), Fraction(4)]
    assert {finding.kind for finding in seen.findings} == {FindingKind.TEXT}
    assert [shot.most_people for shot in seen.shots] == [0, 0]


def test_somebody_is_alive_where_the_picture_moves() -> None:
    for box, alive in ((Box(480, 240, 400, 160), True), (Box(0, 240, 1280, 480), False), (Box(0, 0, 80, 80), False)):

        class There(Faces):
            where = box

            def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
                return [Sighting(self.where, 900)]

        (seen,) = detect(FILM, frames(FILM), Cuts(0), Eyes([There()], [], Room())).shots
        assert seen.alive is alive
