"""A shot while it is looked at, and what it tells once its last frame was seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from media_pipeline.core.findings import DetectorName, Finding, FindingKind, Movement, Shot, Tile, blocks_of
from media_pipeline.core.intervals import Interval
from media_pipeline.core.layouts import Layout, layout_of
from media_pipeline.core.media import Box, MediaFile
from media_pipeline.core.people import Crowd, most_people
from media_pipeline.core.presence import Follower
from media_pipeline.core.scenes import Scene, merged
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.detector import Frame, SceneMeter


@dataclass(frozen=True, slots=True)
class Glance:
    """Who was seen in one frame."""

    moment: Seconds
    """When it is shown."""

    crowd: Crowd
    """Who."""


@dataclass(slots=True)
class OpenShot:
    """A shot whose end has not come yet."""

    start: Seconds
    """When its first frame is shown."""

    abrupt: bool
    """Whether it began at once."""

    frames: int = 0
    """How many came so far."""

    looks: list[Glance] = field(default_factory=list)
    """Who was seen in those that were looked at."""

    scene: Scene | None = None
    """Of all looks so far."""

    last: Frame | None = None
    """The latest frame that was looked at."""

    found: list[Finding] = field(default_factory=list)
    """What was seen in all of them."""

    lost: list[int] = field(default_factory=list)
    """Which of the looks show somebody who was not followed from the one before."""

    def see(self, frame: Frame, crowd: Crowd, scene: Scene) -> None:
        """One look more: who is seen in a frame, and before what."""
        self.looks.append(Glance(frame.moment, crowd))
        self.scene = scene if self.scene is None else merged([self.scene, scene], [len(self.looks) - 1, 1])
        self.last = frame

    def lose(self, place: int, since: Seconds, box: Box | None = None) -> None:
        """Whoever is seen in that look, in all of the picture or in `box`, was not followed from the one at `since`."""
        span = Interval(since, self.looks[place].moment)
        self.found.append(Finding(FindingKind.CAME, DetectorName.SHOTS, span, box, 1000))


def closed(shot: OpenShot, end: Seconds, movement: Movement, media: MediaFile, scenes: SceneMeter) -> tuple[Shot, ...]:
    """The shot, which ends at `end` (s); of one camera's, one for everybody who was followed. Raises ValueError before any look."""
    if shot.last is None or shot.scene is None:
        raise ValueError("a shot's first frame is looked at")
    boxes = scenes.tiles(shot.last, media, movement, [box for look in shot.looks for box in look.crowd.boxes])
    tile = _tile(shot, shot.last, boxes[0], media, scenes) if len(boxes) == 1 else None
    made = Shot(
        span=Interval(shot.start, end),
        scene=shot.scene,
        looked_at=(),
        most_faces=0,
        most_people=0,
        crowded=shot.start,
        movement=movement,
        tile=tile,
        alive=len(boxes) > 1 or _is_alive(shot, movement, media),
        frames=shot.frames,
        abrupt=shot.abrupt and 0 not in shot.lost,
    )
    made = _told(made, shot.looks)
    layout = layout_of(made)
    if layout is Layout.CAMERA:
        return tuple(_parts(made, shot.looks, shot.lost))
    if layout is Layout.PAGE_AND_CAMERA and tile is not None:
        lost = _lost_in(tile.box, shot.looks)
        for place in lost:
            shot.lose(place, shot.looks[place - 1].moment, tile.box)
        return tuple(_parts(made, shot.looks, lost))
    return (made,)


def _told(shot: Shot, looks: Sequence[Glance]) -> Shot:
    """The same, with what these looks tell."""
    # the fullest look of all, also where one alone is not believed: it is what staff are shown
    fullest = max(look.crowd.count() for look in looks)
    crowded = [look.moment for look in looks if look.crowd.count() == fullest]
    return replace(
        shot,
        looked_at=tuple(look.moment for look in looks),
        most_faces=max(len(look.crowd.faces) for look in looks),
        most_people=most_people([look.crowd for look in looks]),
        crowded=crowded[len(crowded) // 2],
        tile=None if shot.tile is None else _with_people(shot.tile, looks),
    )


def _parts(made: Shot, looks: Sequence[Glance], lost: Sequence[int]) -> Iterator[Shot]:
    """A shot for everybody who was followed. Each begins with the last look at the one before."""
    edges = [0, *(place for place in lost if place), len(looks)]
    for first, after in pairwise(edges):
        before = max(0, first - 1)
        start = looks[before].moment if first else made.span.start
        end = looks[after - 1].moment if after < len(looks) else made.span.end
        if start < end:
            span = Interval(start, end)
            part = _told(replace(made, span=span, abrupt=made.abrupt and not first), looks[first:after])
            yield replace(
                part,
                # of the one before, too, who may not have left yet
                most_faces=max(len(look.crowd.faces) for look in looks[before:after]),
                frames=max(1, int(made.frames * span.length / made.span.length)),
            )


def _lost_in(box: Box, looks: Sequence[Glance]) -> list[int]:
    """Which looks show somebody in a tile who was not followed: whether anything crossed its sides is not measured."""
    follower = Follower()
    return [place for place, look in enumerate(looks) if follower.loses(look.crowd.within(box), crossed=True)]


def _tile(shot: OpenShot, last: Frame, box: Box, media: MediaFile, scenes: SceneMeter) -> Tile:
    if media.video is None:
        raise ValueError("a sound recording has no pictures")
    return Tile(
        box=box,
        scene=scenes.scene(last, media, shot.looks[-1].crowd.boxes, box),
        blocks=blocks_of(box, media.video.width, media.video.height),
        most_people=0,
        most_beside=0,
    )


def _with_people(tile: Tile, looks: Sequence[Glance]) -> Tile:
    return replace(
        tile,
        most_people=most_people([look.crowd.within(tile.box) for look in looks]),
        most_beside=most_people([look.crowd.beside(tile.box) for look in looks]),
    )


def _is_alive(shot: OpenShot, movement: Movement, media: MediaFile) -> bool:
    """Whether somebody moves: the pointer that crosses a large drawn figure is nobody."""
    lively = set(movement.lively)
    if media.video is None or not lively:
        return False
    size = media.video.width, media.video.height
    places = [set(blocks_of(box, *size)) for look in shot.looks for box in look.crowd.boxes]
    return any(2 * len(lively & place) >= len(place) for place in places)
