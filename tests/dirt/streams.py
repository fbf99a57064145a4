"""Dirt inside the coded pictures and sound: NAL units of H.264 and elements of AAC that show and sound nothing."""

from __future__ import annotations

import secrets
from pathlib import Path

from tests.dirt.canaries import Canaries, odd_parity
from tests.film_reading import run_ffmpeg

_KEY_FRAME = b"\0\0\1\x65"

_ADTS_HEADER = 7
"""Bytes of a frame's header without a checksum (ISO/IEC 14496-3 clause 1.A.2)."""


def sei(payload_type: int, payload: bytes) -> bytes:
    """One H.264 SEI NAL unit with its start code. The payload may not hold two zero bytes in a row."""
    if b"\0\0" in payload:
        raise ValueError("no emulation prevention is written here")
    size = b"\xff" * (len(payload) // 255) + bytes([len(payload) % 255])
    return _unit(0x06, bytes([payload_type]) + size + payload)


def _unit(header: int, payload: bytes) -> bytes:
    return b"\0\0\0\1" + bytes([header]) + payload + b"\x80"


def _captions(canaries: Canaries) -> bytes:
    """Closed captions (CEA-608 in ATSC A/53): the canary as it lies in cc_data, two letters a packet."""
    odd = odd_parity(canaries.octets("closed captions (A53)"))
    pairs = b"".join(b"\xfc" + bytes(pair) for pair in zip(odd[::2], odd[1::2], strict=True))
    canaries.planted[-1] = ("closed captions (A53)", pairs)
    return sei(4, b"\xb5\x00\x31GA94\x03" + bytes([0x40 | len(pairs) // 3, 0xFF]) + pairs + b"\xff")


def _notes(canaries: Canaries) -> bytes:
    """Everything that a NAL unit can carry beside a picture."""
    mark = secrets.token_bytes(16).replace(b"\0", b"\1")
    return b"".join(
        (
            _unit(0x09, b"\xf0" + canaries.octets("access unit delimiter")),
            sei(1, canaries.octets("sei picture timing")),
            sei(3, canaries.octets("sei filler")),
            sei(4, b"\xb5\x00\x3cXX" + canaries.octets("sei t.35")),
            _captions(canaries),
            sei(5, mark + canaries.octets("sei user data")),
            sei(45, b"\xc0" + canaries.octets("sei frame packing")),
            sei(137, canaries.octets("sei mastering display") + b"Kim!"),
            sei(200, canaries.octets("sei reserved")),
            _unit(0x0C, canaries.octets("filler unit")),
            _unit(0x1E, canaries.octets("unspecified unit")),
        )
    )


def h264_pictures(folder: Path, canaries: Canaries, seconds: int) -> tuple[Path, Path]:
    """Two raw streams, a camera's and another camera's, with units in front of every key frame that carry text."""
    raw = run_ffmpeg(
        *("-nostdin", "-f", "lavfi", "-i", f"testsrc2=s=320x180:r=25:d={seconds}"),
        # without B frames the raw stream needs no timestamps; key frames once a second, with the headers before each
        *("-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-g", "25", "-f", "h264", "-"),
    )
    camera, other = folder / "camera.h264", folder / "other.h264"
    camera.write_bytes(raw.replace(_KEY_FRAME, _notes(canaries) + _KEY_FRAME))
    second = sei(5, bytes(range(1, 17)) + canaries.octets("second camera"))
    other.write_bytes(raw.replace(_KEY_FRAME, second + _KEY_FRAME))
    return camera, other


def aac_sounds(folder: Path, canaries: Canaries, seconds: int) -> tuple[Path, Path]:
    """Two ADTS streams, a microphone's and another's, whose first frames begin with elements that sound nothing."""
    mine, other = folder / "mine.aac", folder / "other.aac"
    for path, pitch in ((mine, 440), (other, 660)):
        source = f"sine=frequency={pitch}:sample_rate=48000:duration={seconds}"
        run_ffmpeg("-nostdin", "-f", "lavfi", "-i", source, "-c:a", "aac", path)
    _into_frames(mine, [_data(canaries.octets("aac data stream")), _fill(canaries.octets("aac fill"))])
    _into_frames(other, [_data(canaries.octets("second microphone"))])
    return mine, other


def _data(text: bytes) -> tuple[int, int]:
    """A data stream element as (bits, how many): id 4, tag 0, aligned, a count, the text."""
    return int.from_bytes(b"\x81" + bytes([len(text)]) + text, "big"), 16 + 8 * len(text)


def _fill(text: bytes) -> tuple[int, int]:
    """A fill element as (bits, how many): id 6, an escaped count, then fill bits in which the text is aligned."""
    head, count = 0b110_1111, len(text) + 2
    fill = int.from_bytes(text, "big") << 7  # four bits say "fill", five more align; seven make whole bytes
    return (head << 8 | count - 14) << 8 * count | fill, 15 + 8 * count


def _into_frames(path: Path, elements: list[tuple[int, int]]) -> None:
    """One element in front of each of the first frames but the very first, where the encoder's own name is."""
    old, new, at, number = path.read_bytes(), b"", 0, 0
    while at < len(old):
        head = int.from_bytes(old[at : at + _ADTS_HEADER], "big")
        size = head >> 13 & 0x1FFF
        body = old[at + _ADTS_HEADER : at + size]
        if 0 < number <= len(elements):
            bits, count = elements[number - 1]
            spare = -count % 8
            joined = (bits << 8 * len(body) | int.from_bytes(body, "big")) << spare
            body = joined.to_bytes((count + spare) // 8 + len(body), "big")
        head = head & ~(0x1FFF << 13) | (_ADTS_HEADER + len(body)) << 13
        new += head.to_bytes(_ADTS_HEADER, "big") + body
        at, number = at + size, number + 1
    path.write_bytes(new)
