"""Step 2: where are people? Of frames at full rate every shot's first ones and at least one a second are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.core.findings import Finding, FindingKind, Findings, Setting, Shot
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.detector import Detector, Frame, SettingMeter, ShotMeter, Sighting

LOOK_EVERY = Fraction(1)
"""Seconds between two looks inside a shot. Looking more often found no more (measured at 1, 2, 4 and 8 a second)."""

LOOK_AFTER_CUT = (0, 2)
"""Frames of each shot that are always looked at: its first, and the one two later, when a cross-fade has settled."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """All that looks at frames."""

    detectors: Sequence[Detector]
    """Each finds something in one frame."""

    settings: SettingMeter
    """Measures the camera's setting."""


@dataclass(slots=True)
class _OpenShot:
    """A shot whose end has not come yet."""

    start: Seconds
    frames: int = 0
    looks: list[tuple[Seconds, int]] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)


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
                done.append(_closed(shot, frame.moment))
            shot = _OpenShot(frame.moment)
        if _is_due(shot, frame.moment):
            found.extend(_look(frame, media, eyes, shot))
        shot.frames += 1
    if shot is not None:
        done.append(_closed(shot, media.whole.end))
    return Findings(media.sha256, tuple(done), tuple(sorted(found, key=lambda finding: finding.span)))


def _is_due(shot: _OpenShot, moment: Seconds) -> bool:
    if shot.frames in LOOK_AFTER_CUT or not shot.looks:
        return True
    return moment - shot.looks[-1][0] >= LOOK_EVERY


def _look(frame: Frame, media: MediaFile, eyes: Eyes, shot: _OpenShot) -> Iterator[Finding]:
    """What is found in one frame; each finding stands for the time until the next look at the latest."""
    span = Interval(frame.moment, frame.moment + LOOK_EVERY)
    boxes: list[Box] = []
    for detector in eyes.detectors:
        try:
            sightings: Sequence[Sighting] = detector.look(frame, media)
        except Cancelled:
            raise
        except Fault:
            yield Finding(FindingKind.FAILED, detector.name, span, None, 1000)
            continue
        boxes.extend(sighting.box for sighting in sightings)
        for sighting in sightings:
            yield Finding(FindingKind.FACE, detector.name, span, sighting.box, sighting.permille)
    shot.looks.append((frame.moment, len(boxes)))
    shot.settings.append(eyes.settings.setting(frame, media, boxes))


def _closed(shot: _OpenShot, end: Seconds) -> Shot:
    return Shot(
        span=Interval(shot.start, end),
        setting=_mean(shot.settings),
        looked_at=tuple(moment for moment, _ in shot.looks),
        most_faces=max((faces for _, faces in shot.looks), default=0),
    )


def _mean(settings: list[Setting]) -> Setting:
    """The mean of what could be measured; a face that fills the picture leaves nothing to measure."""
    measured = [setting for setting in settings if setting]
    return tuple(round(Fraction(sum(values), len(values))) for values in zip(*measured, strict=True))
