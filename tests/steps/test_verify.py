"""The proof believes nobody: one thing wrong anywhere, and nothing can be packaged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import pytest

from media_pipeline.core import playlists
from media_pipeline.core.errors import ProofFailed
from media_pipeline.core.hls import Segment, TrackFile, write_media_playlist, write_multivariant
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.ladder import batches
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan, make_plan
from media_pipeline.core.report import CheckName, PrivacyReport
from media_pipeline.ports.inspector import Comparison, FileKind, Oddity, TrackFacts
from media_pipeline.ports.watch import Unwatched, Watch
from media_pipeline.steps.package import package
from media_pipeline.steps.verify import REPORT, Original, verify, verify_again
from tests.core.values import cuts_of, media, sound_only

FILM = media(frames=1500)
PLAN = make_plan(cuts_of(FILM, IntervalSet()), FILM)


def track_of(plan: RenderPlan) -> TrackFile:
    """What all track files say of themselves."""
    return TrackFile("avc1.640028", 4, (Segment(6, plan.length),))


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
    track: TrackFile | None = field(default_factory=lambda: track_of(PLAN))
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

    def track_file(self, path: Path) -> TrackFile | None:
        return self.track

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

    def forget(self) -> None:
        self.forgot = True


def finished(folder: Path, plan: RenderPlan = PLAN) -> Path:
    """A folder with every file of the plan; the texts are right, the media are ten bytes each."""
    out = folder / "out"
    (out / "hls").mkdir(parents=True)
    for name in playlists.output_names(plan):
        (out / name).write_bytes(b"0123456789")
    track = track_of(plan)
    if plan.clock is not None:
        films = [(size, track) for size in playlists.multivariant_sizes(plan)]
        text = write_multivariant(films, track if plan.sound else None, plan.clock.rate)
        (out / (playlists.multivariant_name(plan) or "unused")).write_text(text)
        (out / playlists.STORYBOARD_CUES).write_text(playlists.write_storyboard_cues(plan.length))
    for name in playlists.output_names(plan):
        if name.endswith(".m3u8") and "master" not in name:
            (out / name).write_text(write_media_playlist(track, f"{Path(name).stem}.m4s"))
    return out


def proven(out: Path, inspector: Believer, film: MediaFile = FILM) -> PrivacyReport:
    return verify(Original(Path("unused"), film, frozenset({b"secret"})), inspector.plan, out, inspector, Unwatched())


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
