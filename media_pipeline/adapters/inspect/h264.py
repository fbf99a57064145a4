"""H.264 parameter sets (ITU-T H.264 clauses 7.3.2.1, 7.3.2.2, E.1), read to their last bit.

Only the fields that x264 writes under our recipe may be set: progressive 8-bit 4:2:0 of profile High, one slice group,
no scaling lists, no HRD. Plain numbers of the encoder's (reference frames, initial quantiser, vector
lengths) are held to what x264 computes of the recipe (`x264_sps_init` and `x264_pps_init` in its encoder/set.c).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from media_pipeline.adapters.inspect.bits import BitReader

_HIGH_PROFILE = b"\x64\0"
"""profile_idc of the recipe, and no constraint flags."""

_LEVELS = frozenset({9, 10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52, 60, 61, 62})
"""level_idc of table A-1; 9 is 1b."""

_FRAME_NUM_BITS = 4
"""x264 needs no more for the few frames that it may refer to."""

_REORDERING: dict[int, tuple[int, int | None]] = {0: (1, None), 1: (2, 4), 2: (4, 6)}
"""Frames by which the order is put off → reference frames, bits of pic_order_cnt_lsb: no B-frames, one, or a pyramid."""

_VECTOR_BITS = {9: 8, 10: 8, **dict.fromkeys((11, 12, 13, 20), 9), **dict.fromkeys((21, 22, 30), 10)}
"""level_idc → bits of the longest vector (table A-1, a quarter pixel a step); the levels above have `_LONGEST_VECTOR`."""

_LONGEST_VECTOR = 11

_INITIAL_QUANTISER = 23 - 26
"""pic_init_qp_minus26 of the recipe's -crf 23."""


@dataclass(frozen=True, slots=True)
class Colour:
    """How decoded values become light (table E-3 to E-5)."""

    primaries: int
    transfer: int
    matrix: int
    full_range: bool


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """What later checks need of an SPS."""

    profile: bytes
    """profile_idc, constraint flags and level_idc, as avcC repeats them."""
    width: int
    height: int
    macroblocks: int
    frame_num_bits: int
    order_bits: int | None
    """Bits of pic_order_cnt_lsb; None when pictures are shown in decoding order (pic_order_cnt_type 2)."""
    references: int
    """max_num_ref_frames."""
    frame_time: Fraction
    """Seconds a frame, of the VUI."""
    colour: Colour | None


@dataclass(frozen=True, slots=True)
class PictureParameters:
    """What is left free of a PPS; the rest is the same in every film of ours."""

    weighted_by_distance: bool
    """Whether frames between two others are weighted by how far they are from both (weighted_bipred_idc 2)."""


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """The one SPS and the one PPS of a track."""

    sequence: SequenceParameters
    picture: PictureParameters


def unescaped(untrusted_nal: bytes) -> bytes:
    """The payload of a NAL unit without its emulation prevention bytes (clause 7.4.1)."""
    return untrusted_nal.replace(b"\0\0\3", b"\0\0")


def well_escaped(untrusted_nal: bytes) -> bool:
    """Whether emulation prevention bytes stand where an encoder must put them, and nowhere else."""
    escaped, zeros = bytearray(), 0
    for byte in unescaped(untrusted_nal):
        if zeros == 2 and byte <= 3:
            escaped.append(3)
            zeros = 0
        escaped.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(escaped) == untrusted_nal


def read_sps(untrusted_nal: bytes) -> SequenceParameters | None:
    """The sequence parameters of a whole SPS NAL unit; None when any field is not of our recipe."""
    if untrusted_nal[:1] != b"\x67" or len(untrusted_nal) < 5 or not well_escaped(untrusted_nal):
        return None
    profile = untrusted_nal[1:4]
    if profile[:2] != _HIGH_PROFILE or profile[2] not in _LEVELS:
        return None
    bits = BitReader(unescaped(untrusted_nal[4:]))
    plain = bits.ue() == 0  # seq_parameter_set_id
    plain &= bits.ue() == 1  # chroma_format_idc: 4:2:0
    plain &= bits.ue() == 0  # bit depth of luma: 8
    plain &= bits.ue() == 0  # bit depth of chroma: 8
    plain &= bits.bits(2) == 0  # no transform bypass, no scaling matrix
    frame_num_bits = bits.ue() + 4
    order_type = bits.ue()
    order_bits = bits.ue() + 4 if order_type == 0 else None
    references = bits.ue()
    plain &= frame_num_bits == _FRAME_NUM_BITS and order_type in (0, 2)
    plain &= not bits.flag()  # gaps_in_frame_num_value_allowed_flag
    columns, rows = bits.ue() + 1, bits.ue() + 1
    plain &= bits.flag()  # frame_mbs_only_flag: progressive
    plain &= bits.flag()  # direct_8x8_inference_flag
    left, right, top, bottom = (bits.ue() for _ in range(4)) if bits.flag() else (0, 0, 0, 0)
    # cropping only rounds up to whole macroblocks; more of it would hide picture
    plain &= left == top == 0 and right < 8 and bottom < 8 and columns <= 1024 and rows <= 1024
    if not plain or bits.overrun:
        return None
    vui = _read_vui(bits, profile[2]) if bits.flag() else None
    if vui is None or not bits.at_trailing_bits() or _REORDERING.get(vui.reordered) != (references, order_bits):
        return None
    size = (16 * columns - 2 * right, 16 * rows - 2 * bottom)
    return SequenceParameters(
        profile, *size, columns * rows, frame_num_bits, order_bits, references, vui.frame_time, vui.colour
    )


@dataclass(frozen=True, slots=True)
class _Vui:
    """What is kept of video usability information."""

    frame_time: Fraction
    """Seconds a frame."""
    colour: Colour | None
    reordered: int
    """Frames that may come before a frame and be shown after it."""


def _read_vui(bits: BitReader, level: int) -> _Vui | None:
    """Clause E.1.1; None when it holds what our recipe does not write."""
    plain = bits.flag() and bits.bits(8) == 1  # aspect_ratio_idc: 1:1
    plain &= not bits.flag()  # overscan_info_present_flag
    colour = None
    if bits.flag():  # video_signal_type_present_flag
        plain &= bits.bits(3) == 5  # video_format: unspecified
        full_range = bits.flag()
        primaries, transfer, matrix = (bits.bits(8) for _ in range(3)) if bits.flag() else (2, 2, 2)
        plain &= 1 <= primaries <= 22 and 1 <= transfer <= 18 and matrix <= 14
        colour = Colour(primaries, transfer, matrix, full_range)
    if bits.flag():  # chroma_loc_info_present_flag
        place = bits.ue()
        plain &= 1 <= place <= 5 and bits.ue() == place  # 0, the usual place, is not written
    plain &= bits.flag()  # timing_info_present_flag
    ticks, scale = bits.bits(32), bits.bits(32)
    plain &= ticks > 0 and scale > 0
    plain &= not bits.flag()  # fixed_frame_rate_flag: ffmpeg promises nothing of frames that a graph timed
    plain &= bits.bits(3) == 0  # no NAL HRD, no VCL HRD, no pic_struct
    plain &= bits.flag()  # bitstream_restriction_flag
    plain &= bits.flag()  # motion_vectors_over_pic_boundaries_flag
    plain &= bits.ue() == 0 and bits.ue() == 0  # no limits of bytes a picture, bits a macroblock
    length = _VECTOR_BITS.get(level, _LONGEST_VECTOR)
    plain &= bits.ue() == length and bits.ue() == length  # of vectors, across and down
    reordered, buffered = bits.ue(), bits.ue()
    plain &= reordered in _REORDERING and buffered == _REORDERING[reordered][0]
    return _Vui(Fraction(2 * ticks, scale), colour, reordered) if plain and not bits.overrun else None


def read_pps(untrusted_nal: bytes) -> PictureParameters | None:
    """The picture parameters of a whole PPS NAL unit; None when any field is not of our recipe."""
    if untrusted_nal[:1] != b"\x68" or not well_escaped(untrusted_nal):
        return None
    bits = BitReader(unescaped(untrusted_nal[1:]))
    plain = bits.ue() == 0 and bits.ue() == 0  # pic_parameter_set_id, seq_parameter_set_id
    plain &= bits.flag()  # entropy_coding_mode_flag: CABAC
    plain &= not bits.flag()  # bottom_field_pic_order_in_frame_present_flag
    plain &= bits.ue() == 0  # one slice group
    plain &= bits.ue() == 0 and bits.ue() == 0  # one reference in each list, unless a slice says more
    plain &= bits.flag()  # weighted_pred_flag
    weighted_both = bits.bits(2)
    plain &= weighted_both in (0, 2)
    plain &= bits.se() == _INITIAL_QUANTISER and bits.se() == 0  # pic_init_qp, pic_init_qs
    plain &= bits.se() == 0  # chroma_qp_index_offset
    plain &= bits.flag()  # deblocking_filter_control_present_flag
    plain &= bits.bits(2) == 0  # no constrained intra prediction, no redundant pictures
    plain &= bits.flag()  # transform_8x8_mode_flag
    plain &= not bits.flag()  # pic_scaling_matrix_present_flag
    plain &= bits.se() == 0  # second_chroma_qp_index_offset
    return PictureParameters(weighted_both == 2) if plain and bits.at_trailing_bits() else None
