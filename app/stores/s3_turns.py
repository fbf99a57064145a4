"""How many viewers a store may keep waiting: the rest of a server's threads are for pages, which need no store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from media_pipeline.core.errors import Fault

AT_ONCE = 24
"""Stretches of films that are fetched at once, of the 32 answers that the families' server gives at once."""

STREAMS = 12
"""Whole films among them: each holds its thread until the viewer has all of it."""

WAIT_SECONDS = 8.0
"""How long one waits for its turn while the store answers others."""

WELL_SECONDS = 3.0
"""A store that has answered nobody for so long may be away."""

AWAY_SECONDS = 0.5
"""How long one waits then."""


class Turns:
    """Of one process."""

    def __init__(self) -> None:
        self._all, self._streams = BoundedSemaphore(AT_ONCE), BoundedSemaphore(STREAMS)
        self._answered_at = time.monotonic()

    @contextmanager
    def short(self) -> Iterator[None]:
        """While something is fetched. Raises Fault when too many wait."""
        self._take(self._all)
        try:
            yield
            self._answered_at = time.monotonic()
        finally:
            self._all.release()

    def long(self) -> Callable[[], None]:
        """From now on until what it gives is called, once. Raises Fault when too many have one."""
        if not self._streams.acquire(blocking=False):  # they take minutes: nobody waits for that
            raise Fault("store-failed", "too many whole films leave the store")
        try:
            self._take(self._all)
        except Fault:
            self._streams.release()
            raise

        def over() -> None:
            self._all.release()
            self._streams.release()

        return over

    def _take(self, turns: BoundedSemaphore) -> None:
        well = time.monotonic() - self._answered_at < WELL_SECONDS
        if not turns.acquire(timeout=WAIT_SECONDS if well else AWAY_SECONDS):
            raise Fault("store-failed", "too many wait for the store")
