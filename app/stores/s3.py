"""An S3 bucket as a store. Every file is private, is read back and held against its SHA-256 once it is written, and goes with
all its versions. Nothing here relies on rules of the bucket's own, such as a lifecycle, that somebody else may change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

from botocore.exceptions import ClientError

from app.stores import files
from app.stores.port import checked, ours
from app.stores.s3_client import Bucket, answers, code_of
from app.stores.s3_reading import Stream, blocks
from app.stores.s3_removing import Remover
from app.stores.s3_turns import Turns
from app.uploads.disk import disk_faults
from media_pipeline.core.errors import Fault

PART = 16 << 20
"""Bytes that are sent at once: what is larger goes up in parts of this size."""

MOST_PARTS = 9000
"""A store takes 10,000."""

SPOOLED = 16 << 20
"""Bytes of a stretch that is fetched whole before any of it is sent: it then leaves like a file, a slow viewer holds no thread,
and a store that breaks off has broken nothing that was announced. Longer ones are streamed."""

_SHA256 = "sha256"
"""What we note with every file."""


@dataclass(frozen=True, slots=True)
class InBucket:
    """A file in the store, for whoever sends it."""

    store: S3
    name: str
    known_size: int | None

    @property
    def suffix(self) -> str:
        """See `Kept`, here and below."""
        return PurePosixPath(self.name).suffix

    def size(self) -> int:
        """Asked for unless it is known."""
        return self.store.head(self.name)[0] if self.known_size is None else self.known_size

    def open(self, start: int, end: int) -> BinaryIO:
        """As a file of its own without a name, or as a stream."""
        return self.store.stretch(self.name, start, end)


class S3:
    """All files of one shelf in one bucket; copies to work with below `root`. See `Store`."""

    elsewhere = True

    def __init__(self, root: Path, bucket: Bucket) -> None:
        self._root, self._bucket = root, bucket
        self._remover = Remover(bucket)
        self._turns = Turns()
        self._acl = {"ACL": "private"}
        self._hashed: dict[Path, tuple[tuple[int, int, int], str]] = {}

    def place(self, name: str) -> Path:
        """Where a copy lies."""
        return self._root / name

    def keep(self, name: str) -> None:
        """Each file, one after the other."""
        place = self.place(name)
        inside = sorted(files.names_below(place)) if place.is_dir() else [""]
        for path in inside:
            source = place / path
            if not self.put(f"{name}/{path}" if path else name, source, self._sha256_here(source)):
                raise Fault("store-failed", "a file changed while it was kept")

    def put(self, name: str, source: Path, sha256: str) -> bool:
        """What an earlier try has brought there is not sent again, but it is read back again."""
        if self._sha256_here(source) != sha256:
            return False
        key = self._key(name)
        with disk_faults():
            size = source.stat().st_size
        if self._noted(name) == (size, sha256) and self._sha256_there(key) == sha256:
            return True
        self._sent(key, source, size, sha256)
        return True

    def settle(self, folder: str) -> None:
        """The store has what it has acknowledged."""

    def here(self, name: str) -> Path:
        """A copy that is whole is taken as it is."""
        path = self.place(name)
        try:
            size, sha256 = self.head(name)
            if path.is_file() and path.stat().st_size == size and self._sha256_here(path) == sha256:
                return path
            self._fetch(name, path, sha256)
        except FileNotFoundError:
            raise Fault("store-failed", "a file is not where it was kept") from None
        return path

    def bring(self, folder: str) -> None:
        """One after the other."""
        for name in sorted(self.names(folder)):
            self.here(f"{folder}/{name}")

    def read(self, name: str) -> bytes:
        """From the store: another machine may have written it."""
        return b"".join(blocks(self._bucket, self._key(name)))

    def write(self, name: str, text: str) -> None:
        """One request replaces it."""
        body = text.encode("utf-8")
        self._small(self._key(name), body, hashlib.sha256(body).hexdigest())

    def kept(self, name: str, size: int | None = None) -> InBucket:
        """Nothing is asked yet."""
        return InBucket(self, name, size)

    def stamp(self, name: str) -> str:
        """Its SHA-256, as noted."""
        noted = self._noted(name)
        return noted[1] if noted else ""

    def names(self, folder: str) -> frozenset[str]:
        """What is there now, without older versions."""
        below = self._key(folder) + "/"
        with answers():
            pages = self._bucket.quick.get_paginator("list_objects_v2").paginate(Bucket=self._bucket.name, Prefix=below)
            return ours(one["Key"].removeprefix(below) for page in pages for one in page.get("Contents", ()))

    def traces(self, folder: str) -> frozenset[str]:
        """Of everything that costs the store a byte."""
        return ours(key.removeprefix(self._key(folder) + "/") for key in self._remover.keys(self._key(folder)))

    def folders(self, root: str) -> frozenset[str]:
        """In the store, and copies here."""
        return ours(self._remover.folders(self._key(root))) | files.names_in(self.place(root))

    def remove(self, name: str) -> None:
        """Here first: whoever fetches it this moment finds it gone in the store."""
        files.remove(self.place(name))
        self._remover.remove(self._key(name))
        files.remove(self.place(name))

    def anything(self, name: str) -> bool:
        """Here or there."""
        return files.exists(self.place(name)) or bool(self._remover.keys(self._key(name)))

    def let_go(self, folder: str) -> None:
        """The store has them."""
        files.remove(self.place(folder))

    def head(self, name: str) -> tuple[int, str]:
        """Its size, and the SHA-256 noted with it. Raises FileNotFoundError, Fault."""
        with answers():
            told = self._bucket.quick.head_object(Bucket=self._bucket.name, Key=self._key(name))
            return int(told["ContentLength"]), str(told.get("Metadata", {}).get(_SHA256, ""))

    def stretch(self, name: str, start: int, end: int) -> BinaryIO:
        """The bytes [start, end). Raises FileNotFoundError, Fault."""
        key = self._key(name)
        if end - start > SPOOLED:
            return cast(BinaryIO, Stream(self._bucket, key, start, end, self._turns.long()))
        with disk_faults():
            file = TemporaryFile(dir=self._root)  # noqa: SIM115 - the answer closes it
        try:
            with self._turns.short():
                for block in blocks(self._bucket, key, start, end):
                    with disk_faults():
                        file.write(block)
            with disk_faults():
                file.seek(0)
        except BaseException:
            file.close()
            raise
        return cast(BinaryIO, file)

    def _key(self, name: str) -> str:
        return self._bucket.prefix + checked(name)

    def _noted(self, name: str) -> tuple[int, str] | None:
        try:
            return self.head(name)
        except FileNotFoundError:
            return None

    def _sha256_here(self, path: Path) -> str:
        """Of a file on this disk; one that has not changed since is not read again by this process."""
        with disk_faults():
            status = path.stat()
        state = (status.st_ino, status.st_size, status.st_mtime_ns)
        known = self._hashed.get(path)
        if known is None or known[0] != state:
            known = state, files.sha256_of(path)
            if len(self._hashed) >= 1000:
                self._hashed.clear()
            self._hashed[path] = known
        return known[1]

    def _sha256_there(self, key: str) -> str:
        digest = hashlib.sha256()
        for block in blocks(self._bucket, key):
            digest.update(block)
        return digest.hexdigest()

    def _fetch(self, name: str, path: Path, sha256: str) -> None:
        files.make_folder(path.parent)
        coming = path.with_name(f"{path.name}.coming")
        try:
            digest = hashlib.sha256()
            with disk_faults():
                out = coming.open("wb")
            with out:
                for block in blocks(self._bucket, self._key(name)):
                    digest.update(block)
                    with disk_faults():
                        out.write(block)
            if digest.hexdigest() != sha256:
                raise Fault("store-failed", "a file of the store is not what was kept")
            files.move(coming, path)
        finally:
            files.remove(coming)

    def _sent(self, key: str, source: Path, size: int, sha256: str) -> None:
        if size <= PART:
            with disk_faults():
                body = source.read_bytes()
            self._small(key, body, sha256)
            return
        part = max(PART, -(-size // MOST_PARTS))
        begun = self._own(self._bucket.quick.create_multipart_upload, Key=key, Metadata={_SHA256: sha256})
        upload = {"Bucket": self._bucket.name, "Key": key, "UploadId": begun["UploadId"]}
        try:
            parts = []
            for number, body in enumerate(_parts(source, part), start=1):
                with answers():
                    got = self._bucket.patient.upload_part(**upload, PartNumber=number, Body=body)
                parts.append({"ETag": got["ETag"], "PartNumber": number})
            with answers(), suppress_lost_answer():
                self._bucket.patient.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        except BaseException:
            with suppress(Fault, FileNotFoundError), answers():  # what stays goes with the recording
                self._bucket.quick.abort_multipart_upload(**upload)
            raise
        self._proven(key, sha256)

    def _small(self, key: str, body: bytes, sha256: str) -> None:
        told = self._own(self._bucket.patient.put_object, Key=key, Body=body, Metadata={_SHA256: sha256})
        self._proven(key, sha256, versioned="VersionId" in told)

    def _proven(self, key: str, sha256: str, *, versioned: bool = True) -> None:
        """What was written is read back; then older versions of it go, where there can be any."""
        if self._sha256_there(key) != sha256:
            self._remover.remove(key)
            raise Fault("store-failed", "what was written reads otherwise")
        if versioned:
            self._remover.keep_latest(key)

    def _own(self, send: Any, **what: Any) -> Any:
        """Begins a file that is nobody's but ours. A bucket that knows no such rights (AWS: "owner enforced") cannot give any away."""
        with answers():
            try:
                return send(Bucket=self._bucket.name, **self._acl, **what)
            except ClientError as error:
                if not self._acl or code_of(error) != "AccessControlListNotSupported":
                    raise
                self._acl = {}
                return send(Bucket=self._bucket.name, **what)


def _parts(source: Path, size: int) -> Iterator[bytes]:
    with disk_faults():
        file = source.open("rb")
    with file:
        while True:
            with disk_faults():
                block = file.read(size)
            if not block:
                return
            yield block


class suppress_lost_answer(suppress):
    """A file that was put together, of which the answer was lost: asked again, the store knows no such upload. Reading back tells."""

    def __init__(self) -> None:
        super().__init__(ClientError)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        return isinstance(error, ClientError) and code_of(error) in ("NoSuchUpload", "404")
