"""Progressive MP4: `video.mp4` and its smaller renditions, and `audio.m4a`.

The whole file is ftyp, moov, an empty free box and one mdat, in this order; see `movie`, `samples` and `timing` for what
each may hold. An empty answer means: nothing in this file is unnamed.
"""

from __future__ import annotations

from pathlib import Path

from media_pipeline.adapters.inspect.boxes import (
    Box,
    Fields,
    Slot,
    Untrusted,
    read_children,
    untrusted_file,
)
from media_pipeline.adapters.inspect.fragmented import FragmentReader
from media_pipeline.adapters.inspect.ledger import Code, Ledger, Violation
from media_pipeline.adapters.inspect.model import Kind, Movie, TrackFacts
from media_pipeline.adapters.inspect.movie import MovieReader
from media_pipeline.adapters.inspect.samples import check_names, check_ownership, check_samples
from media_pipeline.adapters.inspect.timing import check_bit_rates, check_edits, check_layout, check_sample_times

_FILM_BRANDS = b"isom\0\0\2\0isomiso2avc1mp41"
_SOUND_BRANDS = b"M4A \0\0\2\0M4A isomiso2"

_FILM = frozenset({(Kind.VIDEO,), (Kind.VIDEO, Kind.AUDIO)})
_SOUND = frozenset({(Kind.AUDIO,)})


def read_mp4(path: Path) -> tuple[Violation, ...]:
    """Violations in a film: one H.264 track, then at most one AAC track. Raises OSError when it cannot be opened."""
    return _read(path, _FILM_BRANDS, _FILM)


def read_m4a(path: Path) -> tuple[Violation, ...]:
    """Violations in a sound recording: one AAC track. Raises OSError when it cannot be opened."""
    return _read(path, _SOUND_BRANDS, _SOUND)


def tracks(path: Path) -> tuple[TrackFacts, ...]:
    """The tracks of an MP4, in sample tables or in fragments, in numbers. Trust them only when its reader finds nothing.

    Raises OSError when it cannot be opened.
    """
    with untrusted_file(path) as data:
        found = ProgressiveReader(data, Ledger(), b"").read().facts
        if any(facts.samples for facts in found):
            return found
        return FragmentReader(data, Ledger()).read().facts


def _read(path: Path, brands: bytes, allowed: frozenset[tuple[Kind, ...]]) -> tuple[Violation, ...]:
    ledger = Ledger()
    with untrusted_file(path) as data:
        reader = ProgressiveReader(data, ledger, brands)
        movie = reader.read()
        check_layout(movie, allowed, ledger)
        check_ownership(movie.tracks, reader.media, ledger)
        for track in movie.tracks:
            check_sample_times(track, check_samples(data, track, ledger), ledger)
            check_bit_rates(track, ledger)
        check_edits(movie, ledger)
        check_names(data, ledger)
    return ledger.violations


class ProgressiveReader:
    """Reads the boxes of a file with sample tables."""

    def __init__(self, data: Untrusted, ledger: Ledger, brands: bytes) -> None:
        self._data, self._ledger, self._brands = data, ledger, brands
        self._movie = MovieReader(data, ledger, fragmented=False)
        self.media: list[Box] = []
        """The mdat box."""

    def read(self) -> Movie:
        """The movie, as far as it can be read."""
        slots = (
            Slot(b"ftyp", self._ftyp),
            Slot(b"moov", self._movie.read),
            Slot(b"free", self._free, required=False),
            Slot(b"mdat", self._mdat),
        )
        read_children(self._data, 0, len(self._data), "", slots, self._ledger)
        return self._movie.movie

    def _ftyp(self, box: Box) -> None:
        fields = Fields(self._data, box, self._ledger)
        fields.constant(self._brands, Code.BRAND)
        fields.done()

    def _free(self, box: Box) -> None:
        """The eight bytes that ffmpeg keeps in front of mdat in case its size needs 64 bits."""
        Fields(self._data, box, self._ledger).done()

    def _mdat(self, box: Box) -> None:
        self.media.append(box)
