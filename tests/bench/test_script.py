"""The mix of made storytimes, and that what judges shares nothing with what a finder is tuned on."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from statistics import median

from tests.benchmarks.finder.drawn import drawn
from tests.benchmarks.finder.kinds import MIX, SAFE, TOLERANCE, Kind
from tests.benchmarks.finder.photographs import PEOPLE
from tests.benchmarks.finder.rooms import set_stage
from tests.benchmarks.finder.scenes import scene_of
from tests.benchmarks.finder.script import QUICK, WHOLE, Script, Series, Side, Take, scripts
from tests.benchmarks.finder.stock import side_of
from tests.films import Timing, moments


def _lengths(script: Script) -> list[tuple[Kind, Fraction]]:
    """Seconds of each take."""
    times = moments(sum(take.frames for take in script.takes) + 1, script.rate, script.timing)
    first, lengths = 0, []
    for take in script.takes:
        lengths.append((take.kind, times[first + take.frames] - times[first]))
        first += take.frames
    return lengths


def _all(series: Series) -> list[tuple[Kind, Fraction]]:
    return [length for script in scripts(series) for length in _lengths(script)]


def test_the_mix_has_its_shares() -> None:
    assert sum(portion.permille for portion in MIX.values()) == 1000
    assert set(MIX) == set(Kind)
    assert sum(MIX[kind].permille for kind in SAFE) > 700
    for series in WHOLE:
        shown = _all(series)
        total = sum(length for _, length in shown)
        for kind, portion in MIX.items():
            share = sum(length for named, length in shown if named is kind) / total
            assert abs(float(share) - portion.permille / 1000) < TOLERANCE, kind


def test_the_bench_is_large_enough() -> None:
    shown = [length for series in WHOLE for length in _all(series)]
    assert sum(series.films for series in WHOLE) >= 20
    assert sum(length for _, length in shown) >= 30 * 60
    assert sum(kind not in SAFE for kind, _ in shown) >= 150
    assert 10 <= median(length for kind, length in shown if kind in SAFE) <= 20
    assert {timing for series in WHOLE for timing in (s.timing for s in scripts(series))} == set(Timing)
    assert {script.size[1] for series in WHOLE for script in scripts(series)} >= {360, 720, 1080}


def test_the_quick_series_have_every_kind() -> None:
    for series in QUICK:
        assert {kind for kind, _ in _all(series)} == set(Kind)


def test_no_seed_is_on_both_sides() -> None:
    seeds: dict[Side, set[int]] = {side: set() for side in Side}
    for series in (*WHOLE, *QUICK):
        for script in scripts(series):
            assert script.side is series.side
            seeds[series.side] |= {script.seed, *(take.seed for take in script.takes)}
    assert not seeds[Side.DESIGN] & seeds[Side.KEPT_ASIDE]


def test_no_picture_is_on_both_sides() -> None:
    rows = [line.split("\t") for line in PEOPLE.read_text("utf-8").splitlines()[1:]]
    scenes = Counter(picture for picture, _ in {(row[0], row[1]) for row in rows})
    assert set(scenes.values()) == {1}
    for what in ("presenter", "child", "back", "face", "profile", "covered"):
        assert {side_of(row[1]) for row in rows if row[2] == what} == set(Side), what


def test_two_presenters_have_two_rooms_and_one_seed_gives_one_film() -> None:
    takes = tuple(Take(kind, 5, 3) for kind in Kind)
    script = Script(Side.DESIGN, 9, (160, 90), Fraction(25), Timing.CONSTANT, True, takes)
    stage = set_stage(script, drawn(Side.DESIGN))
    assert len({id(one) for one in stage.presenters}) == len({id(room) for room in stage.rooms}) == 2
    assert scripts(WHOLE[0]) == scripts(WHOLE[0])
    assert all(scene_of(take, stage) for take in takes)
