"""Random texts that no finished file may hold, and the search for them in every form that is cheap to look for."""

from __future__ import annotations

import re
import secrets
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path

Planted = list[tuple[str, bytes]]
"""(channel, the bytes that lie in the file)."""

_COMPRESSED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
"""How zlib and gzip streams begin."""

_MOST_UNPACKED = 1 << 20


class Canaries:
    """Random texts, one a channel, new in every test; remembers where each was planted."""

    def __init__(self) -> None:
        self.planted: Planted = []

    def text(self, channel: str) -> str:
        """A new canary of 20 letters and digits for `channel`."""
        canary = "Kim" + secrets.token_hex(8) + "E"
        self.planted.append((channel, canary.encode()))
        return canary

    def octets(self, channel: str) -> bytes:
        """The same as bytes."""
        return self.text(channel).encode()

    def number(self, channel: str, size: int) -> bytes:
        """A canary for a field of `size` bytes (6 or more, so that no coded picture holds it by chance)."""
        if size < 6:
            raise ValueError("shorter numbers occur by chance")
        # below 0x80, so that no clock made of them is negative; no zero, so that no NAL unit must be escaped
        canary = bytes(1 + secrets.randbelow(0x7F) for _ in range(size))
        self.planted.append((channel, canary))
        return canary


def leaks(planted: Planted, paths: Iterable[Path]) -> list[str]:
    """The channels whose canary is in the bytes or in the name of any of `paths` (files), plainly or in disguise."""
    found: set[str] = set()
    for path in paths:
        found.update(leaks_in(planted, path.read_bytes() + b"\n" + path.name.encode()))
    return sorted(found)


def leaks_in(planted: Planted, content: bytes) -> set[str]:
    """The channels whose canary is in `content`: as it is, in UTF-16, base64, hexadecimal, off by some bits, or packed."""
    whole = b"\n".join((content, *_unpacked(content)))
    return {channel for channel, canary in planted if any(form in whole for form in _forms(canary))}


_SHORTEST_IN_DISGUISE = 12
"""Bytes; parts of a shorter canary occur by chance."""


def _forms(canary: bytes) -> Iterator[bytes]:
    yield canary
    if len(canary) < _SHORTEST_IN_DISGUISE:
        return
    yield from {canary.lower(), canary[::-1], canary.hex().encode(), canary.hex().upper().encode()}
    yield canary.decode("latin-1").encode("utf-16-le")[:-1]  # which stands in the other order too
    for lead in range(3):  # base64 of a text that it stands in, without the letters that its neighbours share
        yield b64encode(bytes(lead) + canary)[4 if lead else 0 : -4]
    yield odd_parity(canary)
    for shift in range(1, 8):  # as it lies in a stream of bits; its outer bytes are mixed with others
        yield (int.from_bytes(canary, "big") << shift).to_bytes(len(canary) + 1, "big")[1:-1]


def odd_parity(text: bytes) -> bytes:
    """The text as closed captions spell it: seven bits a letter, the eighth for odd parity."""
    return bytes(letter & 0x7F | (0x80 if (letter & 0x7F).bit_count() % 2 == 0 else 0) for letter in text)


def _unpacked(content: bytes) -> Iterator[bytes]:
    for match in _COMPRESSED.finditer(content):
        unpacking = zlib.decompressobj(wbits=47)  # zlib or gzip
        try:
            unpacked = unpacking.decompress(content[match.start() : match.start() + _MOST_UNPACKED], _MOST_UNPACKED)
        except zlib.error:
            continue
        yield unpacked
