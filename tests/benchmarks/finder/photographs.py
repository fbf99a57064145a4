"""A stock out of a folder of photographs that is given: children/, faces/, groups/ and illustrations/.

`people.tsv` beside this file says who is where in them, in thousandths of each picture's width and height: `face`, `profile`,
`covered` with a head's left, top, right, bottom; `presenter`, `child`, `back` with a head's top and bottom, then an outline.
Pictures of one scene (one occasion, the same people) share its name and so its side; pages are apart by file name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tests.benchmarks.finder.imaging import Pixels, polygon_cover
from tests.benchmarks.finder.script import Side
from tests.benchmarks.finder.stock import Cutout, Head, Pose, Stock, side_of
from tests.film_reading import run_ffmpeg

PEOPLE = Path(__file__).with_name("people.tsv")

_LONGEST_SIDE = 960
"""Pixels to which larger pictures are made smaller."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of `people.tsv`."""

    picture: str
    what: str
    numbers: tuple[float, ...]


def photographs(folder: Path, side: Side) -> Stock:
    """That side's pictures. Raises FileNotFoundError when one that `people.tsv` names is missing."""
    entries = list(_entries(side))
    heads = [_head(folder, entry) for entry in entries if entry.what in set(Pose)]
    cutouts = {what: [_cutout(folder, e) for e in entries if e.what == what] for what in ("presenter", "child", "back")}
    pages = [path for path in sorted((folder / "illustrations").iterdir()) if side_of(path.stem) is side]
    groups = sorted({entry.picture for entry in entries if entry.picture.startswith("groups/")})
    named = " ".join([*(entry.picture for entry in entries), *(page.name for page in pages), PEOPLE.read_text("utf-8")])
    return Stock(
        name=hashlib.sha256(named.encode()).hexdigest()[:8],
        evidence=True,
        presenters=cutouts["presenter"],
        children=cutouts["child"],
        backs=cutouts["back"],
        heads=heads,
        pages=[read_picture(path) for path in pages],
        rooms=[read_picture(folder / name) for name in groups],
    )


def _entries(side: Side) -> Iterator[_Entry]:
    for line in PEOPLE.read_text("utf-8").splitlines()[1:]:
        picture, scene, what, permille = line.split("\t")
        if side_of(scene) is side:
            yield _Entry(picture, what, tuple(int(number) / 1000 for number in permille.split()))


@cache
def read_picture(path: Path) -> Pixels:
    """A picture file as red, green and blue."""
    small = f"scale='min({_LONGEST_SIDE},iw)':'min({_LONGEST_SIDE},ih)':force_original_aspect_ratio=decrease"
    raw = run_ffmpeg(
        *("-nostdin", "-i", path, "-vf", small, "-frames:v", "1", "-pix_fmt", "rgb24"),
        *("-f", "image2pipe", "-c:v", "ppm", "-"),
    )
    kind, size, depth, pixels = raw.split(b"\n", 3)
    if (kind, depth) != (b"P6", b"255"):
        raise ValueError("not the picture that was asked for")
    columns, rows = map(int, size.split())
    return np.frombuffer(pixels, np.uint8).reshape(rows, columns, 3).astype(np.float32)


def _head(folder: Path, entry: _Entry) -> Head:
    picture = read_picture(folder / entry.picture)
    rows, columns = picture.shape[:2]
    left, top, right, bottom = entry.numbers
    return Head(picture, (left * columns, top * rows, right * columns, bottom * rows), Pose(entry.what))


def _cutout(folder: Path, entry: _Entry) -> Cutout:
    picture = read_picture(folder / entry.picture)
    rows, columns = picture.shape[:2]
    top, bottom, *outline = entry.numbers
    points = [(x * columns, y * rows) for x, y in zip(outline[::2], outline[1::2], strict=True)]
    cover = polygon_cover(points, columns, rows, soft=max(2, rows / 100))
    left, right = int(min(x for x, _ in points)), int(max(x for x, _ in points))
    above, below = int(min(y for _, y in points)), int(max(y for _, y in points))
    cut = np.concatenate((picture, cover[..., None]), axis=2)[above:below, left:right]
    return Cutout(np.ascontiguousarray(cut), (bottom - top) * rows / cut.shape[0])
