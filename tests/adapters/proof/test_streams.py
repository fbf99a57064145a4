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


def hls(film: Path, folder: Path, *flags: str | Path, make: tuple[str, ...] = ("-c", "copy")) -> Path:
    folder.mkdir(exist_ok=True)
    options = "use_editlist=0:movflags=+frag_discont:avoid_negative_ts=disabled"
    run_ffmpeg(
        *("-i", film, *(flags or ("-map", "0")), *make, "-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod"),
        *("-hls_segment_type", "fmp4", "-hls_flags", "single_file", "-hls_segment_filename", folder / "180.m4s"),
        *("-avoid_negative_ts", "make_zero", "-hls_segment_options", options, folder / "180.m3u8"),
    )
    return folder / "180.m3u8"


def sound_of(film: Path, path: Path, *flags: str) -> Path:
    run_ffmpeg("-i", film, "-map", "0:a", *(flags or ("-c", "copy")), path)
    return path


def test_copies_are_the_same(inspector: FfmpegInspector, film: Path, tmp_path: Path) -> None:
    assert inspector.same_streams(film, hls(film, tmp_path / "hls"), WATCH)
    assert inspector.same_streams(film, sound_of(film, tmp_path / "audio.m4a"), WATCH)


def test_encoding_again_is_not_the_same(inspector: FfmpegInspector, film: Path, tmp_path: Path) -> None:
    pictures = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy")
    assert not inspector.same_streams(film, hls(film, tmp_path / "hls", make=pictures), WATCH)
    assert not inspector.same_streams(film, sound_of(film, tmp_path / "audio.m4a", "-c:a", "aac"), WATCH)


def test_every_stream_must_be_there_and_no_other(inspector: FfmpegInspector, film: Path, tmp_path: Path) -> None:
    assert not inspector.same_streams(film, hls(film, tmp_path / "silent", "-map", "0:v"), WATCH)
    twice = ("-map", "0", "-map", "0:a")
    assert not inspector.same_streams(film, hls(film, tmp_path / "twice", *twice), WATCH)
    run_ffmpeg("-i", film, "-map", "0", "-c", "copy", tmp_path / "both.mp4")
    assert not inspector.same_streams(film, tmp_path / "both.mp4", WATCH)


def test_a_missing_end_is_not_the_same(inspector: FfmpegInspector, film: Path, tmp_path: Path) -> None:
    assert not inspector.same_streams(film, hls(film, tmp_path / "hls", "-map", "0", "-t", "3"), WATCH)


def test_another_film_is_not_the_same(
    inspector: FfmpegInspector, recordings: dict[str, Recording], film: Path, tmp_path: Path
) -> None:
    other = finish(recordings["dark"], tmp_path / "other.mp4")
    assert not inspector.same_streams(film, hls(other, tmp_path / "hls"), WATCH)


def test_one_changed_packet_is_not_the_same(inspector: FfmpegInspector, film: Path, tmp_path: Path) -> None:
    playlist = hls(film, tmp_path / "hls")
    fragments = playlist.with_suffix(".m4s")
    data = bytearray(fragments.read_bytes())
    data[-40] ^= 1
    fragments.write_bytes(data)
    assert not inspector.same_streams(film, playlist, WATCH)


def test_sound_moved_against_pictures_is_not_the_same(inspector: FfmpegInspector, film: Path, tmp_path: Path) -> None:
    late = tmp_path / "late.mkv"
    run_ffmpeg(
        *("-i", film, "-itsoffset", "0.1", "-i", film, "-map", "0:v", "-map", "1:a", "-c", "copy"),
        *("-avoid_negative_ts", "disabled", late),
    )
    assert not inspector.same_streams(film, hls(late, tmp_path / "hls"), WATCH)


def test_a_playlist_reaches_nothing_but_its_folder(inspector: FfmpegInspector, film: Path, tmp_path: Path) -> None:
    playlist = hls(film, tmp_path / "hls")
    elsewhere = tmp_path / "180.m4s"
    playlist.with_suffix(".m4s").rename(elsewhere)
    for name in ("../180.m4s", str(elsewhere), f"file:{elsewhere}", "http://127.0.0.1:9/180.m4s"):
        text = playlist.read_text("ascii")
        (tmp_path / "hls" / "other.m3u8").write_text(text.replace("180.m4s", name))
        assert not inspector.same_streams(film, tmp_path / "hls" / "other.m3u8", WATCH)


@pytest.mark.parametrize("rubbish", [b"", b"#EXTM3U\n", b"no film" * 1000])
def test_what_cannot_be_read_is_not_the_same(
    rubbish: bytes, inspector: FfmpegInspector, film: Path, tmp_path: Path
) -> None:
    for name in ("180.m3u8", "audio.m4a"):
        (tmp_path / name).write_bytes(rubbish)
        assert not inspector.same_streams(film, tmp_path / name, WATCH)
    assert not inspector.same_streams(tmp_path / "audio.m4a", tmp_path / "audio.m4a", WATCH)
