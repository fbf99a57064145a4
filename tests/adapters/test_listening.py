"""How a tool's output is left to gather, and what is kept of its words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.adapters.listening import CHUNK, KEPT_ENDS, Ends, Gathering

COUNTS = st.lists(st.integers(1, CHUNK), min_size=1, max_size=40)


def pauses(counts: list[int]) -> list[float]:
    gathering, waited = Gathering(), []
    for count in counts:
        gathering.note(count)
        waited.append(gathering.pause())
    return waited


@given(COUNTS)
def test_nobody_waits_long(counts: list[int]) -> None:
    assert Gathering().pause() == 0, "before the first piece"
    for count, pause in zip(counts, pauses(counts), strict=True):
        assert pause == 0 if count > CHUNK // 2 else 0.002 <= pause <= 0.064


@given(st.integers(100, 4000), st.integers(20, 2000))
def test_a_steady_tool_is_heard_in_pieces_worth_waking_for(size: int, rate: int) -> None:
    """Pieces of `size` bytes, `rate` a second: in the end a quarter of the pipe, or as much as comes in the longest pause."""
    gathering, found = Gathering(), 0
    for _ in range(40):
        found = min(CHUNK, max(size, int(size * rate * gathering.pause())))
        gathering.note(found)
    assert CHUNK // 4 <= found <= CHUNK // 2 or gathering.pause() in (0.0, 0.064)
    assert found >= min(CHUNK // 4, int(size * rate * 0.064))


@given(st.lists(st.binary(max_size=3 * KEPT_ENDS), max_size=8))
def test_both_ends_are_kept(pieces: list[bytes]) -> None:
    ends, whole = Ends(), b"".join(pieces)
    for piece in pieces:
        ends.add(piece)
    kept = bytes(ends)
    assert len(kept) == min(len(whole), 2 * KEPT_ENDS)
    assert kept == whole if len(whole) <= 2 * KEPT_ENDS else kept == whole[:KEPT_ENDS] + whole[-KEPT_ENDS:]
