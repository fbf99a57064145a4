"""The plan in pieces that can be made one by one: chunks of the finished film, and what of the recording goes into each.

A chunk begins and ends at key frames of the finished film, so chunks that were encoded apart, by whomever, are joined
without being encoded again. Sound is made in one go: its coding has no places at which it could be joined unheard.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.ladder import Rendition
from media_pipeline.core.media import Box
from media_pipeline.core.plan import FrameClock, Region, RenderPlan
from media_pipeline.core.timebase import Seconds, frame_at_or_before

KEY_FRAME_SECONDS = 2
"""Seconds from one key frame to the next: how finely viewers can seek, and where players may change the rendition."""

CHUNK_SECONDS = 60
"""Seconds of finished film in a chunk: what a crash loses at most. Chunks of 10 s were measured to cost a sixth more than none."""

LONGEST_CHUNK_SECONDS = 600
"""For whoever waits in front of it and resumes nothing. In one piece an hour of 200 ranges took 0.71 GB, measured: ffmpeg keeps
something for every range of its graph."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of the finished film that is encoded by itself."""

    number: int
    """Its place, from 0."""

    first: int
    """Its first frame, which is a key frame."""

    end: int
    """The frame after its last."""


@dataclass(frozen=True, slots=True)
class Cover:
    """A box that is hidden in some frames of a piece."""

    first: int
    """The first frame, counted from the piece's first."""

    end: int
    """The frame after the last."""

    box: Box
    """Where, in pixels of the recording's picture as shown."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one kept span that is cropped in one way."""

    span: Interval
    """When, on the recording's clock."""

    kept: Interval
    """The kept span it is of."""

    frames: int
    """How many frames of the finished film it fills."""

    crop: Box | None
    """All that is shown of the picture; None for all of it."""

    covers: tuple[Cover, ...]
    """What is hidden."""


@dataclass(frozen=True, slots=True)
class SoundPiece:
    """A stretch of one kept span that is heard, or is not."""

    span: Interval
    """When, on the recording's clock."""

    samples: int
    """How many samples of the finished sound it fills."""

    muted: bool
    """Whether nothing is heard in it."""


def chunk_name(rendition: Rendition, chunk: Chunk) -> str:
    """The file of one chunk in one size, on its way."""
    return f"{rendition.height}-{chunk.number:04d}.mp4"


def key_frames(plan: RenderPlan) -> tuple[int, ...]:
    """The frames at which players may begin: those on screen at every second second. Empty for a sound recording."""
    if plan.clock is None:
        return ()
    rate, numbers, moment = plan.clock.rate, [], Fraction(0)
    while (number := frame_at_or_before(moment, rate)) < plan.frame_count:
        numbers.append(number)
        moment += KEY_FRAME_SECONDS
    return tuple(numbers)


def chunks(plan: RenderPlan, seconds: int | None = CHUNK_SECONDS) -> tuple[Chunk, ...]:
    """The chunks of the finished film, about `seconds` (a multiple of `KEY_FRAME_SECONDS`) long, the last one up to half as
    long again; one chunk for None. Empty for a sound recording."""
    keys = key_frames(plan)
    if seconds is None or not keys:
        return (Chunk(0, 0, plan.frame_count),) if keys else ()
    starts = list(keys[:: max(1, seconds // KEY_FRAME_SECONDS)])
    if len(starts) > 1 and plan.frame_count - starts[-1] < (starts[1] - starts[0]) / 2:
        starts.pop()
    ends = [*starts[1:], plan.frame_count]
    return tuple(Chunk(number, first, end) for number, (first, end) in enumerate(zip(starts, ends, strict=True)))


def pieces(plan: RenderPlan, chunk: Chunk) -> tuple[Piece, ...]:
    """What of the recording fills a chunk, in order. Raises ValueError for a sound recording."""
    if plan.clock is None:
        raise ValueError("a sound recording has no frames")
    found: list[Piece] = []
    at = 0
    for kept in plan.keep:
        count = round(kept.length * plan.clock.rate)
        first, end = max(chunk.first, at), min(chunk.end, at + count)
        if first < end:
            span = Interval(kept.start + (first - at) / plan.clock.rate, kept.start + (end - at) / plan.clock.rate)
            found += (_piece(plan, plan.clock, kept, part, crop) for part, crop in _cropped(plan.crops, span))
        at += count
    return tuple(found)


def lead_in(plan: RenderPlan, chunk: Chunk) -> Piece | None:
    """The last frame before a chunk that begins with a kept span: on an uneven clock that span may have no frame of its
    own, and then shows this one."""
    if plan.clock is None or plan.clock.constant or chunk.first == 0:
        return None
    before = pieces(plan, Chunk(0, chunk.first - 1, chunk.first))[0]
    return None if before.kept == pieces(plan, chunk)[0].kept else before


def sound_pieces(plan: RenderPlan, rate: int) -> tuple[SoundPiece, ...]:
    """The whole sound at `rate` Hz. Lengths are rounded where pieces end in the finished film, so that nothing adds up."""
    muted = IntervalSet(plan.mutes)
    found: list[SoundPiece] = []
    at, samples = Fraction(0), 0
    for kept in plan.keep:
        whole = IntervalSet((kept,))
        parts = [(span, True) for span in whole & muted] + [(span, False) for span in whole - muted]
        for span, silent in sorted(parts, key=lambda part: part[0]):
            end = round((at + span.end - kept.start) * rate)
            if end > samples:
                found.append(SoundPiece(span, end - samples, silent))
            samples = end
        at += kept.length
    return tuple(found)


def _cropped(crops: tuple[Region, ...], span: Interval) -> Iterator[tuple[Interval, Box | None]]:
    """A span in parts that are cropped in one way each."""
    at: Seconds = span.start
    for crop in crops:
        start, end = max(crop.span.start, span.start), min(crop.span.end, span.end)
        if start >= end:
            continue
        if at < start:
            yield Interval(at, start), None
        yield Interval(start, end), crop.box
        at = end
    if at < span.end:
        yield Interval(at, span.end), None


def _piece(plan: RenderPlan, clock: FrameClock, kept: Interval, span: Interval, crop: Box | None) -> Piece:
    frames = round(span.length * clock.rate)
    covers = []
    for cover in plan.covers:
        first = max(0, round((cover.span.start - span.start) * clock.rate))
        end = min(frames, round((cover.span.end - span.start) * clock.rate))
        if first < end:
            covers.append(Cover(first, end, cover.box))
    return Piece(span, kept, frames, crop, tuple(covers))
