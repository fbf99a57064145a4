"""Exact time: seconds are `Fraction`s everywhere below the pages and the JSON of the command line.

Floats lose frames (30000/1001 fps drifts by a frame in an hour at 6 digits), so nothing here takes one without
saying how it rounds.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import ceil, floor

Seconds = Fraction
"""Exact seconds on the film's own clock, which starts at 0."""

SNAP_TOLERANCE = Fraction(1, 1000)
"""An edge this close (s) to a frame's start means that frame: people and JSON round to milliseconds."""

_CLOCK = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-5][0-9](?:\.[0-9]{1,3})?)")


def seconds(value: str | int | float | Fraction) -> Seconds:
    """Exact seconds from JSON or a tool's text. Floats are read by their shortest decimal form.

    Raises ValueError for anything that is not a finite number, and for texts with an exponent.
    """
    if isinstance(value, str) and "e" in value.lower():
        raise ValueError("a few letters would be a number of a billion digits")
    if isinstance(value, float):
        return Fraction(repr(value)) if value == value and abs(value) != float("inf") else _not_finite()
    return Fraction(value)


def _not_finite() -> Seconds:
    raise ValueError("not a finite number of seconds")


def frame_at_or_before(moment: Seconds, rate: Fraction, start: Seconds = Fraction(0)) -> int:
    """The frame on screen at `moment` (index from 0); an edge within the tolerance below the next frame means the next."""
    return floor((moment - start + SNAP_TOLERANCE) * rate)


def frame_at_or_after(moment: Seconds, rate: Fraction, start: Seconds = Fraction(0)) -> int:
    """The first frame that begins at or after `moment` (index from 0), with the same tolerance."""
    return ceil((moment - start - SNAP_TOLERANCE) * rate)


def frame_time(index: int, rate: Fraction, start: Seconds = Fraction(0)) -> Seconds:
    """When frame `index` begins, at a constant `rate` (frames per second)."""
    return start + index / rate


def clock(moment: Seconds) -> str:
    """`m:ss.t` or `h:mm:ss.t` for people, rounded down to tenths."""
    tenths = floor(moment * 10)
    minutes, tenth = divmod(tenths, 600)
    hours, minute = divmod(minutes, 60)
    head = f"{hours}:{minute:02d}" if hours else f"{minute}"
    return f"{head}:{tenth // 10:02d}.{tenth % 10}"


def read_clock(untrusted_text: str) -> Seconds:
    """What `clock` writes, and `m:ss` or `h:mm:ss` as people type it. Raises ValueError for anything else."""
    found = _CLOCK.fullmatch(untrusted_text.strip())
    if found is None:
        raise ValueError("a moment is minutes and seconds, such as 4:05")
    hours, minutes, rest = found.groups()
    if hours is not None and int(minutes) > 59:
        raise ValueError("an hour has 60 minutes")
    return int(hours or 0) * 3600 + int(minutes) * 60 + Fraction(rest)
