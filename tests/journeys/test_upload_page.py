"""Several files at once, chosen or dropped with their folder: the safest is offered, and only the chosen one is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.services import library
from app.services.values import PrivateFolder
from tests.app.web.desk import StaffBrowser

pytestmark = pytest.mark.browser

NAMES = ["Canary_gallery_1920x900.mp4", "Canary_avo_640x360.mp4", "Canary_saved_chat.txt"]

DROP = """([section, names]) => {
    const transfer = new DataTransfer();
    names.forEach((name) => transfer.items.add(new File(["a film called " + name], name)));
    section.dispatchEvent(new DragEvent("drop", {dataTransfer: transfer, bubbles: true}));
}"""


def sizes(ann: StaffBrowser) -> list[int]:
    return [recording.size for recording in library.recordings(ann.backend.db)]


def test_the_safest_of_several_is_offered_and_sent(page: Page, ann: StaffBrowser, tmp_path: Path) -> None:
    for place, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(b"x" * (1000 + place))
    page.goto("/")
    page.set_input_files("#file", [tmp_path / name for name in NAMES])
    expect(page.get_by_role("radio")).to_have_count(2)
    expect(page.get_by_role("radio", name="Canary_avo_640x360.mp4")).to_be_checked()
    expect(page.locator("#upload-many-list")).to_contain_text("It is not taken.")
    page.get_by_role("button", name="Upload this one").click()
    expect(page.get_by_text("Uploaded, waiting")).to_be_visible()
    assert sizes(ann) == [1001]


def test_dropped_files_are_offered_too_and_none_need_be_sent(page: Page, ann: StaffBrowser) -> None:
    page.goto("/")
    section = page.locator("#upload").element_handle()
    page.evaluate(DROP, [section, NAMES])
    expect(page.get_by_role("radio")).to_have_count(2)
    page.get_by_role("button", name="None of them").click()
    expect(page.locator("#upload-many")).to_be_hidden()
    expect(page.get_by_text("Choose a file")).to_be_visible()
    page.evaluate(DROP, [section, NAMES[2:]])
    expect(page.get_by_role("alert")).to_contain_text("We do not take chats")
    page.evaluate(DROP, [section, NAMES[:1]])
    expect(page.get_by_text("Uploaded, waiting")).to_be_visible()
    assert len(sizes(ann)) == 1


VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nDana Reader: Hello friends.\n\n00:00:03.000 --> 00:00:04.000\nDana Reader: Bears!\n"


def test_a_transcript_comes_with_its_recording(page: Page, ann: StaffBrowser, tmp_path: Path) -> None:
    (tmp_path / "storytime.mp4").write_bytes(b"x" * 1000)
    (tmp_path / "storytime.transcript.vtt").write_text(VTT)
    page.goto("/")
    page.set_input_files("#file", [tmp_path / "storytime.mp4", tmp_path / "storytime.transcript.vtt"])
    expect(page.get_by_label("Give the transcript with it")).to_be_checked()
    page.get_by_role("button", name="Upload this one").click()
    expect(page.get_by_text("Uploaded, waiting")).to_be_visible()
    (recording,) = library.recordings(ann.backend.db)
    given = PrivateFolder(ann.backend.settings, recording.id).given()
    assert [said.cue.lines for said in given.said] == [("Hello friends.",), ("Bears!",)]
    assert "Dana" not in (ann.backend.settings.private / recording.id / "captions.json").read_text()


def test_a_transcript_that_cannot_be_read_is_told_of_and_the_recording_stays(
    page: Page, ann: StaffBrowser, tmp_path: Path
) -> None:
    (tmp_path / "storytime.mp4").write_bytes(b"x" * 1000)
    (tmp_path / "storytime.transcript.vtt").write_bytes(b"\x00\x01\x02")
    page.goto("/")
    page.set_input_files("#file", [tmp_path / "storytime.mp4", tmp_path / "storytime.transcript.vtt"])
    page.get_by_role("button", name="Upload this one").click()
    expect(page.get_by_role("alert")).to_contain_text("The recording has come. Its transcript was not taken:")
    assert sizes(ann) == [1000]
