"""A progress bar on a terminal, and Ctrl-C as a wish to stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

_STOPPING = (signal.SIGINT, signal.SIGTERM)


class TerminalWatch:
    """Shows each step's share; `cancelled` once the person or the system asked to stop."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=1000)
        self._asked = False  # no Event: a second Ctrl-C would wait for the first to let go of it

    def begin(self, step: str) -> TerminalWatch:
        """The next step, by the words that people read."""
        self._bar.reset(self._task, description=step)
        return self

    def progress(self, share: Fraction) -> None:
        """Moves the bar."""
        self._bar.update(self._task, completed=int(share * 1000))

    def cancelled(self) -> bool:
        """Whether Ctrl-C or a termination signal came."""
        return self._asked

    def ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        """What a signal does."""
        self._asked = True


@contextmanager
def terminal_watch(*, signals: bool = True) -> Iterator[TerminalWatch]:
    """A watch on standard error: a bar on a terminal, silent elsewhere. The first Ctrl-C stops work cleanly.

    Without `signals` somebody else listens for Ctrl-C.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        watch = TerminalWatch(bar)
        before = {number: signal.signal(number, watch.ask_to_stop) for number in _STOPPING if signals}
        try:
            yield watch
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
