"""The proof believes nobody: one thing wrong anywhere, and nothing can be packaged."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from media_pipeline.core import canonical, playlists
from media_pipeline.core.errors import Fault, ProofFailed
from media_pipeline.core.findings import Findings
from media_pipeline.core.hls import Segment, TrackFile, write_media_playlist
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.ladder import batches
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan, make_plan
from media_pipeline.core.report import CheckName, PrivacyReport, required
from media_pipeline.core.stretches import Account, Stretch
from media_pipeline.ports.detector import Frame
from media_pipeline.ports.inspector import FileKind, Oddity, TrackFacts
from media_pipeline.ports.watch import Unwatched, Watch
from media_pipeline.steps.analyse import Sight
from media_pipeline.steps.finished import REPORT
from media_pipeline.steps.package import package
from media_pipeline.steps.verify import Original, Readers, verify, verify_again
from tests.core.values import cuts_of, sound_only
from tests.steps.believer import FILM, NOBODY, PLAN, Believer, finished, proven, track_of
from tests.steps.test_second_look import Reel, sight


def test_everything_right_is_proven_and_packaged(tmp_path: Path) -> None:
    out = finished(tmp_path)
    inspector = Believer()
    report = proven(out, inspector)
    assert report.broken == ()
    assert inspector.forgot, "pictures of what was removed are kept"
    assert {file.name for file in package(report, out).files} == set(playlists.output_names(PLAN))


ODD = (Oddity("udta", "moov/udta"),)


@pytest.mark.parametrize(
    ("inspector", "broken"),
    [
        (Believer(wrong_frames=1), CheckName.FRAMES),
        (Believer(wrong_hidden=1), CheckName.HIDDEN_FRAMES),
        (Believer(wrong_stills=1), CheckName.STILLS),
        (Believer(wrong_sound=1), CheckName.SOUND),
        (Believer(compared=0), CheckName.FRAMES),
        (Believer(odd={FileKind.MP4: ODD}), CheckName.BOXES),
        (Believer(odd={FileKind.SOUND: ODD}), CheckName.BOXES),
        (Believer(odd={FileKind.PICTURES_TRACK: ODD}), CheckName.BOXES),
        (Believer(odd={FileKind.SOUND_TRACK: ODD}), CheckName.BOXES),
        (Believer(odd={FileKind.JPEG: ODD}), CheckName.PICTURES),
        (Believer(same=False), CheckName.SAME_STREAMS),
        (Believer(track=None), CheckName.PLAYLISTS),
        (Believer(track=TrackFile("avc1.640028", 4, (Segment(7, PLAN.length),))), CheckName.PLAYLISTS),
        (Believer(track=TrackFile("avc1.640028", 4, (Segment(6, PLAN.length - 1),))), CheckName.PLAYLISTS),
        (Believer(track=TrackFile("avc1.64001f", 4, (Segment(6, PLAN.length),))), CheckName.PLAYLISTS),
        (Believer(canary=True), CheckName.CANARIES),
        (Believer(facts=lambda tracks: ()), CheckName.COUNTS),
        (Believer(facts=lambda tracks: (*tracks, tracks[0])), CheckName.COUNTS),
    ],
)
def test_one_thing_wrong_is_enough(tmp_path: Path, inspector: Believer, broken: CheckName) -> None:
    out = finished(tmp_path)
    report = proven(out, inspector)
    assert broken in report.broken
    with pytest.raises(ProofFailed, match="checks-failed"):
        package(report, out)


@pytest.mark.parametrize(
    ("name", "text", "broken"),
    [
        ("notes.txt", "hello", CheckName.FILES),
        (playlists.MASTER, "#EXTM3U\n#EXT-X-NOTE:hello\n", CheckName.PLAYLISTS),
        (playlists.STORYBOARD_CUES, "WEBVTT\n\nNOTE hello\n", CheckName.PLAYLISTS),
        ("hls/720.m3u8", write_media_playlist(track_of(PLAN), "720.m4s") + "# hello\n", CheckName.PLAYLISTS),
        ("hls/sound.m3u8", write_media_playlist(track_of(PLAN), "720.m4s"), CheckName.PLAYLISTS),
    ],
)
def test_a_file_that_is_not_planned_or_not_ours_breaks_it(
    tmp_path: Path, name: str, text: str, broken: CheckName
) -> None:
    out = finished(tmp_path)
    (out / name).write_text(text)
    assert broken in proven(out, Believer()).broken


def test_a_missing_file_breaks_it(tmp_path: Path) -> None:
    out = finished(tmp_path)
    (out / playlists.POSTER).unlink()
    assert CheckName.FILES in proven(out, Believer()).broken


def test_a_link_is_not_a_file_of_ours(tmp_path: Path) -> None:
    out = finished(tmp_path)
    (out / playlists.POSTER).unlink()
    (out / playlists.POSTER).symlink_to(out / playlists.STORYBOARD)
    assert CheckName.FILES in proven(out, Believer()).broken


def test_silent_films_and_sound_recordings_have_their_own_proof(tmp_path: Path) -> None:
    quiet = MediaFile(FILM.sha256, 1, FILM.whole, FILM.video, None, 0)
    for number, film in enumerate((quiet, sound_only())):
        plan = make_plan(cuts_of(film, IntervalSet()), film)
        out = finished(tmp_path / str(number), plan)
        assert proven(out, Believer(plan, track=track_of(plan)), film).passed


def test_the_smallest_rendition_is_proven_by_itself_and_the_others_beside_it(tmp_path: Path) -> None:
    alone, others = (PLAN.only(*sizes) for sizes in batches(PLAN.ladder, first_alone=True))
    out = finished(tmp_path, alone)
    assert proven(out, Believer(alone)).passed
    shutil.copytree(finished(tmp_path / "later", others), out, dirs_exist_ok=True)
    assert proven(out, Believer(others)).passed
    (out / playlists.SOUND_FRAGMENTS).unlink()
    assert CheckName.PLAYLISTS in proven(out, Believer(others)).broken
    (out / "hls" / "master-720.m3u8").write_text("of no part")
    assert CheckName.FILES in proven(out, Believer(others)).broken


def test_files_that_changed_since_the_proof_are_not_packaged(tmp_path: Path) -> None:
    out = finished(tmp_path)
    report = proven(out, Believer())
    (out / playlists.TOP).write_bytes(b"9876543210")
    with pytest.raises(ProofFailed, match="report-elsewhere"):
        package(report, out)
    changed = verify_again(report, out, Believer(), Unwatched())
    assert [check.name for check in changed if check.wrong] == [CheckName.UNCHANGED]


def test_verifying_again_finds_nothing_new_in_what_is_unchanged(tmp_path: Path) -> None:
    out = finished(tmp_path)
    report = proven(out, Believer())
    (out / REPORT).write_text("beside them, and not one of them")
    assert not any(check.wrong for check in verify_again(report, out, Believer(), Unwatched()))


def test_lengths_are_held_against_the_plan(tmp_path: Path) -> None:
    out = finished(tmp_path)

    def longer(tracks: tuple[TrackFacts, ...]) -> tuple[TrackFacts, ...]:
        return tuple(TrackFacts(t.handler, t.width, t.height, t.samples, t.length + Fraction(1, 5)) for t in tracks)

    assert CheckName.COUNTS in proven(out, Believer(facts=longer)).broken


SHOWN = make_plan(cuts_of(FILM, IntervalSet()), FILM, Findings(FILM.sha256, (), ()))


def test_where_staff_decided_the_detectors_look_again(tmp_path: Path) -> None:
    out = finished(tmp_path, SHOWN)
    report = proven(out, Believer(SHOWN))
    assert report.passed
    assert CheckName.SECOND_LOOK in {check.name for check in report.checks}
    assert canonical.loads(PrivacyReport, canonical.dumps(report)) == report
    child = proven(out, Believer(SHOWN), seen=sight(("20", "30", [900])))
    assert child.broken == (CheckName.SECOND_LOOK,)
    with pytest.raises(ProofFailed, match="checks-failed"):
        package(child, out)


def test_a_report_without_the_second_look_has_not_passed(tmp_path: Path) -> None:
    report = proven(finished(tmp_path, SHOWN), Believer(SHOWN))
    without = replace(report, checks=tuple(c for c in report.checks if c.name is not CheckName.SECOND_LOOK))
    assert without.broken == (CheckName.SECOND_LOOK,)


@pytest.mark.parametrize("part", [SHOWN.only(SHOWN.ladder[-1]), SHOWN.only(*SHOWN.ladder[:-1])])
def test_each_part_of_the_ladder_has_its_own_proof(tmp_path: Path, part: RenderPlan) -> None:
    assert CheckName.SECOND_LOOK in required(part)
    out = finished(tmp_path, part)
    inspector = Believer(part)
    original = Original(Path("unused"), FILM, frozenset())
    report = verify(original, part, out, Readers(inspector, NOBODY), Unwatched(), remember=True)
    assert (report.broken, inspector.forgot) == ((), False)
    assert proven(out, inspector).passed
    assert inspector.forgot


def test_what_was_decoded_is_forgotten_when_a_proof_ends_in_trouble(tmp_path: Path) -> None:
    out, inspector = finished(tmp_path, SHOWN), Believer(SHOWN)
    blind = Readers(inspector, Sight(Nothing(), NOBODY.shots, NOBODY.eyes))
    with pytest.raises(Fault):
        verify(Original(Path("unused"), FILM, frozenset()), SHOWN, out, blind, Unwatched(), remember=True)
    assert inspector.forgot


class Nothing(Reel):
    """Frames that cannot be read."""

    @contextmanager
    def frames(
        self, source: Path, media: MediaFile, watch: Watch, stretch: Stretch
    ) -> Iterator[Iterator[Frame | Account]]:
        raise Fault("tool-failed")
        yield iter(())
