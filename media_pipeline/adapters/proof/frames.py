"""Holds every finished frame against the planned source frame and against the removed ones.

A finished frame is wrong

- when any block of it is `FAR` or more from the planned frame: it is another picture;
- when it is suspicious (`NEAR` or more) and clearly nearer to a removed frame, or to another moment of an even clock;
- when its span as a whole runs early or late, which even a slowly moving film shows over many frames;
- when any block of it is `SAME` or more from the planned frame and covers or a crop belong to it: then it need not be
  searched for what it is instead;
- when anything is to be seen in it where it is covered or outside of its crop (`regions`);
- when it is missing, surplus or at the wrong time.

A frame that is nearer than `NEAR` in every block cannot be one that differs by `SAME` from the planned one: two such
pictures are `SAME - NEAR` apart, and coding noise does not reach that far. So only the suspicious few are searched for
among all removed frames. Where a removed frame is itself within `SAME` of the planned one in every block (a still page),
nobody can tell which of them is shown: such frames are counted as undecided.

Cost, measured for an hour of 30 fps: 3 to 7 CPU s a finished film, and once for the source, to find out what is
undecided, 12 s when a tenth of it is removed and 27 s when half is; beside the decoding of all films, which is most of it.
Memory: under 100 MB, and 249 MB an hour and film of pages that lie in temporary files.
"""

from __future__ import annotations

import numpy as np

from media_pipeline.adapters.proof.decoding import heed, let_go
from media_pipeline.adapters.proof.edited import EditedFrames
from media_pipeline.adapters.proof.pictures import (
    PIECE,
    Flags,
    Floats,
    Numbers,
    Pictures,
    apart,
    block_means,
    flat,
    nearest,
)
from media_pipeline.adapters.proof.planned import Planned
from media_pipeline.adapters.proof.thumbs import Thumbs
from media_pipeline.core.plan import FrameClock
from media_pipeline.ports.inspector import Comparison
from media_pipeline.ports.watch import Watch

FAR = 14.0
"""Levels (see `apart`) that no coding reaches: right frames were measured up to 6.6. Nearer ones are searched for."""

NEAR = 4.0
"""Levels: all but a few hundredths of the right frames are nearer, but for random patterns and upright films."""

SAME = 8.0
"""Levels: two source frames look the same when they are no more apart. Right frames leaned towards others (the frames
before, in slow dissolves) up to 5 apart."""

_CLEARLY = 0.6
"""Share of the way from the planned frame to another at which the other one is meant: half-way would be undecided."""

_MOVED = 4.0
"""Levels by which a pixel must change from frame to frame to tell of movement: less is noise, and encoders lag in it."""

_EVIDENCE = 200
"""Moved pixels that a span must have in all before its movement is believed."""

_STEPS = (-2, -1, 1, 2)
"""Frames by which a span may run early or late."""

_SMALL_PIECE = 128
"""Pictures that are worked on at a time where several arrays of them are needed at once: they stay in the cache."""

_MOST_PLACES = 20


class FrameProof:
    """One source and one plan, ready to compare finished films with."""

    def __init__(self, source: Thumbs, planned: Planned, edited: EditedFrames, clock: FrameClock, watch: Watch) -> None:
        """Finds out which planned frames a removed one looks like. Raises Cancelled."""
        self._source, self._clock, self._planned, self.edited = source, clock, planned, edited
        self._removed = np.flatnonzero(~planned.kept)
        self._doubtful = self._looks_removed(watch)

    def compare(self, finished: Thumbs, uncovered: Numbers, watch: Watch) -> Comparison:
        """What is wrong with a finished film. `uncovered` are frames that show what is hidden. Raises Cancelled."""
        planned, count = self._planned, min(len(finished), len(self._planned.shown))
        surplus = abs(len(finished) - len(planned.shown))
        meant, distance = self._meant(finished, count, watch)
        changed = self.edited.of_frame[:count] >= 0
        wrong = (distance >= np.where(changed, SAME, FAR)) | self._out_of_time(finished, count)
        wrong[uncovered[uncovered < count]] = True
        suspects = np.flatnonzero((distance >= NEAR) & ~wrong & ~changed)
        wrong[suspects] = self._is_another(finished, suspects, meant[suspects], watch)
        if self._clock.constant:
            wrong |= self._is_shifted(finished, count, watch)
        places = [f"frame {number}" for number in np.flatnonzero(wrong)[:_MOST_PLACES]]
        if surplus:
            fault = "missing" if len(finished) < len(planned.shown) else "too many"
            places.insert(0, f"{surplus} frames {fault}")
        return Comparison(
            compared=count,
            wrong=int(wrong.sum()) + surplus,
            undecided=int((self._doubtful[planned.shown[:count]] & ~wrong).sum()),
            places=tuple(places[:_MOST_PLACES]),
        )

    def _pictures(self, places: Numbers) -> Pictures:
        """Source frames, and behind them those that are changed."""
        if not self.edited:
            return self._source.pictures[places]
        pictures = self._source.pictures[np.minimum(places, len(self._source) - 1)]
        changed = places >= len(self._source)
        pictures[changed] = self.edited.pictures[places[changed] - len(self._source)]
        return pictures

    def _certain(self, frames: Numbers) -> Flags | None:
        """Which small pixels of finished frames can be compared; None for all."""
        return self.edited.certain[self.edited.of_frame[frames]] if self.edited else None

    def _looks_removed(self, watch: Watch) -> Flags:
        """Of each source frame that is shown, whether the removed one most like it looks the same."""
        source, doubtful = self._source.pictures, np.zeros(len(self._source), dtype=np.bool_)
        if not len(self._removed):
            return doubtful
        shown, means = np.unique(self._planned.shown), block_means(source)
        twins = nearest(flat(means[shown]), means, self._removed, watch)
        for start in range(0, len(shown), PIECE):
            some = shown[start : start + PIECE]
            doubtful[some] = apart(source[some], source[twins[start : start + PIECE]]) < SAME
            let_go(source)
        return doubtful

    def _meant(self, finished: Thumbs, count: int, watch: Watch) -> tuple[Numbers, Floats]:
        """Of each finished frame, the allowed picture that it is nearest to, and how far that is."""
        planned = self._planned
        shown, earlier, later = (
            self.edited.places(numbers[:count]) for numbers in (planned.shown, planned.earlier, planned.later)
        )
        meant, distance = shown.copy(), np.full(count, np.inf, dtype=np.float32)
        for candidates in (shown, earlier, later):
            # on an even clock all three are one
            other = np.flatnonzero((candidates != shown) | np.isinf(distance))
            for start in range(0, len(other), PIECE):
                heed(watch)
                some = other[start : start + PIECE]
                levels = apart(finished.pictures[some], self._pictures(candidates[some]), self._certain(some))
                better = levels < distance[some]
                distance[some[better]] = levels[better]
                meant[some[better]] = candidates[some[better]]
                let_go(finished.pictures, self._source.pictures)
        return meant, distance

    def _out_of_time(self, finished: Thumbs, count: int) -> Flags:
        """Whether frame n is half a frame or more from n / rate after the first."""
        grid = np.arange(count) / float(self._clock.rate)
        late: Flags = np.abs(finished.times[:count] - grid) * float(self._clock.rate) >= 0.5
        return late

    def _is_another(self, finished: Thumbs, suspects: Numbers, meant: Numbers, watch: Watch) -> Flags:
        """Whether each suspect clearly shows another source frame than the one it is meant to."""
        answer = np.zeros(len(suspects), dtype=np.bool_)
        for start in range(0, len(suspects), PIECE):
            some, own = suspects[start : start + PIECE], meant[start : start + PIECE]
            rows = flat(finished.pictures[some])
            others = []
            if len(self._removed):
                others = [nearest(rows, self._source.pictures, self._removed, watch)]
            if self._clock.constant:
                others += [np.clip(own + step, 0, len(self._source) - 1) for step in (-2, -1, 1, 2)]
            for other in others:
                answer[start : start + PIECE] |= self._is_rather(rows, own, other)
        return answer

    def _is_rather(self, rows: Floats, own: Numbers, other: Numbers) -> Flags:
        """Whether each row is nearer to its `other` source frame than to its `own`, and the two do not look the same."""
        source = self._source.pictures
        base = flat(source[own])
        way = flat(source[other]) - base
        gone = ((rows - base) * way).sum(axis=1)
        rather: Flags = (gone > _CLEARLY * (way * way).sum(axis=1)) & (apart(source[own], source[other]) >= SAME)
        return rather

    def _is_shifted(self, finished: Thumbs, count: int, watch: Watch) -> Flags:
        """Whether each frame is in a span that runs a frame or two early or late as a whole.

        Single frames of a slow film tell too little; but the sum over a span of (finished - planned) · (neighbour -
        planned) over |neighbour - planned|², taken where pixels move, was at most 0.2 in right films, and 0.8 to 1.0 in
        films one frame early or late.
        """
        spans = self._planned.span[:count]
        shifted = np.zeros(count, dtype=np.bool_)
        for sums in self._movement(finished, count, watch):
            gone, way, moved = (np.bincount(spans, each, minlength=1) for each in sums)
            shifted |= ((gone > _CLEARLY * way) & (moved >= _EVIDENCE))[spans]
        return shifted

    def _movement(self, finished: Thumbs, count: int, watch: Watch) -> Floats:
        """Of each of four steps (-2 to 2) and each frame: how far it went the way to the source frame so many on, how long
        that way is, and how many pixels moved."""
        sums = np.zeros((len(_STEPS), 3, count), dtype=np.float32)
        shown = self.edited.places(self._planned.shown[:count])
        for start in range(0, count, _SMALL_PIECE):
            heed(watch)
            part = slice(start, min(start + _SMALL_PIECE, count))
            frames = np.arange(part.start, part.stop)
            base, certain = flat(self._pictures(shown[part])), self._certain(frames)
            went = flat(finished.pictures[part]) - base
            for number, step in enumerate(_STEPS):
                way = flat(self._pictures(self.edited.steps(shown[part], frames, step)))
                way -= base
                moved = np.abs(way) >= _MOVED
                if certain is not None:
                    moved &= certain.reshape(len(frames), -1)
                way *= moved
                sums[number, 0, part] = np.einsum("ij,ij->i", went, way)
                sums[number, 1, part] = np.einsum("ij,ij->i", way, way)
                sums[number, 2, part] = np.count_nonzero(moved, axis=1)
            let_go(finished.pictures, self._source.pictures)
        return sums
