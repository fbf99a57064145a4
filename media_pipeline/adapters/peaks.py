"""How loud the sound is that the previewer has just written down."""

from __future__ import annotations

from pathlib import Path

from media_pipeline.core.preview import PEAKS_A_SECOND

PEAK_RATE = 8000
"""Hz of the sound whose peaks are read: speech is under 4 kHz."""

_SILENCE = 128
"""The middle of unsigned 8-bit sound."""

_AT_ONCE = PEAK_RATE // PEAKS_A_SECOND


def peaks_of(raw: Path) -> tuple[int, ...]:
    """The loudest sample of each tenth of a second, 0 to 255, of one channel of unsigned bytes at `PEAK_RATE`."""
    with raw.open("rb") as sound:
        return tuple(_loudest(block) for block in iter(lambda: sound.read(_AT_ONCE), b""))


def _loudest(block: bytes) -> int:
    return min(255, 2 * max(max(block) - _SILENCE, _SILENCE - min(block)))
