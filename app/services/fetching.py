"""Small answers from one server elsewhere that the library named: in little time, of little size, and from nowhere else.

No redirect is followed. A proxy that the environment names is used, but not for this machine.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from threading import BoundedSemaphore
from typing import Any
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from app.settings.kinds import safe_on_the_way
from media_pipeline.core.errors import Fault

LARGEST = 256 << 10
"""Bytes of an answer."""

SILENT_SECONDS = 5.0
"""How long nothing may come."""

WHOLE_SECONDS = 15.0
"""How long an answer may take to its end."""

_AT_ONCE = BoundedSemaphore(4)
"""Asks under way: the other threads serve whoever is signed in, however slow that server is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came."""

    status: int
    untrusted: bytes

    def fields(self) -> dict[str, Any]:
        """It as a JSON object. Raises Fault("service-away") when it is none."""
        try:
            read = json.loads(self.untrusted)
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict):
            raise Fault("service-away", "no-object")
        return read


def fetch(address: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Asks for an address, or sends a body there. Raises Fault("service-away"), with one word that says why."""
    if not safe_on_the_way(address):
        raise Fault("service-away", "not-https")
    if not _AT_ONCE.acquire(timeout=SILENT_SECONDS):
        raise Fault("service-away", "too-many")
    try:
        return _fetched(Request(address, body, {"Accept": "application/json"} | dict(headers or {})))  # noqa: S310 - looked at above
    except (OSError, HTTPException, ValueError) as error:
        raise Fault("service-away", type(error).__name__) from None
    finally:
        _AT_ONCE.release()


def _fetched(request: Request) -> Answer:
    end = time.monotonic() + WHOLE_SECONDS
    came = bytearray()
    with _opener(request.type == "https").open(request, timeout=SILENT_SECONDS) as answer:
        while part := answer.read1(LARGEST):
            came += part
            if len(came) > LARGEST:
                raise Fault("service-away", "too-large")
            if time.monotonic() > end:
                raise Fault("service-away", "too-slow")
        return Answer(answer.status, bytes(came))


def _opener(elsewhere: bool) -> OpenerDirector:
    """Without what urllib adds by itself: files, FTP, redirects."""
    opener = OpenerDirector()
    opener.addheaders = [("User-Agent", "Storyshelf")]
    for handler in (
        ProxyHandler(None if elsewhere else {}),
        HTTPHandler(),
        HTTPSHandler(context=ssl.create_default_context()),
    ):
        opener.add_handler(handler)
    return opener
