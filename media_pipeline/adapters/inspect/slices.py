"""H.264 samples: each is one slice NAL unit, and its header agrees with the parameter sets and the frames before it.

What is shown: the sample holds no SEI, delimiter, filler or parameter set; its slice is the whole frame, begins with a
header that is well-formed to its last bit, has the frame number and the place in display order that follow from the
stream, is no longer than the format's largest frame, and ends with the stop bit.

What cannot be told without decoding: whether bytes before the stop bit are all spent on macroblocks. That rests on the
encoder being ours and on every frame being encoded anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from media_pipeline.adapters.inspect.bits import BitReader
from media_pipeline.adapters.inspect.boxes import Untrusted
from media_pipeline.adapters.inspect.h264 import ParameterSets, unescaped
from media_pipeline.adapters.inspect.ledger import Code, Ledger

_HEADER_BYTES = 128
"""Enough for the longest slice header that x264 writes (weights for 16 references)."""

_MACROBLOCK_BYTES = 400
"""Most bytes of a macroblock: 3200 bits in 8-bit 4:2:0 (ITU-T H.264 clause A.3.1)."""

_NEVER_INSIDE = re.compile(rb"\x00\x00(?:[\x00-\x02]|\x03[^\x00-\x03])", re.DOTALL)
"""Start codes, zero words, and emulation prevention where none is needed (clause 7.4.1)."""

_IDR, _REFERENCE, _PLAIN = 0x65, 0x41, 0x01
"""NAL unit headers that x264 writes: nal_ref_idc and type of key frames, of frames others refer to, of the others."""

_SEI_TYPE = 6
_P, _B, _I = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Slice:
    """What a slice header says."""

    key: bool
    """Whether the frame is an IDR picture."""
    reference: bool
    """Whether other frames may refer to it."""
    frame_num: int
    order: int
    """pic_order_cnt_lsb; 0 where the stream has none."""


def find_slice(data: Untrusted, start: int, end: int, where: str, ledger: Ledger) -> bytes:
    """The first bytes of the one slice NAL unit that a sample must be; empty after a violation."""
    at, kept = start, b""
    while at < end and not ledger.full:
        size, body = int.from_bytes(data[at : min(at + 4, end)], "big"), at + 4
        if size == 0 or body + size > end:
            ledger.add(Code.NAL_LENGTH, where, at)
            return b""
        header = data[body]
        if header not in (_IDR, _REFERENCE, _PLAIN):
            ledger.add(Code.SEI if header & 31 == _SEI_TYPE else Code.NAL_TYPE, where, at)
        elif kept:
            ledger.add(Code.NAL_TYPE, where, at)  # a frame is one slice
        else:
            kept = data[body : min(body + _HEADER_BYTES, body + size)]
            tail = data[max(body, body + size - 3) : body + size]
            if _NEVER_INSIDE.search(data, body, body + size) or tail.endswith((b"\0", b"\0\0\3")):
                ledger.add(Code.NAL_BYTES, where, at)
        at = body + size
    if start >= end:
        ledger.add(Code.NAL_LENGTH, where, start)  # an empty sample
    return kept


def longest_slice(sets: ParameterSets) -> int:
    """Bytes that no frame of this size can exceed, with its header and emulation prevention (one byte in three)."""
    return (sets.sequence.macroblocks * _MACROBLOCK_BYTES + _HEADER_BYTES) * 3 // 2


def read_slice(untrusted_head: bytes, sets: ParameterSets) -> Slice | None:
    """The header of a slice NAL unit (clause 7.3.3), to its last bit; None when any field is not of our recipe."""
    header = untrusted_head[0]
    key, reference = header == _IDR, header != _PLAIN
    bits = BitReader(unescaped(untrusted_head[1:]))
    plain = bits.ue() == 0  # first_mb_in_slice: the slice is the whole frame
    kind = bits.ue() % 5  # 5 to 9 say that all slices of the frame are of this kind
    plain &= kind in (_P, _B, _I) and (kind == _I or not key) and (kind != _P or reference)
    plain &= bits.ue() == 0  # pic_parameter_set_id
    frame_num = bits.bits(sets.sequence.frame_num_bits)
    if key:
        plain &= frame_num == 0 and bits.ue() <= 1  # idr_pic_id: x264 goes to and fro between 0 and 1
    order = bits.bits(sets.sequence.order_bits) if sets.sequence.order_bits else 0
    if not plain or not _read_references(bits, kind):
        return None
    if reference and not _read_marking(bits, key):
        return None
    if kind != _I:
        plain &= bits.ue() <= 2  # cabac_init_idc
    plain &= -51 <= bits.se() <= 51  # slice_qp_delta
    mode = bits.ue()  # disable_deblocking_filter_idc
    plain &= mode <= 2 and (mode == 1 or (-6 <= bits.se() <= 6 and -6 <= bits.se() <= 6))
    plain &= bits.align_on_ones()
    return Slice(key, reference, frame_num, order) if plain and not bits.overrun and bits.left else None


def _read_references(bits: BitReader, kind: int) -> bool:
    """Reference lists, their order and their weights; whether all is in range."""
    if kind == _I:
        return True
    if kind == _B:
        bits.flag()  # direct_spatial_mv_pred_flag
    counts = [1, 1]
    if bits.flag():  # num_ref_idx_active_override_flag
        counts[0] = bits.ue() + 1
        if kind == _B:
            counts[1] = bits.ue() + 1
    lists = counts[: 2 if kind == _B else 1]
    plain = max(lists) <= 16 and all(_read_reordering(bits) for _ in lists)
    if plain and kind == _P:
        plain = bits.ue() <= 7 and bits.ue() <= 7  # denominators
        for _ in range(sum(lists)):
            plain &= not bits.flag() or _in_range(bits, 2)  # luma
            plain &= not bits.flag() or _in_range(bits, 4)  # chroma
    return plain and not bits.overrun


def _in_range(bits: BitReader, count: int) -> bool:
    """Reads `count` weights and offsets; whether each is within its eight bits."""
    return all(-128 <= bits.se() <= 127 for _ in range(count))


def _read_reordering(bits: BitReader) -> bool:
    """One ref_pic_list_modification; whether it is short and has short-term pictures only, as x264 writes it."""
    if not bits.flag():
        return True
    for _ in range(33):
        operation = bits.ue()
        if operation == 3:
            return True
        if operation > 1 or bits.overrun:
            return False
        bits.ue()
    return False


def _read_marking(bits: BitReader, key: bool) -> bool:
    """dec_ref_pic_marking; whether it only drops short-term pictures, as x264 writes it."""
    if key:
        return bits.bits(2) == 0  # no_output_of_prior_pics_flag, long_term_reference_flag
    if not bits.flag():
        return True
    for _ in range(33):
        operation = bits.ue()
        if operation == 0:
            return True
        if operation != 1 or bits.overrun:
            return False
        bits.ue()
    return False


class FrameOrder:
    """Follows frame numbers and display order from frame to frame (clauses 7.4.3 and 8.2.1)."""

    def __init__(self, sets: ParameterSets) -> None:
        self._sets = sets
        self._next_frame_num = 0
        self._order = 0
        self._first = 0
        self._count = 0

    def place(self, frame: Slice) -> int | None:
        """The place in display order, from 0, of the next frame in decoding order; None when numbers do not follow."""
        if frame.key:
            self._first, self._order, self._next_frame_num = self._count, 0, 0
        elif self._count == 0:
            return None  # a film begins with a key frame
        expected = self._next_frame_num
        if frame.reference:
            self._next_frame_num = (frame.frame_num + 1) % (1 << self._sets.sequence.frame_num_bits)
        place = self._count
        if self._sets.sequence.order_bits:
            order = self._unwrapped(frame)
            place = self._first + order // 2
            if order % 2:
                return None
        self._count += 1
        return place if frame.frame_num == expected else None

    def _unwrapped(self, frame: Slice) -> int:
        """PicOrderCnt of a frame (clause 8.2.1.1)."""
        span = 1 << (self._sets.sequence.order_bits or 4)
        order = self._order - self._order % span + frame.order
        if order - self._order >= span // 2:
            order -= span
        elif self._order - order >= span // 2:
            order += span
        if frame.reference:
            self._order = order
        return order
