"""Looks: shots grouped by the camera's setting, so that one judgement serves many shots.

A look is a room, a page or a layout. It is never a person: settings are measured away from faces, and two people in
front of one virtual background share a look. So a look alone never makes a shot safe.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from media_pipeline.core.findings import Findings, Setting, Shot
from media_pipeline.core.timebase import Seconds

SAME_SETTING = 8
"""Two settings closer than this (mean difference a cell and channel, 0 to 255) are one look.

Measured: within a room at most 6.2, between rooms at least 8.1, galleries and pages at least 17.4 from rooms."""


@dataclass(frozen=True, slots=True)
class Look:
    """Shots that were filmed in one setting."""

    number: int
    """1, 2, 3 … by share of time, the longest first."""

    shots: tuple[int, ...]
    """Which shots, by their place in `Findings.shots`."""

    share: Fraction
    """Of the film's length, 0 to 1."""

    most_faces: int
    """The most faces seen at once in any frame of it."""

    examples: tuple[Seconds, ...]
    """Up to three moments that show it: the middles of its longest shots."""


def group_looks(findings: Findings) -> tuple[Look, ...]:
    """The looks of a film, longest first. A shot joins the first group whose first shot's setting it matches."""
    groups: list[list[int]] = []
    for index, shot in enumerate(findings.shots):
        for group in groups:
            if setting_distance(findings.shots[group[0]].setting, shot.setting) < SAME_SETTING:
                group.append(index)
                break
        else:
            groups.append([index])
    total = sum((shot.span.length for shot in findings.shots), Fraction(0))
    ordered = sorted(groups, key=lambda group: (-_length(findings, group), group[0]))
    return tuple(_look(findings, number, group, total) for number, group in enumerate(ordered, start=1))


def setting_distance(one: Setting, other: Setting) -> Fraction:
    """Mean difference between two settings, 0 to 255; an unmeasured setting is as far as can be from anything."""
    if not one or len(one) != len(other):
        return Fraction(255)
    return Fraction(sum(abs(a - b) for a, b in zip(one, other, strict=True)), len(one))


def _look(findings: Findings, number: int, group: list[int], total: Fraction) -> Look:
    shots = [findings.shots[index] for index in group]
    longest = sorted(shots, key=lambda shot: (-shot.span.length, shot.span.start))[:3]
    return Look(
        number=number,
        shots=tuple(group),
        share=_length(findings, group) / total,
        most_faces=max(shot.most_faces for shot in shots),
        examples=tuple(sorted(_middle(shot) for shot in longest)),
    )


def _length(findings: Findings, group: list[int]) -> Fraction:
    return sum((findings.shots[index].span.length for index in group), Fraction(0))


def _middle(shot: Shot) -> Seconds:
    return (shot.span.start + shot.span.end) / 2
