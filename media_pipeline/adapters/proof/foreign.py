"""Searches the finished sound for removed and muted sound that is mixed into what is kept.

Window by window a finished film may be like its plan and still carry something faint beneath it. So what is left of each
window when the planned sound is taken out of it, mostly the codec's noise, is searched for every second of the source that
must not be heard. Both are made equally loud at every moment and in every pitch; then a second of sound that is in both
stands out of their correlation. Measured on synthetic speech at 96 kbit/s: in right films no correlation was more than
6.2 times as high as its root mean square; 1.4 s of removed speech mixed in at -20 dB gave 12, 6 s at -30 dB 25.

What stands out is held against the planned sound. Removed speech was 4 times and more as like the rest as the sound beside
it; tones, which are alike everywhere, 2.2 times at the most. So a jingle that is played twice, or a held note, is none:
such places are counted as undecided.

Cost: an hour with a tenth removed takes some 10 CPU s, 120 MB an hour in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from media_pipeline.adapters.proof.decoding import heed
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.plan import RenderPlan
from media_pipeline.ports.watch import Watch

RATE = 4000
"""Hz at which is searched: speech has its strength below 2 kHz."""

PIECE = RATE
"""Samples of the source that are looked for at once."""

_SHORTEST = RATE // 20
"""Samples (50 ms) of sound without which a piece is not looked for: 11 ms of a sweep were like the codec's noise by chance, and
nobody understands less than a syllable."""

_GROUP = 4
"""Pieces that are looked for together: one of them is found as well, at half the height over the noise."""

_CHUNK = 1 << 15
"""Samples of the finished sound that are searched at once."""

STANDS_OUT = 10.5
"""A correlation this many times as high as its root mean square around it is no chance."""

_LEAST = 0.08 * (PIECE / _CHUNK) ** 0.5
"""Correlation (of flat sounds whose energy is 1, a chunk that is audible throughout) under which it is only that of a
moment, such as an edge."""

_CLEARLY = 3.0
"""How many times more a removed piece must be like the rest than like the planned sound."""

_NEAR = RATE // 5
"""Samples by which a piece may be moved against the planned sound: tones are alike everywhere."""

_MOMENT = RATE // 32
"""Samples over which loudness is made even."""

_FAINT = 10 ** (-70 / 20)
"""Loudness (1 is full scale) that is not raised: nobody hears it."""

Track = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Left:
    """The finished sound at `RATE`, in two."""

    planned: Track
    """What the plan explains."""

    rest: Track
    """What is left."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where removed sound is."""

    searched: int
    """Pieces that were looked for."""

    seconds: tuple[int, ...]
    """Of the finished film, where one is heard."""

    undecided: int
    """Places at which the planned sound is like a removed one."""


def unheard(plan: RenderPlan, whole: Fraction) -> IntervalSet:
    """All of the source that must not be heard."""
    return (IntervalSet((Interval(Fraction(0), whole),)) - IntervalSet.of(plan.keep)) | IntervalSet(plan.mutes)


def search(left: Left, removed: list[Track], watch: Watch) -> Found:
    """Looks for every second of `removed` in what is left of the finished sound. Raises Cancelled."""
    pieces = [piece for stretch in removed for piece in _pieces(even(stretch))]
    length = len(left.rest)
    seconds: set[int] = set()
    undecided = 0
    groups = [np.sum(pieces[n : n + _GROUP], axis=0) for n in range(0, len(pieces), _GROUP)]
    spectra = [np.fft.rfft(_flat(group), _CHUNK) for group in groups]
    hop = _CHUNK - PIECE
    for start in range(0, length, hop) if spectra else ():
        heed(watch)
        chunk = even_part(left.rest, start, start + _CHUNK)
        lags = min(hop, len(chunk) - PIECE // 2)
        if lags <= 0 or not chunk.any():
            continue
        # of a chunk that is mostly silent the rest must not seem louder
        whole = np.fft.rfft(_flat(chunk) * np.sqrt(np.count_nonzero(chunk) / _CHUNK), _CHUNK)
        for number, spectrum in enumerate(spectra):
            likeness = np.fft.irfft(whole * np.conj(spectrum), _CHUNK)[:lags]
            place = int(np.abs(likeness).argmax())
            around = likeness[max(0, place - PIECE // 2) : place + PIECE // 2]
            if abs(likeness[place]) <= max(_LEAST, STANDS_OUT * np.sqrt(np.mean(around**2))):
                continue
            here = start + place, start + place + PIECE
            own, rest_here = (_filled(even_part(track, *here)) for track in (left.planned, left.rest))
            if _is_foreign(rest_here, own, pieces[number * _GROUP : (number + 1) * _GROUP]):
                seconds.add((start + place + PIECE // 2) // RATE)
            else:
                undecided += 1
    return Found(len(pieces), tuple(sorted(seconds)), undecided)


def even(sound: Track) -> Track:
    """The sound, equally loud at every moment at which there is any."""
    moments = max(1, -(-len(sound) // _MOMENT))
    padded = np.zeros((moments + 2) * _MOMENT, dtype=np.float32)
    padded[_MOMENT : _MOMENT + len(sound)] = sound
    power = (padded.reshape(-1, _MOMENT) ** 2).mean(axis=1)
    around = (power[:-2] + power[1:-1] + power[2:]) / 3
    loudness = np.repeat(np.sqrt(around), _MOMENT)[: len(sound)]
    return np.where(loudness > _FAINT, sound / np.maximum(loudness, _FAINT), 0).astype(np.float32)


def even_part(sound: Track, start: int, end: int) -> Track:
    """What `even` makes of these samples, without making all of the sound even."""
    first = max(0, start // _MOMENT - 1) * _MOMENT
    last = min(len(sound), ((max(start, end) - 1) // _MOMENT + 2) * _MOMENT)
    return even(sound[first:last])[start - first : end - first]


def _pieces(stretch: Track) -> Iterator[Track]:
    """Seconds side by side; the last one ends with the stretch. Shorter ones are filled up with silence."""
    if not stretch.any():
        return
    for start in [*range(0, len(stretch) - PIECE, PIECE), max(0, len(stretch) - PIECE)]:
        piece = np.zeros(PIECE, dtype=np.float32)
        part = stretch[start : start + PIECE]
        piece[: len(part)] = part
        if np.count_nonzero(piece) >= _SHORTEST:
            yield piece


def _flat(sound: Track) -> Track:
    """The sound, equally loud in every pitch."""
    spectrum = np.fft.rfft(sound)
    power = np.abs(spectrum) ** 2
    width = max(1, len(sound) // 64)  # 60 Hz or more: single overtones are not raised
    sums = np.concatenate(([0.0], np.cumsum(power)))
    places = np.arange(len(power))
    low, high = np.maximum(places - width, 0), np.minimum(places + width + 1, len(power))
    around = (sums[high] - sums[low]) / (high - low)
    flat: Track = np.fft.irfft(spectrum / np.sqrt(around + 1e-6 * around.max() + 1e-20), len(sound)).astype(np.float32)
    return flat


def _filled(part: Track) -> Track:
    """A second or less of sound, filled up with silence."""
    piece = np.zeros(PIECE, dtype=np.float32)
    piece[: len(part)] = part
    return piece


def _is_foreign(rest: Track, planned: Track, pieces: list[Track]) -> bool:
    """Whether one of the pieces is clearly more like the rest than like the planned sound, moved a little as may be."""
    for piece in pieces:
        heard, explained = (_likeness(_flat(sound), _flat(piece)) for sound in (rest, planned))
        if heard[0] > _CLEARLY * explained[np.arange(-_NEAR, _NEAR + 1)].max():
            return True
    return False


def _likeness(one: Track, other: Track) -> npt.NDArray[np.float64]:
    """How alike two sounds are (0 to 1), by the samples that the first comes later."""
    both = float(one @ one) * float(other @ other)
    spectra = np.fft.rfft(one, 2 * PIECE) * np.conj(np.fft.rfft(other, 2 * PIECE))
    likeness: npt.NDArray[np.float64] = np.abs(np.fft.irfft(spectra)) / max(both, 1e-20) ** 0.5
    return likeness
