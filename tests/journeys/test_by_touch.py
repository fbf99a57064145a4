"""The review room by fingers, on a tablet 1024 pixels wide, in real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from app.services import eyes
from app.services.values import PrivateFolder
from media_pipeline.core.preview import Preview
from tests.app.web.desk import StaffBrowser
from tests.journeys.conftest import browser_of
from tests.journeys.test_editing_page import edits, go
from tests.journeys.test_review_page import say_why, with_film, with_pictures
from tests.serving import served

pytestmark = pytest.mark.browser


def finger(line: CDPSession, kind: str, *places: tuple[float, float]) -> None:
    line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in places]})


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A finger is put down, moved in ten steps, and lifted."""
    line = page.context.new_cdp_session(page)
    finger(line, "touchStart", start)
    for step in range(1, 11):
        share = step / 10
        at = (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
        finger(line, "touchMove", at)
        page.wait_for_timeout(20)
    finger(line, "touchEnd")
    page.wait_for_timeout(400)  # a tap that comes at once belongs to the same gesture


def test_all_of_it_is_done_by_fingers(ann: StaffBrowser, browser: Browser) -> None:
    recording_id = with_pictures(ann)
    with_film(ann, recording_id)
    folder = PrivateFolder(ann.backend.settings, recording_id)
    folder.save(Preview(tuple(300 * [9]), 30 * ((0, folder.proxy.stat().st_size),)), "preview")
    tablet = {"has_touch": True, "is_mobile": True, "viewport": {"width": 1024, "height": 768}}
    with served(ann.client.application) as port, browser_of(ann, browser, port, **tablet) as context:
        page = context.new_page()
        page.goto(f"/recordings/{recording_id}")
        expect(page.locator("#player")).to_have_js_property("readyState", 4)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        page.locator("#timeline").evaluate("part => part.scrollIntoView()")
        grip, track = page.locator(".block .grip.end").bounding_box(), page.locator("#time-track").bounding_box()
        assert grip is not None
        assert track is not None
        assert grip["width"] >= 20
        y = grip["y"] + grip["height"] / 2
        drag(page, (grip["x"] + grip["width"] - 1, y), (track["x"] + track["width"] * 0.6, y))
        expect(page.locator("#saved")).to_have_text("Saved.")
        assert [float(edit.span.end) for edit in edits(ann, recording_id)] == [18]
        page.touchscreen.tap(track["x"] + track["width"] / 2, track["y"] + 20)
        expect(page.locator("#now")).to_contain_text("0:15.0")
        page.get_by_label("Cover").tap()
        go(page, 2)
        page.locator("#mark-start").tap()
        go(page, 6)
        page.locator("#screen").evaluate("screen => screen.scrollIntoView()")
        area = page.locator("#drawing").bounding_box()
        assert area is not None
        corner = (area["x"] + area["width"] * 0.5, area["y"] + area["height"] * 0.25)
        drag(page, corner, (area["x"] + area["width"] * 0.75, area["y"] + area["height"] * 0.5))
        page.locator("#mark-end").tap()
        expect(page.locator("#cuts li")).to_have_count(2)
        box = edits(ann, recording_id)[0].box
        assert box is not None
        assert (box.x, box.y, box.width, box.height) == (160, 45, 80, 45)
        page.locator("#undo").tap()
        expect(page.locator("#cuts li")).to_have_count(1)
        page.get_by_label("Participants were muted during all of this recording").tap()
        expect(page.locator("#sound-saved")).to_have_text("Saved.")
        page.locator("#pictures-smaller").tap()
        page.get_by_role("button", name="Next unseen").tap()
        say_why(page)
        expect(page.locator("#approve")).to_be_enabled()
        assert not eyes.unseen(ann.backend.db, ann.backend.settings, recording_id, ann.who.session_id)
        page.locator("#approve").tap()
        expect(page.get_by_text("Approved, being made and proven")).to_be_visible()
