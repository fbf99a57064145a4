"""What the staff pages' scripts promise, one by one, in real Chromium on a shelf without a worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, Route, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from app.db.models import Recording, StepName
from app.services import library, review, work
from app.services.values import PrivateFolder
from tests.app.backend import Backend
from tests.app.web.desk import StaffBrowser, staff_app
from tests.film_reading import run_ffmpeg
from tests.journeys.serving import PATIENCE_MS, chromium, patiently

pytestmark = pytest.mark.browser


PLAY_FAST = "player => { player.muted = true; player.playbackRate = 16; return player.play(); }"


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing is logged."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright, chromium(playwright) as started:
        yield started


@pytest.fixture
def ann(tmp_path: Path) -> Iterator[StaffBrowser]:
    backend = Backend(tmp_path / "data")
    yield StaffBrowser(backend, staff_app(backend))
    backend.db.close()


@pytest.fixture
def page(ann: StaffBrowser, browser: Browser) -> Iterator[Page]:
    """Ann's browser, at a server on loopback."""
    server = make_server("127.0.0.1", 0, ann.client.application, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    context: BrowserContext = browser.new_context(base_url=f"http://127.0.0.1:{server.port}")
    cookie = ann.client.get_cookie("storyshelf")
    assert cookie is not None
    context.add_cookies([{"name": "storyshelf", "value": cookie.value, "url": f"http://127.0.0.1:{server.port}"}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def with_pictures(ann: StaffBrowser) -> str:
    """A recording to review whose contact sheets are pictures."""
    recording_id = ann.backend.analysed()
    folder = PrivateFolder(ann.backend.settings, recording_id)
    for sheet in folder.sheets.iterdir():
        run_ffmpeg("-f", "lavfi", "-i", "testsrc=size=1920x720", "-frames:v", "1", "-update", "1", sheet)
    return recording_id


def seen(ann: StaffBrowser, recording_id: str) -> frozenset[int]:
    return review.sheets_seen(ann.backend.db, recording_id, ann.who.session_id)


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
    work.ready(ann.backend.db, recording_id, attempt, ann.backend.pipeline.probe(folder.original, _Unwatched()))
    expect(page.get_by_text("This recording has moved on. Please save")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Typed while waiting")


class _Unwatched:
    def progress(self, share: object) -> None:
        """Nobody looks."""

    def cancelled(self) -> bool:
        """Never."""
        return False


def test_times_are_read_as_people_write_them(page: Page, ann: StaffBrowser) -> None:
    page.goto(f"/recordings/{ann.backend.analysed()}")
    read = "texts => import('/static/review-times.js').then(({parse}) => texts.map(parse))"
    texts = ["1:23.4", " 0:05 ", "1:02:03,25", "75", "90:00", "7.5"]
    assert page.evaluate(read, texts) == [83.4, 5, 3723.25, 75, 5400, 7.5]
    assert page.evaluate(read, ["", "x", "1:60", "1:60:00", "-1", "1:2:3:4", "1e3", "NaN"]) == [None] * 8
    write = "times => import('/static/review-times.js').then(({clock}) => times.map(clock))"
    assert page.evaluate(write, [0, 9.88, 83.4, 3723.25, 59.999]) == [
        "0:00.0",
        "0:09.8",
        "1:23.4",
        "1:02:03.2",
        "0:59.9",
    ]


def test_only_what_stood_on_the_screen_for_a_moment_is_reported(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/sheets/1.jpg", lambda route: held.append((route, route.fetch())))  # sent, but it does not arrive
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"/recordings/{recording_id}")
    page.get_by_role("button", name="Next unseen pictures").wait_for()
    page.wait_for_timeout(1000)
    assert seen(ann, recording_id) == frozenset()  # none has been scrolled to
    button = page.get_by_role("button", name="Next unseen pictures")
    button.click()
    expect(page.locator(".sheet").nth(0)).to_have_class("sheet seen")
    assert seen(ann, recording_id) == {0}
    button.click()
    page.wait_for_timeout(1500)
    assert held
    assert 1 not in seen(ann, recording_id)  # in view, but its pictures have not come
    assert page.locator("#approve").is_disabled()
    route, picture = held.pop()
    route.fulfill(response=picture)
    expect(page.locator(".sheet").nth(1)).to_have_class("sheet seen")


def test_pictures_that_do_not_come_can_be_asked_for_again(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    page.route("**/sheets/0.jpg", lambda route: route.abort())
    page.goto(f"/recordings/{recording_id}")
    page.get_by_role("button", name="Next unseen pictures").click()
    again = page.get_by_role("button", name="Load these pictures again")
    expect(again).to_be_visible()
    page.unroute("**/sheets/0.jpg")
    again.click()
    expect(page.locator(".sheet").nth(0)).to_have_class("sheet seen")


def test_what_is_all_cut_needs_no_look(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    version = review.open_review(ann.backend.db, ann.backend.settings, recording_id).version
    answer = ann.send("PUT", f"/recordings/{recording_id}/edits", json={"version": version, "cuts": [[0, 24]]})
    assert answer.status_code == 200
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator(".sheet.all-cut")).to_have_count(2)
    expect(page.locator(".sheet").nth(0)).to_contain_text("0:00.0 to 0:12.0: all of it is cut")
    page.get_by_role("button", name="Next unseen pictures").click()
    expect(page.locator("#approve")).to_be_enabled()
    assert seen(ann, recording_id) == {2}


def test_somebody_elses_change_is_told_and_nothing_is_overwritten(page: Page, ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#cuts li")).to_have_count(1)
    version = review.open_review(ann.backend.db, ann.backend.settings, recording_id).version
    changed = {"version": version, "cuts": [[1, 2], [9.88, 14.12]]}
    assert ann.send("PUT", f"/recordings/{recording_id}/edits", json=changed).status_code == 200
    page.locator("#cuts input[type=checkbox]").uncheck()
    expect(page.get_by_role("alert")).to_contain_text("Someone else has changed this edit.")
    expect(page.locator("#cuts input[type=checkbox]")).to_be_checked()
    page.get_by_role("button", name="Reload the page").click()
    expect(page.locator("#cuts li")).to_have_count(2)


def test_a_change_that_could_not_be_saved_can_be_tried_again(page: Page, ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    page.goto(f"/recordings/{recording_id}")
    page.route("**/edits", lambda route: route.abort())
    page.locator("#cuts input[type=checkbox]").uncheck()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer. Nothing is lost")
    expect(page.locator("#saved")).to_have_text("Not saved.")
    page.unroute("**/edits")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#saved")).to_have_text("Saved.")
    expect(page.locator("#cuts li")).to_contain_text("Not cut, though proposed")


def test_a_sound_recording_has_to_be_played(page: Page, ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed(b"sound of a storytime")
    proxy = PrivateFolder(ann.backend.settings, recording_id).proxy
    run_ffmpeg("-f", "lavfi", "-i", "sine=d=30", "-c:a", "aac", "-f", "mp4", proxy)
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#decision")).to_contain_text("30 s of what stays have not been played here yet")
    expect(page.locator("#sheets-part")).to_be_hidden()
    page.locator("#player").evaluate(PLAY_FAST)
    expect(page.locator("#approve")).to_be_enabled()
    page.reload()
    expect(page.locator("#approve")).to_be_enabled()  # saving the details loads the page anew, too


def test_sound_that_the_browser_broke_off_is_taken_again(
    page: Page, ann: StaffBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording_id = ann.backend.analysed(b"sound of a storytime")
    proxy = PrivateFolder(ann.backend.settings, recording_id).proxy
    run_ffmpeg("-f", "lavfi", "-i", "sine=d=30", "-c:a", "aac", "-f", "mp4", proxy)
    noted, by_script = review.mark_sent, threading.Event()

    def only_of_scripts(*told: Any) -> None:
        if by_script.is_set():
            noted(*told)

    monkeypatch.setattr(review, "mark_sent", only_of_scripts)
    page.on("request", lambda r: by_script.set() if r.resource_type == "fetch" and "proxy" in r.url else None)
    page.goto(f"/recordings/{recording_id}")
    page.locator("#player").evaluate(PLAY_FAST)
    expect(page.locator("#approve")).to_be_enabled()
    assert by_script.is_set()


def test_cuts_are_skipped_unless_somebody_wants_to_see_one(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    proxy = PrivateFolder(ann.backend.settings, recording_id).proxy
    run_ffmpeg(
        *("-f", "lavfi", "-i", "testsrc=d=30:r=25:size=320x180", "-g", "25", "-pix_fmt", "yuv420p"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-f", "mp4", proxy),
    )
    page.goto(f"/recordings/{recording_id}")
    player = page.locator("#player")
    expect(player).to_have_js_property("readyState", 4)
    watched = """player => new Promise(done => {
        const moments = [];
        player.muted = true;
        player.ontimeupdate = () => {
            moments.push(player.currentTime);
            if (player.currentTime > 14.5) { player.pause(); done(moments); }
        };
    })"""
    player.evaluate("player => { player.currentTime = 9; }")
    player.evaluate("player => { player.muted = true; player.playbackRate = 2; return player.play(); }")
    skipped = player.evaluate(watched)
    assert not [moment for moment in skipped if 10.2 < moment < 14.1]
    player.evaluate("player => { player.playbackRate = 2; }")
    page.get_by_role("button", name="Play 0:09.8 to 0:14.1").click()
    shown = player.evaluate(watched)
    assert min(shown) < 8.5
    assert [moment for moment in shown if 11 < moment < 13]


def test_nothing_is_approved_while_something_typed_is_not_saved(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    for sheet in range(3):
        review.mark_issued(ann.backend.db, ann.backend.settings, recording_id, ann.who.session_id, sheet)
        review.mark_seen(ann.backend.db, recording_id, ann.who.session_id, sheet)
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#approve")).to_be_enabled()
    page.get_by_label("Description").fill("More words")
    expect(page.locator("#approve")).to_be_disabled()
    expect(page.locator("#decision")).to_contain_text("Please save what families read")
    with ann.backend.db.writing() as session:
        row = session.get(Recording, recording_id)
        assert row is not None
        row.title = ""
    page.reload()
    expect(page.locator("#decision")).to_contain_text("Please give it a title above")
    library.save_details(ann.backend.db, recording_id, library.Details("Bears"))
    page.reload()
    page.locator("#approve").click()
    expect(page.get_by_text("Approved, being made and proven")).to_be_visible()
