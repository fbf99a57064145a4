"""Removing from a bucket for good: versions, the marks that deleting leaves, parts of unfinished uploads; then looking again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from app.stores.s3_client import Bucket, answers, code_of
from media_pipeline.core.errors import Fault

LOOKS = 3
"""How often is looked again before something that stays is a fault."""

_UNKNOWN = frozenset({"NotImplemented", "501", "MethodNotAllowed", "405"})
"""What stores say that keep no versions, or take no parts."""

Version = tuple[str, str]
"""Key and version; without a version where the store knows none."""


class Remover:
    """Of one bucket. A key stands for itself and, as a folder, for all below it."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def remove(self, key: str) -> None:
        """Removes everything of a key. Raises Fault when something stays."""
        for _ in range(LOOKS):
            versions, uploads = list(self._versions(key)), list(self._uploads(key))
            if not versions and not uploads:
                return
            for upload in uploads:
                with suppress(FileNotFoundError), answers():
                    self._bucket.quick.abort_multipart_upload(
                        Bucket=self._bucket.name, Key=upload[0], UploadId=upload[1]
                    )
            self._delete(versions)
        if self.keys(key):
            raise Fault("store-failed", "something could not be removed from the store")

    def keep_latest(self, key: str) -> None:
        """Of one file, only what was written last stays."""
        old = [(one, version) for one, version, latest in self._all(key) if one == key and not latest]
        self._delete(old)

    def keys(self, key: str) -> frozenset[str]:
        """Every key of which anything is left."""
        return frozenset(found[0] for found in (*self._versions(key), *self._uploads(key)))

    def folders(self, root: str) -> frozenset[str]:
        """The first part after `root` of every key below it."""
        below = f"{root}/"
        pages = self._pages("list_object_versions", below, Delimiter="/")
        if pages is None:
            pages = self._pages("list_objects_v2", below, Delimiter="/") or []
        found = {one["Prefix"] for page in pages for one in page.get("CommonPrefixes", ())}
        found |= {one["Key"] for page in pages for kind in _KINDS for one in page.get(kind, ())}
        found |= {key for key, _ in self._uploads(root)}
        return frozenset(key.removeprefix(below).split("/")[0] for key in found)

    def _delete(self, versions: list[Version]) -> None:
        """One by one: stores differ in what they ask of a list, and a recording has few files."""
        for key, version in versions:
            which = {"VersionId": version} if version else {}
            with suppress(FileNotFoundError), answers():
                self._bucket.quick.delete_object(Bucket=self._bucket.name, Key=key, **which)

    def _versions(self, key: str) -> Iterator[Version]:
        return ((one, version) for one, version, _ in self._all(key))

    def _all(self, key: str) -> Iterator[tuple[str, str, bool]]:
        """Key, version, and whether it is the latest."""
        pages = self._pages("list_object_versions", key)
        if pages is None:
            pages = self._pages("list_objects_v2", key) or []
        for page in pages:
            for kind in _KINDS:
                for one in page.get(kind, ()):
                    if _below(one["Key"], key):
                        yield one["Key"], one.get("VersionId") or "", one.get("IsLatest", True)

    def _uploads(self, key: str) -> Iterator[Version]:
        for page in self._pages("list_multipart_uploads", key) or []:
            for one in page.get("Uploads", ()):
                if _below(one["Key"], key):
                    yield one["Key"], one["UploadId"]

    def _pages(self, what: str, prefix: str, **more: Any) -> list[Any] | None:
        """All pages of a list; None where the store has no such list."""
        with answers():
            try:
                pages = self._bucket.quick.get_paginator(what).paginate(Bucket=self._bucket.name, Prefix=prefix, **more)
                return list(pages)
            except ClientError as error:
                if code_of(error) in _UNKNOWN:
                    return None
                raise


_KINDS = ("Versions", "DeleteMarkers", "Contents")
"""Where lists name what is there."""


def _below(key: str, root: str) -> bool:
    return key == root or key.startswith(f"{root}/")
