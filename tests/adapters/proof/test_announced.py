"""What no decoder can read of the recording must not be in the plan: it would pass as a still picture, or as silence."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from media_pipeline.adapters.process import Door, Sandbox
from media_pipeline.adapters.proof.announced import Announced, Listener
from media_pipeline.adapters.proof.inspector import FfmpegInspector
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan
from media_pipeline.ports.watch import Unwatched
from tests.adapters.proof.making import luma_of, write_film
from tests.film_reading import ffmpeg
from tests.films import BarcodeFilm, Timing, barcode_film
from tests.rendering import media_of, plan_of

WATCH = Unwatched()


def _span(start: float, end: float) -> tuple[Interval, ...]:
    return (Interval(Fraction(start), Fraction(end)),)


def _every(frames: int, key: int, torn: bool = False) -> Announced:
    numbers = np.arange(frames)
    return Announced(numbers / 10, np.full(frames, 0.1), numbers % key == 0, torn)


def test_what_every_packet_announced_is_there() -> None:
    announced = _every(50, 10)
    assert announced.lost(np.arange(50) / 10, _span(0, 5)) == []
    assert announced.silent([(n / 10, n / 10 + 0.1) for n in range(50)], _span(0, 5)) == []


def test_a_lost_frame_spoils_what_follows_up_to_the_next_key_frame() -> None:
    decoded = np.delete(np.arange(50) / 10, 13)
    assert _every(50, 10).lost(decoded, _span(0, 5)) == pytest.approx([1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9])
    assert _every(50, 10).lost(decoded, _span(2, 5)) == []
    assert _every(50, 10).lost(decoded, _span(1.7, 5)) == pytest.approx([1.7, 1.8, 1.9])


def test_a_film_that_was_cut_off_before_or_counts_one_too_many_is_not_damaged() -> None:
    assert _every(50, 10).lost(np.arange(3, 49) / 10, _span(0, 5)) == []
    assert len(_every(50, 10).lost(np.arange(0, 47) / 10, _span(0, 5))) == 3
    assert _every(50, 10).lost(np.zeros(0), _span(0, 5)) == [0]


def test_a_hole_in_a_torn_file_is_a_loss_and_elsewhere_a_pause() -> None:
    times = np.delete(np.arange(50) / 10, slice(21, 25))
    for torn, lost in ((False, False), (True, True)):
        announced = Announced(times, np.full(len(times), 0.1), np.rint(times * 10) % 10 == 0, torn)
        assert bool(announced.lost(times, _span(0, 5))) is lost
        assert bool(announced.silent([(t, t + 0.1) for t in times], _span(0, 5))) is lost
        assert not announced.lost(times, _span(3, 5))


def test_sound_of_which_nothing_was_decoded_is_lost() -> None:
    pieces = [(n / 10, n / 10 + 0.1) for n in range(50) if n not in (20, 21)]
    assert _every(50, 1).silent(pieces, _span(0, 5)) == pytest.approx([2.0, 2.1])
    assert _every(50, 1).silent(pieces, _span(3, 5)) == []
    assert _every(50, 1).silent([], _span(3, 5)) == [3]


@pytest.fixture(scope="module")
def listener() -> Listener:
    return Listener(Door(Sandbox.BUBBLEWRAP), ffmpeg())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "codec", "timing", "open_gop"),
    [
        ("film.mp4", "libx264", Timing.CONSTANT, True),
        ("film.mkv", "libx264", Timing.JITTER, False),
        ("film.mkv", "libx265", Timing.CONSTANT, True),
        ("film.webm", "libvpx-vp9", Timing.GAPS, False),
        ("film.mov", "mpeg4", Timing.CONSTANT, False),
    ],
)
def test_sound_films_are_whole(
    name: str, codec: str, timing: Timing, open_gop: bool, listener: Listener, tmp_path: Path
) -> None:
    sound = "libopus" if name.endswith("webm") else "aac"
    film = barcode_film(
        tmp_path / name, frames=75, codec=codec, gop=25, open_gop=open_gop, timing=timing, audio_codec=sound
    )
    keep = (Interval(Fraction(0), film.length),)
    pictures = listener.packets(film.path, "0:v:0", film.length, WATCH)
    assert len(pictures.times) == 75
    assert pictures.lost(listener.frames(film.path, "0:v:0", film.length, WATCH), keep) == []
    heard = listener.packets(film.path, "0:a:0", film.length, WATCH)
    assert heard.silent(listener.sounds(film.path, "0:a:0", film.length, WATCH), keep) == []


def _hurt(film: BarcodeFilm) -> None:
    """Scrambles a stretch in the middle of the file, as a bad disk or card does."""
    raw = bytearray(film.path.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 600] = bytes((7 * byte + 13) % 256 for byte in raw[middle : middle + 600])
    film.path.write_bytes(raw)


def _as_decoded(film: BarcodeFilm, plan: RenderPlan, media: MediaFile, path: Path) -> None:
    """A finished film as a renderer makes it of damage: what was on screen before stands still."""
    assert media.video
    pictures = luma_of(film.path)
    pictures = np.concatenate((pictures, np.repeat(pictures[-1:], 150 - len(pictures), axis=0)))
    numbers = [round(s.start * 25) + n for s in plan.keep for n in range(round(s.length * 25))]
    write_film(path, pictures[numbers], np.zeros(len(numbers) * 1920, dtype=np.float32))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "codec"), [("film.mp4", "libx264"), ("film.mov", "mpeg4")])
def test_damage_that_is_kept_is_seen_and_damage_that_is_cut_is_not(
    name: str, codec: str, inspector: FfmpegInspector, tmp_path: Path
) -> None:
    film = barcode_film(tmp_path / name, frames=150, codec=codec, gop=25)
    _hurt(film)
    media = media_of(film)
    whole, cut = plan_of(media, []), plan_of(media, [(Fraction(2), Fraction(5))])
    for plan, lost in ((whole, True), (cut, False)):
        _as_decoded(film, plan, media, tmp_path / "finished.mp4")
        found = inspector.frames(film.path, media, plan, tmp_path / "finished.mp4", False, WATCH)
        told = [place for place in found.places if place.startswith("frames lost at second")]
        assert bool(told) is lost
        assert "frames lost at second 3 of the recording" in told or not lost
        heard = inspector.sound(film.path, media, plan, film.path, WATCH)
        assert any(place.startswith("sound lost at second") for place in heard.places) is lost
