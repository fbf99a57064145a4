"""Step 4: make the finished files, piece by piece, so that what is done is never done again.

    room/sound.m4a, room/360-0000.mp4 …    what is made, each whole or not there at all
    out/video-360.mp4 …                    finished renditions

Any number of processes may work on one film: each takes what nobody else is making. What an interrupted run left half
made is thrown away, what it left whole is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

from media_pipeline.core.captions import NO_TEXTS, Texts
from media_pipeline.core.cue_text import written
from media_pipeline.core.media import MediaFile
from media_pipeline.core.pieces import CHUNK_SECONDS, Chunk, chunk_name, chunks
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.playlists import output_names
from media_pipeline.ports.renderer import FINISHED_SOUND, Renderer
from media_pipeline.ports.watch import Part, Watch
from media_pipeline.steps.workroom import Job, Workroom

_SOUND, _JOIN = Fraction(1, 20), Fraction(1, 20)
"""Shares of the whole work; the rest are the chunks."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a film is made."""

    room: Path
    """For what is on its way: a folder of its own."""

    out: Path
    """For finished files."""


@dataclass(frozen=True, slots=True)
class Film:
    """What is made of what."""

    source: Path
    media: MediaFile
    plan: RenderPlan
    texts: Texts = NO_TEXTS
    """The approved words."""


def render(
    film: Film, places: Places, renderer: Renderer, watch: Watch, chunk_seconds: int | None = CHUNK_SECONDS
) -> None:
    """Every file of `output_names(plan)` in `places.out`, by way of chunks of about `chunk_seconds` (None: one chunk).

    Raises Fault: "chunk-failed" when a piece failed three times, "disk-full" and the like at once; Cancelled;
    Stale("captions-changed"). Whatever it raises, the next call goes on with what is not done yet.
    """
    plan = film.plan
    room = Workroom(places.room, plan.whole.digest, places.out)
    finished = tuple(places.out / name for name in output_names(plan))
    parts = chunks(plan, chunk_seconds)

    def is_finished() -> bool:
        return all(path.exists() for path in finished)

    room.bring_all(_jobs(film, parts, places.room, renderer, watch), watch, needless=is_finished)
    joining = Part(watch, 1 - _JOIN, Fraction(1))
    sizes = "-".join(str(size.height) for size in plan.renditions)
    texts = written(film.texts, plan)

    def make(out: Path) -> None:
        renderer.join(plan.wordless, parts, places.room, places.out, out, joining)
        for name, text in texts.items():
            (out / name).write_text(text, "utf-8", newline="\n")

    room.bring_all([Job(f"join-{sizes}", finished, make)], watch, needless=is_finished)
    room.forget(*(chunk_name(size, chunk) for size in plan.renditions for chunk in parts))
    watch.progress(Fraction(1))


def _jobs(film: Film, parts: tuple[Chunk, ...], room: Path, renderer: Renderer, watch: Watch) -> Iterator[Job]:
    """The sound and every chunk, each with its share of the watch."""
    source, media, plan = film.source, film.media, film.plan
    if plan.sound:
        share = Part(watch, Fraction(0), _SOUND if parts else 1 - _JOIN)
        yield Job("sound", (room / FINISHED_SOUND,), lambda out: renderer.sound(source, media, plan, out, share))
    span = 1 - _SOUND - _JOIN
    sizes = "-".join(str(size.height) for size in plan.renditions)
    for chunk in parts:
        start, end = (_SOUND + span * Fraction(at, plan.frame_count) for at in (chunk.first, chunk.end))

        make = partial(_make_chunk, film, renderer, chunk, Part(watch, start, end))
        wanted = tuple(room / chunk_name(size, chunk) for size in plan.renditions)
        yield Job(f"{sizes}-{chunk.number:04d}", wanted, make)


def _make_chunk(film: Film, renderer: Renderer, chunk: Chunk, watch: Watch, out: Path) -> None:
    renderer.chunk(film.source, film.media, film.plan, chunk, out, watch)
