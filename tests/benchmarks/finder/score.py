"""A proposal against the truth: what leaks, and what is cut in vain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.proposal import Proposal
from media_pipeline.core.timebase import Seconds
from tests.benchmarks.finder.kinds import Kind
from tests.benchmarks.finder.truth import Truth

NOTHING = Fraction(0)


@dataclass(slots=True)
class Score:
    """Sums over shots; scores of several shots, films or kinds add up."""

    participant: Seconds = NOTHING
    """Seconds that show any participant."""

    surviving: Seconds = NOTHING
    """Of these, seconds whose frames are kept, by whole frames: a frame of which any part is kept survives."""

    segments: int = 0
    """Shots that show any participant."""

    leaking: int = 0
    """Of these, shots of which any frame survives."""

    safe: Seconds = NOTHING
    """Seconds that show none."""

    cut: Seconds = NOTHING
    """Of these, seconds that are proposed to be cut: as long as the cut is, frames or not."""

    def __add__(self, other: Score) -> Score:
        return Score(
            self.participant + other.participant,
            self.surviving + other.surviving,
            self.segments + other.segments,
            self.leaking + other.leaking,
            self.safe + other.safe,
            self.cut + other.cut,
        )

    @property
    def false_cut(self) -> Fraction:
        """Share of safe film that is cut."""
        return self.cut / self.safe if self.safe else NOTHING


@dataclass(frozen=True, slots=True)
class Judged:
    """One proposal, judged."""

    kinds: dict[Kind, Score]
    """By kind of shot."""

    survivors: tuple[Interval, ...] = ()
    """When frames with a participant survive, run by run."""

    in_vain: tuple[Interval, ...] = ()
    """What is cut of safe film, run by run within a shot."""

    @property
    def total(self) -> Score:
        """All kinds together."""
        return total(self.kinds.values())


@dataclass(slots=True)
class _Sums:
    kinds: dict[Kind, Score] = field(default_factory=dict)
    survivors: list[Interval] = field(default_factory=list)
    in_vain: list[Interval] = field(default_factory=list)


def total(scores: Iterable[Score]) -> Score:
    """The sum."""
    return sum(scores, Score())


def judge(proposal: Proposal, truth: Truth) -> Judged:
    """Every shot of a film against what is proposed to be cut."""
    cuts = IntervalSet.of(cut.span for cut in proposal.cuts)
    frames = IntervalSet.of(truth.frame_span(n) for n, shown in enumerate(truth.frames) if shown.visible)
    # a recording may end before its last frame would have: nothing after its end is in it, and so nothing is kept there
    end = min(truth.end, proposal.whole.end)
    kept = IntervalSet((Interval(truth.times[0], end),)) - cuts
    survivors = IntervalSet.of(span for span in _whole_frames(kept, truth)) & frames
    sums = _Sums(survivors=list(survivors))
    segments: set[int] = set()
    leaking: set[int] = set()
    for part in truth.spans:
        score = Score()
        span = IntervalSet((part.span,))
        if part.shown.visible:
            lost = (span & survivors).length
            score = Score(participant=part.span.length, surviving=lost)
            score.segments = int(part.shown.take not in segments)
            score.leaking = int(lost > 0 and part.shown.take not in leaking)
            segments.add(part.shown.take)
            leaking |= {part.shown.take} if lost else set()
        else:
            vain = span & cuts
            sums.in_vain.extend(vain)
            score = Score(safe=part.span.length, cut=vain.length)
        sums.kinds[part.shown.kind] = sums.kinds.get(part.shown.kind, Score()) + score
    return Judged(sums.kinds, tuple(sums.survivors), tuple(sums.in_vain))


def _whole_frames(kept: IntervalSet, truth: Truth) -> Iterable[Interval]:
    """The frames of which any part is kept, as long as each is shown."""
    spans = (truth.frame_span(number) for number in range(len(truth.times)))
    runs = iter(kept)
    run = next(runs, None)
    for span in spans:
        while run is not None and run.end <= span.start:
            run = next(runs, None)
        if run is not None and run.overlaps(span):
            yield span


def merged(judged: Iterable[Judged]) -> dict[Kind, Score]:
    """Several films' scores by kind."""
    together: dict[Kind, Score] = {}
    for one in judged:
        for kind, score in one.kinds.items():
            together[kind] = together.get(kind, Score()) + score
    return together
