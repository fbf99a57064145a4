"""Reads captions with webvtt-py. (It only reads: what is published, we write ourselves.)"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from io import StringIO
from itertools import pairwise

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from media_pipeline.core.errors import Refused
from media_pipeline.core.speakers import MOST_BYTES, MOST_CUES, UntrustedCue
from media_pipeline.core.timebase import Seconds

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:[ \t]([^<>]*))?>|</v>")
"""No two parts of it may take the same characters: else a line of a million spaces is tried in every way to share them out."""

_TAG = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")
"""WebVTT's and SubRip's marks, and ASS's, which some SubRip files hold."""

_LINE_BREAK = re.compile(r"\r\n|\r|\n")

_ZOOM_TEXT = re.compile(r"\[([^\[\]]{1,200})\][ \t]*([0-9]{1,2}):([0-5][0-9]):([0-5][0-9])[ \t]*")
"""The line before each text of Zoom's saved captions: "[Name] 14:31:02". (A time without a name begins a line of chat.)"""

_LONGEST = Fraction(30)
"""Seconds that a line of Zoom's saved captions lasts at most: they hold no ends."""

_LAST = Fraction(5)
"""Seconds that the last line lasts."""


class WebVttReader:
    """The `CaptionReader` for WebVTT, SRT, Zoom's and Teams' transcripts."""

    def read(self, untrusted: bytes) -> tuple[UntrustedCue, ...]:
        """See the port."""
        text = _decoded(untrusted)
        try:
            cues = tuple(_cues(text))
        except (MalformedFileError, MalformedCaptionError, ValueError):
            raise Refused("captions-unreadable") from None
        if not 0 < len(cues) <= MOST_CUES:
            raise Refused("captions-unreadable")
        return cues


def _decoded(untrusted: bytes) -> str:
    """By its byte order mark, else as UTF-8, else as Latin-1, which older SRT editors write."""
    if not 0 < len(untrusted) <= MOST_BYTES:
        raise Refused("captions-unreadable")
    for mark, coding in _BOMS:
        if untrusted.startswith(mark):
            try:
                return untrusted[len(mark) :].decode(coding)
            except UnicodeDecodeError:
                raise Refused("captions-unreadable") from None
    if b"\0" in untrusted:
        raise Refused("captions-unreadable")
    try:
        return untrusted.decode("utf-8")
    except UnicodeDecodeError:
        return untrusted.decode("latin-1")


def _cues(text: str) -> Iterator[UntrustedCue]:
    body = text.lstrip("\ufeff \t\r\n")
    if _ZOOM_TEXT.match(body):
        yield from _zoom_text(_LINE_BREAK.split(body))
        return
    is_vtt = body.startswith("WEBVTT")
    for caption in webvtt.from_buffer(StringIO(body, newline=""), format="vtt" if is_vtt else "srt").captions:
        start, end = (Fraction(time.in_milliseconds(), 1000) for time in (caption.start_time, caption.end_time))
        for name, lines in _voices(caption.raw_text):
            yield UntrustedCue(start, end, name, lines)


def _voices(raw: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The text of a cue by voice tag: what stands outside of them has no name."""
    at, name = 0, ""
    for voice in _VOICE.finditer(raw):
        if lines := _lines(raw[at : voice.start()]):
            yield name, lines
        at, name = voice.end(), html.unescape(voice[1] or "").strip()
    if lines := _lines(raw[at:]):
        yield name, lines


def _lines(raw: str) -> tuple[str, ...]:
    plain = html.unescape(_TAG.sub("", raw))
    return tuple(line.strip() for line in _LINE_BREAK.split(plain) if line.strip())


def _zoom_text(lines: Iterable[str]) -> Iterator[UntrustedCue]:
    """Each line lasts until the next begins."""
    heads: list[tuple[Seconds, str, list[str]]] = []
    for line in lines:
        match = _ZOOM_TEXT.fullmatch(line.strip())
        if match is None:
            if line.strip() and heads:
                heads[-1][2].append(line.strip())
            continue
        moment = Fraction((int(match[2]) * 60 + int(match[3])) * 60 + int(match[4]))
        heads.append((moment, match[1], []))
    ends = [min(later[0], one[0] + _LONGEST) for one, later in pairwise(heads)]
    ends += [moment + _LAST for moment, _, _ in heads[-1:]]
    for (moment, name, said), end in zip(heads, ends, strict=True):
        if said:  # several in one second last a second each: none is lost for having no time of its own
            yield UntrustedCue(moment, max(end, moment + 1), name, tuple(said))
