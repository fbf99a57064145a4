"""The proxy and the contact sheets: the right frame at every moment, on every kind of clock."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from media_pipeline.adapters.ffprobe import FfprobeProber
from media_pipeline.adapters.inspect import read_jpeg
from media_pipeline.adapters.inspect.seconds import seconds_of
from media_pipeline.adapters.preview import FfmpegPreviewer
from media_pipeline.adapters.process import Door, Sandbox
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import AudioCodec, AudioTrack, MediaFile, VideoCodec, VideoTrack
from media_pipeline.core.timebase import frame_at_or_before
from media_pipeline.ports.watch import Unwatched
from tests.film_reading import ffmpeg, read_barcodes, read_frame_times, read_sound_times, run_ffmpeg
from tests.films import Canaries, Timing, barcode_film, dirty_film, leaks
from tests.rendering import TOLERANCE, media_of, read_tiles

pytestmark = pytest.mark.slow

WATCH = Unwatched()


@pytest.fixture(scope="module")
def previewer() -> FfmpegPreviewer:
    return FfmpegPreviewer(Door(Sandbox.BUBBLEWRAP), ffmpeg(), seconds_of)


def test_sheets_hold_the_frames_on_screen_in_order(previewer: FfmpegPreviewer, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "film.mp4", frames=260, rate=Fraction(30000, 1001))
    moments = [Fraction(1, 3) + Fraction(index, 6) for index in range(50)]
    previewer.contact_sheets(film.path, media_of(film), moments, tmp_path, WATCH)
    sheets = sorted(tmp_path.glob("sheet-*.jpg"))
    assert [sheet.name for sheet in sheets] == ["sheet-0000.jpg", "sheet-0001.jpg", "sheet-0002.jpg"]
    shown = [number for sheet in sheets for number in read_tiles(sheet, 6, (320, 180))]
    assert shown == [frame_at_or_before(moment, film.rate) for moment in moments] + [-1] * 22
    assert [read_jpeg(sheet) for sheet in sheets] == [()] * 3


def test_the_strip_shows_some_of_the_same_pictures(previewer: FfmpegPreviewer, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "film.mp4", frames=250)
    moments = [Fraction(index, 25) for index in range(250)]
    previewer.contact_sheets(film.path, media_of(film), moments, tmp_path, WATCH)
    shown = read_tiles(tmp_path / "strip.jpg", 12, (96, 54))
    assert shown == [*range(0, 250, 3)]
    assert read_jpeg(tmp_path / "strip.jpg") == ()


def test_the_numbers_of_a_proxy_tell_how_loud_it_is_and_where_its_seconds_lie(
    previewer: FfmpegPreviewer, tmp_path: Path
) -> None:
    run_ffmpeg(
        *("-f", "lavfi", "-i", "testsrc=d=4:r=25:size=320x180", "-f", "lavfi", "-i", "sine=d=4"),
        *("-af", "volume=8dB,volume=0:enable='between(t,1,2)'", "-pix_fmt", "yuv420p", tmp_path / "film.mp4"),
    )
    video = VideoTrack(0, VideoCodec.H264, 320, 180, Fraction(25), Fraction(0), 100, True)
    media = MediaFile(
        "0" * 64, 1, Interval(Fraction(0), Fraction(4)), video, AudioTrack(1, AudioCodec.AAC, 1, 44100, Fraction(0)), 1
    )
    told = previewer.proxy(tmp_path / "film.mp4", media, tmp_path, WATCH)
    assert len(told.peaks) == 40
    assert max(told.peaks[11:19]) < 4
    assert min(*told.peaks[1:9], *told.peaks[22:38]) > 40
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["film.mp4", "proxy.mp4"]
    proxy = (tmp_path / "proxy.mp4").read_bytes()
    assert len(told.seconds) == 4
    blank = bytearray(proxy)
    start, end = told.seconds[2]
    blank[start:end] = bytes(
        end - start
    )  # without its bytes there is no picture of that second, and of the others there is
    (tmp_path / "blank.mp4").write_bytes(blank)
    black = read_frame_times(tmp_path / "blank.mp4")
    assert not [time for time in black if Fraction(2) <= time < Fraction(3)]
    assert [time for time in black if time < Fraction(19, 10)]
    assert sum(end - start for start, end in told.seconds) < 1.2 * len(proxy)


def test_sheets_of_an_uneven_film_hold_what_was_on_screen(previewer: FfmpegPreviewer, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "film.mkv", frames=100, timing=Timing.GAPS, video_start=Fraction(12, 25))
    media = media_of(film, constant=False)
    moments = [media.whole.start + Fraction(index, 4) for index in range(20)]
    previewer.contact_sheets(film.path, media, moments, tmp_path, WATCH)
    on_screen = [sum(time <= moment + TOLERANCE for time in film.times) - 1 for moment in moments]
    assert read_tiles(tmp_path / "sheet-0000.jpg", 6, (320, 180))[:20] == on_screen


def test_a_tall_film_is_letterboxed(previewer: FfmpegPreviewer, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "film.mov", frames=30, size=(180, 320), rotation=90)
    media = media_of(film, size=(180, 320))
    previewer.contact_sheets(film.path, media, [Fraction(1, 2), Fraction(1)], tmp_path, WATCH)
    # 180 × 320 becomes 102 × 180, in the middle of 320
    run_ffmpeg("-i", tmp_path / "sheet-0000.jpg", "-vf", "crop=102:180:109:0", tmp_path / "picture.png")
    assert read_tiles(tmp_path / "picture.png", 1, (102, 180)) == [12]
    previewer.proxy(film.path, media, tmp_path, WATCH)
    assert read_barcodes(tmp_path / "proxy.mp4") == list(range(30))


@pytest.mark.parametrize("moments", [[Fraction(0), Fraction(1), Fraction(1)], [Fraction(1), Fraction(0)]])
def test_uneven_moments_are_a_mistake(previewer: FfmpegPreviewer, tmp_path: Path, moments: list[Fraction]) -> None:
    film = barcode_film(tmp_path / "film.mp4", frames=5)
    with pytest.raises(ValueError, match="evenly spaced"):
        previewer.contact_sheets(film.path, media_of(film), moments, tmp_path, WATCH)


def test_no_moments_and_no_pictures_make_no_sheet(previewer: FfmpegPreviewer, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "film.mp4", frames=5)
    sound = MediaFile("0" * 64, 1, Interval(Fraction(0), film.length), None, media_of(film).audio, 1)
    previewer.contact_sheets(film.path, media_of(film), [], tmp_path, WATCH)
    previewer.contact_sheets(film.path, sound, [Fraction(0)], tmp_path, WATCH)
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_the_proxy_keeps_the_clock_of_an_uneven_film_with_late_tracks(
    previewer: FfmpegPreviewer, tmp_path: Path
) -> None:
    late = Fraction(4, 5)
    film = barcode_film(tmp_path / "film.mkv", frames=90, timing=Timing.GAPS, audio_start=late)
    previewer.proxy(film.path, media_of(film, constant=False, audio_start=late), tmp_path, WATCH)
    proxy = tmp_path / "proxy.mp4"
    times, numbers = read_frame_times(proxy), read_barcodes(proxy)
    assert numbers == [sum(time <= moment + TOLERANCE for time in film.times) - 1 for moment in times]
    assert times[-1] + 1 / film.rate == film.length
    heard = read_sound_times(proxy, float(film.length))
    assert all(moment is None for at, moment in heard if at < late - Fraction(1, 10))
    sounds = [(at, moment) for at, moment in heard if at > late]
    assert len(sounds) > 20
    assert all(moment is not None and abs(moment - at) < 0.005 for at, moment in sounds)


def test_a_sound_recording_has_a_proxy_without_pictures(previewer: FfmpegPreviewer, tmp_path: Path) -> None:
    film = barcode_film(tmp_path / "film.mp4", frames=50)
    run_ffmpeg("-i", film.path, "-vn", "-c", "copy", tmp_path / "sound.m4a")
    track = AudioTrack(0, AudioCodec.AAC, 2, 48000, Fraction(0))
    media = MediaFile("0" * 64, 1, Interval(Fraction(0), film.length), None, track, 1)
    previewer.proxy(tmp_path / "sound.m4a", media, tmp_path, WATCH)
    heard = read_sound_times(tmp_path / "proxy.mp4", 2)
    assert len(heard) == 20
    assert all(moment is not None and abs(moment - at) < 0.005 for at, moment in heard)
    with pytest.raises(AssertionError, match="matches no streams"):
        read_barcodes(tmp_path / "proxy.mp4")


def test_no_text_of_the_recording_is_in_the_proxy(
    prober: FfprobeProber, previewer: FfmpegPreviewer, tmp_path: Path
) -> None:
    source = tmp_path / "dirty.mp4"
    planted = dirty_film(source, Canaries())
    media = prober.probe(source, WATCH)
    previewer.proxy(source, media, tmp_path, WATCH)
    assert leaks(planted, [source])
    assert leaks(planted, [tmp_path / "proxy.mp4"]) == []
