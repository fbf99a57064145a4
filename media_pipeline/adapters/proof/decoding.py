"""What all our decoding has in common: its limits, and what a decoder's words mean."""

from __future__ import annotations

import mmap
from pathlib import Path

from media_pipeline.adapters.process import Limits
from media_pipeline.core.errors import Cancelled
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.watch import Watch

ALONE = ("-threads", "1", "-filter_threads", "1")
"""Several threads cost a tenth more, and we work beside the decoder anyway."""

UNSMOOTHED = ("-skip_loop_filter", "noref")
"""Frames that no other is made from keep the seams of their blocks: a fifteenth less to decode, and a small pixel (20 × 20 of
720 lines) moved by 3 levels at the most in films that were nothing but blocks."""


def limits(length: Seconds) -> Limits:
    """Room for 2304 lines of HEVC on the slowest machine we know, and an end for work that never ends."""
    # a decoder reserves some 64 MiB of addresses a thread, and has one or two threads for each processor
    return Limits(cpu_seconds=600 + 20 * round(length), address_space=16 << 30)


_HARMLESS = (
    b"mmco: unref short failure",  # a camera that forgets a frame twice
    b"not on whitelist",  # of tracks that we do not read: covers, subtitles
    b"output file will be unreadable",  # of our own pipe, which nobody but we read
)
"""What is called an error and spoils no picture."""


def complains(untrusted_words: bytes) -> bool:
    """Whether a decoder has found fault with anything."""
    lines = (line for line in untrusted_words.splitlines() if line.strip())
    return any(not any(harmless in line for harmless in _HARMLESS) for line in lines)


def heed(watch: Watch) -> None:
    """Raises Cancelled when the watch says so: for long sums between two tools."""
    if watch.cancelled():
        raise Cancelled("cancelled")


def let_go(*kept: object) -> None:
    """Frees the memory of what was read of arrays that lie in files: an hour of pictures is 200 MB that need not stay."""
    for array in kept:
        mapped = getattr(array, "_mmap", None)
        if isinstance(mapped, mmap.mmap):
            mapped.madvise(mmap.MADV_DONTNEED)


FileState = tuple[int, ...]
"""What tells one state of a file from every other: where it is on disk, its size, and when it last changed."""


def file_state(path: Path) -> FileState:
    """Changes with every writing to the file: nobody can set the time of change."""
    facts = path.stat()
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
