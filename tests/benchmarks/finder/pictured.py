"""Contact sheets of failures, for eyes: into a folder that the user names, outside the repository."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from media_pipeline.core.intervals import Interval
from tests.benchmarks.finder.films import Film
from tests.benchmarks.finder.score import Judged
from tests.film_reading import run_ffmpeg

_MOST = 24
"""Frames on one sheet."""

_ACROSS = 4


def sheets(film: Film, judged: Judged, when: str, folder: Path) -> None:
    """`<seed>-<when>-survive.png` and `-vain.png`, each with a `.txt` that says when each picture is and what it is."""
    for what, spans in (("survive", judged.survivors), ("vain", judged.in_vain)):
        longest = sorted(spans, key=lambda span: span.start - 1000 * span.length)[:_MOST]
        if longest:
            _sheet(film, longest, folder / f"{film.script.seed}-{when}-{what}")


def _sheet(film: Film, spans: Sequence[Interval], name: Path) -> None:
    middles = [(span.start + span.end) / 2 for span in spans]
    with TemporaryDirectory(dir=name.parent) as room:
        for number, moment in enumerate(middles):
            run_ffmpeg(
                *("-nostdin", "-ss", f"{float(moment):.3f}", "-i", film.path, "-frames:v", "1"),
                *("-vf", "scale=426:240", Path(room, f"{number:03}.png")),
            )
        rows = -(-len(middles) // _ACROSS)
        tiled = f"tile={_ACROSS}x{rows}"
        run_ffmpeg("-nostdin", "-i", Path(room, "%03d.png"), "-vf", tiled, "-frames:v", "1", name.with_suffix(".png"))
    lines = (
        f"{float(span.start):8.2f} {float(span.length):6.2f} s  {film.truth.at(middle).kind}"
        for span, middle in zip(spans, middles, strict=True)
    )
    name.with_suffix(".txt").write_text("\n".join(lines) + "\n", "utf-8")
