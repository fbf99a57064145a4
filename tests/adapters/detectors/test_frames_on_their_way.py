"""Frames on their way: it can be stopped, progress is told, and a tool that misbehaves is not believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from time import sleep
from typing import cast

import pytest

from media_pipeline.adapters.damage import DamageSurvey
from media_pipeline.adapters.detectors.frames import FfmpegFrames
from media_pipeline.adapters.process import Door, Finished
from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.core.media import VideoCodec, VideoTrack
from media_pipeline.core.stretches import Account
from media_pipeline.ports.detector import Frame
from media_pipeline.ports.watch import Unwatched
from tests.adapters.detectors.conftest import FRAMES
from tests.adapters.detectors.test_fragments import HEAD, box, moof
from tests.adapters.detectors.test_frames import _any_media, read, read_all, whole_of
from tests.film_reading import ffmpeg, ffprobe, run_ffmpeg
from tests.films import BarcodeFilm, barcode_film
from tests.rendering import media_of


class _Impatient(Unwatched):
    """Has enough from some moment on."""

    def __init__(self) -> None:
        self.enough = False

    def cancelled(self) -> bool:
        """As set."""
        return self.enough


def test_it_stops_when_the_watch_says_so(reader: FfmpegFrames, film: BarcodeFilm) -> None:
    """In the middle of a film, with more to come than pipes and buffers hold."""
    watch, media = _Impatient(), media_of(film)
    with pytest.raises(Cancelled), reader.frames(film.path, media, watch, whole_of(media)) as frames:
        _read_on_after_saying_so(frames, watch)


def _read_on_after_saying_so(frames: Iterator[Frame | Account], watch: _Impatient) -> None:
    next(frames)
    watch.enough = True
    sleep(0.25)  # the door asks every 0.2 s at the least
    assert len(list(frames)) < FRAMES - 1


class _Recorded:
    """Stands in for the door: a tool that wrote this and ended with this status."""

    def __init__(self, stream: bytes, status: int = 0) -> None:
        self._stream, self._status = stream, status

    @contextmanager
    def stream(self, *_: object, **__: object) -> Iterator[_Recorded]:
        """Nothing is started."""
        self.stdout = BytesIO(self._stream)
        yield self

    def finish(self) -> Finished:
        """It has ended."""
        return Finished(self._status, b"", b"", 0.0)


def recorded(film: BarcodeFilm, *ticks: int, status: int = 0) -> tuple[list[Frame], Account]:
    """What is made of frames that a tool wrote at these ticks."""
    size = 4 * 2
    frames = b"".join(moof(tick) + box(b"mdat", bytes(size * 3 // 2)) for tick in ticks)
    video = VideoTrack(0, VideoCodec.H264, 4, 2, Fraction(25), Fraction(0), len(ticks), False)
    door, media = cast(Door, _Recorded(HEAD + frames, status)), replace(_any_media(), video=video)
    reader = FfmpegFrames(door, ffmpeg(), DamageSurvey(door, ffprobe()))
    return read_all(reader, film.path, media, whole_of(media))


@pytest.mark.parametrize("ticks", [(0, 0, 7200), (0, 7200, 3600)], ids=["two at once", "backwards"])
def test_the_account_tells_of_frames_at_the_moments_of_others(film: BarcodeFilm, ticks: tuple[int, ...]) -> None:
    """As they come after damage; only the first of each moment is seen."""
    frames, account = recorded(film, *ticks)
    assert account == Account(shown=2, doubled=1)
    assert [frame.moment for frame in frames] == sorted({frame.moment for frame in frames})


def test_a_decoder_that_fails_after_its_last_frame_is_a_fault(film: BarcodeFilm) -> None:
    """ffmpeg would hardly; it reads untrusted files, though."""
    with pytest.raises(Fault, match="tool-failed"):
        recorded(film, 0, 3600, 7200, status=1)


def test_the_watch_hears_of_progress(reader: FfmpegFrames, tmp_path: Path) -> None:
    """Of a film of which a pipe holds a small part only."""
    heard: list[Fraction] = []

    class Listening(Unwatched):
        """Keeps what it hears."""

        def progress(self, share: Fraction) -> None:
            """Keeps it."""
            heard.append(share)

    film = barcode_film(tmp_path / "long.mp4", frames=300, size=(320, 240))
    media = media_of(film, size=(320, 240))
    with reader.frames(film.path, media, Listening(), whole_of(media)) as frames:
        assert len([*frames]) == 301
    assert heard
    assert heard == sorted(heard)


def test_a_sound_recording_has_no_frames(reader: FfmpegFrames, tmp_path: Path) -> None:
    """It is only listened to for damage."""
    path = tmp_path / "sound.m4a"
    run_ffmpeg("-f", "lavfi", "-i", "sine=d=1", path)
    assert read(reader, path, replace(_any_media(), video=None)) == []
