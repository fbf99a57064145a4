"""The exact cut: every kept frame in its place, no removed one anywhere, sound with its pictures, nothing riding along."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any

import pytest

from media_pipeline.adapters.ffmpeg import FfmpegRenderer
from media_pipeline.adapters.ffprobe import FfprobeProber
from media_pipeline.adapters.inspect import read_fragmented, read_jpeg, read_m4a, read_mp4
from media_pipeline.adapters.process import Door, Sandbox
from media_pipeline.core.intervals import Interval
from media_pipeline.core.ladder import batches
from media_pipeline.core.media import AudioCodec, AudioTrack, MediaFile, VideoCodec
from media_pipeline.core.playlists import (
    MASTER,
    POSTER,
    STORYBOARD,
    STORYBOARD_CUES,
    is_storyboard_cues,
    output_names,
    rendition_files,
    storyboard_moments,
)
from media_pipeline.core.timebase import frame_at_or_before
from media_pipeline.ports.watch import Unwatched
from media_pipeline.steps.render import Film, Places, render
from tests.adapters.test_ffprobe import FFPROBE
from tests.film_reading import (
    av_error_at_joints,
    ffmpeg,
    read_barcodes,
    read_frame_times,
    read_sound,
    read_sound_times,
    run_ffmpeg,
)
from tests.films import BarcodeFilm, Canaries, Timing, barcode_film, copied_cut, dirty_film, leaks
from tests.rendering import film_with_riders, media_of, plan_of, planned_frames, random_cuts, read_tiles, render_all

pytestmark = pytest.mark.slow

WATCH = Unwatched()
NTSC = Fraction(30000, 1001)
SECOND = Fraction(1)

AT_JOINTS = 20
"""Milliseconds that sound and pictures may be apart beside a joint."""


@pytest.fixture(scope="module")
def renderer() -> FfmpegRenderer:
    return FfmpegRenderer(Door(Sandbox.BUBBLEWRAP), ffmpeg())


@dataclass(frozen=True)
class Kind:
    """A kind of film: its file name, how it is made, and what a prober says of it."""

    name: str
    made: dict[str, Any] = field(default_factory=dict)
    probed: dict[str, Any] = field(default_factory=dict)


KINDS = (
    Kind("steady.mp4"),
    Kind("ntsc.mp4", {"rate": NTSC, "open_gop": True, "gop": 40}),
    Kind("coarse_clock.mp4", {"rate": Fraction(30)}),
    Kind("ntsc.mkv", {"rate": NTSC}),
    Kind("hevc.mp4", {"codec": "libx265", "rate": NTSC}, {"codec": VideoCodec.HEVC}),
    Kind("gaps.mkv", {"rate": NTSC, "timing": Timing.GAPS}, {"constant": False}),
    Kind("jitter.mp4", {"timing": Timing.JITTER}, {"constant": False}),
    Kind("late_pictures.mp4", {"video_start": Fraction(12, 25)}),
    Kind("turned.mov", {"rotation": 90, "size": (180, 320)}, {"size": (180, 320)}),
)


def _film(kind: Kind, folder: Path, frames: int = 120) -> tuple[BarcodeFilm, MediaFile]:
    film = barcode_film(folder / kind.name, frames=frames, **kind.made)
    return film, media_of(film, **kind.probed)


def _out(folder: Path) -> Path:
    out = folder / "out"
    out.mkdir()
    return out


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_cut_is_exact(renderer: FfmpegRenderer, tmp_path: Path, kind: Kind) -> None:
    film, media = _film(kind, tmp_path)
    plan, out = plan_of(media, random_cuts(KINDS.index(kind), media)), _out(tmp_path)
    assert len(plan.keep) > 1
    render_all(renderer, film.path, media, plan, out, WATCH)
    planned, video = planned_frames(plan, film), out / "video.mp4"
    assert len(planned) == plan.frame_count
    assert read_barcodes(video) == planned
    assert read_barcodes(video, ignore_editlist=True) == planned
    assert read_frame_times(video) == [place / film.rate for place in range(plan.frame_count)]
    errors = av_error_at_joints(video, plan.keep, film.rate, film.times)
    assert len(errors) == len(plan.keep) + 1
    assert max(abs(error) for error in errors) < AT_JOINTS
    assert abs(len(read_sound(video)) / 16000 - plan.length) < 0.001


def test_sixty_spans(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    film, media = _film(Kind("long.mp4", {"rate": NTSC}), tmp_path, frames=420)
    plan = plan_of(media, [((7 * n + 3) / NTSC, (7 * n + 5) / NTSC) for n in range(59)])
    assert len(plan.keep) == 60
    out = _out(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    assert read_barcodes(out / "video.mp4", ignore_editlist=True) == planned_frames(plan, film)
    assert max(abs(error) for error in av_error_at_joints(out / "video.mp4", plan.keep, film.rate)) < AT_JOINTS


@pytest.mark.slow
def test_two_hundred_spans(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    film, media = _film(Kind("long.mp4"), tmp_path, frames=600)
    plan = plan_of(media, [(Fraction(3 * n + 2, 25), Fraction(3 * n + 3, 25)) for n in range(199)])
    assert len(plan.keep) == 200
    out = _out(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    assert read_barcodes(out / "video.mp4", ignore_editlist=True) == planned_frames(plan, film)


def test_what_an_edit_list_of_the_source_hides_stays_hidden(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    whole = barcode_film(tmp_path / "whole.mp4", frames=150)
    copied_cut(whole.path, tmp_path / "cut.mp4", 2 * SECOND)
    assert read_barcodes(tmp_path / "cut.mp4", ignore_editlist=True)[:50] == list(range(50))
    film = BarcodeFilm(tmp_path / "cut.mp4", whole.rate, whole.times[:100], 4 * SECOND)
    media = media_of(film)
    plan, out = plan_of(media, [(SECOND, 2 * SECOND)]), _out(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    assert read_barcodes(out / "video.mp4", ignore_editlist=True) == [*range(50, 75), *range(100, 150)]


@pytest.mark.parametrize("sound", [True, False])
def test_a_span_without_a_frame_of_its_own_shows_the_kept_one_before_it(
    renderer: FfmpegRenderer, tmp_path: Path, sound: bool
) -> None:
    # frame 6 is shown for three places, frame 7 begins at 9: between 7 and 9 nothing begins
    film = barcode_film(tmp_path / "film.mkv", frames=30, timing=Timing.GAPS, audio=sound)
    media = media_of(film, constant=False, sound=sound)
    place = 1 / film.rate
    plan = plan_of(media, [(4 * place, 7 * place), (9 * place, 18 * place)])
    out = _out(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    shown = read_barcodes(out / "video.mp4", ignore_editlist=True)
    assert shown[:6] == [0, 1, 2, 3, 3, 3]
    assert shown == planned_frames(plan, film)


def test_a_removed_frame_that_begins_just_before_a_span_ends_does_not_fill_the_span(
    renderer: FfmpegRenderer, tmp_path: Path
) -> None:
    film = barcode_film(tmp_path / "film.mp4", frames=40, timing=Timing.JITTER)
    media = media_of(film, constant=False)
    early = [moment * film.rate - number for number, moment in enumerate(film.times)]
    # both frames come early: the one before the span lies in the cut, the one after it inside the span's last half
    number = next(n for n in range(10, 30) if -0.45 < early[n + 1] < -0.05 and early[n] < -0.05)
    place = 1 / film.rate
    plan = plan_of(media, [(8 * place, number * place), ((number + 1) * place, film.length - 3 * place)])
    assert plan.keep[1].length == place
    out = _out(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    shown = read_barcodes(out / "video.mp4", ignore_editlist=True)
    assert number + 1 not in shown
    assert shown == planned_frames(plan, film)


def test_late_sound_stays_late_and_silence_fills_the_rest(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    late = Fraction(3, 2)
    film = barcode_film(tmp_path / "film.mp4", frames=150, audio_start=late)
    media = media_of(film, audio_start=late)
    # the first kept span lies before the sound, the second holds its start
    plan, out = plan_of(media, [(SECOND / 2, SECOND), (3 * SECOND, 4 * SECOND)]), _out(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    heard = read_sound_times(out / "video.mp4", float(film.length))
    assert [moment for at, moment in heard if at < 0.9] == [None] * 9
    sounds = [(at, moment) for at, moment in heard if at > 1]
    assert len(sounds) > 25
    assert all(moment is not None and _error(plan.to_source(Fraction(at)), moment) < 0.005 for at, moment in sounds)
    assert abs(len(read_sound(out / "video.mp4")) / 16000 - plan.length) < 0.001


@pytest.mark.parametrize("rate", [NTSC, Fraction(25), Fraction(15)])
def test_hls_keeps_sound_with_pictures(renderer: FfmpegRenderer, tmp_path: Path, rate: Fraction) -> None:
    film, media = _film(Kind("film.mp4", {"rate": rate}), tmp_path)
    plan, out = plan_of(media, [(2 * SECOND, 3 * SECOND)]), _out(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    assert read_frame_times(out / MASTER)[0] == 0
    errors = av_error_at_joints(out / MASTER, plan.keep, film.rate, film.times)
    assert errors == pytest.approx(av_error_at_joints(out / "video.mp4", plan.keep, film.rate, film.times), abs=0.1)
    assert max(map(abs, errors)) < 1


def test_a_part_of_the_ladder_has_its_own_playlist(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    large = {"size": (640, 480)}
    film, media = _film(Kind("film.mp4", dict(large), dict(large)), tmp_path, frames=250)
    plan, out = plan_of(media, [(2 * SECOND, 3 * SECOND)]), _out(tmp_path)
    places = Places(tmp_path / "room", out)
    first, second = (plan.only(*sizes) for sizes in batches(plan.ladder, first_alone=True))
    render(Film(film.path, media, first), places, renderer, WATCH)
    names = {path.relative_to(out).as_posix() for path in out.rglob("*.m*")}
    assert names == {name for name in output_names(first) if PurePath(name).match("*.m*")}
    alone = (out / "hls/master-360.m3u8").read_text("ascii")
    assert read_barcodes(out / "hls/master-360.m3u8") == planned_frames(plan, film)
    render(Film(film.path, media, second), places, renderer, WATCH)
    entry = alone.split("\n#EXT-X-STREAM-INF:")[1]
    whole = (out / MASTER).read_text("ascii")
    assert whole.endswith(entry)
    assert whole.count("#EXT-X-STREAM-INF") == 2
    segments = [
        re.findall("#EXTINF:(.*),", (out / rendition_files(plan, size).playlist).read_text("ascii"))
        for size in plan.ladder
    ]
    assert segments[0] == segments[1] == ["4.000000", "4.000000", "1.000000"]


def _error(planned: Fraction, heard: float) -> float:
    return abs(float(planned) - heard)


def test_a_silent_film_has_no_sound_track(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    film, media = _film(Kind("film.mp4", {"audio": False}, {"sound": False}), tmp_path)
    plan, out = plan_of(media, random_cuts(3, media)), _out(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    assert "audio.m4a" not in output_names(plan)
    assert read_barcodes(out / "video.mp4", ignore_editlist=True) == planned_frames(plan, film)
    assert "mp4a" not in (out / MASTER).read_text("ascii")
    with pytest.raises(AssertionError, match="matches no streams"):
        read_sound(out / "video.mp4")


def test_a_sound_recording_becomes_one_sound_file(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "film.mp4", frames=100)
    run_ffmpeg("-i", film.path, "-vn", "-c", "copy", tmp_path / "sound.m4a")
    track = AudioTrack(0, AudioCodec.AAC, 2, 48000, Fraction(0))
    media = MediaFile("0" * 64, 1, Interval(Fraction(0), film.length), None, track, 1)
    plan, out = plan_of(media, [(SECOND, Fraction(1501, 1000))]), _out(tmp_path)
    render_all(renderer, tmp_path / "sound.m4a", media, plan, out, WATCH)
    assert [path.name for path in out.iterdir()] == ["audio.m4a"]
    heard = [(at, moment) for at, moment in read_sound_times(out / "audio.m4a", 4) if not 0.94 <= at <= 1]
    assert len(heard) > 30
    assert all(moment is not None and _error(plan.to_source(Fraction(at)), moment) < 0.005 for at, moment in heard)
    assert abs(len(read_sound(out / "audio.m4a")) / 16000 - plan.length) < 0.001
    assert read_m4a(out / "audio.m4a") == ()


@pytest.mark.parametrize("frames", [1, 2, 7])
def test_very_short_films_have_every_file(renderer: FfmpegRenderer, tmp_path: Path, frames: int) -> None:
    film, media = _film(Kind("film.mp4"), tmp_path, frames=20)
    plan, out = plan_of(media, [(frames / film.rate, film.length)]), _out(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    assert read_barcodes(out / "video.mp4", ignore_editlist=True) == list(range(frames))


def test_pictures_are_frames_of_the_finished_film(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    film, media = _film(
        Kind("film.mp4", {"rate": NTSC, "size": (640, 360)}, {"size": (640, 360)}), tmp_path, frames=250
    )
    plan, out = plan_of(media, [(SECOND, 2 * SECOND)]), _out(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    finished, moments = planned_frames(plan, film), storyboard_moments(plan.length)
    assert len(moments) == 4
    shown = [finished[frame_at_or_before(moment, film.rate)] for moment in moments]
    assert read_tiles(out / STORYBOARD, 10, (160, 90)) == [*shown, *[-1] * 6]
    assert read_tiles(out / POSTER, 1, (640, 360))[0] in finished
    assert is_storyboard_cues((out / STORYBOARD_CUES).read_text("ascii"), plan.length)


def test_a_picture_that_changes_its_size_does_not_move_the_cuts(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    made: dict[str, Any] = {"codec": "libvpx-vp9", "audio_codec": "libopus", "frames": 50}
    small = barcode_film(tmp_path / "small.webm", **made)
    large = barcode_film(tmp_path / "large.webm", size=(640, 360), **made)
    (tmp_path / "both.txt").write_text(f"file '{small.path}'\nfile '{large.path}'\n")
    run_ffmpeg("-f", "concat", "-safe", "0", "-i", tmp_path / "both.txt", "-c", "copy", tmp_path / "both.webm")
    film = BarcodeFilm(tmp_path / "both.webm", small.rate, tuple(n / small.rate for n in range(100)), 4 * SECOND)
    media = media_of(film, codec=VideoCodec.VP9)
    plan, out = plan_of(media, [(SECOND, 3 * SECOND)]), _out(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    assert read_barcodes(out / "video.mp4", ignore_editlist=True) == [*range(25), *range(25, 50)]


def test_what_rides_on_frames_is_left_behind(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "film.mp4", frames=50)
    source, riders = film_with_riders(film)
    media = media_of(film, codec=VideoCodec.HEVC)
    plan, out = plan_of(media, [(SECOND / 2, SECOND)]), _out(tmp_path)
    render_all(renderer, source, media, plan, out, WATCH)
    assert [box in (out / "video.mp4").read_bytes() for box in riders] == [False, False]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_nothing_rides_along(renderer: FfmpegRenderer, tmp_path: Path, suffix: str) -> None:
    source = tmp_path / f"dirty{suffix}"
    planted = dirty_film(source, Canaries())
    media = FfprobeProber(Door(Sandbox.BUBBLEWRAP), FFPROBE, ffmpeg()).probe(source, WATCH)
    plan, out = plan_of(media, [(SECOND, Fraction(3, 2))]), _out(tmp_path)
    render_all(renderer, source, media, plan, out, WATCH)
    finished = [path for path in out.rglob("*") if path.is_file()]
    assert len(finished) == len(output_names(plan))
    assert leaks(planted, [source])
    assert leaks(planted, finished) == []
    readers = {".mp4": read_mp4, ".m4a": read_m4a, ".m4s": read_fragmented, ".jpg": read_jpeg}
    found = {path.name: readers[path.suffix](path) for path in finished if path.suffix in readers}
    assert len(found) == 6
    assert found == dict.fromkeys(found, ())
