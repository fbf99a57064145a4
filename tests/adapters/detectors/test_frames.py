"""Frames for the detectors: all of them, each once, each at its exact moment; or a fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from media_pipeline.adapters.detectors.frames import LONGEST_SIDE, FfmpegFrames, small_size
from media_pipeline.adapters.detectors.planes import Planes, to_bt601, to_rgb
from media_pipeline.core.errors import Fault
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import AudioCodec, AudioTrack, MediaFile, VideoCodec, VideoTrack
from media_pipeline.core.stretches import Account, Stretch, stretches
from media_pipeline.ports.detector import Frame
from media_pipeline.ports.watch import Unwatched
from tests.adapters.detectors.conftest import FRAMES
from tests.film_reading import CELLS_ACROSS, CELLS_DOWN, read_cells, run_ffmpeg
from tests.films import BarcodeFilm, Timing, barcode_film
from tests.rendering import media_of


def video_of(media: MediaFile) -> VideoTrack:
    """Its pictures."""
    assert media.video is not None
    return media.video


def whole_of(media: MediaFile) -> Stretch:
    """All of a film in one stretch."""
    [whole] = stretches(media, None)
    return whole


def read_all(reader: FfmpegFrames, path: Path, media: MediaFile, stretch: Stretch) -> tuple[list[Frame], Account]:
    """Every frame that comes for a stretch, and their account, which is the last that comes."""
    with reader.frames(path, media, Unwatched(), stretch) as items:
        *frames, account = items
    assert isinstance(account, Account)
    return [frame for frame in frames if isinstance(frame, Frame)], account


def read(reader: FfmpegFrames, path: Path, media: MediaFile) -> list[Frame]:
    """Every frame of a film with which nothing is wrong."""
    frames, account = read_all(reader, path, media, whole_of(media))
    assert account == Account(len(frames))
    return frames


def numbers(frames: list[Frame]) -> list[int]:
    """The barcodes that they show."""
    return [_number(frame.planes) for frame in frames]


def _number(planes: Planes) -> int:
    height, width = (side // cells for side, cells in zip(planes.luma.shape, (CELLS_DOWN, CELLS_ACROSS), strict=True))
    cells = planes.luma[: height * CELLS_DOWN, : width * CELLS_ACROSS].reshape(CELLS_DOWN, height, CELLS_ACROSS, width)
    inner = cells[:, height // 4 : -(height // 4), :, width // 4 : -(width // 4)]
    return read_cells(inner.mean(axis=(1, 3)))


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001)])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_constant_rate_films_come_on_their_grid(
    reader: FfmpegFrames, tmp_path: Path, rate: Fraction, suffix: str
) -> None:
    """Exactly, though Matroska writes milliseconds."""
    film = barcode_film(tmp_path / f"film.{suffix}", frames=FRAMES, rate=rate)
    frames = read(reader, film.path, media_of(film))
    assert numbers(frames) == list(range(FRAMES))
    assert [frame.moment for frame in frames] == [number / rate for number in range(FRAMES)]


@pytest.mark.parametrize("timing", [Timing.JITTER, Timing.GAPS])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_other_films_come_at_their_own_times(reader: FfmpegFrames, tmp_path: Path, timing: Timing, suffix: str) -> None:
    """To the tick of their container."""
    film = barcode_film(tmp_path / f"film.{suffix}", frames=FRAMES, timing=timing)
    frames = read(reader, film.path, media_of(film, constant=False))
    assert numbers(frames) == list(range(FRAMES))
    assert [frame.moment for frame in frames] == list(film.times)


def test_pictures_that_start_late_say_so(reader: FfmpegFrames, tmp_path: Path) -> None:
    """On the film's clock, which the sound began."""
    film = barcode_film(tmp_path / "late.mp4", frames=FRAMES, video_start=Fraction(2, 5))
    frames = read(reader, film.path, media_of(film))
    assert [frame.moment for frame in frames] == list(film.times)
    assert frames[0].moment == Fraction(2, 5)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_phones_films_are_turned_upright(reader: FfmpegFrames, tmp_path: Path, rotation: int) -> None:
    """A face that lies on its side is not found."""
    film = barcode_film(tmp_path / "phone.mp4", frames=5, size=(240, 320), rotation=rotation)
    frames = read(reader, film.path, media_of(film, size=(240, 320)))
    assert numbers(frames) == list(range(5))
    assert frames[0].planes.luma.shape == (320, 240)


def test_large_pictures_are_made_smaller(reader: FfmpegFrames, tmp_path: Path) -> None:
    """To 640 pixels; colours at half of that."""
    film = barcode_film(tmp_path / "large.mp4", frames=5, size=(1280, 720))
    frames = read(reader, film.path, media_of(film, size=(1280, 720)))
    assert numbers(frames) == list(range(5))
    planes: Planes = frames[0].planes
    assert [plane.shape for plane in (planes.luma, planes.blue, planes.red)] == [(360, 640), (180, 320), (180, 320)]


@pytest.mark.parametrize(
    ("shown", "small"),
    [
        ((1280, 720), (640, 360)),
        ((1920, 1080), (640, 360)),
        ((1080, 1920), (360, 640)),
        ((640, 480), (640, 480)),
        ((320, 180), (320, 180)),
        ((641, 361), (640, 360)),
        ((101, 33), (100, 32)),
        ((4096, 2), (640, 2)),
        ((1, 1), (2, 2)),
    ],
)
def test_sizes_are_even_and_never_larger(shown: tuple[int, int], small: tuple[int, int]) -> None:
    """The longer side counts, so that a tall film is seen as sharply as a wide one."""
    assert small_size(*shown) == small
    assert max(small) <= LONGEST_SIDE


@pytest.mark.parametrize(
    ("matrix", "said", "pixels"),
    [
        ("bt709", ("-colorspace", "bt709", "-color_range", "pc"), "yuvj420p"),  # as phones make them
        ("bt709", ("-colorspace", "bt709"), "yuv420p"),
        ("bt601", ("-colorspace", "smpte170m"), "yuv420p"),
        ("bt2020", ("-colorspace", "bt2020nc"), "yuv420p"),
        ("bt601", (), "yuv420p"),
    ],
)
def test_colours_come_out_whichever_matrix_they_went_in_by(
    reader: FfmpegFrames, tmp_path: Path, matrix: str, said: Sequence[str], pixels: str
) -> None:
    """A film of one red."""
    path = tmp_path / "red.mp4"
    spread = "full" if pixels == "yuvj420p" else "tv"
    run_ffmpeg(
        *("-f", "lavfi", "-i", "color=c=0xC02040:s=64x64:r=25:d=0.2,format=gbrp"),
        *("-vf", f"scale=out_color_matrix={matrix}:out_range={spread},format={pixels}"),
        *("-c:v", "libx264", "-qp", "1", *said),
        path,
    )
    video = VideoTrack(0, VideoCodec.H264, 64, 64, Fraction(25), Fraction(0), 5, True)
    media = replace(_any_media(), video=video, audio=None)
    planes: Planes = read(reader, path, media)[0].planes
    assert to_rgb(planes).mean(axis=(1, 2)) == pytest.approx((0xC0, 0x20, 0x40), abs=3)
    blue, red = to_bt601(planes.weights) @ [plane.mean() - 128 for plane in (planes.blue, planes.red)]
    assert (blue, red) == pytest.approx((-9.7, 68), abs=2)


def _any_media() -> MediaFile:
    sound = AudioTrack(0, AudioCodec.AAC, 1, 48000, Fraction(0))
    return MediaFile("0" * 64, 1, Interval(Fraction(0), Fraction(1)), None, sound, 1)


def test_frames_are_read_only_while_they_are_wanted(reader: FfmpegFrames, film: BarcodeFilm) -> None:
    """Leaving early ends the decoder and is no fault."""
    media = media_of(film)
    with reader.frames(film.path, media, Unwatched(), whole_of(media)) as frames:
        assert numbers([frame for frame in islice(frames, 3) if isinstance(frame, Frame)]) == [0, 1, 2]


def test_each_frame_is_its_own(reader: FfmpegFrames, film: BarcodeFilm) -> None:
    """One that is kept is not overwritten by the next, nor by whoever has it."""
    frames = read(reader, film.path, media_of(film))
    assert not frames[0].planes.luma.flags.writeable
    assert not np.shares_memory(frames[0].planes.luma, frames[1].planes.luma)


def test_more_frames_than_the_grid_has_are_a_fault(reader: FfmpegFrames, film: BarcodeFilm) -> None:
    """Containers and decoders may disagree on one frame; the account tells of any number that is missing."""
    media = media_of(film)
    for counted in (FRAMES - 1, FRAMES + 2):
        assert len(read(reader, film.path, replace(media, video=replace(video_of(media), frames=counted)))) == FRAMES
    with pytest.raises(Fault, match="tool-failed"):
        read(reader, film.path, replace(media, video=replace(video_of(media), frames=FRAMES - 2)))


def test_frames_off_the_grid_are_a_fault(reader: FfmpegFrames, tmp_path: Path) -> None:
    """Of a film that is said to have one: each later frame would be taken for another."""
    film = barcode_film(tmp_path / "gaps.mp4", frames=FRAMES, timing=Timing.GAPS)
    with pytest.raises(Fault, match="tool-failed"):
        read(reader, film.path, media_of(film))


def test_the_account_tells_of_a_film_that_breaks_off(reader: FfmpegFrames, tmp_path: Path) -> None:
    """The rest may show anybody."""
    film = barcode_film(tmp_path / "film.mkv", frames=250, gop=25)
    film.path.write_bytes(film.path.read_bytes()[: film.path.stat().st_size // 2])
    frames, account = read_all(reader, film.path, media_of(film), whole_of(media_of(film)))
    assert account.shown == len(frames) < 200


@pytest.mark.parametrize("content", [b"", b"no film at all\n" * 100, b"ffconcat version 1.0\nfile other.mp4\n"])
def test_what_is_no_film_is_a_fault(reader: FfmpegFrames, tmp_path: Path, film: BarcodeFilm, content: bytes) -> None:
    """The prober refuses it with a sentence; here it can only be a mistake."""
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(Fault, match="tool-failed"):
        read(reader, path, media_of(film))
