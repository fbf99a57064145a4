"""After a takedown, a shared cache in front of the families' address forgets what it holds.

Only media are answered from such a cache without asking us: pages, feeds and the search are asked for again each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import select

from app.db.engine import Database
from app.db.models import Publication
from app.services.shelf import public_files
from app.settings import Settings
from app.stores import shared_cache
from media_pipeline.core.errors import Fault


def purge(db: Database, settings: Settings, places: Iterable[str]) -> None:
    """Has the cache forget every file of publications that are public no more. Twice is once. Raises Fault("cache-away")."""
    if settings.cache_purge is None:
        return
    with db.reading() as session:
        gone = session.scalars(select(Publication).where(Publication.id.in_(list(places)))).all()
    addresses = [f"{settings.public_url}/media/{one.id}/{file.name}" for one in gone for file in public_files(one)]
    if addresses:
        shared_cache.forget(settings.cache_purge, addresses)


@contextmanager
def may_wait() -> Iterator[None]:
    """For whoever has more to do than to tell a cache: what it could not be told now, the sweep tells it again at its end."""
    try:
        yield
    except Fault as fault:
        if fault.code != "cache-away":
            raise
