"""The state machine is one table: every way that is not in it is refused, and no state is a trap."""

from __future__ import annotations

from itertools import product

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState, StepName
from app.db.models import Recording
from app.services.states import (
    IN_PIECES,
    PUBLIC,
    REMOVABLE,
    RETRYABLE,
    REVIEWABLE,
    TABLE,
    WORKING,
    Event,
    move,
)
from media_pipeline.core.errors import Stale


@pytest.mark.parametrize(("state", "event"), list(product(RecordingState, Event)))
def test_every_pair_is_as_the_table_says(state: RecordingState, event: Event) -> None:
    recording = Recording(state=state, step=StepName.RENDER, permille=500, cancel_asked=True)
    if (state, event) not in TABLE:
        with pytest.raises(Stale):
            move(recording, event, now())
        assert recording.state is state
        return
    move(recording, event, now(), "code")
    assert recording.state is TABLE[state, event]
    assert (recording.step, recording.permille, recording.cancel_asked, recording.code) == (None, 0, False, "code")


def test_published_is_reached_only_from_an_approval() -> None:
    def into(*states: RecordingState) -> set[tuple[RecordingState, Event]]:
        return {way for way, after in TABLE.items() if after in states and way[0] not in states}

    assert {event for _, event in into(RecordingState.PUBLISHING)} == {Event.APPROVE, Event.RETRY, Event.RELEASE}
    assert {event for _, event in into(RecordingState.SCHEDULED)} == {Event.SCHEDULE}
    # nothing becomes public but what is being published, and what is public in some sizes stays so until it is taken down
    assert {state for state, _ in into(*PUBLIC)} == {RecordingState.PUBLISHING}
    ways_out = {event for (state, event), after in TABLE.items() if state in PUBLIC and after not in PUBLIC}
    assert ways_out == {Event.WITHDRAW, Event.DISPROVE}


def test_no_state_is_a_trap() -> None:
    for state in RecordingState:
        assert state in REMOVABLE or any(source is state for source, _ in TABLE)


def test_the_groups_of_states() -> None:
    assert not PUBLIC & (REVIEWABLE | REMOVABLE)
    assert not WORKING & (REVIEWABLE | RETRYABLE)
    assert RecordingState.PUBLISHED not in WORKING | IN_PIECES
    assert WORKING < IN_PIECES
