"""The measuring tools are measured first: what the film makers wrote is what the readers read, and they can fail."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deploy.demo_film import PLANTED, RATE, participant_spans
from media_pipeline.core.intervals import Interval
from tests.film_reading import (
    SAME_SOUND,
    SOUND_RATE,
    UNREADABLE,
    _find,
    av_error_at_joints,
    barcode_cells,
    barcode_sound,
    read_barcodes,
    read_cells,
    read_frame_times,
    read_sound_times,
    run_ffmpeg,
)
from tests.films import (
    BarcodeFilm,
    Canaries,
    Timing,
    barcode_film,
    clock_film,
    copied_cut,
    dirty_film,
    leaks,
    read_clock,
    storytime_film,
)

pytestmark = pytest.mark.slow

KINDS: dict[str, dict[str, Any]] = {
    "25.mp4": {},
    "30.mkv": {"rate": Fraction(30)},
    "ntsc.mp4": {"rate": Fraction(30000, 1001)},
    "ntsc.mkv": {"rate": Fraction(30000, 1001)},
    "60.mov": {"rate": Fraction(60), "audio_codec": "pcm_s16le"},
    "jitter.mp4": {"timing": Timing.JITTER},
    "jitter.mkv": {"timing": Timing.JITTER, "rate": Fraction(30)},
    "gaps.mp4": {"timing": Timing.GAPS},
    "gaps.mkv": {"timing": Timing.GAPS},
    "open-gop.mp4": {"open_gop": True, "gop": 12},
    "hevc.mp4": {"codec": "libx265", "gop": 12},
    "hevc-open.mkv": {"codec": "libx265", "open_gop": True, "gop": 12},
    "vp9.webm": {"codec": "libvpx-vp9", "audio_codec": "libopus"},
    "mono.mp4": {"channels": 1},
    "late-video.mp4": {"video_start": Fraction(8, 25)},
    "turned.mp4": {"rotation": 90, "size": (180, 320)},
    "upside-down.mov": {"rotation": 180},
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> BarcodeFilm:
    """Six seconds at 25 frames a second."""
    return barcode_film(tmp_path_factory.mktemp("films") / "plain.mp4", frames=150)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_reads_back(name: str, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / name, frames=40, **KINDS[name])
    assert read_barcodes(film.path) == list(range(40))
    shown = read_frame_times(film.path)
    # Matroska keeps milliseconds only
    assert all(abs(a - b) <= Fraction(1, 1000) for a, b in zip(shown, film.times, strict=True))
    heard = read_sound_times(film.path, float(film.length))
    assert max(abs(1000 * (moment - at)) if moment is not None else 1e9 for at, moment in heard) < 0.1


def test_late_sound_is_silent_first(tmp_path: Path) -> None:
    for name in ("late.mp4", "late.mkv"):
        film = barcode_film(tmp_path / name, frames=40, audio_start=Fraction(1, 2))
        for at, moment in read_sound_times(film.path, float(film.length)):
            assert moment is None if at < 0.43 else moment == pytest.approx(at, abs=0.0001)


def test_times_are_the_files_own(tmp_path: Path) -> None:
    late = Fraction(12, 25)
    film = barcode_film(tmp_path / "late.mkv", frames=20, video_start=late, audio_start=late)
    assert read_frame_times(film.path)[0] == film.times[0] == late
    assert read_sound_times(film.path, 2)[5][1] == pytest.approx(0.5, abs=0.0001)


def test_a_silent_film_has_no_sound(tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "silent.mp4", frames=10, audio=False)
    assert read_barcodes(film.path) == list(range(10))
    with pytest.raises(AssertionError):
        read_sound_times(film.path, 1)


@pytest.mark.parametrize("height", [180, 90])
def test_barcodes_survive_small_and_coarse_copies(height: int, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "large.mp4", frames=60, size=(1280, 720), audio=False)
    small = tmp_path / "small.mp4"
    run_ffmpeg("-nostdin", "-i", film.path, "-vf", f"scale=-2:{height}", "-c:v", "libx264", "-crf", "28", small)
    assert read_barcodes(small) == list(range(60))


def test_mixed_frames_do_not_read(plain: BarcodeFilm, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed.mp4"
    run_ffmpeg("-nostdin", "-i", plain.path, "-vf", "tmix=frames=2", "-an", mixed)
    read = read_barcodes(mixed)
    assert read.count(UNREADABLE) > 140
    assert all(number in {UNREADABLE, index, index - 1} for index, number in enumerate(read))


def test_one_wrong_cell_does_not_read() -> None:
    levels = (16 + 219 * barcode_cells(123456)).astype(np.float64)
    assert read_cells(levels) == 123456
    for cell in range(32):
        wrong = levels.copy()
        wrong.flat[cell] = 251 - wrong.flat[cell]
        assert read_cells(wrong) == UNREADABLE


def test_open_gops_have_key_frames_that_do_not_close(tmp_path: Path) -> None:
    def closing_frames(name: str, open_gop: bool) -> int:
        film = barcode_film(tmp_path / name, frames=40, gop=12, open_gop=open_gop, audio=False)
        raw = run_ffmpeg("-nostdin", "-i", film.path, "-c", "copy", "-f", "h264", "-")
        return raw.count(b"\0\0\1\x65")

    assert closing_frames("open.mp4", True) == 1
    assert closing_frames("closed.mp4", False) == 4


def test_rotation_is_left_to_the_player(tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "turned.mp4", frames=5, rotation=90, audio=False)
    run_ffmpeg("-nostdin", "-display_rotation:v:0", "0", "-i", film.path, tmp_path / "lying.mp4")
    assert set(read_barcodes(tmp_path / "lying.mp4")) == {UNREADABLE}


def test_a_copied_cut_hides_what_was_cut(plain: BarcodeFilm, tmp_path: Path) -> None:
    copied_cut(plain.path, tmp_path / "copied.mp4", Fraction(2))
    assert read_barcodes(tmp_path / "copied.mp4") == list(range(50, 150))
    assert read_barcodes(tmp_path / "copied.mp4", ignore_editlist=True) == list(range(150))


KEPT = (
    Interval(Fraction(1), Fraction(2)),
    Interval(Fraction(63, 25), Fraction(68, 25)),
    Interval(Fraction(4), Fraction(147, 25)),
)


def _cut(film: BarcodeFilm, path: Path, sound_late: float = 0.0) -> None:
    """A cut by encoding, with the sound taken from `sound_late` seconds earlier than the pictures."""
    parts, half = [], float(1 / (2 * film.rate))
    for n, span in enumerate(KEPT):
        a, b = float(span.start), float(span.end)
        parts.append(f"[0:v]trim={a - half}:{b - half},setpts=PTS-{a}/TB,fps={film.rate}:start_time=0[v{n}]")
        c, d = a - sound_late, b - sound_late
        parts.append(
            f"[0:a]atrim={c}:{d},asetpts=PTS-{c}/TB,afade=in:d=0.008,afade=out:st={d - c - 0.008}:d=0.008[a{n}]"
        )
    joined = "".join(f"[v{n}][a{n}]" for n in range(len(KEPT)))
    graph = ";".join((*parts, f"{joined}concat=n={len(KEPT)}:v=1:a=1[v][a]"))
    run_ffmpeg("-nostdin", "-i", film.path, "-filter_complex", graph, "-map", "[v]", "-map", "[a]", "-crf", "28", path)


@pytest.mark.parametrize("timing", Timing)
def test_joints_of_an_exact_cut_are_exact(timing: Timing, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "film.mp4", frames=150, timing=timing)
    _cut(film, tmp_path / "cut.mp4")
    errors = av_error_at_joints(tmp_path / "cut.mp4", KEPT, film.rate, film.times)
    assert len(errors) == 4
    # uneven frames are moved to the even grid by up to half a frame, half of them either way
    assert max(map(abs, errors)) < (0.2 if timing is Timing.CONSTANT else 20)
    if timing is Timing.CONSTANT:
        assert read_barcodes(tmp_path / "cut.mp4") == [n for span in KEPT for n in film.numbers_in(span)]


def test_joints_show_how_late_the_sound_is(plain: BarcodeFilm, tmp_path: Path) -> None:
    _cut(plain, tmp_path / "late.mp4", sound_late=0.037)
    errors = av_error_at_joints(tmp_path / "late.mp4", KEPT, plain.rate)
    assert errors == pytest.approx([-37] * 4, abs=0.2)


def test_joints_with_another_sound_are_infinitely_wrong(plain: BarcodeFilm, tmp_path: Path) -> None:
    _cut(plain, tmp_path / "other.mp4", sound_late=0.9)
    assert all(np.isinf(av_error_at_joints(tmp_path / "other.mp4", KEPT, plain.rate)))


def test_sound_tells_which_moments_are_left(plain: BarcodeFilm, tmp_path: Path) -> None:
    _cut(plain, tmp_path / "cut.mp4")
    heard = [moment for _, moment in read_sound_times(tmp_path / "cut.mp4", float(plain.length)) if moment is not None]
    assert len(heard) > 25
    assert all(any(span.start - 0.03 <= moment < span.end for span in KEPT) for moment in heard)


def test_sounds_of_other_moments_are_not_alike() -> None:
    minute = barcode_sound(0, 60)
    worst = max(_find(barcode_sound(61 + 0.37 * n, 0.06), minute)[1] for n in range(20))
    assert worst < SAME_SOUND - 0.1
    assert len(minute) == 60 * SOUND_RATE


def test_the_clock_tells_the_second(tmp_path: Path) -> None:
    clock_film(tmp_path / "clock.mp4", seconds=20)
    by_light, by_pitch = read_clock(tmp_path / "clock.mp4")
    assert by_light == [frame // 25 for frame in range(500)]
    assert by_pitch[:200] == [tenth // 10 for tenth in range(200)]


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_dirt_is_everywhere_it_is_said_to_be(suffix: str, tmp_path: Path) -> None:
    film, canaries = tmp_path / f"dirty.{suffix}", Canaries()
    planted = dirty_film(film, canaries)
    assert leaks(planted, [film]) == sorted(channel for channel, _ in planted)
    assert len({canary for _, canary in planted}) == len(planted) >= 25
    frames = run_ffmpeg("-nostdin", "-i", film, "-map", "0:v:0", "-f", "framecrc", "-").count(b"\n0,")
    sound = run_ffmpeg("-nostdin", "-i", film, "-map", "0:a:0", "-f", "s16le", "-")
    assert (frames, len(sound) // 2 // 48000) == (75, 3)


def test_canaries_are_new_in_every_film(tmp_path: Path) -> None:
    one, other = Canaries(), Canaries()
    planted = dirty_film(tmp_path / "one.mp4", one)
    dirty_film(tmp_path / "other.mp4", other)
    assert not {canary for _, canary in one.planted} & {canary for _, canary in other.planted}
    marks = {"h264 encoder sei", "muxer tag", "encoder name"}
    assert set(leaks(planted, [tmp_path / "other.mp4"])) == marks
    title = dict(planted)["title"]
    named = tmp_path / f"{title.decode()}.txt"
    named.write_bytes(b"")
    assert leaks(planted, [named]) == ["title"]


def test_ordinary_cleaning_leaves_dirt(tmp_path: Path) -> None:
    """The channels are live ones: flags that seem to strip everything let some through."""
    film, canaries = tmp_path / "dirty.mp4", Canaries()
    planted = dirty_film(film, canaries)
    strip = ("-map_metadata", "-1", "-map_chapters", "-1", "-map", "0:v:0", "-map", "0:a:0")
    run_ffmpeg("-nostdin", "-i", film, *strip, "-c", "copy", tmp_path / "copied.mp4")
    copied = set(leaks(planted, [tmp_path / "copied.mp4"]))
    assert copied >= {"sei user data", "sei t.35", "closed captions (A53)", "icc profile", "h264 encoder sei"}
    run_ffmpeg("-nostdin", "-i", film, *strip, "-c:v", "libx264", tmp_path / "encoded.mp4")
    assert {"closed captions (A53)", "icc profile"} <= set(leaks(planted, [tmp_path / "encoded.mp4"]))


def test_the_storytime_shows_participants_where_it_says(tmp_path: Path) -> None:
    film = tmp_path / "storytime.mp4"
    spans = storytime_film(film, seconds=10)
    assert spans == list(participant_spans(10))
    assert Fraction(3, 5) in {end - start for start, end in spans}
    content = film.read_bytes()
    assert all(PLANTED[tag].encode() in content for tag in ("title", "artist", "comment"))
    raw = run_ffmpeg("-nostdin", "-i", film, "-vf", "scale=160:90:flags=area,format=gray", "-f", "rawvideo", "-")
    pictures = np.frombuffer(raw, np.uint8).reshape(-1, 90, 160).astype(float)
    assert len(pictures) == 10 * RATE
    changes = np.abs(np.diff(pictures, axis=0)).mean(axis=(1, 2))
    edges = [int(moment * RATE) for span in spans for moment in span]
    # one hard cut at each edge and nothing like one elsewhere
    assert sorted(np.flatnonzero(changes > 10) + 1) == edges
    assert np.delete(changes, [edge - 1 for edge in edges]).max() < 4
