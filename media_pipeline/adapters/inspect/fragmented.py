"""CMAF track files of HLS: ftyp and moov, then moof and mdat for each segment (ISO/IEC 14496-12 clause 8.8, 23000-19).

Of what CMAF leaves open: one track a file; composition offsets from 0 up, and an edit list without an end that takes the
first one, or the sound's priming, off again; no indexes, since playlists name byte ranges.
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass
from fractions import Fraction
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
    check_offset_edit,
    check_sample_times,
)
from media_pipeline.core.hls import SOUND_CODEC, Segment, TrackFile

_BRANDS = b"iso5\0\0\2\0iso5cmfciso6mp41"

_KEY, _DEPENDENT = 0x0200_0000, 0x0101_0000
"""Sample flags that ffmpeg writes: depends on none; depends on others and is no key frame (clause 8.8.3.1)."""

_HEADER = b"\0\2\0\x3a" + b"\0\0\0\1" + b"\0\0\0\1"
"""tfhd: offsets count from the moof; track 1, by its first description; default duration, size and flags follow."""

_OFFSET, _FIRST_FLAGS, _DURATION, _SIZE, _FLAGS, _SHIFT = 0x1, 0x4, 0x100, 0x200, 0x400, 0x800


def read_fragmented(path: Path, kind: Kind | None = None) -> tuple[Violation, ...]:
    """Violations in a track file of that kind, or of either. Raises OSError when it cannot be opened."""
    allowed = frozenset((one,) for one in ((kind,) if kind else Kind))
    ledger = Ledger()
    with untrusted_file(path) as data:
        reader = FragmentReader(data, ledger)
        movie = reader.read()
        check_layout(movie, allowed, ledger)
        check_no_durations(movie, ledger)
        check_ownership(movie.tracks, reader.media, ledger)
        for track in movie.tracks:
            check_sample_times(track, check_samples(data, track, ledger), ledger)
            check_bit_rates(track, ledger)
            check_offset_edit(track, ledger)
        check_names(data, ledger)
    return ledger.violations


def track_file(path: Path) -> TrackFile | None:
    """What playlists must say of a track file; None when it has no segments. Trust it only when its reader finds nothing.

    Raises OSError when it cannot be opened.
    """
    with untrusted_file(path) as data:
        reader = FragmentReader(data, Ledger())
        movie = reader.read()
    track = movie.tracks[0] if movie.tracks else None
    if track is None or not track.timescale or not reader.media or len(reader.media) != len(reader.fragments):
        return None
    # what the edit list takes off pictures' times is their reordering: all of them are shown
    unheard = sum(start for _, start in track.edits) if track.kind is Kind.AUDIO else 0
    segments: list[Segment] = []
    for fragment, media in zip(reader.fragments, reader.media, strict=True):
        ticks = fragment.ticks - (0 if segments else unheard)
        if ticks <= 0:
            return None
        segments.append(Segment(media.end - fragment.start, Fraction(ticks, track.timescale)))
    sets = track.entry.parameter_sets
    codec = SOUND_CODEC if sets is None else f"avc1.{sets.sequence.profile.hex()}"
    return TrackFile(codec, reader.fragments[0].start, tuple(segments))


@dataclass(slots=True)
class _Fragment:
    """One moof box."""

    start: int
    """Its byte offset."""

    ticks: int = 0
    """How long its samples last."""


class FragmentReader:
    """Reads the boxes of a file in fragments; samples are added to the tracks of its movie."""

    def __init__(self, data: Untrusted, ledger: Ledger) -> None:
        self._data, self._ledger = data, ledger
        self._reader = MovieReader(data, ledger, fragmented=True)
        self._defaults = (0, 0, 0)
        self._elapsed = 0
        self.fragments: list[_Fragment] = []
        """Every moof box, in order."""
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
                self._read_moof(box)
                expected = b"mdat"
            else:
                self.media.append(box)
                expected = b"moof"
        if expected == b"mdat" or not self.fragments:
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
        self.fragments.append(_Fragment(box.start))
        path = f"moof[{len(self.fragments)}]"
        slots = (Slot(b"mfhd", self._mfhd), Slot(b"traf", self._traf))
        read_children(self._data, box.body, box.end, path, slots, self._ledger)

    def _mfhd(self, box: Box) -> None:
        fields = Fields(self._data, box, self._ledger)
        fields.constant(bytes(4), Code.VERSION)
        fields.constant(len(self.fragments).to_bytes(4, "big"), Code.FRAGMENT)
        fields.done()

    def _traf(self, box: Box) -> None:
        slots = (Slot(b"tfhd", self._tfhd), Slot(b"tfdt", self._tfdt), Slot(b"trun", self._trun))
        read_children(self._data, box.body, box.end, box.path, slots, self._ledger)

    def _tfhd(self, box: Box) -> None:
        fields = Fields(self._data, box, self._ledger)
        fields.constant(_HEADER[:4], Code.VERSION)
        fields.constant(_HEADER[4:], Code.FRAGMENT)
        self._defaults = (fields.number(4), fields.number(4), fields.number(4))
        fields.done()

    def _tfdt(self, box: Box) -> None:
        """A fragment starts when the one before it ended; the first one at 0."""
        fields = Fields(self._data, box, self._ledger)
        fields.constant(b"\1\0\0\0", Code.VERSION)
        fields.constant(self._elapsed.to_bytes(8, "big"), Code.FRAGMENT)
        fields.done()

    def _trun(self, box: Box) -> None:
        fields = Fields(self._data, box, self._ledger)
        fields.constant(b"\0", Code.VERSION)
        flags, count = fields.number(3), fields.number(4)
        offset = fields.number(4)
        first_flags = fields.number(4) if flags & _FIRST_FLAGS else None
        columns = [flag for flag in (_DURATION, _SIZE, _FLAGS, _SHIFT) if flags & flag]
        known = flags & ~(_FIRST_FLAGS | _DURATION | _SIZE | _FLAGS | _SHIFT) == _OFFSET
        doubled = first_flags is not None and flags & _FLAGS
        track = self._reader.movie.tracks[0] if self._reader.movie.tracks else None
        if track is None or not known or doubled or not 0 < count <= MOST_SAMPLES:
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
        self._add_samples(fields, track, self.fragments[-1].start + offset, count, table, first_flags)

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
        self.fragments[-1].ticks += sum(durations)
        self._elapsed += sum(durations)
        track.shifts.extend(table.get(_SHIFT, array("I", bytes(4 * count))))
        track.sync.extend(flag == _KEY for flag in told)
