"""Each channel through which the dirty films carry something is put back into a clean film: the readers refuse it."""

from __future__ import annotations

from pathlib import Path

import pytest

from media_pipeline.adapters.inspect import read_fragmented, read_jpeg, read_m4a, read_mp4
from tests.adapters.inspect import channels, test_fragmented, test_jpeg, test_planted_boxes
from tests.adapters.inspect.conftest import CleanFilms
from tests.adapters.inspect.planting import NEEDLE, Plant, add, body, longer, tail
from tests.adapters.inspect.surgery import Patient
from tests.dirt.ebml import element
from tests.film_dirt import CONTAINERS, Canaries, dirty_film

FILM: dict[str, Plant] = {
    **channels.BOXES,
    **channels.PICTURE_BOXES,
    **channels.SAMPLE_TABLE_FILES,
    **channels.PICTURE_STREAM,
    **channels.SOUND_STREAM,
}

SOUND: dict[str, Plant] = {**channels.BOXES, **channels.SAMPLE_TABLE_FILES, **channels.SOUND_STREAM}

FRAGMENTS: dict[str, Plant] = {**channels.BOXES, **channels.PICTURE_BOXES}

MATROSKA = {".mkv", ".webm"}


def planted(film: Path, plant: Plant, path: Path) -> Path:
    """A copy of the film with something planted."""
    patient = Patient(film)
    plant(patient)
    patient.save(path)
    assert path.read_bytes() != film.read_bytes()
    return path


@pytest.mark.parametrize("channel", FILM)
def test_put_back_into_a_film(channel: str, clean: CleanFilms, tmp_path: Path) -> None:
    assert read_mp4(planted(clean.film, FILM[channel], tmp_path / "film.mp4"))


@pytest.mark.parametrize("channel", SOUND)
def test_put_back_into_a_sound_file(channel: str, clean: CleanFilms, tmp_path: Path) -> None:
    assert read_m4a(planted(clean.sound, SOUND[channel], tmp_path / "sound.m4a"))


@pytest.mark.parametrize("channel", FRAGMENTS)
def test_put_back_into_fragments(channel: str, clean: CleanFilms, tmp_path: Path) -> None:
    assert read_fragmented(planted(clean.fragments[0], FRAGMENTS[channel], tmp_path / "film.m4s"))


@pytest.mark.parametrize(
    "plant",
    [
        tail(element(0xEC, NEEDLE)),
        add("moov", b"\x1a\x45\xdf\xa3"),
        body("free", element(0x7BA9, NEEDLE)),
        longer("moov/udta/meta", element(0x1254C367, NEEDLE)),
    ],
)
def test_no_element_of_matroska_finds_a_place(plant: Plant, clean: CleanFilms, tmp_path: Path) -> None:
    """What only Matroska and WebM have, a finished file has no room for: nor for a whole one under a finished name."""
    assert read_mp4(planted(clean.film, plant, tmp_path / "film.mp4"))


def test_a_whole_matroska_film_is_none_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    dirty_film(path, Canaries(), seconds=1)
    assert all(read(path) for read in (read_mp4, read_m4a, read_fragmented, read_jpeg))


def test_no_channel_is_forgotten(tmp_path: Path) -> None:
    """What dirty films plant in boxes is put back above, name by name; the rest is Matroska's alone."""
    found = {
        container: {name for name, _ in dirty_film(tmp_path / f"film{container}", Canaries(), seconds=1)}
        for container in CONTAINERS
    }
    boxed = set().union(*(names for container, names in found.items() if container not in MATROSKA))
    assert boxed <= set(FILM)
    assert found[".m4a"] <= set(SOUND)
    assert all(len(names) >= 40 for names in found.values())
    assert len(set().union(*found.values())) >= 180


def test_the_cases_that_are_elsewhere_are_there() -> None:
    """The table of channels says where: a case that is renamed or lost is missed here."""
    assert set(channels.PICTURE_FILES.values()) <= set(test_jpeg.PLANTS)
    assert set(channels.PICTURE_FILES) <= set(FILM)
    assert set(channels.HIDDEN.values()) <= set(test_planted_boxes.PLANTS)
    assert set(channels.IN_FRAGMENTS.values()) <= set(test_fragmented.PLANTS)
