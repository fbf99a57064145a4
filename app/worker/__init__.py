"""The worker: the only program that opens recordings. Two durable workflows with a person between them.

    analyse(recording, attempt)              probe → detect → propose → preview → ready
                                             PAUSE. A person decides, for as long as they like, and no slot is held.
    publish(recording, attempt, approval)    plan → render → verify → package → publish     the smallest size, then
                                                    render → verify → package → publish …   the others, one by one

Each step reads its inputs from the recording's private folder and writes its value there, whole or not at all; DBOS
remembers which steps are done, so that after a crash the work goes on at the step that was interrupted. What DBOS
remembers of a step is whether it went well, a digest, or a code: never a text of a recording, a tool or an exception.
"""

from __future__ import annotations

from app.worker.main import run_worker
from app.worker.rounds import Pace

__all__ = ["Pace", "run_worker"]
