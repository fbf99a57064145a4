"""Which data there are, where, how long and why: the map that a board asks for, from the settings in force."""

from __future__ import annotations

from dataclasses import dataclass

from app.settings import Settings
from app.settings.kinds import StoreChoice

DATABASE, DISK = "Database", "Disk of the server"


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of data."""

    data: str
    where: str
    how_long: str
    why: str
    setting: str = ""
    """What decides how long; empty where that is not a matter of days."""


def data_map(settings: Settings) -> tuple[Kept, ...]:
    """All kinds of data, with how long each is kept by the settings in force."""
    files = f"S3 store of {settings.store_holder.strip()}" if settings.store is StoreChoice.S3 else DISK

    def days(setting: str, data: str, where: str, then: str, why: str) -> Kept:
        count = getattr(settings, setting)
        return Kept(data, where, f"{count} day{'s' if count != 1 else ''} {then}", why, f"STORYSHELF_{setting.upper()}")

    originals = "Originals, and what is made of them for the review"
    deleted = "Records of deletions, without names or titles"
    library = "Until the library removes them"
    return (
        Kept("Visitors of the public pages", "Nowhere", "Not kept", "Not needed"),
        Kept("Uploads not come whole", DISK, "Until nobody goes on with them", "To go on after a broken connection"),
        days("originals_days", originals, files, "after publication or refusal", "To correct a cut"),
        days("drafts_days", "Recordings never published", files, "after their upload", "To decide"),
        days("published_days", "Published storytimes", files, "unless staff choose another last day", "For families"),
        days("trail_days", "Who of the staff did what", DATABASE, "after it was done", "To find what went wrong"),
        days(
            "traces_days", "Notes of the worker, without names", DATABASE, "after the work was done", "To find faults"
        ),
        days("backups_days", "Backups", "Where the library puts them", "after each was made", "To lose nothing"),
        Kept(deleted, DATABASE, library, "To show that it was deleted"),
        Kept(
            "Records of rights, with what proves them", DATABASE, "Until staff remove them", "To show what was allowed"
        ),
        Kept("Staff, how they sign in, and who approved", DATABASE, library, "To answer for what is published"),
        Kept("What the privacy page said, and since when", DATABASE, "For good", "To show what was promised"),
    )
