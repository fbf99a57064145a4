"""Step 2: where are people? Of frames at full rate every shot's first ones and at least one a second are looked at.

Where nothing has changed since but a pointer, as on pages, what was seen is seen again without asking: of an ordinary film
three looks in ten.

Whoever is seen before one camera is followed from look to look; where that fails the shot ends, for the next one is somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.core.findings import Finding, FindingKind, Findings, Shot
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.people import Crowd, Sighting
from media_pipeline.core.presence import Follower
from media_pipeline.core.scenes import Scene, same_camera
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.detector import Detector, Frame, SceneMeter, ShotMeter
from media_pipeline.steps.shots import OpenShot, closed

LOOK_EVERY = Fraction(1)
"""Seconds between two looks inside a shot. Looking more often found no more (measured at 1, 2, 4 and 8 a second)."""

LOOK_AFTER_CUT = (0, 2)
"""Frames of each shot that are always looked at: its first, and the one two later, when a cross-fade has settled."""

RULES = 6
"""Raised when the same frames and sightings may make another shot, by this step, the scene meter or how people are counted: what is
half done by other rules is done anew."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """All that looks at frames."""

    detectors: Sequence[Detector]
    """Each looks at every frame that is looked at."""

    once: Sequence[Detector]
    """Each looks at a shot's first frame, and again where something came beside people and stays: what is found costs more."""

    scenes: SceneMeter
    """Sees surroundings."""


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


@dataclass(frozen=True, slots=True)
class _Shown:
    """A frame, and who is seen in it."""

    frame: Frame
    people: Sequence[Box]


@dataclass(slots=True)
class _Asked:
    """Those who look at every frame that is looked at, and what they said of the latest: of one that shows the same they say the same."""

    frame: Frame | None = None
    answers: Sequence[_Answer] = ()
    once: _Shown | None = None
    """The latest that those looked at who need not look at every one."""
    before: _Shown | None = None
    """The latest of all."""


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
    shot: OpenShot | None = None
    trail, asked = _Trail(), _Asked()
    for frame in frames:
        begins = shots.starts_shot(frame)  # asked for every frame: the meter compares with the one before
        if shot is None or begins:
            if shot is not None:
                done.extend(closed(shot, frame.moment, shots.movement(), media, eyes.scenes))
                found.extend(shot.found)
            shot, asked = OpenShot(frame.moment, shots.is_abrupt()), _Asked()
        if _is_due(shot, frame.moment):
            shot.found.extend(_look(frame, media, eyes, shots, shot, asked))
            _follow(shot, trail, shots.crossed())
        shot.frames += 1
    if shot is not None:
        done.extend(closed(shot, media.whole.end, shots.movement(), media, eyes.scenes))
        found.extend(shot.found)
    return Findings(media.sha256, tuple(done), tuple(sorted(found, key=lambda finding: finding.span)))


def _is_due(shot: OpenShot, moment: Seconds) -> bool:
    if shot.frames in LOOK_AFTER_CUT or not shot.looks:
        return True
    return moment - shot.looks[-1].moment >= LOOK_EVERY


def _look(
    frame: Frame, media: MediaFile, eyes: Eyes, shots: ShotMeter, shot: OpenShot, asked: _Asked
) -> Iterator[Finding]:
    """What is found in one frame; each finding stands for the time until the next look at the latest."""
    span = Interval(frame.moment, frame.moment + LOOK_EVERY)
    if (
        asked.frame is None
        or not shots.shows_same(frame, asked.frame)
        or any(answer.failed for answer in asked.answers)
    ):
        asked.frame, asked.answers = frame, [_ask(detector, frame, media) for detector in eyes.detectors]
    crowd = Crowd(*(_sightings(asked.answers, kind) for kind in (FindingKind.FACE, FindingKind.PERSON)))
    now, more = _Shown(frame, crowd.boxes), list[_Answer]()
    if eyes.once and _shows_more(now, asked, shots, media):
        asked.once, more = now, [_ask(detector, frame, media) for detector in eyes.once]
    asked.before = now
    for answer in (*asked.answers, *more):
        yield from answer.findings(span)
    shot.see(frame, crowd, eyes.scenes.scene(frame, media, crowd.boxes, None))


def _shows_more(now: _Shown, asked: _Asked, shots: ShotMeter, media: MediaFile) -> bool:
    if asked.once is None or asked.before is None:
        return True
    people = (*now.people, *asked.before.people, *asked.once.people)
    return shots.shows_more(now.frame, asked.before.frame, asked.once.frame, media, people)


def _follow(shot: OpenShot, trail: _Trail, crossed: bool) -> None:
    """Notes whether the shot's latest look shows somebody who was not followed, unless it shows another place than the one before."""
    place, look = len(shot.looks) - 1, shot.looks[-1]
    is_cut = not place and shot.abrupt
    if trail.scene is None or shot.scene is None or (is_cut and not same_camera(trail.scene, shot.scene)):
        trail.follower = Follower()
    if trail.follower.loses(look.crowd, crossed) and trail.moment is not None:
        shot.lost.append(place)
        shot.lose(place, trail.moment)
    trail.moment, trail.scene = look.moment, shot.scene


def _ask(detector: Detector, frame: Frame, media: MediaFile) -> _Answer:
    try:
        return _Answer(detector, tuple(detector.look(frame, media)))
    except Cancelled:
        raise
    except Fault:
        return _Answer(detector, (), failed=True)


def _sightings(answers: Sequence[_Answer], kind: FindingKind) -> tuple[Sighting, ...]:
    return tuple(sighting for answer in answers if answer.detector.finds is kind for sighting in answer.sightings)
