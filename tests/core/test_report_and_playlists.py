"""Nothing checked is not passed; and the grammar of what we publish."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core import playlists
from media_pipeline.core.errors import ProofFailed
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.ladder import batches
from media_pipeline.core.plan import RenderPlan, ShownFaces, make_plan
from media_pipeline.core.report import (
    Bundle,
    Check,
    CheckName,
    Outcome,
    OutputFile,
    PrivacyReport,
    looked_at_again,
    required,
    safe_after,
)
from tests.core.values import cuts_of, findings, media, shot, sound_only

PLAN = make_plan(cuts_of(media(), IntervalSet()), media())
SOUND_PLAN = make_plan(cuts_of(sound_only(), IntervalSet()), sound_only())
SILENT_PLAN = replace(PLAN, sound=False)


def report(*checks: Check, plan: RenderPlan = PLAN) -> PrivacyReport:
    return PrivacyReport(plan, (OutputFile("video.mp4", "0" * 64, 1),), checks)


def held(name: CheckName) -> Check:
    return Check(name, Outcome.HELD, 1, 0)


@pytest.mark.parametrize("plan", [PLAN, SOUND_PLAN, SILENT_PLAN])
def test_all_required_checks_pass(plan: RenderPlan) -> None:
    made = report(*map(held, sorted(required(plan))), plan=plan)
    assert made.passed
    assert made.broken == ()
    assert Bundle(made).files == made.outputs


@given(st.sampled_from(sorted(required(PLAN))), st.booleans())
def test_one_missing_or_broken_check_is_enough_to_refuse(name: CheckName, broken: bool) -> None:
    checks = [held(other) for other in required(PLAN) if other is not name]
    if broken:
        checks.append(Check(name, Outcome.BROKEN, 1, 1))
    made = report(*checks)
    assert not made.passed
    assert made.broken == (name,)
    with pytest.raises(ProofFailed, match="checks-failed"):
        Bundle(made)


def test_what_a_plan_brings_must_be_checked() -> None:
    """A second look where staff were shown faces, and words where there are any."""
    shown = replace(PLAN, shown=(ShownFaces(PLAN.keep[0], None),))
    assert required(shown) - required(PLAN) == {CheckName.SECOND_LOOK}
    said = replace(PLAN, captions="WEBVTT\n")
    assert required(said) - required(PLAN) == {CheckName.CAPTIONS}
    assert required(said.wordless) == required(PLAN)


def test_no_check_is_no_proof() -> None:
    with pytest.raises(ProofFailed, match="no-checks"):
        Bundle(report())


@pytest.mark.parametrize(("compared", "wrong"), [(0, 0), (5, 1)])
def test_a_check_of_nothing_never_holds(compared: int, wrong: int) -> None:
    with pytest.raises(ValueError, match="compared something"):
        Check(CheckName.FRAMES, Outcome.HELD, compared, wrong)


def test_file_names_are_ours() -> None:
    names = playlists.output_names(PLAN)
    assert "video.mp4" in names
    assert "video-480.mp4" in names
    assert "hls/360.m4s" in names
    assert playlists.output_names(SOUND_PLAN) == ("audio.m4a",)
    assert "audio.m4a" not in playlists.output_names(SILENT_PLAN)


def test_a_part_of_the_ladder_brings_what_it_can() -> None:
    alone, others = (PLAN.only(*sizes) for sizes in batches(PLAN.ladder, first_alone=True))
    assert playlists.multivariant_name(alone) == "hls/master-360.m3u8"
    assert playlists.multivariant_sizes(alone) == alone.renditions
    assert {"hls/sound.m4s", "hls/sound.m3u8"} <= set(playlists.output_names(alone))
    assert playlists.multivariant_name(others) == playlists.MASTER
    assert playlists.multivariant_sizes(others) == PLAN.ladder
    assert not {"hls/sound.m4s", "hls/sound.m3u8"} & set(playlists.output_names(others))
    middle = PLAN.only(PLAN.ladder[1])
    assert playlists.multivariant_name(middle) is None
    assert playlists.multivariant_name(SOUND_PLAN) is None
    assert "hls/sound.m4s" not in playlists.output_names(SILENT_PLAN)
    for part in (PLAN, alone, others, middle):
        assert set(playlists.output_names(part)) <= playlists.known_names(others)
    assert playlists.known_names(SOUND_PLAN) == {"audio.m4a"}


def test_families_get_the_playlist_of_most_sizes() -> None:
    small, middle = "hls/master-360.m3u8", "hls/master-720.m3u8"
    assert playlists.widest_multivariant(["video.mp4", small, "hls/360.m3u8"]) == small
    assert playlists.widest_multivariant([middle, small]) == middle
    assert playlists.widest_multivariant([small, playlists.MASTER, middle]) == playlists.MASTER
    assert playlists.widest_multivariant(playlists.output_names(SOUND_PLAN)) is None


@given(st.fractions(min_value=Fraction(1, 25), max_value=7200, max_denominator=1001))
def test_storyboards_cover_the_film(length: Fraction) -> None:
    moments = playlists.storyboard_moments(length)
    assert moments[0] == 0
    assert moments[-1] < length <= moments[-1] + playlists.storyboard_step(length)
    assert len(moments) <= 100
    text = playlists.write_storyboard_cues(length)
    assert playlists.is_storyboard_cues(text, length)
    assert not playlists.is_storyboard_cues(text + "NOTE hello\n", length)
    assert text.count(" --> ") == len(moments)


def test_cue_times() -> None:
    assert playlists.vtt_time(Fraction(3725) + Fraction(1, 3)) == "01:02:05.333"


def test_each_part_of_the_ladder_brings_files_of_its_own() -> None:
    parts = [set(playlists.output_names(PLAN.only(size))) for size in PLAN.ladder]
    assert sum(map(len, parts)) == len(set().union(*parts)) == len(playlists.known_names(PLAN))
    assert playlists.known_names(PLAN) - set(playlists.output_names(PLAN)) == {"poster-360.jpg", "hls/master-360.m3u8"}


def test_what_a_second_look_tells_of_can_be_declared_safe_shot_by_shot() -> None:
    cut = cuts_of(media(), IntervalSet((Interval(Fraction(10), Fraction(20)),)))
    plan = make_plan(cut, media(), findings(shot(0, 10, 1, 1), shot(10, 20, 2, 3), shot(20, 30, 3), shot(30, 60, 4, 1)))
    found = Check(CheckName.SECOND_LOOK, Outcome.BROKEN, 40, 2, codes=("3.200", "12.000"))
    told = report(held(CheckName.FRAMES), found, plan=plan)
    assert looked_at_again(told) == (Fraction(16, 5), Fraction(22))
    safe = safe_after(told)
    assert safe == IntervalSet((Interval(Fraction(0), Fraction(10)), Interval(Fraction(20), Fraction(30))))
    shown = make_plan(cut, media(), findings(shot(0, 60, 1)), safe).shown
    assert shown is not None
    assert [part.faces for part in shown] == [0, None, None]
    assert looked_at_again(report(held(CheckName.FRAMES))) == ()
    assert safe_after(report(found)) == IntervalSet()
