"""The render plan: which frames and which sound, in which sizes. Planned first, run later, proven against.

Edges are snapped to frames so that cuts only grow: a frame that is on screen at any moment of a cut is cut. An edge
within a millisecond of a frame's start means that frame, because people and JSON round.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from media_pipeline.core.canonical import digest
from media_pipeline.core.edits import Action, EditList
from media_pipeline.core.errors import Refused
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import MediaFile, VideoTrack
from media_pipeline.core.timebase import Seconds, frame_at_or_after, frame_at_or_before, frame_time

LADDER = (1080, 720, 480, 360)
"""Heights (pixels) that a rendition may have, the top one apart."""

MOST_RENDITIONS = 3
"""One for a large screen, one for a phone, one for a thin line."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """One size of the finished film."""

    width: int
    """Pixels across, even."""

    height: int
    """Pixels down, even."""


@dataclass(frozen=True, slots=True)
class FrameClock:
    """The grid on which the source's and the finished film's frames lie."""

    start: Seconds
    """When source frame 0 is shown."""

    rate: Fraction
    """Frames per second, of the source's nominal clock and of the finished film."""

    constant: bool
    """Whether every source frame lies on the grid; otherwise grid places are filled with the frame shown then."""


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """All that the renderer needs to know, and all that the proof holds its work against."""

    media_sha256: str
    """The recording it is made from."""

    edits_digest: str
    """The approved edit list it carries out."""

    keep: tuple[Interval, ...]
    """Spans that stay, on the recording's clock, snapped to frames, first to last; at least one."""

    clock: FrameClock | None
    """The frames' clock; None for a sound recording."""

    renditions: tuple[Rendition, ...]
    """Largest first; empty for a sound recording."""

    sound: bool
    """Whether there is a sound track."""

    @property
    def digest(self) -> str:
        """What the report names."""
        return digest(self)

    @property
    def length(self) -> Seconds:
        """Seconds of the finished film."""
        return sum((span.length for span in self.keep), Fraction(0))

    @property
    def frame_count(self) -> int:
        """Frames of the finished film; 0 for a sound recording."""
        return 0 if self.clock is None else int(self.length * self.clock.rate)

    @property
    def joints(self) -> tuple[Seconds, ...]:
        """Where two kept spans meet, on the finished film's clock."""
        at, places = Fraction(0), []
        for span in self.keep[:-1]:
            at += span.length
            places.append(at)
        return tuple(places)

    def to_output(self, moment: Seconds) -> Seconds | None:
        """When a moment of the recording is in the finished film, or None when it was cut."""
        at = Fraction(0)
        for span in self.keep:
            if span.holds(moment):
                return at + moment - span.start
            at += span.length
        return None

    def to_source(self, moment: Seconds) -> Seconds:
        """Which moment of the recording the finished film shows at `moment`. Raises ValueError outside of it."""
        at = Fraction(0)
        for span in self.keep:
            if 0 <= moment - at < span.length:
                return span.start + moment - at
            at += span.length
        raise ValueError("outside the finished film")


def make_plan(edits: EditList, media: MediaFile) -> RenderPlan:
    """The plan that carries out `edits` on `media`.

    Raises Refused: "nothing-left" when no frame stays, "edit-not-yet" for anything but cuts.
    """
    if edits.media_sha256 != media.sha256:
        raise ValueError("these edits belong to another recording")
    if any(edit.action is not Action.CUT for edit in edits.edits):
        raise Refused("edit-not-yet")
    keep = edits.keep if media.video is None else _snapped(edits.keep, media.video, media.whole)
    if not keep:
        raise Refused("nothing-left")
    video = media.video
    return RenderPlan(
        media_sha256=media.sha256,
        edits_digest=digest(edits),
        keep=keep.spans,
        clock=None if video is None else FrameClock(video.start, video.rate, video.constant_rate),
        renditions=() if video is None else ladder(video.width, video.height),
        sound=media.audio is not None,
    )


def ladder(width: int, height: int) -> tuple[Rendition, ...]:
    """Up to three sizes, never larger than the source: its own (at most 1080), the middle and the smallest of `LADDER`."""
    top = min(height - height % 2, LADDER[0])
    lower = [step for step in LADDER if step < top]
    if len(lower) > MOST_RENDITIONS - 1:
        lower = [lower[0], lower[-1]]
    return tuple(Rendition(_nearest_even(Fraction(width * h, height)), h) for h in (top, *lower))


def _nearest_even(pixels: Fraction) -> int:
    """4:2:0 pictures have even sides."""
    return max(2, 2 * round(pixels / 2))


def _snapped(keep: IntervalSet, video: VideoTrack, whole: Interval) -> IntervalSet:
    """Kept spans made of whole frames, each span no longer than it was (but for the tolerance)."""
    last = frame_at_or_before(whole.end, video.rate, video.start)
    spans = []
    for span in keep:
        first = max(0, frame_at_or_after(span.start, video.rate, video.start))
        end = min(last, frame_at_or_before(span.end, video.rate, video.start))
        if first < end:
            spans.append(Interval(frame_time(first, video.rate, video.start), frame_time(end, video.rate, video.start)))
    return IntervalSet.of(spans)
