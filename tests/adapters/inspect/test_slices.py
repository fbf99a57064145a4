"""Slice headers written bit by bit, and the order of frames: the recipe's pass, every other is refused."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from media_pipeline.adapters.inspect.h264 import ParameterSets, PictureParameters, SequenceParameters
from media_pipeline.adapters.inspect.slices import FrameOrder, Slice, longest_slice, read_slice
from tests.adapters.inspect.bit_writing import escaped, packed, se, ue

SEQUENCE = SequenceParameters(
    profile=b"\x64\0\x0d",
    width=320,
    height=180,
    macroblocks=240,
    frame_num_bits=4,
    order_bits=6,
    references=4,
    frame_time=Fraction(1, 25),
    colour=None,
)
SETS = ParameterSets(SEQUENCE, PictureParameters(weighted_by_distance=True))

KEY = {
    "first": ue(0),
    "kind": ue(7),
    "pps": ue(0),
    "number": f"{0:04b}",
    "idr": ue(1),
    "order": f"{0:06b}",
    "marking": "00",
    "quantiser": se(-5),
    "deblocking": ue(0) + se(1) + se(-1),
}

ONE_WEIGHT = ue(5) + ue(0) + "1" + se(30) + se(-2) + "0"
"""Denominators; luma of one reference weighted, chroma not."""

FORWARD = {
    "first": ue(0),
    "kind": ue(5),
    "pps": ue(0),
    "number": f"{3:04b}",
    "order": f"{8:06b}",
    "override": "1" + ue(0),
    "reordering": "1" + ue(0) + ue(1) + ue(3),
    "weights": ONE_WEIGHT,
    "marking": "1" + ue(1) + ue(2) + ue(0),
    "cabac": ue(1),
    "quantiser": se(2),
    "deblocking": ue(1),
}

BOTH_WAYS = {
    "first": ue(0),
    "kind": ue(6),
    "pps": ue(0),
    "number": f"{4:04b}",
    "order": f"{6:06b}",
    "direct": "1",
    "override": "1" + ue(1) + ue(0),
    "reordering": "00",
    "cabac": ue(0),
    "quantiser": se(3),
    "deblocking": ue(0) + se(0) + se(0),
}


def nal(header: int, fields: dict[str, str], ones: bool = True, **changed: str) -> bytes:
    """A slice NAL unit: its header, the bits that align it, and data that ends as CABAC does."""
    bits = "".join((fields | changed).values())
    bits += ("1" if ones else "0") * (-len(bits) % 8)
    return bytes([header]) + escaped(packed(bits + "01100110" * 4))


def test_the_recipes_slices_pass() -> None:
    """A key frame, a frame that refers back, and one that refers both ways."""
    assert read_slice(nal(0x65, KEY), SETS) == Slice(key=True, reference=True, frame_num=0, order=0)
    assert read_slice(nal(0x41, FORWARD), SETS) == Slice(key=False, reference=True, frame_num=3, order=8)
    assert read_slice(nal(0x01, BOTH_WAYS), SETS) == Slice(key=False, reference=False, frame_num=4, order=6)


ODD = {
    "a part of a frame": nal(0x65, KEY, first=ue(1)),
    "a key frame that refers to others": nal(0x65, KEY, kind=ue(5)),
    "a switching slice": nal(0x41, FORWARD, kind=ue(8)),
    "another PPS": nal(0x65, KEY, pps=ue(1)),
    "a number": nal(0x65, KEY, number="0111"),
    "an id": nal(0x65, KEY, idr=ue(75)),
    "a long-term key frame": nal(0x65, KEY, marking="01"),
    "old frames thrown away": nal(0x65, KEY, marking="10"),
    "a quantiser": nal(0x65, KEY, quantiser=se(75)),
    "a deblocking mode": nal(0x65, KEY, deblocking=ue(3)),
    "a deblocking strength": nal(0x65, KEY, deblocking=ue(0) + se(75) + se(0)),
    "an alignment of zeros": nal(0x65, KEY | {"more": "1"}, ones=False),
    "too many references": nal(0x41, FORWARD, override="1" + ue(16)),
    "a long-term reference": nal(0x41, FORWARD, reordering="1" + ue(2) + ue(1) + ue(3)),
    "an endless reordering": nal(0x41, FORWARD, reordering="1" + (ue(0) + ue(0)) * 40),
    "a denominator": nal(0x41, FORWARD, weights=ue(8) + ONE_WEIGHT),
    "a weight": nal(0x41, FORWARD, weights=ue(5) + ue(0) + "1" + se(200) + se(0) + "0"),
    "a long-term marking": nal(0x41, FORWARD, marking="1" + ue(3) + ue(2) + ue(0) + ue(0)),
    "everything forgotten": nal(0x41, FORWARD, marking="1" + ue(5) + ue(0)),
    "an endless marking": nal(0x41, FORWARD, marking="1" + (ue(1) + ue(0)) * 40),
    "a context table": nal(0x41, FORWARD, cabac=ue(3)),
    "a forward frame that nobody refers to": nal(0x01, FORWARD),
    "cut off in the header": nal(0x65, KEY)[:3],
    "no data": nal(0x65, KEY)[:-5],
    "only its first byte": b"\x65",
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_slice_is_refused(name: str) -> None:
    """One field at a time."""
    assert read_slice(ODD[name], SETS) is None


def places(frames: list[Slice], sets: ParameterSets = SETS) -> list[int | None]:
    """Where each frame is shown."""
    order = FrameOrder(sets)
    return [order.place(frame) for frame in frames]


def key() -> Slice:
    """An IDR picture."""
    return Slice(key=True, reference=True, frame_num=0, order=0)


def test_frames_are_placed_in_display_order() -> None:
    """Two groups of pictures; in the first a frame is shown between two that were decoded before it."""
    forward, between = Slice(False, True, 1, 4), Slice(False, False, 2, 2)
    assert places([key(), forward, between, key(), Slice(False, True, 1, 2)]) == [0, 2, 1, 3, 4]


def test_order_counts_wrap() -> None:
    """Six bits of order and four of frame number, over a hundred frames without a key frame."""
    frames = [key(), *(Slice(False, True, number % 16, 2 * number % 64) for number in range(1, 100))]
    assert places(frames) == list(range(100))
    in_order = replace(SETS, sequence=replace(SEQUENCE, order_bits=None))
    assert places([replace(frame, order=0) for frame in frames], in_order) == list(range(100))


def test_frames_that_do_not_follow_have_no_place() -> None:
    """A film that begins in the middle, a frame number left out, half a frame."""
    assert places([Slice(False, True, 1, 2)]) == [None]
    assert places([key(), Slice(False, True, 2, 2)]) == [0, None]
    assert places([key(), Slice(False, True, 1, 3)]) == [0, None]


def test_the_longest_slice_grows_with_the_picture() -> None:
    """Room for every macroblock at its largest, and no room for a film of text."""
    assert 240 * 400 < longest_slice(SETS) < 240 * 800
