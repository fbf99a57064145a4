"""The media itself: every byte of every mdat is owned by exactly one sample, and every sample is plain H.264 or AAC."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence

from media_pipeline.adapters.inspect import aac
from media_pipeline.adapters.inspect.boxes import Box, Untrusted, let_go
from media_pipeline.adapters.inspect.h264 import ParameterSets
from media_pipeline.adapters.inspect.ledger import Code, Ledger
from media_pipeline.adapters.inspect.model import Kind, Track
from media_pipeline.adapters.inspect.slices import FrameOrder, find_slice, longest_slice, read_slice

_ENCODER_NAMES = (re.compile(rb"Lav[cf]\d\d\.\d"), re.compile(rb"x264 - core"))
"""How ffmpeg's libraries and x264 sign; long enough not to occur by chance in any library's films. Two patterns that each
begin with plain letters are found 40 times as fast as one with a choice."""


_LONGEST_NAME = 16
"""Bytes that the longest of them may have."""

_PIECE = 1 << 24
"""Bytes of a file that stay in memory while it is read: an hour's film is half a gigabyte."""


def check_ownership(tracks: Sequence[Track], media: Sequence[Box], ledger: Ledger) -> None:
    """Every byte of the bodies of `media` belongs to one sample, and every sample lies in one of them."""
    extents = sorted(_extents(tracks))
    index = 0
    for box in media:
        at = box.body
        while index < len(extents) and extents[index][0] < box.end and not ledger.full:
            start, end = extents[index]
            if start < at:
                ledger.add(Code.SAMPLE_OVERLAP if start >= box.body else Code.SAMPLE_OUTSIDE, "mdat", start)
            elif start > at:
                ledger.add(Code.BYTE_UNOWNED, "mdat", at)
            if end > box.end:
                ledger.add(Code.SAMPLE_OUTSIDE, "mdat", start)
            at = max(at, end)
            index += 1
        if at < box.end:
            ledger.add(Code.BYTE_UNOWNED, "mdat", at)
    if index < len(extents):
        ledger.add(Code.SAMPLE_OUTSIDE, "mdat", extents[index][0])


def _extents(tracks: Iterable[Track]) -> Iterator[tuple[int, int]]:
    """Stretches of bytes that samples own, those that touch in decoding order taken together."""
    for track in tracks:
        start = end = -1
        for at, size in zip(track.offsets, track.sizes, strict=False):
            if at != end:
                if end > start:
                    yield start, end
                start = at
            end = at + size
        if end > start:
            yield start, end


def check_samples(data: Untrusted, track: Track, ledger: Ledger) -> array[int] | None:
    """Reads every sample of the track. For pictures: each one's place in display order; None when it has none."""
    if track.kind is Kind.AUDIO:
        _check_sound(data, track, ledger)
        return None
    if track.kind is None:
        return None
    if track.entry.parameter_sets is None:
        _check_units(data, track, ledger)
        return None
    return _check_pictures(data, track, track.entry.parameter_sets, ledger)


def _inside(data: Untrusted, track: Track) -> Iterator[tuple[int, int, int]]:
    """Number from 1, start and end of each sample that lies in the file; the others are told by `check_ownership`."""
    gone = 0
    for number, (start, size) in enumerate(zip(track.offsets, track.sizes, strict=False), 1):
        if start + size <= len(data):
            yield number, start, start + size
            if start > gone + _PIECE:
                let_go(data, start)
                gone = start


def _check_sound(data: Untrusted, track: Track, ledger: Ledger) -> None:
    for number, start, end in _inside(data, track):
        if ledger.full:
            return
        # one byte more than the longest frame is enough to refuse it
        if not aac.plain_frame(data[start : min(end, start + 2048)]):
            ledger.add(Code.AAC_FRAME, f"{track.path}: sample {number}", start)


def _check_units(data: Untrusted, track: Track, ledger: Ledger) -> None:
    """Without parameter sets, which is a violation told already, units can be told apart but slices cannot be read."""
    for number, start, end in _inside(data, track):
        if ledger.full:
            return
        find_slice(data, start, end, f"{track.path}: sample {number}", ledger)


def _check_pictures(data: Untrusted, track: Track, sets: ParameterSets, ledger: Ledger) -> array[int] | None:
    order, places = FrameOrder(sets), array("Q")
    limit, known = longest_slice(sets), True
    for number, start, end in _inside(data, track):
        if ledger.full:
            return None
        where = f"{track.path}: sample {number}"
        head = find_slice(data, start, end, where, ledger)
        frame = read_slice(head, sets) if head else None
        if head and (frame is None or end - start > limit):
            ledger.add(Code.SLICE, where, start)
        if frame is None:
            known = False
            continue
        if frame.key != bool(track.sync[number - 1]):
            ledger.add(Code.SYNC_SAMPLE, where, start)
        place = order.place(frame)
        if place is None or place < 0:
            ledger.add(Code.SLICE, where, start)
            known = False
        else:
            places.append(place)
    return places if known and len(places) == len(track.sizes) else None


def check_names(data: Untrusted, ledger: Ledger) -> None:
    """No encoder or muxer names itself anywhere in the file."""
    for start in range(0, len(data), _PIECE):
        end = min(len(data), start + _PIECE + _LONGEST_NAME)
        for found in filter(None, (name.search(data, start, end) for name in _ENCODER_NAMES)):
            ledger.add(Code.ENCODER_NAME, "file", found.start())
            return
        let_go(data, start)
