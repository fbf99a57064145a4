"""Captions on the review page in real Chromium, with scripts and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.db.kinds import RecordingState
from app.services.values import PrivateFolder
from tests.app.web.desk import StaffBrowser
from tests.journeys.test_editing_page import go
from tests.journeys.test_review_page import with_film, with_pictures

pytestmark = pytest.mark.browser


def transcript(folder: Path) -> Path:
    """A caption a second, by two people."""
    rows = [f"{'Kit' if n % 5 == 1 else 'Ann'}: said in second {n}" for n in range(20)]
    path = folder / "said.vtt"
    path.write_text(
        "WEBVTT\n\n" + "".join(f"00:{n:02d}.000 --> 00:{n:02d}.900\n{row}\n\n" for n, row in enumerate(rows))
    )
    return path


def give(page: Page, path: Path) -> None:
    page.set_input_files("#captions-file", path)
    page.get_by_role("button", name="Give captions").click()
    expect(page.get_by_role("region", name="Captions that will be published")).to_be_visible()


def test_cuts_and_unsaved_choices_are_told_before_anything_is_approved(
    page: Page, ann: StaffBrowser, tmp_path: Path
) -> None:
    recording_id = ann.backend.analysed()
    ann.backend.look_at_all(recording_id, ann.who)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#captions-say")).to_have_text("No captions were given.")
    give(page, transcript(tmp_path))
    expect(page.get_by_text("Where somebody else speaks is proposed to be cut.")).to_be_visible()
    expect(page.locator("#captions-say")).to_contain_text("5 captions will be published, 11 left out")
    expect(page.locator("#cuts")).to_contain_text("somebody else speaks, by the transcript")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#captions-say")).to_have_text(
        "11 captions will be published, 5 left out because something is cut or muted there."
    )
    expect(page.locator('li[data-place="12"] .mark-gone')).to_be_visible()
    page.locator("#cuts input[type=checkbox]").first.uncheck()
    expect(page.locator("#captions-say")).to_have_text("16 captions will be published.")
    expect(page.locator('li[data-place="12"] .mark-gone')).to_be_hidden()
    page.locator("#cuts input[type=checkbox]").first.check()
    expect(page.locator('li[data-place="12"] .mark-gone')).to_be_visible()
    ann.backend.look_at_all(recording_id, ann.who)
    page.reload()
    expect(page.locator("#approve")).to_be_enabled()
    expect(page.locator("#decision")).to_contain_text("11 captions will be published")
    page.get_by_label("Leave out the caption at 0:00.0").check()
    expect(page.locator("#approve")).to_be_disabled()
    expect(page.locator("#decision")).to_contain_text("Please save the captions, above.")
    page.get_by_role("button", name="Save captions").click()
    expect(page.locator("#captions-say")).to_contain_text("10 captions will be published")
    page.locator("#approve").click()
    page.wait_for_url(f"**/recordings/{recording_id}")
    expect(page.locator("#captions")).to_have_count(0)
    assert ann.backend.row(recording_id).state is RecordingState.PUBLISHING


@pytest.mark.parametrize("width", [320, 1280])
def test_captions_can_be_given_and_chosen_without_scripts(
    page: Page, browser: Browser, ann: StaffBrowser, tmp_path: Path, width: int
) -> None:
    recording_id = ann.backend.analysed()
    page.goto("/")
    plain = browser.new_context(base_url=page.url, java_script_enabled=False, viewport={"width": width, "height": 800})
    plain.add_cookies(page.context.cookies())  # type: ignore[arg-type] # what it gives is what it takes
    bare = plain.new_page()
    bare.goto(f"/recordings/{recording_id}")
    give(bare, transcript(tmp_path))
    bare.get_by_label("Speaker 2").check()
    bare.get_by_role("button", name="Save captions").click()
    expect(bare.locator("#captions-say")).to_contain_text("14 captions will be published, 6 left out")
    assert PrivateFolder(ann.backend.settings, recording_id).given().kept == (1, 2)
    assert bare.locator("html").evaluate("page => page.scrollWidth") <= width
    plain.close()


def test_a_caption_is_put_right_beside_the_player(page: Page, ann: StaffBrowser, tmp_path: Path) -> None:
    recording_id = with_pictures(ann)
    with_film(ann, recording_id)
    page.goto(f"/recordings/{recording_id}")
    expect(page.locator("#caption-part")).to_be_hidden()
    give(page, transcript(tmp_path))
    page.get_by_role("button", name="Undo", exact=True).click()  # the other's words, proposed to be cut
    expect(page.locator("#saved")).to_have_text("Undone.")
    ann.backend.look_at_all(recording_id, ann.who)
    page.reload()
    page.get_by_label("Why are none published?").wait_for(state="hidden")
    expect(page.locator("#player")).to_have_js_property("readyState", 4)
    go(page, 4.5)
    text, decision = page.get_by_label("Said at 0:04.0"), page.locator("#decision")
    expect(text).to_have_value("said in second 4")
    text.fill("said in the fourth second")
    expect(page.locator("#approve")).to_be_disabled()
    expect(decision).to_contain_text("Please save the caption beside the player.")
    go(page, 7.5)  # what is being written stays
    expect(text).to_have_value("said in the fourth second")
    page.get_by_role("button", name="Save caption", exact=True).click()
    expect(page.locator("#caption-says")).to_have_text("Saved.")
    expect(page.locator('li[data-place="4"] .words-said')).to_have_text("said in the fourth second")
    expect(page.locator('li[data-place="4"] .mark-corrected')).to_be_visible()
    expect(page.locator("#approve")).to_be_enabled()
    page.get_by_role("button", name="As it was given").click()
    expect(page.locator("#caption-says")).to_have_text("As it was given.")
    expect(text).to_have_value("said in second 4")
    page.get_by_role("button", name="Play from 0:08.0").click()
    expect(page.get_by_label("Said at 0:08.0")).to_have_value("said in second 8")
