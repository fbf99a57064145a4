"""What staff would say of a look, told from the truth; and the one place that asks the finder."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping
from typing import Any

from media_pipeline.core.findings import Findings
from media_pipeline.core.guesses import to_ask
from media_pipeline.core.looks import Look, LookKind
from media_pipeline.core.media import MediaFile
from media_pipeline.core.policy import Policy
from media_pipeline.core.proposal import Proposal, propose
from tests.benchmarks.finder.kinds import Sort
from tests.benchmarks.finder.truth import Truth

MOST_ANSWERS = 8
"""Looks of one film that staff are asked about, in the order in which the review page shows them: it shows as many at first."""

Answers = Mapping[int, Sort]
"""By the look's number."""


def answers_to(looks: tuple[Look, ...], truth: Truth) -> Answers:
    """One answer a look. Staff see its examples only: a participant in none of them is not known to them."""
    asked = to_ask(looks, Policy())[:MOST_ANSWERS]
    return {look.number: _answer([truth.at(moment).sort for moment in look.examples]) for look in asked}


def _answer(seen: list[Sort]) -> Sort:
    if Sort.PARTICIPANTS in seen:
        return Sort.PARTICIPANTS
    counted = Counter(seen)
    return Sort.PAGE if counted[Sort.PAGE] > counted[Sort.PRESENTER] else Sort.PRESENTER


def takes_answers() -> bool:
    """Whether this finder can be told what looks are."""
    return "answers" in inspect.signature(propose).parameters


def proposal(media: MediaFile, findings: Findings, looks: tuple[Look, ...], answers: Answers | None) -> Proposal:
    """What the finder proposes, before (None) or after answers. TypeError when it takes no answers."""
    told: dict[str, Any] = {} if answers is None else {"answers": {n: LookKind(sort) for n, sort in answers.items()}}
    return propose(media, findings, looks, Policy(), **told)
