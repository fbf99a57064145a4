"""The timeline in real Chromium: an edge is dragged frame by frame, and long films are there at once."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from app.services.opened import open_review
from app.services.values import PrivateFolder
from media_pipeline.adapters.inspect.seconds import seconds_of
from media_pipeline.core.findings import DetectorName, Finding, FindingKind, Findings
from media_pipeline.core.intervals import Interval
from media_pipeline.core.looks import group_looks
from media_pipeline.core.media import Box
from media_pipeline.core.policy import Policy
from media_pipeline.core.preview import Preview
from media_pipeline.core.proposal import propose
from tests.app.web.desk import StaffBrowser
from tests.core.values import shot
from tests.film_reading import run_ffmpeg
from tests.journeys.test_editing_page import edits, opened

pytestmark = pytest.mark.browser

COUNT_FRAMES = """() => { window.frames_seen = []; const note = (at) => { window.frames_seen.push(at);
    requestAnimationFrame(note); }; requestAnimationFrame(note); }"""


def long_film(ann: StaffBrowser, minutes: int = 60) -> str:
    """A recording of an hour, with a cut proposed every half minute, a face found every second, and a film to play."""
    recording_id = ann.backend.analysed()
    folder = PrivateFolder(ann.backend.settings, recording_id)
    media = folder.media()
    assert media.video is not None
    seconds = 60 * minutes
    media = replace(
        media,
        whole=Interval(Fraction(0), Fraction(seconds)),
        video=replace(media.video, frames=25 * seconds),
    )
    moments = [half + part for half in range(0, seconds, 30) for part in (0, 26)] + [seconds]
    shots = []
    for index, (start, end) in enumerate(pairwise(moments)):
        span = Interval(Fraction(start), Fraction(end))
        shots.append(
            replace(shot(0, 1, index % 2, 1 + index % 2), span=span, looked_at=(span.start,), crowded=span.start)
        )
    faces = tuple(
        Finding(FindingKind.FACE, DetectorName.CENTERFACE, Interval(Fraction(n), Fraction(n + 1)), Box(1, 1, 9, 9), 900)
        for n in range(0, seconds, 2)
    )
    findings = Findings(media.sha256, tuple(shots), faces)
    looks = group_looks(findings)
    for value, name in (
        (media, "media"),
        (findings, "findings"),
        (looks, "looks"),
        (propose(media, findings, looks, Policy()), "proposal"),
    ):
        folder.save(value, name)
    run_ffmpeg("-f", "lavfi", "-i", "testsrc=size=1152x540", "-frames:v", "1", "-update", "1", folder.strip)
    for sheet in range(seconds // 12):
        folder.sheet(sheet).write_bytes(folder.strip.read_bytes())
    run_ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc=d={seconds}:r=1:size=320x180", "-g", "1", "-pix_fmt", "yuv420p"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-movflags", "+faststart", "-f", "mp4", folder.proxy),
    )
    places = seconds_of(folder.proxy)
    folder.save(Preview(tuple(n % 250 for n in range(10 * seconds)), places), "preview")
    return recording_id


def test_an_edge_is_dragged_and_the_arrow_keys_seek(page: Page, ann: StaffBrowser) -> None:
    recording_id = opened(page, ann)
    page.locator("#timeline").evaluate("part => part.scrollIntoView()")
    grip = page.locator(".block .grip.end")
    there, track = grip.bounding_box(), page.locator("#time-track").bounding_box()
    assert there is not None
    assert track is not None
    y = there["y"] + there["height"] / 2
    page.mouse.move(there["x"] + there["width"] - 1, y)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] * 0.6, y, steps=8)
    expect(page.locator("#now")).to_contain_text("0:18.0")
    page.mouse.up()
    expect(page.locator("#saved")).to_have_text("Saved.")
    (cut,) = edits(ann, recording_id)
    assert cut.span.end == 18
    assert (cut.span.end * 25).denominator == 1
    slider = page.get_by_role("slider", name="Timeline: where the player is")
    slider.focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "PageUp", "ArrowLeft"):
        slider.press(key)
        page.wait_for_timeout(200)
    expect(slider).to_have_attribute("aria-valuetext", "0:29.0")
    page.get_by_role("button", name="Show it closer").click()
    assert page.locator("#time-scroll").evaluate("part => part.scrollWidth / part.clientWidth") == 2


@pytest.mark.full  # what it measures is of worth on a machine that does nothing else
def test_an_hour_is_there_in_two_seconds_and_a_drag_is_smooth(page: Page, ann: StaffBrowser) -> None:
    recording_id = long_film(ann)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/")  # the browser itself has started
    began = time.monotonic()
    page.goto(f"/recordings/{recording_id}", wait_until="commit")
    expect(page.locator(".block")).to_have_count(
        len(open_review(ann.backend.db, ann.backend.settings, recording_id).edits.edits)
    )
    expect(page.locator("#player")).to_have_js_property("readyState", 4)
    took = time.monotonic() - began
    page.locator("#timeline").evaluate("part => part.scrollIntoView()")
    there = page.locator(".block .grip.end").nth(60).bounding_box()
    assert there is not None
    page.evaluate(COUNT_FRAMES)
    x, y = there["x"] + there["width"] / 2, there["y"] + there["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(x + step, y)
    page.mouse.up()
    seen = page.evaluate("() => window.frames_seen")
    rate = 1000 * (len(seen) - 1) / (seen[-1] - seen[0])
    print(f"there after {took:.2f} s, {rate:.0f} frames a second while dragging")
    assert took < 2
    assert rate > 30
