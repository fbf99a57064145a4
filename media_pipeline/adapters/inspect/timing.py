"""Clocks, durations, edits and rates: every number in the headers must follow from the samples.

What is left free by nature: the pictures' clock (any whole number of ticks a frame between 1 and 240 frames a second)
and the number of samples, which callers compare with the render plan by `tracks`; and roundings: one tick more or less in
an audio frame's duration (joints at uneven frame rates), and in an edit where clocks do not divide evenly; of sound the highest bit rate may be the encoder's target, any whole number of kbit/s.
"""

from __future__ import annotations

from array import array
from math import lcm

from media_pipeline.adapters.inspect import aac
from media_pipeline.adapters.inspect.ledger import Code, Ledger
from media_pipeline.adapters.inspect.model import Kind, Movie, Track

_MILLISECONDS = 1000
"""The movie's clock where the tracks' clocks need no finer one."""

_FASTEST = 240
"""Frames a second that a published film has at most."""

_MOST_BIT_RATE = 512_000
"""Highest target rate of AAC that an operator can choose, in bits a second."""

_MOST_REORDERED = 2
"""Frames that x264 may put the whole film off for reordering, whether or not any frame of it then needs that much."""


def check_layout(movie: Movie, allowed: frozenset[tuple[Kind, ...]], ledger: Ledger) -> None:
    """The tracks are of an allowed set of kinds, and each header shows what its track holds."""
    if tuple(track.kind for track in movie.tracks) not in allowed:
        ledger.add(Code.TRACKS, "moov", 0)
    for track in movie.tracks:
        if track.shown != (track.entry.width, track.entry.height):
            ledger.add(Code.TRACK_HEADER, track.path, track.offset)
        if not _clock_follows(track):
            ledger.add(Code.TIMESCALE, track.path, track.offset)
    clock = lcm(_MILLISECONDS, *(track.timescale for track in movie.tracks))
    if movie.timescale < _MILLISECONDS or clock % movie.timescale:
        ledger.add(Code.TIMESCALE, "moov/mvhd", 0)


def _clock_follows(track: Track) -> bool:
    """Sound is clocked by its sample rate; pictures by a clock that their frame time in the SPS agrees with."""
    if not track.timescale:
        return False
    if track.kind is not Kind.VIDEO:
        return track.timescale == aac.SAMPLE_RATE
    frame = track.durations[0] if track.durations else 0
    if not frame <= track.timescale <= _FASTEST * frame:
        return False
    sets = track.entry.parameter_sets
    return sets is None or sets.sequence.frame_time * track.timescale == frame


def check_sample_times(track: Track, places: array[int] | None, ledger: Ledger) -> None:
    """Pictures are shown in the stream's own order, one frame time apart; sound has whole frames but for the last.

    Writes down what the track's first moment is: `track.lead`.
    """
    if not track.durations:
        ledger.add(Code.DURATION, track.path, track.offset)
    elif track.kind is Kind.AUDIO:
        steady = all(abs(ticks - aac.FRAME_SAMPLES) <= 1 for ticks in track.durations[:-1])
        if not steady or not 1 <= track.durations[-1] <= aac.FRAME_SAMPLES + 1 or any(track.shifts):
            ledger.add(Code.DURATION, track.path, track.offset)
        track.lead = aac.FRAME_SAMPLES
    elif places is not None:  # otherwise a violation of the stream was told already
        _check_frame_times(track, places, ledger)


def _check_frame_times(track: Track, places: array[int], ledger: Ledger) -> None:
    frame, count = track.durations[0], len(track.durations)
    if frame == 0 or track.durations.count(frame) != count:
        ledger.add(Code.DURATION, track.path, track.offset)
        return
    lead = track.shifts[0] - places[0] * frame
    if lead not in range(0, _MOST_REORDERED * frame + 1, frame):
        ledger.add(Code.DURATION, track.path, track.offset)
        return
    seen = bytearray(count)
    for number, (place, shift) in enumerate(zip(places, track.shifts, strict=False)):
        if place >= count or seen[place] or number * frame + shift != lead + place * frame:
            ledger.add(Code.DISPLAY_ORDER, f"{track.path}: sample {number + 1}", track.offset)
            return
        seen[place] = 1
    track.lead = lead


def check_edits(movie: Movie, ledger: Ledger) -> None:
    """Each track has one edit: from the first picture or the first sound after the priming, to the end."""
    for track in movie.tracks:
        if sum(track.durations) != track.media_duration:
            ledger.add(Code.DURATION, f"{track.path}/mdia/mdhd", track.offset)
        if len(track.edits) != 1 or not track.timescale:
            ledger.add(Code.EDIT_LIST, track.path, track.offset)
            continue
        shown, start = track.edits[0]
        # pictures last until the last one's own end; of sound the priming is not heard
        heard = track.media_duration - (aac.FRAME_SAMPLES if track.kind is Kind.AUDIO else 0)
        begins = track.lead in (None, start)  # None: a violation of the samples was told already
        if not begins or not _is_rounded(shown, heard * movie.timescale, track.timescale):
            ledger.add(Code.EDIT_LIST, track.path, track.offset)
        if not _is_rounded(track.header_duration, heard * movie.timescale, track.timescale):
            ledger.add(Code.DURATION, f"{track.path}/tkhd", track.offset)
    if movie.duration != max((track.header_duration for track in movie.tracks), default=-1):
        ledger.add(Code.DURATION, "moov/mvhd", 0)


def _is_rounded(told: int, ticks: int, divisor: int) -> bool:
    """Whether `told` is `ticks` / `divisor`, rounded down or up: ffmpeg does either where clocks do not divide evenly."""
    return ticks // divisor <= told <= -(-ticks // divisor)


def check_offset_edit(track: Track, ledger: Ledger) -> None:
    """A track in fragments has one edit without an end, from the first picture or the first sound after the priming."""
    begins = track.lead is None or track.edits == [(0, track.lead)]  # None: a violation was told already
    if not begins:
        ledger.add(Code.EDIT_LIST, track.path, track.offset)


def check_no_durations(movie: Movie, ledger: Ledger) -> None:
    """The headers of a film in fragments leave all durations to the fragments."""
    if movie.duration or any(track.header_duration or track.media_duration for track in movie.tracks):
        ledger.add(Code.DURATION, "moov", 0)


def check_bit_rates(track: Track, ledger: Ledger) -> None:
    """Rates are the mean rate of the samples; of pictures the mean may be left out, of sound the highest may be the target."""
    ticks = sum(track.durations)
    mean = sum(track.sizes) * 8 * track.timescale // ticks if ticks else 0
    for where, offset, highest, told in track.entry.bit_rates:
        if track.kind is Kind.AUDIO:
            target = mean < highest <= _MOST_BIT_RATE and highest % 1000 == 0
            plain = told == mean and (highest == mean or target)
        else:
            plain = highest == mean and told in (0, mean)
        if not plain:
            ledger.add(Code.BIT_RATE, where, offset)
    if len({rates[2:] for rates in track.entry.bit_rates}) > 1:
        ledger.add(Code.BIT_RATE, track.path, track.offset)
