"""Rights, in the words that staff read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from app.db.kinds import WorkKind
from app.web import words
from media_pipeline.core.rights import AtEnd, Bar, Basis, Right, Scope

KINDS: Mapping[WorkKind, str] = MappingProxyType(
    {WorkKind.BOOK: "Book", WorkKind.SONG: "Song or rhyme", WorkKind.PICTURE: "Picture"}
)

BASES: Mapping[Basis, str] = MappingProxyType(
    {
        Basis.PERMISSION: "Its owner has allowed it",
        Basis.LICENCE: "Under a licence",
        Basis.PUBLIC_DOMAIN: "Public domain: nobody owns it any more",
        Basis.OWN: "The library made it",
        Basis.FAIR_USE: "Fair use, as somebody here decided",
    }
)

SCOPES: Mapping[Scope, str] = MappingProxyType(
    {
        Scope.OPEN_WEB: "To anybody on the open web",
        Scope.CLOSED: "To a closed group only, such as card holders who sign in",
        Scope.LIVE: "At the live storytime only",
    }
)

AT_ENDS: Mapping[AtEnd, str] = MappingProxyType(
    {
        AtEnd.TAKE_DOWN: "Recordings that show it are taken down",
        AtEnd.STAY: "What is public may stay; nothing new is published",
    }
)

BARS: Mapping[Bar, str] = MappingProxyType(
    {
        Bar.SCOPE: "It may not be shown on the open web.",
        Bar.OVER: "Its last day is over.",
        Bar.UNDECIDED: "Nobody has decided on fair use.",
    }
)
"""Why something may not be published."""


def ends_says(right: Right, today: date) -> str:
    """`until 3 May 2027 (in 7 days)`; empty without an end."""
    left = right.days_left(today)
    if left is None or right.last_day is None:
        return ""
    until = f"until {words.day(right.last_day)}"
    if left < 0:
        return f"{until}: over"
    if right.warned(today) is None:
        return until
    return f"{until} ({f'in {words.days(left)}' if left else 'today'})"
