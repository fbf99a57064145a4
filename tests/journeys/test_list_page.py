"""The list of recordings in real Chromium: uploading and following the work."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from app.db.kinds import StepName
from app.services import work
from app.services.values import PrivateFolder
from media_pipeline.ports.watch import Unwatched
from tests.app.web.desk import StaffBrowser
from tests.journeys.serving import patiently

pytestmark = pytest.mark.browser


def test_a_file_may_be_dropped_and_a_refused_one_is_told_why(page: Page) -> None:
    page.goto("/")
    for name in ("meeting_saved_chat.txt", "storytime.mp4"):
        page.evaluate(
            """name => {
                 const dataTransfer = new DataTransfer();
                 dataTransfer.items.add(new File(["a film of a few bytes"], name));
                 const place = document.getElementById("upload");
                 place.dispatchEvent(new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true}));
               }""",
            name,
        )
        if name.endswith(".txt"):
            expect(page.locator("#upload-trouble")).to_contain_text("This is a saved chat")
            expect(page.get_by_text("Choose a file")).to_be_visible()
    expect(page.locator(".row .state")).to_have_text("Uploaded, waiting to be looked through")
    assert page.evaluate("localStorage.length") == 0


def test_an_upload_can_be_paused_and_thrown_away(page: Page, ann: StaffBrowser) -> None:
    page.goto("/")
    held: list[Route] = []
    page.route("**/uploads/*", lambda r: held.append(r) if r.request.method == "PATCH" else r.continue_())
    page.locator("#file").set_input_files({"name": "Ada.mp4", "mimeType": "video/mp4", "buffer": b"film" * 1000})
    expect(page.locator("#upload-says")).to_contain_text("Uploading")
    patiently(page, lambda: bool(held))
    page.get_by_role("button", name="Pause").click()
    held.pop().abort()
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    assert "Ada" not in page.evaluate("JSON.stringify(localStorage)")
    assert page.evaluate("localStorage.length") == 1
    page.get_by_role("button", name="Stop and throw away").click()
    expect(page.get_by_text("Choose a file")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
    assert list(ann.backend.store.uploads()) == []


def test_what_a_name_warns_of_is_said_while_another_file_can_still_be_chosen(page: Page) -> None:
    page.goto("/")
    page.route("**/uploads/*", lambda r: r.abort() if r.request.method == "PATCH" else r.continue_())
    name = "GMT20260910-185700_Recording_gallery_1920x900.mp4"
    page.locator("#file").set_input_files({"name": name, "mimeType": "video/mp4", "buffer": b"film" * 1000})
    expect(page.locator("#upload-warning")).to_contain_text("everyone is visible in it")
    page.get_by_role("button", name="Stop and throw away").click()
    expect(page.locator("#upload-warning")).to_be_hidden()


def test_progress_is_followed_and_typed_words_are_not_lost(page: Page, ann: StaffBrowser) -> None:
    recording_id = ann.backend.upload()
    attempt = ann.backend.row(recording_id).attempt
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator(".step")).to_have_text("Waiting for its turn")
    work.begin(ann.backend.db, recording_id, attempt, StepName.PREVIEW)
    work.tell(ann.backend.db, recording_id, attempt, 250)
    expect(page.locator(".step")).to_have_text("Making pictures for your review")
    expect(page.locator("progress")).to_have_js_property("value", 250)
    page.get_by_label("Title").fill("Typed while waiting")
    folder = PrivateFolder(ann.backend.settings, recording_id)
    work.ready(ann.backend.db, recording_id, attempt, ann.backend.pipeline.probe(folder.original, Unwatched()))
    expect(page.get_by_text("This recording has moved on. Please save")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Typed while waiting")
