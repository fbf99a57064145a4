"""The two durable workflows. Everything they hand to DBOS, and get back, is ids, numbers and words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from dbos import DBOS

from app.db.models import StepName
from app.services.jobs import ANALYSE, PUBLISH
from app.services.states import Event
from app.worker.outcome import Kind, Outcome
from app.worker.steps import Job, Steps

ANALYSIS = (StepName.PROBE, StepName.DETECT, StepName.PROPOSE, StepName.PREVIEW, StepName.READY)
PUBLICATION = (StepName.PLAN, StepName.RENDER, StepName.VERIFY, StepName.PACKAGE, StepName.PUBLISH)

MOST_STARTS = 20
"""How often a workflow is taken up again after the worker died in it: a film that kills the worker is given up then."""


def register(steps: Steps, pauses: Sequence[int]) -> None:
    """Makes both workflows known to DBOS. `pauses` are the seconds before each further try of a step that failed."""

    def analyse(recording_id: str, attempt: int) -> Outcome:
        return _walk(steps, pauses, ANALYSIS, Job(recording_id, attempt))

    def publish(recording_id: str, attempt: int, approval_id: str) -> Outcome:
        return _walk(steps, pauses, PUBLICATION, Job(recording_id, attempt, approval_id))

    DBOS.workflow(name=ANALYSE, max_recovery_attempts=MOST_STARTS)(analyse)
    DBOS.workflow(name=PUBLISH, max_recovery_attempts=MOST_STARTS)(publish)


def _walk(steps: Steps, pauses: Sequence[int], names: Sequence[StepName], job: Job) -> Outcome:
    """Step by step, to the end or to the first that brings nothing."""
    outcome: Outcome = {"ok": True}
    for name in names:
        outcome = _try(name.value, steps, pauses, partial(steps.perform, name, job))
        if not outcome["ok"]:
            _end(steps, pauses, job, outcome)
            break
    return outcome


def _end(steps: Steps, pauses: Sequence[int], job: Job, outcome: Outcome) -> None:
    kind, code = Kind(str(outcome["kind"])), str(outcome["code"])
    if kind is Kind.SUPERSEDED:
        return
    event = Event.FAIL
    if kind is Kind.UNPROVEN:
        event = Event.DISPROVE
    elif kind in (Kind.HOSTILE, Kind.REFUSED) and not job.approval_id:
        event = Event.REFUSE
    hostile = kind is Kind.HOSTILE and not job.approval_id
    _try("end", steps, pauses, partial(steps.end, job, event, code, hostile))


def _try(name: str, steps: Steps, pauses: Sequence[int], step: Callable[[], Outcome]) -> Outcome:
    """A step, and again after each pause while it ends in a fault."""
    outcome = DBOS.run_step({"name": name}, step)
    for seconds in pauses:
        if outcome.get("kind") != Kind.FAULT.value:
            break
        DBOS.run_step({"name": "pause"}, partial(steps.pause, seconds))
        outcome = DBOS.run_step({"name": name}, step)
    return outcome
