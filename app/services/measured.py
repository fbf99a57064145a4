"""What an analysis measured of a recording and every report of the page needs: of an hour it takes long to read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from app.services.values import PrivateFolder
from app.settings import Settings
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import MediaFile
from media_pipeline.core.preview import loud


@dataclass(frozen=True, slots=True)
class Measured:
    """A few numbers of it."""

    shots: tuple[Interval, ...]
    """The spans of all shots, in order; none of a sound recording."""

    sounds: IntervalSet
    """When there is something to hear."""


def measured(settings: Settings, recording_id: str, media: MediaFile) -> Measured:
    """Remembered of the latest analyses. Raises Fault."""
    if media.video is None:
        return Measured((), IntervalSet((media.whole,)))
    written = PrivateFolder(settings, recording_id).stamps("findings", "preview")
    return _measured(settings, recording_id, media, written)


@lru_cache(maxsize=8)
def _measured(settings: Settings, recording_id: str, media: MediaFile, _written: tuple[str, ...]) -> Measured:
    folder = PrivateFolder(settings, recording_id)
    shots = tuple(shot.span for shot in folder.findings().shots)
    return Measured(shots, IntervalSet() if media.audio is None else loud(media.whole, folder.preview().peaks))
