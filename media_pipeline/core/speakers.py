"""Who speaks in a transcript, without names: labels are dropped, and speakers are told apart by numbers.

A label is the name in a voice tag (Teams), or a short prefix "Name: …" (Zoom) that comes more than once: "Remember: the
fox …" is speech. Labels live in memory only, while a transcript is read. What staff look at afterwards says "Speaker 2".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from media_pipeline.core.captions import NO_CAPTIONS, Captions, Cue, Texts, clean_line
from media_pipeline.core.errors import Refused
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.timebase import Seconds

MOST_BYTES = 1 << 20
"""Of a file of captions. An hour of talk is a third of this, with every label."""

MOST_CUES = 20_000
"""More than people say in a day."""

UNKNOWN = 0
"""The number of what no label says who said it."""

UNSURE = -1
"""The number of lines with a prefix that comes once, in a transcript that has labels: perhaps a name, perhaps speech."""

_LONGEST_NAME, _MOST_WORDS = 60, 6
"""Characters and words of a prefix that may be a name."""

_DOMINANT = Fraction(6, 10)
"""Share of the spoken time from which a speaker is taken for the presenter without asking."""

_SHORTEST_NAME = 3
"""Letters of a part of a name that is looked for in what others say."""

_PREFIX = re.compile(rf"(?:>>+\s*|[-–—]\s*)?([^:：]{{1,{_LONGEST_NAME}}}?)\s*(?::(?:\s+|$)|：\s*)(.*)", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+")
_IN_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")


@dataclass(frozen=True, slots=True)
class UntrustedCue:
    """A cue as it was given: some of its text may be names."""

    start: Seconds
    """When it begins, on the recording's clock."""

    end: Seconds
    """When it ends; perhaps not after its start."""

    untrusted_name: str
    """The name in its voice tag; empty without one."""

    untrusted_lines: tuple[str, ...]
    """Its text, without tags."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one speaker says in one cue."""

    cue: Cue
    """The words without their label, and when."""

    speaker: int
    """Which: from 1, `UNKNOWN` or `UNSURE`."""

    look: bool
    """Whether to look twice: part of somebody's label stands in it, or it begins as if with a name. A hint, no more, on what was
    given."""

    given: tuple[str, ...] = ()
    """Its lines as they were given, once staff have corrected them."""

    def corrected(self, untrusted_text: str | None) -> Said:
        """With these words, line by line, or as it was given for None. Raises ValueError when no word is left."""
        given = self.given or self.cue.lines
        if untrusted_text is None:
            return replace(self, cue=replace(self.cue, lines=given), given=())
        lines = tuple(filter(None, map(clean_line, untrusted_text.splitlines())))
        return replace(self, cue=replace(self.cue, lines=lines), given=given)


@dataclass(frozen=True, slots=True)
class Speaker:
    """One speaker of a transcript."""

    number: int
    """From 1, the one who speaks longest first; `UNKNOWN` or `UNSURE`."""

    permille: int
    """Share of all the time in which somebody speaks."""

    cues: int
    """How many cues."""


@dataclass(frozen=True, slots=True)
class Given:
    """All that was given with a recording, and what staff chose of it. This is the private file."""

    said: tuple[Said, ...] = ()
    """Everything that is said, by start."""

    kept: tuple[int, ...] = ()
    """The speakers whose words are published."""

    left_out: tuple[int, ...] = ()
    """Places in `said` of what staff left out."""

    chapters: Captions = NO_CAPTIONS
    """Titles of parts."""

    def is_kept(self, place: int) -> bool:
        """Whether what is said there is to be published, as far as no cut forbids it."""
        return self.said[place].speaker in self.kept and place not in self.left_out

    @property
    def texts(self) -> Texts:
        """What staff are shown, and approve."""
        kept = (said.cue for place, said in enumerate(self.said) if self.is_kept(place))
        return Texts(Captions.of(kept), self.chapters)

    @property
    def speakers(self) -> tuple[Speaker, ...]:
        """Every speaker, the numbered ones first."""
        return _speakers(self.said)

    @property
    def others(self) -> IntervalSet:
        """When somebody speaks whose words are not published; nothing when nobody's are, for then nobody has said whose."""
        if not any(number > 0 for number in self.kept):
            return IntervalSet()
        return IntervalSet.of(said.cue.span for said in self.said if said.speaker > 0 and said.speaker not in self.kept)

    @property
    def labelled(self) -> bool:
        """Whether the transcript says who speaks."""
        return any(said.speaker != UNKNOWN for said in self.said)


def listen(untrusted: Sequence[UntrustedCue], whole: Interval) -> tuple[Said, ...]:
    """What is said in a recording, without labels. Cues that last no time, hold no words or leave it are left out.

    Raises Refused: "captions-elsewhere" when none lies in the recording, "captions-unreadable" when none holds words.
    """
    inside = [cue for cue in untrusted if whole.start <= cue.start < cue.end <= whole.end]
    if not inside:
        raise Refused("captions-elsewhere")
    parts = [part for cue in inside for part in _parts(cue)]
    prefixes = Counter(_key(part.prefix) for part in parts if part.prefix)
    voices = {_key(part.voice) for part in parts if part.voice}
    names = voices | {key for key, count in prefixes.items() if count > 1}
    name_parts = {word for name in {*names, *prefixes} for word in _words(name) if len(word) >= _SHORTEST_NAME}
    rows = list(_rows(parts, names, name_parts))
    if not rows:
        raise Refused("captions-unreadable")
    numbers = _numbers(rows)
    said = (Said(cue, numbers.get(name, UNSURE if name is None else UNKNOWN), look) for cue, name, look in rows)
    return tuple(sorted(said, key=lambda one: one.cue.span))


def usual_choice(said: Sequence[Said]) -> tuple[int, ...]:
    """Whose words are published unless staff say otherwise: all, when there are no labels; the one who speaks most of the
    time, when there is one; else nobody's."""
    speakers = _speakers(said)
    if all(speaker.number == UNKNOWN for speaker in speakers):
        return (UNKNOWN,) if speakers else ()
    return tuple(s.number for s in speakers if s.number > 0 and Fraction(s.permille, 1000) >= _DOMINANT)


def read_chapters(untrusted: Sequence[UntrustedCue], whole: Interval) -> Captions:
    """The titles of a recording's parts, by where they begin. Raises Refused as `listen` does."""
    inside = [cue for cue in untrusted if whole.holds(cue.start) and cue.start < cue.end]
    if not inside:
        raise Refused("captions-elsewhere")
    titles = ((cue, clean_line(" ".join(cue.untrusted_lines))) for cue in inside)
    found = [Cue(Interval(cue.start, cue.end), (title,)) for cue, title in titles if title]
    if not found:
        raise Refused("captions-unreadable")
    return Captions.of(found)


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines of one cue that belong together."""

    span: Interval
    voice: str
    prefix: str
    """A possible name before the first line; its own text is without it."""

    first: str
    """The first line, prefix and all."""

    lines: tuple[str, ...]
    """All lines, without the prefix."""


def _parts(cue: UntrustedCue) -> Iterator[_Part]:
    """A cue in parts: each line that begins as if with a name begins a new one."""
    span, voice = Interval(cue.start, cue.end), clean_line(cue.untrusted_name)
    lines: list[str] = []
    prefix = first = ""
    for line in filter(None, map(clean_line, cue.untrusted_lines)):
        found, rest = ("", line) if voice else _split(line)
        if found or not first:
            if first:
                yield _Part(span, voice, prefix, first, tuple(filter(None, lines)))
            prefix, first, lines = found, line, []
        lines.append(rest)
    if first:
        yield _Part(span, voice, prefix, first, tuple(filter(None, lines)))


def _rows(parts: Iterable[_Part], names: set[str], name_parts: set[str]) -> Iterator[tuple[Cue, str | None, bool]]:
    """Each part's words, whose they are (empty: nobody's label; None: perhaps somebody's) and whether to look twice."""
    for part in parts:
        name: str | None = _key(part.voice or part.prefix)
        lines = part.lines
        lone = bool(part.prefix) and name not in names
        if lone:
            name = None if names else ""
            rest = part.lines[1:] if _split(part.first)[1] else part.lines
            lines = (part.first, *rest)
        if lines:
            heard = {word for line in lines for word in _words(line)}
            yield Cue(part.span, lines), name, lone or not heard.isdisjoint(name_parts)


def _split(line: str) -> tuple[str, str]:
    """A possible name and what follows it; an empty name when the line does not begin with one."""
    match = _PREFIX.fullmatch(line)
    if match is None or not _WORD.search(match[1]) or len(match[1].split()) > _MOST_WORDS:
        return "", line
    return match[1], match[2].strip()


def _key(name: str) -> str:
    """One form of a name, however it is written."""
    return " ".join((_IN_BRACKETS.sub("", name) or name).casefold().split())


def _words(text: str) -> Iterator[str]:
    return (word.casefold() for word in _WORD.findall(text))


def _numbers(rows: Iterable[tuple[Cue, str | None, bool]]) -> dict[str | None, int]:
    """A number for each label, the one who speaks longest first."""
    times: Counter[str] = Counter()
    for cue, name, _ in rows:
        if name:
            times[name] += _whole_ms(cue.span.length)
    return {name: number for number, (name, _) in enumerate(times.most_common(), 1)}


def _whole_ms(length: Seconds) -> int:
    """Whole milliseconds of a length."""
    return int(length * 1000)


def _speakers(said: Sequence[Said]) -> tuple[Speaker, ...]:
    times: Counter[int] = Counter()
    cues: Counter[int] = Counter()
    for one in said:
        times[one.speaker] += _whole_ms(one.cue.span.length)
        cues[one.speaker] += 1
    total = max(1, sum(times.values()))
    order = sorted(times, key=lambda number: (number <= 0, abs(number)))
    return tuple(Speaker(number, times[number] * 1000 // total, cues[number]) for number in order)
