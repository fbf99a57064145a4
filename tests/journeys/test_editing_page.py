"""Covering, cropping, muting, splitting and undoing in real Chromium, by pointer and by keys."""

from __future__ import annotations

from fractions import Fraction

import pytest
from playwright.sync_api import Page, expect

from app.services.opened import open_review
from media_pipeline.core.edits import Action, Edit
from media_pipeline.core.intervals import Interval
from media_pipeline.core.timebase import clock
from tests.app.web.desk import StaffBrowser
from tests.journeys.test_review_page import with_film, with_pictures

pytestmark = pytest.mark.browser

GO = """(player, moment) => new Promise(there => {
    player.addEventListener("seeked", there, {once: true});
    player.currentTime = moment;
})"""


def opened(page: Page, ann: StaffBrowser) -> str:
    recording_id = with_pictures(ann)
    with_film(ann, recording_id)
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#cuts li")).to_have_count(1)
    expect(page.locator("#player")).to_have_js_property("readyState", 4)
    return recording_id


def go(page: Page, moment: float) -> None:
    page.locator("#player").evaluate(GO, moment)


def edits(ann: StaffBrowser, recording_id: str) -> tuple[Edit, ...]:
    return open_review(ann.backend.db, ann.backend.settings, recording_id).edits.edits


def test_a_box_is_drawn_covers_the_picture_and_is_changed(page: Page, ann: StaffBrowser) -> None:
    recording_id = opened(page, ann)
    page.get_by_label("Cover").check()
    go(page, 2)
    page.locator("#mark-start").click()
    go(page, 6)
    page.locator("#screen").evaluate("screen => screen.scrollIntoView()")
    area = page.locator("#drawing").bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + area["width"] * 0.5, area["y"] + area["height"] * 0.25)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.75, area["y"] + area["height"] * 0.5, steps=4)
    page.mouse.up()
    expect(page.locator("#drawn-says")).to_have_text("Box: 80 × 45 pixels, 160 from the left, 45 from the top.")
    page.locator("#mark-end").click()
    expect(page.locator("#cuts li").nth(0)).to_contain_text("a black box hides a part of the picture")
    (cover, _) = edits(ann, recording_id)
    assert (cover.action, cover.span) == (Action.COVER, Interval(Fraction(2), Fraction(6)))
    expect(page.locator("#covers div")).to_have_count(0)  # the frame at 6 s is no longer covered
    go(page, 3)
    expect(page.locator("#covers div")).to_have_count(1)
    page.get_by_role("button", name="Change box of 0:02.0 to 0:06.0").click()
    expect(page.locator("#drawing")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    page.get_by_role("button", name="Use this box").click()
    expect(page.locator("#saved")).to_have_text("Saved.")
    (changed, _) = edits(ann, recording_id)
    assert changed.box is not None
    assert (changed.box.x, changed.box.height) == (157, 47)


def test_a_crop_fills_the_picture_and_a_mute_is_silent(page: Page, ann: StaffBrowser) -> None:
    recording_id = opened(page, ann)
    version = open_review(ann.backend.db, ann.backend.settings, recording_id).version
    rows = [
        {"action": "crop", "start": 1, "end": 3, "box": [160, 90, 160, 90]},
        {"action": "mute", "start": 2, "end": 4},
    ]
    ann.send("PUT", f"/recordings/{recording_id}/edits", json={"version": version, "edits": rows})
    page.reload()
    player, stage = page.locator("#player"), page.locator("#stage")
    expect(player).to_have_js_property("readyState", 4)
    go(page, 2.5)
    expect(player).to_have_js_property("muted", True)
    assert "scale(2)" in (stage.get_attribute("style") or "")
    go(page, 3.5)
    assert "scale" not in (stage.get_attribute("style") or "")
    go(page, 5)
    expect(player).to_have_js_property("muted", False)
    go(page, 2.5)
    page.get_by_label("Play as families will see it").uncheck()
    expect(player).to_have_js_property("muted", False)
    assert "scale" not in (stage.get_attribute("style") or "")


def test_by_keys_alone_an_edit_is_made_nudged_split_joined_undone_and_done_again(page: Page, ann: StaffBrowser) -> None:
    recording_id = opened(page, ann)
    page.locator("#review-title").click()
    go(page, 20)
    for key in ("4", "i", "l", "o"):
        page.keyboard.press(key)
        page.wait_for_timeout(300)
    expect(page.locator("#cuts li")).to_have_count(2)
    mute = edits(ann, recording_id)[1]
    assert (mute.action, mute.span) == (Action.MUTE, Interval(Fraction(20), Fraction(25)))
    page.get_by_role("button", name="Start of 0:20.0 to 0:25.0 one frame later").press("Enter")
    expect(page.locator("#saved")).to_have_text("Saved.")
    assert edits(ann, recording_id)[1].span.start * 25 == 501
    go(page, 22)
    page.keyboard.press("s")
    expect(page.locator("#cuts li")).to_have_count(3)
    page.get_by_role("button", name="Join 0:20.0 to 0:22.0 with 0:22.0 to 0:25.0").press("Enter")
    expect(page.locator("#cuts li")).to_have_count(2)
    for _ in range(4):
        page.keyboard.press("z")
    expect(page.locator("#cuts li")).to_have_count(1)
    expect(page.locator("#undo")).to_be_disabled()
    page.reload()  # nothing of it is kept in the page
    expect(page.locator("#redo")).to_be_enabled()
    for _ in range(4):
        page.keyboard.press("Shift+Z")
    expect(page.locator("#redo")).to_be_disabled()
    assert edits(ann, recording_id)[1].span.start * 25 == 501


def test_no_key_fires_while_somebody_types_or_has_switched_them_off(page: Page, ann: StaffBrowser) -> None:
    recording_id = opened(page, ann)
    page.get_by_label("Description").press_sequentially("1 cold zebra? i o s ] [ k")
    page.locator("#cuts input[type=text]").first.press_sequentially("z4")
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("#player")).to_have_js_property("paused", True)
    assert len(edits(ann, recording_id)) == 1
    assert page.locator("#mark-end").is_disabled()
    page.locator("#review-title").click()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    page.locator("#review-title").click()
    page.keyboard.press("i")
    assert page.locator("#mark-end").is_disabled()


def test_what_is_changed_while_the_network_is_lost_is_saved_when_it_is_back(page: Page, ann: StaffBrowser) -> None:
    recording_id = opened(page, ann)
    page.context.set_offline(True)
    for start in (2, 4):
        go(page, start)
        page.locator("#mark-start").click()
        go(page, start + 1)
        page.locator("#mark-end").click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer. Nothing is lost")
    page.context.set_offline(False)
    expect(page.locator("#cuts li")).to_have_count(3)
    expect(page.get_by_role("alert")).to_be_hidden()
    assert [int(edit.span.start) for edit in edits(ann, recording_id)] == [2, 4, 9]


@pytest.mark.full
def test_a_hundred_edits_are_undone_one_by_one_and_done_again(page: Page, ann: StaffBrowser) -> None:
    recording_id = opened(page, ann)
    first = edits(ann, recording_id)
    made = [first]
    for number in range(100):
        start = 1 + number / 10
        box = page.locator("#cuts li").nth(0).get_by_label("Start of the cut")
        before = box.input_value()
        box.fill(f"0:{start:04.1f}")
        box.press("Enter")
        expect(box).not_to_have_value(before)
        expect(page.locator("#saved")).to_have_text("Saved.")
        made.append(edits(ann, recording_id))
    assert len(set(made)) == 101
    page.locator("#decide").focus()  # where nothing is typed
    for wanted in reversed(made[:-1]):
        page.keyboard.press("z")
        row = page.locator("#cuts li").nth(0).get_by_label("Start of the cut")
        expect(row).to_have_value(_clock(wanted[0]))
    expect(page.locator("#undo")).to_be_disabled()
    assert edits(ann, recording_id) == first
    for wanted in made[1:]:
        page.locator("#redo").click()
        row = page.locator("#cuts li").nth(0).get_by_label("Start of the cut")
        expect(row).to_have_value(_clock(wanted[0]))
    expect(page.locator("#redo")).to_be_disabled()
    assert edits(ann, recording_id) == made[-1]


def _clock(edit: Edit) -> str:
    return clock(edit.span.start)
