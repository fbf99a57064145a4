"""A shelf to another database: every row is copied and compared, and what was there stays as it is."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import copying, migrate
from app.db.engine import Database
from app.db.models import Recording
from app.services.seats import somebody_works
from app.services.states import WORKING
from app.settings import Settings
from media_pipeline.core.errors import Refused


def move(settings: Settings, address: str) -> int:
    """Copies the shelf's rows into the empty database at `address`; all of them, or none. Returns how many.

    Nobody can write to the shelf meanwhile, and what its settings name is not changed. Work is not copied, so none may be
    unfinished. Raises Refused: "at-work", "database-taken"; Fault.
    """
    if somebody_works(settings):
        raise Refused("at-work")
    source, target = Database(settings.shelf_database), Database(address)
    try:
        if source.engine.url == target.engine.url:
            raise Refused("database-taken")
        migrate.upgrade(source)
        migrate.upgrade(target)
        with source.writing() as old, target.writing() as new:
            return _copied(old, new)
    finally:
        source.close()
        target.close()


def _copied(old: Session, new: Session) -> int:
    if old.scalar(select(func.count()).select_from(Recording).where(Recording.state.in_(WORKING))):
        raise Refused("at-work")
    if not copying.is_empty(new):
        raise Refused("database-taken")
    return copying.copy_rows(old, new)
