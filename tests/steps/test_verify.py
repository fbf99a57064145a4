"""The proof believes nobody: one thing wrong anywhere, and nothing can be packaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import pytest

from media_pipeline.core import canonical, playlists
from media_pipeline.core.errors import Fault, ProofFailed
from media_pipeline.core.findings import Findings
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan, make_plan
from media_pipeline.core.report import CheckName, PrivacyReport, required
from media_pipeline.ports.detector import Frame
from media_pipeline.ports.inspector import Comparison, FileKind, Oddity, TrackFacts
from media_pipeline.ports.watch import Unwatched, Watch
from media_pipeline.steps.package import package
from media_pipeline.steps.second_look import Sight
from media_pipeline.steps.verify import REPORT, Original, Readers, verify, verify_again
from tests.core.values import cuts_of, media, sound_only
from tests.steps.test_second_look import sight

FILM = media(frames=1500)
PLAN = make_plan(cuts_of(FILM, IntervalSet()), FILM)
NOBODY = sight()


@dataclass
class Believer:
    """An inspector that finds everything right, but for what a test says."""

    plan: RenderPlan = PLAN
    wrong_frames: int = 0
    wrong_hidden: int = 0
    wrong_stills: int = 0
    wrong_sound: int = 0
    compared: int = 10
    odd: dict[FileKind, tuple[Oddity, ...]] = field(default_factory=dict)
    same: bool = True
    canary: bool = False
    forgot: bool = False
    facts: Callable[[tuple[TrackFacts, ...]], tuple[TrackFacts, ...]] = lambda tracks: tracks

    def oddities(self, path: Path, kind: FileKind) -> tuple[Oddity, ...]:
        return self.odd.get(kind, ())

    def tracks(self, path: Path) -> tuple[TrackFacts, ...]:
        sound = TrackFacts("soun", 0, 0, 100, self.plan.length)
        if path.name == playlists.SOUND:
            return self.facts((sound,))
        height = next(r for r in self.plan.renditions if playlists.rendition_files(self.plan, r).mp4 == path.name)
        picture = TrackFacts("vide", height.width, height.height, self.plan.frame_count, self.plan.length)
        return self.facts((picture, sound) if self.plan.sound else (picture,))

    def frames(
        self, source: Path, media: MediaFile, plan: RenderPlan, finished: Path, ignore_edit_list: bool, watch: Watch
    ) -> Comparison:
        return Comparison(self.compared, self.wrong_hidden if ignore_edit_list else self.wrong_frames)

    def poster(self, finished: Path, plan: RenderPlan, poster: Path, watch: Watch) -> Comparison:
        return Comparison(self.compared, self.wrong_stills)

    def storyboard(self, finished: Path, plan: RenderPlan, storyboard: Path, watch: Watch) -> Comparison:
        return Comparison(self.compared, 0)

    def sound(self, source: Path, media: MediaFile, plan: RenderPlan, finished: Path, watch: Watch) -> Comparison:
        return Comparison(self.compared, self.wrong_sound)

    def same_streams(self, one: Path, other: Path, watch: Watch) -> bool:
        return self.same

    def holds_any(self, path: Path, needles: frozenset[bytes]) -> bool:
        return self.canary

    def forget(self, *, keep_source: bool = False) -> None:
        self.forgot = not keep_source


def finished(folder: Path, plan: RenderPlan = PLAN) -> Path:
    """A folder with every file of the plan; the texts are right, the media are ten bytes each."""
    out = folder / "out"
    (out / "hls").mkdir(parents=True)
    for name in playlists.output_names(plan):
        (out / name).write_bytes(b"0123456789")
    if plan.clock is not None:
        if plan.brings_top:
            (out / playlists.MASTER).write_text(playlists.write_master(plan, tuple(1 for _ in plan.ladder)))
        if plan.brings_shared:
            (out / playlists.STORYBOARD_CUES).write_text(playlists.write_storyboard_cues(plan.length))
    for step in plan.renditions:
        (out / playlists.rendition_files(plan, step).playlist).write_text(media_playlist(step.height))
    return out


def media_playlist(height: int) -> str:
    return (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:60\n#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        f'#EXT-X-MAP:URI="{height}.m4s",BYTERANGE="4@0"\n'
        f"#EXTINF:60.000000,\n#EXT-X-BYTERANGE:6@4\n{height}.m4s\n#EXT-X-ENDLIST\n"
    )


def proven(out: Path, inspector: Believer, film: MediaFile = FILM, seen: Sight = NOBODY) -> PrivacyReport:
    original = Original(Path("unused"), film, frozenset({b"secret"}))
    return verify(original, inspector.plan, out, Readers(inspector, seen), Unwatched())


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
        (Believer(odd={FileKind.FRAGMENTS: ODD}), CheckName.BOXES),
        (Believer(odd={FileKind.JPEG: ODD}), CheckName.PICTURES),
        (Believer(same=False), CheckName.SAME_STREAMS),
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
        ("hls/720.m3u8", media_playlist(720).replace("#EXTM3U\n", "#EXTM3U\n# hello\n"), CheckName.PLAYLISTS),
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
        assert proven(out, Believer(plan), film).passed


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


class Nothing:
    """Frames that cannot be read."""

    def frames(self, source: Path, media: MediaFile, watch: Watch) -> AbstractContextManager[Iterator[Frame]]:
        raise Fault("tool-failed")
