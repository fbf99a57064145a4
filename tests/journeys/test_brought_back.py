"""What a browser brings back when a page is opened again is not what somebody decided there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.app.web.desk import StaffBrowser

pytestmark = pytest.mark.browser


def test_the_review_begins_as_it_always_does(page: Page, ann: StaffBrowser) -> None:
    page.goto(f"/recordings/{ann.backend.analysed()}")
    skip, action = page.locator("#skip"), page.get_by_role("radio", name="Mute")
    for leave in (page.reload, lambda: (page.goto("/"), page.go_back())):
        expect(page.locator("#cuts li")).to_have_count(1)
        skip.uncheck()
        action.check()
        leave()
        expect(page.locator("#cuts li")).to_have_count(1)
        expect(skip).to_be_checked()
        expect(page.locator('input[name="action"]').first).to_be_checked()
