"""What looking through a film costs, against plain decoding and against a program that blurs faces.

    python -m tests.benchmarks.finder.cost                      ten minutes of 720 lines, a new shot every 10 to 20 s
    python -m tests.benchmarks.finder.cost --deface PYTHON      also deface 1.5.0, with onnx and onnxruntime beside that Python, on 80 s

deface (https://github.com/ORB-HD/deface, MIT) runs CenterFace on every frame. It is given pictures of the size that our
detectors see, and its usual threshold of .2. What it would leave in sight is counted from below: seconds of participants in
whose frames it sees no face at all.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from media_pipeline.core.media import MediaFile
from media_pipeline.ports.tools import Toolbox
from media_pipeline.ports.watch import Unwatched
from media_pipeline.run import detect, probe
from media_pipeline.toolbox import ToolChoice, open_toolbox
from tests.benchmarks.finder.drawn import drawn
from tests.benchmarks.finder.films import Film, film
from tests.benchmarks.finder.kinds import Kind
from tests.benchmarks.finder.photographs import photographs
from tests.benchmarks.finder.script import QUICK, Script, Side, Take, scripts
from tests.benchmarks.measuring import Cost, cost_of, line
from tests.film_reading import run_ffmpeg
from tests.films import Timing

SEED = 3000
"""Of the film of ordinary rhythm, on the design side."""

RHYTHM = ((Kind.SPEAKER, 15), (Kind.PAGE, 20), (Kind.SPEAKER, 10), (Kind.PAGE_AND_PRESENTER, 18), (Kind.GALLERY, 12))
"""Kinds and seconds of its shots, over and over: a new one every 15 s."""

RATE = Fraction(25)

_DEFACE = """
import json, sys
import imageio.v2 as imageio
from deface.centerface import CenterFace
seer = CenterFace(in_shape=(640, 360), backend="onnxrt")
faces = [len(seer(frame, threshold=0.2)[0]) for frame in imageio.get_reader(sys.argv[1])]
print(json.dumps(faces))
"""
"""How many faces it sees in each frame."""


@dataclass(frozen=True, slots=True)
class Job:
    """A film to look through."""

    path: Path
    media: MediaFile
    tools: Toolbox


def ordinary(seconds: int) -> Script:
    """A film of about so many seconds with an ordinary rhythm."""
    takes: list[Take] = []
    while sum(take.frames for take in takes) < seconds * RATE:
        kind, length = RHYTHM[len(takes) % len(RHYTHM)]
        takes.append(Take(kind, round(length * RATE), 1000 * SEED + len(takes)))
    return Script(Side.DESIGN, SEED, (1280, 720), RATE, Timing.CONSTANT, False, tuple(takes))


def looked_through(job: Job) -> None:
    """All that `analyse` does but the preview's pictures."""
    with TemporaryDirectory() as room:
        detect(job.path, job.media, Path(room), job.tools, Unwatched())


def decoded(path: Path) -> None:
    """As `ffmpeg -i FILE -f null -`."""
    run_ffmpeg("-i", path, "-f", "null", "-")


def told(what: str, cost: Cost) -> Cost:
    """Prints what a piece of work cost."""
    print(f"{what:<50} {cost.cpu:8.1f} s of CPU, {cost.wall:.1f} s by the clock, {cost.peak / 1e6:.0f} MB", flush=True)
    return cost


def compare(path: Path, tools: Toolbox) -> None:
    """The ratio to plain decoding, and the memory."""
    job = Job(path, probe(path, tools, Unwatched()), tools)
    plain = told("plain decoding", cost_of(partial(decoded, path)))
    ours = told("looking through it", cost_of(partial(looked_through, job)))
    line("looking through / plain decoding, CPU (goal 2.2)", ours.cpu / plain.cpu, 4)
    line("peak memory of a process", ours.peak / 1e6, 600, "MB")


def compare_deface(whole: Film, python: Path, tools: Toolbox) -> None:
    """Both on one film."""
    job = Job(whole.path, probe(whole.path, tools, Unwatched()), tools)
    ours = told("looking through it", cost_of(partial(looked_through, job)))
    with TemporaryDirectory() as room:
        counted = Path(room, "faces.json")
        theirs = told("deface", cost_of(partial(_deface, python, whole.path, counted)))
        faces: list[int] = json.loads(counted.read_text("utf-8").splitlines()[-1])
    line("looking through / deface, CPU", ours.cpu / theirs.cpu, 1 / 20)
    spans = [whole.truth.frame_span(number).length for number, shown in enumerate(whole.truth.frames) if shown.visible]
    seen = [number for number, shown in enumerate(whole.truth.frames) if shown.visible]
    if len(faces) < len(whole.truth.frames):
        print(f"deface was handed {len(faces)} frames of {len(whole.truth.frames)}")
    missed = sum(
        (span for number, span in zip(seen, spans, strict=True) if number < len(faces) and not faces[number]),
        Fraction(0),
    )
    line("seconds of participants in which deface sees no face", float(missed), unit=f"of {float(sum(spans)):.1f} s")


def _deface(python: Path, film: Path, counted: Path) -> None:
    with counted.open("wb") as out:
        subprocess.run([python, "-c", _DEFACE, film], stdout=out, check=True)


def main() -> None:
    """As the module says."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=int, default=600, help="how long the film of ordinary rhythm is")
    asked.add_argument("--pictures", type=Path, help="a folder of photographs; without, all is drawn")
    asked.add_argument("--deface", type=Path, help="a Python beside which deface 1.5.0 is installed")
    chosen = asked.parse_args()
    tools = open_toolbox(ToolChoice())
    with TemporaryDirectory() as room, get_context("fork").Pool(1) as aside:
        # in a process of its own: what is measured begins with the memory of this one
        compare(aside.apply(made, (ordinary(chosen.seconds), chosen.pictures, Path(room))).path, tools)
        if chosen.deface is not None:
            [first, *_] = scripts(QUICK[0])
            compare_deface(aside.apply(made, (first, chosen.pictures, Path(room))), chosen.deface, tools)


def made(script: Script, pictures: Path | None, folder: Path) -> Film:
    """The film of a script, of photographs or drawn."""
    return film(script, drawn(Side.DESIGN) if pictures is None else photographs(pictures, Side.DESIGN), folder)


if __name__ == "__main__":
    main()
