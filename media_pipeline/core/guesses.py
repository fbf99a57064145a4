"""What looks may be taken for before anybody has answered, and which of them are worth asking about first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from media_pipeline.core.layouts import Layout
from media_pipeline.core.looks import Look, LookKind
from media_pipeline.core.policy import Policy


def guess(looks: Sequence[Look], policy: Policy) -> Mapping[int, LookKind]:
    """What looks may be taken for before anybody has answered, by their numbers.

    The camera that has most of the film is the presenter's, where no other one could be; pages are pages where that is certain.
    """
    presenter = dominant_camera(looks, policy)
    kinds: dict[int, LookKind] = {}
    for look in looks:
        if look.layout is Layout.CAMERA and look.camera == presenter and look.alone:
            kinds[look.number] = LookKind.PRESENTER
        elif (look.layout is Layout.PAGE_AND_CAMERA and look.camera == presenter and presenter and look.certain) or (
            look.layout is Layout.PAGE and look.certain
        ):
            kinds[look.number] = LookKind.PAGE
    return kinds


def dominant_camera(looks: Sequence[Look], policy: Policy) -> int:
    """The number of the one camera that may be the presenter's, or 0 when none or several could be."""
    able = {look.camera for look in looks if look.layout is Layout.CAMERA and look.alone and look.camera}
    shares = sorted(((sum(look.share for look in looks if look.camera == c), -c) for c in able), reverse=True)
    if not shares or shares[0][0] < policy.dominant_share:
        return 0
    if len(shares) > 1 and shares[0][0] < policy.dominant_lead * shares[1][0]:
        return 0
    return -shares[0][1]


def to_ask(looks: Sequence[Look], policy: Policy) -> tuple[Look, ...]:
    """All looks in the order in which answers help: those that are cut until somebody says what they show, and the presenter's
    longest, whose guess another presenter's name takes back; those that are taken for something already; those that stay cut
    whatever they are called. Each the longest first."""
    guessed = guess(looks, policy)
    presenter = min((number for number, kind in guessed.items() if kind is LookKind.PRESENTER), default=0)

    def waits(look: Look) -> bool:
        return look.number in guessed and look.number != presenter

    return tuple(sorted(looks, key=lambda look: (look.stays_cut, waits(look), look.number)))
