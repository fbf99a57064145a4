"""What every `Renderer` and every `Previewer` does, whoever wrote it."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest

from media_pipeline.adapters.damage import DamageSurvey
from media_pipeline.adapters.ffmpeg import FfmpegRenderer
from media_pipeline.adapters.inspect.seconds import seconds_of
from media_pipeline.adapters.preview import FfmpegPreviewer
from media_pipeline.adapters.process import Door, Sandbox
from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.core.playlists import MASTER, output_names, rendition_files
from media_pipeline.core.review import sheet_count, sheet_moments
from media_pipeline.ports.renderer import Previewer, Renderer
from media_pipeline.ports.watch import Unwatched
from tests.film_reading import ffmpeg, ffprobe, read_barcodes, read_frame_times
from tests.films import BarcodeFilm, barcode_film
from tests.rendering import media_of, plan_of, planned_frames, render_all

pytestmark = pytest.mark.slow

CUTS = ((Fraction(1), Fraction(3, 2)), (Fraction(7, 2), Fraction(4)))

PRESENTED = (426, 720)
"""A tall film of a phone, so that there is more than one rendition and pictures are letterboxed."""


class Audience(Unwatched):
    """Keeps what it hears of progress, and has enough after `patience` looks."""

    def __init__(self, patience: int = 1 << 30) -> None:
        self.shares: list[Fraction] = []
        self._patience = patience

    def progress(self, share: Fraction) -> None:
        """Keeps it."""
        self.shares.append(share)

    def cancelled(self) -> bool:
        """Once it has been asked often enough."""
        self._patience -= 1
        return self._patience < 0


@pytest.fixture(scope="module", params=list(Sandbox))
def door(request: pytest.FixtureRequest) -> Door:
    return Door(request.param)


@pytest.fixture(scope="module")
def renderer(door: Door) -> Renderer:
    return FfmpegRenderer(door, ffmpeg(), DamageSurvey(door, ffprobe()))


@pytest.fixture(scope="module")
def previewer(door: Door) -> Previewer:
    return FfmpegPreviewer(door, ffmpeg(), seconds_of)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> BarcodeFilm:
    return barcode_film(tmp_path_factory.mktemp("film") / "film.mp4", frames=140, size=PRESENTED)


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def test_it_makes_the_planned_files_and_leaves_the_source_alone(
    renderer: Renderer, film: BarcodeFilm, tmp_path: Path
) -> None:
    media = media_of(film, size=PRESENTED)
    plan = plan_of(media, CUTS)
    audience, before = Audience(), sha256(film.path.read_bytes()).digest()
    render_all(renderer, film.path, media, plan, tmp_path, audience)
    assert _names(tmp_path) == list(output_names(plan))
    assert sha256(film.path.read_bytes()).digest() == before
    assert audience.shares == sorted(audience.shares)
    assert audience.shares[-1] == 1
    assert len(plan.renditions) == 3
    for rendition in plan.renditions:
        files = rendition_files(plan, rendition)
        assert read_barcodes(tmp_path / files.mp4) == planned_frames(plan, film)
        assert read_barcodes(tmp_path / files.playlist) == planned_frames(plan, film)
    assert read_barcodes(tmp_path / MASTER) == planned_frames(plan, film)


def test_it_stops_when_told_to(renderer: Renderer, film: BarcodeFilm, tmp_path: Path) -> None:
    media = media_of(film, size=PRESENTED)
    with pytest.raises(Cancelled):
        render_all(renderer, film.path, media, plan_of(media, CUTS), tmp_path, Audience(patience=2))


def test_a_source_that_cannot_be_read_is_a_fault(renderer: Renderer, film: BarcodeFilm, tmp_path: Path) -> None:
    media = media_of(film, size=PRESENTED)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(film.path.read_bytes()[:5000])
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(Fault, match="chunk-failed"):
        render_all(renderer, broken, media, plan_of(media, CUTS), out, Unwatched())


def test_previews_show_the_whole_film_on_its_own_clock(previewer: Previewer, film: BarcodeFilm, tmp_path: Path) -> None:
    media, audience = media_of(film, size=PRESENTED), Audience()
    previewer.proxy(film.path, media, tmp_path, audience)
    assert audience.shares[-1] == 1
    previewer.contact_sheets(film.path, media, sheet_moments(media.whole), tmp_path, Audience())
    sheets = [f"sheet-{number:04d}.jpg" for number in range(sheet_count(media.whole))]
    assert _names(tmp_path) == ["proxy.mp4", *sheets, "strip.jpg"]
    assert read_barcodes(tmp_path / "proxy.mp4") == list(range(140))
    assert read_frame_times(tmp_path / "proxy.mp4") == list(film.times)
