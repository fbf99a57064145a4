"""What was deleted, when, and by which rule: a record that tells of no person, no title and no file's name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.engine import Database, now
from app.db.kinds import Deleted, Rule
from app.db.models import Deletion, Publication, Recording
from app.db.works import Evidence
from app.services import ledger, purging
from app.services.shelf import public_files
from app.settings import Settings
from app.stores import open_store
from media_pipeline.core import canonical
from media_pipeline.core.errors import Fault

COLUMNS = ("what", "id", "rule", "sha256", "decided", "gone")
"""Of the exported list."""

PLACE = 16
"""Characters of what a deletion calls evidence by."""


def note_private(
    session: Session, settings: Settings, recording: Recording, what: Deleted, rule: Rule, at: datetime
) -> None:
    """In the transaction that decides it: the private files of a recording are to be deleted."""
    session.add(Deletion(what=what, place=recording.id, rule=rule, sha256=recording.sha256, at=at))
    ledger.note(settings, what, recording.id)


def note_publication(session: Session, settings: Settings, publication: Publication, rule: Rule, at: datetime) -> None:
    """In the transaction that decides it: the finished files of a publication are to be deleted. Raises Fault."""
    files = canonical.digest(public_files(publication))
    session.add(Deletion(what=Deleted.PUBLICATION, place=publication.id, rule=rule, sha256=files, at=at))
    ledger.note(settings, Deleted.PUBLICATION, publication.id)


def note_evidence(session: Session, settings: Settings, evidence: Evidence | None) -> None:
    """In the transaction that deletes it, when there is one: it is a row of that database, and gone with it."""
    if evidence is not None:
        place, at = evidence_place(evidence), now()
        told = {"what": Deleted.EVIDENCE, "place": place, "rule": Rule.STAFF, "sha256": evidence.sha256}
        session.add(Deletion(**told, at=at, gone_at=at))
        ledger.note(settings, Deleted.EVIDENCE, place)


def evidence_place(evidence: Evidence) -> str:
    """What a deletion calls it by: the record that it belonged to may have another by now."""
    return evidence.sha256[:PLACE]


def settle(db: Database, settings: Settings) -> int:
    """Looks again for everything that was to be deleted, and tells a shared cache again; what is gone is noted so.

    Returns how much is still there. Raises Fault: "cache-away" once all else is noted.
    """
    store = open_store(settings)
    with db.reading() as session:
        due = session.scalars(select(Deletion).where(Deletion.gone_at.is_(None))).all()
    roots = {one.id: settings.public if one.what is Deleted.PUBLICATION else settings.private for one in due}
    gone = {one.id for one in due if not store.anything(f"{roots[one.id].name}/{one.place}")}
    published = {one.id: one.place for one in due if one.what is Deleted.PUBLICATION}
    away = _purged(db, settings, tuple(published.values()))
    if away is not None:
        gone -= published.keys()
    with db.writing() as session:  # only now: nobody waits while a store is asked
        for deletion in session.scalars(select(Deletion).where(Deletion.id.in_(gone))):
            deletion.gone_at = now()
    if away is not None:
        raise away
    return len(due) - len(gone)


def _purged(db: Database, settings: Settings, places: tuple[str, ...]) -> Fault | None:
    """What stands against it that a shared cache holds nothing of them any more; None when nothing does."""
    try:
        purging.purge(db, settings, places)
    except Fault as fault:
        return fault
    return None


def rows(db: Database) -> Iterator[tuple[str, ...]]:
    """Every deletion in the order decided, as `COLUMNS`, moments in ISO 8601."""
    with db.reading() as session:
        found = session.scalars(select(Deletion).order_by(Deletion.at, Deletion.id)).all()
    for one in found:
        gone = one.gone_at.isoformat() if one.gone_at else ""
        yield one.what.value, one.place, one.rule.value, one.sha256, one.at.isoformat(), gone
