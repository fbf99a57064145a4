"""In which language a page is: its address says so, and nothing else does. English has no prefix, Spanish `/es`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Flask, request, url_for
from flask_babel import Babel
from werkzeug.routing import BuildError

TONGUES: Mapping[str, str] = MappingProxyType({"en": "English", "es": "Español"})
"""Each language of the pages by its own name; the pages are registered once for each, under the tag."""

FIRST = "en"
"""The language without a prefix."""


def prefix(tag: str) -> str:
    """What an address in that language begins with."""
    return "" if tag == FIRST else f"/{tag}"


def tongue() -> str:
    """The tag of the language of the page that answers now; also of one that is not there."""
    begins = request.path.split("/")[1]
    return begins if begins in TONGUES and begins != FIRST else FIRST


def to(page: str, tag: str = "", **values: Any) -> str:
    """The address of a page, in the language of this one unless another is named."""
    return url_for(f"{tag or tongue()}.{page}", **values)


def elsewhere() -> dict[str, str]:
    """The same page in every language, by tag; the shelf where this one has no address of its own."""
    endpoint = (request.endpoint or "").rpartition(".")[2]
    found = {}
    for tag in TONGUES:
        try:
            found[tag] = to(endpoint, tag, **(request.view_args or {}))
        except BuildError:
            found[tag] = to("shelf", tag)
    return found


def speak(app: Flask) -> None:
    """Sets the languages up."""
    app.config["BABEL_DEFAULT_LOCALE"] = FIRST
    app.config["BABEL_DEFAULT_TIMEZONE"] = "UTC"
    Babel(app, locale_selector=tongue)  # type: ignore[no-untyped-call] # its constructor says nothing of types
    app.context_processor(lambda: {"to": to, "tongue": tongue(), "tongues": TONGUES, "elsewhere": elsewhere})
