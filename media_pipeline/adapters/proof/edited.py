"""Source frames as the plan changes them, in small: the pictures that finished frames with covers or crops must look like.

They stand behind the source's own frames in one row of numbers, so that all comparisons treat both alike. For each stretch
the source frames that it may show are here, and two more on either side, by which it is seen whether a film runs late.

Cost: one more decoding of the source, and 3 ms a changed frame of 720p.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from tempfile import TemporaryFile

import numpy as np

from media_pipeline.adapters.proof.pictures import Flags, Numbers, Pictures, Size
from media_pipeline.adapters.proof.planned import Planned
from media_pipeline.adapters.proof.regions import Expected, Hidden, Stretch
from media_pipeline.core.errors import Fault

BESIDE = 2
"""Source frames before and after those of a stretch that are changed as well."""


@dataclass(frozen=True, slots=True)
class Range:
    """Source frames that are changed for one stretch."""

    stretch: Stretch
    first: int
    """The first source frame."""

    end: int
    """The one after the last."""

    place: int
    """Where the first one's picture stands among all changed ones."""


class EditedFrames:
    """Which source frames are changed how, and in the end their pictures."""

    def __init__(self, planned: Planned, stretches: tuple[Stretch, ...], frames: int) -> None:
        """`frames` is how many the source has. The pictures are to come by `draw`."""
        self.ranges: list[Range] = []
        self.of_frame: Numbers = np.full(len(planned.shown), -1)
        """Of each finished frame, the number of its range; -1 for one of which all is shown."""
        place = 0
        for stretch in stretches:
            part = slice(stretch.first, stretch.end)
            self.of_frame[part] = len(self.ranges)
            first = max(0, int(planned.earlier[part].min()) - BESIDE)
            end = min(frames, int(planned.later[part].max()) + 1 + BESIDE)
            self.ranges.append(Range(stretch, first, end, place))
            place += end - first
        self._count = place
        # behind all ranges stands what is so of a frame of which all is shown
        self._shift: Numbers = np.array([*(frames + r.place - r.first for r in self.ranges), 0])
        self._low: Numbers = np.array([*(frames + r.place for r in self.ranges), 0])
        self._high: Numbers = np.array([*(frames + r.place + r.end - r.first - 1 for r in self.ranges), frames - 1])
        self.certain: Flags = np.ones((1, 1, 1), dtype=np.bool_)
        """Range × rows × columns: which small pixels can be compared; the last range's is that of all other frames."""
        self.pictures: Pictures = np.zeros((0, 1, 1), dtype=np.uint8)

    def __bool__(self) -> bool:
        """Whether any frame is changed."""
        return bool(self.ranges)

    @property
    def wanted(self) -> list[tuple[int, int]]:
        """The source frames that are needed, from (first, end) to the last, apart."""
        merged: list[tuple[int, int]] = []
        for first, end in sorted((r.first, r.end) for r in self.ranges):
            if merged and first <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(merged[-1][1], end)
            else:
                merged.append((first, end))
        return merged

    def places(self, shown: Numbers) -> Numbers:
        """Of each finished frame, where its picture stands when it shows these source frames."""
        return shown + self._shift[self.of_frame[: len(shown)]]

    def steps(self, places: Numbers, frames: Numbers, step: int) -> Numbers:
        """The pictures `step` source frames on, as far as there are any. `frames` are the finished frames."""
        ranges = self.of_frame[frames]
        return np.clip(places + step, self._low[ranges], self._high[ranges])

    def draw(self, frames: Iterable[tuple[int, Pictures]], shown: Size, worked: Size, small: Size) -> None:
        """Makes all pictures from the wanted source frames' luma. Raises Fault("disk-full")."""
        expected = [Expected(r.stretch, shown, worked, small) for r in self.ranges]
        whole = np.ones((1, small[1], small[0]), dtype=np.bool_)
        self.certain = np.concatenate((*(e.certain[None] for e in expected), whole))
        try:
            with TemporaryFile() as file:
                file.truncate(self._count * small[0] * small[1])
                pictures = np.memmap(file, dtype=np.uint8, mode="r+", shape=(self._count, small[1], small[0]))
                for number, luma in frames:
                    for one, drawn in zip(self.ranges, expected, strict=True):
                        if one.first <= number < one.end:
                            pictures[one.place + number - one.first] = drawn.picture(luma)
        except OSError:
            raise Fault("disk-full", "no room for temporary pictures") from None
        self.pictures = pictures

    def hidden(self, shown: Size, rendition: Size) -> list[tuple[int, int, Hidden]]:
        """Finished frames (first, end), and where they must be black."""
        zones = ((r.stretch, Hidden(r.stretch, shown, rendition)) for r in self.ranges)
        return [(stretch.first, stretch.end, hidden) for stretch, hidden in zones if hidden]
