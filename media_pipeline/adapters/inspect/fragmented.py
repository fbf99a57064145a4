"""The one file of an HLS rendition: ftyp and moov, then moof and mdat for each segment (ISO/IEC 14496-12 clause 8.8).

ffmpeg's sidx boxes are not on the list: playlists name byte ranges, so no player needs them, and the times in them
disagree with the fragments'. `-movflags +skip_sidx` leaves them out.
"""

from __future__ import annotations

import sys
from array import array
from pathlib import Path

from media_pipeline.adapters.inspect.boxes import Box, Fields, Slot, Untrusted, boxes, read_children, untrusted_file
from media_pipeline.adapters.inspect.ledger import Code, Ledger, Violation
from media_pipeline.adapters.inspect.model import MOST_SAMPLES, Kind, Movie, Track
from media_pipeline.adapters.inspect.movie import MovieReader
from media_pipeline.adapters.inspect.samples import check_names, check_ownership, check_samples
from media_pipeline.adapters.inspect.timing import (
    check_bit_rates,
    check_layout,
    check_no_durations,
    check_sample_times,
    check_starts,
)

_BRANDS = b"iso5\0\0\2\0iso5iso6mp41"
_ALLOWED = frozenset({(Kind.VIDEO,), (Kind.VIDEO, Kind.AUDIO), (Kind.AUDIO,)})

_KEY, _DEPENDENT = 0x0200_0000, 0x0101_0000
"""Sample flags that ffmpeg writes: depends on none; depends on others and is no key frame (clause 8.8.3.1)."""

_HEADER_FLAGS = b"\0\2\0\x38"
"""tfhd: offsets count from the moof; default duration, size and flags of samples are given."""

_OFFSET, _FIRST_FLAGS, _DURATION, _SIZE, _FLAGS, _SHIFT = 0x1, 0x4, 0x100, 0x200, 0x400, 0x800


def read_fragmented(path: Path) -> tuple[Violation, ...]:
    """Violations in a single-file rendition of HLS. Raises OSError when it cannot be opened."""
    ledger = Ledger()
    with untrusted_file(path) as data:
        reader = FragmentReader(data, ledger)
        movie = reader.read()
        check_layout(movie, _ALLOWED, ledger)
        check_no_durations(movie, ledger)
        check_ownership(movie.tracks, reader.media, ledger)
        for track in movie.tracks:
            check_sample_times(track, check_samples(data, track, ledger), ledger)
            check_bit_rates(track, ledger)
        check_starts(movie, ledger)
        check_names(data, ledger)
    return ledger.violations


class FragmentReader:
    """Reads the boxes of a file in fragments; samples are added to the tracks of its movie."""

    def __init__(self, data: Untrusted, ledger: Ledger) -> None:
        self._data, self._ledger = data, ledger
        self._reader = MovieReader(data, ledger, fragmented=True)
        self._fragments = 0
        self._moof: Box | None = None
        self._next_track = 0
        self._track: Track | None = None
        self._defaults = (0, 0, 0)
        self._elapsed = {1: 0, 2: 0}
        self.media: list[Box] = []
        """Every mdat box, in order."""

    def read(self) -> Movie:
        """The movie, as far as it can be read."""
        header = (Slot(b"ftyp", self._ftyp), Slot(b"moov", self._reader.read))
        end = self._end_of_header()
        read_children(self._data, 0, end, "", header, self._ledger)
        expected = b"moof"
        for box in boxes(self._data, end, len(self._data), "", self._ledger):
            if self._ledger.full:
                break
            if box.kind != expected:
                known = box.kind in (b"moof", b"mdat")
                self._ledger.add(Code.BOX_MISPLACED if known else Code.BOX_NOT_ALLOWED, "?", box.start)
            elif box.kind == b"moof":
                self._fragments += 1
                self._read_moof(box)
                expected = b"mdat"
            else:
                self.media.append(box)
                expected = b"moof"
        if expected == b"mdat" or not self._fragments:
            self._ledger.add(Code.BOX_MISSING, "mdat", len(self._data))
        return self._reader.movie

    def _end_of_header(self) -> int:
        """Where moov ends, which is where the first fragment starts; without a moov, where that would be."""
        for box in boxes(self._data, 0, len(self._data), "", Ledger()):
            if box.kind in (b"moof", b"mdat"):
                return box.start
            if box.kind == b"moov":
                return box.end
        return 0

    def _ftyp(self, box: Box) -> None:
        fields = Fields(self._data, box, self._ledger)
        fields.constant(_BRANDS, Code.BRAND)
        fields.done()

    def _read_moof(self, box: Box) -> None:
        path = f"moof[{self._fragments}]"
        self._moof, self._next_track = box, 0
        slots = (Slot(b"mfhd", self._mfhd), Slot(b"traf", self._traf, most=2))
        read_children(self._data, box.body, box.end, path, slots, self._ledger)

    def _mfhd(self, box: Box) -> None:
        fields = Fields(self._data, box, self._ledger)
        fields.constant(bytes(4), Code.VERSION)
        fields.constant(self._fragments.to_bytes(4, "big"), Code.FRAGMENT)
        fields.done()

    def _traf(self, box: Box) -> None:
        slots = (Slot(b"tfhd", self._tfhd), Slot(b"tfdt", self._tfdt), Slot(b"trun", self._trun))
        self._track = None
        read_children(self._data, box.body, box.end, box.path, slots, self._ledger)

    def _tfhd(self, box: Box) -> None:
        """Names the track; tracks come in their order, and one without samples in this segment is left out."""
        fields = Fields(self._data, box, self._ledger)
        fields.constant(_HEADER_FLAGS, Code.VERSION)
        number = fields.number(4)
        self._defaults = (fields.number(4), fields.number(4), fields.number(4))
        fields.done()
        if not self._next_track < number <= len(self._reader.movie.tracks):
            fields.fail(Code.FRAGMENT)
            return
        self._next_track = number
        self._track = self._reader.movie.tracks[number - 1]

    def _tfdt(self, box: Box) -> None:
        """A fragment starts when the one before it ended; the first one when the track does."""
        fields = Fields(self._data, box, self._ledger)
        fields.constant(b"\1\0\0\0", Code.VERSION)
        start = fields.number(8)
        fields.done()
        if self._track is None:
            return
        if not self._track.sizes:
            self._track.start = start
            self._elapsed[self._track.number] = start
        elif start != self._elapsed[self._track.number]:
            fields.fail(Code.FRAGMENT)

    def _trun(self, box: Box) -> None:
        fields = Fields(self._data, box, self._ledger)
        fields.constant(b"\0", Code.VERSION)
        flags, count = fields.number(3), fields.number(4)
        offset = fields.number(4)
        first_flags = fields.number(4) if flags & _FIRST_FLAGS else None
        columns = [flag for flag in (_DURATION, _SIZE, _FLAGS, _SHIFT) if flags & flag]
        known = flags & ~(_FIRST_FLAGS | _DURATION | _SIZE | _FLAGS | _SHIFT) == _OFFSET
        doubled = first_flags is not None and flags & _FLAGS
        if self._track is None or self._moof is None or not known or doubled or not 0 < count <= MOST_SAMPLES:
            fields.fail(Code.FRAGMENT)
            return
        if fields.left != 4 * len(columns) * count:
            fields.fail(Code.FRAGMENT)
            return
        rows = array("I")
        rows.frombytes(fields.take(fields.left))
        if sys.byteorder == "little":
            rows.byteswap()
        table = {flag: rows[i :: len(columns)] for i, flag in enumerate(columns)}
        self._add_samples(fields, self._track, self._moof.start + offset, count, table, first_flags)

    def _add_samples(
        self,
        fields: Fields,
        track: Track,
        at: int,
        count: int,
        table: dict[int, array[int]],
        first_flags: int | None,
    ) -> None:
        """Adds the samples of a run to the track. A default repeats the first sample's value, as ffmpeg writes it."""
        duration, size, flags = self._defaults
        sizes = table.get(_SIZE, array("I", [size]) * count)
        if at + sum(sizes) > len(self._data) or len(track.sizes) + count > MOST_SAMPLES:
            fields.fail(Code.SAMPLE_OUTSIDE)
            return
        durations = table.get(_DURATION, array("I", [duration]) * count)
        told = table.get(_FLAGS, array("I", [flags]) * count)
        if first_flags is not None:
            told[0] = first_flags
        unknown = any(flag not in (_KEY, _DEPENDENT) for flag in (*told, flags))
        if unknown or durations[0] != duration or sizes[0] != size or 0 in sizes:
            fields.fail(Code.FRAGMENT)
            return
        for length in sizes:
            track.offsets.append(at)
            at += length
        track.sizes.extend(sizes)
        track.durations.extend(durations)
        self._elapsed[track.number] += sum(durations)
        track.shifts.extend(table.get(_SHIFT, array("I", bytes(4 * count))))
        track.sync.extend(flag == _KEY for flag in told)
