"""exiftool, mediainfo and mat2 look at what came of dirty films: they see codecs, sizes, rates and durations, no more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.adapters.inspect.channels import BOXES
from tests.adapters.inspect.planting import NEEDLE
from tests.adapters.inspect.surgery import Patient
from tests.film_dirt import CONTAINERS
from tests.road.dirty import Roads
from tests.road.eyes import TOOLS, odd

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("container", CONTAINERS)
def test_nobody_sees_more_than_structure(container: str, tool: str, roads: Roads, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(roads.of(container).out, out)
    files = sorted(path for path in out.rglob("*") if path.is_file())
    assert files
    seen = {path.relative_to(out).as_posix(): odd(tool, path, tmp_path) for path in files}
    assert {name: facts for name, facts in seen.items() if facts} == {}


SEES = {
    "exiftool": {".mp4": 100, ".mov": 90, ".mkv": 40, ".webm": 50, ".m4a": 60},
    "mediainfo": {".mkv": 30, ".webm": 30},  # in boxes it follows the planted reference to another file, and waits
    "mat2": {".mp4": 50},
}
"""How many odd facts each finds at least in the dirty films that it reads at all."""


@pytest.mark.parametrize(("tool", "container"), [(tool, kind) for tool in SEES for kind in SEES[tool]])
def test_they_see_dirt_where_there_is_some(tool: str, container: str, roads: Roads, tmp_path: Path) -> None:
    """Otherwise they would be blind, and the test above would say nothing."""
    road = roads.of(container)
    found = odd(tool, road.source, tmp_path)
    told = " ".join(value for _, value in found).encode()
    assert len(found) >= SEES[tool][container]
    assert sum(canary in told for _, canary in road.planted) >= 10


@pytest.mark.parametrize("tool", TOOLS)
def test_one_title_in_a_finished_film_is_seen(tool: str, roads: Roads, tmp_path: Path) -> None:
    """The smallest dirt: one tag, put back."""
    film = Patient(roads.of(".mp4").out / "video.mp4")
    BOXES["title"](film)
    found = odd(tool, film.save(tmp_path / "titled.mp4"), tmp_path)
    assert any(NEEDLE.decode() in value for _, value in found)


@pytest.mark.parametrize("tool", ["exiftool", "mat2"])  # mediainfo reads no comments of pictures
def test_one_comment_in_a_picture_is_seen(tool: str, roads: Roads, tmp_path: Path) -> None:
    clean = (roads.of(".mp4").out / "poster.jpg").read_bytes()
    picture = tmp_path / "poster.jpg"
    picture.write_bytes(clean[:20] + b"\xff\xfe\x00\x05Kim" + clean[20:])
    room = tmp_path / "room"
    room.mkdir()
    assert ("Comment", "Kim") in odd(tool, picture, room)
