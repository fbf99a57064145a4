"""What an uploaded file's name tells us, as one word of an enumeration; the name itself is then dropped.

A name may hold a participant's or a meeting's name, so it is looked at once, in memory, and kept nowhere.
The names are those that Zoom and Webex give to what they record, and computers and phones to recordings of their screen.
"""

from __future__ import annotations

import re
from enum import StrEnum


class NameHint(StrEnum):
    """What a file's name says of it. A hint for people: nothing is ever trusted because of it."""

    GALLERY = "gallery-view"
    """Everyone is visible; staff are warned and asked for the speaker's file instead."""

    SPEAKER = "speaker-view"
    """The active speaker only: the file to prefer."""

    SCREEN = "screen-recording"
    """Recorded from a screen and not by the meeting itself: an audio watermark of the meeting may be in its sound."""

    AUDIO = "audio-only"
    """The sound of the whole session."""

    PERSON_AUDIO = "person-audio"
    """The sound of one participant alone; refused."""

    UNCONVERTED_ZOOM = "unconverted-zoom"
    """Zoom's own format, which only Zoom can convert; refused."""

    UNCONVERTED_WEBEX = "unconverted-webex"
    """Webex's own formats, which only the Webex player can convert; refused."""

    CHAT = "chat"
    """What participants wrote; refused."""

    NONE = "none"
    """The name tells nothing."""


REFUSED_HINTS = frozenset({NameHint.PERSON_AUDIO, NameHint.UNCONVERTED_ZOOM, NameHint.UNCONVERTED_WEBEX, NameHint.CHAT})
"""Hints that refuse a file before a byte of it is sent; each is also the code of its `Refused`."""

LONGEST_NAME = 1024
"""Characters of a name that are looked at, counted from its end, where the telling part is."""

_SOUND = (".m4a", ".mp3", ".wav", ".ogg", ".opus", ".flac", ".aac")

_PERSON_AUDIO = re.compile(r"audio[^\W\d_].*\d\.m4a")
"""Zoom's `audioJohnSmith1.m4a`; `audio_only.m4a` and `audio1.m4a` are of everyone."""

_GALLERY = re.compile(r"(?<![a-z])(?:gallery|gvo)(?![a-z])")
"""Zoom's `_gallery_1920x900` and `_gvo_1280x720`; loose, because a needless warning harms nobody."""

_SCREEN = re.compile(r"screen[ _-]?record|^rpreplay_|^screen-\d{8}|^\d{4}-\d\d-\d\d[ _]\d\d-\d\d-\d\d\b")
"""What macOS, Windows, Android, iOS and OBS (`2026-09-15 14-30-12.mkv`) write; loose too. Zoom leaves its watermark out of
its own recordings, and of no others."""

_SPEAKER = re.compile(r"_avo_\d+x\d+")
"""Zoom's `_avo_640x360`; strict, because this one reassures."""


def classify_name(untrusted_name: str) -> NameHint:
    """What `untrusted_name` (a file name or a path of any system) hints at. Never raises, keeps nothing."""
    *folders, name = re.split(r"[/\\]", untrusted_name[-LONGEST_NAME:].casefold().strip(" ."))
    if name.endswith(".zoom"):
        return NameHint.UNCONVERTED_ZOOM
    if name.endswith((".arf", ".wrf")):
        return NameHint.UNCONVERTED_WEBEX
    if name.endswith(".txt") and ("chat" in name or name.startswith("gmt")):
        return NameHint.CHAT
    if name.endswith(_SOUND):
        # Zoom puts one file a person into the folder "Audio Record".
        person = _PERSON_AUDIO.fullmatch(name) or "audio record" in folders
        return NameHint.PERSON_AUDIO if person else NameHint.AUDIO
    if _GALLERY.search(name):
        return NameHint.GALLERY
    if _SCREEN.search(name):
        return NameHint.SCREEN
    return NameHint.SPEAKER if _SPEAKER.search(name) else NameHint.NONE
