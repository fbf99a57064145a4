"""Holds the finished sound against the planned stretches of the source, a quarter of a second at a time.

Each window of the finished sound is looked for in the source within 20 ms of where the plan says it comes from. Both
channels count at once, and only how alike they are, not how loud: a changed volume is no other sound. Measured with AAC
at 96 kbit/s on speech, music, tones and pink noise from AAC and Opus sources: right windows are 0.93 and more alike (1 is
the same); those shorter than 0.1 s, which are mostly fades, and white noise 0.82; windows from elsewhere at most 0.54. So
no window at all may be less alike than that. The comparison is made at 8 kHz, because AAC replaces noise above 4 kHz by
other noise.

A window may also be alike as a whole and hold something foreign in a pause. So its quarters must not hold more foreign
than planned sound, unless that is so much quieter than what sounds beside it that it is the codec's own noise.

A muted stretch must be silent from 2 ms inside of its edges on, but for what the codec smears into it of the sound beside
it. At last, what is left of all windows is searched for what was removed or muted (`foreign`).

Cost: 0.5 ms a window (14,400 an hour), 115 MB an hour and film in a temporary file, beside the decoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from media_pipeline.adapters.proof.decoding import heed, let_go
from media_pipeline.adapters.proof.foreign import RATE as SEARCHED
from media_pipeline.adapters.proof.foreign import Left, Track, search, unheard
from media_pipeline.adapters.proof.hearing import RATE, Samples, Waves, waves_of
from media_pipeline.adapters.proof.pictures import Flags
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.inspector import Comparison
from media_pipeline.ports.watch import Watch

WINDOW = RATE // 4
"""Samples that are compared at once."""

MOST_LAG = RATE // 50
"""Samples (20 ms) by which a window may be early or late: more would be seen beside the pictures."""

ALIKE = 0.85
"""Normalised correlation under which a window is not the planned one: something foreign is in it, 4 dB down or louder."""

BARELY_ALIKE = 0.7
"""The same for white noise, of which AAC keeps little more than its colour, and for windows shorter than 0.1 s."""

_WHITE = 0.6
"""Spectral flatness from which sound is white noise: that has 0.72 and more, pink noise and speech up to 0.48."""

SILENT = 10 ** (-66 / 20)
"""Root mean square (1 is full scale) under which a window is silent: 50 dB under the loudness to which films are made."""

AUDIBLE = 10 ** (-60 / 20)
"""Root mean square of planned sound that cannot be missing."""

_MASKED = 10 ** (-35 / 10)
"""Share of the energy beside it under which a window is no more than the codec's noise before and after loud sound."""

_CELL = WINDOW // 4
"""Samples of the parts in which foreign sound is looked for."""

_FOREIGN = 1.5
"""Energy of foreign sound in a part, as a multiple of the planned sound's; right parts were measured up to 0.63."""

_PROMINENT = 10 ** (-15 / 10)
"""Share of the loudest part nearby under which foreign sound is the codec's noise."""

_HIDDEN = Fraction(4096, 48000)
"""Seconds that a file may hold beyond its plan: AAC's frame of priming, and the last one filled up."""

_FADES = RATE * 16 // 1000
"""Samples of both fades beside mutes: what is no longer than that is next to nothing."""

_GUARD = RATE * 2 // 1000
"""Samples at the edges of a muted stretch that a change of rate smears."""

_SHORT = RATE * 4 // 1000
"""Samples of a muted stretch that are heard at once."""

_SMEARED = RATE // 20
"""Samples (50 ms) beside loud sound that the codec smears it over."""

_SMEAR = 10 ** (-25 / 10)
"""Share of the loudest energy beside a mute that may be smeared into it."""

_HALVED = RATE // SEARCHED
"""Samples that become one when foreign sound is searched for."""

_SLACK = 32
"""Samples on both sides that a shift by a part of a sample may disturb."""

_BATCH = 32
"""Windows that are worked on at a time: some 20 MB. No fewer ms a window with more of them."""

_SIZE = 4096
"""Points of the Fourier transforms: a window with its room on both sides, and no wrapping round."""

_MOST_PLACES = 20


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Windows of the finished sound that one kept span fills, all equally long."""

    places: npt.NDArray[np.int64]
    """Where each begins, in samples of the finished sound."""

    size: int
    """Samples of each."""

    source: Waves
    """Where each begins in the source, in samples and parts of samples."""


def compare_sound(source: Samples, finished: Samples, plan: RenderPlan, watch: Watch) -> Comparison:
    """Holds every window of the finished sound against the source. Raises Cancelled."""
    wrong: list[int] = []
    compared = 0
    left = Left(*(np.zeros(max(1, len(finished) // _HALVED), dtype=np.float32) for _ in range(2)))
    for stretch in _stretches(plan):
        for start in range(0, len(stretch.places), _BATCH):
            heed(watch)
            part = slice(start, start + _BATCH)
            batch = _Stretch(stretch.places[part], stretch.size, stretch.source[part])
            compared += len(batch.places)
            wrong += (batch.places[_wrong_windows(source, finished, batch, left)] + batch.size // 2).tolist()
            let_go(source, finished)
    for first, end in _muted(plan):
        heed(watch)
        compared += 1
        wrong += _audible(finished, first, end)
    surplus = _surplus(finished, plan)
    compared += len(surplus)
    wrong += [place + WINDOW // 2 for place, loud in surplus if loud]
    removed = (_halved(waves_of(source, *_samples(span))) for span in unheard(plan, Fraction(len(source), RATE)))
    found = search(left, list(removed), watch)
    places = [*(f"second {place // RATE}" for place in wrong), *(f"removed sound at second {n}" for n in found.seconds)]
    return Comparison(
        compared=compared,
        wrong=len(wrong) + len(found.seconds),
        undecided=found.undecided,
        places=tuple(dict.fromkeys(places))[:_MOST_PLACES],
    )


def _samples(span: Interval) -> tuple[int, int]:
    """Where a span of the source begins, in samples, and how many it has."""
    first = round(span.start * RATE)
    return first, round(span.end * RATE) - first


def _halved(waves: Waves) -> Track:
    """In mono, at the rate at which foreign sound is searched."""
    whole = waves[: len(waves) // _HALVED * _HALVED]
    # thirty times as fast as means along so short an axis
    halved: Track = (whole.reshape(-1, _HALVED * 2) @ np.full(_HALVED * 2, 0.5 / _HALVED)).astype(np.float32)
    return halved


def hides_sound(whole: Seconds, plan: RenderPlan) -> bool:
    """Whether a file with `whole` seconds of sound holds more than the plan and the codec account for."""
    return whole > plan.length + _HIDDEN


def _stretches(plan: RenderPlan) -> Iterator[_Stretch]:
    """Windows side by side from the start of each span that is heard on; the last one ends with the span."""
    muted, at = IntervalSet(plan.mutes), Fraction(0)
    for span in plan.keep:
        for part in IntervalSet((span,)) - muted:
            moved = at - span.start
            first, end = round((part.start + moved) * RATE), round((part.end + moved) * RATE)
            size = min(WINDOW, end - first)
            if size > (_FADES if muted else 0):
                places = np.append(np.arange(first, end - size, size), end - size)
                yield _Stretch(places, size, places - float(moved * RATE))
        at += span.length


def _muted(plan: RenderPlan) -> Iterator[tuple[int, int]]:
    """From which sample of the finished sound to which there is silence."""
    muted, at = IntervalSet(plan.mutes), Fraction(0)
    for span in plan.keep:
        for part in IntervalSet((span,)) & muted:
            yield round((at + part.start - span.start) * RATE), round((at + part.end - span.start) * RATE)
        at += span.length


def _audible(finished: Samples, first: int, end: int) -> list[int]:
    """The places at which a muted stretch can be heard, one a quarter of a second."""
    begin, size = first + _GUARD, end - first - 2 * _GUARD
    if size <= 0:
        return []
    power = (waves_of(finished, begin, size) ** 2).mean(axis=1)
    parts = np.add.reduceat(power, np.arange(0, size, _SHORT)) / np.minimum(_SHORT, size)
    # near its edges the codec smears what sounds beside it
    near = _SMEARED // _SHORT + 1
    allowed = np.full(len(parts), SILENT**2)
    allowed[:near] = np.maximum(allowed[:near], _SMEAR * _loudest_nearby(finished, first - _SMEARED, _SMEARED))
    allowed[-near:] = np.maximum(allowed[-near:], _SMEAR * _loudest_nearby(finished, end, _SMEARED))
    loud = begin + np.flatnonzero(parts > allowed) * _SHORT
    return list({place // WINDOW: place for place in loud.tolist()}.values())


def _surplus(finished: Samples, plan: RenderPlan) -> list[tuple[int, bool]]:
    """Windows after the planned end, and whether anything sounds in them. The codec's last frame fades in 20 ms."""
    first = round(plan.length * RATE) + MOST_LAG
    starts = range(first, len(finished), WINDOW)
    return [(start, bool(_loudness(waves_of(finished, start, WINDOW)) > SILENT)) for start in starts]


def _wrong_windows(source: Samples, finished: Samples, batch: _Stretch, left: Left) -> Flags:
    """Whether each window is not what was planned. Puts what is left of it into `left`."""
    heard = np.stack([waves_of(finished, int(place), batch.size) for place in batch.places])
    planned, likeness, meant = _best_matches(heard, source, batch)
    _keep_rest(heard, planned, batch, left)
    loud = _loudness(heard)
    beside = np.array([_loudest_nearby(finished, int(place), batch.size) for place in batch.places])
    hushed = (loud < SILENT) | (loud**2 < _MASKED * beside)
    least = np.where((_flatness(planned) > _WHITE) | (batch.size < RATE // 10), BARELY_ALIKE, ALIKE)
    wrong: Flags = np.where(hushed, (meant >= AUDIBLE) & (loud**2 < _MASKED * meant**2), likeness < least)
    return wrong | (~hushed & _holds_foreign(heard, planned, beside))


def _best_matches(heard: Waves, source: Samples, batch: _Stretch) -> tuple[Waves, Waves, Waves]:
    """Of each window the source's sound that is most like it, within `MOST_LAG`, how alike the two are (-1 to 1), and how
    loud the source is at the least within that lag."""
    size, room = batch.size, MOST_LAG + _SLACK
    whole = np.floor(batch.source).astype(np.int64)
    around = np.stack([waves_of(source, int(place) - room, size + 2 * room) for place in whole])
    # the joint need not fall on a sample: the rest of the shift is a turn of phases
    turn = np.exp(2j * np.pi * np.fft.rfftfreq(_SIZE)[None, :] * (batch.source - whole)[:, None])[:, :, None]
    shifted = np.fft.irfft(np.fft.rfft(around, _SIZE, axis=1) * turn, _SIZE, axis=1)[
        :, _SLACK : size + 2 * room - _SLACK
    ]
    spectra = np.fft.rfft(shifted, _SIZE, axis=1) * np.conj(np.fft.rfft(heard, _SIZE, axis=1))
    products = np.fft.irfft(spectra.sum(axis=2), _SIZE, axis=1)[:, : 2 * MOST_LAG + 1]
    sums = np.cumsum((shifted**2).sum(axis=2), axis=1)
    sums = np.concatenate((np.zeros((len(sums), 1)), sums), axis=1)
    energies = sums[:, size : size + 2 * MOST_LAG + 1] - sums[:, : 2 * MOST_LAG + 1]
    own = (heard**2).sum(axis=(1, 2))[:, None]
    likeness = products / np.sqrt(np.maximum(energies * own, 1e-12))
    best = likeness.argmax(axis=1)
    matches = np.stack([row[lag : lag + size] for row, lag in zip(shifted, best, strict=True)])
    least = np.sqrt(np.maximum(energies.min(axis=1), 0) / (2 * size))
    return matches, likeness[np.arange(len(best)), best], least


def _holds_foreign(heard: Waves, planned: Waves, beside: Waves) -> Flags:
    """Whether a part of each window holds more of another sound than of the planned one."""
    gain = (heard * planned).sum(axis=(1, 2)) / np.maximum((planned**2).sum(axis=(1, 2)), 1e-12)
    copies = gain[:, None, None] * planned
    foreign = np.zeros(len(heard), dtype=np.bool_)
    size = heard.shape[1]
    for start in range(0, max(1, size - _CELL + 1), _CELL):
        part = slice(start, start + _CELL)
        rest = ((heard[:, part] - copies[:, part]) ** 2).mean(axis=(1, 2))
        share = (copies[:, part] ** 2).mean(axis=(1, 2))
        foreign |= (rest > _FOREIGN * share) & (rest > _PROMINENT * beside) & (rest > AUDIBLE**2)
    return foreign


def _keep_rest(heard: Waves, planned: Waves, batch: _Stretch, left: Left) -> None:
    """What is left of each window when the planned sound is taken out, as loud as it is there; and that itself."""
    for start in range(0, batch.size, _CELL):
        part = slice(start, start + _CELL)
        ours, theirs = heard[:, part], planned[:, part]
        gain = (ours * theirs).sum(axis=(1, 2)) / np.maximum((theirs**2).sum(axis=(1, 2)), 1e-12)
        copies = gain[:, None, None] * theirs
        for place, rest, copy in zip((batch.places + start) // _HALVED, ours - copies, copies, strict=True):
            halved, explained = _halved(rest), _halved(copy)
            end = min(len(left.rest), place + len(halved))
            left.rest[place:end], left.planned[place:end] = halved[: end - place], explained[: end - place]


def _loudest_nearby(finished: Samples, place: int, size: int) -> float:
    """The greatest mean energy of any part from 50 ms before a window to 50 ms after it."""
    room = RATE // 20
    waves = waves_of(finished, place - room, size + 2 * room)
    step = _CELL // 2
    sums = np.add.reduceat((waves**2).mean(axis=1), np.arange(0, len(waves), step))
    return float(np.max(sums[: max(1, len(waves) // step)]) / step)


def _flatness(waves: Waves) -> Waves:
    """Geometric by arithmetic mean of each window's power spectrum, 100 to 3800 Hz: 0 for tones, 1 for pulses."""
    shaped = waves * np.hanning(waves.shape[1])[None, :, None]
    power = (np.abs(np.fft.rfft(shaped, axis=1)) ** 2).sum(axis=2)
    pitch = np.fft.rfftfreq(waves.shape[1], 1 / RATE)
    heard = power[:, (pitch > 100) & (pitch < 3800)] + 1e-12
    flat: Waves = np.exp(np.log(heard).mean(axis=1)) / heard.mean(axis=1)
    return flat


def _loudness(waves: Waves) -> Waves:
    """Root mean square of each window."""
    mean: Waves = np.sqrt((waves**2).mean(axis=(-2, -1)))
    return mean
