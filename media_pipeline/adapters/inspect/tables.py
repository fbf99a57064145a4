"""Sample tables (ISO/IEC 14496-12 clauses 8.6 to 8.9): what they say must be whole, consistent, and in its shortest form.

The shortest form matters: a run that is split in two, or a table of equal sizes written out, could carry a message.
"""

from __future__ import annotations

import sys
from array import array
from itertools import pairwise

from media_pipeline.adapters.inspect.boxes import UINT32_MAX, Box, Fields, Slot, Untrusted
from media_pipeline.adapters.inspect.ledger import Code, Ledger
from media_pipeline.adapters.inspect.model import MOST_SAMPLES, Kind, Track

_ROLL_DESCRIPTION = b"\1\0\0\0roll\0\0\0\2\0\0\0\1\xff\xff"
"""sgpd version 1: one `roll` group of two bytes, -1. AAC frames overlap, so decoding starts one frame early (clause 10.1)."""


class TableReader:
    """Reads the tables of one track, then resolves them into one entry a sample in `track`."""

    def __init__(self, data: Untrusted, track: Track, ledger: Ledger) -> None:
        self._data, self._track, self._ledger = data, track, ledger
        self._times = array("I")
        self._shifts = array("I")
        self._keys: array[int] | None = None
        self._chunks = array("I")
        self._places: array[int] | None = None
        self._group_size: int | None = None
        self._size, self._count = 0, 0

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The tables of a film that is not in fragments, after stsd."""
        video = self._track.kind is Kind.VIDEO
        order = (Slot(b"stss", self._stss, required=False), Slot(b"ctts", self._ctts, required=False))
        roll = (Slot(b"sgpd", self._sgpd), Slot(b"sbgp", self._sbgp))
        return (
            Slot(b"stts", self._stts),
            *(order if video else ()),
            Slot(b"stsc", self._stsc),
            Slot(b"stsz", self._stsz),
            Slot(b"stco", self._stco, required=False),
            Slot(b"co64", self._co64, required=False),
            *(() if video else roll),
        )

    @property
    def empty_slots(self) -> tuple[Slot, ...]:
        """The tables of a film in fragments, after stsd: all there, all empty."""
        return tuple(Slot(kind, self._empty) for kind in (b"stts", b"stsc", b"stsz", b"stco"))

    def _empty(self, box: Box) -> None:
        fields = Fields(self._data, box, self._ledger)
        fields.constant(bytes(12 if box.kind == b"stsz" else 8), Code.SAMPLE_TABLE)
        fields.done()

    def _table(self, box: Box, columns: int, wide: bool = False) -> array[int]:
        """A version 0 table of `columns` numbers a row (32 bits each, 64 if `wide`), which must fill its box."""
        fields = Fields(self._data, box, self._ledger)
        fields.constant(bytes(4), Code.VERSION)
        return self._rows(fields, fields.number(4), columns, wide)

    def _rows(self, fields: Fields, rows: int, columns: int, wide: bool = False) -> array[int]:
        table = array("Q" if wide else "I")
        if rows * columns * table.itemsize != fields.left:
            fields.fail(Code.SAMPLE_TABLE)
            return table
        table.frombytes(fields.take(fields.left))
        if sys.byteorder == "little":
            table.byteswap()
        return table

    def _stts(self, box: Box) -> None:
        self._times = self._table(box, 2)

    def _ctts(self, box: Box) -> None:
        self._shifts = self._table(box, 2)
        if not any(self._shifts[1::2]):
            self._ledger.add(Code.SAMPLE_TABLE, box.path, box.start)  # left out when it says nothing

    def _stss(self, box: Box) -> None:
        self._keys = self._table(box, 1)

    def _stsc(self, box: Box) -> None:
        self._chunks = self._table(box, 3)

    def _stsz(self, box: Box) -> None:
        """One size for all samples where they are equal, otherwise one each."""
        fields = Fields(self._data, box, self._ledger)
        fields.constant(bytes(4), Code.VERSION)
        self._size, self._count = fields.number(4), fields.number(4)
        self._track.sizes = self._rows(fields, 0 if self._size else self._count, 1)
        sizes = self._track.sizes
        equal = len(sizes) > 0 and sizes.count(sizes[0]) == len(sizes)
        if equal or self._count == 0 or self._count > MOST_SAMPLES or self._count * self._size > len(self._data):
            fields.fail(Code.SAMPLE_TABLE)
            self._size = 0
            self._track.sizes = array("I")
        elif self._size:
            self._track.sizes = array("I", [self._size]) * self._count

    def _stco(self, box: Box) -> None:
        self._places = self._table(box, 1)

    def _co64(self, box: Box) -> None:
        """64-bit places, only where 32 bits are too few."""
        if self._places is not None:
            self._ledger.add(Code.BOX_MISPLACED, box.path, box.start)
        self._places = self._table(box, 1, wide=True)
        if not self._places or max(self._places) <= UINT32_MAX:
            self._ledger.add(Code.SAMPLE_TABLE, box.path, box.start)

    def _sgpd(self, box: Box) -> None:
        fields = Fields(self._data, box, self._ledger)
        fields.constant(_ROLL_DESCRIPTION, Code.SAMPLE_TABLE)
        fields.done()

    def _sbgp(self, box: Box) -> None:
        """All samples are in the one group."""
        fields = Fields(self._data, box, self._ledger)
        fields.constant(bytes(4) + b"roll\0\0\0\1", Code.SAMPLE_TABLE)
        self._group_size = fields.number(4)
        fields.constant(b"\0\0\0\1", Code.SAMPLE_TABLE)
        fields.done()

    def resolve(self, box: Box) -> None:
        """Turns runs and chunks into one duration, shift, key flag and place a sample."""
        track, count = self._track, len(self._track.sizes)
        durations, shifts = _unrolled(self._times, count), _unrolled(self._shifts, count)
        places = self._placed(count)
        keys = bytearray(count) if self._keys is not None else bytearray(b"\1") * count
        listed = self._keys if self._keys is not None else array("I")
        sorted_keys = all(a < b for a, b in pairwise(listed)) and len(listed) < max(count, 1)
        if self._keys is not None and (not sorted_keys or (listed and not 1 <= listed[0] <= listed[-1] <= count)):
            self._ledger.add(Code.SAMPLE_TABLE, f"{box.path}/stss", box.start)
            listed = array("I")
        for key in listed:
            keys[key - 1] = 1
        grouped = self._group_size in (None, count)
        if durations is None or places is None or (self._shifts and shifts is None) or not grouped:
            self._ledger.add(Code.SAMPLE_TABLE, box.path, box.start)
            track.sizes = array("I")
            return
        track.durations, track.offsets, track.sync = durations, places, keys
        track.shifts = shifts if shifts is not None else array("I", bytes(4 * count))

    def _placed(self, count: int) -> array[int] | None:
        """Where each of `count` samples starts; None when chunks and samples do not add up."""
        sizes, chunks, places = self._track.sizes, self._chunks, self._places
        if places is None or not chunks or not places:
            return None
        offsets, sample, last = array("Q"), 0, 0
        for row in range(0, len(chunks), 3):
            first, each, description = chunks[row : row + 3]
            stop = chunks[row + 3] if row + 3 < len(chunks) else len(places) + 1
            follows = first == 1 if row == 0 else True
            if not follows or not first < stop <= len(places) + 1 or each in (0, last) or description != 1:
                return None
            if sample + (stop - first) * each > count:
                return None
            for chunk in range(first - 1, stop - 1):
                at = places[chunk]
                for size in sizes[sample : sample + each]:
                    offsets.append(at)
                    at += size
                sample += each
            last = each
        return offsets if sample == count else None


def _unrolled(runs: array[int], count: int) -> array[int] | None:
    """One value a sample from rows of (how many, value); None when they are not `count` in the fewest rows."""
    if not runs or sum(runs[0::2]) != count or 0 in runs[0::2]:
        return None
    if any(a == b for a, b in zip(runs[1::2], runs[3::2], strict=False)):
        return None
    values = array("I")
    for row in range(0, len(runs), 2):
        values.extend(array("I", [runs[row + 1]]) * runs[row])
    return values
