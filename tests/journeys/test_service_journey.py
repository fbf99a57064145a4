"""Signing in through a service on another site, with a real browser, which sends our cookie from our own pages alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.db.kinds import StaffRole
from app.services import accounts, codes, people
from tests.app.backend import Backend
from tests.app.web.desk import PASSWORD, staff_app
from tests.app.web.elsewhere import Elsewhere, elsewhere, with_service
from tests.journeys.serving import PATIENCE_MS
from tests.journeys.test_accessible import AXE, found
from tests.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture
def service() -> Iterator[Elsewhere]:
    with elsewhere() as running:
        yield running


@pytest.fixture
def backend(tmp_path: Path, service: Elsewhere) -> Iterator[Backend]:
    """A shelf whose first administrator is Ann."""
    shelf = Backend(tmp_path / "data")
    shelf.settings = with_service(shelf.settings, service)
    link = people.create_first_link(shelf.db)
    assert people.accept_link(shelf.db, shelf.settings, str(link), "ann", PASSWORD)
    yield shelf
    shelf.db.close()


@pytest.fixture
def page(backend: Backend, browser: Browser) -> Iterator[Page]:
    """A browser at `localhost`: the service at 127.0.0.1 is another site to it."""
    made: list[Flask] = []

    def serve(environ: Any, start: Any) -> Any:
        return made[0](environ, start)

    with served(serve) as port:
        here = f"http://localhost:{port}"
        backend.settings = backend.settings.model_validate(backend.settings.model_dump() | {"staff_url": here})
        made.append(staff_app(backend))
        context = browser.new_context(base_url=here)
        context.set_default_timeout(PATIENCE_MS)
        yield context.new_page()
        context.close()


def test_there_and_back(page: Page, backend: Backend, service: Elsewhere) -> None:
    page.goto("/sign-in")
    page.get_by_label("Your name for signing in").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="ann", exact=True).click()
    page.locator("#join-password").fill(PASSWORD)
    page.get_by_role("button", name="Go to City account").click()
    page.get_by_role("link", name="It is me").click()
    expect(page.get_by_role("status")).to_have_text("From now on you may sign in with City account as well.")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign in with City account").click()
    page.get_by_role("link", name="It is me").click()
    expect(page.get_by_role("link", name="ann", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="ann", exact=True)).to_be_visible()
    assert service.prompts == ["login", ""]
    page.get_by_role("button", name="Sign out", exact=True).click()
    (ann,) = accounts.members(backend.db)
    nonce = codes.new_nonce()
    phone = pyotp.TOTP(codes.secret_of(backend.settings, ann.id, nonce))
    assert codes.turn_on(backend.db, backend.settings, ann.id, nonce, phone.at(int(time.time()) - 30))
    page.get_by_role("button", name="Sign in with City account").click()
    page.get_by_role("link", name="It is me").click()
    page.get_by_label("Code from your phone").fill(phone.now())
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("link", name="ann", exact=True)).to_be_visible()


def test_by_invitation_and_axe_finds_nothing_on_the_way(page: Page, backend: Backend, service: Elsewhere) -> None:
    link = accounts.invite(backend.db, StaffRole.ADMINISTRATOR)
    page.add_init_script(path=AXE)
    page.route("**/authorize**", lambda route: route.abort("aborted"))
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/sign-in")
        assert found(page) == [], width
        page.get_by_role("button", name="Sign in with City account").click()
        expect(page.get_by_role("heading", name="One moment")).to_be_visible()
        assert found(page) == [], ("on the way", width)
        page.goto(f"/welcome/{link}")
        assert found(page) == [], ("invited", width)
    page.unroute("**/authorize**")
    service.subject = "bob there"
    page.get_by_label("Choose a name for signing in").fill("bob")
    page.get_by_role("button", name="Use City account instead of a password").click()
    page.get_by_role("link", name="It is me").click()
    expect(page.get_by_role("link", name="bob", exact=True)).to_be_visible()
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("/account", "/people"):
            page.goto(path)
            assert found(page) == [], (path, width)
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), (path, width)
