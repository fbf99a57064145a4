"""Poster and storyboard held against the finished film."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from media_pipeline.adapters.proof.inspector import FfmpegInspector
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.playlists import storyboard_moments
from media_pipeline.ports.inspector import Comparison
from media_pipeline.ports.watch import Unwatched
from tests.adapters.proof.making import RATE, Pictures, Recording, finish, record
from tests.film_reading import run_ffmpeg

pytestmark = pytest.mark.slow

WATCH = Unwatched()
BLACK = np.full((180, 320), 16, dtype=np.uint8)


def jpeg(path: Path, pictures: Sequence[Pictures], shape: str) -> Path:
    """Pictures side by side, ten to a row, each made `shape` (a filter)."""
    height, width = pictures[0].shape
    run_ffmpeg(
        *("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{width}x{height}", "-i", "-"),
        *("-vf", f"scale=in_range=full:out_range=full,setrange=limited,format=yuv420p,{shape}"),
        *("-frames:v", "1", "-update", "1", "-q:v", "3", "-pix_fmt", "yuvj420p", path),
        frames=(picture.tobytes() for picture in pictures),
    )
    return path


def poster(path: Path, picture: Pictures) -> Path:
    return jpeg(path, [picture], "null")


def storyboard(path: Path, pictures: Sequence[Pictures], spare: Sequence[Pictures] = ()) -> Path:
    every = [*pictures, *spare]
    fit = "scale=160:90:force_original_aspect_ratio=decrease:force_divisible_by=2,pad=160:90:(ow-iw)/2:(oh-ih)/2"
    return jpeg(
        path, [*every, *[np.full_like(every[0], 16)] * (-len(every) % 10)], f"{fit},tile=10x{-(-len(every) // 10)}"
    )


class Stills:
    """A finished film, and right pictures for it."""

    def __init__(self, inspector: FfmpegInspector, recording: Recording, room: Path) -> None:
        self.recording, self.room, self._inspector = recording, room, inspector
        self.film = finish(recording, room / "film.mp4")
        self.shown = [recording.numbers[int(m * RATE)] for m in storyboard_moments(recording.plan.length)]
        self.tiles = [recording.pictures[number] for number in self.shown]
        self.poster = recording.pictures[recording.numbers[10]]

    def look(
        self, face: Pictures | None = None, tiles: Sequence[Pictures] | None = None, spare: Sequence[Pictures] = ()
    ) -> Comparison:
        front = poster(self.room / "poster.jpg", self.poster if face is None else face)
        board = storyboard(self.room / "storyboard.jpg", self.tiles if tiles is None else tiles, spare)
        return look(self._inspector, self.film, self.recording.plan, front, board)


def look(inspector: FfmpegInspector, film: Path, plan: RenderPlan, front: Path, board: Path) -> Comparison:
    """Both pictures."""
    one, other = inspector.poster(film, plan, front, WATCH), inspector.storyboard(film, plan, board, WATCH)
    return Comparison(
        one.compared + other.compared, one.wrong + other.wrong, places=tuple(dict.fromkeys(one.places + other.places))
    )


@pytest.fixture
def stills(
    request: pytest.FixtureRequest, inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> Stills:
    return Stills(inspector, recordings[getattr(request, "param", "panned")], tmp_path)


@pytest.mark.parametrize("stills", ["barcodes", "panned", "presented", "dark", "faded"], indirect=True)
def test_right_pictures_pass(stills: Stills) -> None:
    assert stills.look() == Comparison(compared=11, wrong=0)


@pytest.mark.parametrize("width", [240, 180, 102])
def test_letterboxed_pictures_pass(
    width: int, inspector: FfmpegInspector, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    narrow = record(tmp_path / "source.mp4", recordings["panned"].pictures[:, :, :width])
    assert Stills(inspector, narrow, tmp_path).look().wrong == 0


@pytest.mark.parametrize("stills", ["barcodes", "panned"], indirect=True)
def test_a_poster_of_a_removed_frame_is_seen(stills: Stills) -> None:
    assert stills.look(face=stills.recording.pictures[30]).places == ("poster",)


@pytest.mark.parametrize("stills", ["barcodes", "panned"], indirect=True)
def test_a_storyboard_picture_of_a_removed_frame_is_seen(stills: Stills) -> None:
    tiles = [stills.tiles[0], stills.recording.pictures[50], *stills.tiles[2:]]
    assert stills.look(tiles=tiles).places == ("storyboard picture 1",)


def test_pictures_in_the_wrong_order_are_seen(stills: Stills) -> None:
    assert stills.look(tiles=stills.tiles[::-1]).wrong


def test_a_neighbouring_frame_will_do(stills: Stills) -> None:
    tiles = [stills.recording.pictures[number + 1] for number in stills.shown]
    assert stills.look(tiles=tiles).wrong == 0


def test_places_after_the_last_picture_are_black(stills: Stills) -> None:
    found = stills.look(spare=[stills.recording.pictures[30]])
    assert found.places == (f"storyboard picture {len(stills.tiles)}",)


def test_another_size_is_wrong(stills: Stills) -> None:
    front = poster(stills.room / "poster.jpg", stills.poster)
    found = look(stills._inspector, stills.film, stills.recording.plan, front, front)
    assert found.places == ("storyboard",)


@pytest.mark.parametrize("rubbish", [b"", b"no picture", b"\xff\xd8\xff\xe0"])
def test_pictures_that_cannot_be_read_are_wrong(rubbish: bytes, stills: Stills) -> None:
    broken = stills.room / "broken.jpg"
    broken.write_bytes(rubbish)
    found = look(stills._inspector, stills.film, stills.recording.plan, broken, broken)
    assert found.places == ("poster", "storyboard")


def test_a_film_that_cannot_be_read_is_wrong(stills: Stills) -> None:
    stills.film.write_bytes(b"gone")
    assert stills.look().wrong
