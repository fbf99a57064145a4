"""Finished sound held against the plan: right sound passes, and each way of going wrong is heard."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from media_pipeline.adapters.proof import foreign
from media_pipeline.adapters.proof.hearing import RATE, Samples
from media_pipeline.adapters.proof.inspector import FfmpegInspector
from media_pipeline.adapters.proof.sound import compare_sound, hides_sound
from media_pipeline.core.errors import Fault
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan
from media_pipeline.ports.inspector import Comparison
from media_pipeline.ports.watch import Unwatched
from tests.adapters.proof.making import SOUND_RATE, Sound
from tests.adapters.proof.sounds import MEDIA, SECONDS, SOUNDS, faded, part, silence, sweeps, voice, write_sound
from tests.film_reading import barcode_sound, run_ffmpeg
from tests.films import copied_cut
from tests.rendering import plan_of

pytestmark = pytest.mark.slow

WATCH = Unwatched()
CUTS = ((Fraction(1), Fraction(8, 5)), (Fraction(9, 5), Fraction(5, 2)), (Fraction(51, 10), Fraction(6)))
"""Leaves 0 to 1 s, 1.6 to 1.8 s (0.2 s), 2.5 to 5.1 s and 6 to 8 s: 5.8 s."""

PLAN = plan_of(MEDIA, CUTS)


def kept(sound: Sound) -> Sound:
    return np.concatenate([faded(part(sound, float(s.start), float(s.end))) for s in PLAN.keep])


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    room = tmp_path_factory.mktemp("sounds")
    return {name: write_sound(room / f"{name}.m4a", make()) for name, make in SOUNDS.items()}


@pytest.fixture
def listen(inspector: FfmpegInspector, sources: dict[str, Path], tmp_path: Path) -> Callable[[str, Sound], Comparison]:
    def hear(name: str, finished: Sound) -> Comparison:
        path = write_sound(tmp_path / "finished.m4a", finished)
        return inspector.sound(sources[name], MEDIA, PLAN, path, WATCH)

    return hear


Listen = Callable[[str, Sound], Comparison]


@pytest.mark.parametrize("name", SOUNDS)
def test_right_sound_passes_however_loud(name: str, listen: Listen) -> None:
    for loudness in (1, 0.4):
        found = listen(name, loudness * kept(SOUNDS[name]()))
        assert (found.wrong, found.places) == (0, ())
        assert found.compared >= 24


def _put(where: float, foreign: Sound) -> Callable[[Sound], Sound]:
    def change(sound: Sound) -> Sound:
        finished, first = kept(sound), round(where * SOUND_RATE)
        finished[first : first + len(foreign)] = foreign
        return finished

    return change


WRONG: dict[str, Callable[[Sound], Sound]] = {
    "a removed sound for 0.3 s": lambda sound: _put(2.0, part(sound, 5.3, 5.6))(sound),
    "a removed sound for 0.15 s": lambda sound: _put(2.05, part(sound, 5.3, 5.45))(sound),
    "60 ms late": lambda sound: np.concatenate((np.zeros(2880, dtype=np.float32), kept(sound)[:-2880])),
    "60 ms early": lambda sound: np.concatenate((kept(sound)[2880:], np.zeros(2880, dtype=np.float32))),
    "the span after a joint 60 ms early": lambda sound: np.concatenate(
        [part(sound, 0, 1), part(sound, 1.54, 1.8), part(sound, 2.5, 5.1), part(sound, 6, 7.94)]
    ),
    "spans in the wrong order": lambda sound: np.concatenate(
        [part(sound, 6, 8), part(sound, 0, 1), part(sound, 1.6, 1.8), part(sound, 2.5, 5.1)]
    ),
    "nothing cut": lambda sound: sound,
    "half a second missing": lambda sound: _put(2.0, np.zeros(24000, dtype=np.float32))(sound),
    "more at the end": lambda sound: np.concatenate([kept(sound), part(sound, 5.2, 5.5)]),
    "the end missing": lambda sound: kept(sound)[:-24000],
    "a removed sound under the planned one": lambda sound: kept(sound) + 0.8 * part(np.roll(sound, SOUND_RATE), 0, 5.8),
}


SWEPT = ("a removed sound for 0.3 s", "60 ms late", "a removed sound under the planned one")


@pytest.mark.parametrize(
    ("fault", "name"), [*((fault, "voice") for fault in WRONG), *((fault, "sweeps") for fault in SWEPT)]
)
def test_wrong_sound_is_heard(fault: str, name: str, listen: Listen) -> None:
    assert listen(name, WRONG[fault](SOUNDS[name]())).wrong


def test_the_place_is_told(listen: Listen) -> None:
    sound = sweeps()
    found = listen("sweeps", _put(4.3, part(sound, 5.3, 5.6))(sound))
    assert found.places[0] == "second 4"


def test_a_voice_in_a_planned_pause_is_heard(listen: Listen) -> None:
    sound, child = voice(), 0.1 * part(sweeps(), 5.3, 5.4)
    # the recording's pause from 4.2 to 4.6 s is at 2.9 to 3.3 s
    assert listen("voice", _put(3.0, child)(sound)).places == ("second 3",)


def test_a_voice_in_silence_is_heard(listen: Listen) -> None:
    found = listen("silence", _put(3.1, 0.02 * part(sweeps(), 5.3, 5.4))(silence()))
    assert found.places == ("second 3",)


def test_both_channels_count(inspector: FfmpegInspector, sources: dict[str, Path], tmp_path: Path) -> None:
    right = kept(sweeps())
    raw = tmp_path / "two.f32"
    raw.write_bytes(np.stack([right, np.roll(right, SOUND_RATE)], axis=1).astype(np.float32).tobytes())
    two = tmp_path / "two.m4a"
    run_ffmpeg("-f", "f32le", "-ar", str(SOUND_RATE), "-ac", "2", "-i", raw, "-c:a", "aac", "-b:a", "96k", two)
    assert inspector.sound(sources["sweeps"], MEDIA, PLAN, two, WATCH).wrong > 15


def test_sound_that_an_edit_list_hides_is_seen(
    inspector: FfmpegInspector, sources: dict[str, Path], tmp_path: Path
) -> None:
    plan = plan_of(MEDIA, [(Fraction(0), Fraction(2))])
    film = tmp_path / "film.mp4"
    # a picture track with one key frame makes the copying cut keep the sound before the cut as well
    run_ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc=s=64x64:d={SECONDS}", "-i", sources["sweeps"]),
        *("-c:v", "libx264", "-g", "1000", "-sc_threshold", "0", "-c:a", "copy", film),
    )
    copied_cut(film, tmp_path / "cut.mp4", Fraction(2))
    found = inspector.sound(sources["sweeps"], MEDIA, plan, tmp_path / "cut.mp4", WATCH)
    assert found.places == ("hidden sound",)


def test_how_much_more_a_file_may_hold() -> None:
    assert not hides_sound(PLAN.length + Fraction(2 * 1024 + 1023, SOUND_RATE), PLAN)
    assert hides_sound(PLAN.length + Fraction(1, 10), PLAN)


@pytest.mark.parametrize("rubbish", [b"", b"no sound at all" * 100])
def test_a_finished_file_that_cannot_be_read_is_wrong(
    rubbish: bytes, inspector: FfmpegInspector, sources: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "finished.m4a").write_bytes(rubbish)
    assert inspector.sound(sources["voice"], MEDIA, PLAN, tmp_path / "finished.m4a", WATCH).wrong


def test_a_source_that_cannot_be_read_is_a_fault(inspector: FfmpegInspector, tmp_path: Path) -> None:
    finished = write_sound(tmp_path / "finished.m4a", kept(voice()))
    (tmp_path / "source.m4a").write_bytes(b"gone")
    with pytest.raises(Fault, match="tool-failed"):
        inspector.sound(tmp_path / "source.m4a", MEDIA, PLAN, finished, WATCH)


def _at_8_khz(sound: Sound) -> Samples:
    """Without a codec: every sixth sample of a sound that has nothing over 4 kHz."""
    return np.repeat(np.round(sound[:: SOUND_RATE // RATE, None] * 32767).astype(np.int16), 2, axis=1)


@pytest.mark.parametrize("edge", [1, 7, 13, 100, 733])
def test_joints_between_samples_are_no_fault(edge: int) -> None:
    start = 2 + Fraction(edge, 30 * 1001)
    plan = plan_of(MEDIA, [(Fraction(0), start)])
    finished = barcode_sound(float(start), float(SECONDS - start), SOUND_RATE)
    assert compare_sound(_at_8_khz(sweeps()), _at_8_khz(finished), plan, WATCH).wrong == 0


@pytest.mark.parametrize(("late", "wrong"), [(0.0, False), (0.012, False), (0.03, True)])
def test_sound_may_be_a_little_late(late: float, wrong: bool) -> None:
    plan = plan_of(MEDIA, [(Fraction(0), Fraction(1))])
    finished = barcode_sound(1 - late, SECONDS - 1, SOUND_RATE)
    found = compare_sound(_at_8_khz(sweeps()), _at_8_khz(finished), plan, WATCH)
    assert bool(found.wrong) is wrong


def test_a_span_of_a_single_frame_is_compared_too() -> None:
    frame = Fraction(1, 30)
    plan = plan_of(MEDIA, [(Fraction(0), Fraction(2)), (2 + frame, Fraction(SECONDS))])
    right, other = (barcode_sound(start, float(frame), SOUND_RATE) for start in (2.0, 5.0))
    source = _at_8_khz(sweeps())
    assert compare_sound(source, _at_8_khz(right), plan, WATCH) == Comparison(1, 0)
    assert compare_sound(source, _at_8_khz(other), plan, WATCH).wrong == 1


def test_something_foreign_in_a_pause_inside_a_window_is_heard() -> None:
    plan = plan_of(MEDIA, ())
    source = _at_8_khz(sweeps())
    pauses = np.arange(len(source)) % 2000 > 1300
    source[pauses] = 0
    finished = source.copy()
    assert compare_sound(source, finished, plan, WATCH).wrong == 0
    where = np.flatnonzero(pauses & (np.arange(len(source)) // 2000 == 10))
    for loudness, wrong in ((0.01, 0), (0.35, 1)):
        finished[where] = np.round(_at_8_khz(voice())[where + 3000] * loudness / 0.2)
        assert compare_sound(source, finished, plan, WATCH).wrong == wrong


def test_sound_after_the_planned_end_is_heard() -> None:
    plan = plan_of(MEDIA, [(Fraction(7), Fraction(SECONDS))])
    source = _at_8_khz(sweeps())
    found = compare_sound(source, source[: 7 * RATE + 1000], plan, WATCH)
    assert (found.wrong, found.places) == (1, ("second 7",))
    silent = np.concatenate((source[: 7 * RATE], np.zeros((1000, 2), dtype=np.int16)))
    assert compare_sound(source, silent, plan, WATCH).wrong == 0


def test_nothing_to_compare_says_so(inspector: FfmpegInspector, sources: dict[str, Path]) -> None:
    mute = MediaFile(MEDIA.sha256, 1, MEDIA.whole, None, MEDIA.audio, 1)
    plan: RenderPlan = plan_of(mute, ())
    assert inspector.frames(sources["voice"], mute, plan, sources["voice"], False, WATCH) == Comparison(0, 0)


def test_less_than_a_syllable_is_not_looked_for() -> None:
    """Eleven milliseconds are like anything by chance: a film would be stopped for nothing."""
    lots = np.random.default_rng(5)
    noise = (lots.standard_normal(8 * foreign.RATE) / 100).astype(np.float32)
    rest = foreign.Left(np.zeros_like(noise), noise)
    found = [
        foreign.search(rest, [noise[start : start + length].copy()], Unwatched()).searched
        for start, length in ((9000, 43), (9000, 199), (9000, 200), (9000, 4000))
    ]
    assert found == [0, 0, 1, 1]
    assert foreign.search(rest, [noise[9000:13000].copy()], Unwatched()).seconds == (2,)
