"""axe finds nothing on any staff page, wide and narrow; nothing is lost at 200 %, and nothing moves for who wants none."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.db.kinds import StaffRole, WorkKind
from app.services import accounts, rights, works
from app.services.works import Record
from media_pipeline.core.intervals import Interval
from media_pipeline.core.rights import Basis, Right, Scope
from tests.app.web.desk import StaffBrowser, published
from tests.journeys.test_review_page import with_film, with_pictures

pytestmark = pytest.mark.browser

VENDOR = Path(__file__).parents[1] / "vendor"
AXE = VENDOR / "axe-core" / "axe.min.js"

RUN = """() => axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(
    ({violations}) => violations.map(({id, nodes}) => [id, nodes.map((node) => node.target.join(" "))]))"""


def found(page: Page) -> Any:
    return page.evaluate(RUN)


def test_axe_is_the_one_that_was_looked_at() -> None:
    (entry,) = json.loads((VENDOR / "MANIFEST.json").read_text())
    assert hashlib.sha256((VENDOR / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]


def test_axe_finds_nothing_on_staff_pages(page: Page, ann: StaffBrowser) -> None:
    public, _ = published(ann.backend)
    gone, _ = published(ann.backend)
    ann.submit(f"/recordings/{gone}/unpublish")
    recording_id = with_pictures(ann)
    with_film(ann, recording_id)
    version = ann.send("GET", f"/recordings/{recording_id}/review").get_json()["version"]
    edits = [
        {"action": "cover", "start": 1, "end": 5, "box": [0, 120, 320, 60]},
        {"action": "mute", "start": 7, "end": 8.5},
        {"action": "cut", "start": 20, "end": 21},
    ]
    ann.send("PUT", f"/recordings/{recording_id}/edits", json={"version": version, "edits": edits})
    closed = Right(Basis.PERMISSION, Scope.CLOSED, rights.today() + timedelta(days=5))
    work_id = works.save(ann.backend.db, Record(WorkKind.BOOK, "Brown Bear", closed))
    works.give_evidence(ann.backend.db, ann.backend.settings, work_id, b"%PDF-")
    rights.add(ann.backend.db, recording_id, work_id, Interval(Fraction(3), Fraction(5)))
    works.save(ann.backend.db, Record(WorkKind.SONG, "The Honey Song", Right(Basis.OWN, Scope.OPEN_WEB)))
    page.add_init_script(path=AXE)
    for width in (1280, 1024, 640):  # the last is 1280 at 200 %
        page.set_viewport_size({"width": width, "height": 900})
        for path in (
            *("/", "/account", "/people", "/people/trail", "/work", "/no-such-page"),
            *("/next-storytime", "/works/", "/works/new", f"/works/{work_id}", f"/recordings/{recording_id}/rights/"),
            *(f"/recordings/{public}", f"/recordings/{public}/receipt", f"/recordings/{gone}/takedown"),
            f"/recordings/{recording_id}",
        ):
            page.goto(path)
            if path.endswith(recording_id):
                expect(page.locator("#cuts li")).to_have_count(4)
                page.locator("#cuts li").first.click()
            assert found(page) == [], (path, width)
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), (path, width)
        page.keyboard.press("?")
        assert found(page) == [], ("the keys", width)


def test_axe_finds_nothing_before_anybody_has_signed_in(page: Page, ann: StaffBrowser) -> None:
    page.context.clear_cookies()
    page.add_init_script(path=AXE)
    link = accounts.invite(ann.backend.db, StaffRole.REVIEWER)
    anew = accounts.new_password_link(ann.backend.db, ann.who.user_id)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("/sign-in", f"/welcome/{link}", f"/welcome/{anew}", "/welcome/none"):
            page.goto(path)
            assert found(page) == [], (path, width)
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), (path, width)
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in").click()
    assert found(page) == [], "with what is wrong"


def test_nothing_moves_for_who_wants_no_movement(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#cuts li")).to_have_count(1)
    moving = """() => [...document.querySelectorAll("*")].filter((part) => { const style = getComputedStyle(part);
        return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0
            || style.scrollBehavior === "smooth"; }).length"""
    assert page.evaluate(moving) == 0
