"""Boxes of ISO/IEC 14496-12 as an allow-list: a parent names its children in order, anything else is a violation.

All reading is total: whatever the bytes are, it ends with violations and never with an exception, in time and
memory that grow with the file and not with what the file claims.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from media_pipeline.adapters.inspect.ledger import Code, Ledger

Untrusted = bytes | mmap.mmap
"""The bytes of a finished file. We made it, and distrust it all the same."""

UINT32_MAX = 0xFFFF_FFFF

WIDE_DURATION = 0x7FFF_FFFF
"""Ticks from which on ffmpeg writes a duration in 64 bits; two and a half hours on its finest usual clock."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box that was found: where it starts, where its body does, where it ends (byte offsets in the file)."""

    kind: bytes
    start: int
    body: int
    end: int
    path: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a box in its parent."""

    kind: bytes
    """The four-character code."""

    read: Callable[[Box], None]
    """What reads its body."""

    required: bool = True
    """Whether the recipe always writes it."""

    most: int = 1
    """How many in a row."""

    name: str = ""
    """How paths call it; the four-character code where nothing is given."""


@contextmanager
def untrusted_file(path: Path) -> Iterator[Untrusted]:
    """The file's bytes, mapped and not loaded. Raises OSError when it cannot be opened."""
    with path.open("rb") as file:
        if file.seek(0, 2) == 0:  # an empty file cannot be mapped
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            yield mapped


def let_go(data: Untrusted, end: int) -> None:
    """Frees the memory of what was read of a mapped file before `end`; it comes back from the disk when it is asked for."""
    pages = end // mmap.PAGESIZE * mmap.PAGESIZE
    if pages and isinstance(data, mmap.mmap):
        data.madvise(mmap.MADV_DONTNEED, 0, pages)


def boxes(data: Untrusted, start: int, end: int, path: str, ledger: Ledger) -> Iterator[Box]:
    """The boxes from `start` to `end`, one at a time; stops at the first that does not fit."""
    at = start
    while at < end:
        head = data[at : min(at + 16, end)]
        size, body = int.from_bytes(head[:4], "big"), at + 8
        if size == 1:  # a 64-bit size
            size, body = int.from_bytes(head[8:16], "big"), at + 16
            if size <= UINT32_MAX:
                ledger.add(Code.BOX_BROKEN, f"{path}/?".lstrip("/"), at)  # 64 bits only where 32 are too few
                return
        if at + size > end or body > at + size:
            ledger.add(Code.BOX_BROKEN, f"{path}/?".lstrip("/"), at)
            return
        yield Box(head[4:8], at, body, at + size, path)
        at += size


def read_children(data: Untrusted, start: int, end: int, path: str, slots: Sequence[Slot], ledger: Ledger) -> None:
    """Reads the boxes from `start` to `end` against `slots`: same order, nothing else, nothing left out."""
    at, used = 0, 0
    for box in boxes(data, start, end, path, ledger):
        if ledger.full:
            return
        here = next((i for i in range(at, len(slots)) if slots[i].kind == box.kind), None)
        if here is None or (here == at and used >= slots[at].most):
            known = any(slot.kind == box.kind for slot in slots)
            ledger.add(Code.BOX_MISPLACED if known else Code.BOX_NOT_ALLOWED, f"{path}/?".lstrip("/"), box.start)
            continue
        if here != at:
            _tell_missing(slots[at:here], used, path, start, ledger)
            at, used = here, 0
        used += 1
        name = slots[at].name or slots[at].kind.decode("ascii")
        number = f"[{used}]" if slots[at].most > 1 else ""
        slots[at].read(Box(box.kind, box.start, box.body, box.end, f"{path}/{name}{number}".lstrip("/")))
    _tell_missing(slots[at:], used, path, start, ledger)


def _tell_missing(skipped: Sequence[Slot], used: int, path: str, offset: int, ledger: Ledger) -> None:
    """Names the required slots that were passed over; `used` boxes lie in the first of them."""
    for i, slot in enumerate(skipped):
        if slot.required and not (i == 0 and used):
            ledger.add(Code.BOX_MISSING, f"{path}/{slot.name or slot.kind.decode('ascii')}".lstrip("/"), offset)


class Fields:
    """A cursor over the fields of one box. Past the end every field is 0; `done` tells what was too short or too long."""

    __slots__ = ("_at", "_data", "_end", "_ledger", "_path", "_short", "_start")

    def __init__(self, data: Untrusted, box: Box, ledger: Ledger, skip: int = 0) -> None:
        self._data, self._ledger, self._path = data, ledger, box.path
        self._start, self._at, self._end = box.start, box.body + skip, box.end
        self._short = False

    @property
    def at(self) -> int:
        """Byte offset in the file of the next field."""
        return self._at

    @property
    def left(self) -> int:
        """Bytes of the box that were not read yet."""
        return self._end - self._at

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if count > self.left:
            self._short, self._at = True, self._end
            return bytes(min(count, 64))  # zeros; no claim of the file makes us allocate more
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, size: int) -> int:
        """The next unsigned big-endian number of `size` bytes."""
        return int.from_bytes(self.take(size), "big")

    def constant(self, expected: bytes, code: Code) -> None:
        """The next bytes, which must be `expected`."""
        at = self._at
        if self.take(len(expected)) != expected:
            self._ledger.add(code, self._path, at)

    def duration_version(self) -> int:
        """Version and flags 0 of a header with times: the size in bytes (4 or 8) that its times then have."""
        version, at = self.number(1), self._at
        self.constant(bytes(3), Code.VERSION)
        if version > 1:
            self._ledger.add(Code.VERSION, self._path, at)
        return 8 if version == 1 else 4

    def duration(self, size: int) -> int:
        """A duration of `size` bytes: 8 from `WIDE_DURATION` on, 4 below, so that no film has two spellings."""
        at, value = self._at, self.number(size)
        if (size == 8) != (value >= WIDE_DURATION):
            self._ledger.add(Code.VERSION, self._path, at)
        return value

    def fail(self, code: Code) -> None:
        """A violation of this box as a whole."""
        self._ledger.add(code, self._path, self._start)

    def done(self) -> None:
        """Every byte of the box must have been read, and no more."""
        if self._short:
            self._ledger.add(Code.BOX_BROKEN, self._path, self._start)
        elif self._at < self._end:
            self._ledger.add(Code.TRAILING_BYTES, self._path, self._at)
