"""The checks of finished files that need their plan only, not the recording."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from media_pipeline.core import hls, playlists
from media_pipeline.core.captions import Texts
from media_pipeline.core.cue_text import tells_what_was_dropped, written, wrong_texts
from media_pipeline.core.ladder import Rendition
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.report import Check, CheckName, Outcome, OutputFile
from media_pipeline.ports.inspector import FileKind, Inspector
from media_pipeline.ports.watch import Watch

REPORT = "report.json"
"""The only other file that may stand beside the finished ones; it is never published."""

MOST_CODES = 20
"""Places that one check names."""

_SOUND_TOLERANCE = Fraction(1024 * 3, 48000)
"""Seconds a sound track may differ from the plan: AAC comes in frames of 1024 samples, and one more is priming."""


def checks_of_files(
    plan: RenderPlan, out: Path, inspector: Inspector, watch: Watch, texts: Texts | None = None
) -> Iterable[Check]:
    """The checks that need the finished files and the plan only, and the approved words where they are at hand."""
    names = set(_names_below(out))
    wanted, known = set(playlists.output_names(plan)), playlists.known_names(plan)
    odd = [f"file {'missing' if name in wanted else 'extra'}" for name in (wanted - names) | (names - known)]
    yield check(CheckName.FILES, len(wanted), odd)
    if odd:
        return
    yield _oddities(CheckName.BOXES, out, _containers(plan), inspector)
    stills = {name: FileKind.JPEG for name in wanted if name.endswith(".jpg")}
    if stills:
        yield _oddities(CheckName.PICTURES, out, stills, inspector)
    if plan.clock is not None:
        yield _playlists(plan, plan.clock.rate, out, inspector)
    if playlists.text_names(plan):
        yield _captions(plan, out, texts)
    yield _counts(plan, out, inspector)
    if plan.clock is not None:
        yield _same_streams(plan, out, inspector, watch)


def list_outputs(plan: RenderPlan, out: Path) -> tuple[OutputFile, ...]:
    """Every file below `out` that the plan's renditions bring, with its hash, by name. A link is no file of ours."""
    files = ((name, out / name) for name in playlists.output_names(plan))
    return tuple(
        OutputFile(name, _sha256(path), path.stat().st_size)
        for name, path in files
        if path.is_file() and not path.is_symlink()
    )


def _names_below(out: Path) -> Iterable[str]:
    """Every file below `out` but the report. Links count as files that are not ours."""
    for path in out.rglob("*"):
        name = path.relative_to(out).as_posix()
        if path.is_symlink():
            yield f"{name} (link)"
        elif not path.is_dir() and name != REPORT:
            yield name


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _containers(plan: RenderPlan) -> dict[str, FileKind]:
    kinds = {playlists.SOUND: FileKind.SOUND} if plan.sound and plan.brings_shared else {}
    for rendition in plan.renditions:
        files = playlists.rendition_files(plan, rendition)
        kinds[files.mp4] = FileKind.MP4
        kinds[files.fragments] = FileKind.PICTURES_TRACK
    if plan.sound and plan.brings_shared and plan.renditions:
        kinds[playlists.SOUND_FRAGMENTS] = FileKind.SOUND_TRACK
    return kinds


def _oddities(name: CheckName, out: Path, kinds: dict[str, FileKind], inspector: Inspector) -> Check:
    odd = [
        f"{file}: {oddity.code} at {oddity.where}"
        for file, kind in kinds.items()
        for oddity in inspector.oddities(out / file, kind)
    ]
    return check(name, len(kinds), odd)


def _playlists(plan: RenderPlan, rate: Fraction, out: Path, inspector: Inspector) -> Check:
    """Each must be the very text that we write of the track files, and those as long as the film."""
    pairs = [
        (files.playlist, files.fragments) for files in (playlists.rendition_files(plan, r) for r in plan.renditions)
    ]
    if plan.sound and plan.brings_shared:
        pairs.append((playlists.SOUND_PLAYLIST, playlists.SOUND_FRAGMENTS))
    wanted = {}
    for name, fragments in pairs:
        track = _track(plan, out / fragments, inspector)
        wanted[name] = track and hls.write_media_playlist(track, Path(fragments).name)
    if multivariant := playlists.multivariant_name(plan):
        wanted[multivariant] = _multivariant(plan, rate, out, inspector)
    if plan.brings_shared:
        wanted[playlists.STORYBOARD_CUES] = playlists.write_storyboard_cues(plan.length)
    wrong = [name for name, text in wanted.items() if _text(out / name) != text]
    return check(CheckName.PLAYLISTS, len(wanted), wrong)


def _multivariant(plan: RenderPlan, rate: Fraction, out: Path, inspector: Inspector) -> str | None:
    """What the playlist of all tracks must say; None when one of them is not there or not right."""
    sizes = playlists.multivariant_sizes(plan)
    films = [
        (size, track)
        for size in sizes
        if (track := _track(plan, out / playlists.rendition_files(plan, size).fragments, inspector))
    ]
    sound = _track(plan, out / playlists.SOUND_FRAGMENTS, inspector) if plan.sound else None
    if len(films) != len(sizes) or (plan.sound and sound is None):
        return None
    return hls.write_multivariant(films, sound, rate)


def _track(plan: RenderPlan, path: Path, inspector: Inspector) -> hls.TrackFile | None:
    """What a track file says of itself; None when it is not as large and as long as it should be."""
    track = inspector.track_file(path) if path.is_file() else None
    if track is None or track.size != path.stat().st_size or abs(track.length - plan.length) > _SOUND_TOLERANCE:
        return None
    return track


def _captions(plan: RenderPlan, out: Path, texts: Texts | None) -> Check:
    """By grammar alone where the approved words are not at hand."""
    names = playlists.text_names(plan)
    found = {name: _words(out / name) for name in names}
    wrong = set(wrong_texts(found, plan))
    if texts is not None:
        planned = written(texts, plan)
        wrong |= {name for name in names if found[name] != planned[name]}
        spoken = set(names) & {playlists.CAPTIONS, playlists.TRANSCRIPT}
        wrong |= {name for name in spoken if tells_what_was_dropped(found[name], texts.captions, plan)}
    return check(CheckName.CAPTIONS, len(names), sorted(wrong))


def _words(path: Path) -> str:
    """A small text of approved words; what is not UTF-8 becomes a mark that no grammar allows."""
    try:
        return path.read_bytes()[: 8 << 20].decode("utf-8")
    except UnicodeDecodeError:
        return "\0"


def _text(path: Path) -> str:
    """A small text of ours; anything that is not ASCII becomes a mark that no grammar allows."""
    return path.read_bytes()[: 4 << 20].decode("ascii", errors="replace")


def _counts(plan: RenderPlan, out: Path, inspector: Inspector) -> Check:
    """Pictures: every frame, and the exact length. Sound: the length, within AAC's frames."""
    wrong = []
    for rendition in plan.renditions:
        name = playlists.rendition_files(plan, rendition).mp4
        if not _is_planned(plan, rendition, out / name, inspector):
            wrong.append(name)
    if plan.sound and plan.brings_shared:
        lengths = [track.length for track in inspector.tracks(out / playlists.SOUND) if track.handler == "soun"]
        if len(lengths) != 1 or abs(lengths[0] - plan.length) > _SOUND_TOLERANCE:
            wrong.append(playlists.SOUND)
    return check(CheckName.COUNTS, len(plan.renditions) + (plan.sound and plan.brings_shared), wrong)


def _is_planned(plan: RenderPlan, rendition: Rendition, path: Path, inspector: Inspector) -> bool:
    tracks = inspector.tracks(path)
    pictures = [track for track in tracks if track.handler == "vide"]
    sounds = [track for track in tracks if track.handler == "soun"]
    if len(pictures) != 1 or len(sounds) != int(plan.sound) or len(tracks) != 1 + int(plan.sound):
        return False
    picture = pictures[0]
    right_size = (picture.width, picture.height) == (rendition.width, rendition.height)
    right_time = picture.samples == plan.frame_count and abs(picture.length - plan.length) <= Fraction(1, 1000)
    return right_size and right_time and all(abs(s.length - plan.length) <= _SOUND_TOLERANCE for s in sounds)


def _same_streams(plan: RenderPlan, out: Path, inspector: Inspector, watch: Watch) -> Check:
    pairs = []
    for rendition in plan.renditions:
        files = playlists.rendition_files(plan, rendition)
        pairs.append((files.mp4, files.fragments))
    if plan.sound and plan.brings_shared:
        smallest = playlists.rendition_files(plan, plan.renditions[-1]).mp4
        pairs += [(smallest, playlists.SOUND), (smallest, playlists.SOUND_FRAGMENTS)]
    wrong = [other for one, other in pairs if not inspector.same_streams(out / one, out / other, watch)]
    return check(CheckName.SAME_STREAMS, len(pairs), wrong)


def check(name: CheckName, compared: int, wrong: list[str]) -> Check:
    """Held when something was compared and nothing was wrong."""
    held = Outcome.BROKEN if wrong or not compared else Outcome.HELD
    return Check(name, held, compared, len(wrong), codes=tuple(wrong[:MOST_CODES]))
