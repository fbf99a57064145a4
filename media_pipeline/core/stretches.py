"""Stretches of a recording, each looked through by itself, and what all of them say together.

Every frame belongs to one stretch. A stretch is also shown the frame before it, so that no shot begins only because the
stretch does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from media_pipeline.core.findings import DetectorName, Finding, FindingKind, Findings, Movement, Shot, Tile
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import MediaFile
from media_pipeline.core.presence import came_between
from media_pipeline.core.scenes import merged as one_scene
from media_pipeline.core.scenes import same_camera
from media_pipeline.core.timebase import Seconds

STRETCH_SECONDS = 120
"""Seconds in a stretch: what a crash loses at most. Of 720p with a key frame every 10 s reading in stretches of 120 s was
measured to cost a fifteenth more than in one, of 60 s an eighth, of 30 s a quarter."""

MISCOUNT = 1
"""Frames that a container may count otherwise than its decoder before we refuse to believe either."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the recording that is looked through by itself."""

    number: int
    """Its place, from 0."""

    of: int
    """How many there are."""

    span: Interval
    """When, on the film's clock."""

    @property
    def is_first(self) -> bool:
        """Whether it begins where the recording does."""
        return self.number == 0

    @property
    def is_last(self) -> bool:
        """Whether it ends where the recording does."""
        return self.number == self.of - 1

    def is_after(self, moment: Seconds) -> bool:
        """Whether a frame that is shown at `moment` belongs to an earlier stretch."""
        return not self.is_first and moment < self.span.start

    def holds(self, moment: Seconds) -> bool:
        """Whether a frame that is shown at `moment` belongs to it: the first and the last take whatever lies beyond."""
        return not self.is_after(moment) and (self.is_last or moment < self.span.end)


@dataclass(frozen=True, slots=True)
class Account:
    """What came of the frames of a stretch."""

    shown: int = 0
    """How many were seen, each at a moment of its own."""

    doubled: int = 0
    """How many came at the moment of another or before it, as decoders give them after damage."""

    complained: bool = False
    """Whether the decoder found fault with anything that it read."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one stretch."""

    findings: Findings
    """Its shots and what was found in its frames."""

    goes_on: bool
    """Whether its first frame goes on with the shot of the frame before."""

    account: Account
    """Its frames."""


def stretches(media: MediaFile, seconds: int | None = STRETCH_SECONDS) -> tuple[Stretch, ...]:
    """All of a recording, in stretches of `seconds`, the last one up to half as long again; None: in one.

    A sound recording is one: only its damage is looked for.
    """
    whole = media.whole
    if seconds is None or media.video is None:
        return (Stretch(0, 1, whole),)
    count = max(1, int(whole.length / seconds + Fraction(1, 2)))
    edges = [*(whole.start + number * seconds for number in range(count)), whole.end]
    return tuple(Stretch(number, count, Interval(*edges[number : number + 2])) for number in range(count))


def is_doubtful(media: MediaFile, seen: Sequence[Seen]) -> bool:
    """Whether the recording may be damaged: then it must be asked where."""
    return _complained(seen) or _doubled(seen) > 0 or _missing(media, seen) > MISCOUNT


def adds_up(media: MediaFile, seen: Sequence[Seen], damaged: IntervalSet) -> bool:
    """Whether what was seen is all of the recording but for what is `damaged`: frames that nobody saw are not safe.

    Surplus frames are explained by nothing, missing and doubled ones by any damage.
    """
    missing = _missing(media, seen)
    return missing >= -MISCOUNT and (bool(damaged) or not (missing > MISCOUNT or _doubled(seen)))


def is_explained(damaged: IntervalSet, stretch: Stretch, seen: Seen) -> bool:
    """Whether a complaint is about what is damaged there, or was there from the film's start on.

    Else the decoder may have lacked what lies before the stretch.
    """
    return stretch.is_first or not seen.account.complained or bool(damaged & IntervalSet((stretch.span,)))


def merged(media: MediaFile, seen: Sequence[Seen], damaged: IntervalSet) -> Findings:
    """The findings of the whole recording, from those of all its stretches in order.

    A shot that goes on in the next stretch is one, unless its scene does not, for a slow fade may hide in the boundary, or
    whoever is seen then was not there at the last look.
    """
    runs: list[list[Shot]] = []
    found = [finding for part in seen for finding in part.findings.findings]
    for part in seen:
        for place, shot in enumerate(part.findings.shots):
            if place or not runs:
                runs.append([shot])
                continue
            before, begun = runs[-1][-1], replace(shot, abrupt=shot.abrupt and not part.goes_on)
            came = came_between(before, begun, found)
            if came is not None:
                found.append(came)
                runs.append([replace(begun, abrupt=False)])
            elif part.goes_on and same_camera(before.scene, shot.scene):
                runs[-1].append(shot)
            else:
                runs.append([begun])
    # frames may be far apart: a shot lasts until the next one begins, not until its stretch ends
    ends = [*(run[0].span.start for run in runs[1:]), media.whole.end]
    shots = tuple(_joined(run, end) for run, end in zip(runs, ends, strict=False))
    found += [Finding(FindingKind.DAMAGED, DetectorName.DECODER, span, None, 1000) for span in damaged]
    return Findings(media.sha256, shots, tuple(sorted(found, key=lambda finding: finding.span)))


def _complained(seen: Sequence[Seen]) -> bool:
    return any(part.account.complained for part in seen)


def _doubled(seen: Sequence[Seen]) -> int:
    return sum(part.account.doubled for part in seen)


def _missing(media: MediaFile, seen: Sequence[Seen]) -> int:
    """How many frames fewer than counted were seen."""
    return (media.video.frames if media.video is not None else 0) - sum(part.account.shown for part in seen)


def _joined(run: Sequence[Shot], end: Seconds) -> Shot:
    """One shot of its parts: what moved or was seen in any of them, did and was in all."""
    span = Interval(run[0].span.start, end)
    if len(run) == 1:
        return replace(run[0], span=span)
    crowd = max(run, key=lambda shot: shot.most_people)
    lively = {block for shot in run for block in shot.movement.lively}
    return Shot(
        span=span,
        scene=one_scene([shot.scene for shot in run], [max(1, len(shot.looked_at)) for shot in run]),
        looked_at=tuple(moment for shot in run for moment in shot.looked_at),
        most_faces=max(shot.most_faces for shot in run),
        most_people=crowd.most_people,
        crowded=crowd.crowded,
        movement=Movement(tuple(sorted(lively)), max(shot.movement.restless for shot in run)),
        tile=_one_tile([shot.tile for shot in run]),
        alive=any(shot.alive for shot in run),
        frames=sum(shot.frames for shot in run),
        abrupt=run[0].abrupt,
    )


def _one_tile(tiles: Sequence[Tile | None]) -> Tile | None:
    """The tile of all parts, if it stays where it is."""
    found = [tile for tile in tiles if tile is not None]
    if len(found) < len(tiles) or len({tile.box for tile in found}) > 1:
        return None
    return replace(
        found[0],
        scene=one_scene([tile.scene for tile in found], [1] * len(found)),
        most_people=max(tile.most_people for tile in found),
        most_beside=max(tile.most_beside for tile in found),
    )
