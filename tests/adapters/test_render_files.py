"""What lies beside the film: playlists, sound, pictures; and nothing that rides along."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path, PurePath

import pytest

from media_pipeline.adapters.ffmpeg import FfmpegRenderer
from media_pipeline.adapters.ffprobe import FfprobeProber
from media_pipeline.adapters.inspect import read_fragmented, read_jpeg, read_m4a, read_mp4
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
from tests.film_reading import (
    av_error_at_joints,
    read_barcodes,
    read_frame_times,
    read_sound,
    read_sound_times,
    run_ffmpeg,
)
from tests.films import Canaries, barcode_film, dirty_film, leaks
from tests.rendering import (
    Kind,
    film_of,
    film_with_riders,
    media_of,
    out_below,
    plan_of,
    planned_frames,
    random_cuts,
    read_tiles,
    render_all,
)

pytestmark = pytest.mark.slow

WATCH = Unwatched()
NTSC = Fraction(30000, 1001)
SECOND = Fraction(1)


@pytest.mark.parametrize("rate", [NTSC, Fraction(25), Fraction(15)])
def test_hls_keeps_sound_with_pictures(renderer: FfmpegRenderer, tmp_path: Path, rate: Fraction) -> None:
    film, media = film_of(Kind("film.mp4", {"rate": rate}), tmp_path)
    plan, out = plan_of(media, [(2 * SECOND, 3 * SECOND)]), out_below(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    assert read_frame_times(out / MASTER)[0] == 0
    errors = av_error_at_joints(out / MASTER, plan.keep, film.rate, film.times)
    assert errors == pytest.approx(av_error_at_joints(out / "video.mp4", plan.keep, film.rate, film.times), abs=0.1)
    assert max(map(abs, errors)) < 1


def test_a_part_of_the_ladder_has_its_own_playlist(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    large = {"size": (640, 480)}
    film, media = film_of(Kind("film.mp4", dict(large), dict(large)), tmp_path, frames=250)
    plan, out = plan_of(media, [(2 * SECOND, 3 * SECOND)]), out_below(tmp_path)
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


def test_a_silent_film_has_no_sound_track(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    film, media = film_of(Kind("film.mp4", {"audio": False}, {"sound": False}), tmp_path)
    plan, out = plan_of(media, random_cuts(3, media)), out_below(tmp_path)
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
    plan, out = plan_of(media, [(SECOND, Fraction(1501, 1000))]), out_below(tmp_path)
    render_all(renderer, tmp_path / "sound.m4a", media, plan, out, WATCH)
    assert [path.name for path in out.iterdir()] == ["audio.m4a"]
    heard = [(at, moment) for at, moment in read_sound_times(out / "audio.m4a", 4) if not 0.94 <= at <= 1]
    assert len(heard) > 30
    assert all(moment is not None and abs(float(plan.to_source(Fraction(at))) - moment) < 0.005 for at, moment in heard)
    assert abs(len(read_sound(out / "audio.m4a")) / 16000 - plan.length) < 0.001
    assert read_m4a(out / "audio.m4a") == ()


def test_pictures_are_frames_of_the_finished_film(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    film, media = film_of(
        Kind("film.mp4", {"rate": NTSC, "size": (640, 360)}, {"size": (640, 360)}), tmp_path, frames=250
    )
    plan, out = plan_of(media, [(SECOND, 2 * SECOND)]), out_below(tmp_path)
    render_all(renderer, film.path, media, plan, out, WATCH)
    finished, moments = planned_frames(plan, film), storyboard_moments(plan.length)
    assert len(moments) == 4
    shown = [finished[frame_at_or_before(moment, film.rate)] for moment in moments]
    assert read_tiles(out / STORYBOARD, 10, (160, 90)) == [*shown, *[-1] * 6]
    assert read_tiles(out / POSTER, 1, (640, 360))[0] in finished
    assert is_storyboard_cues((out / STORYBOARD_CUES).read_text("ascii"), plan.length)


def test_what_rides_on_frames_is_left_behind(renderer: FfmpegRenderer, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "film.mp4", frames=50)
    source, riders = film_with_riders(film)
    media = media_of(film, codec=VideoCodec.HEVC)
    plan, out = plan_of(media, [(SECOND / 2, SECOND)]), out_below(tmp_path)
    render_all(renderer, source, media, plan, out, WATCH)
    assert [box in (out / "video.mp4").read_bytes() for box in riders] == [False, False]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_nothing_rides_along(prober: FfprobeProber, renderer: FfmpegRenderer, tmp_path: Path, suffix: str) -> None:
    source = tmp_path / f"dirty{suffix}"
    planted = dirty_film(source, Canaries())
    media = prober.probe(source, WATCH)
    plan, out = plan_of(media, [(SECOND, Fraction(3, 2))]), out_below(tmp_path)
    render_all(renderer, source, media, plan, out, WATCH)
    finished = [path for path in out.rglob("*") if path.is_file()]
    assert len(finished) == len(output_names(plan))
    assert leaks(planted, [source])
    assert leaks(planted, finished) == []
    readers = {".mp4": read_mp4, ".m4a": read_m4a, ".m4s": read_fragmented, ".jpg": read_jpeg}
    found = {path.name: readers[path.suffix](path) for path in finished if path.suffix in readers}
    assert len(found) == 6
    assert found == dict.fromkeys(found, ())
