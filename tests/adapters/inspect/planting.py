"""Ways to put one thing into a film that is open for surgery."""

from __future__ import annotations

import struct
from collections.abc import Callable
from copy import deepcopy

from tests.adapters.inspect.surgery import Node, Patient

NEEDLE = b"Kim Example, Elm Street 5"
"""What must not ride along."""

XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + b"<x:xmpmeta>" + NEEDLE
"""The body of a uuid box with XMP."""

Plant = Callable[[Patient], object]


def add(path: str, kind: bytes, body: bytes = NEEDLE, place: int | None = None) -> Plant:
    """Puts a box into the box at `path` (the file itself when empty), at the end or at `place`."""

    def plant(film: Patient) -> None:
        children = film.at(path).children if path else film.top
        children.insert(len(children) if place is None else place, Node(kind, body))

    return plant


def patch(path: str, at: int, value: bytes) -> Plant:
    """Replaces bytes in the body of the box at `path`."""
    return lambda film: film.at(path).patch(at, value)


def longer(path: str, more: bytes) -> Plant:
    """Adds bytes to the end of the body of a box without children."""

    def plant(film: Patient) -> None:
        film.at(path).body += more

    return plant


def body(path: str, value: bytes) -> Plant:
    """Replaces the whole body of a box."""

    def plant(film: Patient) -> None:
        film.at(path).body = value

    return plant


def tail(value: bytes) -> Plant:
    """Bytes after the last box."""

    def plant(film: Patient) -> None:
        film.tail = value

    return plant


def again(path: str, number: int | None = None) -> Plant:
    """A second copy of a box after all its siblings; `number` is written where a track has its id."""

    def plant(film: Patient) -> None:
        parent, _, _ = path.rpartition("/")
        copy = deepcopy(film.at(path))
        if number is not None:
            copy.children[0].patch(12, struct.pack(">I", number))
        (film.at(parent).children if parent else film.top).append(copy)

    return plant
