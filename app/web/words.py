"""How numbers are said to people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType

from app.db.models import AgeGroup

AGE_GROUPS: Mapping[AgeGroup, str] = MappingProxyType(
    {
        AgeGroup.BABY: "Babies",
        AgeGroup.TODDLER: "Toddlers",
        AgeGroup.PRESCHOOL: "Preschool",
        AgeGroup.SCHOOL_AGE: "School age",
        AgeGroup.FAMILY: "Families",
    }
)
"""For whom a storytime is, in the order of the lists."""

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "en": "English",
        "es": "Spanish",
        "zh": "Chinese",
        "vi": "Vietnamese",
        "ar": "Arabic",
        "fr": "French",
        "ko": "Korean",
        "ru": "Russian",
        "pt": "Portuguese",
        "tl": "Tagalog",
        "ht": "Haitian Creole",
        "so": "Somali",
        "ase": "American Sign Language",
    }
)
"""BCP 47 tags that staff choose from, with their names."""


def language(tag: str) -> str:
    """The language's name; a tag that is not in the list stands for itself."""
    return LANGUAGES.get(tag, tag)


def minutes(length_ms: int) -> str:
    """`25 minutes`; under a minute, seconds."""
    if length_ms < 60_000:
        seconds = max(1, round(length_ms / 1000))
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    whole = round(length_ms / 60_000)
    return f"{whole} minute{'s' if whole != 1 else ''}"


def stretch(seconds: Fraction) -> str:
    """`24 min 3 s`, for what is counted rather than looked up on a clock; never `0 s` for something that is there."""
    whole = max(1, round(seconds)) if seconds else 0
    minute, second = divmod(whole, 60)
    return f"{minute} min {second} s" if minute else f"{second} s"


def sound_tracks(count: int) -> str:
    """What is done with a recording's sound tracks; empty when there is no choice to tell of."""
    return f"This recording has {count} sound tracks; only the first of them is used." if count > 1 else ""


def size(count: int) -> str:
    """`12 MB`, in powers of 1000 as shops and phones count."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= step:
            number = count / step
            return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"
    return f"{count} bytes"


def day(when: datetime) -> str:
    """`23 November 2026`."""
    return f"{when.day} {when:%B} {when.year}"


def moment(when: datetime) -> str:
    """`23 November 2026, 14:05`, by this server's clock."""
    here = when.astimezone()
    return f"{day(here)}, {here:%H:%M}"


def days(count: int) -> str:
    """`14 days`."""
    return f"{count} day{'s' if count != 1 else ''}"
