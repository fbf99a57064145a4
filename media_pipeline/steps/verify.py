"""Step 5: prove it. The finished files are read afresh and held against the plan; the renderer is not believed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from media_pipeline.core import playlists
from media_pipeline.core.captions import NO_TEXTS, Texts
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.report import Check, CheckName, Outcome, PrivacyReport, required
from media_pipeline.ports.inspector import Comparison, Inspector
from media_pipeline.ports.watch import Part, Watch
from media_pipeline.steps.analyse import Sight
from media_pipeline.steps.finished import MOST_CODES, check, checks_of_files, list_outputs
from media_pipeline.steps.second_look import second_look


@dataclass(frozen=True, slots=True)
class Original:
    """The recording a proof compares with."""

    source: Path
    """Its file."""

    media: MediaFile
    """What it holds."""

    untrusted_texts: frozenset[bytes]
    """Texts of its tags, chapters and subtitles, none of which may be in the finished bytes."""

    texts: Texts = NO_TEXTS
    """The approved words."""


_COMPARING = Fraction(2, 3)
"""Share of the whole proof; the rest is the second look, if there is one."""


@dataclass(frozen=True, slots=True)
class Readers:
    """All that reads finished files."""

    inspector: Inspector
    """Holds them against the recording."""

    sight: Sight
    """Looks at them as it looked at the recording."""


def verify(
    original: Original, plan: RenderPlan, out: Path, readers: Readers, watch: Watch, *, remember: bool = False
) -> PrivacyReport:
    """The whole proof. Raises Fault when a tool fails; a broken check is in the report, not an error.

    With `remember` the inspector keeps what it decoded of the recording, for the next part of the same ladder: the last
    part is proven without.
    """
    inspector, keep = readers.inspector, False
    looks = CheckName.SECOND_LOOK in required(plan)
    comparing = Part(watch, Fraction(0), _COMPARING if looks else Fraction(1))
    try:
        checks = [*checks_of_files(plan, out, inspector, comparing, original.texts)]
        if all(one.outcome is Outcome.HELD for one in checks):
            checks.extend(_checks_against(original, plan, out, inspector, comparing))
            if looks:
                rest = Part(watch, _COMPARING, Fraction(1))
                checks.append(second_look(plan, _films(plan, out)[0], readers.sight, rest))
        keep = remember
    finally:
        inspector.forget(keep_source=keep)
    return PrivacyReport(plan, list_outputs(plan, out), tuple(checks))


def verify_again(report: PrivacyReport, out: Path, inspector: Inspector, watch: Watch) -> tuple[Check, ...]:
    """What can be proven of finished files without the recording: unchanged since their report, and clean."""
    proven, found = set(report.outputs), set(list_outputs(report.plan, out))
    changed = sorted({file.name for file in proven ^ found})
    unchanged = check(CheckName.UNCHANGED, len(proven), [f"changed since the proof: {name}" for name in changed])
    try:
        return (unchanged, *checks_of_files(report.plan, out, inspector, watch))
    finally:
        inspector.forget()


def _checks_against(
    original: Original, plan: RenderPlan, out: Path, inspector: Inspector, watch: Watch
) -> Iterable[Check]:
    """The checks that need the recording itself."""
    names = playlists.output_names(plan)
    found = [name for name in names if inspector.holds_any(out / name, _needles(original, name))]
    yield check(CheckName.CANARIES, len(names), [f"text of the source in {name}" for name in found])
    films = _films(plan, out)
    parts = iter(_parts(watch, 2 * len(films) + 1))
    for name, ignore in ((CheckName.FRAMES, False), (CheckName.HIDDEN_FRAMES, True)):
        if films:
            yield _compared(
                name,
                (inspector.frames(original.source, original.media, plan, film, ignore, next(parts)) for film in films),
            )
    if any(name.endswith(".jpg") for name in playlists.output_names(plan)):
        yield _compared(CheckName.STILLS, _stills(plan, out, inspector, watch))
    if plan.sound:
        sounding = [*films, *([out / playlists.SOUND] if plan.brings_shared else [])]
        part = next(parts)
        yield _compared(
            CheckName.SOUND,
            (inspector.sound(original.source, original.media, plan, film, part) for film in sounding),
        )


def _needles(original: Original, name: str) -> frozenset[bytes]:
    """What must not be in a finished file. Approved words may stand in the recording's own subtitles or chapters too."""
    texts = original.texts
    approved = {
        playlists.CAPTIONS: texts.captions,
        playlists.TRANSCRIPT: texts.captions,
        playlists.CHAPTERS: texts.chapters,
    }
    lines = approved[name].lines if name in approved else frozenset()
    return original.untrusted_texts - {line.encode() for line in lines}


def _films(plan: RenderPlan, out: Path) -> list[Path]:
    return [out / playlists.rendition_files(plan, rendition).mp4 for rendition in plan.renditions]


def _stills(plan: RenderPlan, out: Path, inspector: Inspector, watch: Watch) -> Iterable[Comparison]:
    """The poster against the largest film of the plan, the storyboard against the smallest."""
    films = _films(plan, out)
    yield inspector.poster(films[0], plan, out / playlists.poster_name(plan), watch)
    if plan.brings_shared:
        yield inspector.storyboard(films[-1], plan, out / playlists.STORYBOARD, watch)


def _compared(name: CheckName, comparisons: Iterable[Comparison]) -> Check:
    every = list(comparisons)
    wrong = sum(comparison.wrong for comparison in every)
    compared = sum(comparison.compared for comparison in every)
    nothing = any(not comparison.compared for comparison in every)
    return Check(
        name=name,
        outcome=Outcome.BROKEN if wrong or nothing or not compared else Outcome.HELD,
        compared=compared,
        wrong=wrong,
        undecided=sum(comparison.undecided for comparison in every),
        codes=tuple(place for comparison in every for place in comparison.places)[:MOST_CODES],
    )


def _parts(watch: Watch, count: int) -> Iterable[Watch]:
    return (Part(watch, Fraction(index, count), Fraction(index + 1, count)) for index in range(count))
