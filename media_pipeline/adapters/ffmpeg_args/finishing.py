"""Everything that is made of encoded chunks and sound by copying, and the pictures that are made of finished films."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ffmpeg

from media_pipeline.adapters.ffmpeg_args.command import OUT, SOURCE, Command, compiled, full_range
from media_pipeline.adapters.ffmpeg_args.previews import letterboxed, shown_at
from media_pipeline.adapters.ffmpeg_flags import CLEAN, COPY, JPEG, MP4, PICTURES_TRACK, SOUND_TRACK
from media_pipeline.core.ladder import Rendition
from media_pipeline.core.pieces import Chunk, chunk_name
from media_pipeline.core.plan import FrameClock, RenderPlan
from media_pipeline.core.playlists import (
    SOUND_FRAGMENTS,
    STORYBOARD,
    STORYBOARD_COLUMNS,
    STORYBOARD_TILE,
    poster_name,
    rendition_files,
    storyboard_moments,
    storyboard_step,
)
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.renderer import FINISHED_SOUND

ROOM = "file:/in/src/"
"""Where the door shows the folder of chunks and sound."""


_POSTER_CANDIDATES = 24
"""Key frames (one in two seconds) of which the poster is the most representative; each waits in memory."""


def chunk_list(rendition: Rendition) -> str:
    """The file that the joining of chunks reads: our own list, in the same folder."""
    return f"{rendition.height}.txt"


def write_chunk_list(rendition: Rendition, chunks: Sequence[Chunk], clock: FrameClock) -> str:
    """The chunks of one rendition, each with where it ends: rounded on the whole film's clock, so that nothing adds up."""
    lines = ["ffconcat version 1.0"]
    for chunk in chunks:
        lasts = round(chunk.end / clock.rate * 1_000_000) - round(chunk.first / clock.rate * 1_000_000)
        lines += [f"file {chunk_name(rendition, chunk)}", f"duration {lasts // 1_000_000}.{lasts % 1_000_000:06d}"]
    return "\n".join([*lines, ""])


def join_command(plan: RenderPlan, rendition: Rendition) -> Command:
    """One rendition's MP4: its chunks one after the other, and the sound."""
    pictures = ffmpeg.input(
        ROOM + chunk_list(rendition),
        f="concat",  # one film after the other, by our own list
        safe="1",  # which names files beside itself only
        auto_convert="0",  # every packet as it is: otherwise parameter sets are put before each key frame
        protocol_whitelist="file",  # and nothing elsewhere
    )
    tracks = [pictures["v"]]
    if plan.sound:
        tracks.append(ffmpeg.input(ROOM + FINISHED_SOUND, protocol_whitelist="file")["a"])
    return compiled(ffmpeg.output(*tracks, OUT + rendition_files(plan, rendition).mp4, **CLEAN, **COPY, **MP4))


def pictures_track_command(plan: RenderPlan, rendition: Rendition) -> Command:
    """The HLS track file of one rendition's pictures, from its finished MP4."""
    place = OUT + rendition_files(plan, rendition).fragments
    return compiled(ffmpeg.output(ffmpeg.input(SOURCE)["v"], place, **CLEAN, **COPY, **PICTURES_TRACK))


def sound_track_command() -> Command:
    """The HLS track file of the sound that all renditions share, from the sound in the room."""
    sound = ffmpeg.input(ROOM + FINISHED_SOUND, protocol_whitelist="file")["a"]
    return compiled(ffmpeg.output(sound, OUT + SOUND_FRAGMENTS, **CLEAN, **COPY, **SOUND_TRACK))


def poster_command(plan: RenderPlan) -> Command:
    """The poster: of the finished film's first key frames, the one most like all of them (so no black, no flash)."""
    finished = ffmpeg.input(SOURCE, skip_frame="nokey")
    picture = full_range(finished["v"].filter("thumbnail", n=_POSTER_CANDIDATES, log="quiet"))
    flags = {**CLEAN, **JPEG, "frames:v": "1", "update": "1"}
    return compiled(ffmpeg.output(picture, OUT + poster_name(plan), **flags))


def storyboard_command(plan: RenderPlan) -> Command:
    """`storyboard.jpg`, from a finished MP4 whose key frames include every frame that it shows."""
    pictures = len(storyboard_moments(plan.length))
    rows = -(-pictures // STORYBOARD_COLUMNS)
    key_frames: Any = ffmpeg.input(SOURCE, skip_frame="nokey")["v"]
    first: Seconds = storyboard_moments(plan.length)[0]
    shown = shown_at(key_frames, first, storyboard_step(plan.length), pictures)
    tiles = letterboxed(shown, plan.renditions[-1], STORYBOARD_TILE)
    board = tiles.filter("tile", f"{STORYBOARD_COLUMNS}x{rows}", nb_frames=pictures)
    flags = {**CLEAN, **JPEG, "frames:v": "1", "update": "1"}
    return compiled(ffmpeg.output(full_range(board), OUT + STORYBOARD, **flags))
