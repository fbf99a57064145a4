"""What a tus request asks for, read from its head alone. Pure: `parse` is a table of rules without any I/O.

Everything we would have to ignore (lengths told later, parts to be joined, checksums) is refused, and the metadata
that a client sends is read once for a hint, then dropped.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from app.uploads.names import NameHint, classify_name

VERSION = "1.0.0"
"""The version of tus that we speak."""

BYTES_TYPE = "application/offset+octet-stream"
"""The only content type that carries bytes of a file."""

LONGEST_METADATA = 4096
"""Characters of an Upload-Metadata header; a file name of 255 bytes needs 350."""

MOST_PAIRS = 16
"""Pairs in an Upload-Metadata header."""

_NUMBER = re.compile(r"[0-9]{1,16}")
_KEY = re.compile(r"[!-+\--~]{1,64}")
"""Printable ASCII without space and comma."""

_METHODS_OF_ROOT = ("OPTIONS", "POST")
_METHODS_OF_UPLOAD = ("OPTIONS", "HEAD", "PATCH", "DELETE")
_OVERRIDES = ("HEAD", "PATCH", "DELETE")
_NOT_OFFERED = ("upload-defer-length", "upload-concat", "upload-checksum")


class Headers(Protocol):
    """A request's headers: a dict, or a web framework's own type."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Names in any case, with their values."""


@dataclass(frozen=True, slots=True)
class Options:
    """What can this server do?"""


@dataclass(frozen=True, slots=True)
class Create:
    """Begin an upload."""

    length: int
    """Bytes of the whole file."""

    hint: NameHint
    """What the file's name hints at."""

    brings_bytes: bool
    """Whether the body holds the first bytes of the file."""

    body_length: int | None
    """Bytes of the body; None when it was not told."""


@dataclass(frozen=True, slots=True)
class Head:
    """How much of it is here?"""

    upload_id: str
    """Not yet known to exist."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Here is more of it."""

    upload_id: str
    """Not yet known to exist."""

    offset: int
    """The first byte of the file that the body holds."""

    body_length: int | None
    """Bytes of the body; None when it was not told."""


@dataclass(frozen=True, slots=True)
class Delete:
    """Forget it."""

    upload_id: str
    """Not yet known to exist."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The request does not follow the rules."""

    status: int
    """HTTP status."""

    sentence: str
    """What to show to staff."""

    headers: tuple[tuple[str, str], ...] = ()
    """Headers that this status asks for."""


Ask = Options | Create | Head | Patch | Delete | Refusal

_NOT_TUS = Refusal(400, "The program that sends this file does not follow tus 1.0. Please ask IT.")
_UNSUPPORTED = Refusal(400, "The program that sends this file asks for something that is not offered. Please ask IT.")
_TYPE = Refusal(415, "The program that sends this file does not mark its bytes as tus 1.0 does. Please ask IT.")
_OTHER_VERSION = Refusal(
    412, "The program that sends this file speaks another version of tus. Please ask IT.", (("Tus-Version", VERSION),)
)


def parse(method: str, headers: Headers, upload_id: str | None) -> Ask:
    """What a request asks for. `upload_id` comes from its URL; None means the creation URL. Never raises."""
    untrusted = {name.lower(): value.strip() for name, value in headers.items()}
    if method == "POST" and "x-http-method-override" in untrusted:
        method = untrusted["x-http-method-override"]
        if method not in _OVERRIDES:  # and a GET is never overridden: that would get around the guards of writing
            return _NOT_TUS
    if method == "OPTIONS":
        return Options()
    if untrusted.get("tus-resumable") != VERSION:
        return _OTHER_VERSION
    allowed = _METHODS_OF_ROOT if upload_id is None else _METHODS_OF_UPLOAD
    if method not in allowed:
        return Refusal(405, _NOT_TUS.sentence, (("Allow", ", ".join(allowed)),))
    if any(name in untrusted for name in _NOT_OFFERED):
        return _UNSUPPORTED
    try:
        if upload_id is None:
            return _parse_create(untrusted)
        if method == "PATCH":
            return _parse_patch(untrusted, upload_id)
    except ValueError:
        return _NOT_TUS
    return Head(upload_id) if method == "HEAD" else Delete(upload_id)


def _parse_create(untrusted: Mapping[str, str]) -> Create | Refusal:
    length, body_length = _number(untrusted.get("upload-length", "")), _body_length(untrusted)
    brings_bytes = _is_bytes(untrusted)
    if body_length and not brings_bytes:
        return _TYPE
    metadata = parse_metadata(untrusted.get("upload-metadata", ""))
    hint = classify_name(metadata.get("filename", b"").decode("utf-8", "replace"))
    return Create(length, hint, brings_bytes, body_length)


def _parse_patch(untrusted: Mapping[str, str], upload_id: str) -> Patch | Refusal:
    if not _is_bytes(untrusted):
        return _TYPE
    return Patch(upload_id, _number(untrusted.get("upload-offset", "")), _body_length(untrusted))


def parse_metadata(untrusted_header: str) -> dict[str, bytes]:
    """The pairs of an Upload-Metadata header: `key base64,key base64,key`. Raises ValueError without its text."""
    if len(untrusted_header) > LONGEST_METADATA:
        raise ValueError("too long")
    pairs: dict[str, bytes] = {}
    for untrusted_pair in untrusted_header.split(",") if untrusted_header else ():
        key, _, untrusted_value = untrusted_pair.strip(" ").partition(" ")
        if not _KEY.fullmatch(key) or key in pairs or len(pairs) == MOST_PAIRS:
            raise ValueError("a key is missing, odd or there twice, or there are too many")
        try:
            pairs[key] = b64decode(untrusted_value, validate=True)
        except ValueError:
            raise ValueError("a value is not Base64") from None
    return pairs


def _is_bytes(untrusted: Mapping[str, str]) -> bool:
    return untrusted.get("content-type", "").partition(";")[0].strip().lower() == BYTES_TYPE


def _number(untrusted_text: str) -> int:
    if not _NUMBER.fullmatch(untrusted_text):
        raise ValueError("not a number of bytes")
    return int(untrusted_text)


def _body_length(untrusted: Mapping[str, str]) -> int | None:
    untrusted_text = untrusted.get("content-length", "")
    return _number(untrusted_text) if untrusted_text else None  # some servers pass an empty one
