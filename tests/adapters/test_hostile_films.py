"""Films that were whole once: cut off, blanked, with damaged headers of every coding, and more tracks than anybody records."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from media_pipeline.adapters.ffprobe import FfprobeProber
from media_pipeline.core.errors import Refused
from tests.adapters.filming import H264, PICTURES, SOUND
from tests.adapters.hostile import FILM, WATCH, Room
from tests.film_reading import run_ffmpeg

pytestmark = pytest.mark.slow

HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-pix_fmt", "yuv420p")
AV1 = ("-c:v", "libsvtav1", "-preset", "13", "-svtav1-params", "fast-decode=1")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
CODINGS: dict[str, tuple[str, tuple[str, ...], bytes]] = {
    "h264": ("mp4", H264, b"avcC"),
    "hevc": ("mp4", HEVC, b"hvcC"),
    "av1": ("mp4", AV1, b"av1C"),
    "mpeg4": ("mp4", ("-c:v", "mpeg4"), b"esds"),
    "vp9": ("mp4", VP9, b"vpcC"),
}
"""How each is made, and the box that holds its header."""

REFUSED = {
    "truncated",
    "codec",
    "too-large-picture",
    "too-slow-to-read",
    "Hostile bomb",
    "no-tracks",
    "not-a-film",
    "clock-jumps",
}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One of each coding."""
    folder, made = tmp_path_factory.mktemp("films"), {}
    for name, (suffix, flags, _) in CODINGS.items():
        path = folder / f"{name}.{suffix}"
        run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1", *flags, path)
        made[name] = path.read_bytes()
    return made


def header(content: bytes, kind: bytes) -> tuple[int, int]:
    """Where the body of a box lies, from and to."""
    at = content.index(kind)
    return at + 4, at - 4 + int.from_bytes(content[at - 4 : at], "big")


def filled(content: bytes, start: int, end: int, byte: int) -> bytes:
    return content[:start] + bytes([byte]) * (end - start) + content[end:]


def noised(content: bytes, start: int, end: int, seed: int) -> bytes:
    return content[:start] + random.Random(seed).randbytes(end - start) + content[end:]


Damage = Callable[[bytes, int, int], bytes]

DAMAGE: dict[str, Damage] = {
    "zeros": lambda content, start, end: filled(content, start, end, 0),
    "ones": lambda content, start, end: filled(content, start, end, 0xFF),
    "noise": lambda content, start, end: noised(content, start, end, 1),
    "other noise": lambda content, start, end: noised(content, start, end, 2),
    "noise after its first bytes": lambda content, start, end: noised(content, min(start + 8, end), end, 3),
    "its last bytes": lambda content, start, end: filled(content, max(start, end - 12), end, 0xFF),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("coding", CODINGS)
def test_damaged_headers(room: Room, films: dict[str, bytes], coding: str, damage: str) -> None:
    """Refused, or read as a film of which every figure is possible: what is kept of it is decoded again before it is published."""
    content = films[coding]
    assert room.outcome("film.mp4", DAMAGE[damage](content, *header(content, CODINGS[coding][2]))) in {FILM, *REFUSED}


@pytest.mark.parametrize("coding", CODINGS)
def test_frames_of_noise(room: Room, films: dict[str, bytes], coding: str) -> None:
    """A whole index, and noise for pictures: nothing can be decoded, so it is refused."""
    content = films[coding]
    assert room.outcome("film.mp4", noised(content, *header(content, b"mdat"), 4)) in REFUSED


@pytest.mark.parametrize("coding", CODINGS)
def test_films_that_are_cut_off(room: Room, films: dict[str, bytes], coding: str) -> None:
    content = films[coding]
    assert room.outcome("whole.mp4", content) == FILM
    for end in (len(content) - 1, len(content) // 2, 40, 9, 8, 7):
        assert room.outcome("cut.mp4", content[:end]) in {"truncated", "not-a-film"}, end


def test_more_tracks_than_anybody_records(room: Room, tmp_path: Path) -> None:
    """Thirty tracks of sound are a studio's; forty are a bomb."""
    for tracks, said in ((30, FILM), (40, "Hostile bomb")):
        path = tmp_path / f"{tracks}.mkv"
        run_ffmpeg(*PICTURES, *SOUND, *H264, "-map", "0", *(("-map", "1") * tracks), "-c:a", "aac", path)
        assert room.outcome(path.name, path.read_bytes()) == said


def test_pictures_as_large_as_a_wall(room: Room, tmp_path: Path) -> None:
    """Told by the coding alone, while the index says 320 × 180, and by both."""
    path = tmp_path / "wall.mp4"
    run_ffmpeg("-f", "lavfi", "-i", "color=s=8000x4500:r=1:d=2", *H264, path)
    content = path.read_bytes()
    assert room.outcome("wall.mp4", content) == "too-large-picture"
    size = struct.pack(">HH", 8000, 4500)
    assert content.count(size) == 1
    assert room.outcome("lies.mp4", content.replace(size, struct.pack(">HH", 320, 180))) in REFUSED


def test_a_day_of_one_picture(room: Room, tmp_path: Path) -> None:
    """Two frames and a day between them: no clock of a camera."""
    path = tmp_path / "day.mp4"
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=1/90000:d=180000", "-c:v", "mpeg4", path)
    assert room.outcome("day.mp4", path.read_bytes()) == "clock-jumps"


def test_films_that_are_cut_off_or_damaged_in_the_middle(prober: FfprobeProber, tmp_path: Path) -> None:
    whole, streamed = tmp_path / "whole.mp4", tmp_path / "whole.mkv"
    run_ffmpeg(*PICTURES, *H264, "-movflags", "+faststart", whole)
    run_ffmpeg("-i", whole, "-c", "copy", streamed)
    prober.probe(whole, WATCH)
    prober.probe(streamed, WATCH)
    raw, other = whole.read_bytes(), streamed.read_bytes()
    data = raw.index(b"mdat")
    to_the_end = raw[: data - 4] + bytes(4) + raw[data:]  # a box that says: all that is left
    [count] = struct.unpack(">I", raw[raw.index(b"stsz") + 12 :][:4])  # after version, flags and a common size of 0
    sizes = struct.unpack(f">{count}I", raw[raw.index(b"stsz") + 16 :][: 4 * count])
    damaged = {
        "cut.mp4": raw[: len(raw) * 2 // 3],
        "open.mp4": to_the_end[: len(raw) * 2 // 3],
        "exact.mp4": to_the_end[: data + 4 + sum(sizes[: count // 2])],  # between two frames
        "blank.mp4": raw[: data + 4] + bytes(len(raw) - data - 4),
        "cut.mkv": other[: len(other) * 2 // 3],
    }
    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Refused) as caught:
            prober.probe(tmp_path / name, WATCH)
        assert (name, caught.value.code) == (name, "truncated")


def test_what_is_not_there(prober: FfprobeProber, tmp_path: Path) -> None:
    for path in (tmp_path / "gone.mp4", tmp_path):
        with pytest.raises(Refused) as caught:
            prober.probe(path, WATCH)
        assert caught.value.code == "missing"
