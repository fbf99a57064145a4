"""The `Inspector` that uses ffmpeg to decode and the allow-list readers for structure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from media_pipeline.adapters import inspect
from media_pipeline.adapters.process import Door
from media_pipeline.adapters.proof import needles as needle_search
from media_pipeline.adapters.proof.announced import Listener
from media_pipeline.adapters.proof.decoding import UNSMOOTHED, FileState, file_state
from media_pipeline.adapters.proof.edited import EditedFrames
from media_pipeline.adapters.proof.frames import FrameProof
from media_pipeline.adapters.proof.hearing import Samples, SoundReader
from media_pipeline.adapters.proof.memory import (
    MOST_PLACES,
    Memory,
    only_unreadable,
    told_seconds,
    unreadable,
    with_lost,
)
from media_pipeline.adapters.proof.pictures import Numbers
from media_pipeline.adapters.proof.planned import planned_frames
from media_pipeline.adapters.proof.regions import stretches
from media_pipeline.adapters.proof.sound import compare_sound, hides_sound
from media_pipeline.adapters.proof.stills import compare_poster, compare_storyboard, storyboard_size
from media_pipeline.adapters.proof.streams import PacketReader
from media_pipeline.adapters.proof.thumbs import ThumbReader, Thumbs, as_seen, small_size, worked_size
from media_pipeline.core.errors import Fault
from media_pipeline.core.hls import TrackFile
from media_pipeline.core.media import AudioTrack, MediaFile, VideoTrack
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.playlists import rendition_files
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.inspector import Comparison, FileKind, Inspector, Oddity, TrackFacts
from media_pipeline.ports.watch import Part, Watch

_READERS: dict[FileKind, Callable[[Path], tuple[inspect.Violation, ...]]] = {
    FileKind.MP4: inspect.read_mp4,
    FileKind.SOUND: inspect.read_m4a,
    FileKind.PICTURES_TRACK: partial(inspect.read_fragmented, kind=inspect.Kind.VIDEO),
    FileKind.SOUND_TRACK: partial(inspect.read_fragmented, kind=inspect.Kind.AUDIO),
    FileKind.JPEG: inspect.read_jpeg,
}

_HANDLERS = {inspect.Kind.VIDEO: "vide", inspect.Kind.AUDIO: "soun"}

_HALF = Fraction(1, 2)


class FfmpegInspector(Inspector):
    """Reads finished files afresh, behind the door. Not for several threads at once.

    The source is decoded once for all comparisons, each finished film once for all that look at its frames; what is
    remembered of them lies in nameless temporary files until `forget`.
    """

    def __init__(self, door: Door, ffmpeg: Path) -> None:
        """`ffmpeg` is an ffmpeg 9."""
        self._thumbs, self._sounds = ThumbReader(door, ffmpeg), SoundReader(door, ffmpeg)
        self._packets, self._listener = PacketReader(door, ffmpeg), Listener(door, ffmpeg)
        self._memory = Memory(())
        self.forget()

    def forget(self, *, keep_source: bool = False) -> None:
        """As `Inspector.forget`."""
        if not keep_source:
            self._memory = Memory(())
        self._films: dict[FileState, Thumbs] = {}
        self._compared: dict[tuple[str, FileState, str], Comparison] = {}
        self._packets.forget()

    def oddities(self, path: Path, kind: FileKind) -> tuple[Oddity, ...]:
        """As `Inspector.oddities`."""
        return tuple(Oddity(violation.code.value, violation.where) for violation in _READERS[kind](path))

    def tracks(self, path: Path) -> tuple[TrackFacts, ...]:
        """As `Inspector.tracks`."""
        return tuple(
            TrackFacts(_HANDLERS[t.kind], t.width, t.height, t.samples, t.duration if t.edit is None else t.edit[1])
            for t in inspect.tracks(path)
        )

    def track_file(self, path: Path) -> TrackFile | None:
        """As `Inspector.track_file`."""
        return inspect.track_file(path)

    def frames(
        self, source: Path, media: MediaFile, plan: RenderPlan, finished: Path, ignore_edit_list: bool, watch: Watch
    ) -> Comparison:
        """As `Inspector.frames`. Raises Fault when the source cannot be decoded, and Cancelled.

        A finished film is decoded a second time only when its edit list makes other frames of the same packets.
        """
        if media.video is None or plan.clock is None:
            return Comparison(0, 0)
        packets = self._packets.pictures(finished, ignore_edit_list, watch)
        if packets is None:
            return unreadable()
        try:
            proof = self._frame_proof(source, media, plan, Part(watch, Fraction(0), _HALF))
        except ValueError:
            return Comparison(0, 1, places=("no frame is kept",))
        known = (plan.whole.digest, file_state(finished), packets)
        if known not in self._compared:
            part = Part(watch, _HALF, Fraction(1))
            self._compared[known] = self._compare(proof, media.video, plan, finished, ignore_edit_list, part)
        return with_lost(self._compared[known], self._lost_frames(source, media, plan, watch))

    def _compare(
        self,
        proof: FrameProof,
        video: VideoTrack,
        plan: RenderPlan,
        finished: Path,
        ignore_edit_list: bool,
        watch: Watch,
    ) -> Comparison:
        film = self._film(finished, plan, ignore_edit_list, watch)
        if film is None:
            return unreadable()
        try:
            uncovered = self._uncovered(proof.edited, video, plan, finished, ignore_edit_list, len(film), watch)
        except Fault as trouble:
            only_unreadable(trouble)
            return unreadable()
        return proof.compare(film, uncovered, watch)

    def _uncovered(
        self,
        edited: EditedFrames,
        video: VideoTrack,
        plan: RenderPlan,
        finished: Path,
        ignore_edit_list: bool,
        count: int,
        watch: Watch,
    ) -> Numbers:
        """The finished frames that show anything where they must be black."""
        # another size than its own would be smeared, and so be wrong rather than right
        named = [size for size in plan.renditions if rendition_files(plan, size).mp4 == finished.name]
        rendition = (named or plan.renditions)[0]
        size = rendition.width, rendition.height
        zones = edited.hidden((video.width, video.height), size)
        wanted = [(first, min(end, count)) for first, end, _ in zones if first < count]
        if not wanted:
            return np.zeros(0, dtype=np.int64)
        reading = _reading(ignore_edit_list)
        frames = self._thumbs.numbered(finished, "0:v:0", size, wanted, Fraction(count), watch, reading)
        shown = [number for number, luma in frames if any(f <= number < e and z.shows(luma) for f, e, z in zones)]
        return np.array(shown, dtype=np.int64)

    def poster(self, finished: Path, plan: RenderPlan, poster: Path, watch: Watch) -> Comparison:
        """As `Inspector.poster`. Raises Fault and Cancelled."""
        film = self._film(finished, plan, False, watch)
        if film is None:
            return unreadable()
        return compare_poster(film, self._thumbs.still(poster, small_size(plan), watch, scaled=True), watch)

    def storyboard(self, finished: Path, plan: RenderPlan, storyboard: Path, watch: Watch) -> Comparison:
        """As `Inspector.storyboard`. Raises Fault and Cancelled."""
        film = self._film(finished, plan, False, watch)
        if film is None:
            return unreadable()
        tiles = self._thumbs.still(storyboard, storyboard_size(plan), watch, scaled=False)
        return compare_storyboard(film, plan, tiles)

    def sound(self, source: Path, media: MediaFile, plan: RenderPlan, finished: Path, watch: Watch) -> Comparison:
        """As `Inspector.sound`, and that no sound hides behind an edit list. Raises Fault and Cancelled.

        Files with the same packets, as all renditions have them, are listened to once.
        """
        if media.audio is None:
            return Comparison(0, 0)
        packets = self._packets.sound(finished, watch)
        if packets is None:
            return unreadable()
        memory, digest = self._of(source), plan.whole.digest
        stream = f"0:{media.audio.index}"
        if memory.sound is None:
            hearing = Part(watch, Fraction(0), _HALF)
            memory.sound, memory.complained = self._sounds.read(source, stream, media.whole.end, hearing)
        known = (digest, packets[0])
        if known not in memory.heard:
            memory.heard[known] = self._listen(memory.sound, finished, plan, Part(watch, _HALF, Fraction(1)))
        found = with_lost(memory.heard[known], self._lost_sound(source, media.audio, media.whole.end, plan, watch))
        if not hides_sound(packets[1], plan):
            return found
        return replace(found, wrong=found.wrong + 1, places=("hidden sound", *found.places)[:MOST_PLACES])

    def _listen(self, source: Samples, finished: Path, plan: RenderPlan, watch: Watch) -> Comparison:
        try:
            heard, _ = self._sounds.read(finished, "0:a:0", plan.length, watch)
        except Fault as trouble:
            only_unreadable(trouble)
            return unreadable()
        return compare_sound(source, heard, plan, watch)

    def same_streams(self, one: Path, other: Path, watch: Watch) -> bool:
        """As `Inspector.same_streams`. Raises Fault and Cancelled."""
        return self._packets.same_streams(one, other, watch)

    def holds_any(self, path: Path, needles: frozenset[bytes]) -> bool:
        """As `Inspector.holds_any`."""
        return needle_search.holds_any(path, needles)

    def _of(self, source: Path) -> Memory:
        """What is remembered of a source; another one's is forgotten."""
        key = file_state(source)
        if self._memory.source != key:
            self._memory = Memory(key)
            self._compared.clear()  # what finished files hold by themselves stays known
        return self._memory

    def _frame_proof(self, source: Path, media: MediaFile, plan: RenderPlan, watch: Watch) -> FrameProof:
        memory, digest = self._of(source), plan.whole.digest
        video, clock = media.video, plan.clock
        if video is None or clock is None:
            raise ValueError("a sound recording has no frames")
        if memory.pictures is None:
            size = small_size(plan)
            memory.pictures = self._thumbs.film(
                source,
                f"0:{video.index}",
                size,
                media.whole.length,
                Part(watch, Fraction(0), _HALF),
                UNSMOOTHED,
                shown=as_seen(video, size),
            )
        if memory.proof is None or memory.proof[0] != digest:
            planned = planned_frames(plan, clock, memory.pictures.times)
            edited = EditedFrames(planned, stretches(plan, clock), len(memory.pictures))
            if edited:
                shown, part = (video.width, video.height), Part(watch, _HALF, Fraction(1))
                worked = worked_size(shown)
                frames = self._thumbs.numbered(
                    source,
                    f"0:{video.index}",
                    worked,
                    edited.wanted,
                    media.whole.length,
                    part,
                    shown=as_seen(video, worked),
                )
                edited.draw(frames, shown, worked, small_size(plan))
            memory.proof = digest, FrameProof(memory.pictures, planned, edited, clock, watch)
            self._compared.clear()
        return memory.proof[1]

    def _lost_frames(self, source: Path, media: MediaFile, plan: RenderPlan, watch: Watch) -> tuple[str, ...]:
        """What the plan keeps of the pictures and no decoder can read."""
        memory, known = self._of(source), (plan.whole.digest, False)
        if known in memory.lost or media.video is None or memory.pictures is None:
            return memory.lost.get(known, ())
        stream, length = f"0:{media.video.index}", media.whole.length
        if memory.announced is None:
            memory.announced = self._listener.packets(source, stream, length, watch)
            memory.clean = float(media.video.start) + memory.pictures.times
            if memory.pictures.complained:
                memory.clean = self._listener.frames(source, stream, length, watch)
        lost = memory.announced.lost(memory.clean, plan.keep)
        memory.lost[known] = told_seconds("frames", lost)
        return memory.lost[known]

    def _lost_sound(
        self, source: Path, audio: AudioTrack, end: Seconds, plan: RenderPlan, watch: Watch
    ) -> tuple[str, ...]:
        """What the plan keeps of the sound and no decoder can read."""
        memory, known = self._of(source), (plan.whole.digest, True)
        if known not in memory.lost:
            lost: list[float] = []
            if memory.complained:
                stream = f"0:{audio.index}"
                announced = self._listener.packets(source, stream, end, watch)
                lost = announced.silent(self._listener.sounds(source, stream, end, watch), plan.keep)
            memory.lost[known] = told_seconds("sound", lost)
        return memory.lost[known]

    def _film(self, finished: Path, plan: RenderPlan, ignore_edit_list: bool, watch: Watch) -> Thumbs | None:
        """A finished film's frames; None when it cannot be decoded."""
        key = (*file_state(finished), int(ignore_edit_list))
        if key not in self._films:
            reading = "-xerror", *UNSMOOTHED, *_reading(ignore_edit_list)
            try:
                self._films[key] = self._thumbs.film(finished, "0:v:0", small_size(plan), plan.length, watch, reading)
            except Fault as trouble:
                only_unreadable(trouble)
                return None
        return self._films[key]


def _reading(ignore_edit_list: bool) -> tuple[str, ...]:
    return ("-ignore_editlist", "1") if ignore_edit_list else ()
