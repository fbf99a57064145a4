"""What the recipe makes passes, and is measured rightly."""

from __future__ import annotations

from fractions import Fraction

from media_pipeline.adapters.inspect import Kind, read_fragmented, read_jpeg, read_m4a, read_mp4, tracks
from tests.adapters.inspect.conftest import FRAMES, CleanFilms
from tests.adapters.inspect.surgery import Patient


def test_every_finished_file_is_clean(clean: CleanFilms) -> None:
    """B-frames or none, even and uneven rates, sound, silence and none, with and without colour tags."""
    for film in clean.films:
        assert read_mp4(film) == (), film.stem
    assert read_m4a(clean.sound) == ()
    for fragments in clean.fragments:
        assert read_fragmented(fragments) == (), fragments.stem
    for picture in clean.pictures:
        assert read_jpeg(picture) == (), picture.stem


def test_the_clean_films_are_as_various_as_they_claim(clean: CleanFilms) -> None:
    """Otherwise the test above would prove less than it says."""
    stbl = "moov/trak[1]/mdia/minf/stbl"
    assert Patient(clean.film).at(f"{stbl}/ctts")
    assert b"ctts" not in clean.silent.read_bytes()
    assert Patient(clean.uneven).at(f"{stbl}/stsd/avc1/colr").body[:4] == b"nclx"
    assert Patient(clean.quiet).at("moov/trak[2]/mdia/minf/stbl/stsz").body[4:8] != bytes(4)
    fragments = [fragment.read_bytes().count(b"moof") for fragment in clean.fragments]
    assert fragments[2] == 2
    assert max(fragments) > 1


def test_tracks_are_measured_from_the_boxes(clean: CleanFilms) -> None:
    """Sizes, counts and times, of sample tables and of fragments."""
    pictures, sound = tracks(clean.uneven)
    length = FRAMES * Fraction(1001, 30000)
    assert (pictures.kind, pictures.width, pictures.height, pictures.samples) == (Kind.VIDEO, 322, 182, FRAMES)
    assert pictures.duration == length
    assert pictures.edit is not None
    assert abs(pictures.edit[1] - length) <= Fraction(1, 1000)
    assert (sound.kind, sound.channels, sound.rate) == (Kind.AUDIO, 2, 48000)
    assert sound.edit is not None
    assert sound.edit[0] == Fraction(1024, 48000)
    assert abs(sound.edit[1] - length) <= Fraction(1, 1000)
    in_fragments = tracks(clean.fragments[1])
    assert [(t.samples, t.duration, t.edit) for t in in_fragments] == [
        (pictures.samples, pictures.duration, None),
        (sound.samples, sound.duration, None),
    ]


def test_one_kind_of_file_does_not_pass_for_another(clean: CleanFilms) -> None:
    """A film is no sound file, fragments are no film, and no box file is a picture."""
    assert read_m4a(clean.film)
    assert read_mp4(clean.sound)
    assert read_mp4(clean.fragments[0])
    assert read_fragmented(clean.film)
    assert read_jpeg(clean.film)
    assert read_mp4(clean.pictures[0])
