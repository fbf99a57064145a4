"""Kinds of settings that are checked when they are read: addresses, hosts, databases, colours that can be read."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, SecretStr

_ADDRESS = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")
_BIND = re.compile(r"([a-z0-9.-]+|\[[0-9a-f:]+\]):[0-9]{1,5}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)*")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{32,}")
_HEX = re.compile(r"#[0-9a-f]{6}")
_HERE = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]{1,5})?(/|$)")
_ISSUER = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~%-]+)*/?")
_SIGNS = re.compile(r"[!-~]*")

ENOUGH = 4.5
"""The contrast that text of any size needs (WCAG 2.2, 1.4.3)."""

LIGHT_GROUNDS = ("#ffffff", "#fbf7f0", "#f6e7d3")
"""What the library's colour stands on or under by day: sheet, paper and warm of `style.css`, and white words on it."""

DARK_GROUNDS = ("#282420", "#1d1a17", "#3a3027")
"""The same in the dark."""


class SandboxChoice(StrEnum):
    """How recordings are opened."""

    BUBBLEWRAP = "bubblewrap"
    """In a sandbox without network, which sees one recording."""

    NONE = "none-i-accept-the-risk"
    """As an ordinary program of this user: only where bubblewrap cannot be had."""


class RobotsChoice(StrEnum):
    """What search engines are asked to do."""

    PAGES = "pages"
    """Pages may be found by them, media files need not be copied."""

    NOTHING = "nothing"
    """They are asked to stay away."""


class StoreChoice(StrEnum):
    """Where files are kept."""

    DISK = "disk"
    """In the data folder of this machine."""

    S3 = "s3"
    """In an S3 store, which several machines share."""


def safe_on_the_way(address: str) -> bool:
    """Whether nobody between can read what is sent there: by HTTPS, or on this machine."""
    return address.startswith("https://") or _HERE.match(address) is not None


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (`#rrggbb`), 1 to 21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _readable(colour: str, grounds: tuple[str, ...]) -> str:
    if colour and not _HEX.fullmatch(colour):
        raise ValueError("must be a colour such as #8a3b12")
    if colour and min(contrast(colour, ground) for ground in grounds) < ENOUGH:
        raise ValueError(f"cannot be read well enough: it needs a contrast of {ENOUGH} against {', '.join(grounds)}")
    return colour


def _by_day(colour: str) -> str:
    return _readable(colour.lower(), LIGHT_GROUNDS)


def _in_the_dark(colour: str) -> str:
    return _readable(colour.lower(), DARK_GROUNDS)


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError("must be http:// or https:// with a host, perhaps a port, and nothing after it")
    return text


def _addresses(text: str) -> str:
    return " ".join(_address(one) for one in text.split())


def _bind(text: str) -> str:
    if not _BIND.fullmatch(text):
        raise ValueError("must be host:port")
    return text


def _database(text: str) -> str:
    if not text:
        return text
    from sqlalchemy import make_url  # here, so that a film on the command line does not wait for it
    from sqlalchemy.exc import ArgumentError

    try:
        kind = make_url(text).get_backend_name()
    except (ArgumentError, ValueError):
        kind = ""
    if kind not in {"postgresql", "sqlite"}:
        raise ValueError("must be postgresql://role:password@host/database, or sqlite:/// with a path")
    return text


def _store_endpoint(text: str) -> str:
    """Recordings are not sent over a network where others can read them."""
    if text and not safe_on_the_way(_address(text)):
        raise ValueError("must begin with https://, unless it is on this machine")
    return text


def _issuer(text: str) -> str:
    """As the service itself writes it, to the last slash."""
    if text and not (_ISSUER.fullmatch(text) and safe_on_the_way(text)):
        raise ValueError("must be https:// with a host, perhaps a path, and nothing after it")
    return text


def _signs(text: str) -> str:
    if not _SIGNS.fullmatch(text):
        raise ValueError("must be letters, digits and signs without spaces")
    return text


def _secret_signs(secret: SecretStr) -> SecretStr:
    _signs(secret.get_secret_value())
    return secret


def _bucket(text: str) -> str:
    if text and not _BUCKET.fullmatch(text):
        raise ValueError("must be a bucket's name: small letters, digits, dots and hyphens")
    return text


def _prefix(text: str) -> str:
    if text and not _PREFIX.fullmatch(text):
        raise ValueError("must be small letters, digits, dots, hyphens and single slashes within")
    return text


def _token(secret: SecretStr) -> SecretStr:
    """As it is sent in a header."""
    text = secret.get_secret_value()
    if text and not _TOKEN.fullmatch(text):
        raise ValueError("must be at least 32 letters, digits and signs of -._~+/=")
    return secret


Address = Annotated[str, AfterValidator(_address)]
Addresses = Annotated[str, AfterValidator(_addresses)]
"""Addresses with spaces between them; perhaps none."""
Bind = Annotated[str, AfterValidator(_bind)]
Database = Annotated[str, AfterValidator(_database)]
"""The address of a database; perhaps none."""
Colour = Annotated[str, AfterValidator(_by_day)]
DarkColour = Annotated[str, AfterValidator(_in_the_dark)]
StoreEndpoint = Annotated[str, AfterValidator(_store_endpoint)]
"""Where an S3 store answers; perhaps nothing."""
BucketName = Annotated[str, AfterValidator(_bucket)]
Token = Annotated[SecretStr, AfterValidator(_token)]
"""A program's word; perhaps none."""
KeyPrefix = Annotated[str, AfterValidator(_prefix)]
Issuer = Annotated[str, AfterValidator(_issuer)]
"""A service for signing in; perhaps none."""
Signs = Annotated[str, AfterValidator(_signs)]
SecretSigns = Annotated[SecretStr, AfterValidator(_secret_signs)]
