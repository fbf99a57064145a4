"""Hypothesis strategies for core values, and small hand-made ones."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.findings import BLOCKS, DetectorName, Finding, FindingKind, Findings, Movement, Shot, Tile
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import AudioCodec, AudioTrack, Box, MediaFile, VideoCodec, VideoTrack
from media_pipeline.core.scenes import COLUMNS, ROWS, Scene

RATES = (Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(60), Fraction(24000, 1001))

moments = st.builds(Fraction, st.integers(0, 60_000), st.sampled_from((1000, 1001, 1200)))
"""Moments of the first minute: milliseconds, and thirds and thousand-and-firsts of frames."""


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    """An interval within the first minute."""
    start = draw(moments)
    return Interval(start, start + draw(moments) / 6 + Fraction(1, 1001))


interval_sets = st.lists(intervals(), max_size=8).map(IntervalSet.of)


def media(rate: Fraction = Fraction(25), frames: int = 1500, start: Fraction = Fraction(0)) -> MediaFile:
    """A film of `frames` frames with sound, 1280 × 720."""
    video = VideoTrack(0, VideoCodec.H264, 1280, 720, rate, start, frames, True)
    return MediaFile("a" * 64, 1000, Interval(start, start + frames / rate), video, sound(), 1)


def sound() -> AudioTrack:
    """A stereo AAC track."""
    return AudioTrack(1, AudioCodec.AAC, 2, 48000, Fraction(0))


def sound_only(length: Fraction = Fraction(30)) -> MediaFile:
    """A sound recording."""
    return MediaFile("b" * 64, 500, Interval(Fraction(0), length), None, sound(), 1)


films = st.builds(
    media,
    rate=st.sampled_from(RATES),
    frames=st.integers(1, 3600),
    start=st.sampled_from((Fraction(0), Fraction(21, 1000), Fraction(1, 3))),
)


def cuts_of(film: MediaFile, spans: IntervalSet) -> EditList:
    """An edit list that cuts `spans`."""
    inside = [span for span in spans if span.overlaps(film.whole)]
    return EditList(film.sha256, film.whole, tuple(Edit(Action.CUT, span) for span in inside))


def scene(room: int, people: int = 0) -> Scene:
    """A room of its own for each number: coarse patches of grey, with so many people side by side before it."""
    lots = np.random.default_rng(room)
    luma = lots.integers(40, 220, (ROWS // 3, COLUMNS // 4)).repeat(3, axis=0).repeat(4, axis=1)
    free = np.ones((ROWS, COLUMNS), np.bool_)
    free[12:, 24 : 24 + 8 * people] = False
    return Scene.of(luma.astype(np.float32), free)


PERSON_MOVES = Movement(tuple(range(54, 74)), 30)
"""As somebody moves before a camera that stands still."""


ALL_MOVES = Movement(tuple(range(BLOCKS)), BLOCKS)
"""As everything does before a camera that moves, or of several."""


def shifted(room: int, across: int, people: int = 0) -> Scene:
    """The room of that number, seen by a camera that was turned by so many pixels of a scene."""
    lots = np.random.default_rng(room)
    luma = lots.integers(40, 220, (ROWS // 3, 2 * COLUMNS // 4)).repeat(3, axis=0).repeat(4, axis=1)
    free = np.ones((ROWS, COLUMNS), np.bool_)
    free[12:, 24 : 24 + 8 * people] = False
    return Scene.of(luma[:, across : across + COLUMNS].astype(np.float32), free)


def shot(
    start: int,
    end: int,
    room: int,
    faces: int = 0,
    looked: bool = True,
    movement: Movement = PERSON_MOVES,
    tile: Tile | None = None,
    abrupt: bool = True,
) -> Shot:
    """A shot in seconds, of one room or page, with so many people in it."""
    span = Interval(Fraction(start), Fraction(end))
    return Shot(
        span=span,
        scene=scene(room, faces),
        looked_at=(span.start,) if looked else (),
        most_faces=faces,
        most_people=faces,
        crowded=span.start,
        movement=movement,
        tile=tile,
        alive=False,
        frames=25 * (end - start),
        abrupt=abrupt,
    )


def face(start: int, end: int, permille: int = 700) -> Finding:
    """A face for some seconds."""
    span = Interval(Fraction(start), Fraction(end))
    return Finding(FindingKind.FACE, DetectorName.CENTERFACE, span, Box(1, 2, 3, 4), permille)


def findings(*shots: Shot, found: tuple[Finding, ...] = ()) -> Findings:
    """What detection says of `media()`."""
    return Findings("a" * 64, shots, found)
