"""Which of several files that a meeting left behind is the one to publish, by their names alone; those are kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.uploads.names import REFUSED_HINTS, NameHint, classify_name

MOST_FILES = 200
"""That are looked at together: more than any meeting leaves behind."""

_FILMS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".3gp", ".mpg", ".mpeg", ".wmv")
_WORDS = (".vtt", ".srt")

_SAFEST_FIRST = (NameHint.SPEAKER, NameHint.NONE, NameHint.SCREEN, NameHint.GALLERY, NameHint.AUDIO)


@dataclass(frozen=True, slots=True)
class Sorted:
    """What one of the files is."""

    hint: NameHint
    """What its name hints at."""

    takes: bool
    """Whether it may be uploaded."""

    words: bool = False
    """Whether it is a transcript, to be given on the recording's page."""


def sort(untrusted_names: Sequence[str]) -> tuple[tuple[Sorted, ...], int | None]:
    """Each file's kind, and the place of the safest one to upload; None when none may be."""
    kinds = tuple(map(_sorted, untrusted_names))
    able = [place for place, kind in enumerate(kinds) if kind.takes]
    best = min(able, key=lambda place: (_SAFEST_FIRST.index(kinds[place].hint), place), default=None)
    return kinds, best


def _sorted(untrusted_name: str) -> Sorted:
    hint = classify_name(untrusted_name)
    if hint in REFUSED_HINTS or hint is NameHint.AUDIO:
        return Sorted(hint, takes=hint is NameHint.AUDIO)
    name = untrusted_name.casefold().strip(" .")
    return Sorted(hint, takes=name.endswith(_FILMS), words=name.endswith(_WORDS))
