"""Muted sound: silence where it is planned, and nothing of what was removed or muted under the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from media_pipeline.adapters.proof.inspector import FfmpegInspector
from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.intervals import Interval
from media_pipeline.core.plan import make_plan
from media_pipeline.ports.inspector import Comparison
from media_pipeline.ports.watch import Unwatched
from tests.adapters.proof.making import SOUND_RATE, Sound
from tests.adapters.proof.sounds import MEDIA, faded, part, write_sound

pytestmark = pytest.mark.slow

WATCH = Unwatched()


def _edit(action: Action, start: float, end: float) -> Edit:
    return Edit(action, Interval(Fraction(start), Fraction(end)))


LONG = 24
"""Seconds: 8 to 12 are cut, 16 to 18 are muted, which is 12 to 14 of the finished sound."""

LONG_MEDIA = replace(MEDIA, whole=Interval(Fraction(0), Fraction(LONG)))
MUTED = make_plan(
    EditList(
        MEDIA.sha256,
        LONG_MEDIA.whole,
        (_edit(Action.CUT, 8, 12), _edit(Action.MUTE, 16, 18), _edit(Action.MUTE, 20, 20.125)),
    ),
    LONG_MEDIA,
)


def speech() -> Sound:
    """Syllables whose overtones come and go, with hisses between them; no two seconds are alike."""
    moment, lots = np.arange(LONG * SOUND_RATE) / SOUND_RATE, np.random.default_rng(11)

    def wavering(step: float, low: float = 0.0, high: float = 1.0) -> Sound:
        places = np.arange(0, LONG, step)
        values: Sound = np.interp(moment, places, lots.uniform(low, high, len(places))).astype(np.float32)
        return values

    turns = np.cumsum(170 + 40 * np.sin(2.1 * moment) + wavering(0.3, -25, 25)) / SOUND_RATE
    tone = np.sum([wavering(0.13) * np.sin(2 * np.pi * k * turns + k) / k for k in range(1, 13)], axis=0)
    hiss = lots.normal(0, 0.2, len(moment)) * (wavering(0.09) > 0.8)
    sound: Sound = (0.12 * (tone + hiss) * wavering(0.11, 0.1)).astype(np.float32)
    return sound


def muted(sound: Sound) -> Sound:
    """What is planned of it."""
    silences = [np.zeros(round(length * SOUND_RATE), dtype=np.float32) for length in (2, 0.125)]
    spans = ((0, 8), (12, 16), (18, 20), (20.125, 24))
    first, second, third, last = (faded(part(sound, start, end)) for start, end in spans)
    return np.concatenate((first, second, silences[0], third, silences[1], last))


def _laid_over(finished: Sound, place: float, foreign: Sound) -> Sound:
    changed, first = finished.copy(), round(place * SOUND_RATE)
    changed[first : first + len(foreign)] += foreign
    return changed


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sound(tmp_path_factory.mktemp("talk") / "talk.m4a", speech())


@pytest.fixture
def hear(inspector: FfmpegInspector, talk: Path, tmp_path: Path) -> Callable[[Sound], Comparison]:
    def compare(finished: Sound) -> Comparison:
        return inspector.sound(talk, LONG_MEDIA, MUTED, write_sound(tmp_path / "finished.m4a", finished), WATCH)

    return compare


Hear = Callable[[Sound], Comparison]


@pytest.mark.parametrize("louder", [0.4, 1.0, 3.0])
def test_right_mutes_pass_however_loud_and_limited(louder: float, hear: Hear) -> None:
    limited = 0.84 * np.tanh(louder * muted(speech()) / 0.84)
    assert (hear(limited).wrong, hear(limited).places) == (0, ())


def test_a_quiet_recording_may_be_made_much_louder(inspector: FfmpegInspector, tmp_path: Path) -> None:
    quiet = write_sound(tmp_path / "quiet.m4a", (speech() / 16).astype(np.float32))
    finished = write_sound(tmp_path / "finished.m4a", muted(speech()))
    found = inspector.sound(quiet, LONG_MEDIA, MUTED, finished, WATCH)
    assert (found.wrong, found.places) == (0, ())


def test_what_is_not_muted_is_heard(hear: Hear) -> None:
    sound = speech()
    assert {"second 12", "second 13"} <= set(hear(_laid_over(muted(sound), 12, part(sound, 16, 18))).places)
    assert "second 16" in hear(_laid_over(muted(sound), 16, part(sound, 20, 20.125))).places


@pytest.mark.parametrize(("place", "start"), [(12.0, 16.0), (13.99, 17.99), (16.0, 20.0)])
def test_ten_milliseconds_that_are_not_muted_are_heard(place: float, start: float, hear: Hear) -> None:
    sound = speech()
    leak = part(sound, start, start + 0.01)
    fade = np.minimum(1, np.arange(len(leak)) / 384).astype(np.float32)
    leak = leak * (fade if place > 13 and place < 14 else fade[::-1])
    assert hear(_laid_over(muted(sound), place, leak)).places[:1] == (f"second {int(place)}",)


@pytest.mark.parametrize(("start", "end"), [(8, 12), (16, 18)])
def test_removed_and_muted_sound_under_the_planned_one_is_heard(start: float, end: float, hear: Hear) -> None:
    sound = speech()
    found = hear(_laid_over(muted(sound), 3, 0.1 * part(sound, start, end)))
    assert any(place.startswith("removed sound at second") for place in found.places)


def test_a_jingle_that_is_played_twice_cannot_be_told_apart(inspector: FfmpegInspector, tmp_path: Path) -> None:
    sound = speech()
    sound[2 * SOUND_RATE : 5 * SOUND_RATE] = part(sound, 8.5, 11.5)
    source = write_sound(tmp_path / "source.m4a", sound)
    finished = write_sound(tmp_path / "finished.m4a", muted(sound))
    assert inspector.sound(source, LONG_MEDIA, MUTED, finished, WATCH).wrong == 0
