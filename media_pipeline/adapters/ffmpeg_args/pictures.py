"""The exact cut: every kept span is trimmed out of one decoding, counted frame by frame, cropped and covered, and joined.

Nothing is decoded twice for the renditions of one command, and nothing is stream-copied from the recording.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import ffmpeg

from media_pipeline.adapters.ffmpeg_args.command import OUT, SOURCE, Command, bare, compiled, ratio
from media_pipeline.adapters.ffmpeg_flags import CLEAN, MP4, SOUND_RATE, STEADY, decimal, h264
from media_pipeline.core.ladder import Rendition
from media_pipeline.core.media import Box, MediaFile, VideoTrack
from media_pipeline.core.pieces import Chunk, Piece, chunk_name, key_frames, lead_in, pieces
from media_pipeline.core.plan import FrameClock, RenderPlan
from media_pipeline.core.timebase import SNAP_TOLERANCE, Seconds

_RUN_UP = Fraction(1)
"""Seconds before the first frame wanted at which reading begins: at the key frame before that. Pictures are decoded in
another order than shown, and containers look key frames up by the former."""

_SEEK_FROM = Fraction(10)
"""Seconds into the recording under which reading begins at its start: there is nothing to gain."""


def chunk_command(media: MediaFile, plan: RenderPlan, chunk: Chunk) -> Command:
    """One chunk's pictures in each of the plan's renditions, from one decoding."""
    if plan.clock is None or media.video is None:
        raise ValueError("a sound recording has no pictures")
    before, parts = lead_in(plan, chunk), pieces(plan, chunk)
    every = [*([before] if before else []), *parts]
    seek = _seek(every[0], plan.clock)
    source = ffmpeg.input(SOURCE, **STEADY, **_from(seek))
    track = source[str(media.video.index)]
    if plan.crops or plan.covers:
        # boxes are told in square pixels
        track = track.filter("scale", media.video.width, media.video.height).filter("setsar", 1)
    # microseconds, because trim rounds its edges to the track's own ticks, and those may be as coarse as frames
    copies = track.filter("settb", "AVTB").filter_multi_output("split", len(every))
    shown = [_shown(copies[place], part, seek, plan.clock, media.video) for place, part in enumerate(every)]
    joined, silent = _joined(shown, every, plan.clock)
    # a span in which no frame begins is filled with the kept frame before it, never with a removed one
    whole = joined.filter("fps", ratio(plan.clock.rate), start_time=0, round="near").filter(
        "tpad", stop=-1, stop_mode="clone"
    )
    film = _counted(whole, 1 if before else 0, chunk.end - chunk.first)
    sizes = bare(film).filter_multi_output("split", len(plan.renditions))
    coded = {**CLEAN, **MP4, **h264(plan.clock.rate, _key_moments(plan, plan.clock, chunk))}
    outputs = [
        ffmpeg.output(sized(sizes[place], rendition), OUT + chunk_name(rendition, chunk), **coded)
        for place, rendition in enumerate(plan.renditions)
    ]
    return compiled(ffmpeg.merge_outputs(*outputs, silent))


def _joined(shown: list[Any], parts: list[Piece], clock: FrameClock) -> tuple[Any, Any]:
    """All pieces one after the other, and an output that must be there beside the pictures."""
    # Silence beside each piece tells how long it lasts: by its pictures alone a piece of one frame would last no time, and
    # on an uneven clock a piece may be without a frame of its own.
    silence = ffmpeg.input(f"anullsrc=r={SOUND_RATE}:cl=mono", f="lavfi").filter_multi_output("asplit", len(parts))
    frames = [sum(part.frames for part in parts[:place]) for place in range(len(parts) + 1)]
    ends = [round(frame * SOUND_RATE / clock.rate) for frame in frames]
    pairs = [
        track
        for place, pictures in enumerate(shown)
        for track in (pictures, silence[place].filter("atrim", end_sample=ends[place + 1] - ends[place]))
    ]
    joined = ffmpeg.concat(*pairs, v=1, a=1).node
    return joined[0], ffmpeg.output(joined[1], "-", f="null")


def _seek(first: Piece, clock: FrameClock) -> Seconds:
    """Where reading begins, so that the frame on screen when `first` begins is surely decoded."""
    early = first.span.start - max(_RUN_UP, 20 / clock.rate)
    return early if early > _SEEK_FROM else Fraction(0)


def _from(seek: Seconds) -> dict[str, str | None]:
    if not seek:
        return {}
    return {
        "ss": decimal(seek),
        # ffmpeg would drop what is before, and with it a frame that is still on screen
        "noaccurate_seek": None,
    }


def _shown(copy: Any, part: Piece, seek: Seconds, clock: FrameClock, video: VideoTrack) -> Any:
    """A piece's frames, on the finished film's even grid, from 0 on."""
    half = 1 / (2 * clock.rate)
    if clock.constant:
        # on an even grid half a frame of room on both sides holds off every rounding
        start, end = part.span.start - half, part.span.end - half
    else:
        # Elsewhere an earlier frame could be one that was cut, so the kept span begins with the first frame that itself
        # begins inside (but for the millisecond by which a container rounds), and shows it from the span's start on. At
        # the end the half frame loses nothing: a frame that late would be shown after the span. Within a span a piece
        # begins with whatever is on screen.
        start, end = part.kept.start - min(half, SNAP_TOLERANCE), part.kept.end - half
    counted = (
        copy.filter("trim", start=_at(start - seek), end=_at(end - seek))
        .filter("setpts", f"PTS-({decimal(part.span.start - seek)})/TB")
        .filter("fps", ratio(clock.rate), start_time=0, round="near")
        .filter("tpad", stop=-1, stop_mode="clone")  # the last frame stays until the span ends
        .filter("trim", end_frame=part.frames)
    )
    for cover in part.covers:
        counted = counted.filter(
            "drawbox",
            x=cover.box.x,
            y=cover.box.y,
            w=cover.box.width,
            h=cover.box.height,
            color="black",
            t="fill",
            enable=f"between(n,{cover.first},{cover.end - 1})",
        )
    return counted if part.crop is None else _cropped(counted, part.crop, video)


def _at(moment: Seconds) -> str:
    """A moment of the stream as read; nothing is before its start but frames that lead up to a key frame."""
    return decimal(max(Fraction(0), moment))


def _cropped(pictures: Any, box: Box, video: VideoTrack) -> Any:
    """The inside of the box as large as fits into the film's picture, in the middle of black."""
    scale = min(Fraction(video.width, box.width), Fraction(video.height, box.height))
    width, height = min(video.width, round(box.width * scale)), min(video.height, round(box.height * scale))
    return (
        # exact: the box need not begin at an even pixel, though colour has half the pixels
        pictures.filter("crop", box.width, box.height, box.x, box.y, exact=1)
        .filter("scale", max(1, width), max(1, height))
        .filter("setsar", 1)
        .filter("pad", video.width, video.height, "(ow-iw)/2", "(oh-ih)/2")
    )


def _counted(whole: Any, skipped: int, frames: int) -> Any:
    """Exactly so many frames, from 0 on, after some that only led in."""
    if not skipped:
        return whole.filter("trim", end_frame=frames)
    return whole.filter("trim", start_frame=skipped, end_frame=skipped + frames).filter("setpts", "PTS-STARTPTS")


def sized(film: Any, rendition: Rendition) -> Any:
    """The film in one size, with square pixels."""
    return film.filter("scale", rendition.width, rendition.height).filter("setsar", 1).filter("format", "yuv420p")


def _key_moments(plan: RenderPlan, clock: FrameClock, chunk: Chunk) -> tuple[Seconds, ...]:
    """Just before each key frame, in the chunk's own time: ffmpeg forces the first frame after such a moment."""
    inside = (number - chunk.first for number in key_frames(plan) if chunk.first <= number < chunk.end)
    return tuple(max(Fraction(0), (number - Fraction(1, 2)) / clock.rate) for number in inside)
