"""Writes boxes, and changes films made of them: the few verbs that planting needs."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

_FIELDS_BEFORE_CHILDREN = {b"stsd": 8, b"avc1": 78, b"dref": 8, b"meta": 4}
"""Bytes between a box's header and its first child, where there are any."""


def box(kind: bytes, *parts: bytes) -> bytes:
    """One MP4 box."""
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _changed(body: bytes, way: Sequence[bytes], change: Callable[[bytes], bytes]) -> bytes:
    """`body` (a row of boxes) with the body of the first box at the end of the `way` changed. LookupError without one."""
    at = 0
    while at < len(body):
        size, kind = struct.unpack_from(">I4s", body, at)
        if kind == way[0]:
            inside = body[at + 8 : at + size]
            if len(way) == 1:
                inside = change(inside)
            else:
                first = _FIELDS_BEFORE_CHILDREN.get(kind, 0)
                inside = inside[:first] + _changed(inside[first:], way[1:], change)
            return body[:at] + box(kind, inside) + body[at + size :]
        at += size
    raise LookupError(f"no {way[0].decode('latin-1')} box")


def with_child(film: bytes, way: Sequence[bytes], child: bytes) -> bytes:
    """The film with `child` put last inside the first box on the `way` down. LookupError without one."""
    return _changed(film, way, lambda inside: inside + child)


def with_patch(film: bytes, way: Sequence[bytes], at: int, value: bytes) -> bytes:
    """The film with bytes of a box's body replaced."""

    def change(inside: bytes) -> bytes:
        assert at + len(value) <= len(inside)
        return inside[:at] + value + inside[at + len(value) :]

    return _changed(film, way, change)
