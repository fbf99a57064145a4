"""Sample descriptions: stsd with one avc1 or one mp4a, down to the last bit of SPS, PPS and AudioSpecificConfig.

Formats: ISO/IEC 14496-12 clause 12 (entries, colr, pasp), 14496-15 clause 5.3 (avcC), 14496-14 clause 5.6 and
14496-1 clause 7.2.6 (esds and its descriptors).
"""

from __future__ import annotations

from media_pipeline.adapters.inspect import aac
from media_pipeline.adapters.inspect.boxes import Box, Fields, Slot, Untrusted, read_children
from media_pipeline.adapters.inspect.h264 import Colour, ParameterSets, read_pps, read_sps
from media_pipeline.adapters.inspect.ledger import Code, Ledger
from media_pipeline.adapters.inspect.model import Kind, Track

_ONE_DATA_REFERENCE = b"\0\0\0\0\0\0\0\1"
"""Six reserved bytes, then data reference 1."""

_AVC1_FIXED, _MP4A_FIXED = 78, 28
"""Bytes of the entries before their first child box."""


class EntryReader:
    """Reads one track's stsd box into `track.entry`."""

    def __init__(self, data: Untrusted, track: Track, ledger: Ledger) -> None:
        self._data, self._track, self._ledger = data, track, ledger
        self._colour: Colour | None = None

    def read(self, box: Box) -> None:
        """stsd: version 0, one entry, and nothing after it."""
        fields = Fields(self._data, box, self._ledger)
        fields.constant(bytes(4), Code.VERSION)
        fields.constant(b"\0\0\0\1", Code.SAMPLE_ENTRY)
        video = self._track.kind is Kind.VIDEO
        slot = Slot(b"avc1", self._avc1) if video else Slot(b"mp4a", self._mp4a)
        read_children(self._data, fields.at, box.end, box.path, (slot,), self._ledger)

    def _avc1(self, box: Box) -> None:
        """VisualSampleEntry: every field that is not a size is constant."""
        fields = Fields(self._data, box, self._ledger)
        fields.constant(_ONE_DATA_REFERENCE, Code.RESERVED)
        fields.constant(bytes(16), Code.RESERVED)  # QuickTime keeps a vendor's four letters here
        width, height = fields.number(2), fields.number(2)
        fields.constant(b"\0\x48\0\0\0\x48\0\0\0\0\0\0\0\1", Code.RESERVED)  # 72 dpi twice, one frame a sample
        fields.constant(bytes(32), Code.COMPRESSOR_NAME)
        fields.constant(b"\0\x18\xff\xff", Code.RESERVED)  # depth 24, no colour table
        slots = (
            Slot(b"avcC", self._avcc),
            Slot(b"colr", self._colr, required=False),
            Slot(b"pasp", self._pasp),
        )
        read_children(self._data, box.body + _AVC1_FIXED, box.end, box.path, slots, self._ledger)
        self._track.entry.width, self._track.entry.height = width, height
        sets = self._track.entry.parameter_sets
        if sets and (sets.sequence.width, sets.sequence.height) != (width, height):
            fields.fail(Code.SAMPLE_ENTRY)
        if sets and not _agree(self._colour, sets.sequence.colour):
            fields.fail(Code.COLOUR)

    def _avcc(self, box: Box) -> None:
        """AVCDecoderConfigurationRecord: one SPS, one PPS, four-byte lengths, and High profile's fixed tail."""
        fields = Fields(self._data, box, self._ledger)
        fields.constant(b"\1", Code.AVC_CONFIG)
        profile = fields.take(3)
        fields.constant(b"\xff\xe1", Code.AVC_CONFIG)  # NAL lengths of four bytes; one SPS
        sps = fields.take(fields.number(2))
        fields.constant(b"\1", Code.AVC_CONFIG)  # one PPS
        pps = fields.take(fields.number(2))
        fields.constant(b"\xfd\xf8\xf8\0", Code.AVC_CONFIG)  # 4:2:0, 8 bits, 8 bits, no SPS extension
        fields.done()
        sequence, picture = read_sps(sps), read_pps(pps)
        # x264 weights by distance where frames lie between two others, and only there are they put in order
        if sequence is None or picture is None or picture.weighted_by_distance != (sequence.order_bits is not None):
            fields.fail(Code.PARAMETER_SET)
            return
        if sequence.profile != profile:
            fields.fail(Code.AVC_CONFIG)
        self._track.entry.parameter_sets = ParameterSets(sequence, picture)

    def _colr(self, box: Box) -> None:
        """Colour as numbers; an ICC profile (prof, rICC) can name a camera and its owner."""
        fields = Fields(self._data, box, self._ledger)
        fields.constant(b"nclx", Code.COLOUR)
        primaries, transfer, matrix, full = (fields.number(size) for size in (2, 2, 2, 1))
        if full & 0x7F:
            fields.fail(Code.COLOUR)
        self._colour = Colour(primaries, transfer, matrix, full >> 7 == 1)
        fields.done()

    def _pasp(self, box: Box) -> None:
        """Square pixels, spelt 1:1."""
        fields = Fields(self._data, box, self._ledger)
        fields.constant(b"\0\0\0\1\0\0\0\1", Code.ASPECT)
        fields.done()

    def _mp4a(self, box: Box) -> None:
        """AudioSampleEntry version 0: 16-bit stereo at 48 kHz."""
        fields = Fields(self._data, box, self._ledger)
        fields.constant(_ONE_DATA_REFERENCE, Code.RESERVED)
        fields.constant(bytes(8), Code.RESERVED)  # version, revision and a vendor's four letters in QuickTime
        channels = fields.number(2)
        fields.constant(b"\0\x10\0\0\0\0", Code.RESERVED)  # 16 bits; compression id and packet size 0
        rate = fields.number(4)
        if channels != aac.CHANNELS or rate != aac.SAMPLE_RATE << 16:
            fields.fail(Code.SAMPLE_ENTRY)
        self._track.entry.channels, self._track.entry.rate = channels, rate >> 16
        slots = (Slot(b"esds", self._esds),)
        read_children(self._data, box.body + _MP4A_FIXED, box.end, box.path, slots, self._ledger)

    def _esds(self, box: Box) -> None:
        """Four descriptors, each with a length of four bytes that ends where its parent says, and no optional part.

        An ES descriptor could also hold a URL, a language or registered private data: all are refused.
        """
        fields = Fields(self._data, box, self._ledger)
        fields.constant(bytes(4), Code.VERSION)
        fields.constant(b"\3\x80\x80\x80\x25", Code.DESCRIPTOR)  # ES descriptor, 37 bytes
        fields.constant(self._track.number.to_bytes(2, "big"), Code.DESCRIPTOR)
        fields.constant(b"\0", Code.DESCRIPTOR)  # no dependency, URL or clock stream
        fields.constant(b"\4\x80\x80\x80\x17", Code.DESCRIPTOR)  # decoder configuration, 23 bytes
        fields.constant(b"\x40\x15\0\0\0", Code.DESCRIPTOR)  # MPEG-4 audio, audio stream, no buffer size
        self._track.entry.bit_rates.append((box.path, box.start, fields.number(4), fields.number(4)))
        fields.constant(b"\5\x80\x80\x80\5" + aac.AUDIO_SPECIFIC_CONFIG, Code.DESCRIPTOR)
        fields.constant(b"\6\x80\x80\x80\1\2", Code.DESCRIPTOR)  # sync layer: as MP4 files have it
        fields.done()


def _agree(box: Colour | None, sps: Colour | None) -> bool:
    """Whether the colour box says what the SPS says. ffmpeg writes none where primaries, transfer or matrix are not told (2)."""
    if box is None:
        return sps is None or 2 in (sps.primaries, sps.transfer, sps.matrix)
    return box == sps
