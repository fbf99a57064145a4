"""CenterFace: boxes lie where faces are, near and far; and what cannot be trusted is a fault, not an empty picture."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from media_pipeline.adapters.detectors import centerface
from media_pipeline.adapters.detectors.centerface import THRESHOLD, CenterFace, decode
from media_pipeline.core.errors import Fault
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import AudioCodec, AudioTrack, Box, MediaFile
from tests.adapters.detectors.pictures import HEAD, HEIGHT, WIDTH, frame_of, room, video_of, with_people
from tests.adapters.detectors.sessions import Failing, Spoilt

WALL = np.full((HEIGHT, WIDTH, 3), 150, np.float32)


@pytest.fixture(scope="module")
def detector() -> CenterFace:
    """The real model."""
    return CenterFace(threads=1)


def covers(box: Box, x: float, y: float) -> bool:
    """Whether a point lies in the box."""
    return box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height


def test_each_of_several_faces_is_found_where_it_is(detector: CenterFace) -> None:
    """Five heads, five boxes, each about as large as its head."""
    places = [(50.0, 50.0), (160.0, 40.0), (270.0, 60.0), (100.0, 130.0), (220.0, 135.0)]
    found = detector.look(frame_of(with_people(WALL, places)), video_of())
    assert len(found) == len(places)
    for x, y in places:
        [box] = [sighting.box for sighting in found if covers(sighting.box, x, y)]
        assert HEAD < box.height < 3 * HEAD
        assert 0.8 * HEAD < box.width < 2.5 * HEAD


def test_faces_that_come_close_are_found_at_a_second_look(
    detector: CenterFace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are too large for the first to be sure, and counted once."""
    near = [frame_of(with_people(WALL, [(160, 100)], size=size)) for size in (60, 70, 80)]
    for frame in near:
        [sighting] = detector.look(frame, video_of())
        assert covers(sighting.box, 160, 100)
        assert sighting.box.height > HEIGHT / 3
        assert sighting.permille > 500
    monkeypatch.setattr(centerface, "_CLOSE", 2.0)
    for frame in near:
        assert all(sighting.permille < 400 for sighting in detector.look(frame, video_of()))


def test_the_surest_comes_first(detector: CenterFace) -> None:
    """With scores above the threshold."""
    found = detector.look(frame_of(with_people(WALL, [(60, 60), (160, 60), (260, 60)])), video_of())
    scores = [sighting.permille for sighting in found]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 1000 * THRESHOLD


def test_pictures_of_any_size_are_looked_at(detector: CenterFace) -> None:
    """The model file says 32 × 32 pixels; sides that are no multiple of 32 are filled up."""
    for height, width in ((96, 96), (100, 142), (192, 320)):
        sheet = with_people(np.full((height, width, 3), 150, np.float32), [(width / 2, height * 0.4)])
        [sighting] = detector.look(frame_of(sheet), video_of(width, height))
        assert covers(sighting.box, width / 2, height * 0.4)


def test_a_map_is_read_as_boxes() -> None:
    """One place of 4 × 6: a face 16 pixels high and 8 wide whose middle is a quarter of a place further down."""
    heat, size, offset = np.zeros((4, 6)), np.zeros((2, 4, 6)), np.zeros((2, 4, 6))
    heat[2, 3], heat[0, 0] = 0.5, THRESHOLD
    size[:, 2, 3] = np.log([4, 2])
    offset[:, 2, 3] = 0.25, -0.5
    boxes, scores = decode(*(plane.astype(np.float32) for plane in (heat, size, offset)))
    assert scores.tolist() == [0.5]
    assert boxes.tolist() == [pytest.approx([8, 3, 16, 19])]


def test_absurd_sizes_stay_numbers() -> None:
    """A map that speaks of a face larger than the world."""
    heat = np.full((1, 1), 0.9, np.float32)
    boxes, _ = decode(heat, np.full((2, 1, 1), 3e38, np.float32), np.zeros((2, 1, 1), np.float32))
    assert np.isfinite(boxes).all()


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_answer_that_is_no_number_is_a_fault(
    detector: CenterFace, monkeypatch: pytest.MonkeyPatch, place: int, value: float
) -> None:
    """It would compare as "no face here"."""
    monkeypatch.setattr(detector, "_session", Spoilt(detector._session, place, value))
    with pytest.raises(Fault, match="tool-failed"):
        detector.look(frame_of(room(1)), video_of())


def test_the_runtimes_own_words_are_not_passed_on(detector: CenterFace, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may quote a name."""
    monkeypatch.setattr(detector, "_session", Failing())
    with pytest.raises(Fault, match="tool-failed") as caught:
        detector.look(frame_of(room(1)), video_of())
    assert "canary" not in f"{caught.value}{caught.value.detail}"
    assert caught.value.__suppress_context__


def test_a_model_of_another_shape_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The five tensors are found by their bytes; fewer would leave a size fixed."""
    monkeypatch.setattr(centerface, "load_model", lambda _: b"\x0a\x02\x08\x0a")
    with pytest.raises(Fault, match="model-changed"):
        CenterFace()


def test_a_recording_without_pictures_cannot_be_looked_at(detector: CenterFace) -> None:
    """Boxes would have no size to be in."""
    sound = AudioTrack(0, AudioCodec.AAC, 1, 48000, Fraction(0))
    media = MediaFile("0" * 64, 1, Interval(Fraction(0), Fraction(1)), None, sound, 1)
    with pytest.raises(Fault, match="tool-failed"):
        detector.look(frame_of(room(1)), media)
