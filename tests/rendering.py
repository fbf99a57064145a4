"""What the tests of the renderer and of the previewer share: a film's facts, plans, and the frames that a plan asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import AudioCodec, AudioTrack, MediaFile, VideoCodec, VideoTrack
from media_pipeline.core.plan import RenderPlan, make_plan
from media_pipeline.ports.renderer import Renderer
from media_pipeline.ports.watch import Watch
from media_pipeline.steps.render import Film, Places, render
from tests.film_reading import CELLS_ACROSS, CELLS_DOWN, read_cells, run_ffmpeg
from tests.films import BarcodeFilm, barcode_film

TOLERANCE = Fraction(1, 1000)
"""Seconds by which a container may round a frame's time."""


def media_of(
    film: BarcodeFilm,
    *,
    size: tuple[int, int] = (320, 180),
    codec: VideoCodec = VideoCodec.H264,
    constant: bool = True,
    sound: bool = True,
    audio_start: Fraction = Fraction(0),
) -> MediaFile:
    """What a prober would say of a barcode film."""
    start = film.times[0]
    video = VideoTrack(0, codec, *size, film.rate, start, len(film.times), constant)
    audio = AudioTrack(1, AudioCodec.AAC, 2, 48000, audio_start) if sound else None
    return MediaFile("0" * 64, 1, Interval(start, film.length), video, audio, int(sound))


@dataclass(frozen=True)
class Kind:
    """A kind of film: its file name, how it is made, and what a prober says of it."""

    name: str
    made: dict[str, Any] = field(default_factory=dict)
    probed: dict[str, Any] = field(default_factory=dict)


def film_of(kind: Kind, folder: Path, frames: int = 120) -> tuple[BarcodeFilm, MediaFile]:
    """A film of that kind, and its facts."""
    film = barcode_film(folder / kind.name, frames=frames, **kind.made)
    return film, media_of(film, **kind.probed)


def out_below(folder: Path) -> Path:
    """An empty folder for what is finished."""
    out = folder / "out"
    out.mkdir()
    return out


def plan_of(media: MediaFile, cuts: Iterable[tuple[Fraction, Fraction]]) -> RenderPlan:
    """The plan that cuts these spans (s) out."""
    edits = tuple(Edit(Action.CUT, Interval(start, end)) for start, end in cuts)
    return make_plan(EditList(media.sha256, media.whole, edits), media)


def render_all(renderer: Renderer, source: Path, media: MediaFile, plan: RenderPlan, out: Path, watch: Watch) -> None:
    """Every finished file below `out`, in one piece."""
    with TemporaryDirectory(dir=out.parent) as room:
        render(Film(source, media, plan), Places(Path(room, "room"), out), renderer, watch, None)


def places(out: Path) -> Places:
    """A room beside `out`."""
    return Places(out.with_name(f"{out.name}-room"), out)


def film_with_riders(film: BarcodeFilm) -> tuple[Path, tuple[bytes, bytes]]:
    """The same film with facts about its light on every frame, and the boxes that an ordinary encoding makes of them."""
    source, plain = film.path.with_suffix(".light.mp4"), film.path.with_suffix(".plain.mp4")
    screen = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
    settings = f"log-level=error:master-display={screen}:max-cll=1000,400"
    run_ffmpeg("-i", film.path, "-c:v", "libx265", "-x265-params", settings, "-c:a", "copy", source)
    run_ffmpeg("-i", source, plain)
    boxes = (b"mdcv", b"clli")
    assert all(box in plain.read_bytes() for box in boxes)
    return source, boxes


def random_cuts(seed: int, media: MediaFile, most: int = 5) -> list[tuple[Fraction, Fraction]]:
    """Up to `most` cuts at whole milliseconds, with 0.2 s or more kept between them."""
    lots = Random(seed)
    edges = sorted(lots.randrange(round(media.whole.length * 1000)) for _ in range(2 * lots.randint(1, most)))
    cuts: list[tuple[Fraction, Fraction]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        begin = media.whole.start + Fraction(start, 1000)
        if start < end and begin - (cuts[-1][1] if cuts else media.whole.start) > Fraction(1, 5):
            cuts.append((begin, media.whole.start + Fraction(end, 1000)))
    return cuts


def planned_frames(plan: RenderPlan, film: BarcodeFilm) -> list[int]:
    """The number of the frame at each place of the finished film.

    A place shows the frame of its span that began last, to the nearest place. A span's places before its first own
    frame show that frame; a span in which none begins shows the frame before it, and the film's first one the frame after it.
    """
    shown: list[int] = []
    before_all = 0
    for span in plan.keep:
        places = round(span.length * film.rate)
        own = [(number, (moment - span.start) * film.rate) for number, moment in enumerate(film.times)]
        own = [(number, place) for number, place in own if -TOLERANCE * film.rate <= place < places - Fraction(1, 2)]
        for at in range(places):
            begun = [number for number, place in own if place < at + Fraction(1, 2)]
            found = begun[-1:] or [number for number, _ in own[:1]] or shown[-1:]
            shown += found
            before_all += not found
    return shown[:1] * before_all + shown


def read_tiles(path: Path, across: int, size: tuple[int, int]) -> list[int]:
    """The barcodes in a sheet of pictures of `size`, `across` to a row; -1 where there is none."""
    width, height = size
    grey = run_ffmpeg("-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-")
    sheet = np.frombuffer(grey, dtype=np.uint8).reshape(-1, across * width)
    numbers = []
    for top in range(0, sheet.shape[0], height):
        for left in range(0, sheet.shape[1], width):
            tile = sheet[top : top + height, left : left + width]
            numbers.append(_read_picture(tile))
    return numbers


def _read_picture(picture: npt.NDArray[np.uint8]) -> int:
    """One barcode; the outer quarter of each cell is left out, where scaling smears."""
    rows, columns = (
        _middles(side, cells) for side, cells in zip(picture.shape, (CELLS_DOWN, CELLS_ACROSS), strict=True)
    )
    return read_cells(np.array([[picture[row, column].mean() for column in columns] for row in rows]))


def _middles(pixels: int, cells: int) -> list[slice]:
    """The middle half of each of `cells` along a side of `pixels`."""
    size = pixels / cells
    return [slice(round(size * (cell + 0.25)), round(size * (cell + 0.75))) for cell in range(cells)]
