"""Saying what the film shows, in real Chromium: by keyboard, at once, and back again."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from app.services.looks import answer_look
from app.services.opened import open_review
from media_pipeline.core.findings import Findings
from media_pipeline.core.intervals import Interval
from media_pipeline.core.looks import LookKind
from media_pipeline.core.media import MediaFile
from media_pipeline.ports.watch import Watch
from tests.app.fake_pipeline import FakePipeline
from tests.app.web.desk import StaffBrowser
from tests.core.values import ALL_MOVES, PERSON_MOVES, shot
from tests.journeys.test_review_page import say_why, seen, with_pictures

pytestmark = pytest.mark.browser

CROWD = 2
"""The look of the gallery, and its card: 4 seconds of 30."""


def card(page: Page, number: int) -> Locator:
    return page.locator("#looks-list > li").nth(number - 1)


def sent(page: Page) -> list[str]:
    """What is said of looks from now on."""
    said: list[str] = []
    page.on("request", lambda r: said.append(r.post_data or "") if "/looks/" in r.url else None)
    return said


def tab_to(page: Page, control: Locator) -> None:
    for _ in range(100):
        if control.evaluate("control => control === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the Tab key does not lead there")


def test_a_look_is_answered_by_keyboard_and_taken_back(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    page.goto(f"/recordings/{recording_id}")
    crowd, says = card(page, CROWD), page.locator("#looks-say")
    expect(crowd.get_by_role("group", name="What is this? 13 % of the film")).to_be_visible()
    expect(crowd).to_contain_text("We cannot tell what this is.")
    expect(card(page, 1)).to_contain_text("We take this for the presenter.")
    expect(says).to_have_text("1 moment is proposed to be cut now.")
    page.locator("#cuts input[type=checkbox]").uncheck()
    expect(page.locator("#undo")).to_be_enabled()
    page.locator("#cuts input[type=checkbox]").check()
    tab_to(page, crowd.get_by_label("The presenter"))
    page.keyboard.press("ArrowDown")
    expect(says).to_have_text(
        "No moments are proposed to be cut now, 1 fewer than before. In all 0 s will be cut, 5 s less than before."
    )
    expect(crowd.get_by_label("A page or a drawing")).to_be_checked()
    expect(crowd.get_by_label("A page or a drawing")).to_be_focused()
    expect(page.locator("#cuts")).to_have_text("Nothing is cut.")
    expect(page.locator("#undo")).to_be_enabled()
    expect(page.locator("#decision")).to_contain_text("30 s will stay, 0 s will be cut. ")
    tab_to(page, crowd.get_by_role("button", name="Take back"))
    page.keyboard.press("Enter")
    expect(says).to_contain_text("1 moment is proposed to be cut now, 1 more than before.")
    expect(page.locator("#cuts li")).to_contain_text("several people at once")
    expect(crowd.locator("input:checked")).to_have_count(0)
    expect(crowd.get_by_label("The presenter")).to_be_focused()  # the button is gone


def test_only_where_the_arrow_keys_rest_is_answered(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    ann.backend.look_at_all(recording_id, ann.who)
    page.goto(f"/recordings/{recording_id}")
    said = sent(page)
    tab_to(page, card(page, CROWD).get_by_label("The presenter"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#looks-say")).to_contain_text("1 moment is proposed to be cut now, as many as before.")
    (only,) = said
    assert '"participants"' in only
    assert seen(ann, recording_id) == {0, 1, 2}


def test_what_comes_back_has_to_be_looked_at(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    ann.backend.look_at_all(recording_id, ann.who)
    page.goto(f"/recordings/{recording_id}")
    say_why(page)
    expect(page.locator("#approve")).to_be_enabled()
    card(page, CROWD).get_by_label("A page or a drawing").click()
    expect(page.locator("#decision")).to_contain_text("still to be seen.")
    expect(page.locator("#approve")).to_be_disabled()
    assert seen(ann, recording_id) == {2}


def test_pictures_of_a_look_are_no_look_at_a_sheet(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    fetched: list[str] = []
    page.on("request", lambda r: fetched.append(r.url) if "/sheets/" in r.url else None)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"/recordings/{recording_id}")
    page.locator("#looks").scroll_into_view_if_needed()
    for picture in page.locator("#looks .picture").all():
        expect(picture).to_have_attribute("style", re.compile("blob:"))
    page.wait_for_timeout(1500)
    assert seen(ann, recording_id) == frozenset()
    button = page.get_by_role("button", name="Next unseen")
    for _ in range(10):
        if button.is_visible():
            button.click()
            page.wait_for_timeout(700)
    expect(page.locator(".sheet.seen")).to_have_count(3)
    assert sorted(fetched) == sorted(set(fetched))  # each file once, whoever shows it
    assert seen(ann, recording_id) == {0, 1, 2}


def test_somebody_elses_answer_is_told_and_nothing_is_overwritten(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#cuts li")).to_have_count(1)
    db, settings = ann.backend.db, ann.backend.settings
    version = open_review(db, settings, recording_id).version
    answer_look(db, settings, recording_id, CROWD, LookKind.PAGE, version)
    card(page, CROWD).get_by_label("Participants").click()
    expect(page.get_by_role("alert")).to_contain_text("Someone else has changed this edit.")
    expect(page.locator("#looks-say")).to_have_text("Not saved.")
    expect(card(page, CROWD).locator("input:checked")).to_have_count(0)
    page.get_by_role("button", name="Reload the page").click()
    expect(card(page, CROWD).get_by_label("A page or a drawing")).to_be_checked()


def test_an_answer_that_could_not_be_saved_can_be_tried_again(page: Page, ann: StaffBrowser) -> None:
    page.goto(f"/recordings/{with_pictures(ann)}")
    page.route("**/looks/*", lambda route: route.abort())
    card(page, CROWD).get_by_label("A page or a drawing").click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer. Nothing is lost")
    page.unroute("**/looks/*")
    page.get_by_role("button", name="Try again").click()
    expect(card(page, CROWD).get_by_label("A page or a drawing")).to_be_checked()
    expect(page.locator("#cuts")).to_have_text("Nothing is cut.")


def test_a_picture_plays_from_there_and_leads_back(page: Page, ann: StaffBrowser) -> None:
    page.goto(f"/recordings/{with_pictures(ann)}")
    picture = card(page, 1).locator(".picture").first
    picture.click()
    expect(page.locator("#player")).to_be_focused()
    page.get_by_role("button", name="Back to the pictures").click()
    expect(picture).to_be_focused()


def detect_many(self: FakePipeline, source: Path, media: MediaFile, room: Path, watch: Watch) -> Findings:
    """Ten looks, the longest first; in the second several cameras are seen at once."""
    edges = [Fraction(0), *(Fraction(12 + 2 * n) for n in range(10))]
    return Findings(
        media.sha256,
        tuple(
            replace(
                shot(0, 1, n, 4 if n == 1 else 1, movement=ALL_MOVES if n == 1 else PERSON_MOVES),
                span=Interval(a, b),
                looked_at=(a,),
                crowded=a,
            )
            for n, (a, b) in enumerate(pairwise(edges))
        ),
        (),
    )


@pytest.mark.parametrize("width", [360, 1280])
def test_of_many_looks_those_are_shown_first_that_an_answer_helps(
    page: Page, ann: StaffBrowser, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(FakePipeline, "detect", detect_many)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/recordings/{with_pictures(ann)}")
    shown = page.locator("#looks-list > li:visible")
    expect(shown).to_have_count(9)
    expect(shown.first).to_contain_text("40 % of the film")
    expect(shown.first).to_contain_text("We take this for the presenter.")
    assert page.locator("html").evaluate("page => page.scrollWidth") <= width
    page.get_by_role("button", name="Show all 10").click()
    expect(shown).to_have_count(10)
    expect(page.get_by_role("button", name="Show all")).to_have_count(0)
    expect(card(page, 10).locator(".picture").first).to_be_focused()
    assert page.locator("html").evaluate("page => page.scrollWidth") <= width


def test_nobody_is_asked_what_stays_cut_whatever_they_say(
    page: Page, ann: StaffBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakePipeline, "detect", detect_many)
    page.goto(f"/recordings/{with_pictures(ann)}")
    page.get_by_role("button", name="Show all 10").click()
    last = card(page, 10)
    expect(last).to_contain_text("This stays cut: 7 % of the film")
    expect(last.get_by_role("radio")).to_have_count(0)
    expect(last.locator(".picture")).to_have_count(1)
    expect(last.get_by_role("button", name="Take back")).to_have_count(0)
    expect(page.locator("#looks-list input[type=radio]")).to_have_count(27)


def test_a_sound_recording_shows_nothing(page: Page, ann: StaffBrowser) -> None:
    page.goto(f"/recordings/{ann.backend.analysed(b'sound of a storytime')}")
    expect(page.locator("#sound-says")).to_be_visible()
    expect(page.locator("#looks")).to_be_hidden()
