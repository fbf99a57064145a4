"""What every caption reader must do: read what people are given, and refuse the rest without repeating a word of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.adapters.captions import WebVttReader
from media_pipeline.core.errors import Refused
from media_pipeline.core.speakers import MOST_BYTES
from media_pipeline.ports.captions import CaptionReader

READERS: list[Callable[[], CaptionReader]] = [WebVttReader]

pytestmark = pytest.mark.parametrize("reader", [make() for make in READERS], ids=lambda one: type(one).__name__)

Row = tuple[float, float, str, tuple[str, ...]]

ZOOM = (
    "WEBVTT\r\n\r\n1\r\n00:00:01.200 --> 00:00:03.000\r\nAnn Lee: Good morning &amp; hello\r\n\r\n"
    "2\r\n00:00:03.000 --> 00:00:04.000\r\nno label\r\n"
)
ZOOM_ROWS: list[Row] = [(1.2, 3, "", ("Ann Lee: Good morning & hello",)), (3, 4, "", ("no label",))]

TEAMS = (
    "WEBVTT\n\nNOTE Confidence: 0.9 Canary\n\n4c9e/12-0\n00:00:01.000 --> 00:00:02.000 align:start\n<v Ann Lee>Hi there,\nall</v>\n\n"
    "00:00:02.000 --> 00:00:03.500\n<v.loud Bo &amp; Co><i>Yes</i></v> and <v >who?\n"
)
TEAMS_ROWS: list[Row] = [
    (1, 2, "Ann Lee", ("Hi there,", "all")),
    (2, 3.5, "Bo & Co", ("Yes",)),
    (2, 3.5, "", ("and",)),
    (2, 3.5, "", ("who?",)),
]

SRT = "1\n00:00:01,000 --> 00:00:02,500\n{\\an8}Remember: <i>the café</i>\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo\nlines\n"
SRT_ROWS: list[Row] = [(1, 2.5, "", ("Remember: the café",)), (3, 4, "", ("Two", "lines"))]

SAVED = "[Ann Lee] 00:00:01\nHello\nyou\n\n[Kit] 00:00:05\n\nme\n[Kit] 00:00:05\ntoo\n[Ann] 01:00:00\nbye\n"
SAVED_ROWS: list[Row] = [
    (1, 5, "Ann Lee", ("Hello", "you")),
    (5, 6, "Kit", ("me",)),
    (5, 35, "Kit", ("too",)),
    (3600, 3605, "Ann", ("bye",)),
]


def rows(reader: CaptionReader, given: bytes) -> list[Row]:
    return [(float(cue.start), float(cue.end), cue.untrusted_name, cue.untrusted_lines) for cue in reader.read(given)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [(ZOOM, ZOOM_ROWS), (TEAMS, TEAMS_ROWS), (SRT, SRT_ROWS), (SAVED, SAVED_ROWS)],
    ids=["zoom", "teams", "srt", "saved"],
)
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_shape_in_every_coding(
    reader: CaptionReader, text: str, expected: list[Row], coding: str, end: str
) -> None:
    text = text.replace("\r\n", "\n").replace("\n", end)
    mark = b"\xfe\xff" if coding == "utf-16-be" else b""
    assert rows(reader, mark + text.encode(coding)) == expected


def test_what_is_not_utf_8_is_latin_1(reader: CaptionReader) -> None:
    assert rows(reader, SRT.encode("latin-1")) == SRT_ROWS


def test_times_are_exact(reader: CaptionReader) -> None:
    (cue,) = reader.read(b"WEBVTT\n\n100:00:00.001 --> 100:00:00.010\nx\n")
    assert (cue.start, cue.end) == (Fraction(360_000_001, 1000), Fraction(360_000_010, 1000))


NO_CAPTIONS = {
    "nothing": b"",
    "too much": b"WEBVTT\n\n00:00.000 --> 00:01.000\nx\n" + b"\n" * MOST_BYTES,
    "film": b"\0\0\0\x18ftypisom" + bytes(64),
    "half a character": b"\xff\xfea\0b",
    "only a head": b"WEBVTT\n\nNOTE Canary-Quillon\n",
    "plain text": b"Canary-Quillon says hello\n" * 9,
    "chat": b"14:31:02 From Canary-Quillon to Everyone:\n\thi\n",
    "another chat": b"14:32:10 From  Canary-Quillon  to  Everyone : hi\n",
    "cloud chat": b"00:58:04\tCanary-Quillon:\thi\n",
    "saved captions that say nothing": b"[Canary-Quillon] 0:00:01\n[Canary-Quillon] 0:00:02\n",
    "no line of saved captions": b"[Canary-Quillon] 0:00:01 x\n",
    "older chat": b"11:45:12\n From CANARY-QUILLON : hi\n",
    "playlist": b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
    "no text": b"WEBVTT\n\n00:00.000 --> 00:01.000\n<v Canary-Quillon></v>\n",
    "bad time": b"WEBVTT\n\n00:99.000 --> Canary-Quillon\nx\n",
    "too many": b"WEBVTT\n\n" + b"00:00.000 --> 00:01.000\nx\n\n" * 20_001,
}


@pytest.mark.parametrize("what", NO_CAPTIONS)
def test_what_is_no_captions_is_refused_without_a_word_of_it(reader: CaptionReader, what: str) -> None:
    with pytest.raises(Refused, match="captions-unreadable") as caught:
        reader.read(NO_CAPTIONS[what])
    told = "".join(traceback.format_exception(caught.value))
    assert "Quillon" not in told
    assert caught.value.detail == ""


@given(st.binary(max_size=200) | st.text(alphabet="WEBVT1:0.,-> \n<v>/[]&\r", max_size=120).map(str.encode))
def test_any_bytes_are_read_or_refused(reader: CaptionReader, given: bytes) -> None:
    for head in (b"", b"WEBVTT\n\n", b"1\n00:00:01,000 --> 00:00:02,000\n", b"[A] 0:00:01"):
        try:
            found = reader.read(head + given)
        except Refused:
            continue
        assert all(cue.untrusted_lines for cue in found)
