"""Step 2: where are people? Of frames at full rate every shot's first ones and at least one a second are looked at.

Where nothing has changed since but a pointer, as on pages, what was seen is seen again without asking: of an ordinary film
three looks in ten.

Whoever is seen before one camera is followed from look to look; where that fails the shot ends, for the next one is somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.core.findings import DetectorName, Finding, FindingKind, Findings, Movement, Shot, Tile, blocks_of
from media_pipeline.core.intervals import Interval
from media_pipeline.core.layouts import Layout, layout_of
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.people import Crowd, Sighting, most_people
from media_pipeline.core.presence import Follower
from media_pipeline.core.scenes import Scene, merged, same_camera
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.detector import Detector, Frame, SceneMeter, ShotMeter

LOOK_EVERY = Fraction(1)
"""Seconds between two looks inside a shot. Looking more often found no more (measured at 1, 2, 4 and 8 a second)."""

LOOK_AFTER_CUT = (0, 2)
"""Frames of each shot that are always looked at: its first, and the one two later, when a cross-fade has settled."""

RULES = 5
"""Raised when the same frames and sightings may make another shot, by this step, the scene meter or how people are counted: what is
half done by other rules is done anew."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """All that looks at frames."""

    detectors: Sequence[Detector]
    """Each looks at every frame that is looked at."""

    once: Sequence[Detector]
    """Each looks at a shot's first frame only: what is found costs more, and stays as long as the shot does."""

    scenes: SceneMeter
    """Sees surroundings."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen in one frame."""

    moment: Seconds
    crowd: Crowd


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one detector says of a frame."""

    detector: Detector
    sightings: Sequence[Sighting]
    failed: bool = False

    def findings(self, span: Interval) -> Iterator[Finding]:
        """The same as findings."""
        if self.failed:
            yield Finding(FindingKind.FAILED, self.detector.name, span, None, 1000)
        for sighting in self.sightings:
            yield Finding(self.detector.finds, self.detector.name, span, sighting.box, sighting.permille)


@dataclass(slots=True)
class _OpenShot:
    """A shot whose end has not come yet."""

    start: Seconds
    abrupt: bool
    frames: int = 0
    looks: list[_Look] = field(default_factory=list)
    asked: Frame | None = None
    """The latest of which those were asked who look at every frame: of one that shows the same they would say the same."""
    answers: Sequence[_Answer] = ()
    """What they said."""
    scene: Scene | None = None
    """Of all looks so far."""
    last: Frame | None = None
    """The latest frame that was looked at."""
    found: list[Finding] = field(default_factory=list)
    """What was seen in all of them."""
    lost: list[int] = field(default_factory=list)
    """Which of the looks show somebody who was not followed from the one before."""


@dataclass(slots=True)
class _Trail:
    """Whoever is followed from look to look, and the last of them."""

    follower: Follower = field(default_factory=Follower)
    moment: Seconds | None = None
    scene: Scene | None = None


def detect(media: MediaFile, frames: Iterator[Frame], shots: ShotMeter, eyes: Eyes) -> Findings:
    """Every shot and every finding of `media.video`, from its frames in order; none of a sound recording.

    A detector that fails makes its frame's span "failed", which a proposal reads as "not proven safe".
    Raises Fault or Cancelled when the frames themselves cannot be read.
    """
    done: list[Shot] = []
    found: list[Finding] = []
    shot: _OpenShot | None = None
    trail = _Trail()
    for frame in frames:
        begins = shots.starts_shot(frame)  # asked for every frame: the meter compares with the one before
        if shot is None or begins:
            if shot is not None:
                done.extend(_closed(shot, frame.moment, shots.movement(), media, eyes.scenes))
                found.extend(shot.found)
            shot = _OpenShot(frame.moment, shots.is_abrupt())
        if _is_due(shot, frame.moment):
            shot.found.extend(_look(frame, media, eyes, shots, shot))
            shot.found.extend(_follow(shot, trail, shots.crossed()))
        shot.frames += 1
    if shot is not None:
        done.extend(_closed(shot, media.whole.end, shots.movement(), media, eyes.scenes))
        found.extend(shot.found)
    return Findings(media.sha256, tuple(done), tuple(sorted(found, key=lambda finding: finding.span)))


def _is_due(shot: _OpenShot, moment: Seconds) -> bool:
    if shot.frames in LOOK_AFTER_CUT or not shot.looks:
        return True
    return moment - shot.looks[-1].moment >= LOOK_EVERY


def _look(frame: Frame, media: MediaFile, eyes: Eyes, shots: ShotMeter, shot: _OpenShot) -> Iterator[Finding]:
    """What is found in one frame; each finding stands for the time until the next look at the latest."""
    span = Interval(frame.moment, frame.moment + LOOK_EVERY)
    if shot.asked is None or not shots.shows_same(frame, shot.asked) or any(answer.failed for answer in shot.answers):
        shot.asked, shot.answers = frame, [_ask(detector, frame, media) for detector in eyes.detectors]
    answers = [*shot.answers, *(_ask(detector, frame, media) for detector in eyes.once if not shot.looks)]
    for answer in answers:
        yield from answer.findings(span)
    crowd = Crowd(*(_sightings(answers, kind) for kind in (FindingKind.FACE, FindingKind.PERSON)))
    shot.looks.append(_Look(frame.moment, crowd))
    scene = eyes.scenes.scene(frame, media, crowd.boxes, None)
    shot.scene = scene if shot.scene is None else merged([shot.scene, scene], [len(shot.looks) - 1, 1])
    shot.last = frame


def _follow(shot: _OpenShot, trail: _Trail, crossed: bool) -> Iterator[Finding]:
    """Whether the shot's latest look shows somebody who was not followed, unless it shows another place than the one before."""
    look = shot.looks[-1]
    if shot.scene is None:
        raise ValueError("it has been looked at")
    is_cut = len(shot.looks) == 1 and shot.abrupt
    if trail.scene is None or (is_cut and not same_camera(trail.scene, shot.scene)):
        trail.follower = Follower()
    if trail.follower.loses(look.crowd, crossed) and trail.moment is not None:
        shot.lost.append(len(shot.looks) - 1)
        yield _came(trail.moment, look.moment, None)
    trail.moment, trail.scene = look.moment, shot.scene


def _came(before: Seconds, seen: Seconds, box: Box | None) -> Finding:
    return Finding(FindingKind.CAME, DetectorName.SHOTS, Interval(before, seen), box, 1000)


def _ask(detector: Detector, frame: Frame, media: MediaFile) -> _Answer:
    try:
        return _Answer(detector, tuple(detector.look(frame, media)))
    except Cancelled:
        raise
    except Fault:
        return _Answer(detector, (), failed=True)


def _sightings(answers: Sequence[_Answer], kind: FindingKind) -> tuple[Sighting, ...]:
    return tuple(sighting for answer in answers if answer.detector.finds is kind for sighting in answer.sightings)


def _closed(
    shot: _OpenShot, end: Seconds, movement: Movement, media: MediaFile, scenes: SceneMeter
) -> tuple[Shot, ...]:
    """The shot; of one camera's, one for everybody who was followed."""
    if shot.last is None or shot.scene is None:
        raise ValueError("a shot's first frame is looked at")
    boxes = scenes.tiles(shot.last, media, movement, [box for look in shot.looks for box in look.crowd.boxes])
    tile = _tile(shot, shot.last, boxes[0], media, scenes) if len(boxes) == 1 else None
    made = Shot(
        span=Interval(shot.start, end),
        scene=shot.scene,
        looked_at=(),
        most_faces=0,
        most_people=0,
        crowded=shot.start,
        movement=movement,
        tile=tile,
        alive=len(boxes) > 1 or _is_alive(shot, movement, media),
        frames=shot.frames,
        abrupt=shot.abrupt and 0 not in shot.lost,
    )
    made = _told(made, shot.looks)
    layout = layout_of(made)
    if layout is Layout.CAMERA and tile is None:
        return tuple(_parts(made, shot.looks, shot.lost))
    if layout is Layout.PAGE_AND_CAMERA and tile is not None:
        lost = _lost_in(tile.box, shot.looks)
        shot.found.extend(_came(shot.looks[place - 1].moment, shot.looks[place].moment, tile.box) for place in lost)
        return tuple(_parts(made, shot.looks, lost))
    return (made,)


def _told(shot: Shot, looks: Sequence[_Look]) -> Shot:
    """The same, with what these looks tell."""
    # the fullest look of all, also where one alone is not believed: it is what staff are shown
    fullest = max(look.crowd.count() for look in looks)
    crowded = [look.moment for look in looks if look.crowd.count() == fullest]
    return replace(
        shot,
        looked_at=tuple(look.moment for look in looks),
        most_faces=max(len(look.crowd.faces) for look in looks),
        most_people=most_people([look.crowd for look in looks]),
        crowded=crowded[len(crowded) // 2],
        tile=None if shot.tile is None else _with_people(shot.tile, looks),
    )


def _parts(made: Shot, looks: Sequence[_Look], lost: Sequence[int]) -> Iterator[Shot]:
    """A shot for everybody who was followed. Each begins with the last look at the one before."""
    edges = [0, *(place for place in lost if place), len(looks)]
    for first, after in pairwise(edges):
        before = max(0, first - 1)
        start = looks[before].moment if first else made.span.start
        end = looks[after - 1].moment if after < len(looks) else made.span.end
        if start < end:
            span = Interval(start, end)
            part = _told(replace(made, span=span, abrupt=made.abrupt and not first), looks[first:after])
            yield replace(
                part,
                # of the one before, too, who may not have left yet
                most_faces=max(len(look.crowd.faces) for look in looks[before:after]),
                frames=max(1, int(made.frames * span.length / made.span.length)),
            )


def _lost_in(box: Box, looks: Sequence[_Look]) -> list[int]:
    """Which looks show somebody in a tile who was not followed: whether anything crossed its sides is not measured."""
    follower = Follower()
    return [place for place, look in enumerate(looks) if follower.loses(look.crowd.within(box), crossed=True)]


def _tile(shot: _OpenShot, last: Frame, box: Box, media: MediaFile, scenes: SceneMeter) -> Tile:
    if media.video is None:
        raise ValueError("a sound recording has no pictures")
    return Tile(
        box=box,
        scene=scenes.scene(last, media, shot.looks[-1].crowd.boxes, box),
        blocks=blocks_of(box, media.video.width, media.video.height),
        most_people=0,
        most_beside=0,
    )


def _with_people(tile: Tile, looks: Sequence[_Look]) -> Tile:
    return replace(
        tile,
        most_people=most_people([look.crowd.within(tile.box) for look in looks]),
        most_beside=most_people([look.crowd.beside(tile.box) for look in looks]),
    )


def _is_alive(shot: _OpenShot, movement: Movement, media: MediaFile) -> bool:
    """Whether somebody moves: the pointer that crosses a large drawn figure is nobody."""
    lively = set(movement.lively)
    if media.video is None or not lively:
        return False
    size = media.video.width, media.video.height
    places = [set(blocks_of(box, *size)) for look in shot.looks for box in look.crowd.boxes]
    return any(2 * len(lively & place) >= len(place) for place in places)
