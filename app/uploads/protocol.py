"""tus 1.0 answered: core, creation, creation-with-upload, termination and expiration.

A view calls `handle` and sends back what it returns. Metadata is never sent back, because none is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from types import MappingProxyType

from app.uploads.asks import VERSION, Ask, Create, Delete, Head, Headers, Options, Patch, Refusal, parse
from app.uploads.blocks import Reader
from app.uploads.names import REFUSED_HINTS, NameHint
from app.uploads.record import Upload
from app.uploads.store import IncomingStore
from media_pipeline.core.errors import Fault, Refused, StoryshelfError

EXTENSIONS = "creation,creation-with-upload,termination,expiration"
"""What we offer beyond the core."""

STATUS: Mapping[str, int] = MappingProxyType(
    {
        "no-upload": 404,
        "upload-moved": 409,
        "too-large-file": 413,
        "file-changed": 413,
        "store-failed": 503,
        "database-away": 503,
        "disk-full": 507,
    }
)
"""The HTTP status of an error's code; of other refusals it is 422, of other errors 500."""

Pairs = tuple[tuple[str, str], ...]
"""Headers: names and values, in order."""


@dataclass(frozen=True, slots=True)
class Response:
    """What to send back."""

    status: int
    """HTTP status."""

    headers: Pairs
    """Every header that tus asks for."""

    body: bytes
    """A sentence for staff as UTF-8, or nothing."""

    complete: str | None
    """The id of an upload that has come whole and waits to be taken. It may be told again until it is taken."""

    hint: NameHint = NameHint.NONE
    """What the file's name hints at, told once as its upload begins."""


def handle(
    method: str,
    headers: Headers,
    upload_id: str | None,
    body: Reader,
    store: IncomingStore,
    owner: str,
    *,
    base: str,
) -> Response:
    """Answers one request of the member of staff with the id `owner`, whom the caller has let in.

    `base` is the path of the creation URL; an upload is at `<base>/<id>`, and `upload_id` is None at `base` itself.
    Other people's uploads do not exist. Raises nothing of its own; exceptions of `body` other than OSError pass
    through, and what came before them is kept.
    """
    try:
        return _answer(parse(method, headers, upload_id), body, store, owner, base.rstrip("/"))
    except StoryshelfError as error:
        status = STATUS.get(error.code, 422 if isinstance(error, Refused) else 500)
        return _refuse(Refusal(status, error.sentence))


def _answer(ask: Ask, body: Reader, store: IncomingStore, owner: str, base: str) -> Response:
    match ask:
        case Refusal():
            return _refuse(ask)
        case Options():
            return _respond(
                204, ("Tus-Version", VERSION), ("Tus-Extension", EXTENSIONS), ("Tus-Max-Size", str(store.max_size))
            )
        case Create():
            return _create(ask, body, store, owner, base)
        case Head(upload_id):
            upload = _owned(store, upload_id, owner)
            return _tell(200, upload, ("Upload-Length", str(upload.length)))
        case Patch(upload_id, offset, body_length):
            _owned(store, upload_id, owner)
            return _tell(204, store.append(upload_id, offset, body, body_length))
        case Delete(upload_id):
            _owned(store, upload_id, owner)
            store.delete(upload_id)
            return _respond(204)


def _create(ask: Create, body: Reader, store: IncomingStore, owner: str, base: str) -> Response:
    if ask.hint in REFUSED_HINTS:
        raise Refused(ask.hint)
    if ask.body_length is not None and ask.body_length > ask.length:
        raise Refused("file-changed")
    upload = store.create(ask.length, owner, ask.hint)
    if ask.brings_bytes:
        try:
            upload = store.append(upload.id, 0, body, ask.body_length)
        except Refused:
            store.delete(upload.id)
            raise
        except Fault:  # the upload was made all the same: tell where it is and how much of it is here
            upload = store.get(upload.id)
    return replace(_tell(201, upload, ("Location", f"{base}/{upload.id}")), hint=ask.hint)


def _owned(store: IncomingStore, upload_id: str, owner: str) -> Upload:
    upload = store.get(upload_id)
    if upload.owner != owner:
        raise Refused("no-upload")
    return upload


def _tell(status: int, upload: Upload, *headers: tuple[str, str]) -> Response:
    """An answer that says how far `upload` is, and until when it waits if it is not whole."""
    offset = ("Upload-Offset", str(upload.offset))
    if not upload.complete:
        expires = ("Upload-Expires", formatdate(upload.expires, usegmt=True))
        return _respond(status, *headers, offset, expires)
    return _respond(status, *headers, offset, complete=None if upload.taken else upload.id)


def _refuse(refusal: Refusal) -> Response:
    text = ("Content-Type", "text/plain; charset=utf-8")
    return _respond(refusal.status, *refusal.headers, text, body=refusal.sentence.encode())


def _respond(status: int, *headers: tuple[str, str], body: bytes = b"", complete: str | None = None) -> Response:
    always = (("Tus-Resumable", VERSION), ("Cache-Control", "no-store"))
    return Response(status, always + headers, body, complete)
