"""Readers of the finished files by allow-list: what is not named is a violation, and nothing is read by a tool.

Each reader answers a tuple of `Violation`; an empty one means that every byte of the file is accounted for, as far as the
docstrings of `slices` and `aac` say. Readers are total: any bytes at all end in an answer (only OSError is raised, when
a file cannot be opened), in time and memory that grow with the file.
"""

from media_pipeline.adapters.inspect.fragmented import read_fragmented, track_file
from media_pipeline.adapters.inspect.jpeg import read_jpeg
from media_pipeline.adapters.inspect.ledger import Code, Violation
from media_pipeline.adapters.inspect.model import Kind, TrackFacts
from media_pipeline.adapters.inspect.mp4 import read_m4a, read_mp4, tracks

__all__ = [
    "Code",
    "Kind",
    "TrackFacts",
    "Violation",
    "read_fragmented",
    "read_jpeg",
    "read_m4a",
    "read_mp4",
    "track_file",
    "tracks",
]
