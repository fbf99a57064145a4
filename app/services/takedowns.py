"""What there is to say after a takedown: every address that a recording ever had, when it went, and what is left to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.db.engine import Database
from app.db.kinds import PublicationState
from app.db.models import Deletion, Publication
from media_pipeline.core.errors import Stale


@dataclass(frozen=True, slots=True)
class Gone:
    """One publication that was taken down."""

    slug: str
    """The last part of its address."""

    place: str
    """Its random id, under which its files were: in an exported copy they are still."""

    withdrawn_at: datetime
    """Since when nobody is answered any more."""

    deleted_at: datetime | None
    """When nothing of its files was found any more; None until then."""

    record: str
    """The random id of the deletion's record; empty for one of before there were any."""


def takedown(db: Database, recording_id: str) -> tuple[Gone, ...]:
    """Every publication of a recording, the latest first. Raises Stale("moved-on") when there is none, or one is public."""
    with db.reading() as session:
        found = select(Publication).where(Publication.recording_id == recording_id)
        publications = session.scalars(found.order_by(Publication.published_at.desc())).all()
        places = [publication.id for publication in publications]
        records = {one.place: one for one in session.scalars(select(Deletion).where(Deletion.place.in_(places)))}
    if not publications or any(one.state is not PublicationState.WITHDRAWN for one in publications):
        raise Stale("moved-on")
    return tuple(_gone(one, records.get(one.id)) for one in publications)


def _gone(publication: Publication, record: Deletion | None) -> Gone:
    if publication.withdrawn_at is None:
        raise Stale("moved-on")
    return Gone(
        slug=publication.slug,
        place=publication.id,
        withdrawn_at=publication.withdrawn_at,
        deleted_at=record.gone_at if record is not None else None,
        record=record.id if record is not None else "",
    )
