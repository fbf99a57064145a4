"""Nothing checked is not passed; and the grammar of what we publish."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core import playlists
from media_pipeline.core.errors import ProofFailed
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.plan import RenderPlan, make_plan
from media_pipeline.core.report import Bundle, Check, CheckName, Outcome, OutputFile, PrivacyReport, required
from tests.core.values import cuts_of, media, sound_only

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


@pytest.mark.parametrize("plan", [PLAN, SILENT_PLAN])
def test_master_playlists_are_read_as_written(plan: RenderPlan) -> None:
    text = playlists.write_master(plan, (900, 500, 200))
    assert playlists.is_master(text, plan)
    for wrong in (
        text.replace("avc1", "kim.example,"),
        text + "#EXT-X-NOTE\n",
        text.replace("720.m3u8", "http://x/720.m3u8"),
        "",
        text[:-1],
        text[1:],
    ):
        assert not playlists.is_master(wrong, plan)


MEDIA = (
    "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:30\n#EXT-X-MEDIA-SEQUENCE:0\n"
    "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
    '#EXT-X-MAP:URI="720.m4s",BYTERANGE="100@0"\n'
    "#EXTINF:30.000000,\n#EXT-X-BYTERANGE:50@100\n720.m4s\n"
    "#EXTINF:30.000000,\n#EXT-X-BYTERANGE:60@150\n720.m4s\n#EXT-X-ENDLIST\n"
)


def test_media_playlists_tile_their_file() -> None:
    top, length = PLAN.renditions[0], Fraction(60)
    assert playlists.is_media_playlist(MEDIA, top, 210, length)
    assert not playlists.is_media_playlist(MEDIA, top, 211, length)
    assert not playlists.is_media_playlist(MEDIA, PLAN.renditions[1], 210, length)
    assert not playlists.is_media_playlist(MEDIA, top, 210, Fraction(59))


def test_peak_bandwidth_is_the_heaviest_segments() -> None:
    assert playlists.peak_bandwidth(MEDIA) == 60 * 8 // 30
    with pytest.raises(ValueError, match=r".+"):
        playlists.peak_bandwidth("#EXTM3U\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("50@100", "50@99"),
        ("\n720.m4s\n#EXT-X-ENDLIST", "\n480.m4s\n#EXT-X-ENDLIST"),
        ("#EXT-X-ENDLIST\n", ""),
        ("#EXTM3U\n", "#EXTM3U\n#comment\n"),
        ("#EXTINF:30.000000,", "#EXTINF:30.000000,title"),
        ("#EXT-X-ENDLIST", "#EXT-X-DATERANGE:ID=1\n#EXT-X-ENDLIST"),
    ],
)
def test_anything_else_in_a_media_playlist_is_refused(old: str, new: str) -> None:
    assert old in MEDIA
    assert not playlists.is_media_playlist(MEDIA.replace(old, new), PLAN.renditions[0], 210, Fraction(60))


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
    assert sum(map(len, parts)) == len(set().union(*parts)) == len(playlists.names_of_all_parts(PLAN))
    assert playlists.names_of_all_parts(PLAN) - set(playlists.output_names(PLAN)) == {"poster-360.jpg"}
