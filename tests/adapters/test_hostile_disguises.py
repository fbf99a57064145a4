"""Other things behind a film's name, two things in one, and names that no camera gives."""

from __future__ import annotations

import io
import struct
import unicodedata
import zipfile
from pathlib import Path

import pytest

from media_pipeline.adapters.ffprobe import FfprobeProber
from media_pipeline.adapters.sniff import refuse_by_name
from media_pipeline.core.errors import Refused
from tests.adapters.filming import H264, PICTURES
from tests.adapters.hostile import FILM, WATCH, Room, box
from tests.film_reading import run_ffmpeg
from tests.road.running import storyshelf

pytestmark = pytest.mark.slow

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 32000, 32000, 1, 0, 0, 0, 0) + bytes(500)
"""A picture of 32000 × 32000 in a few bytes."""

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\xff\xc0\0\x11\x08\xff\xff\xff\xff\3" + bytes(500)
WAV = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\xff\xff\xff\xff\xff\xff" + bytes(500)
GIF = b"GIF89a\xff\xff\xff\xff\xf7\0\0" + bytes(900)


def zipped() -> bytes:
    """A hundred megabytes of nothing, packed."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../victim.mp4", bytes(100 << 20))
    return held.getvalue()


OTHERS: dict[str, tuple[bytes, str]] = {
    "png.mp4": (PNG, "not-a-film"),
    "jpeg.mp4": (JPEG, "not-a-film"),
    "gif.mp4": (GIF, "not-a-film"),
    "wav.m4a": (WAV, "not-a-film"),
    "flac.m4a": (b"fLaC\0\0\0\x22" + bytes(600), "not-a-film"),
    "ogg.m4a": (b"OggS\0\2" + b"\xff" * 600, "not-a-film"),
    "mp3.mp4": (b"ID3\4\0\0\x7f\x7f\x7f\x7fAPIC" + bytes(600), "not-a-film"),
    "flash.mp4": (b"FLV\1\5\0\0\0\x09" + b"\xff" * 600, "not-a-film"),
    "windows.mp4": (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + b"\xff" * 600, "not-a-film"),
    "stream.mp4": ((b"G@\0\x10" + b"\xff" * 184) * 40, "not-a-film"),
    "pipe.mp4": (b"\0\0\1\xba" + b"\xff" * 900, "not-a-film"),
    "zip.mp4": (zipped(), "not-a-film"),
    "gzip.mp4": (b"\x1f\x8b\x08" + bytes(900), "not-a-film"),
    "pdf.mp4": (b"%PDF-1.7\n\xe2\xe3\0\1\n" + bytes(900), "not-a-film"),
    "program.mp4": (b"\x7fELF\2\1\1" + bytes(900), "not-a-film"),
    "windows-program.mp4": (b"MZ\x90\0\3" + bytes(900), "not-a-film"),
    "database.mp4": (b"SQLite format 3\0" + bytes(900), "not-a-film"),
    "torrent.mp4": (b"d8:announce\0" + bytes(900), "not-a-film"),
    "heic.mov": (box(b"ftyp", b"heic", bytes(4)) + box(b"meta", bytes(400)), "truncated"),
    "arf.mp4": (b"\1\0\2\0" + bytes(600), "unconverted-webex"),
    "wrf.mp4": (b"WOTF" + bytes(600), "unconverted-webex"),
}
"""File name to something else, and how it is refused."""


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_something_else_is_refused(room: Room, name: str) -> None:
    content, said = OTHERS[name]
    assert room.outcome(name, content) == said


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A film."""
    path = tmp_path_factory.mktemp("good") / "good.mp4"
    run_ffmpeg(*PICTURES, *H264, "-movflags", "+faststart", path)
    return path.read_bytes()


PAGE = b"<!DOCTYPE html><script src=//evil.example></script>"

AFTER: dict[str, tuple[bytes, bytes, str]] = {
    "ID3 before": (b"ID3\4\0\0\0\0\0\x0aTIT2" + bytes(6), b"", "not-a-film"),
    "a page before": (PAGE, b"", "not-a-film"),
    "a drawing before": (b"<svg><script>1</script></svg>", b"", "not-a-film"),
    "zeros before": (bytes(64), b"", "not-a-film"),
    "a page after": (b"", PAGE, FILM),
    "a packed file after": (b"", zipped(), FILM),
    "a document after": (b"", b"%PDF-1.7\n%%EOF\n", FILM),
    "a list after": (b"", b"#EXTM3U\n#EXTINF:1,\nvictim.mp4\n", FILM),
    "a page in a box": (box(b"free", PAGE), b"", FILM),
    "a program in a box": (box(b"skip", b"\x7fELF\2\1\1" + bytes(99)), b"", FILM),
    "a made-up box": (b"", box(b"\0\n\x1b<", PAGE), FILM),
    "a picture in a box": (b"", box(b"uuid", JPEG), FILM),
}
"""What stands before and after a film, and what is said of the two together. What a film is followed by is left behind: nothing of
the file is copied into what is published."""


@pytest.mark.parametrize("kind", AFTER)
def test_two_things_in_one(room: Room, good: bytes, kind: str) -> None:
    before, after, said = AFTER[kind]
    moved = len(before) and said == FILM
    content = good if not moved else _moved(good, len(before))
    first, rest = content[:32], content[32:]
    assert first[4:8] == b"ftyp"
    assert len(first) == int.from_bytes(first[:4], "big")
    whole = before + content if not moved else first + before + rest
    assert room.outcome("film.mp4", whole + after) == said


def _moved(content: bytes, by: int) -> bytes:
    """With the places of its frames moved, as for something that is put in before them."""
    at = content.index(b"stco") + 8
    count = int.from_bytes(content[at : at + 4], "big")
    old = struct.unpack_from(f">{count}I", content, at + 4)
    return content[: at + 4] + struct.pack(f">{count}I", *(place + by for place in old)) + content[at + 4 + 4 * count :]


NAMES = (
    *(
        "-i.mp4",
        "--help",
        "-",
        "-y",
        "-f.lavfi",
        "film%03d.mp4",
        "film%n%s.mp4",
        "*.mp4",
        "?.mp4",
        "[a-z].mp4",
        "{a,b}.mp4",
    ),
    *("http:x.mp4", "concat:a|b.mp4", "pipe:0", "pipe:", "data:,x", "file:x.mp4", "subfile,,start,0,,:x", "crypto:x"),
    *(
        "a'b\n.mp4",
        'a"b.mp4',
        "a`id`.mp4",
        "$(id).mp4",
        "$HOME.mp4",
        "a;id.mp4",
        "a|id.mp4",
        "a&&id.mp4",
        "a>b.mp4",
        "~.mp4",
    ),
    *("a\r\nb.mp4", "a\tb.mp4", "\x1b[2J\x1b[31m.mp4", "\x07.mp4", "\x7f.mp4", " .mp4", "....mp4", "..mp4", "a\\b.mp4"),
    *(
        "\u202egnp.mp4",
        "\u200b.mp4",
        "\ufeff.mp4",
        "ｆｉｌｍ．ｍｐ４",
        "fi\u006c\u0301m.mp4",
        "\u2024\u2024\u2215etc.mp4",
        "💣.mp4",
    ),
    *(
        "con",
        "nul.mp4",
        "film.mp4.exe",
        "film.exe\u202e4pm",
        "a" * 251 + ".mp4",
        "é" * 125 + ".mp4",
        "#.mp4",
        "movie=x.mp4",
    ),
)
"""Names that a file may have on this system. What has a slash, a zero byte or more than 255 bytes is none, and is shown below."""


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:40])
def test_a_good_film_with_a_bad_name_is_a_good_film(room: Room, good: bytes, name: str) -> None:
    assert room.outcome(name, good) == FILM
    assert (room.folder / name).read_bytes() == good


@pytest.mark.parametrize("name", [b"\xff\xfe.mp4", b"\xc3\x28.mp4", b"\xed\xa0\x80.mp4"])
def test_a_name_that_is_no_text(room: Room, good: bytes, name: bytes) -> None:
    """Bytes that are no UTF-8: this system takes them as they are."""
    assert room.outcome(name.decode("utf-8", "surrogateescape"), good) == FILM


@pytest.mark.parametrize("name", ["a" * 252 + ".mp4", "é" * 200, "a\0b.mp4", "\0", "a/../../outside", ".", "..", ""])
def test_a_name_that_no_file_has(prober: FfprobeProber, room: Room, name: str) -> None:
    """Too long, with a zero byte, or a folder's."""
    with room.seen(), pytest.raises(Refused) as caught:
        prober.probe(room.folder / name, WATCH)
    assert caught.value.code == "missing"


@pytest.mark.parametrize("name", ["-i.mp4", "a'b\n.mp4", "\x1b[2J.mp4", "\u202egnp.mp4", "$(id).mp4", "film%s.mp4"])
def test_the_command_says_nothing_of_a_name(tmp_path: Path, name: str) -> None:
    """Exit status 2 and one sentence: no word of the name, and nothing that a terminal would obey."""
    (tmp_path / name).write_bytes(b"#EXTM3U\n")
    done = storyshelf("analyse", "--json", "said.json", "--", name, folder=tmp_path)
    assert done.status == 2
    assert "This is a list that points to other files" in done.said
    assert name not in done.said
    assert all(
        unicodedata.category(letter) != "Cf" and (letter == "\n" or letter.isprintable()) for letter in done.said
    )


def test_names_of_recordings_that_must_be_converted() -> None:
    for name, code in {
        "double_click_to_convert_01.zoom": "unconverted-zoom",
        "MEETING.ARF": "unconverted-webex",
        "a.b.wrf": "unconverted-webex",
    }.items():
        with pytest.raises(Refused) as caught:
            refuse_by_name(name)
        assert caught.value.code == code
    refuse_by_name("zoom_0.mp4")
