"""pa11y finds nothing on any page of the families', by both of its runners, in both languages, by day and in the dark."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.outside import tools
from tests.outside.conftest import SEARCHED, Shelf
from tests.serving import served

pytestmark = [pytest.mark.full, pytest.mark.browser]


def test_pa11y_finds_nothing(shelf: Shelf) -> None:
    pages = [
        {"url": f"{shelf.url}{path}", "words": SEARCHED if path.endswith("/search") else ""} for path in shelf.paths
    ]
    found = tools.ask("pa11y.mjs", {"pages": pages})
    assert len(found) == 2 * len(pages)
    assert {page: said for page, said in found.items() if said} == {}


def bad(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """A page on which both runners find something."""
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<!DOCTYPE html><title>x</title><main><h1>x</h1><img src=x><p style='color: #ccc'>pale</p></main>"]


def test_it_sees() -> None:
    with served(bad) as port:
        url = f"http://127.0.0.1:{port}/"
        found = tools.ask("pa11y.mjs", {"pages": [{"url": url, "words": ""}]})[f"{url} light"]
    codes = {said.split()[0] for said in found}
    assert {"html-has-lang", "image-alt", "color-contrast"} <= codes
    assert "WCAG2AA.Principle1.Guideline1_1.1_1_1.H37" in codes
