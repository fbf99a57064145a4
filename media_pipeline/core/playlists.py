"""Names of the finished files, and the grammar of their playlists and storyboard cues: written and read by allow-list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from media_pipeline.core.ladder import Rendition
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.timebase import Seconds

TOP = "video.mp4"
SOUND = "audio.m4a"
POSTER = "poster.jpg"
STORYBOARD = "storyboard.jpg"
STORYBOARD_CUES = "storyboard.vtt"
MASTER = "hls/master.m3u8"

STORYBOARD_COLUMNS = 10
STORYBOARD_TILE = (160, 90)
"""Pixels of one storyboard picture: width, height."""

_HIGH_PROFILE_AAC = "avc1.640028,mp4a.40.2"
_HIGH_PROFILE = "avc1.640028"


@dataclass(frozen=True, slots=True)
class RenditionFiles:
    """Where one rendition's files are."""

    mp4: str
    """Progressive MP4."""

    playlist: str
    """Its HLS media playlist."""

    fragments: str
    """The one fragmented MP4 that the playlist points into."""


def rendition_files(plan: RenderPlan, rendition: Rendition) -> RenditionFiles:
    """The names of one rendition's files; the largest is `video.mp4`."""
    height = rendition.height
    top = rendition == plan.ladder[0]
    return RenditionFiles(TOP if top else f"video-{height}.mp4", f"hls/{height}.m3u8", f"hls/{height}.m4s")


def poster_name(plan: RenderPlan) -> str:
    """The poster of the plan's largest rendition."""
    return POSTER if plan.brings_top else f"poster-{plan.renditions[0].height}.jpg"


def output_names(plan: RenderPlan) -> tuple[str, ...]:
    """Every file that is made of a plan's renditions, sorted. With the smallest comes what all share."""
    names: set[str] = {SOUND} if plan.sound and plan.brings_shared else set()
    if plan.clock is not None:
        names |= {poster_name(plan)} if plan.brings_shared or plan.brings_top else set()
        names |= {STORYBOARD, STORYBOARD_CUES} if plan.brings_shared else set()
        names |= {MASTER} if plan.brings_top else set()
    for rendition in plan.renditions:
        files = rendition_files(plan, rendition)
        names |= {files.mp4, files.playlist, files.fragments}
    return tuple(sorted(names))


def names_of_all_parts(plan: RenderPlan) -> frozenset[str]:
    """Every file that may lie in a folder in which the film is made part by part, or at once."""
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


def write_master(plan: RenderPlan, bandwidths: tuple[int, ...]) -> str:
    """The HLS master playlist; `bandwidths` are each rendition's peak bits per second, in the ladder's order."""
    codecs = _HIGH_PROFILE_AAC if plan.sound else _HIGH_PROFILE
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for rendition, bandwidth in zip(plan.ladder, bandwidths, strict=True):
        resolution = f"{rendition.width}x{rendition.height}"
        lines += [f'#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},RESOLUTION={resolution},CODECS="{codecs}"']
        lines += [f"{rendition.height}.m3u8"]
    return "\n".join([*lines, ""])


_MASTER_HEAD = re.compile(r"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n")
_MASTER_ENTRY = re.compile(
    r'#EXT-X-STREAM-INF:BANDWIDTH=([0-9]{1,9}),RESOLUTION=([0-9]{1,4})x([0-9]{1,4}),CODECS="[a-z0-9.,]{1,40}"\n'
    r"([0-9]{1,4})\.m3u8\n"
)
_MEDIA_HEAD = re.compile(
    r"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:([0-9]{1,3})\n#EXT-X-MEDIA-SEQUENCE:0\n"
    r"#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
    r'#EXT-X-MAP:URI="([0-9]{1,4})\.m4s",BYTERANGE="([0-9]{1,12})@0"\n'
)
_MEDIA_SEGMENT = re.compile(
    r"#EXTINF:([0-9]{1,3}\.[0-9]{1,6}),\n#EXT-X-BYTERANGE:([0-9]{1,12})@([0-9]{1,12})\n([0-9]{1,4})\.m4s\n"
)


def peak_bandwidth(playlist: str) -> int:
    """Bits per second of a media playlist's heaviest segment, rounded up. Raises ValueError when it has no segment."""
    return max(ceil(int(m[2]) * 8 / Fraction(m[1])) for m in _MEDIA_SEGMENT.finditer(playlist))


def is_master(text: str, plan: RenderPlan) -> bool:
    """Whether `text` is exactly a master playlist of the plan's whole ladder."""
    sizes = [(int(m[2]), int(m[3]), int(m[4])) for m in _entries(_MASTER_HEAD, _MASTER_ENTRY, text, "")]
    return sizes == [(r.width, r.height, r.height) for r in plan.ladder] and bool(sizes)


def is_media_playlist(text: str, rendition: Rendition, fragments_size: int, length: Seconds) -> bool:
    """Whether `text` is exactly a media playlist whose ranges tile the rendition's one file and sum to `length` (±0.1 s)."""
    head = _MEDIA_HEAD.match(text)
    segments = _entries(_MEDIA_HEAD, _MEDIA_SEGMENT, text, "#EXT-X-ENDLIST\n")
    if head is None or not segments or int(head[2]) != rendition.height:
        return False
    at = int(head[3])
    for segment in segments:
        if int(segment[3]) != at or int(segment[4]) != rendition.height:
            return False
        at += int(segment[2])
    total = sum((Fraction(segment[1]) for segment in segments), Fraction(0))
    return at == fragments_size and abs(total - length) <= Fraction(1, 10)


def is_storyboard_cues(text: str, length: Seconds) -> bool:
    """Whether `text` is exactly the cues that we write for a film of this length."""
    return text == write_storyboard_cues(length)


def _entries(head: re.Pattern[str], entry: re.Pattern[str], text: str, tail: str) -> list[re.Match[str]]:
    """The entries of a text that is head, entries and tail and nothing else; empty when it is not."""
    start = head.match(text)
    if start is None or not text.endswith(tail):
        return []
    at, end, found = start.end(), len(text) - len(tail), []
    while at < end:
        match = entry.match(text, at)
        if match is None:
            return []
        found.append(match)
        at = match.end()
    return found if at == end else []
