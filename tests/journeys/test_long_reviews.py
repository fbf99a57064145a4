"""Long films are reviewed in few presses and few minutes, in real Chromium: what must be seen and heard is, and not more."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from app.services import eyes
from tests.app.web.desk import StaffBrowser
from tests.journeys.serving import patiently
from tests.journeys.test_timeline_page import long_film

pytestmark = [pytest.mark.browser, pytest.mark.full]


@dataclass
class Hands:
    """Counts every press of a key."""

    page: Page
    presses: int = 0
    screens: int = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.presses += 1

    def look_at_every_picture(self, reading: float) -> None:
        """“Next unseen” until there are none, `reading` seconds a screen, and longer while pictures still come."""
        more = self.page.locator("#next-unseen")
        while more.is_visible():
            before = self._seen()
            self.press("n")
            self.screens += 1
            self.page.wait_for_timeout(1000 * reading)
            self._wait_for_more(before)

    def _wait_for_more(self, before: int) -> None:
        patiently(self.page, lambda: self._seen() > before)
        while self._seen() != before:
            before = self._seen()
            self.page.wait_for_timeout(1500)

    def hear(self) -> None:
        """“Play what must be heard”, once more for what a busy machine leapt over."""
        listen = self.page.locator("#listen")
        for _ in range(4):
            if listen.is_visible():
                self.press("h")
                expect(listen).to_have_text("Stop")
                expect(self.page.locator("#player")).to_have_js_property("paused", True, timeout=420_000)
                self.page.wait_for_timeout(5000)  # the last report

    def say_why(self) -> None:
        """Why there are no captions, from the list: by Tab as far as it lies, which is not counted, and one key."""
        self.page.locator("#uncaptioned").focus()
        self.press("ArrowDown", "Tab")  # in the list, letters choose from it

    def _seen(self) -> int:
        return self.page.locator(".sheet.seen").count()


def opened(page: Page, ann: StaffBrowser, minutes: int) -> tuple[str, Hands]:
    recording_id = long_film(ann, minutes)
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#player")).to_have_js_property("readyState", 4)
    expect(page.locator("#decision")).to_contain_text("still to be heard")
    return recording_id, Hands(page)


def test_half_an_hour_is_reviewed_by_keys_in_forty_presses(page: Page, ann: StaffBrowser) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    recording_id, hands = opened(page, ann, 30)
    hands.press("q", "Space")  # this is the presenter
    expect(page.locator("#looks-say")).to_contain_text("proposed to be cut now")
    expect(page.locator("#looks-say")).to_contain_text("before")
    hands.press("-")
    hands.look_at_every_picture(reading=0.5)
    hands.press("x", "x")  # at twice the speed
    hands.hear()
    hands.say_why()
    expect(page.locator("#approve")).to_be_enabled()
    expect(page.locator("#decision")).to_contain_text("Families can then watch it until the end of")
    hands.press("a", "Enter")
    expect(page.get_by_text("Approved, being made and proven")).to_be_visible()
    print(f"{hands.presses} presses, {hands.screens} screens of pictures")
    assert hands.presses <= 40
    assert ann.backend.jobs.said[-1][:2] == ("publish", recording_id)


def test_three_quarters_of_an_hour_take_thirty_screens_and_ten_minutes(page: Page, ann: StaffBrowser) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    recording_id, hands = opened(page, ann, 45)
    began = time.monotonic()
    hands.press("-")
    hands.look_at_every_picture(reading=4)
    hands.press("x", "x")
    hands.hear()
    hands.say_why()
    took = time.monotonic() - began
    expect(page.locator("#approve")).to_be_enabled()
    print(f"{hands.screens} screens of pictures, {took / 60:.1f} minutes with {hands.presses} presses")
    assert not eyes.unseen(ann.backend.db, ann.backend.settings, recording_id, ann.who.session_id)
    assert hands.screens <= 30
    assert took <= 600
