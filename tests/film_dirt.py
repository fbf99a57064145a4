"""Films that carry something in every channel which can carry text: random canaries that no finished file may hold.

The samples are written by ffmpeg; what it has no flag for is put into boxes, elements, NAL units and frames by hand.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.dirt.boxes import dirty_boxes
from tests.dirt.canaries import Canaries, Planted, leaks, leaks_in
from tests.dirt.ebml import dirty_elements
from tests.dirt.streams import aac_sounds, h264_pictures
from tests.film_reading import run_ffmpeg

__all__ = ["CONTAINERS", "ENCODER_MARKS", "Canaries", "Planted", "dirty_film", "leaks", "leaks_in"]

CONTAINERS = (".mp4", ".mov", ".mkv", ".webm", ".m4a")
"""Kinds of dirty film; the last is a sound recording with covers."""

_NAMES: Planted = [("muxer tag", b"Lavf"), ("encoder name", b"Lavc")]

ENCODER_MARKS: Planted = [("h264 encoder sei", b"x264 - core"), *_NAMES]
"""What libavformat, libavcodec and x264 say of themselves unasked."""


def dirty_film(path: Path, canaries: Canaries, seconds: int = 3) -> Planted:
    """Makes a 320 × 180 film with a canary in every channel of its container, one of `CONTAINERS`.

    Returns what was planted in this film, each (channel, bytes in the file), the encoders' own marks included.
    """
    if path.suffix not in CONTAINERS:
        raise ValueError("dirty films are of one of five kinds")
    before = len(canaries.planted)
    with TemporaryDirectory(dir=path.parent) as folder:
        room = Path(folder)
        {
            ".mp4": _dirty_mp4,
            ".mov": _dirty_mov,
            ".mkv": _dirty_mkv,
            ".webm": _dirty_webm,
            ".m4a": _dirty_m4a,
        }[path.suffix](room, path, canaries, seconds)
    marks = {".webm": [("encoder name", b"Lavc")], ".m4a": _NAMES, ".mkv": [ENCODER_MARKS[0], _NAMES[1]]}
    return canaries.planted[before:] + marks.get(path.suffix, ENCODER_MARKS)


def _film_inputs(room: Path, canaries: Canaries, seconds: int) -> list[str | Path]:
    """Inputs 0 and 1 are pictures, 2 and 3 are sounds."""
    pictures = [word for path in h264_pictures(room, canaries, seconds) for word in ("-framerate", "25", "-i", path)]
    return ["-nostdin", *pictures, *_sound_inputs(room, canaries, seconds)]


def _sound_inputs(room: Path, canaries: Canaries, seconds: int) -> list[str | Path]:
    return [word for path in aac_sounds(room, canaries, seconds) for word in ("-i", path)]


def _dirty_mp4(room: Path, path: Path, canaries: Canaries, seconds: int) -> None:
    """As staff's software exports it: cues, chapters, covers, and participants' cameras and microphones as tracks."""
    inputs = [*_film_inputs(room, canaries, seconds), *_cues(room, canaries), *_chapters(room, canaries)]
    flags = [
        *("-map", "0:v", "-map", "1:v", "-map", "2:a", "-map", "3:a", "-map", "4:s", "-map", "6:v"),
        *("-map_chapters", "5", "-c:v", "copy", "-c:a", "copy", "-c:s", "mov_text"),
        *("-disposition:v:0", "default", "-disposition:v:1", "0", "-disposition:v:2", "attached_pic"),
        *_common_tags(canaries, "description", "composer", "show", "lyrics"),
        *_handlers(canaries, "v:0", "v:1", "a:0", "a:1", "s:0"),
        *_tags(canaries, [(":s:a:1", "title")]),
        *("-metadata:s:a:0", "language=gle", "-timecode", "01:02:03:04", "-write_tmcd", "1"),
    ]
    run_ffmpeg(*inputs, "-i", _cover(room, canaries), *flags, path)
    dirty_boxes(path, canaries)


def _dirty_mov(room: Path, path: Path, canaries: Canaries, seconds: int) -> None:
    """As a phone or a camera writes it: words in user data, a reel, a timecode track, no covers."""
    inputs = [*_film_inputs(room, canaries, seconds), *_cues(room, canaries), *_chapters(room, canaries)]
    flags = [
        *("-map", "0:v", "-map", "1:v", "-map", "2:a", "-map", "3:a", "-map", "4:s"),
        *("-map_chapters", "5", "-c:v", "copy", "-c:a", "copy", "-c:s", "mov_text"),
        *("-disposition:v:0", "default", "-disposition:v:1", "0"),
        *_common_tags(canaries, "location"),
        *_handlers(canaries, "v:0", "v:1", "a:0", "a:1", "s:0"),
        *_tags(canaries, [(":s:a:1", "title"), (":s:v:0", "reel_name")]),
        *("-timecode", "01:02:03:04", "-write_tmcd", "1"),
    ]
    run_ffmpeg(*inputs, *flags, path)
    dirty_boxes(path, canaries)


def _dirty_m4a(room: Path, path: Path, canaries: Canaries, seconds: int) -> None:
    """As a voice recorder or a podcast's studio writes it: an iTunes list, a cover, chapters."""
    inputs = ["-nostdin", *_sound_inputs(room, canaries, seconds), *_chapters(room, canaries)]
    flags = [
        *("-map", "0:a", "-map", "1:a", "-map", "3:v", "-map_chapters", "2", "-c", "copy"),
        *("-disposition:v:0", "attached_pic"),
        *_common_tags(canaries, "description", "composer", "show", "lyrics"),
        *_handlers(canaries, "a:0", "a:1"),
    ]
    run_ffmpeg(*inputs, "-i", _cover(room, canaries), *flags, path)
    dirty_boxes(path, canaries)


def _dirty_mkv(room: Path, path: Path, canaries: Canaries, seconds: int) -> None:
    """As OBS or an archive keeps it: everything, with attachments and styled subtitles."""
    inputs = [*_film_inputs(room, canaries, seconds), *_cues(room, canaries), *_chapters(room, canaries)]
    attachment, styled = room / "notes.txt", room / "styled.ass"
    attachment.write_bytes(canaries.octets("attachment"))
    styled.write_text(_styled_cues(canaries))
    flags: list[str | Path] = [
        *("-map", "0:v", "-map", "1:v", "-map", "2:a", "-map", "3:a", "-map", "4:s", "-map", "7:s", "-map", "6:v"),
        *("-map_chapters", "5", "-c", "copy", "-c:s:0", "srt", "-disposition:v:2", "attached_pic"),
        *("-attach", attachment, "-metadata:s:t:0", "mimetype=text/plain"),
        *_common_tags(canaries),
        *_tags(canaries, [(f":s:{track}", "title") for track in ("v:0", "v:1", "a:0", "a:1", "s:0", "s:1")]),
        *_tags(canaries, [(":s:t:0", "filename"), (":s:t:0", "title"), ("", "made_up_tag"), (":s:a:0", "comment")]),
        *("-write_crc32", "0"),  # sums that would not hold once more is put in
    ]
    run_ffmpeg(*inputs, "-i", _cover(room, canaries), "-i", styled, *flags, path)
    dirty_elements(path, canaries)


def _dirty_webm(room: Path, path: Path, canaries: Canaries, seconds: int) -> None:
    """As a browser's recorder or a web meeting writes it: VP9 and Opus, WebVTT with names of cues, tags of every track."""
    inputs: list[str | Path] = ["-nostdin"]
    for lavfi in (f"testsrc2=s=320x180:r=25:d={seconds}", f"sine=frequency=440:sample_rate=48000:duration={seconds}"):
        inputs += ["-f", "lavfi", "-i", lavfi]
    cues = room / "cues.vtt"
    named = canaries.text("cue name")
    cues.write_text(
        f"WEBVTT\n\n{named}\n00:00.000 --> 00:02.000\n<v {canaries.text('speaker')}>{canaries.text('cue')}\n"
    )
    tags = ("title", "comment", "artist")
    flags = [
        *("-map", "0:v", "-map", "1:a", "-map", "1:a", "-map", "2:s", "-map_chapters", "3"),
        *("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "0", "-crf", "40", "-g", "25"),
        *("-c:a", "libopus", "-c:s", "copy", "-write_crc32", "0"),
        *_common_tags(canaries, "made_up_tag", "location", "date"),
        *_tags(canaries, [(f":s:{track}", tag) for track in ("v:0", "a:0", "a:1", "s:0") for tag in tags]),
    ]
    run_ffmpeg(*inputs, "-i", cues, *_chapters(room, canaries), *flags, path)
    dirty_elements(path, canaries)


def _cues(room: Path, canaries: Canaries) -> list[str | Path]:
    cues = room / "cues.srt"
    cues.write_text(f"1\n00:00:00,000 --> 00:00:02,000\n{canaries.text('subtitle')}\n")
    return ["-i", cues]


def _styled_cues(canaries: Canaries) -> str:
    """Subtitles of Advanced SubStation: a script's own words, a style, a speaker and a line."""
    style = canaries.text("ass style")
    return "\n".join(
        (
            "[Script Info]",
            f"; {canaries.text('ass comment')}",
            f"Original Script: {canaries.text('ass script')}",
            "ScriptType: v4.00+",
            "[V4+ Styles]",
            "Format: Name, Fontname, Fontsize",
            f"Style: {style},Arial,16",
            "[Events]",
            "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
            f"Dialogue: 0,0:00:00.00,0:00:02.00,{style},{canaries.text('ass speaker')},0,0,0,,{canaries.text('ass line')}",
            "",
        )
    )


def _chapters(room: Path, canaries: Canaries) -> list[str | Path]:
    path = room / "chapters.txt"
    chapter = f"[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle={canaries.text('chapter')}\n"
    path.write_text(f";FFMETADATA1\n{chapter}")
    return ["-i", path]


def _cover(room: Path, canaries: Canaries) -> Path:
    """A JPEG with an EXIF description and a comment segment."""
    path = room / "cover.jpg"
    run_ffmpeg("-nostdin", "-f", "lavfi", "-i", "color=teal:s=64x64:d=1", "-frames:v", "1", path)
    text = canaries.octets("cover exif") + b"\0"
    # little-endian TIFF: one directory of one entry, ImageDescription, whose text follows at 26
    tiff = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x010E, 2, len(text), 26, 0) + text
    segments = ((b"\xff\xe1", b"Exif\0\0" + tiff), (b"\xff\xfe", canaries.octets("cover comment")))
    notes = b"".join(marker + struct.pack(">H", len(body) + 2) + body for marker, body in segments)
    jpeg = path.read_bytes()
    path.write_bytes(jpeg[:2] + notes + jpeg[2:])
    return path


def _tags(canaries: Canaries, where: Sequence[tuple[str, str]]) -> list[str]:
    flags: list[str] = []
    for stream, tag in where:
        flags += [f"-metadata{stream}", f"{tag}={canaries.text(f'{tag} {stream}'.strip())}"]
    return flags


def _common_tags(canaries: Canaries, *more: str) -> list[str]:
    tags = ("title", "artist", "album", "comment", "copyright", "genre", *more)
    return _tags(canaries, [("", tag) for tag in tags])


def _handlers(canaries: Canaries, *tracks: str) -> list[str]:
    return _tags(canaries, [(f":s:{track}", "handler_name") for track in tracks])
