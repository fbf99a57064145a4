"""The prober on films that staff may bring: its numbers are what ffmpeg shows, frame by frame."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from media_pipeline.adapters.ffprobe import FfprobeProber
from media_pipeline.adapters.process import Door, Sandbox
from media_pipeline.core.errors import Cancelled, Refused
from media_pipeline.core.media import AudioCodec, Light, MediaFile, VideoCodec
from media_pipeline.ports.watch import Unwatched
from tests.adapters.filming import (
    H264,
    PICTURES,
    SOUND,
    alternate_references,
    both_late,
    fragments,
    hidden_frames,
    late_pictures,
    late_sound,
    lost_frames,
    no_edit_list,
    plain_mp4,
    uneven,
    with_gaps,
)
from tests.adapters.test_process import Impatient, Listening
from tests.film_reading import ffmpeg, ffprobe, run_ffmpeg

pytestmark = pytest.mark.slow

WATCH = Unwatched()
NTSC = Fraction(30000, 1001)


def shown(film: Path) -> list[Fraction]:
    """When ffmpeg shows each frame, when it reads the film plainly."""
    return _moments(film, "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", "demux")


def heard(film: Path) -> Fraction:
    """When ffmpeg's first sample of the first sound track sounds."""
    return _moments(film, "0:a:0", "-frames:a", "1")[0]


def _moments(film: Path, track: str, *flags: str) -> list[Fraction]:
    lines = run_ffmpeg("-i", film, "-map", track, *flags, "-f", "framecrc", "-").decode().splitlines()
    [tick] = [Fraction(line.split()[-1]) for line in lines if line.startswith("#tb 0:")]
    return [int(line.split(",")[2]) * tick for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(
    ("make", "suffix", "rate", "constant"),
    [
        (plain_mp4, ".mp4", NTSC, True),
        (plain_mp4, ".mkv", NTSC, True),
        (late_sound, ".mp4", NTSC, True),
        (late_pictures, ".mp4", NTSC, True),
        (late_pictures, ".mkv", NTSC, True),
        (both_late, ".mp4", NTSC, True),
        (no_edit_list, ".mp4", NTSC, True),
        (fragments, ".mp4", NTSC, True),
        (hidden_frames, ".mp4", NTSC, True),
        (lost_frames, ".mp4", NTSC, True),
        (alternate_references, ".webm", NTSC, True),
        (uneven, ".mp4", Fraction(25), False),
        (uneven, ".mkv", Fraction(25), False),
        (with_gaps, ".mp4", Fraction(25), False),
    ],
)
def test_the_clock_and_the_frames_are_what_ffmpeg_shows(
    prober: FfprobeProber, tmp_path: Path, make: Callable[[Path], None], suffix: str, rate: Fraction, constant: bool
) -> None:
    film = (tmp_path / "film").with_suffix(suffix)
    make(film)
    media = prober.probe(film, WATCH)
    assert media.video is not None
    moments = shown(film)
    assert (media.video.rate, media.video.constant_rate) == (rate, constant)
    assert (media.video.start, media.video.frames) == (moments[0], len(moments))
    assert media.whole.start == moments[0]
    if constant:
        assert media.whole.end == moments[0] + len(moments) / rate
    else:
        assert moments[-1] < media.whole.end <= moments[-1] + 3 / rate
    if media.audio is not None:
        assert media.audio.start == heard(film)


def test_every_number_of_a_plain_film(prober: FfprobeProber, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    plain_mp4(film)
    watch = Listening()
    media = prober.probe(film, watch)
    raw = film.read_bytes()
    assert (media.sha256, media.size) == (hashlib.sha256(raw).hexdigest(), len(raw))
    assert media.video is not None
    assert media.audio is not None
    video, audio = media.video, media.audio
    assert (video.index, video.codec, video.width, video.height) == (0, VideoCodec.H264, 320, 180)
    assert (audio.index, audio.codec, audio.channels, audio.sample_rate) == (1, AudioCodec.AAC, 1, 48000)
    assert media.audio_tracks == 1
    assert watch.shares == sorted(watch.shares)
    assert watch.shares[-1] == 1
    assert FfprobeProber(Door(Sandbox.NONE), ffprobe(), ffmpeg()).probe(film, WATCH) == media


@pytest.mark.parametrize(
    ("degrees", "pixels", "size"),
    [
        (0, "1/1", (320, 180)),
        (90, "1/1", (180, 320)),
        (180, "1/1", (320, 180)),
        (0, "4/3", (427, 180)),
        (90, "4/3", (135, 320)),
    ],
)
def test_size_is_as_shown(
    prober: FfprobeProber, tmp_path: Path, degrees: int, pixels: str, size: tuple[int, int]
) -> None:
    coded, film = tmp_path / "coded.mp4", tmp_path / "film.mp4"
    run_ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x180:d=0.2", "-vf", f"setsar={pixels}", *H264, coded)
    run_ffmpeg("-display_rotation", str(degrees), "-i", coded, "-c", "copy", film)
    media = prober.probe(film, WATCH)
    assert media.video is not None
    assert (media.video.width, media.video.height) == size


def tracks(media: MediaFile) -> tuple[bool, bool, int]:
    """Whether there are pictures, whether there is sound, and how many sound tracks."""
    return media.video is not None, media.audio is not None, media.audio_tracks


def test_sound_alone_is_a_recording(prober: FfprobeProber, tmp_path: Path) -> None:
    for name in ("sound.m4a", "sound.webm"):
        film = tmp_path / name
        run_ffmpeg(*SOUND, film)
        media = prober.probe(film, WATCH)
        assert tracks(media) == (False, True, 1)
        assert media.whole.start == heard(film)
        assert abs(media.whole.end - 2) < Fraction(1, 20)


def test_a_cover_is_not_a_film(prober: FfprobeProber, tmp_path: Path) -> None:
    cover, film = tmp_path / "cover.jpg", tmp_path / "sound.m4a"
    run_ffmpeg(*PICTURES, "-frames:v", "1", cover)
    run_ffmpeg(*SOUND, "-i", cover, "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v:0", "attached_pic", film)
    assert tracks(prober.probe(film, WATCH)) == (False, True, 1)


def test_silent_films_and_second_tracks(prober: FfprobeProber, tmp_path: Path) -> None:
    silent, many = tmp_path / "silent.mov", tmp_path / "many.mp4"
    run_ffmpeg(*PICTURES, *H264, silent)
    assert tracks(prober.probe(silent, WATCH)) == (True, False, 0)
    run_ffmpeg(*PICTURES, *SOUND, *SOUND, "-map", "0", "-map", "1", "-map", "2", *H264, "-c:a", "aac", many)
    media = prober.probe(many, WATCH)
    assert tracks(media) == (True, True, 2)
    assert media.audio is not None
    assert media.audio.index == 1


def test_what_we_do_not_read_is_refused(prober: FfprobeProber, tmp_path: Path) -> None:
    def refused(name: str, *flags: str | Path) -> str:
        run_ffmpeg(*flags, tmp_path / name)
        with pytest.raises(Refused) as caught:
            prober.probe(tmp_path / name, WATCH)
        return caught.value.code

    cue = tmp_path / "cue.srt"
    cue.write_text("1\n00:00:00,000 --> 00:00:01,000\nwords\n")
    key = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_kid", "1" * 32, "-encryption_key", "2" * 32)
    huge = ("-f", "lavfi", "-i", "color=s=4112x2304:r=1:d=2")
    assert refused("motion.mov", *PICTURES, "-c:v", "mjpeg") == "codec"
    assert refused("sound.mkv", *PICTURES, *SOUND, *H264, "-c:a", "mp2") == "codec"
    assert refused("locked.mp4", *PICTURES, *SOUND, *H264, "-c:a", "aac", *key) == "protected"
    assert refused("huge.mp4", *huge, *H264) == "too-large-picture"
    assert refused("words.mkv", "-i", cue) == "no-tracks"
    assert refused("still.mp4", *PICTURES, "-frames:v", "1", *H264) == "not-a-film"


def jumping(path: Path, seconds: int) -> None:
    """From frame 30 on the clock is as much ahead."""
    timed = ("-vf", f"setpts='PTS+gte(N,30)*{seconds}/TB'", "-fps_mode", "passthrough")
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=3", *timed, *H264, path)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_clock_that_jumps_ahead_is_refused_and_a_long_still_is_not(
    prober: FfprobeProber, tmp_path: Path, suffix: str
) -> None:
    still, jump = tmp_path / f"still.{suffix}", tmp_path / f"jump.{suffix}"
    jumping(still, 20 * 60)
    video = prober.probe(still, WATCH).video
    assert video is not None
    assert (video.frames, video.constant_rate, video.rate) == (75, False, Fraction(25))
    jumping(jump, 13 * 3600)
    with pytest.raises(Refused, match="clock-jumps"):
        prober.probe(jump, WATCH)


def test_a_clock_that_jumps_back_is_refused(prober: FfprobeProber, tmp_path: Path) -> None:
    """A cluster of Matroska that says it is of two seconds earlier."""
    film = tmp_path / "film.mkv"
    clusters = ("-g", "25", "-cluster_time_limit", "1000")
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=4", *H264, *clusters, film)
    raw = bytearray(film.read_bytes())
    places = [at for at in range(len(raw)) if bytes(raw[at : at + 3]) in (b"\xe7\x82\x0b", b"\xe7\x82\x0c")]
    assert len(places) == 1, "three seconds are 3000 ms, or 0x0bb8"
    raw[places[0] + 2 : places[0] + 4] = (1000).to_bytes(2, "big")
    film.write_bytes(raw)
    with pytest.raises(Refused, match="clock-jumps"):
        prober.probe(film, WATCH)


def test_sound_that_begins_an_age_after_the_pictures_is_refused(prober: FfprobeProber, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    run_ffmpeg(*PICTURES, "-itsoffset", "4000", *SOUND, *H264, "-c:a", "aac", film)
    with pytest.raises(Refused, match="clock-jumps"):
        prober.probe(film, WATCH)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67", "bt709", "bt2020-10", ""])
def test_light_is_what_the_film_says(prober: FfprobeProber, tmp_path: Path, transfer: str) -> None:
    film = tmp_path / "film.mp4"
    said = f":transfer={transfer}" if transfer else ""
    depth = ("-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-x265-params", f"log-level=error{said}")
    tagged = ("-color_trc", transfer) if transfer else ()
    run_ffmpeg(*PICTURES, *depth, *tagged, film)
    video = prober.probe(film, WATCH).video
    assert video is not None
    assert video.light is {"smpte2084": Light.PQ, "arib-std-b67": Light.HLG}.get(transfer, Light.SDR)


def test_probing_can_be_cancelled(prober: FfprobeProber, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    plain_mp4(film)
    for patience in (0, 2, 6):
        with pytest.raises(Cancelled):
            prober.probe(film, Impatient(patience))


def test_every_text_of_a_file_is_found(prober: FfprobeProber, tmp_path: Path) -> None:
    cue, chapters = tmp_path / "cue.srt", tmp_path / "chapters.txt"
    # 44 bytes as MP4 text: the length before them reads as a comma, which must not stick to the words
    cue.write_text("1\n00:00:00,000 --> 00:00:01,000\n<i>Zoë</i> says that she is five\nsecond line it is\n")
    chapters.write_text(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=Chapter of Ada\n")
    tags = (
        "-metadata",
        "title=Ann’s story 81234567890",
        "-metadata",
        "location=+37.1000-122.4000/",
        "-metadata",
        "track=7",
    )
    handlers = ("-metadata:s:v:0", "handler_name=Camera of Bob", "-metadata:s:a:0", "handler_name=SoundHandler")
    expected = {"Ann’s story 81234567890", "Zoë says that she is five", "second line it is", "Chapter of Ada"}
    for name, subtitles, more in (
        ("a.mp4", "mov_text", {"+37.1000-122.4000/", "Camera of Bob"}),
        ("a.mkv", "srt", {"<i>Zoë</i> says that she is five"}),
        ("b.mkv", "ass", set()),
        ("c.mkv", "webvtt", set()),
    ):
        film = tmp_path / name
        run_ffmpeg(
            *(*PICTURES, *SOUND, "-i", cue, "-i", chapters, "-map", "0", "-map", "1", "-map", "2"),
            *("-map_metadata", "3", "-map_chapters", "3", *tags, *handlers),
            *(*H264, "-c:a", "aac", "-c:s", subtitles, film),
        )
        texts = {text.decode() for text in prober.untrusted_texts(film)}
        assert expected | more <= texts
        assert not texts & {"SoundHandler", "isom", "und", "7", "isomiso2avc1mp41"}
        assert all(len(text.encode()) >= 4 for text in texts)
        assert prober.probe(film, WATCH).video is not None
