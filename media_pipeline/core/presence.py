"""Whether whoever is before a camera was followed there from look to look.

What a look is taken for holds for whoever came with the picture. Somebody who comes while it stays – a child, while the
presenter fetches a puppet – is alone before the presenter's camera too, and no surroundings tell. But nobody comes or goes
without crossing the picture's side. So where something moved there, and whoever is seen afterwards is not where somebody
was before, nobody knows who it is: from there on is judged anew, until the picture has shown something else.

Of a camera's tile beside a page nothing tells what crosses its sides: there everybody must be followed.

Who sinks behind a desk, or behind a book, crosses no side and is taken to be there still; a child who rises from below in front
of them meanwhile would be taken for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from media_pipeline.core.findings import DetectorName, Finding, FindingKind, Findings, Shot
from media_pipeline.core.intervals import Interval
from media_pipeline.core.layouts import Layout, layout_of
from media_pipeline.core.media import Box
from media_pipeline.core.people import SEEN_TWICE, Crowd, Sighting
from media_pipeline.core.scenes import can_tell, same_camera
from media_pipeline.core.timebase import Seconds

_SAME_PLACE = Fraction(1, 2)
"""Share of the smaller of two boxes that is in both, from which somebody is where they were a look before."""


class Follower:
    """Follows whoever is seen through one camera's looks, in order."""

    def __init__(self) -> None:
        self._known: Crowd | None = None
        self._in_sight = False
        self._crossed = False

    def loses(self, crowd: Crowd, crossed: bool) -> bool:
        """Whether those who are seen in the next look may be others than in the one before; of the first look no.

        `crossed` tells whether anything moved at the picture's sides since the look before.
        """
        known, was_in_sight, is_seen = self._known, self._in_sight, bool(crowd.boxes)
        self._in_sight = is_seen
        if known is None:
            self._known = crowd
            return False
        self._crossed = self._crossed or crossed
        followed = is_seen and was_in_sight and _goes_on(known, crowd)
        # who is out of sight is lost once; then an empty room stays one until somebody is seen
        lost = self._crossed and not followed and bool(is_seen or known.boxes)
        if followed or lost:
            self._crossed = False
        if is_seen or lost:
            self._known = crowd
        return lost


def came_between(before: Shot, shot: Shot, found: Sequence[Finding]) -> Finding | None:
    """Whoever may have come between two shots in whose boundary nobody looked at the sides: then everybody must be followed.

    None where all are, nobody is seen, or a cut shows another place. `found` has what was seen in both. Measured on made
    storytimes: of 290 pairs of looks without a participant 3 were not followed, all with books.
    """
    if shot.abrupt and not same_camera(before.scene, shot.scene):
        return None
    box = _part(shot)
    left, moment = before.looked_at[-1], shot.looked_at[0]
    follower = Follower()
    follower.loses(_crowd(found, left, box), crossed=True)
    if not follower.loses(_crowd(found, moment, box), crossed=True):
        return None
    return Finding(FindingKind.CAME, DetectorName.SHOTS, Interval(left, moment), box, 1000)


def _crowd(found: Sequence[Finding], moment: Seconds, part: Box | None) -> Crowd:
    """Who was found in the look at `moment`, or in a part of it."""
    kinds = (FindingKind.FACE, FindingKind.PERSON)
    now = [finding for finding in found if finding.span.start == moment]
    crowd = Crowd(*(tuple(Sighting(f.box, f.permille) for f in now if f.box and f.kind is kind) for kind in kinds))
    return crowd if part is None else crowd.within(part)


def _goes_on(before: Crowd, after: Crowd) -> bool:
    """Whether those who are seen surest in either look are seen at that place in both."""
    return _is_among(_surest(after), before) and _is_among(_surest(before), after)


def _surest(crowd: Crowd) -> Box:
    return max(crowd.faces + crowd.persons, key=lambda sighting: (sighting.permille, sighting.box.area)).box


def _is_among(box: Box, crowd: Crowd) -> bool:
    return any(
        sighting.permille >= SEEN_TWICE and sighting.box.shared(box) >= _SAME_PLACE * min(sighting.box.area, box.area)
        for sighting in crowd.faces + crowd.persons
    )


def came_in(findings: Findings, cameras: Sequence[int]) -> list[int]:
    """Who came otherwise than by a cut: of each shot 0 for nobody, else 1, 2, 3 …, a number for everybody who was followed for a while.

    An empty room is somebody who came, too; and so is whoever another picture goes over into bit by bit: a child whose face fills
    the picture steps back. `cameras` has each shot's camera, or its tile's, 0 for none.
    """
    shots = findings.shots
    lost = {(finding.span.end, finding.box) for finding in findings.findings if finding.kind is FindingKind.CAME}
    numbers = [0] * len(shots)
    latest = 0
    for index, (before, shot) in enumerate(pairwise(shots), start=1):
        if (cameras[index] and cameras[index] == cameras[index - 1]) or _stays(before, shot):
            box = _part(shot)
            is_lost = any((moment, box) in lost for moment in shot.looked_at)
            numbers[index] = numbers[index - 1]
        else:
            is_lost = not shot.abrupt
            # a child who rushes at the camera changes as much of the picture as a cut
            numbers[index] = 0 if can_tell(before.scene, shot.scene) else numbers[index - 1]
        if is_lost:
            latest += 1
            numbers[index] = latest
    return numbers


def _part(shot: Shot) -> Box | None:
    """Where whoever is before the camera is followed: in its tile beside a page, else in all of the picture, whatever frames them."""
    return shot.tile.box if shot.tile is not None and layout_of(shot) is Layout.PAGE_AND_CAMERA else None


def _stays(before: Shot, shot: Shot) -> bool:
    return same_camera(before.scene, shot.scene, {*before.movement.lively, *shot.movement.lively})
