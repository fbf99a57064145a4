"""Two people at one recording, and a line that is gone for a minute, in real Chromium: nothing is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.app.web.desk import StaffBrowser
from tests.journeys.conftest import browser_of
from tests.journeys.test_editing_page import edits, go, opened
from tests.journeys.test_review_page import with_film, with_pictures
from tests.serving import served

pytestmark = pytest.mark.browser


def add_cut(page: Page, start: int) -> None:
    go(page, start)
    page.locator("#mark-start").click()
    go(page, start + 1)
    page.locator("#mark-end").click()


def test_two_browsers_save_at_once_and_both_changes_stay(ann: StaffBrowser, browser: Browser) -> None:
    recording_id = with_pictures(ann)
    with_film(ann, recording_id)
    other = StaffBrowser(ann.backend, ann.client.application)
    with (
        served(ann.client.application) as port,
        browser_of(ann, browser, port) as first,
        browser_of(other, browser, port) as second,
    ):
        pages = [first.new_page(), second.new_page()]
        held: list[Route] = []
        for page in pages:
            page.goto(f"/recordings/{recording_id}")
            expect(page.locator("#player")).to_have_js_property("readyState", 4)
            page.route("**/edits", lambda route: held.append(route), times=1)
        for page, start in zip(pages, (2, 20), strict=True):
            add_cut(page, start)
            expect(page.locator("#saved")).to_have_text("Saving …")
        for page in pages:
            page.wait_for_timeout(300)  # both are on their way by now
        assert len(held) == 2
        for route in held:
            route.continue_()
        told = [page for page in pages if page.get_by_role("button", name="Make my change too").count()]
        for _ in range(100):
            if told:
                break
            pages[0].wait_for_timeout(100)
            told = [page for page in pages if page.get_by_role("button", name="Make my change too").is_visible()]
        assert len(told) == 1, "one of them was first, and the other one is told"
        expect(told[0].locator("#cuts li")).to_have_count(2)  # what was proposed, and the other's
        told[0].get_by_role("button", name="Make my change too").click()
        expect(told[0].locator("#cuts li")).to_have_count(3)
        assert [int(edit.span.start) for edit in edits(ann, recording_id)] == [2, 9, 20]


@pytest.mark.full
def test_a_line_that_is_gone_for_a_minute_loses_nothing(page: Page, ann: StaffBrowser) -> None:
    recording_id = opened(page, ann)
    page.context.set_offline(True)
    add_cut(page, 2)
    page.wait_for_timeout(30_000)
    add_cut(page, 4)
    page.wait_for_timeout(30_000)
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer. Nothing is lost")
    expect(page.locator("#approve")).to_be_disabled()
    page.context.set_offline(False)
    expect(page.locator("#cuts li")).to_have_count(3)
    expect(page.get_by_role("alert")).to_be_hidden()
    assert [int(edit.span.start) for edit in edits(ann, recording_id)] == [2, 4, 9]
