"""Exactness: whatever is cut of whatever film, the finished one has the kept frames in order and nothing else, and sound
stays with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import pytest

from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import MediaFile
from media_pipeline.core.pieces import chunk_name, chunks
from media_pipeline.core.plan import RenderPlan, make_plan
from media_pipeline.ports.renderer import FINISHED_SOUND
from media_pipeline.ports.tools import Toolbox
from media_pipeline.ports.watch import Unwatched
from media_pipeline.run import Places, probe, render, verify
from media_pipeline.toolbox import ToolChoice, open_toolbox
from tests.film_reading import Samples, av_error_at_joints, original_moment, read_barcodes, read_sound, sound_lead
from tests.films import BarcodeFilm, Timing, barcode_film
from tests.rendering import planned_frames

WATCH = Unwatched()

MOST_APART = 20.0
"""Milliseconds between picture and sound at a joint."""

MOST_DRIFT = 40.0
"""Milliseconds between picture and sound at the end."""

LONG_ENOUGH_TO_HEAR = Fraction(12, 100)
"""Seconds of a span whose sound can be told: 60 ms away from both faded ends."""

LISTS = 500
"""Cut lists of each kind of film in the long sweep."""

WHOLE_ROAD_EVERY = 10
"""Of these one in ten is joined, packaged and proven too; the others are taken as they were encoded."""


@dataclass(frozen=True)
class Kind:
    """A kind of source."""

    name: str
    made: dict[str, Any] = field(default_factory=dict)


KINDS = (
    Kind("25.mp4"),
    Kind("30.mp4", {"rate": Fraction(30)}),
    Kind("60.mp4", {"rate": Fraction(60)}),
    Kind("uneven.mkv", {"timing": Timing.JITTER}),
    Kind("open-gop.mp4", {"rate": Fraction(30000, 1001), "open_gop": True, "gop": 40}),
    Kind("hevc.mp4", {"codec": "libx265", "gop": 60}),
)


@dataclass(frozen=True)
class Source:
    """A film of one kind, with the truth about it and what a prober says."""

    film: BarcodeFilm
    media: MediaFile


@pytest.fixture(scope="module")
def tools() -> Toolbox:
    return open_toolbox(ToolChoice())


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory, tools: Toolbox) -> dict[tuple[str, int], Source]:
    """Every kind, short and long: 200 ranges need many frames."""
    folder = tmp_path_factory.mktemp("sources")
    found = {}
    for kind in KINDS:
        for frames in (250, 900):
            film = barcode_film(folder / f"{frames}-{kind.name}", frames=frames, size=(160, 96), **kind.made)
            found[kind.name, frames] = Source(film, probe(film.path, tools, WATCH))
    return found


def random_cuts(chance: Random, film: BarcodeFilm, ranges: int) -> list[Interval]:
    """So many cuts, on and off the frames' grid: of up to 2 s when they are few, of some frames when they are many."""
    frames = len(film.times)
    longest = max(1.0, min(2 * float(film.rate), 0.7 * frames / ranges))
    cuts = []
    for _ in range(ranges):
        start = Fraction(chance.randrange(frames * 4), 4 if chance.random() < 0.5 else 1) % frames / film.rate
        cuts.append(Interval(start, start + Fraction(chance.randint(1, max(1, round(4 * longest))), 4) / film.rate))
    return cuts


def expected_frames(plan: RenderPlan, film: BarcodeFilm, cuts: list[Interval]) -> list[int]:
    """The rule, said once more and apart from the product: a frame goes when a cut touches the time it is on screen."""
    if plan.clock is not None and not plan.clock.constant:
        return planned_frames(plan, film)
    gone = [(cut.start * film.rate, cut.end * film.rate) for cut in cuts]
    return [n for n in range(len(film.times)) if not any(n < end and n + 1 > start for start, end in gone)]


def plan_of(source: Source, cuts: list[Interval]) -> RenderPlan:
    media = source.media
    edits = tuple(Edit(Action.CUT, cut) for cut in cuts if cut.overlaps(media.whole))
    return make_plan(EditList(media.sha256, media.whole, edits), media)


def check_whole_road(source: Source, plan: RenderPlan, frames: list[int], tools: Toolbox, folder: Path) -> None:
    """Rendered, joined, packaged and proven."""
    film, media, out = source.film, source.media, folder / "out"
    render(film.path, media, plan, Places(folder / "room", out), tools, WATCH, chunk_seconds=2)
    top = out / "video.mp4"
    assert read_barcodes(top) == frames
    assert read_barcodes(top, ignore_editlist=True) == frames, "frames stand behind an edit list"
    assert verify(film.path, media, plan, out, tools, WATCH).broken == (), "the proof cries wolf"
    for joint, error in enumerate(av_error_at_joints(top, plan.keep, film.rate, film.times)):
        beside = plan.keep[max(0, joint - 1) : joint + 1]
        if all(span.length >= LONG_ENOUGH_TO_HEAR for span in beside):
            assert abs(error) <= MOST_APART, f"joint {joint}"
    check_sound(source, plan, read_sound(top), Random(0))


def check_as_encoded(source: Source, plan: RenderPlan, frames: list[int], tools: Toolbox, chance: Random) -> None:
    """The chunks and the sound as they leave the encoder."""
    folder = Path(mkdtemp(dir=source.film.path.parent))
    try:
        parts = chunks(plan, chance.choice((None, 2, 4)))
        tools.renderer.sound(source.film.path, source.media, plan, folder, WATCH)
        shown: list[int] = []
        for chunk in parts:
            tools.renderer.chunk(source.film.path, source.media, plan, chunk, folder, WATCH)
            shown += read_barcodes(folder / chunk_name(plan.ladder[0], chunk), ignore_editlist=True)
        assert shown == frames
        check_sound(source, plan, read_sound(folder / FINISHED_SOUND), chance)
    finally:
        rmtree(folder)


def check_sound(source: Source, plan: RenderPlan, sound: Samples, chance: Random) -> None:
    """At both ends of a span the sound is of the span's own moment; nowhere is it of a moment that was cut."""
    assert abs(len(sound) / 16000 - float(plan.length)) <= MOST_DRIFT / 1000, "sound ends with the pictures"
    starts = [Fraction(0), *plan.joints]
    audible = [
        (span, start)
        for span, start in zip(plan.keep, starts, strict=True)
        if span.length >= LONG_ENOUGH_TO_HEAR and span.end <= source.film.length
    ]
    some = audible if len(audible) <= 40 else [audible[0], *chance.sample(audible[1:-1], 38), audible[-1]]
    for span, start in some:
        for at in (start, start + span.length - Fraction(8, 100)):
            lead = sound_lead(sound, float(at), float(span.start - start)) - float(span.start - start)
            assert abs(1000 * lead) <= MOST_APART, f"at {float(at):.2f} s"
    kept = IntervalSet.of(plan.keep).grown(Fraction(5, 1000))
    for _ in range(8):
        first = chance.randrange(max(1, len(sound) - 960))
        moment = original_moment(sound[first : first + 960], 0, float(source.film.length))
        assert moment is None or kept.holds(Fraction(moment + 0.03)), "removed sound is heard"


def check(source: Source, seed: str, most: int, whole_road: bool, tools: Toolbox, folder: Path | None) -> None:
    chance = Random(seed)
    ranges = max(1, round(most ** chance.random()))
    cuts = random_cuts(chance, source.film, ranges)
    frames_left = plan_or_none(source, cuts)
    if frames_left is None:
        return
    frames = expected_frames(frames_left, source.film, cuts)
    if whole_road:
        place = Path(mkdtemp(dir=source.film.path.parent)) if folder is None else folder
        check_whole_road(source, frames_left, frames, tools, place)
        rmtree(place, ignore_errors=True)
    else:
        check_as_encoded(source, frames_left, frames, tools, chance)


def plan_or_none(source: Source, cuts: list[Interval]) -> RenderPlan | None:
    """None when nothing is left."""
    left = IntervalSet((source.media.whole,)) - IntervalSet.of(cuts)
    return plan_of(source, cuts) if any(span.length * source.film.rate >= 2 for span in left) else None


@pytest.mark.slow
@pytest.mark.parametrize("number", range(30))
def test_random_cut_lists_are_exact(
    number: int, sources: dict[tuple[str, int], Source], tools: Toolbox, tmp_path: Path
) -> None:
    kind = KINDS[number % len(KINDS)]
    check(sources[kind.name, 250], f"few {number}", 12, True, tools, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("first", range(0, LISTS, 50))
@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_many_random_cut_lists_are_exact(
    kind: str, first: int, sources: dict[tuple[str, int], Source], tools: Toolbox
) -> None:
    """Fifty lists of 1 to 200 ranges."""
    for number in range(first, first + 50):
        seed = f"{kind} {number}"
        frames = 900 if round(200 ** Random(seed).random()) > 40 else 250
        check(sources[kind, frames], seed, 200, number % WHOLE_ROAD_EVERY == 0, tools, None)
