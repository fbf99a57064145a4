"""How long work tells of its progress and hears that it should stop."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol


class Watch(Protocol):
    """Handed to every long step. `Unwatched` is for callers that do not care."""

    def progress(self, share: Fraction) -> None:
        """`share` of the work is done, 0 to 1, by film time."""

    def cancelled(self) -> bool:
        """True once somebody wants the work to stop; the step then raises `Cancelled` soon."""


class Unwatched:
    """Nobody looks, nobody cancels."""

    def progress(self, share: Fraction) -> None:
        """Nothing to tell."""

    def cancelled(self) -> bool:
        """Never."""
        return False


class Part:
    """A stretch of a longer watch: its 0 to 1 becomes `start` to `end` of the whole."""

    def __init__(self, whole: Watch, start: Fraction, end: Fraction) -> None:
        self._whole, self._start, self._end = whole, start, end

    def progress(self, share: Fraction) -> None:
        """Tells the whole."""
        self._whole.progress(self._start + (self._end - self._start) * share)

    def cancelled(self) -> bool:
        """Asks the whole."""
        return self._whole.cancelled()
