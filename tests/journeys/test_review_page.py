"""The review page in real Chromium: what counts as shown, what is saved, and what is approved."""

from __future__ import annotations

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect
from sqlalchemy import delete

from app.db.engine import now
from app.db.kinds import RecordingState
from app.db.models import Recording, SecondHeard, SecondWatched, SheetShown
from app.services import eyes, library
from app.services.opened import open_review
from app.services.values import PrivateFolder
from media_pipeline.core.preview import Preview
from tests.app.web.desk import SECOND_LOOK, StaffBrowser, disproven
from tests.film_reading import run_ffmpeg

pytestmark = pytest.mark.browser


def with_pictures(ann: StaffBrowser) -> str:
    """A recording to review whose contact sheets are pictures."""
    recording_id = ann.backend.analysed()
    folder = PrivateFolder(ann.backend.settings, recording_id)
    for sheet in folder.sheets.iterdir():
        run_ffmpeg("-f", "lavfi", "-i", "testsrc=size=1920x720", "-frames:v", "1", "-update", "1", sheet)
    return recording_id


def with_film(ann: StaffBrowser, recording_id: str) -> None:
    """Thirty seconds to play."""
    run_ffmpeg(
        *("-f", "lavfi", "-i", "testsrc=d=30:r=25:size=320x180", "-g", "25", "-pix_fmt", "yuv420p"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-f", "mp4"),
        PrivateFolder(ann.backend.settings, recording_id).proxy,
    )


def seen(ann: StaffBrowser, recording_id: str) -> frozenset[int]:
    return eyes.sheets_seen(ann.backend.db, recording_id, ann.who.session_id)


def say_why(page: Page) -> None:
    """Why there are no captions."""
    page.locator("#uncaptioned").select_option("captions-follow")


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
    page.get_by_role("button", name="Next unseen").wait_for()
    page.wait_for_timeout(1000)
    assert seen(ann, recording_id) == frozenset()  # none has been scrolled to
    button = page.get_by_role("button", name="Next unseen")
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
    page.get_by_role("button", name="Next unseen").click()
    again = page.get_by_role("button", name="Load these pictures again")
    expect(again).to_be_visible()
    page.unroute("**/sheets/0.jpg")
    again.click()
    expect(page.locator(".sheet").nth(0)).to_have_class("sheet seen")


def test_what_is_all_cut_needs_no_look(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    version = open_review(ann.backend.db, ann.backend.settings, recording_id).version
    answer = ann.send(
        "PUT",
        f"/recordings/{recording_id}/edits",
        json={"version": version, "edits": [{"action": "cut", "start": 0, "end": 24}]},
    )
    assert answer.status_code == 200
    ann.backend.hear_all(recording_id, ann.who)
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator(".sheet.all-cut")).to_have_count(2)
    expect(page.locator(".sheet").nth(0)).to_contain_text("0:00.0 to 0:12.0: all of it is cut")
    page.get_by_role("button", name="Next unseen").click()
    say_why(page)
    expect(page.locator("#approve")).to_be_enabled()
    assert seen(ann, recording_id) == {2}


def test_somebody_elses_change_is_told_and_nothing_is_overwritten(page: Page, ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#cuts li")).to_have_count(1)
    version = open_review(ann.backend.db, ann.backend.settings, recording_id).version
    changed = {
        "version": version,
        "edits": [{"action": "cut", "start": s, "end": e} for s, e in ((1, 2), (9.88, 14.12))],
    }
    assert ann.send("PUT", f"/recordings/{recording_id}/edits", json=changed).status_code == 200
    page.locator("#cuts input[type=checkbox]").uncheck()
    expect(page.get_by_role("alert")).to_contain_text("Somebody else has changed this edit meanwhile.")
    expect(page.locator("#cuts li")).to_have_count(2)
    expect(page.locator("#cuts input[type=checkbox]")).to_be_checked()
    page.get_by_role("button", name="Make my change too").click()
    expect(page.locator("#cuts li").nth(1)).to_contain_text("Not cut, though proposed")
    expect(page.locator("#cuts li").nth(0)).to_contain_text("your own cut")


def test_a_change_that_could_not_be_saved_can_be_tried_again(page: Page, ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    page.goto(f"/recordings/{recording_id}")
    page.route("**/edits", lambda route: route.abort())
    page.locator("#cuts input[type=checkbox]").uncheck()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer. Nothing is lost")
    expect(page.locator("#saved")).to_have_text("Not saved yet.")
    page.unroute("**/edits")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#saved")).to_have_text("Saved.")
    expect(page.locator("#cuts li")).to_contain_text("Not cut, though proposed")


def sound_recording(ann: StaffBrowser) -> str:
    """Thirty seconds to listen to."""
    recording_id = ann.backend.analysed(b"sound of a storytime")
    folder = PrivateFolder(ann.backend.settings, recording_id)
    run_ffmpeg("-f", "lavfi", "-i", "sine=d=30", "-c:a", "aac", "-f", "mp4", folder.proxy)
    folder.save(Preview(tuple(300 * [99]), 30 * ((0, folder.proxy.stat().st_size),)), "preview")
    return recording_id


def test_a_sound_recording_has_to_be_played_aloud(page: Page, ann: StaffBrowser) -> None:
    recording_id = sound_recording(ann)
    page.goto(f"/recordings/{recording_id}")
    player = page.locator("#player")
    expect(page.locator("#decision")).to_contain_text("30 s of sound still to be heard")
    expect(page.locator("#sheets-part")).to_be_hidden()
    expect(player).to_have_js_property("readyState", 4)
    player.evaluate("player => { player.muted = true; player.playbackRate = 2; return player.play(); }")
    page.wait_for_timeout(3000)
    player.evaluate(
        "player => { player.pause(); player.playbackRate = 4; player.muted = false; return player.play(); }"
    )
    expect(player).to_have_js_property("ended", True)
    page.wait_for_timeout(5000)
    expect(page.locator("#decision")).to_contain_text("30 s of sound")  # silent, or faster than ears
    player.evaluate("player => { player.playbackRate = 2; }")
    say_why(page)
    while page.locator("#approve").is_disabled():  # what a busy machine leapt over is played once more, as staff would
        if page.locator("#listen").inner_text() == "Play what must be heard":
            page.locator("#listen").click(timeout=500)
        page.wait_for_timeout(1000)
    page.reload()
    say_why(page)
    expect(page.locator("#approve")).to_be_enabled()  # saving the details loads the page anew, too


def test_what_must_be_heard_is_played_piece_by_piece(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    with_film(ann, recording_id)
    folder = PrivateFolder(ann.backend.settings, recording_id)
    folder.save(Preview(tuple(300 * [9]), 30 * ((0, folder.proxy.stat().st_size),)), "preview")
    ann.backend.look_at_all(recording_id, ann.who)
    with ann.backend.db.writing() as session:
        session.execute(delete(SecondHeard).where(SecondHeard.second.in_((3, 4, 20, 28))))
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#player")).to_have_js_property("readyState", 4)
    say_why(page)
    expect(page.locator("#approve")).to_be_disabled()
    expect(page.locator("#decision")).to_contain_text("4 s of sound still to be heard.")
    page.locator("#review-title").click()
    page.keyboard.press("h")
    expect(page.locator("#listen")).to_have_text("Stop")
    expect(page.locator("#player")).to_have_js_property("paused", True)  # twelve seconds would take longer
    if page.locator("#approve").is_disabled():  # what a busy machine leapt over is played once more
        page.wait_for_timeout(5000)
        page.keyboard.press("h")
    expect(page.locator("#approve")).to_be_enabled()
    expect(page.locator("#listen")).to_be_hidden()
    expect(page.locator("#decision")).not_to_contain_text("heard")


def test_participants_are_declared_muted_with_a_tick(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    ann.backend.look_at_all(recording_id, ann.who)
    with ann.backend.db.writing() as session:
        session.execute(delete(SecondHeard))
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#approve")).to_be_disabled()
    page.get_by_label("Participants were muted during all of this recording").check()
    expect(page.locator("#sound-saved")).to_have_text("Saved.")
    said = "It was declared that participants were muted. Of the sound that stays, 26 s were not heard by whoever approves."
    expect(page.locator("#decision")).to_contain_text(said)
    say_why(page)
    expect(page.locator("#approve")).to_be_enabled()
    page.reload()
    page.get_by_label("Participants were muted during all of this recording").uncheck()
    expect(page.locator("#approve")).to_be_disabled()


def test_one_second_unseen_or_unheard_keeps_the_page_from_approving(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    ann.backend.look_at_all(recording_id, ann.who)
    with ann.backend.db.writing() as session:
        session.execute(delete(SecondHeard).where(SecondHeard.second == 20))
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#decision")).to_contain_text("1 s of sound still to be heard.")
    expect(page.locator("#approve")).to_be_disabled()
    ann.backend.look_at_all(recording_id, ann.who)
    with ann.backend.db.writing() as session:
        session.delete(session.get_one(SheetShown, (recording_id, ann.who.session_id, 1)))
        for second in (*range(12, 20), *range(21, 24)):
            session.add(
                SecondWatched(recording_id=recording_id, session_id=ann.who.session_id, second=second, at=now())
            )
    page.reload()
    expect(page.locator("#decision")).to_contain_text("1 s still to be seen.")
    say_why(page)
    expect(page.locator("#approve")).to_be_disabled()
    page.locator("#approve").evaluate("button => { button.disabled = false; button.click(); }")
    expect(page.get_by_role("alert")).to_contain_text("Some of the recording has not been shown to you yet.")
    assert ann.backend.row(recording_id).state is RecordingState.TO_REVIEW
    page.get_by_role("button", name="Next unseen").click()
    expect(page.locator("#approve")).to_be_enabled()


def test_cuts_are_skipped_unless_somebody_wants_to_see_one(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    with_film(ann, recording_id)
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
    player.evaluate("player => { player.muted = true; return player.play(); }")
    skipped = player.evaluate(watched)
    assert not [moment for moment in skipped if 11.5 < moment < 14.1]
    player.evaluate("player => { player.playbackRate = 2; }")
    page.get_by_role("button", name="Play 0:09.8 to 0:14.1").click()
    shown = player.evaluate(watched)
    assert min(shown) < 9.88
    assert [moment for moment in shown if 11 < moment < 13]


def test_a_moment_at_which_the_proof_saw_somebody_is_played(page: Page, ann: StaffBrowser) -> None:
    recording_id = disproven(ann, SECOND_LOOK)
    with_film(ann, recording_id)
    page.goto(f"/recordings/{recording_id}")
    player = page.locator("#player")
    expect(player).to_have_js_property("readyState", 4)
    page.locator(".proof").get_by_role("link").click()
    expect(player).to_have_js_property("paused", False)
    assert 15.5 < player.evaluate("player => player.currentTime") < 28
    expect(player).to_be_in_viewport(ratio=1)


def test_nothing_is_approved_while_something_typed_is_not_saved(page: Page, ann: StaffBrowser) -> None:
    recording_id = with_pictures(ann)
    ann.backend.look_at_all(recording_id, ann.who)
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#decision")).to_contain_text("Please say why there are no captions, above.")
    expect(page.locator("#approve")).to_be_disabled()
    say_why(page)
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
    say_why(page)
    page.locator("#approve").click()
    expect(page.get_by_text("Approved, being made and proven")).to_be_visible()
