"""Step 2: where are people? Of frames at full rate every shot's first ones and at least one a second are looked at.

Where nothing has changed since but a pointer, as on pages, what was seen is seen again without asking: of an ordinary film
three looks in ten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.core.findings import Finding, FindingKind, Findings, Movement, Shot, Tile, blocks_of
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.people import Crowd, Sighting, most_people
from media_pipeline.core.scenes import Scene, merged
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.detector import Detector, Frame, SceneMeter, ShotMeter

LOOK_EVERY = Fraction(1)
"""Seconds between two looks inside a shot. Looking more often found no more (measured at 1, 2, 4 and 8 a second)."""

LOOK_AFTER_CUT = (0, 2)
"""Frames of each shot that are always looked at: its first, and the one two later, when a cross-fade has settled."""

RULES = 4
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


def detect(media: MediaFile, frames: Iterator[Frame], shots: ShotMeter, eyes: Eyes) -> Findings:
    """Every shot and every finding of `media.video`, from its frames in order; none of a sound recording.

    A detector that fails makes its frame's span "failed", which a proposal reads as "not proven safe".
    Raises Fault or Cancelled when the frames themselves cannot be read.
    """
    done: list[Shot] = []
    found: list[Finding] = []
    shot: _OpenShot | None = None
    for frame in frames:
        begins = shots.starts_shot(frame)  # asked for every frame: the meter compares with the one before
        if shot is None or begins:
            if shot is not None:
                done.append(_closed(shot, frame.moment, shots.movement(), media, eyes.scenes))
            shot = _OpenShot(frame.moment, shots.is_abrupt())
        if _is_due(shot, frame.moment):
            found.extend(_look(frame, media, eyes, shots, shot))
        shot.frames += 1
    if shot is not None:
        done.append(_closed(shot, media.whole.end, shots.movement(), media, eyes.scenes))
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


def _ask(detector: Detector, frame: Frame, media: MediaFile) -> _Answer:
    try:
        return _Answer(detector, tuple(detector.look(frame, media)))
    except Cancelled:
        raise
    except Fault:
        return _Answer(detector, (), failed=True)


def _sightings(answers: Sequence[_Answer], kind: FindingKind) -> tuple[Sighting, ...]:
    return tuple(sighting for answer in answers if answer.detector.finds is kind for sighting in answer.sightings)


def _closed(shot: _OpenShot, end: Seconds, movement: Movement, media: MediaFile, scenes: SceneMeter) -> Shot:
    if shot.last is None or shot.scene is None:
        raise ValueError("a shot's first frame is looked at")
    boxes = scenes.tiles(shot.last, media, movement, [box for look in shot.looks for box in look.crowd.boxes])
    tile = _tile(shot, shot.last, boxes[0], media, scenes) if len(boxes) == 1 else None
    # the fullest look of all, also where one alone is not believed: it is what staff are shown
    fullest = max(look.crowd.count() for look in shot.looks)
    crowded = [look.moment for look in shot.looks if look.crowd.count() == fullest]
    return Shot(
        span=Interval(shot.start, end),
        scene=shot.scene,
        looked_at=tuple(look.moment for look in shot.looks),
        most_faces=max(len(look.crowd.faces) for look in shot.looks),
        most_people=most_people([look.crowd for look in shot.looks]),
        crowded=crowded[len(crowded) // 2],
        movement=movement,
        tile=tile,
        alive=len(boxes) > 1 or _is_alive(shot, movement, media),
        frames=shot.frames,
        abrupt=shot.abrupt,
    )


def _tile(shot: _OpenShot, last: Frame, box: Box, media: MediaFile, scenes: SceneMeter) -> Tile:
    if media.video is None:
        raise ValueError("a sound recording has no pictures")
    crowds = [look.crowd for look in shot.looks]
    return Tile(
        box=box,
        scene=scenes.scene(last, media, crowds[-1].boxes, box),
        blocks=blocks_of(box, media.video.width, media.video.height),
        most_people=most_people([crowd.within(box) for crowd in crowds]),
        most_beside=most_people([crowd.beside(box) for crowd in crowds]),
    )


def _is_alive(shot: _OpenShot, movement: Movement, media: MediaFile) -> bool:
    """Whether somebody moves: the pointer that crosses a large drawn figure is nobody."""
    lively = set(movement.lively)
    if media.video is None or not lively:
        return False
    size = media.video.width, media.video.height
    places = [set(blocks_of(box, *size)) for look in shot.looks for box in look.crowd.boxes]
    return any(2 * len(lively & place) >= len(place) for place in places)
