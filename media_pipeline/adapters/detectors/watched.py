"""A detector that is waited for only so long, and whose every failure is a fault: its frame is unknown, never empty."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread

from media_pipeline.core.errors import Fault, StoryshelfError
from media_pipeline.core.media import MediaFile
from media_pipeline.core.people import Sighting
from media_pipeline.ports.detector import Detector, Frame

PATIENCE = 60.0
"""Seconds that one frame may take: some hundred times as long as the slowest detector needs on one busy processor."""


class Watched:
    """The `Detector` that asks another one. For any number of threads at once."""

    def __init__(self, detector: Detector, patience: float = PATIENCE) -> None:
        """`patience` (s) is for each frame."""
        self.name, self.finds, self.version = detector.name, detector.finds, detector.version
        self._detector, self._patience = detector, patience
        self._stuck: list[Thread] = []

    def look(self, frame: Frame, media: MediaFile) -> Sequence[Sighting]:
        """As `ports.detector.Detector.look`; also Fault("tool-failed") for whatever else the detector raises, and when it
        does not answer in time. While it still hangs it is not asked: each frame would hang as well."""
        self._stuck = [thread for thread in self._stuck if thread.is_alive()]
        if self._stuck:
            raise Fault("tool-failed", f"{self.name} still hangs")
        said: list[Sequence[Sighting]] = []
        raised: list[StoryshelfError] = []

        def ask() -> None:
            try:
                said.append(self._detector.look(frame, media))
            except StoryshelfError as trouble:
                raised.append(trouble)
            except Exception as trouble:  # of any library below it; its text may quote what it was given
                raised.append(Fault("tool-failed", f"{self.name} raised {type(trouble).__name__}"))

        # a thread that hangs can't be ended: as a daemon it does not keep the process from ending
        thread = Thread(target=ask, daemon=True)
        thread.start()
        thread.join(self._patience)
        if said:
            return said[0]
        if raised:
            raise raised[0]
        self._stuck.append(thread)
        raise Fault("tool-failed", f"{self.name} gave no answer in {self._patience:g} s")
