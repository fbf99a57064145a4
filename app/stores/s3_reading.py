"""Reading from a bucket: where the line breaks within a file, reading goes on from there, in the same state of the file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from app.stores.s3_client import Bucket, answers
from media_pipeline.core.errors import Fault

BLOCK = 1 << 20
"""Bytes read at once."""

BREAKS = 2
"""How often reading one stretch goes on after it broke."""


def blocks(bucket: Bucket, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes [start, end) of a file, to its end when that is None. Raises FileNotFoundError, Fault."""
    at, state, breaks = start, "", 0
    while end is None or at < end:
        asked = _ask(bucket, key, at, end, state)
        state = str(asked["ETag"])
        whole = at + int(asked["ContentLength"])
        try:
            for block in asked["Body"].iter_chunks(BLOCK):
                at += len(block)
                yield block
        except (BotoCoreError, HTTPError, OSError):
            pass
        finally:
            asked["Body"].close()
        if at >= whole:
            break
        breaks += 1
        if breaks > BREAKS:
            raise Fault("store-failed", "the store broke off within a file, again and again")
    if end is not None and at != end:
        raise Fault("store-failed", "a file is shorter in the store than it was")


def _ask(bucket: Bucket, key: str, at: int, end: int | None, state: str) -> Any:
    asked: dict[str, Any] = {"Bucket": bucket.name, "Key": key}
    if at or end is not None:
        asked["Range"] = f"bytes={at}-{'' if end is None else end - 1}"
    if state:
        asked["IfMatch"] = state
    with answers():
        try:
            got = bucket.quick.get_object(**asked)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in (412, 416):
                raise Fault("store-failed", "a file changed while it was read") from None
            raise
    if "Range" in asked and got["ResponseMetadata"]["HTTPStatusCode"] != 206:
        got["Body"].close()
        raise Fault("store-failed", "the store sends no ranges")
    return got


class Stream(io.RawIOBase):
    """A long stretch of a file, read as it is sent. What breaks for good raises Fault: the receiver gets less than was announced."""

    def __init__(self, bucket: Bucket, key: str, start: int, end: int, over: Callable[[], None]) -> None:
        """Asks for the first bytes at once; `over` is called once when it ends. Raises FileNotFoundError, Fault."""
        self._blocks, self._rest, self._over = blocks(bucket, key, start, end), b"", over
        try:
            self._rest = next(self._blocks, b"")
        except BaseException:
            self.close()
            raise

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """At most that many bytes; empty at the end."""
        if not self._rest:
            self._rest = next(self._blocks, b"")
        size = len(self._rest) if size < 0 else size
        block, self._rest = self._rest[:size], self._rest[size:]
        return block

    def close(self) -> None:
        """Lets the connection go; again is fine."""
        if not self.closed:
            self._blocks.close()  # type: ignore[attr-defined] # a generator's
            self._over()
        super().close()
