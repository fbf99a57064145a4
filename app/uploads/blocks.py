"""Where the bytes of an upload come from, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

BLOCK = 1024 * 1024
"""Bytes read and written at once: the most that a server which is killed may lose of one upload."""


class Reader(Protocol):
    """Where bytes come from: the body of a request, or a file."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end. Raises OSError when the connection broke."""


def blocks(reader: Reader, limit: int) -> Iterator[bytes]:
    """What `reader` gives, up to `limit` bytes or to where the connection breaks."""
    while limit > 0:
        try:
            block = reader.read(min(BLOCK, limit))
        except OSError:
            return
        if not block:
            return
        limit -= len(block)
        yield block
