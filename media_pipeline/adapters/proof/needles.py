"""Looks for many texts in a file's bytes at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

_PIECE = 4 << 20
"""Bytes read at a time."""

_KEY = 4
"""Bytes at a needle's start by which places are found; shorter needles are searched for one by one."""

_HASH_BITS = 20
_HASH_FACTOR = np.uint32(2654435761)
"""Knuth's multiplicative hash: 2³² divided by the golden ratio."""


def holds_any(path: Path, needles: frozenset[bytes]) -> bool:
    """Whether any needle stands in the file: as it is, or, when it is UTF-8, in UTF-16 of either order.

    The file is read once, however many needles there are (5 s a GB); empty needles are nowhere. Raises OSError when the
    file cannot be read.
    """
    forms = {form for needle in needles for form in _forms(needle) if form}
    if not forms:
        return False
    finder = _Finder(forms)
    return any(finder.is_in(piece) for piece in _pieces(path, max(map(len, forms)) - 1))


def _forms(needle: bytes) -> Iterator[bytes]:
    yield needle
    try:
        text = needle.decode("utf-8")
    except UnicodeDecodeError:
        return
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")


def _pieces(path: Path, overlap: int) -> Iterator[bytes]:
    """The file piece by piece, each with the end of the one before it, so that no needle is cut in two unseen."""
    with path.open("rb") as file:
        kept = b""
        while piece := file.read(_PIECE):
            whole = kept + piece
            yield whole
            kept = whole[max(0, len(whole) - overlap) :]


class _Finder:
    """A table of the needles' first four bytes, hashed: few places of a file pass it, and those are looked at."""

    def __init__(self, forms: set[bytes]) -> None:
        self._short = [form for form in forms if len(form) < _KEY]
        self._by_key: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for form in forms:
            if len(form) >= _KEY:
                self._by_key[form[:_KEY]].append(form)
        self._table = np.zeros(1 << _HASH_BITS, dtype=np.bool_)
        for key in self._by_key:
            self._table[_hashes(np.frombuffer(key, dtype="<u4"))] = True

    def is_in(self, piece: bytes) -> bool:
        """Whether any needle begins and ends in these bytes."""
        if any(form in piece for form in self._short):
            return True
        return any(
            piece.startswith(form, place)
            for place in self._candidates(piece)
            for form in self._by_key.get(piece[place : place + _KEY], ())
        )

    def _candidates(self, piece: bytes) -> Iterator[int]:
        """Places at which a needle's key may stand."""
        if not self._by_key:
            return
        for first in range(_KEY):  # numbers of four bytes, read at each of their four alignments
            count = (len(piece) - first) // _KEY
            if count > 0:
                words = np.frombuffer(piece, dtype="<u4", count=count, offset=first)
                yield from (np.flatnonzero(self._table[_hashes(words)]) * _KEY + first).tolist()


def _hashes(words: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    mixed: npt.NDArray[np.uint32] = (words * _HASH_FACTOR) >> np.uint32(32 - _HASH_BITS)
    return mixed
