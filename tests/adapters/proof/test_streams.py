"""The copies carry the very packets of the proven film, or are found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from media_pipeline.adapters.proof.inspector import FfmpegInspector
from media_pipeline.ports.watch import Unwatched
from tests.adapters.proof.making import Recording, finish
from tests.film_reading import run_ffmpeg

pytestmark = pytest.mark.slow

WATCH = Unwatched()


@pytest.fixture
def film(recordings: dict[str, Recording], tmp_path: Path) -> Path:
    return finish(recordings["panned"], tmp_path / "video.mp4")


def track(film: Path, stream: str, path: Path, make: tuple[str, ...] = ("-c", "copy")) -> Path:
    flags = "+cmaf+delay_moov+frag_keyframe+skip_sidx+skip_trailer"
    run_ffmpeg("-i", film, "-map", stream, *make, "-f", "mp4", "-movflags", flags, path)
    return path


def sound_of(film: Path, path: Path, *flags: str) -> Path:
    run_ffmpeg("-i", film, "-map", "0:a", *(flags or ("-c", "copy")), path)
    return path


def test_copies_are_the_same(inspector: FfmpegInspector, film: Path, tmp_path: Path) -> None:
    assert inspector.same_streams(film, track(film, "0:v", tmp_path / "180.m4s"), WATCH)
    assert inspector.same_streams(film, track(film, "0:a", tmp_path / "sound.m4s"), WATCH)
    assert inspector.same_streams(film, sound_of(film, tmp_path / "audio.m4a"), WATCH)


def test_encoding_again_is_not_the_same(inspector: FfmpegInspector, film: Path, tmp_path: Path) -> None:
    pictures = ("-c:v", "libx264", "-preset", "ultrafast")
    assert not inspector.same_streams(film, track(film, "0:v", tmp_path / "180.m4s", pictures), WATCH)
    assert not inspector.same_streams(film, sound_of(film, tmp_path / "audio.m4a", "-c:a", "aac"), WATCH)


def test_there_is_one_stream_and_no_other(inspector: FfmpegInspector, film: Path, tmp_path: Path) -> None:
    assert not inspector.same_streams(film, track(film, "0", tmp_path / "both.m4s"), WATCH)
    run_ffmpeg("-i", film, "-map", "0:a", "-map", "0:a", "-c", "copy", tmp_path / "twice.m4a")
    assert not inspector.same_streams(film, tmp_path / "twice.m4a", WATCH)
    assert not inspector.same_streams(film, film, WATCH)


def test_a_missing_end_is_not_the_same(inspector: FfmpegInspector, film: Path, tmp_path: Path) -> None:
    assert not inspector.same_streams(film, track(film, "0:v", tmp_path / "180.m4s", ("-c", "copy", "-t", "3")), WATCH)


def test_another_film_is_not_the_same(
    inspector: FfmpegInspector, recordings: dict[str, Recording], film: Path, tmp_path: Path
) -> None:
    other = finish(recordings["dark"], tmp_path / "other.mp4")
    assert not inspector.same_streams(film, track(other, "0:v", tmp_path / "180.m4s"), WATCH)


def test_one_changed_packet_is_not_the_same(inspector: FfmpegInspector, film: Path, tmp_path: Path) -> None:
    fragments = track(film, "0:v", tmp_path / "180.m4s")
    data = bytearray(fragments.read_bytes())
    data[-40] ^= 1
    fragments.write_bytes(data)
    assert not inspector.same_streams(film, fragments, WATCH)


@pytest.mark.parametrize("stream", ["v", "a"])
@pytest.mark.parametrize("late", ["0.04", "0.01", "-0.04"])
def test_a_copy_that_is_early_or_late_is_not_the_same(
    late: str, stream: str, inspector: FfmpegInspector, film: Path, tmp_path: Path
) -> None:
    """Pictures and sound are played from two files: each has to keep its own time."""
    flags = ("-movflags", "+cmaf+delay_moov+frag_keyframe", "-c", "copy", "-copyts", "-avoid_negative_ts", "disabled")
    run_ffmpeg("-itsoffset", late, "-i", film, "-map", f"0:{stream}", *flags, "-f", "mp4", tmp_path / "moved.m4s")
    assert not inspector.same_streams(film, tmp_path / "moved.m4s", WATCH)


@pytest.mark.parametrize("rubbish", [b"", b"#EXTM3U\n", b"no film" * 1000])
def test_what_cannot_be_read_is_not_the_same(
    rubbish: bytes, inspector: FfmpegInspector, film: Path, tmp_path: Path
) -> None:
    for name in ("180.m4s", "audio.m4a"):
        (tmp_path / name).write_bytes(rubbish)
        assert not inspector.same_streams(film, tmp_path / name, WATCH)
    assert not inspector.same_streams(tmp_path / "audio.m4a", tmp_path / "audio.m4a", WATCH)
