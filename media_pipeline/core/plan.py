"""The render plan: which frames and which sound, in which sizes. Planned first, run later, proven against.

Edges are snapped to frames so that edits only grow: a frame that is on screen at any moment of a cut is cut, and one
that is on screen at any moment of a cover or crop is covered or cropped. An edge within a millisecond of a frame's start
means that frame, because people and JSON round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from media_pipeline.core.canonical import digest
from media_pipeline.core.edits import Action, EditList
from media_pipeline.core.errors import Refused
from media_pipeline.core.findings import Findings
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.ladder import Rendition, ladder
from media_pipeline.core.media import Box, MediaFile, VideoTrack
from media_pipeline.core.timebase import Seconds, frame_at_or_after, frame_at_or_before, frame_time


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
class Region:
    """A box of the picture, for a span."""

    span: Interval
    """When, on the recording's clock, from frame to frame."""

    box: Box
    """Where, in pixels of the recording's picture as shown."""


@dataclass(frozen=True, slots=True)
class ShownFaces:
    """What the person who decided was shown of a span."""

    span: Interval
    """A shot, on the recording's clock."""

    faces: int | None
    """The most faces that were found in any frame of it; None where any number was declared safe."""


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """All that the renderer needs to know, and all that the proof holds its work against.

    A plan may be of a part of the ladder only: each rendition can be made, proven and published by itself.
    """

    media_sha256: str
    """The recording it is made from."""

    edits_digest: str
    """The approved edit list it carries out."""

    keep: tuple[Interval, ...]
    """Spans that stay, on the recording's clock, snapped to frames, first to last; at least one."""

    clock: FrameClock | None
    """The frames' clock; None for a sound recording."""

    ladder: tuple[Rendition, ...]
    """Every size of the finished film, largest first; empty for a sound recording."""

    renditions: tuple[Rendition, ...]
    """Those of the ladder that this plan is of, largest first."""

    sound: bool
    """Whether there is a sound track."""

    mutes: tuple[Interval, ...] = ()
    """Spans without sound, on the recording's clock, sorted and apart."""

    covers: tuple[Region, ...] = ()
    """Boxes that are hidden, by start; they may overlap."""

    crops: tuple[Region, ...] = ()
    """Boxes of which only the inside is shown, by start; never two at once. What is covered stays covered in them."""

    shown: tuple[ShownFaces, ...] | None = None
    """What staff were shown when they decided; None when no such decision stands behind this plan."""

    captions: str = ""
    """Digest of the approved captions; empty for none."""

    chapters: str = ""
    """Digest of the approved chapters; empty for none."""

    @property
    def digest(self) -> str:
        """What the report names."""
        return digest(self)

    @property
    def whole(self) -> RenderPlan:
        """The plan of the whole ladder."""
        return replace(self, renditions=self.ladder)

    def only(self, *renditions: Rendition) -> RenderPlan:
        """The plan of some renditions. Raises ValueError for one that is not in the ladder."""
        if not set(renditions) <= set(self.ladder):
            raise ValueError("this size is not in the plan")
        return replace(self, renditions=tuple(size for size in self.ladder if size in renditions))

    @property
    def wordless(self) -> RenderPlan:
        """The plan of pictures and sound alone."""
        return replace(self, captions="", chapters="")

    @property
    def brings_shared(self) -> bool:
        """Whether what all renditions share (sound, storyboard, captions) is made with this part: with the smallest one."""
        return self.renditions[-1:] == self.ladder[-1:]

    @property
    def brings_top(self) -> bool:
        """Whether what needs the largest rendition, or all of them, is made with this part."""
        return self.renditions[:1] == self.ladder[:1]

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


_NOTHING = IntervalSet()


def make_plan(
    edits: EditList, media: MediaFile, findings: Findings | None = None, safe: IntervalSet = _NOTHING
) -> RenderPlan:
    """The plan that carries out `edits` on `media`, of the whole ladder.

    `findings` are those that staff were shown, `safe` the moments at which they said that any face may be shown.

    Raises Refused: "nothing-left" when no frame stays, "box-outside" and "no-picture" for boxes that the picture does
    not hold, "crops-overlap" for two crops at once, "no-sound" for a mute of a silent film.
    """
    if edits.media_sha256 != media.sha256:
        raise ValueError("these edits belong to another recording")
    video = media.video
    keep = edits.keep if video is None else _snapped(edits.keep, video, media.whole)
    if not keep:
        raise Refused("nothing-left")
    if edits.muted and media.audio is None:
        raise Refused("no-sound")
    sizes = () if video is None else ladder(video.width, video.height)
    crops = _regions(edits, Action.CROP, media)
    if any(later.span.start < earlier.span.end for earlier, later in pairwise(crops)):
        raise Refused("crops-overlap")
    return RenderPlan(
        media_sha256=media.sha256,
        edits_digest=digest(edits),
        keep=keep.spans,
        clock=None if video is None else FrameClock(video.start, video.rate, video.constant_rate),
        ladder=sizes,
        renditions=sizes,
        sound=media.audio is not None,
        mutes=(edits.muted & keep).spans,
        covers=_regions(edits, Action.COVER, media),
        crops=crops,
        shown=None
        if findings is None
        else (*_shown(findings, keep), *(ShownFaces(span, None) for span in safe & keep)),
    )


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


def _regions(edits: EditList, action: Action, media: MediaFile) -> tuple[Region, ...]:
    """The boxes of one action, each for every frame that is on screen at any moment of its span."""
    regions = edits.regions(action)
    video = media.video
    if not regions:
        return ()
    if video is None:
        raise Refused("no-picture")
    found = []
    for span, box in regions:
        if box.x + box.width > video.width or box.y + box.height > video.height:
            raise Refused("box-outside")
        first = frame_at_or_before(span.start, video.rate, video.start)
        end = max(first + 1, frame_at_or_after(span.end, video.rate, video.start))
        found.append(
            Region(Interval(frame_time(first, video.rate, video.start), frame_time(end, video.rate, video.start)), box)
        )
    return tuple(found)


def _shown(findings: Findings, keep: IntervalSet) -> Iterable[ShownFaces]:
    kept = (shot for shot in findings.shots if IntervalSet((shot.span,)) & keep)
    return (ShownFaces(shot.span, shot.most_faces) for shot in kept)
