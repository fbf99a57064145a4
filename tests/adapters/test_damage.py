"""What cannot be read is found, proposed for cutting, and never published as a hole that nobody ordered."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from media_pipeline.adapters.damage import DamageSurvey
from media_pipeline.adapters.process import Door, Sandbox
from media_pipeline.core.errors import Fault, Refused
from media_pipeline.core.findings import Findings
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.media import MediaFile
from media_pipeline.core.proposal import Why
from media_pipeline.core.stretches import Account, Seen, is_doubtful, stretches
from media_pipeline.ports.detector import Frame
from media_pipeline.ports.tools import Toolbox
from media_pipeline.ports.watch import Unwatched
from media_pipeline.run import detect, preview, probe, propose, render, verify
from media_pipeline.toolbox import ToolChoice, open_toolbox
from tests.film_reading import ffprobe, read_barcodes, read_frame_times, run_ffmpeg
from tests.films import BarcodeFilm, barcode_film
from tests.rendering import places, plan_of, planned_frames

pytestmark = pytest.mark.slow

WATCH = Unwatched()
MARGIN = Fraction(12, 100)
"""Seconds that a proposal cuts more than what was found."""

FRAMES, RATE = 200, Fraction(25)


@pytest.fixture(scope="module")
def tools() -> Toolbox:
    """All of them, in the sandbox."""
    return open_toolbox(ToolChoice())


@pytest.fixture(scope="module")
def survey() -> DamageSurvey:
    """In the sandbox."""
    return DamageSurvey(Door(Sandbox.BUBBLEWRAP), ffprobe())


def spoil(path: Path, start: float = 0.45, end: float = 0.55, *, zeroed: bool = True) -> None:
    """Zeroes or scrambles a part of a file, given as shares of its length."""
    raw = bytearray(path.read_bytes())
    first, last = int(start * len(raw)), int(end * len(raw))
    raw[first:last] = bytes(last - first) if zeroed else Random(7).randbytes(last - first)
    path.write_bytes(raw)


def spoiled_film(path: Path, codec: str, *, zeroed: bool) -> BarcodeFilm:
    """Eight seconds with a key frame in each, and a tenth of it gone in the middle."""
    sound = "libopus" if path.suffix == ".webm" else "aac"
    film = barcode_film(path, frames=FRAMES, codec=codec, gop=25, crf=12, audio_codec=sound)
    spoil(path, zeroed=zeroed)
    return film


def broken_frames(film: BarcodeFilm) -> list[int]:
    """The frames that are not shown as they were, whatever a decoder says."""
    shown = zip(read_frame_times(film.path), read_barcodes(film.path), strict=True)
    right = {number for moment, number in shown if number == round(moment * film.rate)}
    return [number for number in range(len(film.times)) if number not in right]


def read(tools: Toolbox, path: Path, media: MediaFile) -> tuple[list[Frame], IntervalSet]:
    """What the detectors are given, and what is damaged if that is in doubt."""
    [whole] = stretches(media, None)
    with tools.frames.frames(path, media, WATCH, whole) as items:
        *frames, account = items
    assert isinstance(account, Account)
    seen = [Seen(Findings(media.sha256, (), ()), False, account)]
    damaged = tools.frames.damaged(path, media, WATCH) if is_doubtful(media, seen) else IntervalSet()
    return [frame for frame in frames if isinstance(frame, Frame)], damaged


@pytest.mark.parametrize(
    ("codec", "suffix", "zeroed"),
    [
        ("libx264", "mp4", True),
        ("libx264", "mp4", False),
        ("libx264", "mkv", False),
        ("libx265", "mp4", True),
        ("libx265", "mkv", False),
        ("libvpx-vp9", "mp4", True),
        ("libvpx-vp9", "webm", False),
        ("libsvtav1", "mp4", True),
        ("mpeg4", "mp4", False),
    ],
)
def test_a_damaged_middle_is_found_and_only_what_is_sound_is_published(
    tools: Toolbox, tmp_path: Path, codec: str, suffix: str, zeroed: bool
) -> None:
    """Nothing that a viewer would see broken is outside what was found; the rest goes the whole road."""
    film = spoiled_film(tmp_path / f"film.{suffix}", codec, zeroed=zeroed)
    media = probe(film.path, tools, WATCH)
    frames, damaged = read(tools, film.path, media)
    broken = broken_frames(film)
    assert broken
    assert [number for number in broken if not damaged.holds((number + Fraction(1, 2)) / RATE)] == []
    assert damaged.length < Fraction(7, 2), "a tenth is gone; what builds on it is a second more at either end"
    moments = [frame.moment for frame in frames]
    assert moments == sorted(moments)

    with pytest.raises(Refused, match="damaged"):
        render(film.path, media, plan_of(media, [(Fraction(0), Fraction(1))]), places(tmp_path / "kept"), tools, WATCH)
    cuts = [(max(Fraction(0), span.start), span.end) for span in damaged.grown(MARGIN)]
    plan = plan_of(media, cuts)
    out = tmp_path / "out"
    render(film.path, media, plan, places(out), tools, WATCH)
    assert read_barcodes(out / "video.mp4") == planned_frames(plan, film)
    assert verify(film.path, media, plan, out, tools, WATCH).broken == ()


def test_damage_is_proposed_for_cutting_and_previewed(tools: Toolbox, tmp_path: Path) -> None:
    """With a reason of its own, which needs nobody in the pictures."""
    tools = replace(tools, detectors=(), once=())
    film = spoiled_film(tmp_path / "film.mp4", "libx264", zeroed=False)
    media = probe(film.path, tools, WATCH)
    _, damaged = read(tools, film.path, media)
    _, proposal = propose(media, detect(film.path, media, tmp_path / "room", tools, WATCH))
    assert not damaged - IntervalSet.of(cut.span for cut in proposal.cuts)
    assert Why.DAMAGED in {reason.why for cut in proposal.cuts for reason in cut.reasons}
    (tmp_path / "seen").mkdir()
    preview(film.path, media, tmp_path / "seen", tools, WATCH)
    assert len(read_barcodes(tmp_path / "seen" / "proxy.mp4")) == FRAMES


@pytest.mark.parametrize("suffix", ["m4a", "mkv", "webm"])
def test_damaged_sound_is_found_too(tools: Toolbox, tmp_path: Path, suffix: str) -> None:
    """In a recording without pictures, where else silence or noise would be published."""
    film = barcode_film(tmp_path / "film.mp4", frames=FRAMES)
    source = tmp_path / f"sound.{suffix}"
    run_ffmpeg("-i", film.path, "-vn", *(["-c:a", "libopus"] if suffix == "webm" else ["-c", "copy"]), source)
    spoil(source)
    media = probe(source, tools, WATCH)
    frames, damaged = read(tools, source, media)
    assert frames == []
    assert Fraction(1, 2) < damaged.length < 2
    assert damaged.holds(Fraction(4))
    _, proposal = propose(media, detect(source, media, tmp_path / "room", tools, WATCH))
    assert {reason.why for cut in proposal.cuts for reason in cut.reasons} == {Why.DAMAGED}
    with pytest.raises(Refused, match="damaged"):
        render(source, media, plan_of(media, [(Fraction(0), Fraction(1))]), places(tmp_path / "kept"), tools, WATCH)
    plan, out = plan_of(media, [(span.start, span.end) for span in damaged.grown(MARGIN)]), tmp_path / "out"
    render(source, media, plan, places(out), tools, WATCH)
    assert verify(source, media, plan, out, tools, WATCH).broken == ()


def test_damaged_sound_beside_sound_pictures_is_found(tools: Toolbox, tmp_path: Path) -> None:
    """Some lost packets of sound alone."""
    film = barcode_film(tmp_path / "film.mp4", frames=FRAMES)
    raw = bytearray(film.path.read_bytes())
    spots = packet_places(film.path, "a")
    for place, size in spots[180:200]:
        raw[place : place + size] = bytes(size)
    film.path.write_bytes(raw)
    media = probe(film.path, tools, WATCH)
    frames, damaged = read(tools, film.path, media)
    assert len(frames) == FRAMES
    assert Fraction(2, 5) < damaged.length < 1
    with pytest.raises(Refused, match="damaged"):
        render(film.path, media, plan_of(media, [(Fraction(0), Fraction(1))]), places(tmp_path / "kept"), tools, WATCH)


def packet_places(path: Path, kind: str) -> list[tuple[int, int]]:
    """Where each packet of a track lies in the file, and how long it is."""
    from subprocess import run

    argv = [
        str(ffprobe()),
        "-v",
        "error",
        "-select_streams",
        kind,
        "-show_entries",
        "packet=pos,size",
        "-of",
        "csv=p=0",
    ]
    lines = run([*argv, str(path)], capture_output=True, check=True, text=True).stdout.split()
    return [(int(place), int(size)) for size, place in (line.split(",")[:2] for line in lines)]


@pytest.mark.parametrize(("codec", "suffix"), [("libx264", "mp4"), ("libx265", "mkv"), ("libvpx-vp9", "webm")])
def test_a_sound_film_has_no_damage(
    survey: DamageSurvey, tools: Toolbox, tmp_path: Path, codec: str, suffix: str
) -> None:
    """Late sound, late pictures and frames out of order are no damage."""
    sound = "libopus" if suffix == "webm" else "aac"
    path = tmp_path / f"film.{suffix}"
    barcode_film(path, frames=60, codec=codec, audio_codec=sound, open_gop=True, gop=20, audio_start=Fraction(1, 2))
    assert not survey.damaged(path, probe(path, tools, WATCH), WATCH)


def test_what_cannot_be_listed_is_a_fault(survey: DamageSurvey, tools: Toolbox, tmp_path: Path) -> None:
    """Never taken for undamaged."""
    film = barcode_film(tmp_path / "film.mp4", frames=30)
    media = probe(film.path, tools, WATCH)
    film.path.write_bytes(b"no film")
    with pytest.raises(Fault, match="tool-failed"):
        survey.damaged(film.path, media, WATCH)
