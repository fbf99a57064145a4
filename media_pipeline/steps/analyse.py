"""Step 2: the whole recording is looked through, stretch by stretch, so that what is done is never done again.

    room/seen-0003-of-0030.json    what was seen of one stretch
    room/damaged.json              what cannot be read, once it was asked for

Any number of processes may work on one film, as `workroom` says. What is in the room is of this recording and of these
eyes: a changed detector begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TypeVar

from media_pipeline.core import canonical
from media_pipeline.core.errors import Fault
from media_pipeline.core.findings import Findings, Movement
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.stretches import (
    STRETCH_SECONDS,
    Account,
    Seen,
    Stretch,
    adds_up,
    is_doubtful,
    is_explained,
    merged,
    stretches,
)
from media_pipeline.ports.detector import Frame, FrameReader, ShotMeter
from media_pipeline.ports.watch import Part, Watch
from media_pipeline.steps.detect import LOOK_EVERY, RULES, Eyes, detect
from media_pipeline.steps.workroom import Job, Workroom

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sight:
    """All that it takes to look through a film."""

    frames: FrameReader
    shots: Callable[[], ShotMeter]
    eyes: Eyes


def analyse(
    source: Path, media: MediaFile, room: Path, sight: Sight, watch: Watch, seconds: int | None = STRETCH_SECONDS
) -> Findings:
    """Every shot and finding of the recording, and what of it is damaged, in stretches of about `seconds` (None: one).

    Raises Fault: "chunk-failed" when a stretch failed three times, "tool-failed" when frames are missing that no damage
    explains; Cancelled. Whatever it raises, the next call goes on with what is not done yet.
    """
    kept = _Kept(Workroom(room, _key(media, sight.eyes)), watch)
    survey = partial(sight.frames.damaged, source, media, watch)
    # what does not fit together may be so because a stretch was read without what lies before it
    for division in dict.fromkeys((stretches(media, seconds), stretches(media, None))):
        look = partial(_look, source, media, sight, watch)
        seen = kept.all(Seen, {_name(stretch): partial(look, stretch) for stretch in division})
        [damaged] = kept.all(IntervalSet, {"damaged": survey}) if is_doubtful(media, seen) else [IntervalSet()]
        if adds_up(media, seen, damaged) and all(map(partial(is_explained, damaged), division, seen)):
            watch.progress(Fraction(1))
            return merged(media, seen, damaged)
    raise _incomplete()


def look_through(source: Path, media: MediaFile, sight: Sight, watch: Watch) -> Findings:
    """The same in one go, for a film that was made a moment ago: nothing is kept."""
    [whole] = stretches(media, None)
    seen = [_look(source, media, sight, watch, whole)]
    damaged = sight.frames.damaged(source, media, watch) if is_doubtful(media, seen) else IntervalSet()
    if not adds_up(media, seen, damaged):
        raise _incomplete()
    return merged(media, seen, damaged)


class _Kept:
    """Values that are made in a room, each once, and read from there."""

    def __init__(self, room: Workroom, watch: Watch) -> None:
        self._room, self._watch = room, watch

    def all(self, kind: type[T], makers: dict[str, Callable[[], T]]) -> list[T]:
        """The value of each name."""
        paths = {name: self._room.folder / f"{name}.json" for name in makers}
        self._room.bring_all(
            (Job(name, (paths[name],), partial(_write, paths[name].name, make)) for name, make in makers.items()),
            self._watch,
        )
        return [self._read(kind, path) for path in paths.values()]

    def _read(self, kind: type[T], path: Path) -> T:
        try:
            return canonical.loads(kind, path.read_text("ascii"))
        except (OSError, ValueError):
            self._room.forget(path.name)  # of another version of this program: the next try makes it anew
            raise Fault("store-failed", f"what was seen cannot be read: {path.name}") from None


def _write(name: str, make: Callable[[], object], folder: Path) -> None:
    (folder / name).write_text(canonical.dumps(make()), "ascii")


def _name(stretch: Stretch) -> str:
    return f"seen-{stretch.number:04d}-of-{stretch.of:04d}"


def _key(media: MediaFile, eyes: Eyes) -> str:
    """Of which recording and by which eyes: what others saw is not used."""
    every = (*eyes.detectors, *eyes.once)
    looking = (
        *(f"{detector.name} {detector.version}" for detector in every),
        f"every {LOOK_EVERY} s",
        f"rules {RULES}",
    )
    return canonical.digest((media, looking))


def _look(source: Path, media: MediaFile, sight: Sight, watch: Watch, stretch: Stretch) -> Seen:
    """What is seen of one stretch, whatever is seen of the others."""
    start, end = (
        (moment - media.whole.start) / media.whole.length for moment in (stretch.span.start, stretch.span.end)
    )
    with sight.frames.frames(source, media, Part(watch, start, end), stretch) as coming:
        inside = _Inside(coming, sight.shots(), stretch)
        findings = detect(replace(media, whole=stretch.span), inside.frames(), inside, sight.eyes)
    return Seen(findings, inside.goes_on, inside.account)


class _Inside:
    """A stretch's own frames, and the `ShotMeter` that has also seen the one before."""

    def __init__(self, coming: Iterable[Frame | Account], shots: ShotMeter, stretch: Stretch) -> None:
        self.goes_on = False
        self.account = Account()
        """Nothing, until it comes: then the frames do not add up."""
        self._coming, self._shots, self._stretch = coming, shots, stretch
        self._is_first = True

    def frames(self) -> Iterator[Frame]:
        """What `detect` is to see."""
        for item in self._coming:
            if isinstance(item, Account):
                self.account = item
            elif self._stretch.holds(item.moment):
                yield item
            else:
                self._shots.starts_shot(item)

    def starts_shot(self, frame: Frame) -> bool:
        """As `ShotMeter.starts_shot`."""
        starts = self._shots.starts_shot(frame)
        self.goes_on = self.goes_on or (self._is_first and not starts)
        self._is_first = False
        return starts

    def shows_same(self, frame: Frame, known: Frame) -> bool:
        """As `ShotMeter.shows_same`."""
        return self._shots.shows_same(frame, known)

    def shows_more(self, frame: Frame, before: Frame, known: Frame, media: MediaFile, people: Sequence[Box]) -> bool:
        """As `ShotMeter.shows_more`."""
        return self._shots.shows_more(frame, before, known, media, people)

    def crossed(self) -> bool:
        """As `ShotMeter.crossed`."""
        return self._shots.crossed()

    def is_abrupt(self) -> bool:
        """As `ShotMeter.is_abrupt`."""
        return self._shots.is_abrupt()

    def movement(self) -> Movement:
        """As `ShotMeter.movement`."""
        return self._shots.movement()


def _incomplete() -> Fault:
    return Fault("tool-failed", "frames are missing or surplus, and nothing is damaged")
