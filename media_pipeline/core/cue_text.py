"""Our own WebVTT and transcript: written plainly, and read by allow-list.

    WEBVTT

    00:00:01.000 --> 00:00:03.500
    Once upon a time

No settings, identifiers, notes, styles, regions or tags; text is escaped. Whatever else stands in a file is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from media_pipeline.core.captions import (
    Captions,
    Cue,
    Texts,
    clean_line,
    finished_captions,
    finished_chapters,
    standing,
)
from media_pipeline.core.intervals import Interval
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.playlists import CAPTIONS, CHAPTERS, TRANSCRIPT, text_names, vtt_time
from media_pipeline.core.timebase import Seconds

_HEAD = "WEBVTT\n"

_TIME = r"([0-9]{2}):([0-5][0-9]):([0-5][0-9])\.([0-9]{3})"
_CUE = re.compile(rf"\n{_TIME} --> {_TIME}\n((?:(?:[^\n<>&]|&amp;|&lt;|&gt;)+\n)+)")

_PARAGRAPH = Fraction(2)
"""Seconds of silence between two cues that begin a new paragraph of the transcript."""


def write_cues(cues: Sequence[Cue]) -> str:
    """WebVTT of cues on the finished film's clock, in whole milliseconds."""
    return _HEAD + "".join(
        f"\n{vtt_time(cue.span.start)} --> {vtt_time(cue.span.end)}\n"
        + "".join(f"{_escaped(line)}\n" for line in cue.lines)
        for cue in cues
    )


def read_cues(text: str) -> tuple[Cue, ...]:
    """The cues of a text that `write_cues` wrote. Raises ValueError for any other."""
    found, at = [], len(_HEAD)
    if not text.startswith(_HEAD):
        raise ValueError("no WebVTT of ours")
    while at < len(text):
        match = _CUE.match(text, at)
        if match is None:
            raise ValueError("no WebVTT of ours")
        start, end = _moment(match.group(1, 2, 3, 4)), _moment(match.group(5, 6, 7, 8))
        found.append(Cue(Interval(start, end), tuple(map(_plain, match[9].split("\n")[:-1]))))
        at = match.end()
    if any(one.span.end > other.span.start for one, other in pairwise(found)):
        raise ValueError("cues overlap")
    return tuple(found)


def is_captions(text: str, length: Seconds) -> bool:
    """Whether `text` is exactly such a WebVTT, with every cue inside a film of this length (s)."""
    try:
        cues = read_cues(text)
    except ValueError:
        return False
    return not cues or cues[-1].span.end <= length


def write_transcript(cues: Sequence[Cue]) -> str:
    """What is said, as plain text: a cue a line, without times; an empty line where there is a pause."""
    lines = []
    for index, cue in enumerate(cues):
        if index and cue.span.start - cues[index - 1].span.end >= _PARAGRAPH:
            lines.append("")
        lines.append(" ".join(cue.lines))
    return "".join(f"{line}\n" for line in lines)


def written(texts: Texts, plan: RenderPlan) -> Mapping[str, str]:
    """Each finished text that the plan names, by its file. Raises Stale("captions-changed") for other words than the plan's."""
    texts = texts.approved(plan.captions, plan.chapters)
    captions = finished_captions(texts.captions, plan)
    every = {
        CAPTIONS: write_cues(captions),
        TRANSCRIPT: write_transcript(captions),
        CHAPTERS: write_cues(finished_chapters(texts.chapters, plan)),
    }
    return {name: every[name] for name in text_names(plan)}


def wrong_texts(found: Mapping[str, str], plan: RenderPlan) -> Iterator[str]:
    """The finished texts that break our grammar, leave the film or do not agree. Needs no recording."""
    for name, text in found.items():
        if name == TRANSCRIPT:
            captions = found.get(CAPTIONS, "")
            if not is_captions(captions, plan.length) or text != write_transcript(read_cues(captions)):
                yield name
        elif not is_captions(text, plan.length):
            yield name


def tells_what_was_dropped(text: str, captions: Captions, plan: RenderPlan) -> bool:
    """Whether a line of a finished text is one of a cue that was dropped, and of none that stays."""
    stay = standing(captions, plan)
    said = {form for cue in stay for form in (*cue.lines, " ".join(cue.lines))}
    gone = {form for cue in captions.cues if cue not in stay for form in (*cue.lines, " ".join(cue.lines))}
    return any(_unescaped(line) in gone - said for line in text.split("\n"))


def _escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unescaped(line: str) -> str:
    return line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _plain(line: str) -> str:
    """A line as it was before it was escaped. Raises ValueError when it holds what we never write."""
    text = _unescaped(line)
    if clean_line(text) != text:
        raise ValueError("no line of ours")
    return text


def _moment(parts: tuple[str | None, ...]) -> Seconds:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return Fraction(((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths, 1000)
