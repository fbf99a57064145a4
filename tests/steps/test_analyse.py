"""A recording is looked through in stretches: what is done is never done again, whoever did it and however it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.core.findings import FindingKind, Findings, Movement
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.stretches import Account, Stretch
from media_pipeline.ports.detector import Frame
from media_pipeline.ports.watch import Unwatched, Watch
from media_pipeline.steps.analyse import Sight, analyse, look_through
from media_pipeline.steps.detect import RULES, Eyes
from media_pipeline.steps.workroom import TRIES
from tests.core.values import PERSON_MOVES, media, sound_only
from tests.steps.test_detect import Cuts, Faces, Room, seconds

MINUTES = 10
RATE = 5
WHOLE = media(Fraction(RATE), frames=RATE * 60 * MINUTES)
STRETCHES = [f"{number} of 5" for number in range(5)]
DAMAGE = Interval(Fraction(130), Fraction(131))


class Reel:
    """A reader of no films: gives frames and accounts, and notes in a file what it was asked for, in a process of any kind."""

    def __init__(
        self,
        notes: Path,
        trouble: Callable[[str], None] | None = None,
        spoils: Callable[[Stretch, Account], Account] | None = None,
        damaged: IntervalSet = IntervalSet(),  # noqa: B008 - a frozen value
    ) -> None:
        self._notes, self._trouble, self._spoils, self._damaged = notes, trouble, spoils, damaged

    @property
    def asked(self) -> list[str]:
        return self._notes.read_text().splitlines() if self._notes.exists() else []

    def _note(self, what: str) -> None:
        with self._notes.open("a") as file:
            file.write(f"{what}\n")

    @contextmanager
    def frames(
        self, source: Path, media: MediaFile, watch: Watch, stretch: Stretch
    ) -> Iterator[Iterator[Frame | Account]]:
        name = f"{stretch.number} of {stretch.of}"
        self._note(name)
        yield self._frames(media, watch, stretch, name)

    def _frames(self, media: MediaFile, watch: Watch, stretch: Stretch, name: str) -> Iterator[Frame | Account]:
        frames = media.video.frames if media.video else 0
        inside = [number for number in range(frames) if stretch.holds(Fraction(number, RATE))]
        before = [] if stretch.is_first else [inside[0] - 1]
        for number in [*before, *inside]:
            if self._trouble and number == inside[len(inside) // 2]:
                self._trouble(name)
            yield Frame(Fraction(number, RATE), None)
        watch.progress(Fraction(1))
        account = Account(len(inside))
        yield self._spoils(stretch, account) if self._spoils else account

    def damaged(self, source: Path, media: MediaFile, watch: Watch) -> IntervalSet:
        self._note("damage")
        return self._damaged


class Changes:
    """Starts a shot where it is told to, and at the first frame that it sees, whichever that is."""

    def __init__(self, *frames: int) -> None:
        self._cuts, self._is_first = Cuts(*frames), True

    def starts_shot(self, frame: Frame) -> bool:
        is_first, self._is_first = self._is_first, False
        return is_first or self._cuts.starts_shot(frame)

    def shows_same(self, frame: Frame, known: Frame) -> bool:
        return False

    def shows_more(self, frame: Frame, before: Frame, known: Frame, media: MediaFile, people: Sequence[Box]) -> bool:
        return False

    def crossed(self) -> bool:
        return False

    def is_abrupt(self) -> bool:
        return True

    def movement(self) -> Movement:
        return PERSON_MOVES


def sight(reel: Reel, faces: Faces | None = None) -> Sight:
    """Cuts at 1:40, at the beginning of the third stretch, and at 6:40."""
    return Sight(reel, lambda: Changes(2500, 6000, 10000), Eyes([faces or Faces(seconds((50, 60)))], [], Room()))


def run(room: Path, reel: Reel, watch: Watch | None = None, film: MediaFile = WHOLE) -> Findings:
    return analyse(Path("none"), film, room, sight(reel), watch or Unwatched())


def in_one(reel: Reel, film: MediaFile = WHOLE) -> Findings:
    return look_through(Path("none"), film, sight(reel), Unwatched())


def test_each_stretch_is_looked_through_once(room: Path, notes: Path) -> None:
    reel = Reel(notes)
    found = run(room, reel)
    assert reel.asked == STRETCHES
    assert run(room, reel) == found
    assert reel.asked == STRETCHES, "what is done is not done again"


def test_the_findings_are_those_of_the_whole(room: Path, notes: Path) -> None:
    """But for two looks more at the beginning of each stretch that begins inside a shot."""
    found, whole = run(room, Reel(notes)), in_one(Reel(notes))
    assert [shot.span for shot in found.shots] == [shot.span for shot in whole.shots]
    assert [shot.span.start for shot in found.shots] == [0, 100, 240, 400]
    assert [shot.most_faces for shot in found.shots] == [shot.most_faces for shot in whole.shots] == [2, 0, 0, 0]
    assert found.findings == whole.findings
    looks, fewer = ([look for shot in each.shots for look in shot.looked_at] for each in (found, whole))
    assert looks == sorted(set(looks))
    assert max(later - look for look, later in pairwise(looks)) <= 1
    assert {120, 360, 480} <= set(looks)
    assert abs(len(looks) - len(fewer)) <= 2 * 4


def test_a_short_film_and_a_sound_recording_are_one(room: Path, notes: Path) -> None:
    reel = Reel(notes)
    short = media(Fraction(RATE), frames=RATE * 170)
    assert run(room, reel, film=short) == in_one(Reel(notes.with_name("more")), short)
    assert run(room, reel, film=sound_only(Fraction(3600))).shots == ()
    assert reel.asked == ["0 of 1", "0 of 1"]


def test_another_recording_begins_anew(room: Path, notes: Path) -> None:
    reel = Reel(notes)
    run(room, reel)
    run(room, reel, film=replace(WHOLE, sha256="c" * 64))
    assert reel.asked == 2 * STRETCHES


def test_a_changed_detector_begins_anew(room: Path, notes: Path) -> None:
    reel, faces = Reel(notes), Faces()
    faces.version = "another"
    run(room, reel)
    analyse(Path("none"), WHOLE, room, sight(reel, faces), Unwatched())
    assert reel.asked == 2 * STRETCHES


def test_changed_rules_begin_anew(room: Path, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found to be unsafe today may have been believed when the first half was looked through."""
    reel = Reel(notes)
    run(room, reel)
    monkeypatch.setattr("media_pipeline.steps.analyse.RULES", RULES + 1)
    run(room, reel)
    assert reel.asked == 2 * STRETCHES


def test_what_another_version_wrote_is_made_anew(room: Path, notes: Path) -> None:
    reel = Reel(notes)
    found = run(room, reel)
    [second] = room.glob("seen-0001-*.json")
    second.write_text('{"of": "another form"}')
    with pytest.raises(Fault, match="store-failed"):
        run(room, reel)
    assert run(room, reel) == found
    assert reel.asked == [*STRETCHES, STRETCHES[1]]


def complains_in(number: int) -> Callable[[Stretch, Account], Account]:
    """A decoder that finds fault with one stretch of five, and with nothing when all is read in one."""
    return lambda stretch, account: replace(account, complained=stretch.of == 5 and stretch.number == number)


def test_the_damage_is_asked_for_once(room: Path, notes: Path) -> None:
    reel = Reel(notes, spoils=complains_in(1), damaged=IntervalSet((DAMAGE,)))
    found = run(room, reel)
    assert [finding.span for finding in found.findings if finding.kind is FindingKind.DAMAGED] == [DAMAGE]
    assert run(room, reel) == found
    assert reel.asked == [*STRETCHES, "damage"]


@pytest.mark.parametrize(
    "spoils", [complains_in(3), lambda stretch, account: replace(account, shown=account.shown - (stretch.of == 5))]
)
def test_what_does_not_fit_together_is_read_in_one(
    room: Path, notes: Path, spoils: Callable[[Stretch, Account], Account]
) -> None:
    """A decoder may lack what lies before a stretch; then its complaint is about no damage."""
    reel = Reel(notes, spoils=spoils)
    assert run(room, reel) == in_one(Reel(notes.with_name("more")))
    assert reel.asked == [*STRETCHES, "damage", "0 of 1"]


@pytest.mark.parametrize("shown", [-2, 2])
def test_missing_and_surplus_frames_are_a_fault(room: Path, notes: Path, shown: int) -> None:
    """Frames that nobody saw are not safe."""
    reel = Reel(notes, spoils=lambda stretch, account: replace(account, shown=account.shown + shown))
    with pytest.raises(Fault, match="tool-failed"):
        run(room, reel)
    with pytest.raises(Fault, match="tool-failed"):
        in_one(reel)


def test_a_reader_that_gives_no_account_is_not_believed(room: Path, notes: Path) -> None:
    class Silent(Reel):
        def _frames(self, media: MediaFile, watch: Watch, stretch: Stretch, name: str) -> Iterator[Frame | Account]:
            return (item for item in super()._frames(media, watch, stretch, name) if isinstance(item, Frame))

    with pytest.raises(Fault, match="tool-failed"):
        run(room, Silent(notes))


def test_a_stretch_that_fails_three_times_stops_the_work_and_loses_nothing(room: Path, notes: Path) -> None:
    def trouble(what: str) -> None:
        if what == STRETCHES[2]:
            raise Fault("tool-failed")

    reel = Reel(notes, trouble)
    with pytest.raises(Fault, match="chunk-failed"):
        run(room, reel)
    assert reel.asked == [*STRETCHES[:2], *TRIES * [STRETCHES[2]]]
    later = Reel(notes.with_name("later"))
    run(room, later)
    assert later.asked == STRETCHES[2:]


class Heard(Unwatched):
    """A watch that remembers, and has enough after so much."""

    def __init__(self, enough: Fraction = Fraction(2)) -> None:
        self.shares: list[Fraction] = []
        self._enough = enough

    def progress(self, share: Fraction) -> None:
        self.shares.append(share)

    def cancelled(self) -> bool:
        return self.shares[-1:] >= [self._enough]


def test_progress_rises_by_film_time(room: Path, notes: Path) -> None:
    watch = Heard()
    run(room, Reel(notes), watch)
    assert watch.shares == [Fraction(number, 5) for number in range(1, 6)] + [1]


def test_stopping_keeps_what_is_done(room: Path, notes: Path) -> None:
    reel = Reel(notes)
    with pytest.raises(Cancelled):
        run(room, reel, Heard(Fraction(2, 5)))
    assert reel.asked == STRETCHES[:2]
    run(room, reel)
    assert reel.asked == STRETCHES
