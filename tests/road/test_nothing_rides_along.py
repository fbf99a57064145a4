"""Dirty films of every container go the whole road: none of what was planted is in anything that is published."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.db.models import Publication
from media_pipeline.core import canonical
from media_pipeline.core.playlists import output_names
from media_pipeline.core.report import CheckName, Outcome
from media_pipeline.ports.watch import Unwatched
from media_pipeline.run import verify_again
from tests.adapters.inspect.planting import NEEDLE, add
from tests.adapters.inspect.surgery import Patient
from tests.app.backend import Backend
from tests.app.web.desk import families, published
from tests.film_dirt import CONTAINERS, leaks, leaks_in
from tests.road.dirty import Road, Roads

pytestmark = pytest.mark.slow

FEWEST = 40
"""Canaries in each film."""


@pytest.fixture(params=CONTAINERS)
def road(request: pytest.FixtureRequest, roads: Roads) -> Road:
    """The road of each container in turn."""
    return roads.of(request.param)


def test_no_canary_is_in_any_published_byte_or_name(road: Road) -> None:
    planted = {channel for channel, _ in road.planted}
    assert set(leaks(road.planted, [road.source])) == planted, "the film is not dirty"
    assert len({canary for _, canary in road.planted}) >= FEWEST
    assert road.report.passed
    assert leaks(road.planted, road.files) == []


def test_every_published_name_is_one_of_ours(road: Road) -> None:
    """Names below the folder are the keys of the store and the ends of the addresses: none comes from outside."""
    names = {path.relative_to(road.out).as_posix() for path in road.files}
    assert names == set(output_names(road.plan))
    assert leaks_in(road.planted, "\n".join(names).encode()) == set()


def test_no_canary_is_in_what_the_report_says(road: Road) -> None:
    """It is kept and shown to staff."""
    assert leaks_in(road.planted, canonical.dumps(road.report).encode()) == set()


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    shelf = Backend(tmp_path / "data")
    yield shelf
    shelf.db.close()


def test_no_canary_leaves_in_a_header_or_a_body(road: Road, backend: Backend) -> None:
    """Families ask for every file, whole and in part, and for the pages that name it."""
    _, entry = published(backend)
    place = backend.settings.public / entry.publication_id
    shutil.rmtree(place)
    shutil.copytree(road.out, place)
    with backend.db.writing() as session:
        row = session.get(Publication, entry.publication_id)
        assert row is not None
        row.files_json = canonical.dumps(road.report.outputs)
    viewer = families(backend).test_client()
    for file in road.report.outputs:
        for asked in ({}, {"Range": "bytes=0-"}, {"Range": "bytes=-100"}):
            answer = viewer.get(f"/media/{entry.publication_id}/{file.name}", headers=asked, buffered=True)
            assert answer.status_code == (206 if asked else 200)
            assert len(answer.data) == (100 if "-100" in str(asked) and file.size > 100 else file.size)
            assert leaks_in(road.planted, str(answer.headers).encode() + answer.data) == set()
    for page in ("/", f"/s/{entry.slug}"):
        answer = viewer.get(page)
        assert answer.status_code == 200
        assert leaks_in(road.planted, str(answer.headers).encode() + answer.data) == set()


# --- put back into what was published: the proof fails ----------------------------------------------------------------


def boxed(path: Path) -> None:
    film = Patient(path)
    add("moov", b"uuid", NEEDLE)(film)
    film.save(path)


def commented(path: Path) -> None:
    picture = path.read_bytes()
    path.write_bytes(picture[:20] + b"\xff\xfe" + (2 + len(NEEDLE)).to_bytes(2, "big") + NEEDLE + picture[20:])


def line(text: str, at: int) -> Callable[[Path], None]:
    """One more line in front of line `at` of a text; from its end when negative."""

    def put(path: Path) -> None:
        lines = path.read_text().split("\n")
        lines.insert(at, text)
        path.write_text("\n".join(lines))

    return put


def longer_line(mark: str, more: str) -> Callable[[Path], None]:
    """More at the end of the first line that begins with `mark`."""

    def put(path: Path) -> None:
        lines = path.read_text().split("\n")
        place = next(number for number, text in enumerate(lines) if text.startswith(mark))
        lines[place] += more
        path.write_text("\n".join(lines))

    return put


PUT_BACK: dict[str, tuple[str, Callable[[Path], None], CheckName]] = {
    "a box in the film": ("video.mp4", boxed, CheckName.BOXES),
    "a box in the sound": ("audio.m4a", boxed, CheckName.BOXES),
    "a box in fragments": ("hls/*.m4s", boxed, CheckName.BOXES),
    "a comment in the poster": ("poster.jpg", commented, CheckName.PICTURES),
    "a comment in the storyboard": ("storyboard.jpg", commented, CheckName.PICTURES),
    "a remark in the master playlist": ("hls/master.m3u8", line("# Kim", 1), CheckName.PLAYLISTS),
    "session data": ("hls/master.m3u8", line('#EXT-X-SESSION-DATA:DATA-ID="a",VALUE="Kim"', 3), CheckName.PLAYLISTS),
    "a name of a rendition": ("hls/master.m3u8", longer_line("#EXT-X-STREAM-INF", ',NAME="Kim"'), CheckName.PLAYLISTS),
    "a remark in a media playlist": ("hls/[0-9]*.m3u8", line("# Kim", 2), CheckName.PLAYLISTS),
    "a title of a segment": ("hls/[0-9]*.m3u8", longer_line("#EXTINF", "Kim"), CheckName.PLAYLISTS),
    "a date": (
        "hls/[0-9]*.m3u8",
        line("#EXT-X-PROGRAM-DATE-TIME:2026-05-04T10:00:00Z", -3),
        CheckName.PLAYLISTS,
    ),
    "a text after the end": ("hls/[0-9]*.m3u8", line("Kim", -1), CheckName.PLAYLISTS),
    "a title of cues": ("storyboard.vtt", longer_line("WEBVTT", " Kim"), CheckName.PLAYLISTS),
    "a note between cues": ("storyboard.vtt", line("NOTE Kim\n", 2), CheckName.PLAYLISTS),
    "a style of cues": ("storyboard.vtt", line("STYLE\n::cue(Kim) {}\n", 2), CheckName.PLAYLISTS),
    "a name of a cue": ("storyboard.vtt", line("Kim", 2), CheckName.PLAYLISTS),
    "a text in a cue": ("storyboard.vtt", line("Kim", 4), CheckName.PLAYLISTS),
}
"""What → files (the first that fits), how, and the check that must break."""


@pytest.mark.parametrize("name", PUT_BACK)
def test_what_is_put_back_breaks_the_proof(name: str, roads: Roads, tmp_path: Path) -> None:
    files, put, check = PUT_BACK[name]
    road, out = roads.of(".mp4"), tmp_path / "out"
    shutil.copytree(road.out, out)
    put(min(out.glob(files)))
    broken = {c.name for c in verify_again(road.report, out, roads.tools, Unwatched()) if c.outcome is Outcome.BROKEN}
    assert {CheckName.UNCHANGED, check} <= broken


def test_what_is_left_as_it_was_holds(roads: Roads) -> None:
    """Otherwise the test above would pass for another reason."""
    road = roads.of(".mp4")
    assert all(c.outcome is Outcome.HELD for c in verify_again(road.report, road.out, roads.tools, Unwatched()))
