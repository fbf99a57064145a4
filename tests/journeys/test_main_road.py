"""The whole road in real Chromium: from the first link to a page that families watch, and down again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright

from tests.films import storytime_film
from tests.journeys.serving import PATIENCE_MS, House, chromium, house, patiently

PASSWORD = "four words of a song"  # noqa: S105 - made up here
NAME = "Ada Lovelace reads, 2026-09-15.mp4"
"""A file name that holds a person's name, as they do."""

TITLE = "Bears at bedtime"
SECONDS = 16
"""Thirty-two pictures: two contact sheets."""

WORK_MS = 300_000
"""The worker's steps on a machine that is busy."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / NAME
    storytime_film(path, SECONDS)
    return path


@pytest.mark.browser
def test_the_whole_road(tmp_path: Path, film: Path) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    with house(tmp_path / "data") as home, sync_playwright() as playwright, chromium(playwright) as browser:
        office = home.context(browser).new_page()
        office.set_default_timeout(PATIENCE_MS)
        troubles: list[str] = []
        office.on("pageerror", lambda error: troubles.append(str(error)))
        office.on(
            "console", lambda line: troubles.append(line.text) if "Content Security Policy" in line.text else None
        )
        come_in(office, home)
        upload(office, film, home)
        follow_the_analysis(office)
        review(office)
        approve_by_keyboard(office)
        url = office.locator(".note.good a").inner_text()
        watch_without_scripts(browser, home, url)
        wait_for_every_size(office, browser, home, url)
        watch_and_save(browser, home, url)
        take_down(office, browser, home, url)
        assert troubles == []
        assert home.hosts == home.own_hosts
        assert "Lovelace" not in (tmp_path / "data" / "log").read_text()
        assert "127.0.0.1:" not in re.sub("Listening at.*", "", (tmp_path / "data" / "log").read_text())


def come_in(page: Page, home: House) -> None:
    """The one-time link, an account, out, and in again without a mouse."""
    page.goto(home.first_link())
    page.get_by_label("Choose a name for signing in").fill("Ann")
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_label("The password once more").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Recordings", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{home.staff}/sign-in")
    tab_to(page, "login")
    page.keyboard.type("ann")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing here yet")).to_be_visible()


def tab_to(page: Page, id_: str) -> None:
    """Presses the Tab key until the element has the focus."""
    for _ in range(200):
        if page.evaluate("document.activeElement.id") == id_:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not lead to {id_}")


def kept(page: Page) -> dict[str, str]:
    """What the browser keeps."""
    found: dict[str, str] = page.evaluate("({...localStorage})")
    return found


def upload(page: Page, film: Path, home: House) -> None:
    """Over a thin line that breaks in the middle: the page is reloaded, and the same file goes on where it stopped."""
    line = page.context.new_cdp_session(page)
    thin = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 60_000}
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", thin)
    page.locator("#file").set_input_files(film)
    expect(page.locator("#upload-numbers")).to_contain_text(" of ")
    expect(page).to_have_title(re.compile(r"^[1-9][0-9]? % – "))
    patiently(page, lambda: any(data.stat().st_size for data in (home.data / "incoming").glob("*/data")))
    ((key, address),) = kept(page).items()
    assert "Lovelace" not in json.dumps(kept(page))
    assert re.fullmatch(r"storyshelf-upload:[0-9]+-[0-9]+", key)
    assert re.fullmatch(rf"({re.escape(home.staff)})?/uploads/[0-9a-f]{{32}}", address)
    page.reload()
    expect(page.get_by_text("An upload was not finished")).to_be_visible()
    line.send("Network.emulateNetworkConditions", thin | {"uploadThroughput": -1})
    sent: list[tuple[str, int]] = []
    page.on(
        "request",
        lambda r: sent.append((r.method, int(r.headers.get("upload-offset", "-1")))) if "/uploads" in r.url else None,
    )
    page.locator("#file").set_input_files(film)
    expect(page.locator(".row")).to_have_count(1)
    assert kept(page) == {}
    assert "POST" not in [method for method, _ in sent]
    (offset,) = [offset for method, offset in sent if method == "PATCH"]
    assert 0 < offset < film.stat().st_size


def follow_the_analysis(page: Page) -> None:
    """The list tells by itself how it goes."""
    expect(page.locator(".row .state")).to_have_text("Ready for your review", timeout=WORK_MS)
    expect(page.locator(".row progress")).to_be_hidden()
    page.locator(".row a").click()


def review(page: Page) -> None:
    """Cuts are switched, undone, moved and added; then every picture that stays has to come by."""
    cuts = page.locator("#cuts li")
    expect(cuts).to_have_count(3)
    approve = page.locator("#approve")
    expect(approve).to_be_disabled()
    expect(page.locator("#decision")).to_contain_text("still to be seen")
    expect(page.locator("#decision")).to_contain_text("Please give it a title")
    before = [box.input_value() for box in cuts.locator("input[type=text]").all()]
    cuts.nth(1).get_by_role("checkbox").uncheck()
    expect(page.locator("#saved")).to_have_text("Saved.")
    expect(cuts.nth(1)).to_contain_text("Not cut, though proposed")
    page.locator("#undo").click()
    expect(cuts.nth(1)).not_to_contain_text("Not cut")
    assert [box.input_value() for box in cuts.locator("input[type=text]").all()] == before
    cuts.nth(0).get_by_label("Start of the cut").fill("nonsense")
    cuts.nth(0).get_by_label("Start of the cut").press("Tab")
    expect(cuts.nth(0)).to_contain_text("Please write a time like 1:23.4")
    cuts.nth(0).get_by_label("Start of the cut").fill("0:03,5")
    cuts.nth(0).get_by_label("Start of the cut").press("Enter")
    expect(cuts.nth(0).get_by_label("Start of the cut")).to_have_value("0:03.5")
    mark_a_cut(page)
    page.locator("#details").get_by_label("Title").fill(TITLE)
    expect(page.locator("#decision")).to_contain_text("Please save what families read")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(page.locator("#decision")).to_contain_text("Nobody has said yet which books, songs and pictures of others")
    page.get_by_role("button", name="There is nothing of others in it").click()
    expect(page.get_by_text("Noted: the list is complete.")).to_be_visible()
    expect(page.locator("#cuts li")).to_have_count(4)
    expect(page.locator("#decision")).not_to_contain_text("Nobody has said yet")


def mark_a_cut(page: Page) -> None:
    """From the player's time, to the player's time."""
    for button, moment in (("#mark-start", 0.5), ("#mark-end", 1.25)):
        page.evaluate(
            """moment => new Promise(there => {
                 const player = document.getElementById("player");
                 player.addEventListener("seeked", there, {once: true});
                 player.currentTime = moment;
               })""",
            moment,
        )
        page.locator(button).click()
    own = page.locator("#cuts li").nth(0)
    expect(own).to_contain_text("your own cut")
    expect(own.get_by_label("End of the cut")).to_have_value("0:01.2")
    expect(own.get_by_role("button", name="Remove")).to_be_visible()


def approve_by_keyboard(page: Page) -> None:
    """The button that leads on is pressed until nothing is unseen; then the way to "Approve" is free."""
    expect(page.locator("#decision")).to_contain_text("Please say why there are no captions, above.")
    tab_to(page, "uncaptioned")
    page.keyboard.press("ArrowDown")
    tab_to(page, "next-unseen")
    for _ in range(100):
        page.keyboard.press("Enter")
        page.wait_for_timeout(700)
        if page.locator("#next-unseen").is_hidden():
            break
    for _ in range(3):  # what a busy machine leapt over is played once more
        if page.locator("#listen").is_visible():
            page.keyboard.press("h")
            expect(page.locator("#listen")).to_have_text("Stop")
            patiently(page, lambda: page.locator("#player").evaluate("player => player.paused"))
            page.wait_for_timeout(5000)
    expect(page.locator("#approve")).to_be_enabled()
    said = "All of what stays has been shown to you, and what must be heard was played."
    expect(page.locator("#ready")).to_have_text(said)
    assert page.locator(".sheet.seen").count() == 2
    tab_to(page, "approve")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Approved, being made and proven")).to_be_visible()
    expect(page.locator("progress")).to_be_visible()
    expect(page.get_by_text("Families find it at")).to_be_visible(timeout=WORK_MS)


def watch_without_scripts(browser: Browser, home: House, url: str) -> None:
    """The shelf and the watch page need none, and leave nothing behind."""
    context = home.context(browser, java_script_enabled=False)
    page = context.new_page()
    loaded: list[Response] = []
    page.on("response", lambda answer: loaded.append(answer))
    page.goto(home.public)
    with page.expect_response(lambda answer: ".mp4" in answer.url, timeout=PATIENCE_MS) as film:
        page.get_by_role("link", name=TITLE).click()
    assert page.url == url
    assert film.value.status == 206
    assert film.value.headers["content-type"] == "video/mp4"
    assert [answer.url for answer in loaded if answer.status >= 400] == []
    assert any("/poster" in answer.url for answer in loaded)
    expect(page.get_by_text("360 lines")).to_be_visible()
    assert page.locator("script").count() == 1, "its comforts, which nothing here needs"
    expect(page.locator("[data-scripted]").first).to_be_hidden()
    assert context.cookies() == []
    context.close()


def wait_for_every_size(page: Page, browser: Browser, home: House, url: str) -> None:
    """The smallest size came first; the page of the office follows the others, and the address stays."""
    expect(page.locator(".state strong")).to_have_text("Public", timeout=WORK_MS)
    assert page.locator(".note.good a").inner_text() == url
    families = home.context(browser).new_page()
    families.goto(url)
    expect(families.get_by_text("Larger sizes are being prepared.")).to_have_count(0)
    assert families.get_by_role("link", name=re.compile("^Video")).count() > 1
    expect(families.locator("video")).to_have_attribute("poster", re.compile("/poster\\.jpg$"))
    families.context.close()


def watch_and_save(browser: Browser, home: House, url: str) -> None:
    """It plays, and what is saved are the bytes that were proven."""
    context = home.context(browser, accept_downloads=True)
    page = context.new_page()
    page.goto(url)
    page.evaluate("document.querySelector('video').muted = true, document.querySelector('video').play()")
    patiently(page, lambda: page.evaluate("document.querySelector('video').currentTime") > 0.5)
    (place,) = (home.data / "public").iterdir()
    for words, name in (("360 lines", "video-360.mp4"), ("Sound only", "audio.m4a")):
        with page.expect_download(timeout=PATIENCE_MS) as saved:
            page.get_by_role("link", name=words).click()
        assert Path(saved.value.path()).read_bytes() == (place / name).read_bytes()
        assert re.fullmatch(r"storytime-[a-z2-9]{7}(-360)?\.(mp4|m4a)", saved.value.suggested_filename)
    assert context.cookies() == []
    assert kept(page) == {}
    context.close()


def take_down(page: Page, browser: Browser, home: House, url: str) -> None:
    """One button, and it is gone: the page, the bytes, the place on the shelf."""
    (place,) = (home.data / "public").iterdir()
    page.get_by_role("button", name="Take it down").click()
    expect(page.get_by_text("Families now read that it is no longer here.")).to_be_visible()
    families = home.context(browser).new_page()
    for address in (
        url,
        f"{home.public}/media/{place.name}/video.mp4",
        f"{home.public}/media/{place.name}/hls/master.m3u8",
    ):
        answer = families.goto(address)
        assert answer is not None
        assert answer.status == 410
    assert not place.exists()
    families.goto(home.public)
    expect(families.get_by_text("No storytime is on the shelf yet")).to_be_visible()
