"""How numbers are said to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from types import MappingProxyType

from app.db.kinds import AgeGroup
from media_pipeline.core.report import CheckName

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

CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "unchanged": "A finished file has changed since it was proven",
        "files": "There are not exactly the files that there should be",
        "boxes": "A finished file holds something that we do not know",
        "pictures": "The poster or the preview pictures hold more than a picture",
        "playlists": "A list that players read is not as it should be",
        "counts": "A finished film is not as long as planned",
        "frames": "A finished film shows a picture that was cut, or not the one that was planned",
        "hidden-frames": "A picture that was cut is hidden in a finished film",
        "stills": "The poster or a preview picture shows something that was cut",
        "sound": "Sound that was cut can still be heard, or is not what was planned",
        "same-streams": "Two copies of the film are not the same",
        "captions": "Captions, chapters or the transcript do not say exactly what was approved",
        "canaries": "A text of the original file, such as a name or a place, is still in a finished file",
        "second-look": "The finished film shows faces that nobody has approved",
    }
)
"""What it means that a check of the proof did not hold, by the core's `CheckName`."""

SECOND_LOOK = CheckName.SECOND_LOOK.value
"""The check that staff can do something about: the only one that looks at people and not at our own work."""

NOT_YOURS = (
    "is nothing that you did. Please approve it once more below. "
    "If the proof fails again, ask IT, and show them this page."
)
TAKEN_DOWN = "A larger size did not pass every privacy check. Families could already watch a smaller one: all of it has been taken down."
LOOK_AGAIN = "Please look at these moments of the recording again. If someone there must not be shown, cut it and approve it anew below. If everyone there may be shown, say so:"


def lines(height: int) -> str:
    """`360 lines`, or `sound`."""
    return f"{height} lines" if height else "sound"


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


def share(part: Fraction) -> str:
    """`41 % of the film`; never `0 %` of something that is there, nor `100 %` while there is something else."""
    if part < Fraction(1, 100):
        return "less than 1 % of the film"
    return f"{100 if part == 1 else min(99, round(part * 100))} % of the film"


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


def day(when: date) -> str:
    """`23 November 2026`."""
    return f"{when.day} {when:%B} {when.year}"


def moment(when: datetime) -> str:
    """`23 November 2026, 14:05`, by this server's clock."""
    here = when.astimezone()
    return f"{day(here)}, {here:%H:%M}"


def counted(count: int, what: str) -> str:
    """`1 recording`, `3 recordings`."""
    return f"{count} {what}{'s' if count != 1 else ''}"


def listed(parts: Sequence[str]) -> str:
    """`one, two and three`."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def days(count: int) -> str:
    """`14 days`."""
    return f"{count} day{'s' if count != 1 else ''}"
