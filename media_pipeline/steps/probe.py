"""Step 1: what is this file? Refuses what is hostile, damaged, protected or too large before anything else opens it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from media_pipeline.core.errors import Refused
from media_pipeline.core.media import MediaFile
from media_pipeline.ports.prober import Prober
from media_pipeline.ports.watch import Watch

LONGEST = Fraction(6 * 3600)
"""Seconds. A storytime lasts an hour; six hours are a forgotten recording."""


def probe(source: Path, prober: Prober, watch: Watch) -> MediaFile:
    """The recording in numbers. Raises Refused or Hostile with the sentence that fits."""
    if not source.is_file():
        raise Refused("missing")
    media = prober.probe(source, watch)
    if media.whole.length > LONGEST:
        raise Refused("too-long")
    return media
