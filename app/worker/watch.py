"""How a step tells staff of its progress, and hears that it should stop."""

from __future__ import annotations

import threading
import time
from fractions import Fraction

from app.db.engine import Database
from app.services import work
from media_pipeline.core.errors import StoryshelfError

WAIT_SECONDS = 0.5
"""At most twice a second the database hears of progress, or is asked whether to stop."""


class RecordingWatch:
    """The watch of one step of one recording. A database that does not answer never stops the work."""

    def __init__(self, db: Database, recording_id: str, attempt: int, stopping: threading.Event) -> None:
        self._db, self._recording_id, self._attempt, self._stopping = db, recording_id, attempt, stopping
        self._told_at = self._asked_at = float("-inf")
        self._permille = 0
        self._cancelled = False

    def progress(self, share: Fraction) -> None:
        """Notes a share of the step (0 to 1), if it has changed and a while has passed."""
        permille = max(0, min(1000, int(share * 1000)))
        moment = time.monotonic()
        if permille == self._permille or moment - self._told_at < WAIT_SECONDS:
            return
        self._told_at, self._permille = moment, permille
        try:
            work.tell(self._db, self._recording_id, self._attempt, permille)
        except StoryshelfError:
            return

    def cancelled(self) -> bool:
        """Whether the worker is stopping, or someone wants this work to stop."""
        moment = time.monotonic()
        if not self._cancelled and moment - self._asked_at >= WAIT_SECONDS:
            self._asked_at = moment
            try:
                self._cancelled = work.cancel_asked(self._db, self._recording_id, self._attempt)
            except StoryshelfError:
                return self._stopping.is_set()
        return self._cancelled or self._stopping.is_set()
