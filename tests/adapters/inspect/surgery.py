"""Opens an MP4 into a tree of boxes, lets a test change one thing, and closes it so that nothing else is wrong.

Sizes of boxes are written anew; chunk and fragment offsets follow what moved. Knows nothing of the readers under test.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

HEADS = {
    **dict.fromkeys(
        (b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl", b"mvex", b"moof", b"traf", b"udta"), 0
    ),
    b"stsd": 8,
    b"avc1": 78,
    b"mp4a": 28,
}
"""Boxes that hold boxes, and how many bytes come before the first."""


class Node:
    """A box: its kind, the bytes of its own, and the boxes in it."""

    def __init__(self, kind: bytes, body: bytes = b"", children: list[Node] | None = None) -> None:
        self.kind, self.body = kind, body
        self.children = children if children is not None else []

    def to_bytes(self) -> bytes:
        """The box with its true size."""
        inside = self.body + b"".join(child.to_bytes() for child in self.children)
        return struct.pack(">I4s", 8 + len(inside), self.kind) + inside

    def patch(self, at: int, value: bytes) -> None:
        """Replaces bytes of the body."""
        assert at + len(value) <= len(self.body)
        self.body = self.body[:at] + value + self.body[at + len(value) :]


def _parse(data: bytes) -> list[Node]:
    nodes, at = [], 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        assert size >= 8
        body = data[at + 8 : at + size]
        head = HEADS.get(kind)
        nodes.append(Node(kind, body) if head is None else Node(kind, body[:head], _parse(body[head:])))
        at += size
    return nodes


class Patient:
    """A film on the table."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.top = _parse(path.read_bytes())
        self._media_was = self._media_starts()
        self.tail = b""
        self.shift_media = True

    def at(self, path: str) -> Node:
        """The box at a path such as `moov/trak[2]/mdia` (numbers from 1)."""
        nodes, found = self.top, Node(b"")
        for step in path.split("/"):
            name, _, number = step.rstrip("]").partition("[")
            found = [node for node in nodes if node.kind == name.encode("latin-1")][int(number or 1) - 1]
            nodes = found.children
        return found

    def _media_starts(self) -> list[int]:
        starts, at = [], 0
        for node in self.top:
            if node.kind == b"mdat":
                starts.append(at + 8)
            at += len(node.to_bytes())
        return starts

    @property
    def media_start(self) -> int:
        """Where the body of mdat begins in the file as it was opened."""
        return self._media_was[0]

    def _walk(self, nodes: list[Node], kind: bytes) -> Iterator[Node]:
        for node in nodes:
            if node.kind == kind:
                yield node
            yield from self._walk(node.children, kind)

    def chunks(self) -> list[tuple[Node, list[int]]]:
        """Every stco box with its offsets."""
        return [
            (box, list(struct.unpack(f">{len(box.body[8:]) // 4}I", box.body[8:])))
            for box in self._walk(self.top, b"stco")
        ]

    def move_chunks(self, by: int, after: int = 0) -> None:
        """Adds `by` to every chunk offset that lies behind `after`."""
        for box, offsets in self.chunks():
            moved = [offset + by if offset > after else offset for offset in offsets]
            box.body = box.body[:8] + struct.pack(f">{len(moved)}I", *moved)

    def move_fragments(self, moof: int, by: int) -> None:
        """Adds `by` to the data offsets in the `moof`-th fragment (from 1)."""
        for box in self._walk([self.at(f"moof[{moof}]")], b"trun"):
            offset = struct.unpack_from(">I", box.body, 8)[0]
            box.patch(8, struct.pack(">I", offset + by))

    def insert_into_sample(self, track: int, inside: bytes, sample: int = 1, front: bool = True) -> None:
        """Puts bytes before or after what sample 1 or the first sample of a chunk holds, and mends sizes and offsets."""
        sizes = self.at(f"moov/trak[{track}]/mdia/minf/stbl/stsz")
        assert sample == 1
        size = struct.unpack_from(">I", sizes.body, 12)[0]
        sizes.patch(12, struct.pack(">I", size + len(inside)))
        start = self.chunks()[track - 1][1][0]
        at = start - self.media_start + (0 if front else size)
        media = self.at("mdat")
        media.body = media.body[:at] + inside + media.body[at:]
        self.move_chunks(len(inside), after=start)

    def save(self, path: Path) -> Path:
        """Writes the film; chunk offsets follow the media to where it is now."""
        now = self._media_starts()
        if self.shift_media and self._media_was and now:
            self.move_chunks(now[0] - self._media_was[0])
        path.write_bytes(b"".join(node.to_bytes() for node in self.top) + self.tail)
        return path
