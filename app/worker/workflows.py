"""The two durable workflows. Everything they hand to DBOS, and get back, is ids, numbers and words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from dbos import DBOS

from app.db.kinds import StepName
from app.services.jobs import ANALYSE, PUBLISH, workflow_id
from app.services.states import Event
from app.worker.outcome import Kind, Outcome
from app.worker.route import Stop, publication
from app.worker.steps import Job, Steps
from app.worker.stranded import Running

ANALYSIS = (StepName.PROBE, StepName.DETECT, StepName.PROPOSE, StepName.PREVIEW, StepName.READY)

_TRIED_OFTEN_ENOUGH = frozenset({"chunk-failed"})
"""Faults of which the step itself has made sure that they come again."""

MOST_STARTS = 20
"""How often a workflow is taken up again after the worker died in it: a film that kills the worker is given up then."""


def register(steps: Steps, running: Running, pauses: Sequence[int]) -> None:
    """Makes both workflows known to DBOS. `pauses` are the seconds before each further try of a step that failed."""

    def analyse(recording_id: str, attempt: int) -> Outcome:
        job = Job(recording_id, attempt)
        with running.of(workflow_id(ANALYSE, recording_id, attempt)):
            try:
                return _ended(steps, pauses, job, _walk(steps, pauses, [(name, 0) for name in ANALYSIS], job))
            finally:
                steps.let_go(recording_id)

    def publish(recording_id: str, attempt: int, approval_id: str) -> Outcome:
        job = Job(recording_id, attempt, approval_id)
        with running.of(workflow_id(PUBLISH, recording_id, attempt)):
            try:
                outcome = _walk(steps, pauses, [(StepName.PLAN, 0)], job)
                if outcome["ok"]:
                    outcome = _walk(steps, pauses, publication(int(outcome["sizes"])), job)
                _ended(steps, pauses, job, outcome)
                _try("tidy", steps, pauses, partial(steps.tidy, job))
                return outcome
            finally:
                steps.let_go(recording_id)
                steps.forget()  # not a step, which DBOS would not take twice: it is this process that must forget

    DBOS.workflow(name=ANALYSE, max_recovery_attempts=MOST_STARTS)(analyse)
    DBOS.workflow(name=PUBLISH, max_recovery_attempts=MOST_STARTS)(publish)


def _walk(steps: Steps, pauses: Sequence[int], way: Sequence[Stop], job: Job) -> Outcome:
    """Step by step, to the end or to the first that brings nothing."""
    outcome: Outcome = {"ok": True}
    for name, number in way:
        outcome = _try(f"{name}-{number}", steps, pauses, partial(steps.perform, name, job, number))
        if not outcome["ok"]:
            break
    return outcome


def _ended(steps: Steps, pauses: Sequence[int], job: Job, outcome: Outcome) -> Outcome:
    """Notes an end without what it was to bring."""
    if not outcome["ok"]:
        _end(steps, pauses, job, outcome)
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
    """A step, and again after each pause while it ends in a fault that may pass."""
    outcome = DBOS.run_step({"name": name}, step)
    for seconds in pauses:
        if outcome.get("kind") != Kind.FAULT.value or outcome["code"] in _TRIED_OFTEN_ENOUGH:
            break
        DBOS.run_step({"name": "pause"}, partial(steps.pause, seconds))
        outcome = DBOS.run_step({"name": name}, step)
    return outcome
