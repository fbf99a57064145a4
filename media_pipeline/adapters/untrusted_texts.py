"""Every text that an untrusted file's tags, chapters and subtitles hold, for searching finished files in memory.

Left out, because a clean film may well hold the same bytes and no person is told by them:
values of keys that only describe the container (brands, vendor, language, Matroska's statistics), the names that
every program gives its tracks, and numbers of fewer than eight digits. Dates, places, names and titles all stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from media_pipeline.adapters.process import Door, Limits, Mounts
from media_pipeline.adapters.sniff import Container, sniff
from media_pipeline.adapters.untrusted import untrusted_probe_input
from media_pipeline.core.errors import Fault
from media_pipeline.ports.watch import Unwatched

_LIMITS = Limits(cpu_seconds=20, wall_seconds=600)

_MOST_TAGS = 16 << 20
"""Bytes of tags read: more than any honest file has."""

_MOST_SUBTITLES = 8 << 20
"""Bytes of ffprobe's dump read, about eight times the subtitles themselves: a day of talk is 1 MiB."""

_SHORTEST = 6
"""Bytes. Coded pictures hold any text of four bytes by chance in one of eight films of 500 MB, and one of six bytes in
none of 500,000. For shorter texts the allow-list stands alone: no byte outside the coded pictures and sound is free."""

_TAGS = "format_tags:stream_tags:chapter_tags:program_tags:stream_group_tags:stream=index,codec_type,codec_tag_string,codec_name"

_CONTAINER_KEYS = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "language", "vendor_id", "duration", "bps"}
)
"""Keys (in small letters) whose values describe the container."""

_STATISTICS = re.compile(r"(bps|duration|number_of_|_statistics_)", re.IGNORECASE)
"""Matroska's counts of its own tracks, with or without a language after them."""

_GENERIC = frozenset(
    {
        *("videohandler", "soundhandler", "subtitlehandler", "datahandler", "timecodehandler"),
        *("core media video", "core media audio", "core media metadata", "core media time code"),
        *("apple video media handler", "apple sound media handler", "apple alias data handler"),
        *("iso media file produced by google inc.", "mainconcept video media handler"),
        *("video", "audio", "sound", "stereo", "mono", "default", "main", "subtitle", "subtitles", "text"),
        *("h264", "h.264", "avc1", "hevc", "mp4a", "opus", "isom", "mp41", "mp42", "webm", "0x00000000"),
    }
)
"""Names (in small letters) that every program gives its tracks."""

_SHORT_NUMBER = re.compile(r"[\d.,:/x -]{0,12}")
"""A candidate for leaving out; it is when it has fewer than eight digits."""

_MARKUP = re.compile(r"<[^<>]*>|\{[^{}]*\}")
"""SubRip's and ASS's marks for how a cue looks."""

_XML_WORDS = re.compile(r"""[>"']([^<>"']+)(?=[<"'])""")
"""What stands between tags, and in attributes."""

_LINE_BREAKS = re.compile(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+|\\N")
"""In tags, in cues, and ASS's own."""

_DUMP_LINE = re.compile(r"^[0-9a-f]{8}: ([0-9a-f ]{40})", re.MULTILINE)
"""A line of ffprobe's dump of bytes: offset, 16 bytes in hexadecimal, the same as letters."""


def untrusted_texts(door: Door, ffprobe: Path, source: Path) -> frozenset[bytes]:
    """Texts of 6 bytes or more, line by line, as UTF-8. Raises `Refused` as `sniff` does, and `Fault`."""
    # QuickTime keeps more than the usual tags, and XMP, only when it is asked to
    more = ["-export_all", "1", "-export_xmp", "1"] if sniff(source) is Container.ISO else []
    argv = ["-v", "error", *more, "-show_entries", _TAGS, "-of", "json", *untrusted_probe_input("src")]
    finished = door.run(ffprobe, argv, Mounts({"src": source}), _LIMITS, Unwatched(), keep_stdout=_MOST_TAGS)
    if finished.exit_status:
        raise Fault("tool-failed", f"exit status {finished.exit_status}")
    answer = json.loads(finished.untrusted_stdout)
    lines = {line for value in _values(answer) for line in _lines(value)}
    for stream in answer.get("streams", ()):
        if stream.get("codec_type") == "subtitle" or stream.get("codec_tag_string") in ("text", "sbtl"):
            lines.update(_cues(door, ffprobe, source, int(stream["index"]), stream.get("codec_name", "")))
    texts = (line.encode("utf-8", "replace") for line in lines if not _is_generic(line))
    return frozenset(text for text in texts if len(text) >= _SHORTEST)


def _values(node: Any) -> Iterator[str]:
    """Every value in every `tags` of ffprobe's answer, wherever it stands."""
    if isinstance(node, list):
        for child in node:
            yield from _values(child)
    elif isinstance(node, dict):
        for key, child in node.items():
            if key != "tags":
                yield from _values(child)
                continue
            for name, value in child.items():
                if name.lower() not in _CONTAINER_KEYS and not _STATISTICS.match(name):
                    yield str(value)


def _cues(door: Door, ffprobe: Path, source: Path, index: int, codec: str) -> set[str]:
    """The lines of a subtitle track, with and without their markup, of its first mebibyte."""
    argv = [
        *("-v", "error"),
        *("-select_streams", str(index)),
        "-show_data",  # the packets as they are: no decoder is let near them
        *("-show_entries", "packet=data"),
        *("-of", "default=noprint_wrappers=1:nokey=1"),
        *untrusted_probe_input("src"),
    ]
    with door.stream(ffprobe, argv, Mounts({"src": source}), _LIMITS, Unwatched()) as running:
        dump = running.stdout.read(_MOST_SUBTITLES).decode("ascii", "replace")
    lines: set[str] = set()
    for packet in re.split(r"^00000000: ", dump, flags=re.MULTILINE)[1:]:
        rows = _DUMP_LINE.findall(f"00000000: {packet}")
        payload = bytes.fromhex("".join(rows).replace(" ", ""))
        for line in _lines(_words(payload, codec)):
            lines.update((line, _MARKUP.sub("", line).strip()))
    return lines


def _words(payload: bytes, codec: str) -> str:
    """What a subtitle packet says."""
    if codec in ("ass", "ssa"):  # eight fields about how it looks, then the text
        return payload.decode("utf-8", "replace").split(",", 8)[-1]
    length = int.from_bytes(payload[:2], "big")
    if (
        codec in ("mov_text", "bin_data", "") and length <= len(payload) - 2
    ):  # 3GPP TS 26.245, 5.17: length, text, style
        return payload[2 : 2 + length].decode("utf-8", "replace")
    return payload.decode("utf-8", "replace")


def _lines(value: str) -> Iterable[str]:
    pieces = _XML_WORDS.findall(value) if "<x:xmpmeta" in value else [value]
    return (line.strip() for piece in pieces for line in _LINE_BREAKS.split(piece))


def _is_generic(line: str) -> bool:
    if line.lower() in _GENERIC:
        return True
    return bool(_SHORT_NUMBER.fullmatch(line)) and sum(character.isdigit() for character in line) < 8
