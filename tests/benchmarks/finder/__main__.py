"""Measures the finder on made storytimes.

    python -m tests.benchmarks.finder --quick                       drawn films, some 6 minutes: tests the bench
    python -m tests.benchmarks.finder --quick --pictures FOLDER     photographs: evidence
    python -m tests.benchmarks.finder --pictures FOLDER --films FOLDER --pictured FOLDER     44 minutes, all figures

Only photographs count. What is seen on drawn films says nothing about a finder.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from media_pipeline.core.looks import group_looks
from media_pipeline.ports.tools import Toolbox
from media_pipeline.ports.watch import Unwatched
from media_pipeline.run import detect, probe
from media_pipeline.toolbox import ToolChoice, open_toolbox
from tests.benchmarks.finder.answers import answers_to, proposal, takes_answers
from tests.benchmarks.finder.drawn import drawn
from tests.benchmarks.finder.films import Film, film
from tests.benchmarks.finder.photographs import photographs
from tests.benchmarks.finder.pictured import sheets
from tests.benchmarks.finder.score import Judged, Score, judge
from tests.benchmarks.finder.script import QUICK, WHOLE, Series, Side, scripts
from tests.benchmarks.finder.table import table


@dataclass(slots=True)
class Results:
    """One side's films, judged."""

    before: list[Judged] = field(default_factory=list)
    after: list[Judged] = field(default_factory=list)
    presenters: list[int] = field(default_factory=list)


def main() -> None:
    """As the module says."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="a few films")
    sides = asked.add_mutually_exclusive_group()
    sides.add_argument("--design", action="store_true", help="only films that a finder may be tuned on")
    sides.add_argument("--kept-aside", action="store_true", help="only films that judge")
    asked.add_argument("--pictures", type=Path, help="a folder of photographs; without, all is drawn")
    asked.add_argument("--films", type=Path, help="where films are kept from run to run")
    asked.add_argument("--pictured", type=Path, help="where contact sheets of failures go")
    chosen = asked.parse_args()
    tools = open_toolbox(ToolChoice())
    for folder in filter(None, (chosen.films, chosen.pictured)):
        folder.mkdir(parents=True, exist_ok=True)
    left_out = Side.KEPT_ASIDE if chosen.design else Side.DESIGN if chosen.kept_aside else None
    with TemporaryDirectory() as room:
        for series in QUICK if chosen.quick else WHOLE:
            if series.side is not left_out:
                results = Results()
                for made in films(series, chosen.pictures, chosen.films or Path(room)):
                    measure(made, tools, results, chosen.pictured)
                report(series, results)
    if chosen.pictures is None:
        print("Drawn films only: this tests the bench, and is no evidence of what a finder finds.")


def films(series: Series, pictures: Path | None, folder: Path) -> Iterator[Film]:
    """A series' films, one after the other."""
    stock = drawn(series.side) if pictures is None else photographs(pictures, series.side)
    for script in scripts(series):
        yield film(script, stock, folder)


def measure(made: Film, tools: Toolbox, results: Results, pictured: Path | None) -> None:
    """One film: what is proposed before any answer, and after answers if the finder takes them."""
    watch = Unwatched()
    media = probe(made.path, tools, watch)
    with TemporaryDirectory() as room:
        findings = detect(made.path, media, Path(room), tools, watch)
    looks = group_looks(findings)
    results.presenters.append(2 if made.script.two else 1)
    for when, told, judged in (
        ("before", None, results.before),
        ("after", answers_to(looks, made.truth), results.after),
    ):
        if told is None or takes_answers():
            judged.append(judge(proposal(media, findings, looks, told), made.truth))
            if pictured is not None:
                sheets(made, judged[-1], when, pictured)
    sums = results.before[-1].total
    survive, vain = float(sums.surviving), 100 * float(sums.false_cut)
    print(f"film {made.script.seed}: {len(looks)} looks, {survive:.2f} s survive, {vain:.0f} % cut in vain", flush=True)


def by_presenters(judged: list[Judged], presenters: list[int]) -> Iterator[str]:
    """Lines: what is cut in vain of films with one presenter, and with two, of whom nobody is guessed when both are seen as long."""
    for number in sorted(set(presenters)):
        some = [one.total for one, of in zip(judged, presenters, strict=True) if of == number]
        vain = 100 * float(sum(some, Score()).false_cut)
        yield f"cut in vain with {number} presenter{'s' * (number > 1)}: {vain:.1f} % of {len(some)} films"


def report(series: Series, results: Results) -> None:
    """Both tables of a side."""
    for when, judged in (("before answers", results.before), ("after answers", results.after)):
        print()
        if judged:
            print("\n".join(table(f"{series.side}, {when}", judged)))
            print("\n".join(by_presenters(judged, results.presenters)))
        else:
            print(f"{series.side}, {when}: this finder takes none")
    print(flush=True)


if __name__ == "__main__":
    main()
