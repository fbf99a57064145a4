"""A shelf's files to another store: every file is copied and held against its SHA-256, and what was there stays as it is."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from app.db import migrate
from app.db.engine import Database
from app.db.models import Recording
from app.services.backup import IN_THE_MAKING
from app.services.seats import somebody_works
from app.services.states import WORKING
from app.settings import Settings
from app.settings.kinds import StoreChoice
from app.stores import Store, open_store
from app.stores.files import sha256_of
from media_pipeline.core.errors import Fault, Refused


def resettle(settings: Settings, choice: StoreChoice) -> int:
    """Copies all files from the store in force to the other one; returns how many. Broken off, it goes on the next time.

    Nobody can write to the shelf meanwhile, and what its settings choose is not changed. What a step is making is left out, so
    no work may be unfinished. Raises Refused: "at-work", "store-taken"; Fault, "settings-unfit" also where that is in force.
    """
    if choice is settings.store or not (settings.store_bucket and settings.store_holder.strip()):
        raise Fault("settings-unfit", "set store_bucket and store_holder, and name the store that is not in force")
    if somebody_works(settings):
        raise Refused("at-work")
    old, new = open_store(settings), open_store(settings.model_copy(update={"store": choice}))
    db = Database(settings.shelf_database)
    try:
        migrate.upgrade(db)
        with db.writing() as session:
            if session.scalar(select(func.count()).select_from(Recording).where(Recording.state.in_(WORKING))):
                raise Refused("at-work")
            return _copied(settings, old, new)
    finally:
        db.close()


def _copied(settings: Settings, old: Store, new: Store) -> int:
    roots = (settings.private.name, settings.public.name)
    names = {root: frozenset(_names(old, root)) for root in roots}
    if any(set(_names(new, root)) - names[root] for root in roots):
        raise Refused("store-taken")
    for root in roots:
        for name in sorted(names[root]):
            _copy(old, new, f"{root}/{name}")
        new.settle(root)
    return sum(len(of_root) for of_root in names.values())


def _copy(old: Store, new: Store, name: str) -> None:
    """What is fetched from a store elsewhere lies where the disk keeps it. Else the other one reads back what it was given."""
    path = old.here(name)
    if new.elsewhere and not new.put(name, path, sha256_of(path)):
        raise Fault("store-failed", "a file changed while it was copied")


def _names(store: Store, root: str) -> Iterator[str]:
    for name in store.names(root):
        parts = name.split("/")
        if root != "private" or (len(parts) > 1 and parts[1] not in IN_THE_MAKING):
            yield name
