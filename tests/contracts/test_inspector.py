"""What every `Inspector` does, whoever wrote it: it finds nothing wrong with right files, and what is wrong in wrong ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from media_pipeline.adapters.damage import DamageSurvey
from media_pipeline.adapters.ffmpeg import FfmpegRenderer
from media_pipeline.adapters.process import Door, Sandbox
from media_pipeline.adapters.proof.inspector import FfmpegInspector
from media_pipeline.core.errors import Cancelled
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.playlists import POSTER, SOUND, SOUND_FRAGMENTS, STORYBOARD, TOP, output_names, rendition_files
from media_pipeline.ports.inspector import Comparison, FileKind, Inspector
from media_pipeline.ports.watch import Unwatched
from tests.film_reading import ffmpeg, ffprobe
from tests.films import barcode_film
from tests.rendering import media_of, plan_of, render_all

pytestmark = pytest.mark.slow

WATCH = Unwatched()
SIZE = (640, 480)
CUTS = ((Fraction(1), Fraction(3, 2)), (Fraction(17, 10), Fraction(3)))
OTHER_CUTS = ((Fraction(4, 5), Fraction(13, 10)), (Fraction(17, 10), Fraction(3)))


@dataclass(frozen=True)
class Finished:
    """A recording, what was planned, and the folder made from it."""

    source: Path
    media: MediaFile
    plan: RenderPlan
    out: Path

    @property
    def films(self) -> list[Path]:
        """Its MP4s, the largest first."""
        return [self.out / rendition_files(self.plan, rendition).mp4 for rendition in self.plan.renditions]


@pytest.fixture(scope="module", params=list(Sandbox))
def door(request: pytest.FixtureRequest) -> Door:
    return Door(request.param)


@pytest.fixture(scope="module", params=[FfmpegInspector])
def inspector(request: pytest.FixtureRequest, door: Door) -> Inspector:
    make: Callable[[Door, Path], Inspector] = request.param
    return make(door, ffmpeg())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    room = tmp_path_factory.mktemp("finished")
    film = barcode_film(room / "source.mp4", frames=110, size=SIZE)
    media = media_of(film, size=SIZE)
    plan = plan_of(media, CUTS)
    out = room / "out"
    out.mkdir()
    door = Door(Sandbox.BUBBLEWRAP)
    renderer = FfmpegRenderer(door, ffmpeg(), DamageSurvey(door, ffprobe()))
    render_all(renderer, film.path, media, plan, out, WATCH)
    return Finished(film.path, media, plan, out)


def _frames(inspector: Inspector, finished: Finished, plan: RenderPlan, film: Path, hidden: bool) -> Comparison:
    return inspector.frames(finished.source, finished.media, plan, film, hidden, WATCH)


def test_right_files_are_found_right(inspector: Inspector, finished: Finished) -> None:
    plan, out = finished.plan, finished.out
    assert len(finished.films) == 2
    for film in finished.films:
        for hidden in (False, True):
            assert _frames(inspector, finished, plan, film, hidden) == Comparison(plan.frame_count, 0)
    poster = inspector.poster(out / TOP, plan, out / POSTER, WATCH)
    assert (poster.wrong, poster.compared) == (0, 1)
    board = inspector.storyboard(out / TOP, plan, out / STORYBOARD, WATCH)
    assert (board.wrong, board.compared > 1) == (0, True)
    for film in (*finished.films, out / SOUND):
        heard = inspector.sound(finished.source, finished.media, plan, film, WATCH)
        assert (heard.wrong, heard.compared >= 4 * plan.length) == (0, True)
    for rendition in plan.renditions:
        files = rendition_files(plan, rendition)
        assert inspector.same_streams(out / files.mp4, out / files.fragments, WATCH)
    for sound in (SOUND, SOUND_FRAGMENTS):
        assert inspector.same_streams(out / TOP, out / sound, WATCH)


def test_structure_is_read(inspector: Inspector, finished: Finished, tmp_path: Path) -> None:
    plan, out = finished.plan, finished.out
    kinds = {TOP: FileKind.MP4, SOUND: FileKind.SOUND, POSTER: FileKind.JPEG, STORYBOARD: FileKind.JPEG}
    pictures = rendition_files(plan, plan.renditions[0]).fragments
    kinds |= {pictures: FileKind.PICTURES_TRACK, SOUND_FRAGMENTS: FileKind.SOUND_TRACK}
    for name, kind in kinds.items():
        assert inspector.oddities(out / name, kind) == ()
        (tmp_path / "longer").write_bytes((out / name).read_bytes() + b"text")
        assert inspector.oddities(tmp_path / "longer", kind)
    picture, sound = inspector.tracks(out / TOP)
    assert (picture.handler, picture.width, picture.height) == ("vide", *SIZE)
    assert (picture.samples, picture.length) == (plan.frame_count, plan.length)
    assert (sound.handler, sound.width, sound.height) == ("soun", 0, 0)
    assert abs(sound.length - plan.length) < Fraction(1, 20)
    assert inspector.tracks(out / POSTER) == ()
    for name in (pictures, SOUND_FRAGMENTS):
        track = inspector.track_file(out / name)
        assert track is not None
        assert track.size == (out / name).stat().st_size
        assert abs(track.length - plan.length) < Fraction(1, 1000)
    assert inspector.track_file(out / POSTER) is None


def test_a_film_of_another_plan_is_wrong(inspector: Inspector, finished: Finished) -> None:
    plan, out = plan_of(finished.media, OTHER_CUTS), finished.out
    assert plan.length == finished.plan.length
    for hidden in (False, True):
        found = _frames(inspector, finished, plan, finished.films[0], hidden)
        # 0.8 to 1 s is shown, where 1.3 to 1.5 s was planned
        assert (found.compared, found.wrong) == (plan.frame_count, 5)
        assert found.places[0] == "frame 20"
    assert inspector.sound(finished.source, finished.media, plan, out / SOUND, WATCH).wrong


def test_pictures_of_another_film_are_wrong(inspector: Inspector, finished: Finished, tmp_path: Path) -> None:
    out, plan = finished.out, finished.plan
    assert inspector.poster(out / TOP, plan, out / STORYBOARD, WATCH).wrong == 1
    assert inspector.storyboard(out / TOP, plan, out / POSTER, WATCH).wrong == 1


def test_copies_of_another_film_are_not_the_same(inspector: Inspector, finished: Finished) -> None:
    plan, out = finished.plan, finished.out
    top, small = (rendition_files(plan, rendition) for rendition in plan.renditions)
    assert not inspector.same_streams(out / top.mp4, out / small.fragments, WATCH)
    assert not inspector.same_streams(out / top.fragments, out / SOUND, WATCH)


def test_texts_are_found_in_bytes(inspector: Inspector, finished: Finished, tmp_path: Path) -> None:
    needles = frozenset({b"Ann Example", b"51.5007"})
    for name in output_names(finished.plan):
        assert not inspector.holds_any(finished.out / name, needles)
        for form in (b"Ann Example", "51.5007".encode("utf-16-le"), "Ann Example".encode("utf-16-be")):
            shutil.copy(finished.out / name, tmp_path / "with")
            with (tmp_path / "with").open("ab") as file:
                file.write(form + b"after")
            assert inspector.holds_any(tmp_path / "with", needles)


class Done(Unwatched):
    """Wants all work to stop."""

    def cancelled(self) -> bool:
        """From the start."""
        return True


def test_it_stops_when_it_is_asked_to(inspector: Inspector, finished: Finished) -> None:
    source, media, plan, out = finished.source, finished.media, finished.plan, finished.out
    inspector.forget()  # what is known already takes no work
    with pytest.raises(Cancelled):
        inspector.frames(source, media, plan, out / TOP, False, Done())
    with pytest.raises(Cancelled):
        inspector.sound(source, media, plan, out / TOP, Done())
    with pytest.raises(Cancelled):
        inspector.same_streams(out / TOP, out / SOUND, Done())
    with pytest.raises(Cancelled):
        inspector.poster(out / TOP, plan, out / POSTER, Done())
