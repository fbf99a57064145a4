"""An inspector that believes everything, and folders of finished files for it to look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from media_pipeline.core import playlists
from media_pipeline.core.captions import NO_TEXTS, Texts
from media_pipeline.core.hls import Segment, TrackFile, write_media_playlist, write_multivariant
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan, make_plan
from media_pipeline.core.report import PrivacyReport
from media_pipeline.ports.inspector import Comparison, FileKind, Oddity, TrackFacts
from media_pipeline.ports.watch import Unwatched, Watch
from media_pipeline.steps.analyse import Sight
from media_pipeline.steps.verify import Original, Readers, verify
from tests.core.values import cuts_of, media
from tests.steps.test_second_look import sight

FILM = media(frames=1500)
PLAN = make_plan(cuts_of(FILM, IntervalSet()), FILM)
NOBODY = sight()


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
    found: Callable[[Path, frozenset[bytes]], bool] = lambda path, needles: False
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
        return self.canary or self.found(path, needles)

    def forget(self, *, keep_source: bool = False) -> None:
        self.forgot = not keep_source


def finished(folder: Path, plan: RenderPlan = PLAN) -> Path:
    """A folder with every file of the plan; the texts are right, the media are ten bytes each."""
    out = folder / "out"
    (out / "hls").mkdir(parents=True)
    # with the largest sizes the others are there already
    for name in playlists.output_names(plan.whole if plan.brings_top else plan):
        (out / name).write_bytes(b"0123456789")
    track = track_of(plan)
    if plan.clock is not None:
        films = [(size, track) for size in playlists.multivariant_sizes(plan)]
        text = write_multivariant(films, track if plan.sound else None, plan.clock.rate)
        (out / (playlists.multivariant_name(plan) or "unused")).write_text(text)
        if plan.brings_shared:
            (out / playlists.STORYBOARD_CUES).write_text(playlists.write_storyboard_cues(plan.length))
    for name in playlists.output_names(plan):
        if name.endswith(".m3u8") and "master" not in name:
            (out / name).write_text(write_media_playlist(track, f"{Path(name).stem}.m4s"))
    return out


def proven(
    out: Path,
    inspector: Believer,
    film: MediaFile = FILM,
    texts: Texts = NO_TEXTS,
    secret: bytes = b"secret",
    seen: Sight = NOBODY,
) -> PrivacyReport:
    original = Original(Path("unused"), film, frozenset({secret}), texts)
    return verify(original, inspector.plan, out, Readers(inspector, seen), Unwatched())
