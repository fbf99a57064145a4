"""How a tool's pipes are listened to: in gulps, and without keeping more of its words than their ends."""

from __future__ import annotations

CHUNK = 1 << 16
"""Bytes that a pipe holds, unless it was made wider."""

WIDE = 1 << 20
"""Bytes that a tool's output may wait in: whole frames of the detectors' films at once, for a quarter of the wakings and an
eighth less time. As much as Linux grants everybody."""

KEPT_ENDS = 8192
"""Bytes kept of the first and of the last that a tool says beside its output."""

_LEAST, _MOST = 0.002, 0.064
"""Seconds."""


class Gathering:
    """How long a slow tool's output is left to gather: waking for each small piece of it costs more than the pieces do.

    Reading 16 to 32 KiB is aimed at: ffmpeg writes each small frame by itself, a hundred a
    second of a phone's film and a thousand of a small rendition. Measured at a phone's film: a fifth of the wakings that
    4 ms each time make, and of the proof's own 3.6 s of CPU 0.6 s less.
    """

    def __init__(self) -> None:
        self._seconds, self._last = _LEAST, 0

    def note(self, count: int) -> None:
        """So many bytes were found."""
        self._last = count
        if 0 < count < CHUNK // 4:
            self._seconds = min(2 * self._seconds, _MOST)
        elif count > CHUNK // 2:
            self._seconds = max(self._seconds / 2, _LEAST)

    def pause(self) -> float:
        """Seconds to wait before the next read; 0 before the first, and when the pipe is filling: a quick tool does not wait."""
        return self._seconds if 0 < self._last <= CHUNK // 2 else 0.0


class Ends:
    """The first and the last bytes of something that may be long."""

    def __init__(self) -> None:
        self._head, self._tail = bytearray(), bytearray()

    def add(self, chunk: bytes) -> None:
        """Keeps of `chunk` what belongs to either end."""
        room = KEPT_ENDS - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        del self._tail[:-KEPT_ENDS]

    def __bytes__(self) -> bytes:
        return bytes(self._head + self._tail)
