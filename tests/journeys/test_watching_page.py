"""Watching the preview counts as looking, in real Chromium: what was played, and nothing else."""

from __future__ import annotations

from fractions import Fraction

import pytest
from playwright.sync_api import Page, expect

from app.services import editing, eyes
from app.services.opened import open_review
from app.services.values import PrivateFolder
from media_pipeline.core.preview import Preview
from tests.app.web.desk import StaffBrowser
from tests.journeys.serving import patiently
from tests.journeys.test_editing_page import go
from tests.journeys.test_review_page import with_film, with_pictures

pytestmark = pytest.mark.browser


def test_what_was_played_needs_no_look_at_its_pictures(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    with_film(ann, recording_id)
    folder = PrivateFolder(ann.backend.settings, recording_id)
    folder.save(Preview((), 30 * ((0, folder.proxy.stat().st_size),)), "preview")
    page.goto(f"/recordings/{recording_id}")
    player = page.locator("#player")
    expect(player).to_have_js_property("readyState", 4)
    go(page, 6)
    page.get_by_role("button", name="Play", exact=True).click()

    def left() -> list[tuple[Fraction, Fraction]]:
        spans = eyes.unseen(ann.backend.db, ann.backend.settings, recording_id, ann.who.session_id)
        return [(span.start, span.end) for span in spans]

    def is_watched() -> bool:
        """From 6 s on, over the cut from 9.88 to 14.12 s. What a busy machine leapt over is played once more, as staff would."""
        spans = left()
        if len(spans) == 2 and spans[0][1] == 6 and spans[1][0] > 16:
            return True
        if player.evaluate("player => player.currentTime") > 20:
            go(page, 6)
        return False

    patiently(page, is_watched)
    player.evaluate("player => player.pause()")
    assert left()[0] == (Fraction(0), Fraction(6))
    go(page, 29)  # what was leapt over was not watched
    page.wait_for_timeout(5000)
    assert left()[1][0] < 29
    assert left()[1][1] == 30
    assert eyes.sheets_seen(ann.backend.db, recording_id, ann.who.session_id) == frozenset()


def test_where_somebody_was_found_it_must_be_played(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    with_film(ann, recording_id)
    folder, backend = PrivateFolder(ann.backend.settings, recording_id), ann.backend
    folder.save(Preview((), 30 * ((0, folder.proxy.stat().st_size),)), "preview")
    version = open_review(backend.db, backend.settings, recording_id).version
    editing.save_edits(backend.db, backend.settings, recording_id, [], version)  # what was proposed to be cut stays
    backend.hear_all(recording_id, ann.who)
    for sheet in range(3):
        eyes.mark_issued(backend.db, backend.settings, recording_id, ann.who.session_id, sheet)
        eyes.mark_seen(backend.db, recording_id, ann.who.session_id, sheet)
    page.goto(f"/recordings/{recording_id}")
    decision, player = page.locator("#decision"), page.locator("#player")
    expect(decision).to_contain_text("4 s still to be seen. 4 s of it in the player")
    expect(player).to_have_js_property("readyState", 4)
    page.locator(".sheet").nth(1).scroll_into_view_if_needed()  # buttons are made when they come near
    expect(page.locator(".picture.to-watch")).to_have_count(8)
    expect(page.locator(".picture.to-watch").first).to_have_accessible_name("0:10.0, must be played")

    def is_watched() -> bool:
        if decision.text_content() and "still to be seen" not in str(decision.text_content()):
            return True
        if player.evaluate("player => player.paused || player.currentTime > 16"):
            page.keyboard.press("n")
        return False

    patiently(page, is_watched)
    expect(page.locator(".picture.to-watch")).to_have_count(0)
    expect(page.get_by_role("button", name="Next unseen")).to_be_hidden()
