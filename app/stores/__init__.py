"""Where a shelf's files are kept: on this machine's disk, or in an S3 store that several machines share.

What works on films works on local files in a sandbox, and what serves them should not need a copy of each. So a file has a
name, such as `private/<recording id>/proxy.mp4`, and a place, which is that name below the data folder. On the disk the
file at its place is the file. With a store elsewhere the place holds at most a copy to work with, which may be lost at any
moment: it is fetched when it is needed, held against its SHA-256, and what is made counts only once the store has it. No row
names a place, so nothing else needs to know.

Presigned addresses, which would send families to the store itself, are not offered: the store would see who watches.
"""

from __future__ import annotations

from functools import lru_cache

from app.settings import Settings
from app.settings.kinds import StoreChoice
from app.stores.disk import Disk
from app.stores.port import Kept, Store

__all__ = ["Disk", "Kept", "Store", "open_store"]


def open_store(settings: Settings) -> Store:
    """The store that the operator chose. Raises Fault("settings-unfit") when no keys for it are to be had."""
    return Disk(settings.data) if settings.store is StoreChoice.DISK else _elsewhere(settings)


@lru_cache(maxsize=4)
def _elsewhere(settings: Settings) -> Store:
    from app.stores.s3 import S3  # only here: boto3 takes memory that a shelf on a disk need not spend
    from app.stores.s3_client import Bucket

    return S3(settings.data, Bucket(settings))
