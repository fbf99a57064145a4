"""What reads bytes that somebody else made, each as one function of bytes: whatever they are, it answers or refuses.

An exception that is none of ours, a hang or a swelling of memory is what the fuzzer looks for.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from app.uploads.asks import parse
from media_pipeline.adapters.captions import WebVttReader
from media_pipeline.adapters.inspect import read_fragmented, read_jpeg, read_m4a, read_mp4, track_file, tracks
from media_pipeline.core.errors import Refused
from media_pipeline.ports.watch import Unwatched
from tests.adapters.test_any_answer import TRACK, answered, asked

_FILE = Path(tempfile.mkdtemp()) / "file"
_FILE.write_bytes(bytes(1000))


def boxes(untrusted: bytes) -> None:
    """Every reader of finished files."""
    _FILE.write_bytes(untrusted)
    for read in (read_mp4, read_m4a, read_fragmented, read_jpeg, tracks, track_file):
        read(_FILE)


def probe(untrusted: bytes) -> None:
    """ffprobe's and ffmpeg's answers, whichever was asked; the first byte is the exit status."""
    status, answer = int(untrusted[:1] > b"\x7f"), untrusted[1:]
    asking = asked(_FILE, answer, status)
    for ask in (
        asking.header,
        lambda: asking.any_interlaced(TRACK),
        lambda: asking.first_frame(TRACK, container_clock=True),
        lambda: asking.packets(TRACK, Fraction(3), Unwatched()),
    ):
        answered(ask)


def tus(untrusted: bytes) -> None:
    """A request's head: the method, then a header a line; with the id of an upload when the method ends in a space."""
    method, *lines = untrusted.decode("latin-1").split("\n")
    headers = dict(line.partition(": ")[::2] for line in lines)
    parse(method.strip(), headers, "0" * 32 if method.endswith(" ") else None)


def captions(untrusted: bytes) -> None:
    """A file of captions."""
    with suppress(Refused):
        for cue in WebVttReader().read(untrusted):
            assert cue.untrusted_lines
            assert cue.start >= 0


TARGETS: Mapping[str, Callable[[bytes], None]] = MappingProxyType(
    {"boxes": boxes, "probe": probe, "tus": tus, "captions": captions}
)
