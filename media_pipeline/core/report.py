"""The privacy report: each check with its outcome, bound to one plan and to the finished files' hashes.

Nothing checked is not passed: a report passes only when every check that its plan requires is in it and held.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from media_pipeline.core.errors import ProofFailed
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.playlists import text_names
from media_pipeline.core.timebase import Seconds, seconds


class CheckName(StrEnum):
    """What is checked of the finished files."""

    UNCHANGED = "unchanged"
    """The files are the very ones that an earlier report speaks of."""

    FILES = "files"
    """The folder holds exactly the files that the plan names, and nothing else."""

    BOXES = "boxes"
    """Every box, field, NAL unit and byte of each MP4 and fragmented MP4 is on the allow-list."""

    PICTURES = "pictures"
    """Poster and storyboard hold nothing but the picture."""

    PLAYLISTS = "playlists"
    """Playlists and cues follow their grammar and name only our own files."""

    COUNTS = "counts"
    """Frame counts and lengths are the plan's."""

    FRAMES = "frames"
    """Each finished frame is the planned one and none is a removed one."""

    HIDDEN_FRAMES = "hidden-frames"
    """The same with edit lists ignored: nothing hides before, between or after."""

    STILLS = "stills"
    """Poster and storyboard show kept frames only."""

    SOUND = "sound"
    """Each stretch of the finished sound is the planned one."""

    SAME_STREAMS = "same-streams"
    """The HLS and sound-only copies carry the very streams of the proven MP4."""

    SECOND_LOOK = "second-look"
    """The detectors see no more faces in the finished film than staff were shown, or declared safe."""

    CANARIES = "canaries"
    """No text of the recording's tags, chapters or subtitles is anywhere in the finished bytes."""

    CAPTIONS = "captions"
    """Captions, transcript and chapters hold the approved words that no cut or mute touches, and nothing else."""


class Outcome(StrEnum):
    """How a check ended."""

    HELD = "held"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """One check's outcome, in numbers and our own words."""

    name: CheckName
    """Which."""

    outcome: Outcome
    """Whether it held."""

    compared: int
    """How many things it looked at; a check of nothing has not held."""

    wrong: int
    """How many of them were wrong."""

    undecided: int = 0
    """How many could not be told apart from something removed, because both look the same (a still page)."""

    codes: tuple[str, ...] = ()
    """What was wrong, as our own codes with places: at most 20."""

    def __post_init__(self) -> None:
        if self.outcome is Outcome.HELD and (self.wrong or not self.compared):
            raise ValueError("a check holds when it compared something and nothing was wrong")


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One finished file."""

    name: str
    """Its place in the output folder, such as "hls/master.m3u8": always one of our own names."""

    sha256: str
    """Hexadecimal."""

    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class PrivacyReport:
    """What the proof found."""

    plan: RenderPlan
    """What the files were held against."""

    outputs: tuple[OutputFile, ...]
    """Every finished file, by name."""

    checks: tuple[Check, ...]
    """Every check that was made."""

    @property
    def passed(self) -> bool:
        """Whether every required check was made and held."""
        held = {check.name for check in self.checks if check.outcome is Outcome.HELD}
        return required(self.plan) <= held and len(held) == len(self.checks)

    @property
    def broken(self) -> tuple[CheckName, ...]:
        """The checks that did not hold or were not made."""
        held = {check.name for check in self.checks if check.outcome is Outcome.HELD}
        made = {check.name for check in self.checks}
        return tuple(name for name in CheckName if name not in held and name in required(self.plan) | made)


def looked_at_again(report: PrivacyReport) -> tuple[Seconds, ...]:
    """The moments of the recording at which the second look found a face that nobody had approved."""
    found = (check for check in report.checks if check.name is CheckName.SECOND_LOOK)
    return tuple(report.plan.to_source(seconds(code)) for check in found for code in check.codes)


def safe_after(report: PrivacyReport) -> IntervalSet:
    """The shots of these moments: what a person declares safe who has looked there."""
    moments = looked_at_again(report)
    shots = (part.span for part in report.plan.shown or () if any(part.span.holds(moment) for moment in moments))
    return IntervalSet.of(shots)


def required(plan: RenderPlan) -> frozenset[CheckName]:
    """The checks without which the renditions of `plan` are not proven."""
    names = {CheckName.FILES, CheckName.BOXES, CheckName.COUNTS, CheckName.CANARIES, CheckName.SAME_STREAMS}
    if plan.clock is not None:
        names |= {
            CheckName.FRAMES,
            CheckName.HIDDEN_FRAMES,
            CheckName.PLAYLISTS,
        }
        if plan.brings_shared or plan.brings_top:
            names |= {CheckName.STILLS, CheckName.PICTURES}
            if plan.shown is not None:
                names |= {CheckName.SECOND_LOOK}
    else:
        names -= {CheckName.SAME_STREAMS}
    if plan.sound:
        names |= {CheckName.SOUND}
    if text_names(plan):
        names |= {CheckName.CAPTIONS}
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Finished files that may be published: they cannot be named without a report that passed."""

    report: PrivacyReport
    """The proof."""

    def __post_init__(self) -> None:
        if not self.report.checks:
            raise ProofFailed("no-checks")
        if not self.report.passed:
            raise ProofFailed("checks-failed", ", ".join(self.report.broken))

    @property
    def files(self) -> tuple[OutputFile, ...]:
        """What is published; nothing else of the folder ever is."""
        return self.report.outputs
