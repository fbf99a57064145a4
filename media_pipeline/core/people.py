"""How many people are seen: in one frame, and in all frames of a shot that were looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from media_pipeline.core.media import Box

SURE = 450
"""How sure (permille) a detector must be of somebody whom it sees in one frame alone."""

SEEN_TWICE = 250
"""How sure it must be of somebody in two frames. Measured on made storytimes: a plant, a hand and drawn figures that show one
person more reach 201 to 350 in single looks; children beside a presenter 500 to 940 in every one."""

SEEN_OFTEN = 3
"""In so many looks, and in a third of all, somebody is believed in however unsure a detector is: backs of heads before a camera in the
room were measured at 200 to 254 in three looks of five, plants so in three of seventeen."""

_SAME_PERSON = Fraction(4, 5)
"""Share of a person's box that lies in a larger one of the same person."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that was found in one frame."""

    box: Box
    """Where, in pixels of the picture as shown."""

    permille: int
    """How sure, 0 to 1000."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who was found in one frame."""

    faces: tuple[Sighting, ...]
    """Every face."""

    persons: tuple[Sighting, ...]
    """Every person, from any side and in part."""

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Of all."""
        return tuple(sighting.box for sighting in self.faces + self.persons)

    def within(self, part: Box) -> Crowd:
        """Those whose middle is in a part of the picture."""
        return Crowd(*(tuple(s for s in some if part.holds_middle_of(s.box)) for some in (self.faces, self.persons)))

    def beside(self, part: Box) -> Crowd:
        """All others."""
        return Crowd(
            *(tuple(s for s in some if not part.holds_middle_of(s.box)) for some in (self.faces, self.persons))
        )

    def count(self, least: int = 0) -> int:
        """How many people, of sightings that are so sure (permille) at the least."""
        faces, persons = ([s.box for s in some if s.permille >= least] for some in (self.faces, self.persons))
        return count_people(faces, persons)


def most_people(crowds: Sequence[Crowd]) -> int:
    """The most people seen at once in the frames of a shot: in one that is sure of them, in two that nearly are, or in many.

    What one doubtful look adds is mostly a plant or a drawing, and nobody stays for one look only, unless the shot has no other.
    """
    if len(crowds) < 2:
        return max((crowd.count() for crowd in crowds), default=0)
    nearly, often = (sorted((crowd.count(least) for crowd in crowds), reverse=True) for least in (SEEN_TWICE, 0))
    many = max(SEEN_OFTEN, -(-len(crowds) // 3))
    return max(nearly[1], *often[many - 1 : many], *(crowd.count(SURE) for crowd in crowds))


def count_people(faces: Sequence[Box], persons: Sequence[Box]) -> int:
    """How many people two kinds of boxes show at the least: every face that is in no person's box is one more.

    Two faces in one person's box are two. A person's box inside another one that holds the very same faces is that person
    once more, as a detector finds head and shoulders beside the whole; without a face nothing tells, and both count.
    """
    held = [[person.holds_middle_of(face) for face in faces] for person in persons]
    bodies = [box for place, box in enumerate(persons) if not _found_already(place, persons, held)]
    lone = sum(not any(held_by) for held_by in zip(*held, strict=True)) if persons else len(faces)
    return max(len(faces), len(bodies) + lone)


def _found_already(place: int, persons: Sequence[Box], held: Sequence[Sequence[bool]]) -> bool:
    """Whether the person in a box, who holds these faces, was found in a larger one too; of equal boxes the first counts."""
    box = persons[place]
    return any(held[place]) and any(
        (other.area, -index) > (box.area, -place)
        and box.shared(other) >= _SAME_PERSON * box.area
        and held[place] == held[index]
        for index, other in enumerate(persons)
    )
