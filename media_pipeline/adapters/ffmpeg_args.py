"""Graphs and command lines for ffmpeg: the only user of ffmpeg-python.

The exact cut: every kept span is trimmed out of one decode, counted frame by frame and sample by sample, and joined.
Nothing is decoded twice and nothing is stream-copied from the recording.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import ffmpeg

from media_pipeline.adapters.as_shown import as_shown
from media_pipeline.adapters.ffmpeg_flags import (
    AAC,
    CLEAN,
    COPY,
    GLOBAL,
    HLS,
    JPEG,
    MP4,
    SOUND_FILE,
    SOUND_RATE,
    STEADY,
    decimal,
    h264,
    proxy_h264,
)
from media_pipeline.adapters.untrusted import untrusted_input_flags
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import MediaFile, VideoTrack
from media_pipeline.core.plan import FrameClock, RenderPlan, Rendition
from media_pipeline.core.playlists import (
    POSTER,
    SOUND,
    STORYBOARD,
    STORYBOARD_COLUMNS,
    STORYBOARD_TILE,
    rendition_files,
    storyboard_moments,
    storyboard_step,
)
from media_pipeline.core.review import PICTURES_A_SHEET
from media_pipeline.core.timebase import SNAP_TOLERANCE, Seconds, frame_at_or_before

SOURCE = "file:/in/src"
"""Where the door shows the one file that is read."""

_OUT = "/out/"
"""Where the door shows the folder that is written to."""

_FADE = SOUND_RATE * 8 // 1000
"""Samples (8 ms) over which sound comes and goes at joints: a hard edge clicks."""

_POSTER_CANDIDATES = 24
"""Key frames (one in two seconds) of which the poster is the most representative; each waits in memory."""

SHEET_COLUMNS = 6
"""Pictures across a contact sheet."""

SHEET_TILE = (320, 180)
"""Pixels of each of them."""

_PROXY_BOX = (3840, 360)
"""The largest proxy: 360 lines, however wide."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to run."""

    argv: tuple[str, ...]
    """ffmpeg's arguments, without its own name."""

    graph: bytes
    """What to feed to its standard input: a long graph is no argument, since arguments end at 128 KiB."""


def render_command(media: MediaFile, plan: RenderPlan) -> Command:
    """Every rendition's MP4, or the one sound file of a sound recording, from one decode of the source."""
    source = ffmpeg.input(SOURCE, **STEADY)
    sounds = _sounds(source, media, plan)
    if plan.clock is None or media.video is None:
        joined = ffmpeg.concat(*sounds, v=0, a=1)
        return _compiled(ffmpeg.output(joined, _OUT + SOUND, **CLEAN, **SOUND_FILE, **AAC))
    top = plan.renditions[0]
    shown = as_shown(source[str(media.video.index)], media.video, (top.width, top.height))
    pictures = _pictures(shown, plan, plan.clock)
    pairs = [track for pair in zip(pictures, sounds, strict=True) for track in pair]
    joined = ffmpeg.concat(*pairs, v=1, a=1).node
    film = _finished_pictures(joined[0], plan, plan.clock).filter_multi_output("split", len(plan.renditions))
    tracks = joined[1].filter_multi_output("asplit", len(plan.renditions)) if plan.sound else None
    outputs = []
    for place, rendition in enumerate(plan.renditions):
        streams = [_sized(film[place], rendition), *([tracks[place]] if tracks else [])]
        coded = {**h264(plan.clock.rate, _still_moments(plan, plan.clock)), **(AAC if tracks else {})}
        outputs.append(ffmpeg.output(*streams, _OUT + rendition_files(plan, rendition).mp4, **CLEAN, **MP4, **coded))
    if tracks is None:
        outputs.append(ffmpeg.output(joined[1], "-", f="null"))  # the silence that kept time is thrown away
    return _compiled(ffmpeg.merge_outputs(*outputs))


def _pictures(track: Any, plan: RenderPlan, clock: FrameClock) -> list[Any]:
    """Each kept span's frames, on the finished film's even grid, each span from 0 on."""
    # microseconds, because trim rounds its edges to the track's own ticks, and those may be as coarse as frames
    copies = track.filter("settb", "AVTB").filter_multi_output("split", len(plan.keep))
    half = 1 / (2 * clock.rate)
    # On an even grid half a frame of room on both sides holds off every rounding. Elsewhere an earlier frame could
    # be one that was cut, so the span begins with the first frame that itself begins inside (but for the
    # millisecond by which a container rounds), and shows it from the span's start on. At the end the half frame
    # loses nothing: a frame that late would be shown after the span.
    early = half if clock.constant else min(half, SNAP_TOLERANCE)
    return [
        copies[place]
        .filter("trim", start=decimal(max(Fraction(0), span.start - early)), end=decimal(span.end - half))
        .filter("setpts", f"PTS-{decimal(span.start)}/TB")
        .filter("fps", _ratio(clock.rate), start_time=0, round="near")
        .filter("tpad", stop=-1, stop_mode="clone")  # the last frame stays until the span ends
        .filter("trim", end_frame=_frames(span, clock))
        for place, span in enumerate(plan.keep)
    ]


def _finished_pictures(joined: Any, plan: RenderPlan, clock: FrameClock) -> Any:
    """The whole film, exactly as many frames as planned, without anything that rides on frames."""
    # a span in which no frame begins is filled with the kept frame before it, never with a removed one
    whole = joined.filter("fps", _ratio(clock.rate), start_time=0, round="near")
    return _bare(whole.filter("tpad", stop=-1, stop_mode="clone").filter("trim", end_frame=plan.frame_count))


def _bare(pictures: Any) -> Any:
    """Pictures without what rides on them: captions, ICC profiles, rotation (applied already), SEI texts, tags."""
    return pictures.filter("sidedata", mode="delete").filter("metadata", mode="delete")


def _sized(film: Any, rendition: Rendition) -> Any:
    """The film in one size, with square pixels."""
    return film.filter("scale", rendition.width, rendition.height).filter("setsar", 1).filter("format", "yuv420p")


def _sounds(source: Any, media: MediaFile, plan: RenderPlan) -> list[Any]:
    """Each kept span's sound, exactly as long as the span; silence where the film has none.

    A silent film gets silence too, which no output takes: it keeps the joined pictures in time.
    """
    count = len(plan.keep)
    if media.audio is None:
        silence = ffmpeg.input(f"anullsrc=r={SOUND_RATE}:cl=stereo", f="lavfi")
        copies = silence.filter_multi_output("asplit", count)
        return [copies[i].filter("atrim", end_sample=samples) for i, samples in enumerate(_samples(plan))]
    copies = source[str(media.audio.index)].filter_multi_output("asplit", count)
    return [
        _sound(copies[place], span, samples)
        for place, (span, samples) in enumerate(zip(plan.keep, _samples(plan), strict=True))
    ]


def _sound(track: Any, span: Interval, samples: int) -> Any:
    fade = min(_FADE, samples // 2)
    return (
        track.filter("atrim", start=decimal(span.start), end=decimal(span.end))
        # against the span's start, not against the first sample: a track that starts late stays late
        .filter("asetpts", f"PTS-{decimal(span.start)}/TB")
        # silence fills what is missing at the start, and gaps of more than 10 ms; six channels that are loud at once
        # make two that are no louder than one of them could be: measured without, 2.4 times what a file can hold
        .filter("aresample", SOUND_RATE, **{"async": 1, "first_pts": 0, "min_hard_comp": 0.01, "rematrix_maxval": 1})
        .filter("aformat", channel_layouts="stereo")
        .filter("apad", whole_len=samples)
        .filter("atrim", end_sample=samples)
        # silence that follows no sound at all has no timestamps yet; counted ones are right for every sample
        .filter("asetpts", "N/SR/TB")
        .filter("afade", type="in", start_sample=0, nb_samples=fade)
        .filter("afade", type="out", start_sample=samples - fade, nb_samples=fade)
    )


def _samples(plan: RenderPlan) -> list[int]:
    """How many samples each span has; rounded where the spans end in the finished film, so that nothing adds up."""
    ends = [round(moment * SOUND_RATE) for moment in (*plan.joints, plan.length)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _frames(span: Interval, clock: FrameClock) -> int:
    return round(span.length * clock.rate)


def _still_moments(plan: RenderPlan, clock: FrameClock) -> tuple[Seconds, ...]:
    """Just before each frame that the storyboard shows: ffmpeg forces the first frame after such a moment."""
    numbers = (frame_at_or_before(moment, clock.rate) for moment in storyboard_moments(plan.length))
    return tuple(max(Fraction(0), (number - Fraction(1, 2)) / clock.rate) for number in numbers)


def hls_command(plan: RenderPlan, rendition: Rendition) -> Command:
    """One rendition's HLS playlist and fragments, from its finished MP4."""
    files = rendition_files(plan, rendition)
    flags = {**CLEAN, **COPY, **HLS, "hls_segment_filename": _OUT + files.fragments}
    finished = ffmpeg.input(SOURCE)
    tracks = [finished["v"], *([finished["a"]] if plan.sound else [])]
    return _compiled(ffmpeg.output(*tracks, _OUT + files.playlist, **flags))


def sound_command() -> Command:
    """`audio.m4a`, from the finished MP4."""
    return _compiled(ffmpeg.output(ffmpeg.input(SOURCE)["a"], _OUT + SOUND, **CLEAN, **COPY, **SOUND_FILE))


def poster_command() -> Command:
    """`poster.jpg`: of the finished film's first key frames, the one most like all of them (so no black, no flash)."""
    finished = ffmpeg.input(SOURCE, skip_frame="nokey")
    picture = _full_range(finished["v"].filter("thumbnail", n=_POSTER_CANDIDATES, log="quiet"))
    flags = {**CLEAN, **JPEG, "frames:v": "1", "update": "1"}
    return _compiled(ffmpeg.output(picture, _OUT + POSTER, **flags))


def storyboard_command(plan: RenderPlan) -> Command:
    """`storyboard.jpg`, from a finished MP4 whose key frames include every frame that it shows."""
    pictures = len(storyboard_moments(plan.length))
    rows = -(-pictures // STORYBOARD_COLUMNS)
    key_frames = ffmpeg.input(SOURCE, skip_frame="nokey")["v"]
    shown = _shown_at(key_frames, Fraction(0), storyboard_step(plan.length), pictures)
    tiles = _letterboxed(shown, plan.renditions[-1], STORYBOARD_TILE)
    board = tiles.filter("tile", f"{STORYBOARD_COLUMNS}x{rows}", nb_frames=pictures)
    flags = {**CLEAN, **JPEG, "frames:v": "1", "update": "1"}
    return _compiled(ffmpeg.output(_full_range(board), _OUT + STORYBOARD, **flags))


def proxy_command(media: MediaFile) -> Command:
    """`proxy.mp4`: the whole recording, small, on the recording's own clock."""
    source = ffmpeg.input(SOURCE, **STEADY)
    end = media.whole.end
    tracks, flags = [], {**CLEAN, **MP4}
    if media.video is not None:
        video = media.video
        size = Rendition(*_fitted(video, _PROXY_BOX))
        shown = as_shown(source[str(video.index)], video, (size.width, size.height))
        shown = shown.filter("fps", _ratio(video.rate), start_time=0, round="near")
        shown = shown.filter("tpad", stop=-1, stop_mode="clone").filter("trim", end_frame=round(end * video.rate))
        tracks.append(_sized(_bare(shown), size))
        flags |= proxy_h264(video.rate)
    if media.audio is not None:
        tracks.append(_sound(source[str(media.audio.index)], Interval(Fraction(0), end), round(end * SOUND_RATE)))
        flags |= AAC
    return _compiled(ffmpeg.output(*tracks, f"{_OUT}proxy.mp4", **flags))


def sheets_command(media: MediaFile, first: Seconds, step: Seconds, count: int) -> Command:
    """`sheet-0000.jpg` …: the frames on screen at `first`, `first + step`, …, `count` of them."""
    if media.video is None:
        raise ValueError("a sound recording has no pictures")
    track = ffmpeg.input(SOURCE, **STEADY)[str(media.video.index)]
    shown = _shown_at(as_shown(track, media.video, _fitted(media.video, SHEET_TILE)), first, step, count)
    tiles = _letterboxed(_bare(shown), media.video, SHEET_TILE)
    sheets = _full_range(tiles.filter("tile", f"{SHEET_COLUMNS}x{PICTURES_A_SHEET // SHEET_COLUMNS}"))
    return _compiled(ffmpeg.output(sheets, f"{_OUT}sheet-%04d.jpg", **CLEAN, **JPEG, start_number="0"))


def _shown_at(track: Any, first: Seconds, step: Seconds, count: int) -> Any:
    """The frames on screen at `first`, `first + step`, …: for each the last one that begins at or before it."""
    # 2 µs more than the tolerance, because every time is rounded to microseconds here
    early = SNAP_TOLERANCE + Fraction(2, 1_000_000)
    return (
        track.filter("settb", "AVTB")
        .filter("setpts", f"PTS-{decimal(first + early)}/TB")
        # rounding up puts each frame at the first moment it can be seen at; a later one there takes its place
        .filter("fps", _ratio(1 / step), start_time=0, round="up")
        .filter("tpad", stop=-1, stop_mode="clone")
        .filter("trim", end_frame=count)
    )


def _fitted(picture: Rendition | VideoTrack, box: tuple[int, int]) -> tuple[int, int]:
    """The even size (pixels) of the picture's shape that just fits into `box`; never larger than the picture itself."""
    share = min(Fraction(box[0], picture.width), Fraction(box[1], picture.height), Fraction(1))
    width, height = (max(2, 2 * round(side * share / 2)) for side in (picture.width, picture.height))
    return min(width, box[0]), min(height, box[1])


def _letterboxed(shown: Any, picture: Rendition | VideoTrack, box: tuple[int, int]) -> Any:
    """Whole pictures in the middle of a black `box` (pixels across and down)."""
    fitting = shown.filter("scale", *_fitted(picture, box)).filter("setsar", 1).filter("format", "yuv420p")
    return fitting.filter("pad", *box, "(ow-iw)/2", "(oh-ih)/2")


def _full_range(pictures: Any) -> Any:
    return pictures.filter("scale", out_range="full").filter("format", "yuvj420p")


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _compiled(output: Any) -> Command:
    argv: list[str] = ffmpeg.get_args(output)
    graph = ""
    if "-filter_complex" in argv:
        place = argv.index("-filter_complex")
        graph = argv[place + 1]
        argv[place : place + 2] = ["-/filter_complex", "pipe:0"]
    place = argv.index(SOURCE) - 1
    argv[place:place] = untrusted_input_flags()
    return Command((*GLOBAL, *argv), graph.encode("ascii"))
