"""What the recipe makes passes, and is measured rightly."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from media_pipeline.adapters.inspect import Kind, read_fragmented, read_jpeg, read_m4a, read_mp4, track_file, tracks
from media_pipeline.adapters.track_files import read_track_file
from tests.adapters.inspect.conftest import FRAMES, CleanFilms
from tests.adapters.inspect.surgery import Patient


def test_every_finished_file_is_clean(clean: CleanFilms) -> None:
    """B-frames or none, even and uneven rates, sound, silence and none, with and without colour tags."""
    for film in clean.films:
        assert read_mp4(film) == (), film.stem
    assert read_m4a(clean.sound) == ()
    for track in (*clean.fragments, *clean.sound_tracks):
        assert read_fragmented(track) == (), track.stem
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
    [in_fragments] = tracks(clean.fragments[1])
    assert (in_fragments.samples, in_fragments.duration) == (pictures.samples, pictures.duration)
    assert in_fragments.edit == (pictures.edit[0], Fraction(0))


def test_track_files_are_measured_for_their_playlists(clean: CleanFilms) -> None:
    """Segments and all their bytes; what is shown and heard, without the sound's priming; what a decoder must know."""
    pictures, sound = track_file(clean.fragments[0]), track_file(clean.sound_tracks[0])
    assert pictures is not None
    assert sound is not None
    assert pictures.size == clean.fragments[0].stat().st_size
    assert sound.size == clean.sound_tracks[0].stat().st_size
    assert [segment.length for segment in pictures.segments] == [2, Fraction(3, 30)]
    assert len(sound.segments) == 5
    assert sound.segments[0].length == Fraction(23 * 1024, 48000)
    assert abs(sound.length - Fraction(FRAMES, 30)) < Fraction(1, 1000)
    assert re.fullmatch("avc1\\.6400[0-9a-f]{2}", pictures.codec)
    assert sound.codec == "mp4a.40.2"
    assert track_file(clean.film) is None
    assert track_file(clean.pictures[0]) is None


def test_the_renderer_and_the_proof_read_track_files_alike(clean: CleanFilms) -> None:
    """Two readers that share no code."""
    for path in (*clean.fragments, *clean.sound_tracks):
        assert read_track_file(path) == track_file(path), path.stem


def test_the_renderer_reads_nothing_else(clean: CleanFilms, tmp_path: Path) -> None:
    """A film without fragments, and a track file that was cut short anywhere, are no track files."""
    whole = clean.sound_tracks[0].read_bytes()
    # after the second segment it would be a shorter track file
    for data in (b"", b"no film" * 20, clean.film.read_bytes(), *(whole[:end] for end in range(1, 3000, 41))):
        (tmp_path / "file").write_bytes(data)
        with pytest.raises(ValueError, match=r"box|fragments|clock"):
            read_track_file(tmp_path / "file")


def test_one_kind_of_file_does_not_pass_for_another(clean: CleanFilms) -> None:
    """A film is no sound file, fragments are no film, and no box file is a picture."""
    assert read_m4a(clean.film)
    assert read_mp4(clean.sound)
    assert read_mp4(clean.fragments[0])
    assert read_fragmented(clean.film)
    assert read_fragmented(clean.fragments[0], Kind.AUDIO)
    assert read_fragmented(clean.sound_tracks[0], Kind.VIDEO)
    assert read_jpeg(clean.film)
    assert read_mp4(clean.pictures[0])
