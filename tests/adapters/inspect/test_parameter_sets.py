"""SPS and PPS written bit by bit: the recipe's pass, and every field that could carry more is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.adapters.inspect.bits import BitReader
from media_pipeline.adapters.inspect.h264 import Colour, read_pps, read_sps, unescaped, well_escaped
from tests.adapters.inspect.bit_writing import escaped, packed, se, ue

VUI = {
    "aspect": "1" + f"{1:08b}",
    "overscan": "0",
    "signal": "0",
    "chroma place": "0",
    "timing": "1" + f"{1001:032b}{60000:032b}" + "0",
    "hrd": "000",
    "limits": "1" + "1" + ue(0) + ue(0) + ue(9) + ue(9) + ue(2) + ue(4),
}

SPS = {
    "id": ue(0),
    "format": ue(1) + ue(0) + ue(0) + "00",
    "frame numbers": ue(0),
    "order": ue(0) + ue(2),
    "references": ue(4),
    "gaps": "0",
    "size": ue(19) + ue(11),
    "progressive": "1",
    "direct": "1",
    "crop": "1" + ue(0) + ue(0) + ue(0) + ue(6),
    "vui": "1" + "".join(VUI.values()),
}

PPS = {
    "ids": ue(0) + ue(0),
    "cabac": "1",
    "bottom": "0",
    "groups": ue(0),
    "references": ue(0) + ue(0),
    "weights": "1" + "10",
    "quantisers": se(-3) + se(0) + se(0),
    "deblocking": "1",
    "odd": "00",
    "high": "1" + "0" + se(0),
}


def sps(profile: bytes = b"\x64\0\x0d", **changed: str) -> bytes:
    """An SPS NAL unit as x264 writes it, with fields changed by name (`_` for a space)."""
    fields = SPS | {name.replace("_", " "): bits for name, bits in changed.items()}
    return b"\x67" + profile + escaped(packed("".join(fields.values())))


def with_vui(**changed: str) -> bytes:
    """An SPS with fields of its VUI changed."""
    return sps(vui="1" + "".join((VUI | {name.replace("_", " "): bits for name, bits in changed.items()}).values()))


def pps(**changed: str) -> bytes:
    """A PPS NAL unit as x264 writes it, with fields changed."""
    return b"\x68" + escaped(packed("".join((PPS | changed).values())))


def test_the_recipes_parameter_sets_pass() -> None:
    """And their numbers are read rightly."""
    sequence = read_sps(sps())
    assert sequence is not None
    assert (sequence.width, sequence.height, sequence.macroblocks) == (320, 180, 240)
    assert (sequence.frame_num_bits, sequence.order_bits) == (4, 6)
    assert sequence.frame_time == Fraction(1001, 30000)
    coloured = read_sps(with_vui(signal="1" + "101" + "1" + "1" + f"{9:08b}{16:08b}{9:08b}"))
    assert coloured is not None
    assert coloured.colour == Colour(9, 16, 9, True)
    picture, no_b_frames = read_pps(pps()), read_pps(pps(weights="1" + "00"))
    assert picture is not None
    assert no_b_frames is not None
    assert (picture.weighted_by_distance, no_b_frames.weighted_by_distance) == (True, False)


def test_without_b_frames_and_with_one_there_is_less_to_keep() -> None:
    """The other two shapes that x264 gives a stream: shown in decoding order, and put off by one frame."""
    level = "1" + "1" + ue(0) + ue(0) + ue(9) + ue(9)
    vuis = {n: "1" + "".join((VUI | {"limits": level + ue(n) + ue(n + 1)}).values()) for n in (0, 1)}
    none = read_sps(sps(order=ue(2), references=ue(1), vui=vuis[0]))
    one = read_sps(sps(order=ue(0) + ue(0), references=ue(2), vui=vuis[1]))
    assert none is not None
    assert one is not None
    assert (none.order_bits, one.order_bits) == (None, 4)
    assert read_sps(sps(order=ue(0) + ue(0), references=ue(2), vui=vuis[0])) is None


@pytest.mark.parametrize(("level", "bits"), [(9, 8), (10, 8), (11, 9), (20, 9), (21, 10), (30, 10), (31, 11), (52, 11)])
def test_vectors_are_as_long_as_the_level_lets_them_be(level: int, bits: int) -> None:
    limits = "1" + "1" + ue(0) + ue(0) + 2 * ue(bits) + ue(2) + ue(4)
    vui = "1" + "".join((VUI | {"limits": limits}).values())
    assert read_sps(sps(b"\x64\0" + bytes([level]), vui=vui)) is not None
    other = "1" + "".join((VUI | {"limits": limits.replace(ue(bits), ue(bits - 1))}).values())
    assert read_sps(sps(b"\x64\0" + bytes([level]), vui=other)) is None


ODD_SPS = {
    "another id": sps(id=ue(1)),
    "no display information": sps(vui="0"),
    "more frame numbers than are needed": sps(frame_numbers=ue(1)),
    "more order than is needed": sps(order=ue(0) + ue(3)),
    "a reference too many": sps(references=ue(5)),
    "coarse prediction": sps(direct="0"),
    "no aspect ratio": with_vui(aspect="0"),
    "no frame time": with_vui(timing="0"),
    "a frame time for ever": with_vui(timing="1" + f"{1001:032b}{60000:032b}" + "1"),
    "the usual chroma place spelt out": with_vui(chroma_place="1" + ue(0) + ue(0)),
    "no limits": with_vui(limits="0"),
    "longer vectors": with_vui(limits="1" + "1" + ue(0) + ue(0) + ue(10) + ue(10) + ue(2) + ue(4)),
    "less order than is told": with_vui(limits="1" + "1" + ue(0) + ue(0) + ue(9) + ue(9) + ue(1) + ue(4)),
    "4:2:2": sps(format=ue(2) + ue(0) + ue(0) + "00"),
    "ten bits": sps(format=ue(1) + ue(2) + ue(2) + "00"),
    "scaling lists": sps(format=ue(1) + ue(0) + ue(0) + "01" + "0" * 8),
    "lossless": sps(format=ue(1) + ue(0) + ue(0) + "10"),
    "order by a list of offsets": sps(order=ue(1) + "0" + se(0) + se(0) + ue(2) + se(75) + se(105)),
    "gaps": sps(gaps="1"),
    "interlaced": sps(progressive="00"),
    "hidden rows": sps(crop="1" + ue(0) + ue(0) + ue(0) + ue(8)),
    "hidden rows on top": sps(crop="1" + ue(0) + ue(0) + ue(1) + ue(0)),
    "hidden columns": sps(crop="1" + ue(0) + ue(20) + ue(0) + ue(0)),
    "a giant": sps(size=ue(5000) + ue(5000)),
    "seventeen references": sps(references=ue(17)),
    "another profile": sps(profile=b"\x6e\0\x0d"),
    "a lower profile": b"\x67\x4d\x40\x0d" + escaped(packed("".join(SPS[name] for name in SPS if name != "format"))),
    "constraint flags": sps(profile=b"\x64\x4b\x0d"),
    "another level": sps(profile=b"\x64\0\x4b"),
    "an aspect ratio": with_vui(aspect="1" + f"{255:08b}{19:016b}{75:016b}"),
    "overscan": with_vui(overscan="11"),
    "PAL": with_vui(signal="1" + "001" + "0" + "0"),
    "a colour that is none": with_vui(signal="1" + "101" + "0" + "1" + f"{75:08b}{1:08b}{1:08b}"),
    "two chroma places": with_vui(chroma_place="1" + ue(0) + ue(1)),
    "no time": with_vui(timing="1" + "0" * 64 + "0"),
    "a buffer model": with_vui(hrd="1" + ue(0) + "0" * 8 + ue(75) + ue(105) + "0" + "0" * 20 + "0" + "0"),
    "picture timing": with_vui(hrd="001"),
    "limits": with_vui(limits="1" + "1" + ue(75) + ue(0) + ue(9) + ue(9) + ue(2) + ue(4)),
    "vectors": with_vui(limits="1" + "1" + ue(0) + ue(0) + ue(9) + ue(10) + ue(2) + ue(4)),
    "more buffered than referred to": with_vui(limits="1" + "1" + ue(0) + ue(0) + ue(9) + ue(9) + ue(2) + ue(5)),
    "one more bit": sps(vui=SPS["vui"] + "0"),
    "bytes after the stop bit": sps() + b"Kim",
    "a zero after the stop bit": sps() + b"\0",
    "needless emulation prevention": sps()[:-1] + b"\0\0\3" + sps()[-1:],
    "a start code": sps() + b"\0\0\1",
    "cut off": sps()[:-4],
    "only a header": b"\x67\x64\0\x0d",
    "nothing": b"",
    "a PPS": pps(),
    "an endless number": b"\x67\x64\0\x0d" + bytes([0, 0, 3]) * 20,
}

ODD_PPS = {
    "another id": pps(ids=ue(1) + ue(0)),
    "more references": pps(references=ue(2) + ue(0)),
    "no CABAC": pps(cabac="0"),
    "no weights": pps(weights="0" + "10"),
    "no say about edges": pps(deblocking="0"),
    "no large transforms": pps(high="0" + "0" + se(0)),
    "no word about transforms": pps(high=""),
    "weights of both kinds": pps(weights="1" + "01"),
    "another initial quantiser": pps(quantisers=se(-2) + se(0) + se(0)),
    "another SPS": pps(ids=ue(0) + ue(1)),
    "fields": pps(bottom="1"),
    "slice groups": pps(groups=ue(1) + ue(0) + ue(75) + ue(105)),
    "seventeen references": pps(references=ue(16) + ue(0)),
    "weights that do not exist": pps(weights="1" + "11"),
    "a quantiser": pps(quantisers=se(-75) + se(0) + se(0)),
    "a switching quantiser": pps(quantisers=se(-3) + se(7) + se(0)),
    "a chroma quantiser": pps(quantisers=se(-3) + se(0) + se(13), high="1" + "0" + se(13)),
    "constrained prediction": pps(odd="10"),
    "redundant pictures": pps(odd="01"),
    "scaling lists": pps(high="1" + "1" + "0" * 8 + se(0)),
    "two chroma quantisers": pps(high="1" + "0" + se(5)),
    "bytes after the stop bit": pps() + b"Kim",
    "cut off": pps()[:2],
    "nothing": b"",
    "an SPS": sps(),
}


@pytest.mark.parametrize("name", ODD_SPS)
def test_an_odd_sps_is_refused(name: str) -> None:
    """One field at a time."""
    assert read_sps(ODD_SPS[name]) is None


@pytest.mark.parametrize("name", ODD_PPS)
def test_an_odd_pps_is_refused(name: str) -> None:
    """One field at a time."""
    assert read_pps(ODD_PPS[name]) is None


@given(st.binary(max_size=60))
def test_any_bytes_are_read(noise: bytes) -> None:
    """No bytes raise anything, and emulation prevention is told apart from its imitation."""
    read_sps(b"\x67\x64\0\x0d" + noise)
    read_pps(b"\x68" + noise)
    assert well_escaped(escaped(noise))
    assert unescaped(escaped(noise)) == noise


@given(st.lists(st.integers(0, 2**32 - 2), max_size=8), st.lists(st.integers(-(2**31) + 1, 2**31 - 1), max_size=8))
def test_numbers_are_read_as_written(unsigned: list[int], signed: list[int]) -> None:
    """Exp-Golomb codes there and back; then the end, which is never passed."""
    bits = BitReader(packed("".join(map(ue, unsigned)) + "".join(map(se, signed))))
    assert [bits.ue() for _ in unsigned] == unsigned
    assert [bits.se() for _ in signed] == signed
    assert bits.at_trailing_bits()
    assert not bits.overrun
    bits.bits(9)
    assert bits.overrun
    assert bits.ue() == 0
    assert not bits.at_trailing_bits()
