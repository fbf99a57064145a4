"""Where each second of an MP4 of ours lies."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from media_pipeline.adapters.inspect.boxes import untrusted_file
from media_pipeline.adapters.inspect.ledger import Ledger
from media_pipeline.adapters.inspect.model import Track
from media_pipeline.adapters.inspect.mp4 import ProgressiveReader


def seconds_of(proxy: Path) -> tuple[tuple[int, int], ...]:
    """For each second of an MP4: the stretch of bytes that holds every sample that is shown or heard in it."""
    with untrusted_file(proxy) as data:
        movie = ProgressiveReader(data, Ledger(), b"").read()
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for track in movie.tracks:
        for second, start, end in _samples(track):
            first[second] = min(start, first.get(second, start))
            last[second] = max(end, last.get(second, end))
    nothing = (0, 0)
    return tuple((first[n], last[n]) if n in first else nothing for n in range(max(first, default=-1) + 1))


def _samples(track: Track) -> Iterator[tuple[int, int, int]]:
    """Second, first byte and first byte after of each sample, once for each second that it reaches into."""
    if not track.timescale:
        return
    decoded = -(track.edits[0][1] if track.edits else 0)
    shifts = track.shifts or [0] * len(track.sizes)
    for offset, size, length, shift in zip(track.offsets, track.sizes, track.durations, shifts, strict=False):
        shown = Fraction(decoded + shift, track.timescale)
        until = Fraction(decoded + shift + length - 1, track.timescale)
        for second in range(max(0, int(shown)), int(until) + 1 if until >= 0 else 0):
            yield second, offset, offset + size
        decoded += length
