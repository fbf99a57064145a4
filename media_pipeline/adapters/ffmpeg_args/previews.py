"""What staff look at: a small copy of the whole recording, and frames of it at even moments."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import ffmpeg

from media_pipeline.adapters.as_shown import as_shown
from media_pipeline.adapters.ffmpeg_args.command import OUT, SOURCE, Command, bare, compiled, full_range, ratio
from media_pipeline.adapters.ffmpeg_args.pictures import sized
from media_pipeline.adapters.ffmpeg_args.sound import stretch
from media_pipeline.adapters.ffmpeg_flags import (
    AAC,
    CLEAN,
    JPEG,
    MP4,
    SOUND_RATE,
    STEADY,
    decimal,
    proxy_h264,
)
from media_pipeline.adapters.peaks import PEAK_RATE
from media_pipeline.core.intervals import Interval
from media_pipeline.core.ladder import Rendition
from media_pipeline.core.media import MediaFile, VideoTrack
from media_pipeline.core.preview import STRIP_COLUMNS
from media_pipeline.core.review import PICTURES_A_SHEET
from media_pipeline.core.timebase import SNAP_TOLERANCE, Seconds

SHEET_COLUMNS = 6
"""Pictures across a contact sheet."""

SHEET_TILE = (320, 180)
"""Pixels of each of them."""

STRIP = "strip.jpg"
"""The strip of pictures beside the timeline."""

STRIP_TILE = (96, 54)
"""Pixels of each of its pictures."""

LOUDNESS = "loudness.u8"
"""The sound, small, of which only the peaks are kept."""

_PROXY_BOX = (3840, 360)
"""The largest proxy: 360 lines, however wide."""


def proxy_command(media: MediaFile) -> Command:
    """`proxy.mp4`: the whole recording, small, on the recording's own clock; beside it `LOUDNESS` when there is sound."""
    source = ffmpeg.input(SOURCE, **STEADY)
    end = media.whole.end
    tracks, flags, beside = [], {**CLEAN, **MP4}, []
    if media.video is not None:
        video = media.video
        size = Rendition(*_fitted(video, _PROXY_BOX))
        shown = as_shown(source[str(video.index)], video, (size.width, size.height))
        shown = shown.filter("fps", ratio(video.rate), start_time=0, round="near")
        shown = shown.filter("tpad", stop=-1, stop_mode="clone").filter("trim", end_frame=round(end * video.rate))
        tracks.append(sized(bare(shown), size))
        flags |= proxy_h264(video.rate)
    if media.audio is not None:
        whole = stretch(source[str(media.audio.index)], Interval(Fraction(0), end), round(end * SOUND_RATE))
        heard, measured = (whole.filter_multi_output("asplit", 2)[place] for place in range(2))
        tracks.append(heard)
        flags |= AAC
        beside = [ffmpeg.output(measured, OUT + LOUDNESS, ac=1, ar=PEAK_RATE, f="u8", **{"c:a": "pcm_u8"})]
    proxy = ffmpeg.output(*tracks, f"{OUT}proxy.mp4", **flags)
    return compiled(ffmpeg.merge_outputs(proxy, *beside) if beside else proxy)


def sheets_command(media: MediaFile, first: Seconds, step: Seconds, count: int, strip_every: int) -> Command:
    """`sheet-0000.jpg` …: the frames on screen at `first`, `first + step`, …, `count` of them; `STRIP`: some of these."""
    if media.video is None:
        raise ValueError("a sound recording has no pictures")
    track = ffmpeg.input(SOURCE, **STEADY)[str(media.video.index)]
    shown = shown_at(as_shown(track, media.video, _fitted(media.video, SHEET_TILE)), first, step, count)
    tiles = letterboxed(bare(shown), media.video, SHEET_TILE)
    large, small = (tiles.filter_multi_output("split", 2)[place] for place in range(2))
    sheets = full_range(large.filter("tile", f"{SHEET_COLUMNS}x{PICTURES_A_SHEET // SHEET_COLUMNS}"))
    some = small.filter("framestep", strip_every).filter("scale", *STRIP_TILE)
    rows = -(-count // (strip_every * STRIP_COLUMNS))
    strip = full_range(some.filter("tile", f"{STRIP_COLUMNS}x{rows}"))
    return compiled(
        ffmpeg.merge_outputs(
            ffmpeg.output(sheets, f"{OUT}sheet-%04d.jpg", **CLEAN, **JPEG, start_number="0"),
            ffmpeg.output(strip, OUT + STRIP, **CLEAN, **JPEG, update="1"),
        )
    )


def shown_at(track: Any, first: Seconds, step: Seconds, count: int) -> Any:
    """The frames on screen at `first`, `first + step`, …: for each the last one that begins at or before it."""
    # 2 µs more than the tolerance, because every time is rounded to microseconds here
    early = SNAP_TOLERANCE + Fraction(2, 1_000_000)
    return (
        track.filter("settb", "AVTB")
        .filter("setpts", f"PTS-{decimal(first + early)}/TB")
        # rounding up puts each frame at the first moment it can be seen at; a later one there takes its place
        .filter("fps", ratio(1 / step), start_time=0, round="up")
        .filter("tpad", stop=-1, stop_mode="clone")
        .filter("trim", end_frame=count)
    )


def letterboxed(shown: Any, picture: Rendition | VideoTrack, box: tuple[int, int]) -> Any:
    """Whole pictures in the middle of a black `box` (pixels across and down)."""
    fitting = shown.filter("scale", *_fitted(picture, box)).filter("setsar", 1).filter("format", "yuv420p")
    return fitting.filter("pad", *box, "(ow-iw)/2", "(oh-ih)/2")


def _fitted(picture: Rendition | VideoTrack, box: tuple[int, int]) -> tuple[int, int]:
    """The even size (pixels) of the picture's shape that just fits into `box`; never larger than the picture itself."""
    share = min(Fraction(box[0], picture.width), Fraction(box[1], picture.height), Fraction(1))
    width, height = (max(2, 2 * round(side * share / 2)) for side in (picture.width, picture.height))
    return min(width, box[0]), min(height, box[1])
