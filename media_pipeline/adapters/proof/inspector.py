"""The `Inspector` that uses ffmpeg to decode and the allow-list readers for structure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

from media_pipeline.adapters import inspect
from media_pipeline.adapters.process import Door
from media_pipeline.adapters.proof import needles as needle_search
from media_pipeline.adapters.proof.frames import FrameProof
from media_pipeline.adapters.proof.sound import Samples, SoundReader, compare_sound, hides_sound
from media_pipeline.adapters.proof.stills import compare_poster, compare_storyboard, storyboard_size
from media_pipeline.adapters.proof.streams import PacketReader
from media_pipeline.adapters.proof.thumbs import ThumbReader, Thumbs, small_size
from media_pipeline.core.errors import Fault
from media_pipeline.core.hls import TrackFile
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan
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

_Key = tuple[int, ...]
"""What tells one state of a file from every other: where it is on disk, its size, and when it last changed."""


@dataclass(slots=True)
class _Memory:
    """What was decoded of one source, and of the films made from it. Dropped as soon as another source is asked for."""

    source: _Key
    pictures: Thumbs | None = None
    sound: Samples | None = None
    proof: tuple[str, FrameProof] | None = None
    """Of the plan with this digest."""


class FfmpegInspector(Inspector):
    """Reads finished files afresh, behind the door. Not for several threads at once.

    The source is decoded once for all comparisons, each finished film once for all that look at its frames; what is
    remembered of them lies in nameless temporary files until `forget`.
    """

    def __init__(self, door: Door, ffmpeg: Path) -> None:
        """`ffmpeg` is an ffmpeg 9."""
        self._thumbs, self._sounds = ThumbReader(door, ffmpeg), SoundReader(door, ffmpeg)
        self._packets = PacketReader(door, ffmpeg)
        self.forget()

    def forget(self) -> None:
        """Lets go of all that was decoded: to be called when a proof is done, since it shows what was removed."""
        self._memory = _Memory(())
        self._films: dict[_Key, Thumbs] = {}
        self._compared: dict[tuple[str, _Key, str], Comparison] = {}
        self._heard: dict[tuple[str, str], Comparison] = {}

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
            return _unreadable()
        try:
            proof = self._frame_proof(source, media, plan, Part(watch, Fraction(0), _HALF))
        except ValueError:
            return Comparison(0, 1, places=("no frame is kept",))
        known = (plan.digest, _key(finished), packets)
        if known not in self._compared:
            film = self._film(finished, plan, ignore_edit_list, Part(watch, _HALF, Fraction(1)))
            self._compared[known] = _unreadable() if film is None else proof.compare(film, watch)
        return self._compared[known]

    def poster(self, finished: Path, plan: RenderPlan, poster: Path, watch: Watch) -> Comparison:
        """As `Inspector.poster`. Raises Fault and Cancelled."""
        film = self._film(finished, plan, False, watch)
        if film is None:
            return _unreadable()
        return compare_poster(film, self._thumbs.still(poster, small_size(plan), watch, scaled=True), watch)

    def storyboard(self, finished: Path, plan: RenderPlan, storyboard: Path, watch: Watch) -> Comparison:
        """As `Inspector.storyboard`. Raises Fault and Cancelled."""
        film = self._film(finished, plan, False, watch)
        if film is None:
            return _unreadable()
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
            return _unreadable()
        memory, digest = self._of(source), plan.digest
        if memory.sound is None:
            stream = f"0:{media.audio.index}"
            memory.sound = self._sounds.read(source, stream, media.whole.end, Part(watch, Fraction(0), _HALF))
        known = (digest, packets[0])
        if known not in self._heard:
            self._heard[known] = self._listen(memory.sound, finished, plan, Part(watch, _HALF, Fraction(1)))
        found = self._heard[known]
        if not hides_sound(packets[1], plan):
            return found
        return Comparison(found.compared, found.wrong + 1, places=("hidden sound", *found.places)[:20])

    def _listen(self, source: Samples, finished: Path, plan: RenderPlan, watch: Watch) -> Comparison:
        try:
            heard = self._sounds.read(finished, "0:a:0", plan.length, watch)
        except Fault as trouble:
            _only_unreadable(trouble)
            return _unreadable()
        return compare_sound(source, heard, plan, watch)

    def same_streams(self, one: Path, other: Path, watch: Watch) -> bool:
        """As `Inspector.same_streams`. Raises Fault and Cancelled."""
        return self._packets.same_streams(one, other, watch)

    def holds_any(self, path: Path, needles: frozenset[bytes]) -> bool:
        """As `Inspector.holds_any`."""
        return needle_search.holds_any(path, needles)

    def _of(self, source: Path) -> _Memory:
        """What is remembered of a source; another one's is forgotten."""
        key = _key(source)
        if self._memory.source != key:
            self.forget()
            self._memory = _Memory(key)
        return self._memory

    def _frame_proof(self, source: Path, media: MediaFile, plan: RenderPlan, watch: Watch) -> FrameProof:
        memory, digest = self._of(source), plan.digest
        if media.video is None or plan.clock is None:
            raise ValueError("a sound recording has no frames")
        if memory.pictures is None:
            stream, size = f"0:{media.video.index}", small_size(plan)
            memory.pictures = self._thumbs.film(source, stream, size, media.whole.length, watch)
        if memory.proof is None or memory.proof[0] != digest:
            memory.proof = digest, FrameProof(memory.pictures, plan, plan.clock, watch)
            self._compared.clear()
        return memory.proof[1]

    def _film(self, finished: Path, plan: RenderPlan, ignore_edit_list: bool, watch: Watch) -> Thumbs | None:
        """A finished film's frames; None when it cannot be decoded."""
        key = (*_key(finished), int(ignore_edit_list))
        if key not in self._films:
            reading = ("-xerror", *(("-ignore_editlist", "1") if ignore_edit_list else ()))
            try:
                self._films[key] = self._thumbs.film(finished, "0:v:0", small_size(plan), plan.length, watch, reading)
            except Fault as trouble:
                _only_unreadable(trouble)
                return None
        return self._films[key]


def _key(path: Path) -> _Key:
    """Changes with every writing to the file: nobody can set the time of change."""
    facts = path.stat()
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


def _unreadable() -> Comparison:
    return Comparison(0, 1, places=("unreadable",))


def _only_unreadable(trouble: Fault) -> None:
    """Goes on when a finished file is at fault, which is an answer; raises whatever is the machine's or a person's doing."""
    if trouble.code != "tool-failed":
        raise trouble
