"""The moov box, field by field, for films with sample tables and for films in fragments.

Formats: ISO/IEC 14496-12 clauses 8.2 to 8.9. What is allowed is what ffmpeg writes under our recipe, no more.
"""

from __future__ import annotations

from media_pipeline.adapters.inspect.boxes import Box, Fields, Slot, Untrusted, read_children
from media_pipeline.adapters.inspect.entries import EntryReader
from media_pipeline.adapters.inspect.ledger import Code, Ledger
from media_pipeline.adapters.inspect.model import Kind, Movie, Track
from media_pipeline.adapters.inspect.tables import TableReader

_IDENTITY = bytes.fromhex("00010000" + 12 * "00" + "00010000" + 12 * "00" + "40000000")
_UNDETERMINED = b"\x55\xc4"
"""ISO 639-2 `und`, in five bits a letter."""

_HANDLERS = {b"vide": Kind.VIDEO, b"soun": Kind.AUDIO}

_EMPTY_USER_DATA = bytes.fromhex(
    "00000035" + "6d657461" + "00000000"  # meta, 53 bytes
    "00000021" + "68646c72" + "00000000" + "00000000" + "6d646972" + "6170706c" + 9 * "00"  # hdlr mdir/appl
    + "00000008" + "696c7374"  # ilst, empty
)  # fmt: skip
"""The body of the udta box that ffmpeg 9 writes into every MP4, tags or no tags: an empty iTunes list."""

_SELF_CONTAINED = bytes.fromhex("00000000" + "00000001" + "0000000c" + "75726c20" + "00000001")
"""dref with the one entry `url `: the media is in this file."""

_MOST_TRACKS = 2


class MovieReader:
    """Reads moov into `movie`; `fragmented` films have empty sample tables and an mvex box."""

    def __init__(self, data: Untrusted, ledger: Ledger, *, fragmented: bool) -> None:
        self._data, self._ledger, self._fragmented = data, ledger, fragmented
        self._defaults = 0
        self.movie = Movie()

    def read(self, box: Box) -> None:
        """moov: the header, the tracks, the defaults of fragments, empty user data."""
        slots = (
            Slot(b"mvhd", self._mvhd),
            Slot(b"trak", self._trak, most=_MOST_TRACKS),
            *((Slot(b"mvex", self._mvex),) if self._fragmented else ()),
            Slot(b"udta", self._udta),
        )
        read_children(self._data, box.body, box.end, box.path, slots, self._ledger)
        if self.movie.next_track != len(self.movie.tracks) + 1:
            self._ledger.add(Code.TRACKS, box.path, box.start)

    def _mvhd(self, box: Box) -> None:
        fields = Fields(self._data, box, self._ledger)
        size = fields.duration_version()
        fields.constant(bytes(2 * size), Code.TIME_NOT_ZERO)
        self.movie.timescale = fields.number(4)
        self.movie.duration = fields.duration(size)
        fields.constant(b"\0\1\0\0\1\0" + bytes(10), Code.RESERVED)  # rate 1, volume 1
        fields.constant(_IDENTITY, Code.MATRIX)
        fields.constant(bytes(24), Code.RESERVED)  # preview, poster and selection times in QuickTime
        self.movie.next_track = fields.number(4)
        fields.done()

    def _udta(self, box: Box) -> None:
        if self._data[box.body : min(box.end, box.body + 256)] != _EMPTY_USER_DATA:
            self._ledger.add(Code.USER_DATA, box.path, box.start)

    def _mvex(self, box: Box) -> None:
        slots = (Slot(b"trex", self._trex, most=_MOST_TRACKS),)
        read_children(self._data, box.body, box.end, box.path, slots, self._ledger)
        if self._defaults != len(self.movie.tracks):
            self._ledger.add(Code.TRACKS, box.path, box.start)

    def _trex(self, box: Box) -> None:
        """One a track, in order; no defaults, as each fragment brings its own."""
        self._defaults += 1
        fields = Fields(self._data, box, self._ledger)
        fields.constant(bytes(4), Code.VERSION)
        fields.constant(self._defaults.to_bytes(4, "big") + b"\0\0\0\1" + bytes(12), Code.FRAGMENT)
        fields.done()

    def _trak(self, box: Box) -> None:
        track = Track(len(self.movie.tracks) + 1, box.path, box.start)
        self.movie.tracks.append(track)
        TrackReader(self._data, self._ledger, track, fragmented=self._fragmented).read(box)


class TrackReader:
    """Reads one trak box into `track`."""

    def __init__(self, data: Untrusted, ledger: Ledger, track: Track, *, fragmented: bool) -> None:
        self._data, self._ledger, self._track, self._fragmented = data, ledger, track, fragmented
        self._group_and_volume = b""

    def read(self, box: Box) -> None:
        """trak: header, edit list, media. No references to other tracks, groups, user data or meta."""
        slots = (
            Slot(b"tkhd", self._tkhd),
            Slot(b"edts", self._edts),
            Slot(b"mdia", self._mdia),
        )
        self._children(box, slots)

    def _children(self, box: Box, slots: tuple[Slot, ...]) -> None:
        read_children(self._data, box.body, box.end, box.path, slots, self._ledger)

    def _constant(self, box: Box, expected: bytes, code: Code) -> None:
        """A box whose whole body is `expected`."""
        fields = Fields(self._data, box, self._ledger)
        fields.constant(expected, code)
        fields.done()

    def _tkhd(self, box: Box) -> None:
        fields = Fields(self._data, box, self._ledger)
        version = fields.number(1)
        size = 8 if version == 1 else 4
        if version > 1:
            fields.fail(Code.VERSION)
        fields.constant(b"\0\0\3", Code.TRACK_HEADER)  # enabled, in the movie; not in the preview
        fields.constant(bytes(2 * size), Code.TIME_NOT_ZERO)
        fields.constant(self._track.number.to_bytes(4, "big"), Code.TRACK_HEADER)
        fields.constant(bytes(4), Code.RESERVED)
        self._track.header_duration = fields.duration(size)
        fields.constant(bytes(10), Code.RESERVED)  # and layer 0
        self._group_and_volume = fields.take(4)
        fields.constant(bytes(2), Code.RESERVED)
        fields.constant(_IDENTITY, Code.MATRIX)
        width, height = fields.number(4), fields.number(4)
        if width & 0xFFFF or height & 0xFFFF:
            fields.fail(Code.TRACK_HEADER)
        self._track.shown = (width >> 16, height >> 16)
        fields.done()

    def _edts(self, box: Box) -> None:
        self._children(box, (Slot(b"elst", self._elst),))

    def _elst(self, box: Box) -> None:
        """One edit at normal speed; whether it hides anything is judged with the samples at hand."""
        fields = Fields(self._data, box, self._ledger)
        size = fields.duration_version()
        fields.constant(b"\0\0\0\1", Code.EDIT_LIST)
        shown, start = fields.duration(size), fields.number(size)
        fields.constant(b"\0\1\0\0", Code.EDIT_LIST)
        fields.done()
        self._track.edits.append((shown, start))

    def _mdia(self, box: Box) -> None:
        self._children(box, (Slot(b"mdhd", self._mdhd), Slot(b"hdlr", self._hdlr), Slot(b"minf", self._minf)))

    def _mdhd(self, box: Box) -> None:
        fields = Fields(self._data, box, self._ledger)
        size = fields.duration_version()
        fields.constant(bytes(2 * size), Code.TIME_NOT_ZERO)
        self._track.timescale = fields.number(4)
        self._track.media_duration = fields.duration(size)
        fields.constant(_UNDETERMINED, Code.LANGUAGE)
        fields.constant(bytes(2), Code.RESERVED)
        fields.done()

    def _hdlr(self, box: Box) -> None:
        fields = Fields(self._data, box, self._ledger)
        fields.constant(bytes(4), Code.VERSION)
        fields.constant(bytes(4), Code.RESERVED)
        self._track.kind = _HANDLERS.get(fields.take(4))
        if self._track.kind is None:
            fields.fail(Code.HANDLER_TYPE)
        fields.constant(bytes(12), Code.RESERVED)  # a maker's four letters in QuickTime
        fields.constant(b"\0", Code.HANDLER_NAME)  # the empty name
        if fields.left:
            fields.fail(Code.HANDLER_NAME)

    def _minf(self, box: Box) -> None:
        if self._track.kind is Kind.VIDEO:
            head = Slot(b"vmhd", lambda box: self._constant(box, b"\0\0\0\1" + bytes(8), Code.RESERVED))
        else:
            head = Slot(b"smhd", lambda box: self._constant(box, bytes(8), Code.RESERVED))
        self._children(box, (head, Slot(b"dinf", self._dinf), Slot(b"stbl", self._stbl)))
        volume = b"\0\1\1\0" if self._track.kind is Kind.AUDIO else bytes(4)
        if self._group_and_volume != volume:
            self._ledger.add(Code.TRACK_HEADER, self._track.path, self._track.offset)

    def _dinf(self, box: Box) -> None:
        self._children(box, (Slot(b"dref", lambda box: self._constant(box, _SELF_CONTAINED, Code.RESERVED)),))

    def _stbl(self, box: Box) -> None:
        entry = Slot(b"stsd", EntryReader(self._data, self._track, self._ledger).read)
        tables = TableReader(self._data, self._track, self._ledger)
        self._children(box, (entry, *(tables.empty_slots if self._fragmented else tables.slots)))
        if not self._fragmented:
            tables.resolve(box)
