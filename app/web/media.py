"""Answering with a file, or a range of it, without reading it into memory.

Range answers are cut at 8 MiB: a browser asks for more when it needs it, and no open-ended viewer holds a thread for a
whole film. Files leave through `wsgi.file_wrapper`, for which gunicorn uses sendfile; so does a range that was fetched from a
store elsewhere. Only a whole film from such a store is handed on as it comes, and holds a thread until it has left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import BinaryIO

from flask import Response, request

from app.stores import Kept
from media_pipeline.core.errors import StoryshelfError

MOST = 8 << 20
"""Bytes of one range answer."""

MOST_OF_FRAGMENTS = 16 << 20
"""The same of HLS fragments: players ask for a segment at a time, and take a shorter answer for a broken one."""

BLOCK = 64 << 10
"""Bytes read at once."""

TYPES = {
    "mp4": "video/mp4",
    "m4a": "audio/mp4",
    "m4s": "video/mp4",
    "m3u8": "application/vnd.apple.mpegurl",
    "jpg": "image/jpeg",
    "vtt": "text/vtt; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}
"""The only kinds of file that are ever served."""

Told = Callable[[int, int], None]
"""Hears which bytes [start, end) have left, once the last of them has."""

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})", re.IGNORECASE)


def byte_range(untrusted_header: str, size: int, most: int = MOST) -> tuple[int, int] | None:
    """The stretch [start, end) that a Range header asks for, cut at `most`; None for what cannot be satisfied.

    Raises ValueError for anything but one well-formed range: the whole file is then the right answer (RFC 9110, 14.2).
    """
    match = _RANGE.fullmatch(untrusted_header)
    if match is None or not (match[1] or match[2]):
        raise ValueError("not one range")
    if match[1]:
        start, end = int(match[1]), min(size, int(match[2]) + 1 if match[2] else size)
        if match[2] and int(match[2]) < start:
            raise ValueError("a range ends after it starts")
    else:
        start, end = max(0, size - int(match[2])), size
    return (start, min(end, start + most)) if start < end else None


def send(kept: Kept, cache: str, validator: str = "", told: Told | None = None) -> Response:
    """The file, or the range of it that the request asks for.

    `cache` is the Cache-Control, `validator` (none when empty) names this state of the file. Raises FileNotFoundError when it is
    not there; OSError, Fault.
    """
    headers = {"Accept-Ranges": "bytes", "Cache-Control": cache, "Content-Type": TYPES[kept.suffix[1:]]}
    if validator:
        headers["ETag"] = f'"{validator}"'
        if request.if_none_match.contains_weak(validator):
            return Response(status=304, headers=headers)
    size = kept.size()
    untrusted_range = request.headers.get("Range", "")
    if request.method != "GET" or not untrusted_range or not _same_state(validator):
        return _stretch(kept, (0, size), 200, headers, told)
    try:
        wanted = byte_range(untrusted_range, size, MOST_OF_FRAGMENTS if kept.suffix == ".m4s" else MOST)
    except ValueError:
        return _stretch(kept, (0, size), 200, headers, told)
    if wanted is None:
        return Response(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {wanted[0]}-{wanted[1] - 1}/{size}"
    return _stretch(kept, wanted, 206, headers, told)


def send_whole(kept: Kept, cache: str) -> Response:
    """The whole file, whatever range is asked for. Raises what `send` raises."""
    headers = {"Cache-Control": cache, "Content-Type": TYPES[kept.suffix[1:]]}
    return _stretch(kept, (0, kept.size()), 200, headers, None)


def _same_state(validator: str) -> bool:
    """Whether If-Range, when there is one, names this state of the file. A date is never taken for it."""
    untrusted = request.headers.get("If-Range")
    return untrusted is None or (bool(validator) and untrusted == f'"{validator}"')


def _stretch(kept: Kept, span: tuple[int, int], status: int, headers: dict[str, str], told: Told | None) -> Response:
    headers["Content-Length"] = str(span[1] - span[0])
    if request.method == "HEAD":  # nobody would close what was opened for it
        return Response(status=status, headers=headers)
    file = kept.open(*span)
    body: Iterable[bytes]
    if told is None and "wsgi.file_wrapper" in request.environ:
        # gunicorn's, which sends Content-Length bytes and closes the file, also of one that is handed on as it comes
        body = request.environ["wsgi.file_wrapper"](file, BLOCK)
    else:
        body = _Bounded(file, span, told)
    return Response(body, status, headers, direct_passthrough=True)


class _Bounded:
    """A stretch of a file, for servers without `wsgi.file_wrapper` and for callers who must know that it has left."""

    def __init__(self, file: BinaryIO, span: tuple[int, int], told: Told | None) -> None:
        self._file, self._span, self._told, self._gone = file, span, told, span[0]

    def __iter__(self) -> Iterator[bytes]:
        while self._gone < self._span[1] and (block := self._file.read(min(BLOCK, self._span[1] - self._gone))):
            yield block
            self._gone += len(block)  # the server asks for more only when it has sent what it was given
        self._tell()

    def _tell(self) -> None:
        told, self._told = self._told, None
        if told is not None and self._gone > self._span[0]:
            with suppress(StoryshelfError):  # what could not be noted counts as not sent
                told(self._span[0], self._gone)

    def close(self) -> None:
        """Called by the server when the answer is over, however it ended: a player breaks it off when it has enough for now."""
        self._tell()
        self._file.close()
