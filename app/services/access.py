"""What the shelf has for families who cannot hear or read it, and what it lacks: told in the accessibility statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from app.db.engine import Database
from app.services.shelf import entries
from media_pipeline.core.captions import Uncaptioned


@dataclass(frozen=True, slots=True)
class Access:
    """Storytimes that are public now, by what they have."""

    shown: int
    """All of them."""

    captioned: int
    signed: int
    silent: int
    """Without any sound: there is nothing to caption."""

    uncaptioned: Mapping[Uncaptioned | None, int]
    """Those that are heard and have no captions, by the reason; under None those of which nobody was asked."""


def access(db: Database) -> Access:
    """As it is at this moment."""
    shown = entries(db)
    lacking = Counter(entry.uncaptioned for entry in shown if entry.has_sound and not entry.captioned)
    return Access(
        shown=len(shown),
        captioned=sum(entry.captioned for entry in shown),
        signed=sum(entry.signed for entry in shown),
        silent=sum(not entry.has_sound for entry in shown),
        uncaptioned={reason: lacking[reason] for reason in (*Uncaptioned, None) if lacking[reason]},
    )
