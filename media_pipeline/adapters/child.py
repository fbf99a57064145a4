"""A running tool: hears all its pipes at once, asks the watch, keeps the clock, and ends the whole group.

Used by `process` alone, in the one thread that started the tool.
"""

from __future__ import annotations

import fcntl
import os
import selectors
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import IO

from media_pipeline.adapters.listening import CHUNK, WIDE, Ends, Gathering
from media_pipeline.adapters.sandbox import SIGN_OF_LIFE, Limits
from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.ports.watch import Watch

TICK = 0.1
"""Seconds between two looks at the watch and the clock when a tool is silent."""

MERCY = 2.0
"""Seconds from terminate to kill."""

LAST_WORDS = 1.0
"""Seconds that pipes may stay open after the tool's end."""

_DISK_FULL = (b"No space left on device", b"Disk quota exceeded")
"""What the C library says of ENOSPC and EDQUOT in the C locale."""

_FILE_FULL = b"File too large"
"""And of EFBIG: the first process of a namespace is told so instead of being killed."""


class Over(StrEnum):
    """Why a tool was killed: the `detail` of `Fault("tool-killed")`."""

    CPU = "over its limit of processor time"
    WALL = "over its limit by the clock"
    FILE_SIZE = "over its limit of file size"
    OUTPUT = "over its limit of output"
    SIGNAL = "killed from outside, perhaps for lack of memory"


@dataclass(frozen=True, slots=True)
class Finished:
    """A tool that has ended by itself."""

    exit_status: int
    """0 for success; 128 + n when it crashed by signal n."""

    untrusted_stdout: bytes
    """What it wrote to its standard output; empty when that was streamed."""

    untrusted_stderr: bytes
    """Its first and last words, at most 16 KiB: they may quote the file. Never log or show them."""

    cpu_seconds: float
    """Processor time that it and its children used."""


@dataclass(frozen=True, slots=True)
class Pipes:
    """Our ends of a tool's pipes, unbuffered."""

    stdout: IO[bytes]
    """What it makes."""

    stderr: IO[bytes]
    """What it says."""

    stdin: IO[bytes] | None = None
    """What it is fed, or None for nothing."""

    progress: IO[bytes] | None = None
    """Where ffmpeg tells how far it is."""

    status: IO[bytes] | None = None
    """Where bubblewrap tells of itself."""


class Child:
    """One group of processes. Make it right after the start, and call `end` whatever happens."""

    def __init__(self, pid: int, pipes: Pipes, limits: Limits, watch: Watch, film_length: Fraction | None) -> None:
        self.returncode: int | None = None
        """As `subprocess` counts; None until it was seen to end."""
        self.told = False
        """Whether the caller was given the exit status."""
        self._pid, self._pipes, self._limits, self._watch = pid, pipes, limits, watch
        self._film_length, self._share, self._progress_line = film_length, Fraction(0), b""
        self._stderr, self._status = Ends(), Ends()
        self._discarding = self._exited = self._stdout_waits = False
        self._cpu_seconds, self._gathering = 0.0, Gathering()
        now = time.monotonic()
        self._deadline = now + (limits.wall_seconds or float("inf"))
        self._next_look, self._last_call = now, float("inf")
        with suppress(OSError):  # where there is no room for it, reads are smaller
            fcntl.fcntl(pipes.stdout.fileno(), fcntl.F_SETPIPE_SZ, WIDE)
        self._pidfd = os.pidfd_open(pid)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._pidfd, selectors.EVENT_READ, self._note_exit)
        self._listen(pipes.stderr, self._stderr.add)
        self._listen(pipes.status, self._status.add)
        self._listen(pipes.progress, self._hear_progress)
        self._selector.register(pipes.stdout, selectors.EVENT_READ, self._note_stdout)

    # --- what the caller does -------------------------------------------------------------------------------------

    def feed(self, stock: bytes) -> None:
        """Gives the tool its standard input, as fast as it takes it."""
        pipe = self._pipes.stdin
        if pipe is None:
            raise ValueError("a tool without an input pipe is not fed")
        os.set_blocking(pipe.fileno(), False)
        left = memoryview(stock)

        def give() -> None:
            nonlocal left
            try:
                left = left[os.write(pipe.fileno(), left[:CHUNK]) :] if left else left
            except BrokenPipeError:  # it has read enough: its exit status says whether that is well
                left = left[:0]
            if not left:
                self._close(pipe)

        self._selector.register(pipe, selectors.EVENT_WRITE, give)

    def hear_stdout(self, sink: Callable[[bytes], None]) -> None:
        """Gives every piece of the tool's output to `sink`, which may raise."""
        self._selector.unregister(self._pipes.stdout)
        self._listen(self._pipes.stdout, sink)

    def read_stdout(self, buffer: memoryview) -> int:
        """Fills `buffer` with at least a byte of output; 0 at its end."""
        stdout = self._pipes.stdout
        self._wait_anew()
        time.sleep(self._gathering.pause())
        self._stdout_waits = False
        while not self._stdout_waits and not stdout.closed and not self._is_over():
            self._serve()
        if not self._stdout_waits:
            return 0
        count = os.readv(stdout.fileno(), [buffer])
        if not count:
            self._close(stdout)
        self._gathering.note(count)
        return count

    def finished(self, heard: bytes | bytearray) -> Finished:
        """Waits for the end. Raises `Fault` when the tool was killed, the disk is full or there was no sandbox."""
        self._wait_anew()
        while not self._is_over():
            self._serve()
        self._reap()
        self.told = True
        status = self._exit_status()
        words = bytes(self._stderr).removeprefix(SIGN_OF_LIFE)
        if status and self._limits.file_size and any(said in words for said in _DISK_FULL):
            raise Fault("disk-full")
        if status and _FILE_FULL in words:
            raise Fault("tool-killed", Over.FILE_SIZE)
        return Finished(status, bytes(heard), words, self._cpu_seconds)

    def end(self) -> None:
        """Ends the group: terminate, two seconds, kill. Returns when its pipes say that nothing of it is left."""
        self._discarding = True
        if not self._exited:
            self._signal(signal.SIGTERM)
            self._drain(MERCY)
        if self.returncode is None:
            self._signal(signal.SIGKILL)
            self._drain(2 * MERCY)
            self._reap()
        pipes = self._pipes
        for pipe in (pipes.stdout, pipes.stderr, pipes.stdin, pipes.progress, pipes.status):
            if pipe is not None:
                self._close(pipe)
        self._selector.close()
        os.close(self._pidfd)

    # --- the loop -------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        """One round: whatever is ready, within a tick; then the watch and the clock."""
        for key, _ in self._selector.select(TICK):
            key.data()
        now = time.monotonic()
        if self._discarding or now < self._next_look:
            return
        self._next_look = now + TICK
        if self._watch.cancelled():
            raise Cancelled("cancelled")
        if now > self._deadline:
            raise Fault("tool-killed", Over.WALL)

    def _is_over(self) -> bool:
        """Whether the tool has ended and said all, or keeps its pipes open too long after."""
        listening = len(self._selector.get_map()) > (0 if self._exited else 1)
        return self._exited and (not listening or time.monotonic() > self._last_call)

    def _wait_anew(self) -> None:
        """What a tool that has ended left in its pipes is read, however long the caller was busy with what came before."""
        if self._exited:
            self._last_call = time.monotonic() + LAST_WORDS

    def _drain(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        while not self._is_over() and time.monotonic() < deadline:
            self._serve()

    def _listen(self, pipe: IO[bytes] | None, sink: Callable[[bytes], None]) -> None:
        if pipe is None:
            return

        def hear() -> None:
            chunk = os.read(pipe.fileno(), CHUNK)
            if not chunk:
                self._close(pipe)
            elif not self._discarding:
                sink(chunk)

        self._selector.register(pipe, selectors.EVENT_READ, hear)

    def _note_stdout(self) -> None:
        self._stdout_waits = True
        if self._discarding and not os.read(self._pipes.stdout.fileno(), CHUNK):
            self._close(self._pipes.stdout)

    def _note_exit(self) -> None:
        self._exited = True
        self._last_call = time.monotonic() + LAST_WORDS
        self._selector.unregister(self._pidfd)
        self._signal(signal.SIGKILL)  # what it left behind in its group; the tool itself is not reaped yet

    def _hear_progress(self, chunk: bytes) -> None:
        *lines, rest = (self._progress_line + chunk).split(b"\n")
        self._progress_line = rest[-CHUNK:]
        for line in lines:
            key, _, value = line.partition(b"=")
            if key == b"out_time_us" and value.strip().isdigit() and self._film_length:
                share = min(Fraction(1), Fraction(int(value), 10**6) / self._film_length)
                if share > self._share:
                    self._share = share
                    self._watch.progress(share)

    # --- the group ------------------------------------------------------------------------------------------------

    def _signal(self, number: signal.Signals) -> None:
        if self.returncode is None:  # not reaped: the number is still this group's
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, number)

    def _reap(self) -> None:
        if self.returncode is not None:
            return
        with suppress(ChildProcessError):  # somebody else has reaped it: its status is lost
            pid, status, usage = os.wait4(self._pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
                self._cpu_seconds = usage.ru_utime + usage.ru_stime

    def _close(self, pipe: IO[bytes]) -> None:
        if not pipe.closed:
            with suppress(KeyError):
                self._selector.unregister(pipe)
            pipe.close()

    def _exit_status(self) -> int:
        """The tool's own, with or without a sandbox. Raises `Fault` when it was killed."""
        code = self.returncode
        if code is None:
            raise Fault("tool-failed", "its exit status is not known")
        if code >= 0 and self._pipes.status is not None and b'"exit-code"' not in bytes(self._status):
            raise Fault("no-sandbox", "bubblewrap could not make the sandbox")
        status = 128 - code if code < 0 else code
        if status == 128 + signal.SIGXFSZ:
            raise Fault("tool-killed", Over.FILE_SIZE)
        if status in (128 + signal.SIGKILL, 128 + signal.SIGXCPU):
            # the limit is counted by the tick, which on a busy machine may be twice what was used
            used_up = self._cpu_seconds > self._limits.cpu_seconds / 2
            raise Fault("tool-killed", Over.CPU if used_up else Over.SIGNAL)
        return status
