"""Read in stretches, a film is the film: every frame once, at the same moment, with the same pixels."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest

from media_pipeline.adapters.damage import DamageSurvey
from media_pipeline.adapters.detectors.frames import FfmpegFrames
from media_pipeline.adapters.detectors.planes import Planes
from media_pipeline.adapters.process import Door, Finished
from media_pipeline.core.errors import Fault
from media_pipeline.core.media import Light, MediaFile, VideoTrack
from media_pipeline.core.stretches import Account, stretches
from media_pipeline.ports.detector import Frame
from media_pipeline.ports.tools import Toolbox
from media_pipeline.ports.watch import Unwatched
from media_pipeline.run import probe
from media_pipeline.toolbox import ToolChoice, open_toolbox
from tests.adapters.detectors.test_fragments import HEAD, box, moof
from tests.adapters.detectors.test_frames import numbers, read_all, whole_of
from tests.core.values import media
from tests.film_reading import ffmpeg, ffprobe, run_ffmpeg
from tests.films import Timing, barcode_film, copied_cut

FRAMES = 400
"""Sixteen seconds: films are only seeked in after ten."""

SECONDS = 3

HEVC, VP9, MPEG4 = ({"codec": codec} for codec in ("libx265", "libvpx-vp9", "mpeg4"))
OPUS = {"audio_codec": "libopus"}
OPEN = {"open_gop": True, "gop": 40}

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("mp4", {}),
    "ntsc": ("mp4", {"rate": Fraction(30000, 1001), "gop": 60}),
    "ntsc-mkv": ("mkv", {"rate": Fraction(30000, 1001), "gop": 60}),
    "jitter": ("mp4", {"timing": Timing.JITTER, "gop": 60}),
    "jitter-mkv": ("mkv", {"timing": Timing.JITTER, "gop": 60}),
    "gaps": ("mp4", {"timing": Timing.GAPS, "gop": 60}),
    "gaps-mkv": ("mkv", {"timing": Timing.GAPS, **OPEN}),
    "late-pictures": ("mp4", {"video_start": Fraction(2, 5), "gop": 60}),
    "late-pictures-mkv": ("mkv", {"video_start": Fraction(2, 5), "gop": 60}),
    "late-sound": ("mov", {"audio_start": Fraction(1, 2), "gop": 60}),
    "silent": ("mp4", {"audio": False, "gop": 60}),
    "open-gop": ("mp4", OPEN),
    "open-gop-mkv": ("mkv", OPEN),
    "hevc-open-gop": ("mp4", {**HEVC, **OPEN}),
    "hevc-open-gop-mkv": ("mkv", {**HEVC, **OPEN}),
    "hlg-phone": ("mov", {**HEVC, "light": Light.HLG, "rotation": 90, "size": (180, 320), "gop": 50}),
    "interlaced": ("mkv", {"first_half": "bottom", "gop": 50}),
    "vp9": ("webm", {**VP9, **OPUS, "gop": 60}),
    "mpeg4": ("mp4", {**MPEG4, "gop": 60}),
    "mp3": ("mkv", {"audio_codec": "libmp3lame", "gop": 60}),
    "ac3": ("mp4", {"audio_codec": "ac3", "gop": 60}),
    "vorbis": ("webm", {**VP9, "audio_codec": "libvorbis", "gop": 60}),
    "pcm": ("mov", {"audio_codec": "pcm_s16le", "gop": 60}),
}

COPIES: dict[str, tuple[str, dict[str, Any]]] = {
    "copied-cut": ("mp4", {"gop": 60}),
    "copied-cut-open-gop": ("mp4", OPEN),
    "copied-cut-open-gop-mkv": ("mkv", OPEN),
    "copied-cut-hevc": ("mp4", {**HEVC, **OPEN}),
}

X264 = ("-c:v", "libx264", "-preset", "veryfast", "-c:a", "copy")

RARE: dict[str, tuple[str, ...]] = {
    "starts-late.mp4": ("-c", "copy", "-output_ts_offset", "3.7"),
    "starts-late.mkv": ("-c", "copy", "-output_ts_offset", "3.7"),
    "fragmented-late.mp4": ("-c", "copy", "-output_ts_offset", "3.7", "-movflags", "frag_keyframe+empty_moov"),
    "without-an-index.mkv": ("-c", "copy", "-live", "1"),
    "one-key-frame.mp4": (*X264, "-x264-params", "keyint=infinite:scenecut=0"),
    "no-key-frame.mkv": (*X264, "-x264-params", "intra-refresh=1:keyint=60:scenecut=0"),
    "pyramid.mp4": (*X264, "-x264-params", "keyint=50:bframes=16:b-adapt=0:open-gop=1:ref=8:scenecut=0"),
    "av1.mkv": ("-c:v", "libsvtav1", "-preset", "8", "-g", "60", "-c:a", "copy"),
    "hidden-frames.webm": (*("-c:v", "libvpx", "-deadline", "realtime", "-lag-in-frames", "16"), "-c:a", "libopus"),
}


@pytest.fixture(scope="module")
def tools() -> Toolbox:
    return open_toolbox(ToolChoice())


def reader_of(tools: Toolbox) -> FfmpegFrames:
    assert isinstance(tools.frames, FfmpegFrames)
    return tools.frames


def pixels(frame: Frame) -> tuple[Fraction, bytes]:
    planes: Planes = frame.planes
    return frame.moment, b"".join(plane.tobytes() for plane in (planes.luma, planes.blue, planes.red))


def whole_and_parts(tools: Toolbox, path: Path, film: MediaFile) -> list[tuple[Fraction, bytes]]:
    """Every frame, after it was held against those of every stretch and of the frame before it."""
    reader = reader_of(tools)
    whole, account = read_all(reader, path, film, whole_of(film))
    assert account == Account(len(whole))
    expected = [pixels(frame) for frame in whole]
    joined: list[tuple[Fraction, bytes]] = []
    for stretch in stretches(film, SECONDS):
        read, account = read_all(reader, path, film, stretch)
        frames = [pixels(frame) for frame in read]
        if not stretch.is_first:
            assert frames[0] == joined[-1], "the frame before comes first"
            del frames[0]
        assert account == Account(len(frames)), "and no decoder complains of where it began"
        joined += frames
    assert [moment for moment, _ in joined] == [moment for moment, _ in expected]
    assert joined == expected
    return expected


@pytest.mark.slow
@pytest.mark.parametrize("name", [*KINDS, *COPIES])
def test_stretches_are_the_film(tools: Toolbox, tmp_path: Path, name: str) -> None:
    """Of every kind that we can make."""
    suffix, made = KINDS[name] if name in KINDS else COPIES[name]
    path = tmp_path / f"film.{suffix}"
    barcode_film(path, frames=FRAMES, **made)
    if name in COPIES:
        copied_cut(path, cut := tmp_path / f"cut.{suffix}", Fraction(21, 10))
        path = cut
    found = probe(path, tools, Unwatched())
    assert found.video is not None
    assert found.video.constant_rate == ("timing" not in made)
    assert len(whole_and_parts(tools, path, found)) == found.video.frames


@pytest.mark.slow
@pytest.mark.parametrize("name", RARE)
def test_so_are_those_of_rare_films(tools: Toolbox, tmp_path: Path, name: str) -> None:
    """Whose key frames are hard to find, are none, or need what lies before them."""
    film = barcode_film(tmp_path / "film.mp4", frames=FRAMES, gop=40)
    path = tmp_path / name
    run_ffmpeg("-i", film.path, *RARE[name], path)
    assert len(whole_and_parts(tools, path, probe(path, tools, Unwatched()))) == FRAMES


def test_a_stretch_in_which_nothing_begins_has_no_frame_of_its_own(tools: Toolbox, tmp_path: Path) -> None:
    """A page that stands for long, as screen recordings have it."""
    film = barcode_film(tmp_path / "film.mp4", frames=100, audio=False, gop=10)
    path = tmp_path / "page.mkv"
    jump = "setts=pts=PTS+gte(N\\,50)*20/TB:dts=DTS+gte(N\\,50)*20/TB"
    run_ffmpeg("-i", film.path, "-c", "copy", "-bsf:v", jump, path)
    found = probe(path, tools, Unwatched())
    counts, before = list[int](), list[int]()
    for stretch in stretches(found, 6):
        frames, account = read_all(reader_of(tools), path, found, stretch)
        counts.append(account.shown)
        before += [] if stretch.is_first else numbers(frames[:1])
    assert (sum(counts), counts[1:3]) == (100, [0, 0])
    assert before[:3] == [counts[0] - 1] * 3


class _Recorded:
    """Stands in for the door: tools that write these streams, one after the other."""

    def __init__(self, *streams: bytes) -> None:
        self._streams = list(streams)
        self.told: list[list[str]] = []

    @contextmanager
    def stream(self, tool: Path, argv: list[str], *_: object, **__: object) -> Iterator[_Recorded]:
        """Nothing is started."""
        self.told.append(argv)
        self.stdout = BytesIO(self._streams.pop(0))
        yield self

    def finish(self) -> Finished:
        """It has ended."""
        return Finished(0, b"", b"", 0.0)


def stream_of(*ticks: int) -> bytes:
    """Frames of 4 × 2 pixels at these ticks of 1/90000 s."""
    return HEAD + b"".join(moof(tick) + box(b"mdat", bytes(12)) for tick in ticks)


def test_what_leads_up_to_a_stretch_never_lies_in_memory_together() -> None:
    """A key frame may be minutes before it."""
    size = 320 * 180 * 3 // 2
    stream = HEAD + b"".join(moof(n * SECOND // 10) + box(b"mdat", bytes(size)) for n in range(400))
    found = media_of_a_minute(320, 180)
    door = cast(Door, _Recorded(stream))
    reader = FfmpegFrames(door, ffmpeg(), DamageSurvey(door, ffprobe()))
    tracemalloc.start()
    with reader.frames(Path("none"), found, Unwatched(), stretches(found, 20)[1]) as items:
        count = sum(1 for _ in items)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 1 + 200 + 1
    assert peak < 20 * size


def recorded(tools_say: _Recorded, number: int) -> tuple[list[Fraction], Account]:
    """The moments that come of one stretch of three, of 20 s each."""
    found = media_of_a_minute()
    door = cast(Door, tools_say)
    reader = FfmpegFrames(door, ffmpeg(), DamageSurvey(door, ffprobe()))
    frames, account = read_all(reader, Path("none"), found, stretches(found, 20)[number])
    return [frame.moment for frame in frames], account


def media_of_a_minute(width: int = 4, height: int = 2) -> MediaFile:
    film = media(Fraction(1), 60)
    assert film.video is not None
    video: VideoTrack = replace(film.video, width=width, height=height, rate=Fraction(25), constant_rate=False)
    return replace(film, video=video)


SECOND = 90_000


def test_a_container_that_leads_to_the_wrong_place_is_read_from_its_start() -> None:
    """The frame before the stretch did not come: who knows what else is missing."""
    late, all_of_it = stream_of(21 * SECOND, 22 * SECOND), stream_of(*(n * SECOND for n in range(42)))
    tools_say = _Recorded(late, all_of_it)
    moments, account = recorded(tools_say, 1)
    assert moments == list(range(19, 40))
    assert account == Account(20)
    assert ["-ss" in argv for argv in tools_say.told] == [True, False]


def test_a_film_whose_beginning_is_lost_has_no_frame_before() -> None:
    """Then the stretch begins with what there is."""
    moments, account = recorded(_Recorded(stream_of(), stream_of(21 * SECOND)), 1)
    assert moments == [21]
    assert account == Account(1)


def test_a_film_that_does_not_begin_when_it_was_said_to_is_a_fault() -> None:
    """Else its stretches would overlap or leave frames out."""
    with pytest.raises(Fault, match="tool-failed"):
        recorded(_Recorded(stream_of(SECOND, 2 * SECOND)), 0)


def test_it_is_read_no_further_than_it_is_wanted() -> None:
    """The last stretch is read to the film's end, whatever that is."""
    tools_say = _Recorded(stream_of(0), stream_of(*(n * SECOND for n in (39, 40))))
    recorded(tools_say, 0)
    recorded(tools_say, 2)
    limits = [[flag for flag in argv if "trim=end" in flag] for argv in tools_say.told]
    assert limits[1] == []
    assert limits[0][0].startswith("trim=end=21.000000,")
    assert limits[0][1] == "atrim=end=21.000000"
