"""Tokens that a service elsewhere never gave, and what our pages say to them."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from flask.testing import FlaskClient

from tests.app.web.desk import PAGE
from tests.app.web.elsewhere import CLIENT, SUBJECT, Elsewhere, key

REFUSED = "could not be trusted"


AWAY_NOW = "does not answer as it should"


LATE = "took too long, or this page was opened twice"


def nobody_in(client: FlaskClient) -> bool:
    return client.get("/", headers=PAGE).status_code == 302


def unsigned(header: dict[str, Any], claims: dict[str, object], signature: str = "") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims))
    return ".".join((*parts, signature))


def by_hand(header: dict[str, Any], claims: dict[str, object], sign: Callable[[bytes], bytes]) -> str:
    """A token that no library would make."""
    text = unsigned(header, claims)[:-1]
    return f"{text}.{base64.urlsafe_b64encode(sign(text.encode())).decode().rstrip('=')}"


def by_its_own(text: bytes) -> bytes:
    held = key().private_key
    assert held is not None
    return held.sign(text, PKCS1v15(), SHA256())


def said(service: Elsewhere, wanted: dict[str, str]) -> dict[str, object]:
    """The right claims."""
    at = int(time.time())
    claims: dict[str, object] = {"iss": service.issuer, "sub": SUBJECT, "aud": CLIENT}
    return claims | {"iat": at, "exp": at + 300, "nonce": wanted["nonce"]}
