"""What a render and its proof cost, against bare ffmpeg commands that make the same ladder.

    python -m tests.benchmarks.render              five minutes of a meeting and of a phone's film: fifty minutes on two cores
    python -m tests.benchmarks.render --first      how soon the first rendition of half an hour can be watched
    python -m tests.benchmarks.render --hour       memory at an hour and 200 ranges

The film is the demonstration's storytime with the noise of a webcam, 720 lines, 25 frames a second, over and over: held to the
1.2 Mbit/s that Zoom records a meeting with, and as a phone would keep it, 9 Mbit/s. Reading so much noise is dear: of what a
phone's film costs to encode, decoding the source and the finished films once is 0.30 already. The hour is without noise: that
changes how long it takes, and not what it holds in memory.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

from deploy.demo_film import make_demo_film
from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.intervals import Interval
from media_pipeline.core.ladder import batches
from media_pipeline.core.media import MediaFile
from media_pipeline.core.pieces import CHUNK_SECONDS, LONGEST_CHUNK_SECONDS, Chunk, chunks
from media_pipeline.core.plan import RenderPlan, ShownFaces, make_plan
from media_pipeline.ports.tools import Toolbox
from media_pipeline.ports.watch import Unwatched, Watch
from media_pipeline.run import Places, package, probe, render, verify
from media_pipeline.toolbox import ToolChoice, open_toolbox
from tests.benchmarks.measuring import Cost, cost_of, line
from tests.film_reading import ffmpeg, run_ffmpeg

_FORK = multiprocessing.get_context("fork")

WEBCAM = "noise=alls=7:allf=t,format=yuv420p"
"""A filter that adds a webcam's noise."""

TURNS = 2

LOOP = 48
"""Seconds of the film that is repeated."""

KINDS = {
    # one rate, no frames that look ahead: a meeting is encoded while it is held
    "meeting": ("-vf", WEBCAM, "-b:v", "1200k", "-maxrate", "1500k", "-bufsize", "3000k", "-bf", "0"),
    "phone": ("-vf", WEBCAM, "-crf", "21"),
    "drawn": ("-crf", "21"),
}
"""What a kind of film is encoded with."""


@dataclass(frozen=True)
class Job:
    """A film and what is to be made of it."""

    source: Path
    media: MediaFile
    plan: RenderPlan
    tools: Toolbox

    def places(self, name: str) -> Places:
        folder = self.source.parent / name
        return Places(folder / "room", folder / "out")


def storytime(folder: Path, seconds: int, kind: str) -> None:
    """The demonstration's film as one of `KINDS`, `seconds` long."""
    plain, loop, film = folder / "plain.mp4", folder / "loop.mp4", folder / "film.mp4"
    make_demo_film(plain, ffmpeg(), LOOP)
    coded = ("-c:v", "libx264", "-preset", "veryfast", "-g", "250", "-c:a", "copy")
    run_ffmpeg("-i", plain, *KINDS[kind], *coded, loop)
    listed = folder / "list.txt"
    listed.write_text(f"file {loop.name}\n" * -(-seconds // LOOP))
    run_ffmpeg("-f", "concat", "-i", listed, "-t", str(seconds), "-c", "copy", film)


def job(folder: Path, seconds: int, ranges: int, tools: Toolbox, kind: str) -> Job:
    """A film of which so many ranges are kept, nine tenths in all."""
    folder.mkdir(exist_ok=True)
    cost_of(partial(storytime, folder, seconds, kind))  # drawing it takes memory, which later processes would inherit
    source = folder / "film.mp4"
    media = probe(source, tools, Unwatched())
    each = media.whole.length / ranges
    cuts = (Interval(each * n, each * n + each / 10) for n in range(ranges))
    edits = EditList(media.sha256, media.whole, tuple(Edit(Action.CUT, cut) for cut in cuts))
    return Job(source, media, make_plan(edits, media), tools)


def bare(task: Job, sizes: tuple[int, ...], name: str) -> None:
    """One ffmpeg command: the same ranges, the same ladder, the same encoder's settings, sound for each film."""
    spans = task.plan.keep
    outs = len(sizes)
    graph = [f"[0:v]split={len(spans)}" + "".join(f"[v{n}]" for n in range(len(spans)))]
    graph += [f"[0:a]asplit={len(spans)}" + "".join(f"[a{n}]" for n in range(len(spans)))]
    for n, span in enumerate(spans):
        edges = f"start={float(span.start)}:end={float(span.end)}"
        graph += [f"[v{n}]trim={edges},setpts=PTS-STARTPTS[w{n}]", f"[a{n}]atrim={edges},asetpts=PTS-STARTPTS[b{n}]"]
    pairs = "".join(f"[w{n}][b{n}]" for n in range(len(spans)))
    graph += [f"{pairs}concat=n={len(spans)}:v=1:a=1[v][a]"]
    graph += [f"[v]split={outs}" + "".join(f"[x{h}]" for h in sizes)]
    graph += [f"[a]asplit={outs}" + "".join(f"[y{h}]" for h in sizes)]
    graph += [f"[x{h}]scale=-2:{h}[z{h}]" for h in sizes]
    script = task.source.parent / f"{name}.txt"
    script.write_text(";".join(graph))
    flags: list[str | Path] = ["-i", task.source, "-/filter_complex", script]
    for height in sizes:
        flags += ["-map", f"[z{height}]", "-map", f"[y{height}]", "-c:v", "libx264", "-preset", "veryfast"]
        flags += ["-crf", "23", "-g", "50", "-sc_threshold", "0", "-c:a", "aac", "-b:a", "96k"]
        flags += ["-movflags", "+faststart", task.source.parent / f"{name}-{height}.mp4"]
    run_ffmpeg(*flags)


def rendered(task: Job, name: str, *, staged: bool) -> None:
    """The whole render: in one piece, as the command line does it (of ten minutes at the most), or the smallest size first and
    all in chunks."""
    for sizes in batches(task.plan.ladder, first_alone=staged):
        part, places = task.plan.only(*sizes), task.places(name)
        seconds = CHUNK_SECONDS if staged else LONGEST_CHUNK_SECONDS
        render(task.source, task.media, part, places, task.tools, Unwatched(), chunk_seconds=seconds)


def anew(task: Job, name: str, *, staged: bool) -> None:
    """The same, with nothing left of the last time."""
    rmtree(task.places(name).out.parent, ignore_errors=True)
    rendered(task, name, staged=staged)


def proven(task: Job, name: str, *, staged: bool) -> None:
    """The proof of what `rendered` made, without a second look."""
    sizes = [(size,) for size in reversed(task.plan.ladder)] if staged else [task.plan.ladder]
    for place, some in enumerate(sizes, start=1):
        part, out = task.plan.only(*some), task.places(name).out
        report = verify(task.source, task.media, part, out, task.tools, Unwatched(), remember=place < len(sizes))
        if not report.passed:
            raise RuntimeError(f"not proven: {report.broken}, {[check.codes for check in report.checks]}")


def shown(task: Job) -> Job:
    """The same, with the plan of a film that staff were shown, so that its proof takes a second look."""
    return replace(task, plan=replace(task.plan, shown=(ShownFaces(task.media.whole, None),)))


def compare(task: Job) -> None:
    """The ratios."""
    heights = tuple(size.height for size in task.plan.ladder)
    passes = [cost_of(partial(bare, task, (height,), f"pass{height}")) for height in heights]
    apart = sum(cost.cpu for cost in passes)
    whole, staged, peer, proof, parts = by_turns(
        {
            "render, in one piece": partial(anew, task, "whole", staged=False),
            "render, 360 lines first, in chunks": partial(anew, task, "staged", staged=True),
            "one bare command, the whole ladder": partial(bare, task, heights, "bare"),
            "proof of all at once": partial(proven, task, "whole", staged=False),
            "proof of each rendition by itself": partial(proven, task, "staged", staged=True),
        }
    )
    print()
    line("render in one piece / one bare command, CPU", whole.cpu / peer.cpu, 1.10)
    line("render with 360 lines first and chunks / one bare command, CPU", staged.cpu / peer.cpu, 1.20)
    line("render in one piece / three separate passes, CPU", whole.cpu / apart)
    line("render with 360 lines first and chunks / three separate passes, CPU", staged.cpu / apart)
    line("proof / encode (one bare command), CPU", proof.cpu / peer.cpu, 0.35)
    line("proof of each rendition by itself / encode (one bare command), CPU", parts.cpu / peer.cpu, 0.35)
    line("proof of each rendition by itself / their own encode, CPU", parts.cpu / staged.cpu, 0.35)
    line("peak memory of a process while rendering", max(whole.peak, staged.peak) / 1e6, 500, "MB")
    line("peak memory of a process while proving", max(proof.peak, parts.peak) / 1e6, 500, "MB")
    again = told(
        "proof of all at once, with the second look", cost_of(partial(proven, shown(task), "whole", staged=False))
    )
    line("second look / encode (one bare command), CPU", (again.cpu - proof.cpu) / peer.cpu)
    share(task, staged)
    killed(task)


def by_turns(works: dict[str, Callable[[], None]]) -> list[Cost]:
    """The cheapest of `TURNS` of each, taken by turns: what a machine's other guests do makes single figures up to a tenth dearer."""
    costs: dict[str, list[Cost]] = {what: [] for what in works}
    for _ in range(TURNS):
        for what, work in works.items():
            costs[what].append(told(what, cost_of(work)))
    return [min(taken, key=lambda cost: cost.cpu) for taken in costs.values()]


def told(what: str, cost: Cost) -> Cost:
    print(f"{what:<66} {cost.cpu:8.1f} s of CPU, {cost.wall:.1f} s by the clock, {cost.peak / 1e6:.0f} MB", flush=True)
    return cost


def share(task: Job, alone: Cost) -> None:
    """The same work by two processes: an encoder already uses every core, so on one machine there is little to win."""

    def both() -> None:
        other = _FORK.Process(target=rendered, args=(task, "shared"), kwargs={"staged": True})
        other.start()
        rendered(task, "shared", staged=True)
        other.join()

    together = cost_of(both)
    line(f"two workers / one worker, by the clock, on {os.cpu_count()} cores", together.wall / alone.wall)
    line("two workers / one worker, CPU", together.cpu / alone.cpu)


def killed(task: Job) -> None:
    """kill -9 in the middle: how many chunks that were done are made again, and how many half made ones are lost."""
    part = task.plan.only(task.plan.ladder[-1])
    places = task.places("killed")
    worker = _FORK.Process(target=render, args=(task.source, task.media, part, places, task.tools, Unwatched()))
    worker.start()
    total = len(chunks(part))
    while len(_done(places)) < total // 2:
        time.sleep(0.05)
    worker.kill()
    worker.join()
    before = _done(places)
    lost = len(list(places.room.glob("*.making")))
    made: list[int] = []
    render(task.source, task.media, part, places, _counting(task.tools, made), Unwatched())
    line("chunks lost by kill -9", lost, 1, "chunks")
    line("chunks that were done and were made again", len(made) - (total - len(before)), 0, "chunks")


def _done(places: Places) -> set[str]:
    return {path.name for path in places.room.glob("*-????.mp4")}


def _counting(tools: Toolbox, made: list[int]) -> Toolbox:
    """The same tools, whose renderer notes each chunk it makes."""
    renderer = copy(tools.renderer)
    plain = renderer.chunk

    def noted(source: Path, media: MediaFile, plan: RenderPlan, chunk: Chunk, out: Path, watch: Watch) -> None:
        made.append(chunk.number)
        plain(source, media, plan, chunk, out, watch)

    object.__setattr__(renderer, "chunk", noted)
    return replace(tools, renderer=renderer)


def first_rendition(folder: Path, tools: Toolbox) -> None:
    """From approval to the first rendition that can be watched, of half an hour."""
    task = job(folder, 1800, 20, tools, "meeting")
    part = task.plan.only(task.plan.ladder[-1])

    def until_it_can_be_watched() -> None:
        places = task.places("first")
        render(task.source, task.media, part, places, tools, Unwatched())
        report = verify(task.source, task.media, part, places.out, tools, Unwatched())
        package(report, places.out)

    cost = cost_of(until_it_can_be_watched)
    line("first rendition: time from approval, share of the film's length", cost.wall / float(task.media.whole.length))
    line("the same", cost.wall / 60, unit="minutes")


def hour(folder: Path, tools: Toolbox) -> None:
    """Memory at an hour and 200 ranges: in chunks, as films are published, its proof, and as on the command line."""
    task = job(folder, 3600, 200, tools, "drawn")
    pieces = {
        "an hour, 200 ranges, in chunks": partial(rendered, task, "staged", staged=True),
        "its proof": partial(proven, task, "staged", staged=True),
        "an hour, 200 ranges, on the command line": partial(rendered, task, "whole", staged=False),
    }
    for what, work in pieces.items():
        line("peak memory of a process", told(what, cost_of(work)).peak / 1e6, 500, "MB")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=int, default=300, help="how long the film is")
    asked.add_argument("--kind", choices=("meeting", "phone"), help="of one kind of film alone")
    asked.add_argument("--first", action="store_true", help="how soon half an hour can be watched")
    asked.add_argument("--hour", action="store_true", help="memory at an hour and 200 ranges")
    chosen = asked.parse_args()
    tools = open_toolbox(ToolChoice())
    with TemporaryDirectory() as name:
        folder = Path(name)
        if chosen.first:
            first_rendition(folder, tools)
        elif chosen.hour:
            hour(folder, tools)
        else:
            for kind in ("meeting", "phone") if chosen.kind is None else (chosen.kind,):
                print(f"\n{kind}, {chosen.seconds} s")
                compare(job(folder / kind, chosen.seconds, 10, tools, kind))


if __name__ == "__main__":
    main()
