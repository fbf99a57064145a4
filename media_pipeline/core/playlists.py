"""Names of the finished files, and the grammar of the storyboard cues. Playlists: `core.hls`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from media_pipeline.core.ladder import LADDER, Rendition
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.timebase import Seconds

TOP = "video.mp4"
SOUND = "audio.m4a"
POSTER = "poster.jpg"
STORYBOARD = "storyboard.jpg"
STORYBOARD_CUES = "storyboard.vtt"
MASTER = "hls/master.m3u8"
SOUND_PLAYLIST = "hls/sound.m3u8"
SOUND_FRAGMENTS = "hls/sound.m4s"

_MULTIVARIANT = re.compile(r"hls/master(?:-([0-9]{1,4}))?\.m3u8")
"""`MASTER`, and the one of a part of the ladder, with its largest height."""

STORYBOARD_COLUMNS = 10
STORYBOARD_TILE = (160, 90)
"""Pixels of one storyboard picture: width, height."""


@dataclass(frozen=True, slots=True)
class RenditionFiles:
    """Where one rendition's files are."""

    mp4: str
    """Progressive MP4."""

    playlist: str
    """HLS media playlist of its pictures."""

    fragments: str
    """The track file that the playlist points into."""


def rendition_files(plan: RenderPlan, rendition: Rendition) -> RenditionFiles:
    """The names of one rendition's files; the largest is `video.mp4`."""
    height = rendition.height
    top = rendition == plan.ladder[0]
    return RenditionFiles(TOP if top else f"video-{height}.mp4", f"hls/{height}.m3u8", f"hls/{height}.m4s")


def poster_name(plan: RenderPlan) -> str:
    """The poster of the plan's largest rendition."""
    return POSTER if plan.brings_top else f"poster-{plan.renditions[0].height}.jpg"


def multivariant_name(plan: RenderPlan) -> str | None:
    """The multivariant playlist that comes with these renditions; None where it comes with others."""
    if plan.clock is None or not (plan.brings_shared or plan.brings_top):
        return None
    return MASTER if plan.brings_top else f"hls/master-{plan.renditions[0].height}.m3u8"


def multivariant_sizes(plan: RenderPlan) -> tuple[Rendition, ...]:
    """What that playlist lists, largest first: the whole ladder once there is all of it."""
    return plan.ladder if plan.brings_top else plan.renditions


def widest_multivariant(names: Iterable[str]) -> str | None:
    """Of the files of some renditions, the multivariant playlist that lists the most of them; None without any."""
    found = {name: int(match[1] or LADDER[0] + 1) for name in names if (match := _MULTIVARIANT.fullmatch(name))}
    return max(found, key=found.__getitem__, default=None)


def output_names(plan: RenderPlan) -> tuple[str, ...]:
    """Every file that is made of a plan's renditions, sorted. With the smallest comes what all share."""
    names: set[str] = {SOUND} if plan.sound and plan.brings_shared else set()
    if plan.clock is not None:
        names |= {poster_name(plan)} if plan.brings_shared or plan.brings_top else set()
        names |= {STORYBOARD, STORYBOARD_CUES} if plan.brings_shared else set()
        names |= {SOUND_PLAYLIST, SOUND_FRAGMENTS} if plan.sound and plan.brings_shared else set()
        names |= {name for name in (multivariant_name(plan),) if name}
    for rendition in plan.renditions:
        files = rendition_files(plan, rendition)
        names |= {files.mp4, files.playlist, files.fragments}
    return tuple(sorted(names))


def known_names(plan: RenderPlan) -> frozenset[str]:
    """Every file that may lie in a folder in which the film is made at once or rendition by rendition."""
    parts = (plan.whole, *(plan.only(size) for size in plan.ladder))
    return frozenset(name for part in parts for name in output_names(part))


def storyboard_step(length: Seconds) -> Seconds:
    """Seconds between two storyboard pictures, so that all show key frames: at least 2, and at most 100 pictures in all."""
    return Fraction(2 * max(1, ceil(length / 200)))


def storyboard_moments(length: Seconds) -> tuple[Seconds, ...]:
    """The moments (finished film) that the storyboard shows."""
    step = storyboard_step(length)
    return tuple(step * index for index in range(ceil(length / step)))


def write_storyboard_cues(length: Seconds) -> str:
    """WebVTT whose cues name their picture by media fragment (`#xywh=`)."""
    lines = ["WEBVTT", ""]
    width, height = STORYBOARD_TILE
    moments = storyboard_moments(length)
    for index, moment in enumerate(moments):
        end = moments[index + 1] if index + 1 < len(moments) else length
        row, column = divmod(index, STORYBOARD_COLUMNS)
        lines += [f"{vtt_time(moment)} --> {vtt_time(end)}"]
        lines += [f"{STORYBOARD}#xywh={column * width},{row * height},{width},{height}", ""]
    return "\n".join(lines)


def vtt_time(moment: Seconds) -> str:
    """`hh:mm:ss.mmm`, rounded to the nearest millisecond."""
    whole, thousandth = divmod(round(moment * 1000), 1000)
    minutes, second = divmod(whole, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}.{thousandth:03d}"


def is_storyboard_cues(text: str, length: Seconds) -> bool:
    """Whether `text` is exactly the cues that we write for a film of this length."""
    return text == write_storyboard_cues(length)
