"""The exact cut: every kept frame in its place, no removed one anywhere, sound with its pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from media_pipeline.adapters.ffmpeg import FfmpegRenderer
from media_pipeline.core.media import VideoCodec
from media_pipeline.ports.watch import Unwatched
from tests.film_reading import (
    av_error_at_joints,
    read_barcodes,
    read_frame_times,
    read_sound,
    read_sound_times,
    run_ffmpeg,
)
from tests.films import BarcodeFilm, Timing, barcode_film, copied_cut
from tests.rendering import (
    Kind,
    film_of,
    media_of,
    out_below,
    plan_of,
    planned_frames,
    random_cuts,
    render_all,
)

pytestmark = pytest.mark.slow

WATCH = Unwatched()
NTSC = Fraction(30000, 1001)
SECOND = Fraction(1)

AT_JOINTS = 20
"""Milliseconds that sound and pictures may be apart beside a joint."""


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


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_cut_is_exact(renderer: FfmpegRenderer, tmp_path: Path, kind: Kind) -> None:
    film, media = film_of(kind, tmp_path)
    plan, out = plan_of(media, random_cuts(KINDS.index(kind), media)), out_below(tmp_path)
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
    film, media = film_of(Kind("long.mp4", {"rate": NTSC}), tmp_path, frames=420)
    plan = plan_of(media, [((7 * n + 3) / NTSC, (7 * n + 5) / NTSC) for n in range(59)])
    assert len(plan.keep) == 60
    out = out_below(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    assert read_barcodes(out / "video.mp4", ignore_editlist=True) == planned_frames(plan, film)
    assert max(abs(error) for error in av_error_at_joints(out / "video.mp4", plan.keep, film.rate)) < AT_JOINTS


def test_two_hundred_spans(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    film, media = film_of(Kind("long.mp4"), tmp_path, frames=600)
    plan = plan_of(media, [(Fraction(3 * n + 2, 25), Fraction(3 * n + 3, 25)) for n in range(199)])
    assert len(plan.keep) == 200
    out = out_below(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    assert read_barcodes(out / "video.mp4", ignore_editlist=True) == planned_frames(plan, film)


def test_what_an_edit_list_of_the_source_hides_stays_hidden(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    whole = barcode_film(tmp_path / "whole.mp4", frames=150)
    copied_cut(whole.path, tmp_path / "cut.mp4", 2 * SECOND)
    assert read_barcodes(tmp_path / "cut.mp4", ignore_editlist=True)[:50] == list(range(50))
    film = BarcodeFilm(tmp_path / "cut.mp4", whole.rate, whole.times[:100], 4 * SECOND)
    media = media_of(film)
    plan, out = plan_of(media, [(SECOND, 2 * SECOND)]), out_below(tmp_path)
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
    out = out_below(tmp_path)
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
    out = out_below(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    shown = read_barcodes(out / "video.mp4", ignore_editlist=True)
    assert number + 1 not in shown
    assert shown == planned_frames(plan, film)


def test_late_sound_stays_late_and_silence_fills_the_rest(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    late = Fraction(3, 2)
    film = barcode_film(tmp_path / "film.mp4", frames=150, audio_start=late)
    media = media_of(film, audio_start=late)
    # the first kept span lies before the sound, the second holds its start
    plan, out = plan_of(media, [(SECOND / 2, SECOND), (3 * SECOND, 4 * SECOND)]), out_below(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    heard = read_sound_times(out / "video.mp4", float(film.length))
    assert [moment for at, moment in heard if at < 0.9] == [None] * 9
    sounds = [(at, moment) for at, moment in heard if at > 1]
    assert len(sounds) > 25
    assert all(
        moment is not None and abs(float(plan.to_source(Fraction(at))) - moment) < 0.005 for at, moment in sounds
    )
    assert abs(len(read_sound(out / "video.mp4")) / 16000 - plan.length) < 0.001


def test_a_picture_that_changes_its_size_does_not_move_the_cuts(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    made: dict[str, Any] = {"codec": "libvpx-vp9", "audio_codec": "libopus", "frames": 50}
    small = barcode_film(tmp_path / "small.webm", **made)
    large = barcode_film(tmp_path / "large.webm", size=(640, 360), **made)
    (tmp_path / "both.txt").write_text(f"file '{small.path}'\nfile '{large.path}'\n")
    run_ffmpeg("-f", "concat", "-safe", "0", "-i", tmp_path / "both.txt", "-c", "copy", tmp_path / "both.webm")
    film = BarcodeFilm(tmp_path / "both.webm", small.rate, tuple(n / small.rate for n in range(100)), 4 * SECOND)
    media = media_of(film, codec=VideoCodec.VP9)
    plan, out = plan_of(media, [(SECOND, 3 * SECOND)]), out_below(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    assert read_barcodes(out / "video.mp4", ignore_editlist=True) == [*range(25), *range(25, 50)]


@pytest.mark.parametrize("frames", [1, 2, 7])
def test_very_short_films_have_every_file(renderer: FfmpegRenderer, tmp_path: Path, frames: int) -> None:
    film, media = film_of(Kind("film.mp4"), tmp_path, frames=20)
    plan, out = plan_of(media, [(frames / film.rate, film.length)]), out_below(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    assert read_barcodes(out / "video.mp4", ignore_editlist=True) == list(range(frames))
