"""What a command is made of, whatever it does."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import ffmpeg

from media_pipeline.adapters.ffmpeg_flags import GLOBAL
from media_pipeline.adapters.untrusted import untrusted_input_flags

SOURCE = "file:/in/src"
"""Where the door shows the one file that is read."""

OUT = "/out/"
"""Where the door shows the folder that is written to."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to run."""

    argv: tuple[str, ...]
    """ffmpeg's arguments, without its own name."""

    graph: bytes
    """What to feed to its standard input: a long graph is no argument, since arguments end at 128 KiB."""


def compiled(output: Any) -> Command:
    """The command of an output node of ffmpeg-python whose inputs are all untrusted."""
    argv: list[str] = ffmpeg.get_args(output)
    graph = ""
    if "-filter_complex" in argv:
        place = argv.index("-filter_complex")
        graph = argv[place + 1]
        argv[place : place + 2] = ["-/filter_complex", "pipe:0"]
    if SOURCE in argv:
        place = argv.index(SOURCE) - 1
        argv[place:place] = untrusted_input_flags()
    return Command((*GLOBAL, *argv), graph.encode("ascii"))


def ratio(value: Fraction) -> str:
    """A rate as ffmpeg reads it."""
    return f"{value.numerator}/{value.denominator}"


def bare(pictures: Any) -> Any:
    """Pictures without what rides on them: captions, ICC profiles, rotation (applied already), SEI texts, tags."""
    return pictures.filter("sidedata", mode="delete").filter("metadata", mode="delete")


def full_range(pictures: Any) -> Any:
    """Pictures as JPEG has them: browsers take its full range for granted."""
    return pictures.filter("scale", out_range="full").filter("format", "yuvj420p")
