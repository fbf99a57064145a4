"""Ann's browser, at a staff server on loopback, on a shelf without a worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.app.backend import Backend
from tests.app.quickly import quickly
from tests.app.web.desk import StaffBrowser, staff_app
from tests.journeys.serving import PATIENCE_MS, chromium
from tests.serving import served

__all__ = ["quickly"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright, chromium(playwright) as started:
        yield started


@pytest.fixture
def ann(tmp_path: Path) -> Iterator[StaffBrowser]:
    backend = Backend(tmp_path / "data")
    yield StaffBrowser(backend, staff_app(backend))
    backend.db.close()


@pytest.fixture
def page(ann: StaffBrowser, browser: Browser) -> Iterator[Page]:
    """Ann's browser, at a server on loopback."""
    with served(ann.client.application) as port, browser_of(ann, browser, port) as context:
        yield context.new_page()


@contextmanager
def browser_of(who: StaffBrowser, browser: Browser, port: int, **more: Any) -> Iterator[BrowserContext]:
    """A browser in which somebody is signed in; `more` is of what kind it is."""
    address = f"http://127.0.0.1:{port}"
    context: BrowserContext = browser.new_context(base_url=address, **more)
    context.set_default_timeout(PATIENCE_MS)
    cookie = who.client.get_cookie("storyshelf")
    assert cookie is not None
    context.add_cookies([{"name": "storyshelf", "value": cookie.value, "url": address}])
    yield context
    context.close()
