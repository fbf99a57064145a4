"""Names that real programs give to their recordings, and what each tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.uploads.names import LONGEST_NAME, REFUSED_HINTS, NameHint, classify_name
from media_pipeline.core.errors import Refused

NAMES = [
    # Zoom, recorded in the cloud
    ("GMT20260910-185700_Recording_1920x1080.mp4", NameHint.NONE),
    ("GMT20260910-185700_Recording_as_1600x900.mp4", NameHint.NONE),
    ("GMT20260910-185700_Recording_avo_640x360.mp4", NameHint.SPEAKER),
    ("GMT20260910-185700_Recording_AVO_640x360 (1).MP4", NameHint.SPEAKER),
    ("GMT20260910-185700_Recording_gallery_1920x900.mp4", NameHint.GALLERY),
    ("GMT20260910-185700_Recording_gvo_1280x720.mp4", NameHint.GALLERY),
    ("GMT20260910-185700_Recording_gallery_avo_1280x720.mp4", NameHint.GALLERY),
    ("GMT20260910-185700_Recording.m4a", NameHint.AUDIO),
    ("GMT20260910-185700_Recording.transcript.vtt", NameHint.NONE),
    ("GMT20260910-185700_RecordingnewChat.txt", NameHint.CHAT),
    # Zoom, recorded on the computer
    ("zoom_0.mp4", NameHint.NONE),
    ("video1234567.mp4", NameHint.NONE),
    ("audio_only.m4a", NameHint.AUDIO),
    ("audio_only_2.m4a", NameHint.AUDIO),
    ("audio1234567.m4a", NameHint.AUDIO),
    ("audioJohnSmith1.m4a", NameHint.PERSON_AUDIO),
    ("AUDIOJOHNSMITH21234567.M4A", NameHint.PERSON_AUDIO),
    ("audioZoë Müller31.m4a", NameHint.PERSON_AUDIO),
    ("2026-09-15 14.30.12 Topic 81234567890/Audio Record/zoom.m4a", NameHint.PERSON_AUDIO),
    ("chat.txt", NameHint.CHAT),
    (r"C:\Users\ann\Documents\Zoom\meeting_saved_chat.txt", NameHint.CHAT),
    ("closed_caption.txt", NameHint.NONE),
    ("double_click_to_convert_01.zoom", NameHint.UNCONVERTED_ZOOM),
    ("double_click_to_convert_01.ZOOM ", NameHint.UNCONVERTED_ZOOM),
    # Zoom's chat, in one of its older names
    ("GMT20260910-185700_Recording.txt", NameHint.CHAT),
    # recorded from a screen
    ("2026-09-15 14-30-12.mkv", NameHint.SCREEN),
    ("2026-09-15_14-30-12.mp4", NameHint.SCREEN),
    ("Screen Recording 2026-09-15 at 14.30.12.mov", NameHint.SCREEN),
    ("Screen_Recording_20260915_143012_Zoom.mp4", NameHint.SCREEN),
    ("Screenrecorder-2026-09-15-14-30-12-123.mp4", NameHint.SCREEN),
    ("screen-20260915-143012.mp4", NameHint.SCREEN),
    ("RPReplay_Final1757946612.MP4", NameHint.SCREEN),
    ("Screen Recording of the gallery.mp4", NameHint.GALLERY),
    ("2026-09-15 Bears.mp4", NameHint.NONE),
    ("Puppets behind a screen.mp4", NameHint.NONE),
    # Webex
    ("Storytime-20260915 1430-1.arf", NameHint.UNCONVERTED_WEBEX),
    ("Storytime.wrf", NameHint.UNCONVERTED_WEBEX),
    # others
    ("Chatty storytime.mp4", NameHint.NONE),
    ("zoom.mp4", NameHint.NONE),
    ("gallery/storytime.mp4", NameHint.NONE),
    ("Storytime Gallery View.mp4", NameHint.GALLERY),
    ("Story about bravo_640x360.mp4", NameHint.NONE),
    ("audiobook.mp3", NameHint.AUDIO),
    ("", NameHint.NONE),
    (".", NameHint.NONE),
]


@pytest.mark.parametrize(("untrusted_name", "hint"), NAMES)
def test_a_name_tells_its_hint(untrusted_name: str, hint: NameHint) -> None:
    assert classify_name(untrusted_name) is hint


def test_the_telling_end_of_an_endless_name_is_looked_at() -> None:
    assert classify_name("x" * LONGEST_NAME * 100 + ".zoom") is NameHint.UNCONVERTED_ZOOM


@given(st.text(max_size=200))
def test_no_name_breaks_it(untrusted_name: str) -> None:
    assert classify_name(untrusted_name) in NameHint


@pytest.mark.parametrize("hint", sorted(REFUSED_HINTS))
def test_every_refused_hint_has_a_sentence(hint: NameHint) -> None:
    assert "Please" in Refused(hint).sentence
